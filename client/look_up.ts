import * as v from "valibot";

/** What a registry answers about a handle, as far as a client uses it. Nothing in it is proven yet. */
export interface LookUp {
  handle: string;
  primary: string;
  nostr: string | null;
  relays: string[];
  /** Where the sigchain is; null where the registry does not say. */
  sigchainUrl: string | null;
  /** The signed document. */
  registration: unknown;
}

const Shape = v.pipe(
  v.object({
    handle: v.string(),
    primary: v.string(),
    nostr: v.nullable(v.string()),
    relays: v.array(v.string()),
    sigchain_url: v.optional(v.string()),
    registration: v.unknown(),
  }),
  v.transform(({ sigchain_url = null, ...rest }) => ({ ...rest, sigchainUrl: sigchain_url })),
);

/** Reads the answer of `GET /v1/u/:handle`; null where it has another shape. (Specification page 3) */
export function readLookUp(body: unknown): LookUp | null {
  const parsed = v.safeParse(Shape, body);
  return parsed.success ? parsed.output : null;
}
