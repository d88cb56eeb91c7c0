/** Quality values of an `Accept-…` header by lower-case name, each 0 to 1. (RFC 9110 §12.4.2) */
export function parseQualities(header: string): Map<string, number> {
  const qualities = new Map<string, number>();
  for (const part of header.split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const quality = q === undefined ? 1 : Number(q);
    if (name) qualities.set(name, quality >= 0 && quality <= 1 ? quality : 0);
  }
  return qualities;
}

/**
 * The content coding to send: the one of highest quality, an earlier one of `available` where several are equal, and
 * `identity` where nothing else is acceptable.
 *
 * @param available codings at hand, most wanted first
 */
export function chooseEncoding(
  acceptEncoding: string | null | undefined,
  available: readonly string[],
): string {
  if (!acceptEncoding) return "identity";
  const qualities = parseQualities(acceptEncoding);
  const qualityOf = (coding: string): number => qualities.get(coding) ?? qualities.get("*") ?? 0;
  // RFC 9110 §12.5.3: not naming identity does not refuse it; it is just wanted less than what is named.
  let best = { coding: "identity", quality: qualities.get("identity") ?? 0 };
  for (const coding of available.toReversed()) {
    const quality = qualityOf(coding);
    if (quality > 0 && quality >= best.quality) best = { coding, quality };
  }
  return best.coding;
}

/** True where an `Accept` header names HTML: a browser that goes to a page, not a script that fetches. */
export function acceptsHtml(accept: string | null | undefined): boolean {
  return accept ? (parseQualities(accept).get("text/html") ?? 0) > 0 : false;
}
