/** The page as a person uses it, in a real browser. */
import { expect, test, type Page } from "@playwright/test";
import axe from "axe-core";

declare const Buffer: { from(text: string): never };

/** Whatever the browser complains about fails the test. */
test.beforeEach(async ({ page }) => {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") complaints.push(request.url());
  });
  (page as Page & { complaints?: string[] }).complaints = complaints;
});
test.afterEach(({ page }) => {
  expect((page as Page & { complaints?: string[] }).complaints).toEqual([]);
});

/** The page says how it stands, so that nobody has to guess how long it takes. */
const state = (page: Page) => page.locator(".page");

async function open(page: Page, address = "") {
  await page.goto(`./${address}`);
  await expect(state(page)).toHaveAttribute("data-ready", "true");
  await expect(state(page)).toHaveAttribute("data-known", "true");
}

async function pause(page: Page) {
  await expect(async () => {
    if ((await state(page).getAttribute("data-playing")) === "true") {
      await page.getByRole("button", { name: "Pause", exact: true }).click({ timeout: 1000 });
    }
    await expect(state(page)).toHaveAttribute("data-playing", "false", { timeout: 1000 });
  }).toPass();
}

const line = (page: Page) => page.getByLabel("A line for the console");

async function type(page: Page, text: string) {
  await line(page).fill(text);
  await line(page).press("Enter");
  await expect(line(page)).toHaveValue("");
  await expect(state(page)).toHaveAttribute("data-busy", "false");
}

/** Puts a text into the editor, as a file that is opened. */
async function write(page: Page, text: string) {
  await expect(page.getByRole("textbox", { name: "The scenario as YAML" })).toBeVisible();
  const buffer = Buffer.from(text);
  await page.locator("input[type=file]").setInputFiles({ name: "a.yaml", mimeType: "text/yaml", buffer });
}

const terminal = (page: Page) => page.getByRole("log");

const fingerprint = async (page: Page) =>
  (await page.locator(".print").innerText()).replace(/^\S*\s/, "");

async function seek(page: Page, seconds: number) {
  await page.getByRole("slider").fill(String(seconds * 1e9));
  await expect(state(page)).toHaveAttribute("data-at", String(seconds * 1e9));
}

/** Clicks at a node what is offered for it. */
async function act(page: Page, node: string, name: RegExp) {
  await page.getByRole("button", { name: `What to do with ${node}` }).click();
  await page.getByRole("menuitem", { name }).click();
}

test("the first paint is a running cluster", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("article")).toHaveCount(3);
  await expect(page.getByText("4 of 4 running")).toBeVisible();
  await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
});

test("a drained node gives away what it has, and undo gives it back", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Drain swarm-worker2" }).first().click();
  const worker1 = page.getByRole("article", { name: /swarm-worker1/ });
  const worker2 = page.getByRole("article", { name: /swarm-worker2.*drain/ });
  await expect(worker2).toBeVisible();
  await expect(terminal(page)).toContainText("docker node update --availability drain swarm-worker2");
  await page.getByRole("combobox", { name: "Speed" }).selectOption("10×");
  await expect(worker1.getByRole("button", { name: /web-alb\.\d running/ })).toHaveCount(4);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(worker2).toHaveCount(0);
});

test("every moment is the same whichever way it is reached", async ({ page }) => {
  await open(page);
  await pause(page);
  await type(page, "docker service scale web-alb=6");
  await pause(page);
  await seek(page, 30);
  const late = await fingerprint(page);
  await seek(page, 2);
  const early = await fingerprint(page);
  expect(early).not.toBe(late);
  await seek(page, 30);
  expect(await fingerprint(page)).toBe(late);
  await seek(page, 2);
  expect(await fingerprint(page)).toBe(early);
});

test("the lines of a first exercise", async ({ page }) => {
  await open(page);
  await type(page, "docker node ls");
  await expect(terminal(page)).toContainText("MANAGER STATUS");
  await type(page, "docker service create --detach --name web --replicas 3 nginx");
  await type(page, "docker service scale web=5");
  await page.getByRole("combobox", { name: "Speed" }).selectOption("30×");
  await expect(terminal(page)).toContainText("web scaled to 5");
  await type(page, "docker service ps web");
  await expect(terminal(page)).toContainText("web.5");
  await type(page, "docker service rm web");
  await expect(page.getByText("5 of 5 running")).toHaveCount(0);
  await type(page, "docker service explode");
  await expect(terminal(page).locator("pre.error").last()).not.toBeEmpty();
});

test("completion and history", async ({ page }) => {
  await open(page);
  await pause(page);
  await line(page).fill("docker service sca");
  await line(page).press("Tab");
  await expect(line(page)).toHaveValue("docker service scale ");
  await line(page).press("Tab");
  await expect(line(page)).toHaveValue("docker service scale web-alb=");
  await type(page, "status");
  await expect(terminal(page)).toContainText("service web-alb");
  await line(page).press("ArrowUp");
  await expect(line(page)).toHaveValue("status");
});

test("a node without power", async ({ page }) => {
  await open(page);
  await act(page, "swarm-worker1", /Cut its power/);
  await expect(page.getByRole("article", { name: /swarm-worker1.*no power/ })).toBeVisible();
  await page.getByRole("combobox", { name: "Speed" }).selectOption("10×");
  const worker2 = page.getByRole("article", { name: /swarm-worker2/ });
  await expect(worker2.getByRole("button", { name: /web-alb\.\d running/ })).toHaveCount(4);
});

test("a link that is cut, and mended", async ({ page }) => {
  await open(page);
  await act(page, "swarm-worker1", /Cut it off.*partition swarm-worker1/);
  await expect(page.getByRole("article", { name: /swarm-worker1.*cut off/ })).toBeVisible();
  await expect(page.locator(".links .cut")).toHaveCount(1);
  await expect(terminal(page)).toContainText("partition swarm-worker1");
  await page.getByRole("combobox", { name: "Speed" }).selectOption("10×");
  await expect(page.getByRole("article", { name: /swarm-worker1.*down, cut off/ })).toBeVisible();
  await act(page, "swarm-worker1", /Mend the network/);
  await expect(page.locator(".links .cut")).toHaveCount(0);
});

test("an engine that is frozen", async ({ page }) => {
  await open(page);
  await act(page, "swarm-worker2", /Freeze its engine/);
  const worker2 = page.getByRole("article", { name: /swarm-worker2.*frozen/ });
  await expect(worker2).toBeVisible();
  await act(page, "swarm-worker2", /Let its engine go on/);
  await expect(worker2).toHaveCount(0);
});

test("several managers by click", async ({ page }) => {
  await open(page);
  await act(page, "swarm-worker1", /docker node promote swarm-worker1/);
  await page.getByRole("combobox", { name: "Speed" }).selectOption("10×");
  await expect(page.getByRole("article", { name: /swarm-worker1, manager/ })).toBeVisible();
  await expect(page.getByRole("article", { name: /swarm-manager, leader/ })).toBeVisible();
  await act(page, "swarm-worker1", /docker node demote swarm-worker1/);
  await expect(page.getByRole("article", { name: /swarm-worker1, worker/ })).toBeVisible();
});

test("two futures side by side", async ({ page }) => {
  await open(page);
  await pause(page);
  await seek(page, 10);
  await page.getByRole("button", { name: "A | B" }).click();
  await expect(page.getByRole("article")).toHaveCount(6);
  await expect(page.getByText("the same so far")).toHaveCount(2);
  await type(page, "docker service scale --detach web-alb=7");
  await pause(page);
  await seek(page, 25);
  await expect(page.getByText("differ from 10.00 s on")).toHaveCount(2);
  await expect(page.getByText("7 of 7 running")).toHaveCount(1);
  await expect(page.getByText("4 of 4 running")).toHaveCount(1);
  const print = await fingerprint(page);
  await page.locator("body").press("a");
  await expect.poll(() => fingerprint(page)).not.toBe(print);
  await page.getByRole("button", { name: "Keep A" }).click();
  await expect(page.getByRole("article")).toHaveCount(3);
  await expect(page.getByText("4 of 4 running")).toBeVisible();
});

test("in Korean, which is remembered", async ({ page }) => {
  await open(page, "?lang=ko");
  await expect(page.getByRole("button", { name: "정지", exact: true })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await open(page);
  await expect(page.getByText("노드 3개, 태스크 4개")).toBeVisible();
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("button", { name: "한국어" })).toBeVisible();
});

test("why a task fits nowhere", async ({ page }) => {
  await open(page);
  await type(page, "docker service create --detach --name big --reserve-memory 100GB redis");
  await page.getByRole("button", { name: "big.1" }).click();
  const side = page.getByRole("region", { name: "What happens" });
  await expect(side).toContainText("no suitable node (insufficient resources on 3 nodes)");
  await expect(side).toContainText("needs 100 GiB of memory, 8 GiB free");
  await expect(side).toContainText("lower the memory reservation to 8 GiB");
});

test("why a task is where it is", async ({ page }) => {
  await open(page);
  await pause(page);
  await page.getByRole("button", { name: /web-alb\.3 running/ }).click();
  const side = page.getByRole("region", { name: "What happens" });
  await expect(side).toContainText("Placed on swarm-worker1");
  await expect(side).toContainText("node.role==worker");
});

test("a link opened again is the same run, and takes nobody's work away", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await type(page, "docker service scale --detach web-alb=7");
  await pause(page);
  await seek(page, 25);
  const name = await fingerprint(page);
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page.getByText("The link is in your clipboard.")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());

  const other = await context.newPage();
  await other.goto("about:blank");
  await other.goto(link);
  await expect(state(other)).toHaveAttribute("data-ready", "true");
  await expect(other.getByText("7 of 7 running")).toBeVisible();
  expect(await fingerprint(other)).toBe(name);

  await page.evaluate(() => localStorage.setItem("swarmlab.work", JSON.stringify({ yaml: "version: 1\ncluster: {managers: 1}\n", at: 0 })));
  await other.reload();
  await expect(other.getByText("What you had here is kept.")).toBeVisible();
  await other.getByRole("button", { name: "Back to my own work" }).click();
  await expect(other.getByRole("article")).toHaveCount(1);
});

test("work is kept", async ({ page }) => {
  await open(page);
  await type(page, "docker service scale --detach web-alb=2");
  await expect.poll(() => page.evaluate(() => localStorage.getItem("swarmlab.work"))).toContain("web-alb=2");
  await open(page);
  await expect(page.getByText("2 of 2 running")).toBeVisible();
});

test("a mistake in a scenario is shown at its line", async ({ page }) => {
  await open(page);
  await write(page, "version: 1\nclutser:\n  managers: 1\n");
  await expect(page.getByText(/2:1/)).toBeVisible();
  await expect(page.getByText("did you mean")).toBeVisible();
  await expect(page.getByRole("button", { name: "Play it" })).toBeDisabled();
  await write(page, "version: 1\ncluster: {managers: 1, workers: 40}\n");
  await expect(page.getByRole("button", { name: "Play it" })).toBeEnabled();
  await page.getByRole("button", { name: "Play it" }).click();
  await expect(page.getByText("41 nodes")).toBeVisible();
  await expect(page.locator("canvas")).toBeVisible();
});

test("a scenario without end does not stop the page", async ({ page }) => {
  await open(page);
  await write(
    page,
    `version: 1
cluster: {managers: 1, workers: 20}
images: {crash: {exits: {code: 1, after: 10ms}}}
steps:
  - {at: 0s, run: docker service create --detach --replicas 200 --restart-delay 1ms --name x crash}
`,
  );
  await page.getByRole("button", { name: "Play it" }).click();
  await expect(page.getByText("21 nodes")).toBeVisible();
  await type(page, "status");
  await expect(terminal(page)).toContainText("service x");
});

test("without a network", async ({ page, context }) => {
  await open(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.open("swarmlab")).keys()).length))
    .toBeGreaterThan(5);
  await context.setOffline(true);
  await page.reload();
  await expect(state(page)).toHaveAttribute("data-ready", "true");
  await expect(page.getByRole("article")).toHaveCount(3);
  await expect(page.getByRole("textbox", { name: "The scenario as YAML" })).toBeVisible();
});

test("everything by keyboard", async ({ page }) => {
  await open(page);
  await page.locator("body").press("Space");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await page.locator("body").press("Home");
  await expect(page.locator(".clock")).toHaveText("0.000 s");
  await page.locator("body").press("ArrowRight");
  await expect(page.locator(".clock")).toHaveText("1.000 s");
  await page.locator("body").press("t");
  await expect(page.getByRole("columnheader", { name: "Availability" })).toBeVisible();
  await page.locator("body").press("c");
  await expect(line(page)).toBeFocused();
  await line(page).press("Shift+Tab");
  await page.locator("body").press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing serious for axe-core (${scheme})`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(page);
    await pause(page);
    await page.getByRole("button", { name: /web-alb\.3 running/ }).click();
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const run = (globalThis as unknown as { axe: typeof axe }).axe.run;
      const { violations } = await run(document);
      return violations
        .filter((one) => one.impact === "serious" || one.impact === "critical")
        .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join("; ")}`);
    });
    expect(found).toEqual([]);
  });
}

test("a phone in portrait", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
  await page.getByRole("tab", { name: "Scenario" }).click();
  await expect(page.getByRole("textbox", { name: "The scenario as YAML" })).toBeVisible();
});
