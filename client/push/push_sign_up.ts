import { subscriptionId } from "../../protocol/subscription_id.ts";
import type { BrowserPush, BrowserSubscription } from "./browser_push.ts";
import type { PushDevices } from "./push_model.ts";

/** This device on the lists of those who carry notifications: the browser's push service, and the server. */
export interface PushSignUp {
  /** Signs up with the push service, anew where the server has another key since. @throws UserError, DOMException */
  subscribe(): Promise<BrowserSubscription>;
  /** Puts a subscription on the server's list, if it is not there. @throws UserError */
  list(subscription: BrowserSubscription): Promise<void>;
  /** Takes the device off both lists. @throws DOMException */
  leave(): Promise<void>;
}

/** @param publicKey the server's key, base64url */
export function createPushSignUp(
  { browser, devices, publicKey }: {
    browser: BrowserPush;
    devices: PushDevices;
    publicKey(): Promise<string>;
  },
): PushSignUp {
  return {
    async subscribe() {
      const key = await publicKey();
      const found = await browser.subscription();
      if (found && (found.publicKey ?? key) === key) return found;
      // The server has another key than the one that this was made for.
      if (found) await browser.unsubscribe();
      return await browser.subscribe(key);
    },
    async list({ document }) {
      const isListed = await devices.hasPushDevice(subscriptionId(document.endpoint));
      if (!isListed) await devices.addPushDevice(document);
    },
    async leave() {
      const found = await browser.subscription();
      if (!found) return;
      // Where the server does not hear of it, the push service tells it at the next push.
      await devices.removePushDevice(subscriptionId(found.document.endpoint))
        .catch((error) => console.debug("The server was not told", error));
      await browser.unsubscribe();
    },
  };
}
