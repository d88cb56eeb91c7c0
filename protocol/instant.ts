const RFC3339_UTC = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

/** Milliseconds since 1970 of an RFC 3339 UTC time with `Z`; null where the text is no such time. */
export function parseInstant(text: string): number | null {
  const match = RFC3339_UTC.exec(text);
  if (!match) return null;
  const ms = Date.parse(text);
  const isRealDate = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(match[1]!);
  return isRealDate ? ms : null;
}

/** RFC 3339 UTC of milliseconds since 1970, without a fraction where it is zero. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
