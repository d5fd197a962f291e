/** Files for people to keep. */
import type { Player } from "./player.svelte";
import { picture } from "./picture";

function give(name: string, blob: Blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function saveText(name: string, text: string) {
  give(name, new Blob([text], { type: "text/plain;charset=utf-8" }));
}

/** The cluster as it stands, as a file that needs nothing else. */
export async function savePicture(player: Player, kind: "svg" | "png") {
  if (!player.view) return;
  const { svg, width, height } = picture(player.view, player.tasks, player.now);
  const blob = new Blob([svg], { type: "image/svg+xml" });
  if (kind === "svg") return give("cluster.svg", blob);
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * 2;
  canvas.height = height * 2;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((png) => png && give("cluster.png", png));
}
