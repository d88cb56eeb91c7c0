import { ProtocolError, type ProtocolErrorCode } from "../../../protocol/errors.ts";

/** Reads a file of known answers. */
export function readVectors<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`../../vectors/${name}.json`, import.meta.url)));
}

/** For `assert.throws` and `assert.rejects`: a ProtocolError of one code. */
export function hasCode(code: ProtocolErrorCode) {
  return (error: unknown) => {
    if (error instanceof ProtocolError && error.code === code) return true;
    throw new Error(
      `expected ${code}, got ${error instanceof ProtocolError ? error.code : error}`,
      { cause: error },
    );
  };
}

/** A different document for each member of a JSON value, that member alone changed. */
export function* mutations(value: unknown): Generator<unknown> {
  if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      for (const changed of mutations(member)) {
        const copy = structuredClone(value) as Record<string, unknown>;
        copy[name] = changed;
        yield copy;
      }
    }
  } else if (typeof value === "string") {
    yield value.endsWith("0") ? value.slice(0, -1) + "1" : value.slice(0, -1) + "0";
  } else if (typeof value === "number") yield value + 1;
  else if (typeof value === "boolean") yield !value;
  else yield "was null";
}
