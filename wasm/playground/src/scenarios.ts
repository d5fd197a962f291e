/** The scenarios of the project, and the one that is shown first. */
import start from "../../../scenarios/playground.yaml?raw";

const files = import.meta.glob<string>("../../../scenarios/*.yaml", { query: "?raw", import: "default" });

/** What is no file of the project. */
export const OWN = "";

const name = (path: string) => path.replace(/^.*\//, "").replace(/\.yaml$/, "");

/** The first paint is a running cluster: this is the moment at which it runs. */
export const first = { name: "playground", yaml: start, at: 5_500_000_000 };

export const names: string[] = Object.keys(files).map(name).sort((a, b) =>
  a === first.name ? -1 : b === first.name ? 1 : a.localeCompare(b),
);

export async function load(wanted: string): Promise<string | null> {
  if (wanted === first.name) return first.yaml;
  const found = Object.entries(files).find(([path]) => name(path) === wanted);
  return found ? await found[1]() : null;
}
