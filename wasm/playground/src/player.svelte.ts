/** The state of the page: a swarm, a moment, and what is known of its past and future. */
import { Sim } from "./sim";
import type { Line, View } from "./core";
import type { Ahead, Answer, Diagnostic, Frame, Series } from "./protocol";
import { t } from "./messages";

/** Seconds of the simulation in a second. */
export const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60] as const;
const SECOND = 1e9;

/** Something that the console shows beside what is in the trace. */
export interface Said {
  id: number;
  at: number;
  line: string;
  prompt: string;
  text: string;
  isError: boolean;
}

/** How the last frame came to be: motion is only shown where time went on by itself. */
export type Motion = "flow" | "jump";

export class Player {
  view = $state.raw<View | null>(null);
  tasks = $state.raw<Uint32Array>(new Uint32Array());
  frame = $state.raw<Frame | null>(null);
  ahead = $state.raw<Ahead | null>(null);
  /** Where the hand of the clock stands; the frame follows it. */
  now = $state(0);
  isPlaying = $state(false);
  speed = $state<number>(1);
  said = $state.raw<Said[]>([]);
  /** Lines that were typed, for the arrow keys. */
  typed = $state.raw<string[]>([]);
  diagnostics = $state.raw<Diagnostic[]>([]);
  /** The text that is played. */
  yaml = $state("");
  selected = $state<number | null>(null);
  crash = $state("");
  motion: Motion = "jump";
  /** Raised when something was done that is worth keeping. */
  changes = $state(0);
  /** Lines that have been typed and are not answered yet. */
  typing = $state(0);

  #sim: Sim;
  #isAsking = false;
  #isStale = false;
  #wantsJump = true;
  #last = 0;
  #id = 0;
  #isClosed = false;

  constructor() {
    this.#sim = new Sim(
      (ahead) => this.#onAhead(ahead),
      (why) => {
        this.crash = why || t.crashed;
        this.isPlaying = false;
      },
    );
    const turn = (time: number) => {
      if (this.#isClosed) return;
      this.#turn(time);
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  }

  get sim() {
    return this.#sim;
  }

  get end() {
    return Math.max(this.ahead?.end ?? 0, this.now);
  }

  get lines(): Line[] {
    return this.ahead?.lines ?? [];
  }

  get series(): Series[] {
    return this.ahead?.series ?? [];
  }

  /** A manager that answers, the leader if there is one: where lines about the swarm are typed. */
  get manager(): string | null {
    const managers = this.view?.nodes.filter((node) => node.role === "manager") ?? [];
    const best = managers.find((node) => node.manager === "leader") ?? managers.find((node) => node.is_up) ?? managers[0];
    return best?.name ?? null;
  }

  /** Begins with a scenario. False if it has mistakes. */
  async open(yaml: string, at = 0): Promise<boolean> {
    const { diagnostics, frame } = await this.#sim.ask("open", yaml, at);
    this.diagnostics = diagnostics;
    if (!frame) return false;
    this.yaml = yaml;
    this.said = [];
    this.selected = null;
    this.ahead = null;
    this.now = at;
    this.#show(frame, "jump");
    return true;
  }

  /** Stands at a moment. */
  seek(at: number) {
    this.now = Math.max(0, at);
    this.#wantsJump = true;
    this.#isStale = true;
  }

  /** Stands where another swarm stands that is looked at beside this one. */
  follow(at: number, isJump: boolean) {
    if (at === this.now) return;
    this.now = at;
    this.#isStale = true;
    if (isJump) this.#wantsJump = true;
  }

  /** Ends the simulation. */
  close() {
    this.#isClosed = true;
    this.#sim.close();
  }

  toggle() {
    if (!this.isPlaying && this.ahead?.quiet && this.now >= this.ahead.end) this.seek(0);
    this.isPlaying = !this.isPlaying;
  }

  /** To the next or previous moment at which something happens. */
  step(direction: 1 | -1) {
    this.isPlaying = false;
    const moments = this.lines.map((line) => line.at_ns);
    const found =
      direction > 0
        ? moments.find((at) => at > this.now + 0.5)
        : moments.findLast((at) => at < this.now - 0.5);
    if (found !== undefined) this.seek(found);
    else this.seek(direction > 0 ? this.end : 0);
  }

  faster(direction: 1 | -1) {
    const place = SPEEDS.findIndex((speed) => speed >= this.speed);
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place + direction))] ?? 1;
  }

  /** Types a line at the present moment, and lets time go on to show what comes of it. */
  async type(line: string): Promise<Answer | null> {
    const trimmed = line.trim();
    if (!trimmed) return null;
    if (this.typed.at(-1) !== trimmed) this.typed = [...this.typed, trimmed];
    const wasPlaying = this.isPlaying;
    this.isPlaying = false;
    const at = this.now;
    const prompt = this.frame?.prompt ?? "";
    this.typing += 1;
    const { answer, isTraced, frame } = await this.#sim.ask("type", trimmed, at).finally(() => (this.typing -= 1));
    const isDocker = isTraced && /^(@\S+\s+)?docker(\s|$)/.test(trimmed);
    if (!isDocker) {
      const text = answer.request === "load" ? t.loadHere : answer.text;
      const isError = answer.exitCode !== 0;
      this.said = [...this.said, { id: this.#id++, at: answer.to, line: trimmed, prompt, text, isError }];
    }
    const word = trimmed.split(/\s/)[0];
    this.changes += 1;
    const isMove = ["undo", "redo", "goto", "tick", "run", "seed"].includes(word ?? "");
    if (isTraced && !isMove) {
      // The line has been carried out to its end; the eye begins where it was typed.
      this.now = answer.from;
      this.#wantsJump = false;
      this.#isStale = true;
      this.isPlaying = true;
    } else {
      this.now = frame.now;
      this.#show(frame, "jump");
      this.isPlaying = wasPlaying && !isMove;
    }
    return answer;
  }

  #onAhead(ahead: Ahead) {
    this.ahead = ahead;
  }

  #show(frame: Frame, motion: Motion) {
    this.motion = motion;
    if (frame.view) this.view = frame.view;
    this.tasks = frame.tasks;
    this.frame = frame;
  }

  #turn(time: number) {
    const passed = Math.min(100, time - this.#last);
    this.#last = time;
    if (this.isPlaying && this.frame) {
      const ahead = this.ahead;
      let now = this.now + (passed / 1000) * this.speed * SECOND;
      if (ahead?.complete && now >= ahead.end) {
        if (ahead.quiet || ahead.tooLarge) {
          now = Math.max(this.now, ahead.end);
          this.isPlaying = false;
        } else {
          void this.#sim.ask("extend", ahead.end + 60 * SECOND);
        }
      }
      if (now !== this.now) {
        this.now = now;
        this.#isStale = true;
      }
    }
    if (this.#isStale && !this.#isAsking && this.frame) void this.#ask();
  }

  async #ask() {
    this.#isStale = false;
    this.#isAsking = true;
    const motion = this.#wantsJump ? "jump" : "flow";
    this.#wantsJump = false;
    try {
      this.#show(await this.#sim.ask("frame", this.now), motion);
    } finally {
      this.#isAsking = false;
    }
  }
}
