/**
 * Why a request failed, in the words that say something to an operator: `fetch` puts the URL and its own layers before
 * them, newer versions hide them in the cause, and each layer says again what those below it say.
 */
export function faultReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message === "fetch failed" && error.cause) return faultReason(error.cause);
  const [line] = (error.message || error.name).replace(/^NetworkError: /, "").split("\n", 1);
  const layers = /^error sending request for url \([^)]*\): (?:client error \(\w+\): )?/;
  const said = new Set(line!.replace(layers, "").split(": "));
  return [...said].join(": ").slice(0, 300);
}
