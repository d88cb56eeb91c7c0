/** Starts the app without a network, and holds a newer version back until somebody asks for it. */
import { createShellCache, PAGE, type Shell } from "./offline/shell.ts";
import { TAKE_OVER } from "./offline/take_over.ts";
import type { WorkerScope } from "./offline/worker_scope.ts";

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

function stayAsItIs(reason: unknown): void {
  console.debug("The page stays as it was kept", reason);
}
