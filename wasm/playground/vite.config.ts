/// <reference types="vitest/config" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** Tells the service worker which files make the page, those of `public` among them. */
function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.endsWith(".map"));
      this.emitFile({
        type: "asset",
        fileName: "files.json",
        source: JSON.stringify({ files: ["./", "icon.svg", ...files] }),
      });
    },
  };
}

export default defineConfig({
  // Any static host, any sub-path.
  base: "./",
  plugins: [svelte(), offline()],
  worker: { format: "es" },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { fs: { allow: ["../.."] } },
  test: { include: ["tests/unit/**/*.test.ts"] },
});
