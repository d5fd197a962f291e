// Plays scenarios in WebAssembly: node play.cjs DIRECTORY_OF_THE_GLUE SCENARIOS.json
// Prints what the module imports and how every scenario went, as JSON.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const [directory, input] = process.argv.slice(2);
const bytes = fs.readFileSync(path.join(directory, "swarmlab_wasm_bg.wasm"));
const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
const { Simulation } = require(path.join(directory, "swarmlab_wasm.js"));

function play(text) {
  let simulation;
  try {
    simulation = new Simulation(text);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof WebAssembly.RuntimeError) throw error;
    return { refused: error.message };
  }
  simulation.runToEnd();
  const ended = { fingerprint: simulation.fingerprint(), timeline: simulation.timeline() };
  const end = simulation.nowNs;
  simulation.seekNs(end / 2n);
  simulation.seekNs(end);
  if (simulation.fingerprint() !== ended.fingerprint) {
    throw new Error(`back and forth: ${simulation.fingerprint()}, not ${ended.fingerprint}`);
  }
  simulation.free();
  return { ended };
}

const texts = JSON.parse(fs.readFileSync(input, "utf8"));
const played = Object.fromEntries(
  Object.entries(texts).map(([name, text]) => [name, play(text)]),
);
console.log(JSON.stringify({ imports: imports.map((one) => one.name), played }));
