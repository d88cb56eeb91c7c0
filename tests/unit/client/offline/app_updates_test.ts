import assert from "node:assert/strict";
import {
  type Container,
  createAppUpdates,
  type Registration,
} from "../../../../client/offline/app_updates.ts";
import { TAKE_OVER } from "../../../../client/offline/take_over.ts";

class FakeWorker extends EventTarget {
  readonly heard: unknown[] = [];
  postMessage(message: unknown): void {
    this.heard.push(message);
  }
}

class FakeRegistration extends EventTarget {
  active: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  installing: FakeWorker | null = null;
  updates = 0;
  update = (): Promise<void> => {
    this.updates++;
    return Promise.reject(new TypeError("no network"));
  };
  find(): FakeWorker {
    this.installing = new FakeWorker();
    this.dispatchEvent(new Event("updatefound"));
    return this.installing;
  }
  /** The worker that was found is installed; it waits where there is an older one. */
  installed(): FakeWorker {
    const worker = this.installing!;
    [this.waiting, this.installing] = [worker, null];
    worker.dispatchEvent(new Event("statechange"));
    return worker;
  }
  activated(): void {
    const worker = this.waiting!;
    [this.active, this.waiting] = [worker, null];
    worker.dispatchEvent(new Event("statechange"));
  }
}

class FakeContainer extends EventTarget {
  controller: unknown = null;
  readonly registration = new FakeRegistration();
  readonly registered: string[] = [];
  register = (url: string): Promise<Registration> => {
    this.registered.push(url);
    return Promise.resolve(this.registration as unknown as Registration);
  };
  /** Another worker answers this page from now on. */
  control(): void {
    this.controller = this.registration.active;
    this.dispatchEvent(new Event("controllerchange"));
  }
}

function setUp(container: FakeContainer | null = new FakeContainer()) {
  const faults: unknown[] = [];
  const told: boolean[] = [];
  const page = { reloads: 0 };
  const updates = createAppUpdates({
    container: container as unknown as Container,
    reload: () => page.reloads++,
    onFault: (error) => faults.push(error),
  });
  updates.onChange(() => told.push(updates.isReady));
  return { updates, faults, told, page };
}

/** A page of an app that was kept at an earlier visit. */
function returning(): FakeContainer {
  const container = new FakeContainer();
  container.registration.active = new FakeWorker();
  container.controller = container.registration.active;
  return container;
}

Deno.test("the first visit keeps the app and announces nothing", async () => {
  const container = new FakeContainer();
  const { updates, told, page } = setUp(container);
  await updates.start();
  const { registration } = container;
  registration.find();
  registration.installed();
  registration.activated();
  container.control();
  assert.deepEqual(container.registered, ["/service_worker.js"]);
  assert.deepEqual([told, page.reloads], [[], 0]);
});

Deno.test("a newer version is announced once it is ready, and waits to be asked", async () => {
  const container = returning();
  const { updates, told, page } = setUp(container);
  await updates.start();
  const { registration } = container;
  registration.find();
  assert.equal(updates.isReady, false);
  const newer = registration.installed();
  assert.deepEqual([updates.isReady, told, newer.heard, page.reloads], [true, [true], [], 0]);

  updates.apply();
  assert.deepEqual(newer.heard, [TAKE_OVER]);
  registration.activated();
  container.control();
  assert.equal(page.reloads, 1);
});

Deno.test("one that lay ready before the page came is announced at its start", async () => {
  const container = returning();
  container.registration.waiting = new FakeWorker();
  const { updates, told } = setUp(container);
  await updates.start();
  assert.deepEqual(told, [true]);
});

Deno.test("a tab in which nobody asked reloads with the one where somebody did", async () => {
  const container = returning();
  const { updates, page } = setUp(container);
  await updates.start();
  container.control();
  assert.equal(page.reloads, 1);
});

Deno.test("a page that came past the older version by a forced reload takes the newer one up when asked", async () => {
  const container = returning();
  container.controller = null;
  container.registration.waiting = new FakeWorker();
  const { updates, page } = setUp(container);
  await updates.start();
  updates.apply();
  container.registration.activated();
  container.control();
  assert.equal(page.reloads, 1);
});

Deno.test("the first version may arrive while the page is open, and the second one after it", async () => {
  const container = new FakeContainer();
  const { updates, told, page } = setUp(container);
  await updates.start();
  const { registration } = container;
  registration.find();
  registration.installed();
  registration.activated();
  container.control();
  registration.find();
  registration.installed();
  assert.deepEqual([told, page.reloads], [[true], 0]);
  registration.activated();
  container.control();
  assert.deepEqual([told, page.reloads], [[true, false], 1]);
});

Deno.test("a server that does not answer is no news", async () => {
  const container = returning();
  const { updates, faults } = setUp(container);
  await updates.check();
  await updates.start();
  await updates.check();
  assert.deepEqual([container.registration.updates, updates.isReady, faults], [1, false, []]);
});

Deno.test("a browser without service workers, or one that refuses, runs the app as it comes", async () => {
  const without = setUp(null);
  await without.updates.start();
  await without.updates.check();
  without.updates.apply();
  assert.deepEqual([without.faults, without.told], [[], []]);

  const container = new FakeContainer();
  container.register = () => Promise.reject(new DOMException("refused", "SecurityError"));
  const refused = setUp(container);
  await refused.updates.start();
  assert.equal(refused.faults.length, 1);
  refused.updates.apply();
});
