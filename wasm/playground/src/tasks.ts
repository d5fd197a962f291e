/** Tasks as rows of numbers, read in place: there can be ten thousand of them in every frame. */
import { TASK_ROW_LENGTH, TASK_STATES } from "./core";

export type TaskState = (typeof TASK_STATES)[number];

const place = (state: TaskState) => TASK_STATES.indexOf(state);
export const PENDING = place("pending");
export const RUNNING = place("running");
export const COMPLETE = place("complete");

/** What a glyph tells: the states that look the same are one look. */
export type Look =
  | "waiting"
  | "assigned"
  | "preparing"
  | "starting"
  | "running"
  | "leaving"
  | "complete"
  | "stopped"
  | "failed";

export interface Task {
  id: number;
  /** Null for a task without a service. */
  service: number | null;
  node: number | null;
  slot: number;
  state: number;
  desired: number;
  sinceMs: number;
  isTroubled: boolean;
}

export function read(rows: Uint32Array, index: number): Task {
  const at = index * TASK_ROW_LENGTH;
  const value = (offset: number) => rows[at + offset] ?? 0;
  return {
    id: value(0),
    service: value(1) === 0 ? null : value(1) - 1,
    node: value(2) === 0 ? null : value(2) - 1,
    slot: value(3),
    state: value(4),
    desired: value(5),
    sinceMs: value(6),
    isTroubled: value(7) === 1,
  };
}

export const count = (rows: Uint32Array) => rows.length / TASK_ROW_LENGTH;

export function* all(rows: Uint32Array): Generator<Task> {
  for (let index = 0; index < count(rows); index++) yield read(rows, index);
}

export const stateName = (task: Task): TaskState => TASK_STATES[task.state] ?? "new";

export const isOver = (task: Task) => task.state > RUNNING;

/** Whether somebody still wants it to run. */
export const isWanted = (task: Task) => task.desired <= RUNNING;

export function look(task: Task): Look {
  const state = stateName(task);
  if (!isOver(task) && task.desired > COMPLETE) return "leaving";
  switch (state) {
    case "new":
    case "pending":
      return "waiting";
    case "assigned":
    case "accepted":
      return "assigned";
    case "preparing":
    case "ready":
      return "preparing";
    case "starting":
      return "starting";
    case "running":
      return "running";
    case "complete":
      return "complete";
    case "shutdown":
    case "remove":
      return "stopped";
    default:
      return "failed";
  }
}

/** How long a task that is over is still drawn, in milliseconds of the simulation. */
export const AFTERGLOW_MS = 4_000;

/** Whether a picture of the present shows it. */
export const isShown = (task: Task, nowMs: number) =>
  !isOver(task) || (nowMs >= task.sinceMs && nowMs - task.sinceMs < AFTERGLOW_MS);
