/** An event that may take its time. */
export interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

/** A request of a page of this origin. */
export interface RequestEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

/** A click on a notification. */
export interface ClickEvent extends WorkerEvent {
  readonly notification: { data: unknown; close(): void };
}

/** A window of the app, as its service worker sees it. */
export interface AppWindow {
  readonly visibilityState: string;
  readonly focused: boolean;
  postMessage(message: unknown, transfer?: Transferable[]): void;
  focus(): Promise<unknown>;
}

/**
 * The part of a service worker's global scope that is used. (Service Workers §4.1; the libraries of a page and of a
 * worker declare the same names and cannot be loaded together.)
 */
export interface WorkerScope {
  readonly location: { readonly origin: string };
  readonly caches: CacheStorage;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: true }): Promise<AppWindow[]>;
    openWindow(path: string): Promise<unknown>;
  };
  readonly registration: {
    showNotification(title: string, options: NotificationOptions): Promise<void>;
  };
  readonly navigator: { userAgent: string; setAppBadge?: (count?: number) => Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
  addEventListener(type: "push", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: ClickEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: RequestEvent) => void): void;
}
