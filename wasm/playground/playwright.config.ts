import { defineConfig } from "@playwright/test";

declare const process: { env: Record<string, string | undefined> };

/** Debian's browser where Playwright's own cannot be fetched. */
const executablePath = process.env["CHROMIUM"];

export default defineConfig({
  testDir: "tests/e2e",
  timeout: 180_000,
  expect: { timeout: 30_000 },
  fullyParallel: false,
  workers: 1,
  reporter: "line",
  use: {
    baseURL: "http://127.0.0.1:4187/",
    viewport: { width: 1280, height: 860 },
    reducedMotion: "reduce",
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
  webServer: {
    command: "npx vite preview --host 127.0.0.1 --port 4187 --strictPort",
    url: "http://127.0.0.1:4187/",
    timeout: 60_000,
  },
});
