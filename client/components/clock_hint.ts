import { t } from "../text/text.ts";
import { spanName, UNITS_S } from "./duration.ts";

/** A clock that is off by more is told before one writes. (Specification page 2, "Opening") */
const TOLD_OFFSET_MS = 2 * 60 * 1000;

/**
 * What to say of this device's clock; null where it is right enough.
 *
 * @param offsetMs by how much the server's clock is ahead of it
 */
export function clockHint(offsetMs: number): string | null {
  if (Math.abs(offsetMs) <= TOLD_OFFSET_MS) return null;
  const seconds = Math.abs(offsetMs) / 1000;
  const unitS = [UNITS_S.day, UNITS_S.hour, UNITS_S.minute].find((each) => seconds >= 2 * each)!;
  const span = spanName(Math.round(seconds / unitS) * unitS);
  return offsetMs < 0 ? t.clock.ahead(span) : t.clock.behind(span);
}
