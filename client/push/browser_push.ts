import { decodeBase64url, encodeBase64url } from "../../protocol/bytes.ts";
import { isIosTab, readTraits } from "../offline/home_screen.ts";
import type { SubscriptionDocument } from "./push_model.ts";

/** A subscription of this browser. */
export interface BrowserSubscription {
  document: SubscriptionDocument;
  /** The server's key that it is to, base64url; null where the browser does not say. */
  publicKey: string | null;
}

/** Notifications and pushes as this browser has them. */
export interface BrowserPush {
  /** `install`: only once the app is on the Home Screen. */
  readonly support: "yes" | "missing" | "install";
  readonly permission: NotificationPermission;
  /** Asks the person; only in answer to what they did. */
  ask(): Promise<NotificationPermission>;
  /** Null where there is none. */
  subscription(): Promise<BrowserSubscription | null>;
  /** @throws DOMException where the push service cannot be reached */
  subscribe(publicKey: string): Promise<BrowserSubscription>;
  unsubscribe(): Promise<void>;
  /** Takes away the notifications that are shown. */
  clearShown(): Promise<void>;
}

/** @param page the window */
export function createBrowserPush(page: Window & typeof globalThis): BrowserPush {
  const container = page.navigator.serviceWorker;
  const has = "Notification" in page && "PushManager" in page && container !== undefined;

  async function manager(): Promise<PushManager> {
    return (await container.ready).pushManager;
  }

  return {
    get support() {
      if (has) return "yes";
      return isIosTab(readTraits(page)) ? "install" : "missing";
    },
    get permission() {
      return has ? page.Notification.permission : "denied";
    },
    ask: () => page.Notification.requestPermission(),
    async subscription() {
      if (!(await container.getRegistration())) return null;
      const found = await (await manager()).getSubscription();
      return found && read(found);
    },
    async subscribe(publicKey) {
      const applicationServerKey = decodeBase64url(publicKey)!;
      const options = { userVisibleOnly: true, applicationServerKey };
      return read(await (await manager()).subscribe(options));
    },
    async unsubscribe() {
      if (!has || !(await container.getRegistration())) return;
      await (await (await manager()).getSubscription())?.unsubscribe();
    },
    async clearShown() {
      const registration = await container?.getRegistration();
      const shown = await registration?.getNotifications?.() ?? [];
      for (const notification of shown) notification.close();
    },
  };
}

function read(subscription: PushSubscription): BrowserSubscription {
  const { endpoint, keys, expirationTime } = subscription.toJSON();
  const key = subscription.options?.applicationServerKey;
  return {
    document: { endpoint: endpoint!, keys: keys ?? {}, expirationTime: expirationTime ?? null },
    publicKey: key ? encodeBase64url(new Uint8Array(key)) : null,
  };
}
