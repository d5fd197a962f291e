/** Colours of services: Okabe and Ito's, which people with any colour vision can tell apart. */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800"];

export const colour = (service: number | null) =>
  service === null ? "#888888" : (COLOURS[service % COLOURS.length] ?? "#888888");
