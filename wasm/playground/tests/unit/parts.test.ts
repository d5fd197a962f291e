import { describe, expect, test } from "vitest";
import { TASK_ROW_LENGTH, TASK_STATES } from "../../src/core";
import { layout } from "../../src/cells";
import { axis, bytes, clock, tick } from "../../src/format";
import { offers, path } from "../../src/schema";
import { en } from "../../src/messages/en";
import { ko } from "../../src/messages/ko";
import { pack, unpack } from "../../src/share";
import { isShown, look, read, type Task } from "../../src/tasks";

const place = (state: string) => TASK_STATES.indexOf(state as (typeof TASK_STATES)[number]);
const task = (state: string, desired = "running"): Task => ({
  id: 1,
  service: 0,
  node: 0,
  slot: 1,
  state: place(state),
  desired: place(desired),
  sinceMs: 1000,
  isTroubled: false,
});

describe("moments", () => {
  test("are written as people read them", () => {
    expect(clock(12_400_000_000)).toBe("12.4 s");
    expect(clock(62_400_000_000)).toBe("1:02.4");
    expect(clock(3_600_000_000_000, 0)).toBe("1:00:00");
    expect(axis(90e9)).toBe("90s");
    expect(axis(150e9)).toBe("2m30s");
    expect(axis(7200e9)).toBe("2h");
    expect(tick(60e9, 8)).toBe(10e9);
    expect(bytes(8 * 1024 ** 3)).toBe("8 GiB");
  });
});

describe("tasks", () => {
  test("rows are read in place", () => {
    const row = new Uint32Array(2 * TASK_ROW_LENGTH);
    row.set([7, 3, 0, 2, place("pending"), place("running"), 1500, 1], TASK_ROW_LENGTH);
    expect(read(row, 1)).toEqual({
      id: 7,
      service: 2,
      node: null,
      slot: 2,
      state: place("pending"),
      desired: place("running"),
      sinceMs: 1500,
      isTroubled: true,
    });
  });

  test("have a look each", () => {
    expect(look(task("pending"))).toBe("waiting");
    expect(look(task("running"))).toBe("running");
    expect(look(task("running", "shutdown"))).toBe("leaving");
    expect(look(task("shutdown", "shutdown"))).toBe("stopped");
    expect(look(task("rejected"))).toBe("failed");
    expect(new Set(TASK_STATES.map((state) => look(task(state)))).size).toBeGreaterThan(7);
  });

  test("that are over fade", () => {
    expect(isShown(task("failed"), 2000)).toBe(true);
    expect(isShown(task("failed"), 9000)).toBe(false);
    expect(isShown(task("running"), 9000)).toBe(true);
  });
});

describe("links", () => {
  test("come back as they went", async () => {
    const shared = { yaml: "version: 1\ntitle: 스웜 🐳\n".repeat(50), at: 12_345_678_901 };
    const packed = await pack(shared);
    expect(packed).toMatch(/^1[\w-]+$/);
    expect(packed.length).toBeLessThan(300);
    expect(await unpack(packed)).toEqual(shared);
  });

  test("that are none are refused", async () => {
    for (const text of ["", "0abc", "1", "1!!", "1AAAA"]) expect(await unpack(text)).toBeNull();
  });
});

describe("completion of scenarios", () => {
  const labels = (text: string) => offers(text).map((one) => one.label);

  test("knows the place", () => {
    expect(path(["cluster:", "  managers:", "    - na"])).toEqual(["cluster", "managers", "[]"]);
    expect(path(["steps:", "  - at: 1s", "    ru"])).toEqual(["steps", "[]"]);
  });

  test("offers the keys and words of the schema", () => {
    expect(labels("")).toContain("cluster");
    expect(labels("cluster:\n  ")).toContain("workers");
    expect(labels("cluster:\n  workers:\n    - ")).toContain("labels");
    expect(labels("steps:\n  - at: 1s\n    ")).toContain("crash");
    expect(labels("ties: ")).toContain("seeded");
    expect(labels("cluster:\n  workers:\n    - availability: ")).toContain("drain");
  });
});

describe("the Korean texts", () => {
  /** Words that are the same in both, or belong to the other language. */
  const SAME = ["name", "language", "languageLabel", "consoleHint"];

  test("are Korean, every one", () => {
    const check = (name: string, value: unknown) => {
      if (SAME.includes(name)) return;
      if (typeof value === "string") expect(value, name).toMatch(/[가-힣]/);
      else if (typeof value === "function") check(name, value("one", "two", 3, 4, 5));
      else if (Array.isArray(value)) value.forEach(([key, about]) => check(`${name} ${key}`, about));
      else for (const [key, inner] of Object.entries(value as object)) check(`${name}.${key}`, inner);
    };
    for (const [key, inner] of Object.entries(ko)) check(key, inner);
    expect(Object.keys(ko)).toEqual(Object.keys(en));
    expect(ko.keys.map(([key]) => key)).toEqual(en.keys.map(([key]) => key));
  });
});

test("cells fill the place", () => {
  for (const count of [31, 100, 1000]) {
    const plan = layout(count, 900, 300);
    expect(plan.columns * plan.rows).toBeGreaterThanOrEqual(count);
    expect(plan.pitch === 0).toBe(count > 300);
  }
});
