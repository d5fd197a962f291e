/**
 * The editor of the scenario. Mistakes come from the core's own parser, completions from the
 * schema that its types write. It lives in a shadow root, where its style sheets are allowed by
 * the policy of the page.
 */
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, linter, setDiagnostics, type Diagnostic as Lint } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Diagnostic } from "./protocol";
import { completeScenario } from "./schema";

export interface Options {
  text: string;
  label: string;
  check: (yaml: string) => Promise<Diagnostic[]>;
  change: (yaml: string) => void;
  play: () => void;
}

export interface Handle {
  text(): string;
  replace(text: string): void;
  show(found: Diagnostic[]): void;
  reveal(one: Diagnostic): void;
}

const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "transparent", color: "var(--ink)", fontSize: "12.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--accent)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 5%, transparent)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent) !important",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line-strong)",
    borderRadius: "7px",
    maxWidth: "30rem",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--accent-ink)",
  },
  ".cm-completionInfo": { padding: "0.4rem 0.6rem", fontFamily: "var(--sans)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator], color: "var(--muted)" },
]);

const lint = (found: Diagnostic[], length: number): Lint[] =>
  found.map((one) => ({
    from: Math.min(one.span.start, length),
    to: Math.min(Math.max(one.span.end, one.span.start), length),
    severity: one.severity,
    source: one.code,
    message: one.help ? `${one.message}\n${one.help}` : one.message,
  }));

export function create(host: HTMLElement, options: Options): Handle {
  const root = host.attachShadow({ mode: "open" });
  const inner = document.createElement("div");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":host > div { height: 100% }");
  root.adoptedStyleSheets = [sheet];
  root.append(inner);
  const view = new EditorView({
    root,
    parent: inner,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        closeBrackets(),
        yaml(),
        indentUnit.of("  "),
        syntaxHighlighting(colours),
        look,
        lintGutter(),
        linter(async (it) => lint(await options.check(it.state.doc.toString()), it.state.doc.length), {
          delay: 250,
        }),
        autocompletion({ override: [completeScenario], icons: false }),
        EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.change(update.state.doc.toString());
        }),
        keymap.of([
          { key: "Mod-Enter", run: () => (options.play(), true) },
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    show(found) {
      view.dispatch(setDiagnostics(view.state, lint(found, view.state.doc.length)));
    },
    reveal(one) {
      const at = Math.min(one.span.start, view.state.doc.length);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
  };
}
