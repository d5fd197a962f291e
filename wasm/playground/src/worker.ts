/**
 * The simulation, away from the page: it never freezes, whatever a scenario asks for.
 *
 * One console of the core answers everything. Looking ahead goes on in pieces between the
 * questions, so that the page knows the future of the run and can still ask about any moment.
 */
import init, { Console, check } from "../../pkg/swarmlab_wasm.js";
import wasmUrl from "../../pkg/swarmlab_wasm_bg.wasm?url";
import type { View, Line } from "./core";
import type { Ahead, Diagnostic, Frame, Method, Questions, Reply, Request, Series } from "./protocol";

/** Events between two looks at the questions. */
const EVENTS_PER_PIECE = 4_000;
/** A run of more events than this is not looked ahead any further. */
const EVENT_COUNT_MAX = 3_000_000;
/** So much of what follows the last step of a scenario is looked at. */
const MARGIN_NS = 30_000_000_000;
/** What is known of the future is told so often, in milliseconds. */
const TELL_INTERVAL_MS = 150;

let swarm: Console | null = null;
let lastView = "";
/** Looking ahead: up to where it has come, and up to where it is wanted. */
let farthest = 0n;
let limit = 0n;
let isLooking = false;
/** Raised whenever the future becomes another one. */
let epoch = 0;

const post = (reply: Reply, transfer: Transferable[] = []) =>
  self.postMessage(reply, { transfer });

const need = (): Console => {
  if (!swarm) throw new Error("no scenario is open");
  return swarm;
};

/** Bytes of a text as places of JavaScript. */
function diagnostics(yaml: string): Diagnostic[] {
  const found = JSON.parse(check(yaml)) as Diagnostic[];
  const bytes = new TextEncoder().encode(yaml);
  const decoder = new TextDecoder();
  const place = (at: number) =>
    bytes.length === yaml.length ? at : decoder.decode(bytes.subarray(0, at)).length;
  return found.map((one) => ({
    ...one,
    span: { ...one.span, start: place(one.span.start), end: place(one.span.end) },
  }));
}

function frame(): Frame {
  const it = need();
  const text = it.view();
  const view = text === lastView ? null : (JSON.parse(text) as View);
  lastView = text;
  const next = it.nextNs;
  return {
    now: Number(it.nowNs),
    next: next === undefined ? null : Number(next),
    events: Number(it.eventCount),
    fingerprint: it.fingerprint(),
    view,
    tasks: it.tasks(),
    screens: it.screens(),
    prompt: it.prompt(),
    undoCount: it.undoCount,
    redoCount: it.redoCount,
  };
}

/** Hands over what is known of the future. The console stands at its end. */
function tell(quiet: boolean, complete: boolean, tooLarge: boolean) {
  const it = need();
  const ahead: Ahead = {
    end: Number(it.nowNs),
    quiet,
    complete,
    tooLarge,
    lines: JSON.parse(it.lines()) as Line[],
    series: JSON.parse(it.availability()) as Series[],
  };
  post({ ahead });
}

const pause = () =>
  new Promise<void>((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });

/** Begins to look at a future, or goes on with more of it. */
async function lookAhead() {
  if (isLooking) return;
  isLooking = true;
  try {
    let told = performance.now();
    for (;;) {
      const mine = epoch;
      const it = need();
      it.standAtNs(farthest);
      const tooLarge = Number(it.eventCount) > EVENT_COUNT_MAX;
      const came = tooLarge ? "limit" : it.lookAheadNs(limit, EVENTS_PER_PIECE);
      farthest = it.nowNs;
      const complete = came !== "more";
      if (complete || performance.now() - told > TELL_INTERVAL_MS) {
        tell(came === "quiet", complete, tooLarge);
        told = performance.now();
      }
      if (complete) {
        await pause();
        if (mine === epoch && farthest >= limit) return;
        if (mine === epoch && (came === "quiet" || tooLarge)) return;
      }
      await pause();
    }
  } finally {
    isLooking = false;
  }
}

/** The future may be another one from here on. */
function newFuture(from: bigint) {
  epoch += 1;
  farthest = from;
  const margin = (from > need().lastNs ? from : need().lastNs) + BigInt(MARGIN_NS);
  limit = margin > limit ? margin : limit;
  // After the answer to the question that made it so.
  void pause().then(lookAhead);
}

const moment = (at: number) => BigInt(Math.max(0, Math.round(at)));

const questions: { [M in Method]: (...args: Parameters<Questions[M]>) => ReturnType<Questions[M]> } = {
  open(yaml, at) {
    const found = diagnostics(yaml);
    if (found.some((one) => one.severity === "error")) return { diagnostics: found, frame: null };
    const before = swarm;
    swarm = new Console(yaml);
    before?.free();
    lastView = "";
    limit = 0n;
    swarm.standAtNs(moment(at));
    const first = frame();
    newFuture(swarm.nowNs);
    return { diagnostics: found, frame: first };
  },
  check: diagnostics,
  frame(at) {
    need().standAtNs(moment(at));
    return frame();
  },
  type(line, at) {
    const it = need();
    it.standAtNs(moment(at));
    const before = it.fingerprint();
    const said = it.typeLine(line);
    const answer = {
      text: said.text,
      exitCode: said.exitCode,
      from: Number(said.fromNs),
      to: Number(said.toNs),
      request: said.request ?? null,
      path: said.path ?? null,
      content: said.content ?? null,
    };
    said.free();
    const isTraced = it.fingerprint() !== before;
    if (isTraced || answer.from !== answer.to) newFuture(it.nowNs);
    // The page may show another moment first: then it needs the whole picture again.
    lastView = "";
    const after = frame();
    lastView = "";
    return { answer, isTraced, frame: after };
  },
  complete(line, cursor) {
    const found = need().complete(line, cursor);
    const plain = { start: found.start, end: found.end, words: found.words };
    found.free();
    return plain;
  },
  task(id) {
    const text = need().task(id);
    return text === undefined ? null : JSON.parse(text);
  },
  why(id, at) {
    need().standAtNs(moment(at));
    const text = need().why(id);
    return text === undefined ? null : JSON.parse(text);
  },
  scenario() {
    const it = need();
    it.standAtNs(farthest);
    return it.scenario();
  },
  trace() {
    const it = need();
    it.standAtNs(farthest);
    return it.trace(0, 0xffff_ffff);
  },
  extend(to) {
    if (moment(to) > limit) limit = moment(to);
    void lookAhead();
    return null;
  },
};

const ready = init({ module_or_path: wasmUrl });

self.onmessage = async (event: MessageEvent<Request>) => {
  const { id, method, args } = event.data;
  try {
    await ready;
    const answer = questions[method] as (...args: unknown[]) => unknown;
    post({ id, result: answer(...args) });
  } catch (error) {
    post({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
