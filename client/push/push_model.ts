/** What a browser says about one of its push subscriptions. (Push API) */
export interface SubscriptionDocument {
  endpoint: string;
  keys: Record<string, string>;
  expirationTime: number | null;
}

/** What became of a test: the push service took it, does not know this device any more, refused it, or did not answer yet. */
export type PushTestResult = "delivered" | "gone" | "refused" | "waiting";

/** The home server's list of devices that want to be told of messages. All throw UserError `no_network` and the like. */
export interface PushDevices {
  /** Puts a device on the list; one that is there stays. */
  addPushDevice(subscription: SubscriptionDocument): Promise<void>;
  /** @param id as `protocol/subscription_id.ts` gives it */
  hasPushDevice(id: string): Promise<boolean>;
  /** Takes a device off the list, if it is there. */
  removePushDevice(id: string): Promise<void>;
  /** Has the server send a push to a device, now. */
  testPushDevice(id: string): Promise<PushTestResult>;
}

/**
 * Whether this device tells of messages. `missing`: the browser cannot. `install`: it can once the app is on the Home Screen.
 * `denied`: the browser was told not to. `undecided`: it was not asked yet. `failed`: it should, and does not.
 */
export type NotificationState =
  | "unknown"
  | "missing"
  | "install"
  | "denied"
  | "undecided"
  | "off"
  | "on"
  | "failed";

/** The way of a test, hop by hop. */
export type TestHop = "allowed" | "subscribed" | "listed" | "sent" | "arrived";

export const TEST_HOPS: readonly TestHop[] = ["allowed", "subscribed", "listed", "sent", "arrived"];

/** The test as far as it came; `failed` is the hop at which it ended. */
export interface TestProgress {
  done: readonly TestHop[];
  failed: TestHop | null;
}
