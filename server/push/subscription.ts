import * as v from "valibot";
import { ProtocolError } from "../../protocol/errors.ts";

/** What the browser says about a subscription. (Push API, `PushSubscription.toJSON()`) */
export interface PushSubscriptionDocument {
  endpoint: string;
  /** When it ends by itself, in milliseconds; null where nobody knows. */
  expiresAtMs: number | null;
}

const Key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_+/=-]{1,200}$/));

/** The keys seal a push's content. There is none here, so they are looked at and not kept. */
const Body = v.looseObject({
  subscription: v.looseObject({
    endpoint: v.string(),
    keys: v.looseObject({ p256dh: Key, auth: Key }),
    expirationTime: v.nullish(v.pipe(v.number(), v.finite())),
  }),
});

/** Reads the body of a subscribing call, JSON as text. @throws ProtocolError `malformed` */
export function parseSubscription(text: string): PushSubscriptionDocument {
  const { success, output } = v.safeParse(Body, parsed(text));
  if (!success) {
    throw new ProtocolError(
      "malformed",
      "Send what the browser gave: {subscription: {endpoint, keys: {p256dh, auth}, expirationTime}}.",
    );
  }
  const { endpoint, expirationTime } = output.subscription;
  return { endpoint, expiresAtMs: expirationTime ?? null };
}

/** Unlike what is signed, it may hold numbers that are no integers. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
