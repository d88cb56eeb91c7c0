import { isShellCache } from "./offline/shell.ts";

/** The part of a window that holds what outlives it. */
export type LastingPage = Pick<
  Window & typeof globalThis,
  "localStorage" | "sessionStorage" | "caches" | "navigator"
>;

/** Erases what this origin keeps outside the database, and ends the pushes to whoever has left. */
export async function eraseOrigin(
  { localStorage, sessionStorage, caches, navigator }: LastingPage,
): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  // The app itself stays: nothing in it is anybody's.
  const names = (await caches.keys()).filter((name) => !isShellCache(name));
  await Promise.all(names.map((name) => caches.delete(name)));
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const shown of await registration?.getNotifications?.() ?? []) shown.close();
  // Who is locked cannot tell the server; the push service does, at the next push.
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}
