/** Moments and amounts in words. Moments are nanoseconds. */
const SECOND = 1e9;

/** `12.4 s`, `1:02.4`, `1:00:00`. */
export function clock(ns: number, digits = 1): string {
  const seconds = ns / SECOND;
  if (seconds < 60) return `${seconds.toFixed(digits)} s`;
  const rest = (seconds % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** Distance of the marks of an axis of such a length, so that there are about `wanted`. */
export function tick(length: number, wanted: number): number {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400];
  const step = steps.find((one) => length / (one * SECOND) <= wanted);
  return (step ?? 604800) * SECOND;
}

/** The label of a mark of an axis. */
export function axis(ns: number): string {
  const seconds = Math.round(ns / 1e8) / 10;
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  if (minutes < 120) return rest ? `${minutes}m${String(rest).padStart(2, "0")}s` : `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours}h${String(minutes % 60).padStart(2, "0")}m` : `${hours}h`;
}

export const cpus = (nano: number) => `${+(nano / 1e9).toFixed(2)}`;

export function bytes(amount: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let rest = amount;
  let unit = 0;
  while (Math.abs(rest) >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${+rest.toFixed(1)} ${units[unit]}`;
}
