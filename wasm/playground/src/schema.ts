/**
 * What can stand at a place of a scenario, from the schema that the core's own types write.
 *
 * The place is found by indentation, as people write; mistakes are the business of the parser.
 */
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import schema from "../../../scenario.schema.json";

export interface Node {
  $ref?: string;
  description?: string;
  type?: string | string[];
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
  allOf?: Node[];
  enum?: unknown[];
  const?: unknown;
}

const definitions = (schema as { $defs?: Record<string, Node> }).$defs ?? {};

/** A node and everything that it stands for. */
function* meanings(node: Node, depth = 0): Generator<Node> {
  if (depth > 8) return;
  if (node.$ref) {
    const found = definitions[node.$ref.replace(/^.*\//, "")];
    if (found) yield* meanings(found, depth + 1);
  }
  yield node;
  for (const part of [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]) {
    yield* meanings(part, depth + 1);
  }
}

function* below(node: Node, key: string): Generator<Node> {
  for (const one of meanings(node)) {
    if (key === "[]") {
      if (one.items) yield one.items;
    } else if (one.properties?.[key]) yield one.properties[key];
    else if (typeof one.additionalProperties === "object") yield one.additionalProperties;
  }
}

/** The keys above the last line of a text; `[]` is an element of a list. */
export function path(lines: string[]): string[] {
  const last = lines.at(-1) ?? "";
  let indent = last.search(/\S|$/);
  const keys: string[] = [];
  const dash = /^(\s*)-\s+/.exec(last);
  if (dash) {
    keys.unshift("[]");
    indent = (dash[1] ?? "").length;
  }
  // The first key of an element stands behind its dash.
  let isElement = Boolean(dash);
  for (let index = lines.length - 2; index >= 0 && (indent > 0 || isElement); index--) {
    const line = lines[index] ?? "";
    if (!line.trim() || line.trim().startsWith("#")) continue;
    const at = line.search(/\S/);
    const element = /^(\s*)-\s+/.exec(line);
    if (element && !isElement && at < indent) {
      keys.unshift("[]");
      indent = at;
      isElement = true;
      continue;
    }
    const key = /^\s*([\w.-]+):/.exec(line);
    if (key && (at < indent || (isElement && at <= indent))) {
      keys.unshift(key[1] ?? "");
      indent = at;
      isElement = false;
    }
  }
  return keys;
}

export interface Offer {
  label: string;
  info: string;
  isKey: boolean;
}

/** What could stand at the end of a text. */
export function offers(text: string): Offer[] {
  const lines = text.split("\n");
  const last = lines.at(-1) ?? "";
  let nodes: Node[] = [schema as Node];
  const value = /^\s*(?:-\s+)?([\w.-]+):\s+[\w-]*$/.exec(last);
  for (const key of [...path(lines), ...(value ? [value[1] ?? ""] : [])]) {
    nodes = nodes.flatMap((node) => [...below(node, key)]);
  }
  const found = new Map<string, Offer>();
  for (const node of nodes.flatMap((one) => [...meanings(one)])) {
    if (value) {
      const values = [...(node.enum ?? []), ...("const" in node ? [node.const] : [])];
      if (node.type === "boolean") values.push(true, false);
      for (const one of values) {
        found.set(String(one), { label: String(one), info: node.description ?? "", isKey: false });
      }
      continue;
    }
    for (const [key, property] of Object.entries(node.properties ?? {})) {
      found.set(key, { label: key, info: property.description ?? "", isKey: true });
    }
  }
  return [...found.values()];
}

export function completeScenario(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/[\w-]*/);
  if (!word || (word.from === word.to && !context.explicit)) return null;
  const options = offers(context.state.sliceDoc(0, context.pos));
  if (options.length === 0) return null;
  return {
    from: word.from,
    options: options.map((one) => ({
      label: one.label,
      info: one.info || "",
      apply: one.isKey ? `${one.label}: ` : one.label,
    })),
    validFor: /^[\w-]*$/,
  };
}
