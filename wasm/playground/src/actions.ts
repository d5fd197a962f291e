/** What can be clicked, as the lines that it stands for. */
import type { NodeView, ServiceView } from "./core";
import { t } from "./messages";

export interface Action {
  label: string;
  line: string;
}

const availability = (node: NodeView, word: string) =>
  `docker node update --availability ${word} ${node.name}`;

export function nodeActions(node: NodeView): Action[] {
  const actions: Action[] = [];
  if (node.availability !== "active") actions.push({ label: t.activateShort, line: availability(node, "active") });
  if (node.availability !== "drain") actions.push({ label: t.drainShort, line: availability(node, "drain") });
  if (node.availability !== "pause") actions.push({ label: t.pauseNode, line: availability(node, "pause") });
  actions.push(
    node.is_up
      ? { label: t.crash, line: `crash ${node.name}` }
      : { label: t.recover, line: `recover ${node.name}` },
  );
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
