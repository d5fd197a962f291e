/**
 * Many nodes on a canvas: cells with a square a task, and, where even these are too many, a heat
 * map of how many tasks a node has.
 */
import type { View } from "./core";
import { colour } from "./palette";
import { all, isShown, look, stateName, type Task } from "./tasks";
import { t } from "./messages";

export interface Spot {
  text: string;
  task: number | null;
}

export interface Paints {
  paper: string;
  ink: string;
  muted: string;
  line: string;
  wash: string;
  accent: string;
  trouble: string;
}

export interface Plan {
  columns: number;
  rows: number;
  cellWidth: number;
  cellHeight: number;
  /** The distance of the squares of tasks; 0 for a heat map. */
  pitch: number;
  hasNames: boolean;
  find(x: number, y: number, view: View, tasks: Uint32Array, nowMs: number): Spot | null;
}

/** Past so many nodes tasks are not drawn one by one. */
const HEAT_FROM = 300;
const GAP = 4;
const NAME = 13;

export function layout(count: number, width: number, height: number): Plan {
  const columns = Math.max(1, Math.round(Math.sqrt((count * width) / Math.max(1, height) / 1.5)));
  const rows = Math.max(1, Math.ceil(count / columns));
  const cellWidth = width / columns;
  const cellHeight = height / rows;
  const hasNames = cellWidth > 58 && cellHeight > 30;
  const pitch = count > HEAT_FROM ? 0 : Math.max(4, Math.min(9, cellWidth / 9));
  const plan: Plan = {
    columns,
    rows,
    cellWidth,
    cellHeight,
    hasNames,
    pitch,
    find(x, y, view, tasks, nowMs) {
      const index = Math.floor(y / cellHeight) * columns + Math.floor(x / cellWidth);
      const node = x < width && x >= 0 ? view.nodes[index] : undefined;
      if (!node) return null;
      const own = [...all(tasks)].filter((task) => task.node === node.id && isShown(task, nowMs));
      const [left, top] = [x - (index % columns) * cellWidth - 3, y - Math.floor(index / columns) * cellHeight - (hasNames ? NAME : 0) - 3];
      const perRow = squaresPerRow(plan);
      const place = pitch > 0 && left >= 0 && top >= 0 ? Math.floor(top / pitch) * perRow + Math.floor(left / pitch) : -1;
      const task = own[place];
      const service = view.services.find((one) => one.id === task?.service);
      const text = task
        ? `${node.name}: ${service?.name ?? "?"}.${task.slot || node.name} ${stateName(task)}`
        : `${node.name}: ${node.is_up ? node.state : t.power}, ${node.availability}, ${t.tasks(own.length)}`;
      return { text, task: task?.id ?? null };
    },
  };
  return plan;
}

const squaresPerRow = (plan: Plan) => Math.max(1, Math.floor((plan.cellWidth - GAP - 4) / Math.max(1, plan.pitch)));

export function draw(context: CanvasRenderingContext2D, plan: Plan, view: View, rows: Uint32Array, nowMs: number, paint: Paints) {
  const { columns, cellWidth, cellHeight, pitch } = plan;
  context.clearRect(0, 0, columns * cellWidth, plan.rows * cellHeight);
  const places = new Map(view.nodes.map((node, index) => [node.id, index]));
  const counts = new Uint32Array(view.nodes.length);
  const shown: Task[] = [];
  let most = 1;
  for (const task of all(rows)) {
    if (task.node === null || !isShown(task, nowMs)) continue;
    const place = places.get(task.node);
    if (place === undefined) continue;
    counts[place] = (counts[place] ?? 0) + 1;
    most = Math.max(most, counts[place] ?? 0);
    shown.push(task);
  }
  context.font = "10px system-ui, sans-serif";
  context.textBaseline = "top";
  view.nodes.forEach((node, index) => {
    const x = (index % columns) * cellWidth;
    const y = Math.floor(index / columns) * cellHeight;
    const [w, h] = [cellWidth - GAP, cellHeight - GAP];
    context.globalAlpha = 1;
    context.fillStyle = node.availability === "active" ? paint.paper : paint.wash;
    context.fillRect(x, y, w, h);
    if (pitch === 0) {
      context.globalAlpha = 0.08 + 0.85 * ((counts[index] ?? 0) / most);
      context.fillStyle = paint.accent;
      if (counts[index]) context.fillRect(x, y, w, h);
      context.globalAlpha = 1;
    }
    const isDown = !node.is_up || node.state !== "ready";
    context.strokeStyle = isDown ? paint.trouble : paint.line;
    context.lineWidth = isDown ? 1.5 : 0.75;
    context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    if (isDown || node.availability !== "active") {
      context.beginPath();
      context.moveTo(x + 1, y + h - 1);
      context.lineTo(x + w - 1, y + 1);
      if (isDown) {
        context.moveTo(x + 1, y + 1);
        context.lineTo(x + w - 1, y + h - 1);
      }
      context.globalAlpha = 0.5;
      context.stroke();
      context.globalAlpha = 1;
    }
    if (plan.hasNames) {
      context.fillStyle = node.role === "manager" ? paint.ink : paint.muted;
      context.fillText(node.name, x + 4, y + 3, w - 8);
    }
  });
  if (pitch === 0) return;
  const perRow = squaresPerRow(plan);
  const size = pitch - 1.5;
  const used = new Uint32Array(view.nodes.length);
  for (const task of shown) {
    const index = places.get(task.node ?? -1) ?? 0;
    const place = used[index] ?? 0;
    used[index] = place + 1;
    const x = (index % columns) * cellWidth + 3 + (place % perRow) * pitch;
    const y = Math.floor(index / columns) * cellHeight + (plan.hasNames ? NAME : 0) + 3 + Math.floor(place / perRow) * pitch;
    if (y + size > (Math.floor(index / columns) + 1) * cellHeight - GAP) continue;
    const it = look(task);
    context.fillStyle = colour(task.service);
    context.strokeStyle = colour(task.service);
    context.lineWidth = 1;
    if (it === "running") context.fillRect(x, y, size, size);
    else if (it === "leaving") context.fillRect(x, y + size / 2, size, size / 2);
    else if (it === "failed" || it === "stopped" || it === "complete") {
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + size, y + size);
      if (it === "failed") {
        context.moveTo(x + size, y);
        context.lineTo(x, y + size);
      }
      context.stroke();
    } else context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  }
}
