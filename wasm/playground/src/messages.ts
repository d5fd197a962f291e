/**
 * The texts of the page, in the language of whoever looks at it: `?lang=ko` or `?lang=en`, which is
 * remembered, or what the browser asks for. What the core says (lines, diagnostics, docker) comes
 * from the core, and is English as docker is.
 */
import { en } from "./messages/en";

/** Texts of the same kind, with other words. */
type Like<T> = T extends string
  ? string
  : T extends (...parts: infer P) => string
    ? (...parts: P) => string
    : T extends readonly (readonly [string, string])[]
      ? readonly (readonly [string, string])[]
      : { readonly [K in keyof T]: Like<T[K]> };

export type Messages = Like<typeof en>;

export type Language = "en" | "ko";

const KEEP = "swarmlab.language";

function choose(): Language {
  if (typeof location === "undefined") return "en";
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "en" || asked === "ko") {
    remember(asked);
    return asked;
  }
  try {
    const kept = localStorage.getItem(KEEP);
    if (kept === "en" || kept === "ko") return kept;
  } catch {
    // A closed store remembers nothing.
  }
  return navigator.language.startsWith("ko") ? "ko" : "en";
}

function remember(language: Language) {
  try {
    localStorage.setItem(KEEP, language);
  } catch {
    // It is asked again the next time.
  }
}

export const language = choose();

/** Only those who read Korean fetch it. */
export const t: Messages = language === "ko" ? (await import("./messages/ko")).ko : en;

/** Shows the page in another language. The fragment, and with it what it links to, is kept. */
export function speak(other: Language) {
  remember(other);
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  if (address.href === location.href) location.reload();
  else location.href = address.href;
}
