import { t } from "../text/text.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const LANGUAGE = "en-GB";
const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long" });
const shortDate = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short" });
const fullDate = new Intl.DateTimeFormat(LANGUAGE, {
  day: "numeric",
  month: "long",
  year: "numeric",
});
const numericDate = new Intl.DateTimeFormat(LANGUAGE, {
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
});

/** `14:03` */
export function clockTime(atMs: number): string {
  return clock.format(atMs);
}

/** Local midnight before an instant, in ms since 1970; equal for two instants of one day. */
export function dayOf(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

/** Whole local days from `atMs` to `nowMs`; a clock change does not matter. */
function daysBetween(atMs: number, nowMs: number): number {
  return Math.round((dayOf(nowMs) - dayOf(atMs)) / DAY_MS);
}

/** `3 May 2026` */
export function fullDay(atMs: number): string {
  return fullDate.format(atMs);
}

/** For a divider in a thread: `Today`, `Yesterday`, `Monday`, `3 May 2026`. */
export function dayName(atMs: number, nowMs: number): string {
  const days = daysBetween(atMs, nowMs);
  if (days <= 0) return t.chats.today;
  if (days === 1) return t.chats.yesterday;
  return days < 7 ? weekday.format(atMs) : fullDate.format(atMs);
}

/** For a line in the list: `14:03`, `Yesterday`, `Monday`, `3 May`, `03/05/2024`. */
export function listTime(atMs: number, nowMs: number): string {
  const days = daysBetween(atMs, nowMs);
  if (days <= 0) return clockTime(atMs);
  if (days === 1) return t.chats.yesterday;
  if (days < 7) return weekday.format(atMs);
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  return isThisYear ? shortDate.format(atMs) : numericDate.format(atMs);
}
