/**
 * Links: the scenario, with everything that was typed, and the moment, in the fragment of the
 * address, which never leaves the browser.
 */
export interface Shared {
  yaml: string;
  /** Nanoseconds. */
  at: number;
}

/** Raised when older pages could not read it. */
const VERSION = "1";
/** Links longer than this are refused by programs that pass them on. */
export const LINK_LENGTH_MAX = 8_000;
/** Texts larger than this are not unpacked. */
const TEXT_LENGTH_MAX = 4_000_000;

async function through(bytes: Uint8Array<ArrayBuffer>, stream: GenericTransformStream): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough<Uint8Array>(stream as never).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > TEXT_LENGTH_MAX) throw new Error("too large");
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export async function pack(shared: Shared): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([shared.yaml, shared.at]));
  const packed = await through(bytes, new CompressionStream("deflate-raw"));
  let text = "";
  for (const byte of packed) text += String.fromCharCode(byte);
  return VERSION + btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Null if the fragment is no link of ours. */
export async function unpack(fragment: string): Promise<Shared | null> {
  if (!fragment.startsWith(VERSION)) return null;
  try {
    const text = atob(fragment.slice(1).replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(text, (one) => one.charCodeAt(0));
    const bytes = await through(packed, new DecompressionStream("deflate-raw"));
    const [yaml, at] = JSON.parse(new TextDecoder().decode(bytes)) as unknown[];
    return typeof yaml === "string" && typeof at === "number" ? { yaml, at } : null;
  } catch {
    return null;
  }
}
