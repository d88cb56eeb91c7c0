import assert from "node:assert/strict";
import { eraseOrigin, type LastingPage } from "../../../client/erase_origin.ts";

Deno.test("who has left leaves the app alone behind: no storage, no notification, no push that goes on", async () => {
  const left: string[] = [];
  const leaves = (name: string) => () => {
    left.push(name);
    return Promise.resolve(true);
  };
  const page = {
    localStorage: { clear: leaves("localStorage") },
    sessionStorage: { clear: leaves("sessionStorage") },
    caches: {
      keys: () => Promise.resolve(["kez-chat/app/1", "other"]),
      delete: (name: string) => leaves(`cache ${name}`)(),
    },
    navigator: {
      serviceWorker: {
        getRegistration: () =>
          Promise.resolve({
            getNotifications: () => Promise.resolve([{ close: leaves("notification") }]),
            pushManager: {
              getSubscription: () => Promise.resolve({ unsubscribe: leaves("subscription") }),
            },
          }),
      },
    },
  };
  await eraseOrigin(page as unknown as LastingPage);
  assert.deepEqual(left, [
    "localStorage",
    "sessionStorage",
    "cache other",
    "notification",
    "subscription",
  ]);
});

Deno.test("a browser without pushes, or without service workers, is erased all the same", async () => {
  for (
    const serviceWorker of [undefined, { getRegistration: () => Promise.resolve(undefined) }, {
      getRegistration: () => Promise.resolve({}),
    }]
  ) {
    let cleared = 0;
    const storage = { clear: () => void cleared++ };
    const page = {
      localStorage: storage,
      sessionStorage: storage,
      caches: { keys: () => Promise.resolve([]) },
      navigator: { serviceWorker },
    };
    await eraseOrigin(page as unknown as LastingPage);
    assert.equal(cleared, 2);
  }
});
