/**
 * Starts the app without a network, holds a newer version back until somebody asks for it, and tells of new messages while
 * the app is closed.
 */
import { createShellCache, PAGE, type Shell } from "./offline/shell.ts";
import { TAKE_OVER } from "./offline/take_over.ts";
import { createClosedApp } from "./push/closed_app.ts";
import { createToldMail } from "./push/told_mail.ts";
import { createWorkerPushes } from "./push/worker_pushes.ts";
import { nt } from "./text/notifications_text.ts";
import type { WorkerScope } from "./offline/worker_scope.ts";
import { openDatabase } from "./storage/database.ts";
import { createEd25519Verifier } from "./verify_ed25519.ts";

/** Put in by the build; null in development, where every page comes from the server. */
declare const BUILT_SHELL: Shell | null;

const scope = globalThis as unknown as WorkerScope;
const shell = createShellCache({
  shell: BUILT_SHELL ?? { version: "none", files: {} },
  origin: scope.location.origin,
  caches: scope.caches,
  fetch: (request) => fetch(request),
});

scope.addEventListener("install", (event) => event.waitUntil(shell.fill()));

scope.addEventListener("activate", (event) => {
  event.waitUntil(shell.removeOthers().then(() => scope.clients.claim()));
});

scope.addEventListener("message", ({ data }) => {
  if (data === TAKE_OVER) void scope.skipWaiting();
});

scope.addEventListener("fetch", (event) => {
  const path = shell.pathFor(event.request);
  if (path === null) return;
  event.respondWith(shell.answer(path));
  if (path === PAGE) event.waitUntil(shell.refreshPage().catch(stayAsItIs));
});

const words = { app: "kez-chat", newMessage: nt.newMessage };
const pushes = createWorkerPushes({
  words,
  windows: () => scope.clients.matchAll({ type: "window", includeUncontrolled: true }),
  openWindow: (path) => scope.clients.openWindow(path),
  show: (title, options) => scope.registration.showNotification(title, options),
  look: createClosedApp({
    openDatabase: () => openDatabase("kez-chat"),
    fetch: (input, init) => fetch(input, init),
    origin: scope.location.origin,
    told: createToldMail(scope.caches),
    words,
    verifyEd25519: createEd25519Verifier(crypto.subtle),
    nowMs: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  }),
  markIcon: (unread) => scope.navigator.setAppBadge?.(unread) ?? Promise.resolve(),
  // Safari takes the leave away after three pushes that showed nothing.
  mustAlwaysShow: !/Chrom|Firefox/.test(scope.navigator.userAgent),
  afterMs(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
});

scope.addEventListener("push", (event) => event.waitUntil(pushes.onPush()));

scope.addEventListener("notificationclick", (event) => {
  event.waitUntil(pushes.onClick(event.notification));
});

function stayAsItIs(reason: unknown): void {
  console.debug("The page stays as it was kept", reason);
}
