import type { BrowserContext, CDPSession, Page, Worker } from "playwright-core";
import { subscriptionOf } from "./push_service.ts";
import { within } from "./within.ts";

/**
 * Lets every page of a person subscribe at a push service of this machine: what `PushManager` would do is done here, and
 * outlives a reload as there.
 *
 * @param endpoint of the device
 * @param permission what the browser was told about notifications; its own permission is granted, so that they are shown
 */
export async function fakePush(
  context: BrowserContext,
  { endpoint, permission = "granted" }: { endpoint: string; permission?: NotificationPermission },
): Promise<void> {
  await context.grantPermissions(["notifications"]);
  const document = subscriptionOf(endpoint);
  await context.addInitScript(({ document, permission }) => {
    const KEY = "fake-push";
    const read = () => {
      const kept = localStorage.getItem(KEY);
      if (kept === null) return null;
      const applicationServerKey = new Uint8Array(JSON.parse(kept)).buffer;
      return {
        endpoint: document.endpoint,
        options: { applicationServerKey, userVisibleOnly: true },
        toJSON: () => document,
        unsubscribe: () => {
          localStorage.removeItem(KEY);
          return Promise.resolve(true);
        },
      } as unknown as PushSubscription;
    };
    PushManager.prototype.subscribe = (options) => {
      const key = new Uint8Array(options!.applicationServerKey as ArrayBuffer);
      localStorage.setItem(KEY, JSON.stringify([...key]));
      return Promise.resolve(read()!);
    };
    PushManager.prototype.getSubscription = () => Promise.resolve(read());
    let shown = sessionStorage.getItem("fake-permission") as NotificationPermission ?? permission;
    Object.defineProperty(Notification, "permission", { get: () => shown });
    Notification.requestPermission = () => {
      shown = "granted";
      sessionStorage.setItem("fake-permission", shown);
      return Promise.resolve(shown);
    };
  }, { document, permission });
}

/** A notification, as the service worker finds it among those that are shown. */
export type ShownNotification = Pick<Notification, "title" | "body" | "silent">;

/** What is between a push service and a browser, for the service worker of one person. */
export interface PushDelivery {
  worker: Worker;
  /** Brings an empty push to the service worker. Returns the notification that it ends in. */
  deliver(): Promise<ShownNotification>;
  /** Clicks the one that is shown. Returns the path of the window that is opened; null where one was there. */
  click(): Promise<string | null>;
}

/** @param page any page of the person, which may be closed later on where `keeper` stays */
export async function openPushDelivery(page: Page, keeper: Page = page): Promise<PushDelivery> {
  const context = page.context();
  const session = await context.newCDPSession(keeper);
  const registrationId = await within(registrationOf(session), { what: "service worker" });
  const origin = new URL(page.url()).origin;
  const worker = context.serviceWorkers()[0] ?? await context.waitForEvent("serviceworker");
  return {
    worker,
    async deliver() {
      const next = await worker.evaluateHandle(nextNotification);
      await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: "" });
      return await within(next.evaluate(({ shown }) => shown), { what: "notification" });
    },
    click: () =>
      worker.evaluate(async () => {
        const scope = globalThis as unknown as {
          registration: ServiceWorkerRegistration;
          clients: { openWindow(path: string): Promise<null> };
          dispatchEvent(event: Event): boolean;
        };
        const [notification] = await scope.registration.getNotifications();
        const opened = Promise.withResolvers<string | null>();
        scope.clients.openWindow = (path) => {
          opened.resolve(path);
          return Promise.resolve(null);
        };
        const event = new Event("notificationclick");
        const waitUntil = (work: Promise<unknown>) => {
          const none = () => opened.resolve(null);
          work.then(none, none);
        };
        scope.dispatchEvent(Object.assign(event, { notification, waitUntil }));
        return await opened.promise;
      }),
  };
}

/** Runs in a service worker. Chromium loses a notification where they are asked for before it is shown: it is awaited first. */
function nextNotification(): { shown: Promise<ShownNotification> } {
  const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
  const next = Promise.withResolvers<ShownNotification>();
  registration.showNotification = (...given) => {
    Reflect.deleteProperty(registration, "showNotification");
    const showing = registration.showNotification(...given);
    next.resolve(showing.then(async () => {
      const [{ title, body, silent }] = await registration.getNotifications() as [Notification];
      return { title, body, silent };
    }));
    return showing;
  };
  return { shown: next.promise };
}

function registrationOf(session: CDPSession): Promise<string> {
  return new Promise((resolve, reject) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const found = registrations.find(({ isDeleted }) => !isDeleted);
      if (found) resolve(found.registrationId);
    });
    session.send("ServiceWorker.enable").catch(reject);
  });
}
