/** What the page and the worker with the simulation say to each other. */
import type { Line, TaskView, View, Why } from "./core";

export interface Diagnostic {
  code: string;
  severity: "error" | "warning";
  message: string;
  /** Bytes of the text, and where that is as people count. */
  span: { start: number; end: number; line: number; column: number };
  help: string | null;
}

/** The swarm at a moment. */
export interface Frame {
  now: number;
  next: number | null;
  events: number;
  fingerprint: string;
  /** Null when nothing of it has changed since the last frame. */
  view: View | null;
  /** Rows of numbers; see `tasks.ts`. */
  tasks: Uint32Array;
  /** What terminals show whose line has not returned. */
  screens: string[];
  prompt: string;
  undoCount: number;
  redoCount: number;
}

/** A line over time: how many tasks of a service ran. */
export interface Series {
  service: string;
  lowest: { at_ns: number; running: number; of: number } | null;
  short_ns: number;
  series: { at_ns: number; running: number; desired: number }[];
}

/** What lies ahead. */
export interface Ahead {
  /** Up to which moment it is known. */
  end: number;
  /** Whether nothing happens after it. */
  quiet: boolean;
  /** Whether that is all that was asked for. */
  complete: boolean;
  /** Whether the run is so large that looking ahead was given up. */
  tooLarge: boolean;
  lines: Line[];
  series: Series[];
}

export interface Answer {
  text: string;
  exitCode: number;
  from: number;
  to: number;
  request: string | null;
  path: string | null;
  content: string | null;
}

export interface Completions {
  start: number;
  end: number;
  words: string[];
}

/** Every question, with its answer. */
export interface Questions {
  /** Begins with a scenario; an empty list of errors means that it did. */
  open(yaml: string, at: number): { diagnostics: Diagnostic[]; frame: Frame | null };
  check(yaml: string): Diagnostic[];
  frame(at: number): Frame;
  /** Types a line at a moment. What leaves a trace is shown from there. */
  type(line: string, at: number): { answer: Answer; isTraced: boolean; frame: Frame };
  complete(line: string, cursor: number): Completions;
  task(id: number): TaskView | null;
  why(id: number, at: number): Why | null;
  /** The whole history as a scenario file. */
  scenario(): string;
  /** The whole history as JSON lines. */
  trace(): string;
  /** More of the future is wanted. */
  extend(to: number): null;
}

export type Method = keyof Questions;

export interface Request {
  id: number;
  method: Method;
  args: unknown[];
}

export type Reply =
  | { id: number; result: unknown }
  | { id: number; error: string }
  | { ahead: Ahead }
  | { ready: string };
