import type { Live } from "../chats/live.ts";
import type { Notifications } from "./notifications.ts";

/** The notifications of this page. */
export interface PageNotifications {
  notifications: Live<Notifications>;
  /** Goes where a click on a notification leads, from now on. */
  onNotificationOpen(go: (path: string) => void): void;
}

/**
 * Notifications whose code comes when the page has time: until then nothing is known, and what is asked waits. Where it
 * could not be loaded, what is asked next loads it again.
 */
export function createLateNotifications(
  { load, onFault }: { load(): Promise<PageNotifications>; onFault(error: unknown): void },
): PageNotifications & { start(): void } {
  const listeners = new Set<() => void>();
  const arrival = Promise.withResolvers<PageNotifications>();
  let here: Live<Notifications> | null = null;
  let loading: Promise<Live<Notifications> | null> | null = null;

  async function arrive(): Promise<Live<Notifications>> {
    const page = await load();
    here = page.notifications;
    const tell = () => listeners.forEach((listener) => listener());
    here.onChange(tell);
    arrival.resolve(page);
    tell();
    return here;
  }

  /** The notifications, or null, told to `onFault`, where they cannot be had now. */
  function arrived(): Promise<Live<Notifications> | null> {
    return loading ??= arrive().catch((error) => {
      loading = null;
      onFault(error);
      return null;
    });
  }

  const later = (name: "refresh" | "turnOn" | "turnOff" | "runTest") => async () =>
    await (await arrived())?.[name]();

  return {
    start: () => void arrived(),
    notifications: {
      get state() {
        return here?.state ?? "unknown";
      },
      get isBusy() {
        return here?.isBusy ?? false;
      },
      get test() {
        return here?.test ?? null;
      },
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      refresh: later("refresh"),
      // Without waiting, where that can be: browsers ask only right after what a person did.
      turnOn: () => here ? here.turnOn() : later("turnOn")(),
      turnOff: later("turnOff"),
      runTest: later("runTest"),
      // Without its code nothing of this device was signed up in this start.
      leave: async () => await here?.leave(),
      askOnce: () => here?.askOnce(),
    },
    onNotificationOpen: (go) => void arrival.promise.then((page) => page.onNotificationOpen(go)),
  };
}
