import * as v from "valibot";

/** What a registry answers about a handle, as far as a client uses it. Nothing in it is proven yet. */
export interface LookUp {
  handle: string;
  primary: string;
  nostr: string | null;
  relays: string[];
  /** The signed document. */
  registration: unknown;
}

const Shape = v.object({
  handle: v.string(),
  primary: v.string(),
  nostr: v.nullable(v.string()),
  relays: v.array(v.string()),
  registration: v.unknown(),
});

/** Reads the answer of `GET /v1/u/:handle`; null where it has another shape. (Specification page 3) */
export function readLookUp(body: unknown): LookUp | null {
  const parsed = v.safeParse(Shape, body);
  return parsed.success ? parsed.output : null;
}
