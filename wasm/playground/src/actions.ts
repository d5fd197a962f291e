/** What can be clicked, as the lines that it stands for. */
import type { CutView, NodeView, ServiceView } from "./core";
import { t } from "./messages";

export interface Action {
  label: string;
  line: string;
}

const availability = (node: NodeView, word: string) =>
  `docker node update --availability ${word} ${node.name}`;

/** Whether what one node sends arrives at another one. */
export const reaches = (cuts: CutView[], from: number, to: number) =>
  from === to || !cuts.some((cut) => stops(cut, from, to) || (cut.is_both_ways && stops(cut, to, from)));

const stops = (cut: CutView, from: number, to: number) =>
  cut.from.includes(from) && (cut.to ? cut.to.includes(to) : !cut.from.includes(to));

/** How a node is cut off: it neither sends nor hears, or is not heard; null if it is not. */
export function cutOff(cuts: CutView[], node: number): "whole" | "mute" | null {
  const own = cuts.filter((cut) => cut.from.includes(node));
  if (own.length === 0) return null;
  return own.some((cut) => cut.is_both_ways) ? "whole" : "mute";
}

export function nodeActions(node: NodeView, cuts: CutView[] = []): Action[] {
  const actions: Action[] = [];
  if (node.availability !== "active") actions.push({ label: t.activateShort, line: availability(node, "active") });
  if (node.availability !== "drain") actions.push({ label: t.drainShort, line: availability(node, "drain") });
  if (node.availability !== "pause") actions.push({ label: t.pauseNode, line: availability(node, "pause") });
  actions.push(
    node.role === "manager"
      ? { label: t.demote, line: `docker node demote ${node.name}` }
      : { label: t.promote, line: `docker node promote ${node.name}` },
  );
  if (!node.is_up) actions.push({ label: t.recover, line: `recover ${node.name}` });
  else {
    actions.push({ label: t.crash, line: `crash ${node.name}` });
    actions.push(
      node.is_frozen
        ? { label: t.thaw, line: `thaw ${node.name}` }
        : { label: t.freeze, line: `freeze ${node.name}` },
    );
  }
  if (cutOff(cuts, node.id) === null) {
    actions.push({ label: t.cut, line: `partition ${node.name}` });
    actions.push({ label: t.mute, line: `mute ${node.name}` });
  }
  if (cuts.length > 0) actions.push({ label: t.heal, line: "heal" });
  return actions;
}

export const scale = (service: ServiceView, replicas: number) =>
  `docker service scale ${service.name}=${replicas}`;

export const remove = (service: ServiceView) => `docker service rm ${service.name}`;

/** Lines that somebody finishes; the part that is marked is the first to be changed. */
export const create = { line: "docker service create --name web --replicas 3 --publish 8080:80 nginx", select: "web" };

export const update = (service: ServiceView) => {
  const image = service.image.replace(/@.*$/, "");
  const next = image.includes(":") ? image : `${image}:alpine`;
  return { line: `docker service update --image ${next} ${service.name}`, select: next };
};

/** A line about the swarm, typed where it is answered. */
export const at = (line: string, manager: string | null, here: string) =>
  line.startsWith("docker ") && manager !== null && manager !== here ? `@${manager} ${line}` : line;
