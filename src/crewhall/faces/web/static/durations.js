// Lengths of time and days, as people write and read them.

const pad = (number) => String(number).padStart(2, "0");

/** `2026-11-28`, where the reader is. */
export function dayOf(instant) {
  const at = new Date(instant);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/** `2 h 30 min`, `1h30m`, `1:30`, `90` (minutes) in minutes; NaN for what is no duration. */
export function minutesOf(text) {
  const clock = /^(\d+):([0-5]\d)$/.exec(text);
  if (clock) return Number(clock[1]) * 60 + Number(clock[2]);
  const units = /^(?:(\d+(?:[.,]\d+)?) *(?:h|hours?))? *(?:(\d+) *(?:m|min|minutes?)?)?$/i.exec(text);
  if (!units || !text) return NaN;
  return Math.round(Number((units[1] ?? "0").replace(",", ".")) * 60) + Number(units[2] ?? 0);
}

/** `2 h 30 min`. */
export const duration = (minutes) =>
  [minutes >= 60 && `${Math.floor(minutes / 60)} h`, (minutes % 60 || minutes < 60) && `${minutes % 60} min`].filter(Boolean).join(" ");

/** `0:47:12`: what a clock shows that counts up. */
export function counted(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}
