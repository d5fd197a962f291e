/** The cluster at a moment as an SVG that stands for itself: for files and documents. */
import type { View } from "./core";
import { clock } from "./format";
import { shape } from "./glyph";
import { colour } from "./palette";
import { all, isShown, look, stateName, type Task } from "./tasks";

const WIDTH = 230;
const ROW = 20;
const GAP = 24;

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function glyph(task: Task, x: number, y: number): string {
  const it = shape(look(task));
  const paint = colour(task.service);
  const ring = it.ring
    ? `<circle cx="8" cy="8" r="6" fill="none" stroke="${paint}" stroke-width="1.7"${it.dash ? ` stroke-dasharray="${it.dash}"` : ""}/>`
    : "";
  const fill = it.fill ? `<path d="${it.fill}" fill="${paint}"/>` : "";
  const mark = it.mark
    ? `<path d="${it.mark}" fill="none" stroke="${it.markOnFill ? "#fff" : paint}" stroke-width="1.8"/>`
    : "";
  return `<g transform="translate(${x} ${y}) scale(.8)">${ring}${fill}${mark}</g>`;
}

export function picture(view: View, rows: Uint32Array, now: number) {
  const services = new Map(view.services.map((service) => [service.id, service.name]));
  const byNode = new Map<number | null, Task[]>();
  for (const task of all(rows)) {
    if (!isShown(task, now / 1e6)) continue;
    const list = byNode.get(task.node) ?? [];
    byNode.set(task.node, list);
    list.push(task);
  }
  const columns = Math.max(1, Math.min(4, Math.ceil(Math.sqrt(view.nodes.length))));
  const parts: string[] = [];
  let y = 48;
  let bottom = y;
  view.nodes.forEach((node, index) => {
    const column = index % columns;
    if (column === 0) y = bottom + (index === 0 ? 0 : GAP);
    const x = 20 + column * (WIDTH + GAP);
    const tasks = byNode.get(node.id) ?? [];
    const height = 44 + tasks.length * ROW;
    const dim = node.is_up ? "" : ' opacity=".45"';
    parts.push(
      `<g${dim}><rect x="${x}" y="${y}" width="${WIDTH}" height="${height}" rx="8" fill="#fff" stroke="#c9c9c2"/>`,
      `<text x="${x + 12}" y="${y + 20}" font-weight="600">${escape(node.name)}</text>`,
      `<text x="${x + 12}" y="${y + 35}" fill="#5d6268" font-size="11">${node.role}, ${node.state}, ${node.availability}</text>`,
    );
    tasks.forEach((task, row) => {
      const top = y + 42 + row * ROW;
      const service = task.service === null ? "?" : (services.get(task.service) ?? "?");
      const name = task.slot === 0 ? service : `${service}.${task.slot}`;
      parts.push(glyph(task, x + 12, top));
      parts.push(
        `<text x="${x + 32}" y="${top + 11}">${escape(name)}</text>`,
        `<text x="${x + WIDTH - 12}" y="${top + 11}" text-anchor="end" fill="#5d6268" font-size="11">${stateName(task)}</text>`,
      );
    });
    parts.push("</g>");
    bottom = Math.max(bottom, y + height);
  });
  const width = 40 + columns * WIDTH + (columns - 1) * GAP;
  const height = bottom + 20;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12.5" fill="#191b1e"><rect width="100%" height="100%" fill="#fcfcfa"/><text x="20" y="28" font-weight="600">${clock(now, 3)}</text>${parts.join("")}</svg>`;
  return { svg, width, height };
}
