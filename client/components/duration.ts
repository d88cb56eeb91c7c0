import { t } from "../text/text.ts";

/** The units in which a person thinks of how long messages stay, in seconds, the longest first. */
export const UNITS_S = { week: 604_800, day: 86_400, hour: 3_600, minute: 60, second: 1 };
export type Unit = keyof typeof UNITS_S;
export const UNITS = Object.keys(UNITS_S) as Unit[];

/** A time in the largest unit that divides it: 5400 is 90 minutes. */
export function inUnits(seconds: number): { count: number; unit: Unit } {
  const unit = UNITS.find((each) => seconds >= UNITS_S[each] && seconds % UNITS_S[each] === 0);
  return { count: seconds / UNITS_S[unit ?? "second"], unit: unit ?? "second" };
}

/** `1 hour`, `90 minutes` */
export function spanName(seconds: number): string {
  const { count, unit } = inUnits(seconds);
  return t.timer.spans[unit](count);
}
