/** The page's side of the worker: every question is a promise. */
import type { Ahead, Method, Questions, Reply } from "./protocol";

type Waiting = { resolve: (value: never) => void; reject: (why: Error) => void };

export class Sim {
  #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(onAhead: (ahead: Ahead) => void, onCrash: (why: string) => void) {
    this.#worker.onmessage = (event: MessageEvent<Reply>) => {
      const reply = event.data;
      if ("ahead" in reply) return onAhead(reply.ahead);
      if (!("id" in reply)) return;
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ("error" in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.result as never);
    };
    this.#worker.onerror = (event) => onCrash(event.message);
  }

  close() {
    this.#worker.terminate();
  }

  ask<M extends Method>(method: M, ...args: Parameters<Questions[M]>): Promise<ReturnType<Questions[M]>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, args });
    });
  }
}
