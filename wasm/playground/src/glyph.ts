/** The signs of tasks: a ring that fills as a task comes nearer to running. */
import type { Look } from "./tasks";

export interface Shape {
  ring: boolean;
  /** The pattern of the ring's line. */
  dash?: string | undefined;
  /** A filled path. */
  fill?: string | undefined;
  /** A line on top. */
  mark?: string | undefined;
  markOnFill?: boolean | undefined;
}

const DISC = "M8 1.2a6.8 6.8 0 1 0 0 13.6a6.8 6.8 0 1 0 0-13.6z";
const DOT = "M8 5.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8z";
const HALF = "M8 3.6a4.4 4.4 0 0 1 0 8.8z";
const MOST = "M8 8V3.6a4.4 4.4 0 1 1-4.4 4.4z";

const SHAPES: Record<Look, Shape> = {
  waiting: { ring: true, dash: "2.1 2.6" },
  assigned: { ring: true, fill: DOT },
  preparing: { ring: true, fill: HALF },
  starting: { ring: true, fill: MOST },
  running: { ring: false, fill: DISC },
  leaving: { ring: false, fill: DISC, mark: "M8 4.8v6M5.4 8.4 8 11l2.6-2.6", markOnFill: true },
  complete: { ring: true, mark: "M5 8.3 7.2 10.4 11 6" },
  stopped: { ring: true, mark: "M5 8h6" },
  failed: { ring: true, mark: "M5.6 5.6l4.8 4.8M10.4 5.6 5.6 10.4" },
};

export const shape = (look: Look): Shape => SHAPES[look];
