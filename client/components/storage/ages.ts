/** What old messages are measured by. */
export const AGES = ["year", "halfYear", "month"] as const;

export type Age = typeof AGES[number];

const MONTHS: Record<Age, number> = { year: 12, halfYear: 6, month: 1 };

/** The local midnight before which messages are older than that, in milliseconds since 1970. */
export function startOf(age: Age, nowMs: number): number {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  const dayOfMonth = day.getDate();
  day.setDate(1);
  day.setMonth(day.getMonth() - MONTHS[age]);
  // A month may have no 31st.
  const last = new Date(day.getFullYear(), day.getMonth() + 1, 0).getDate();
  day.setDate(Math.min(dayOfMonth, last));
  return day.getTime();
}
