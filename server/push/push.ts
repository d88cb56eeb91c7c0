import { addrOf } from "../../protocol/addr.ts";
import type { PushHost } from "../config.ts";
import { errorText, type Log } from "../log.ts";
import { createPinnedConnect, type Dial } from "../pinned_connection.ts";
import type { SharedChanges } from "../shared_changes.ts";
import type { Resolver } from "../resolver.ts";
import { createDeliveries, type DeliveryEnd } from "./deliveries.ts";
import { createHandleStore } from "./handle_store.ts";
import { createEndpointCheck, type EndpointCheck } from "./endpoint_check.ts";
import { parsePushEndpoint } from "./endpoint.ts";
import { type MailPushes, openMailPushes } from "./mail_pushes.ts";
import { createOutcomeLog } from "./outcome_log.ts";
import { createPostPush, type PushOutcome } from "./post_push.ts";
import { openSubscriptions, type PushSubscription, type Subscriptions } from "./subscriptions.ts";
import { openVapid } from "./vapid.ts";

/** The pushes of a running server. */
export interface Push extends Pick<MailPushes, "notify" | "cover" | "coveredSeq"> {
  /** base64url, 65 bytes. */
  publicKey: string;
  subscriptions: Subscriptions;
  checkEndpoint: EndpointCheck;
  /** One push to one device, now, whatever the pace; `waiting` where it takes longer than somebody waits. */
  test(subscription: PushSubscription): Promise<DeliveryEnd | "waiting">;
  /** Takes away all that a primary has here. */
  removeAllOf(primary: string): Promise<void>;
  /** Ends within moments; what has not left by then leaves after the next start. */
  stop(): Promise<void>;
}

export interface PushDeps {
  kv: Deno.Kv;
  /** What other servers do that share the KV. */
  changes?: Pick<SharedChanges, "note" | "follow">;
  pushHosts: readonly PushHost[];
  vapidSubject: string;
  resolver: Pick<Resolver, "addresses">;
  isRegistered(primary: string): Promise<boolean>;
  nowMs(): number;
  random(): number;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
  /** Is told how each push that was sent ended. */
  onSent?(outcome: PushOutcome["type"]): void;
  /** For tests; otherwise the network, and the certificates of the system. */
  dial?: Dial;
  caCerts?: string[];
}

/** Below the time that the client waits for an answer. */
const TEST_MS = 8_000;

/** Loads keys and subscriptions, and takes away those of people who are no more registered. (Specification page 3) */
export async function openPush(deps: PushDeps): Promise<Push> {
  const { kv, pushHosts, resolver, nowMs, random, afterMs, log } = deps;
  const vapid = await openVapid({ kv, subject: deps.vapidSubject, nowMs });
  const subscriptions = await openSubscriptions({ kv, changes: deps.changes, nowMs });
  const { dial, caCerts } = deps;
  const connect = createPinnedConnect({ resolver, dial, caCerts });
  const serviceOf = (endpoint: string) =>
    parsePushEndpoint(endpoint, pushHosts)?.service ?? "unknown";
  const logOutcome = createOutcomeLog({ serviceOf, nowMs, log });
  const removing = new Set<Promise<void>>();
  const removeSoon = (id: string): void => {
    const work = subscriptions.remove(id)
      .catch((error) => log.warn("push.not_removed", { reason: errorText(error) }))
      .finally(() => removing.delete(work));
    removing.add(work);
  };
  const deliveries = createDeliveries({
    post: createPostPush({ connect, vapid, pushHosts, nowMs }),
    serviceOf,
    onOutcome(outcome, { id, endpoint }) {
      logOutcome(outcome, endpoint);
      deps.onSent?.(outcome.type);
      if (outcome.type === "gone") removeSoon(id);
    },
    random,
    afterMs,
  });
  const store = createHandleStore(kv);
  const targetsOf = (addr: string) => {
    const all = subscriptions.ofAddr(addr);
    const isOver = ({ expiresAtMs }: PushSubscription) =>
      expiresAtMs !== null && expiresAtMs <= nowMs();
    for (const { id } of all.filter(isOver)) removeSoon(id);
    return all.filter((one) => !isOver(one));
  };
  const pushes = await openMailPushes({
    ...{ store, targetsOf, deliveries, nowMs, afterMs, log },
  });

  async function removeAllOf(primary: string): Promise<void> {
    for (const { id } of subscriptions.of(primary)) await subscriptions.remove(id);
    await pushes.forget(addrOf(primary));
  }

  for (const primary of subscriptions.primaries()) {
    if (!(await deps.isRegistered(primary))) await removeAllOf(primary);
  }

  return {
    publicKey: vapid.publicKey,
    subscriptions,
    checkEndpoint: createEndpointCheck({ pushHosts, resolver }),
    notify: pushes.notify,
    cover: pushes.cover,
    coveredSeq: pushes.coveredSeq,
    test: (subscription) =>
      new Promise((resolve) => {
        const cancel = afterMs(TEST_MS, () => resolve("waiting"));
        void deliveries.send(subscription).then(resolve).finally(cancel);
      }),
    removeAllOf,
    async stop() {
      pushes.stop();
      deliveries.stop();
      await Promise.all(removing);
      await store.settled();
    },
  };
}
