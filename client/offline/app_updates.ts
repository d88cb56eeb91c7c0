import { TAKE_OVER } from "./take_over.ts";

/** Newer versions of the app: told of, never taken up unasked. */
export interface AppUpdates {
  /** True once a newer version lies ready on this device. */
  readonly isReady: boolean;
  /** Calls the listener whenever the above has changed. Returns what ends it. */
  onChange(listener: () => void): () => void;
  /** Keeps this version for starts without a network, and looks for newer ones from now on. */
  start(): Promise<void>;
  /** Asks the server whether there is a newer version; does nothing where it does not answer. */
  check(): Promise<void>;
  /** Takes up the newer version: every tab of the app reloads. */
  apply(): void;
}

/** The part of the browser's registration that is used. */
export type Registration = Pick<
  ServiceWorkerRegistration,
  "active" | "waiting" | "installing" | "update" | "addEventListener"
>;

/** The part of `navigator.serviceWorker` that is used. */
export interface Container {
  readonly controller: unknown;
  register(url: string): Promise<Registration>;
  addEventListener(type: "controllerchange", listener: () => void): void;
}

const SCRIPT = "/service_worker.js";

/**
 * Follows the service worker of this page. All tabs are of one version, because they share one account: when a newer one
 * takes over, each of them reloads.
 *
 * @param container null where the browser has no service workers; then nothing ever happens
 * @param reload loads the page again, once what was typed is safe
 * @param onFault for a browser that refuses: the app runs on, without a start offline
 */
export function createAppUpdates(
  { container, reload, onFault }: {
    container: Container | null;
    reload: () => void;
    onFault: (error: unknown) => void;
  },
): AppUpdates {
  const listeners = new Set<() => void>();
  let registration: Registration | null = null;
  let isReady = false;
  /** False for a page that came before the first service worker, or past it by a forced reload. */
  let isControlled = container?.controller != null;
  let isAsked = false;

  function look(): void {
    const wasReady = isReady;
    // The very first one passes through here too, and is no newer version.
    isReady = registration?.waiting != null && registration.active != null;
    if (isReady === wasReady) return;
    for (const listener of listeners) listener();
  }

  function follow(worker: ServiceWorker | null): void {
    worker?.addEventListener("statechange", look);
  }

  function changed(): void {
    if (isControlled || isAsked) return reload();
    isControlled = true;
  }

  return {
    get isReady() {
      return isReady;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async start() {
      if (!container || registration) return;
      container.addEventListener("controllerchange", changed);
      try {
        const found = await container.register(SCRIPT);
        registration = found;
        found.addEventListener("updatefound", () => follow(found.installing));
        follow(found.installing);
        follow(found.waiting);
        look();
      } catch (error) {
        onFault(error);
      }
    },
    async check() {
      try {
        await registration?.update();
      } catch (error) {
        // There is no network, or no server; it is asked again.
        console.debug("Nothing is known of a newer version", error);
      }
    },
    apply() {
      isAsked = true;
      registration?.waiting?.postMessage(TAKE_OVER);
    },
  };
}
