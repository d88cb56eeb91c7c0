import assert from "node:assert/strict";
import { createShellCache, isShellCache, PAGE } from "../../../../client/offline/shell.ts";

const ORIGIN = "https://kez.lat";
const BLOB = "a".repeat(64);

/** The part of a browser's caches that is used, over what a server has. */
function fakeCaches(server: Map<string, string>) {
  const stored = new Map<string, Map<string, string>>();
  const asked: string[] = [];
  const fetch = (request: Request): Promise<Response> => {
    asked.push(new URL(request.url).pathname);
    const text = server.get(request.url);
    return Promise.resolve(new Response(text ?? "", { status: text === undefined ? 404 : 200 }));
  };
  const caches = {
    keys: () => Promise.resolve([...stored.keys()]),
    delete: (name: string) => Promise.resolve(stored.delete(name)),
    async match(url: string, { cacheName }: { cacheName: string }) {
      const text = await Promise.resolve(stored.get(cacheName)?.get(url));
      return text === undefined ? undefined : new Response(text);
    },
    open(name: string) {
      const entries = stored.get(name) ?? new Map<string, string>();
      stored.set(name, entries);
      return Promise.resolve({
        keys: () => Promise.resolve([...entries.keys()].map((url) => new Request(url))),
        async add(request: Request) {
          await this.addAll([request]);
        },
        async addAll(requests: Request[]) {
          const answers = await Promise.all(requests.map(fetch));
          if (answers.some(({ ok }) => !ok)) throw new TypeError("a file is missing");
          for (const [index, answer] of answers.entries()) {
            entries.set(requests[index]!.url, await answer.text());
          }
        },
      });
    },
  };
  return { caches: caches as unknown as CacheStorage, fetch, stored, asked };
}

function setUp({ version = "1", files = ["/assets/a.js", PAGE] } = {}) {
  const server = new Map([
    [`${ORIGIN}${PAGE}`, "page"],
    [`${ORIGIN}/assets/a.js`, "script"],
    [`${ORIGIN}/assets/b.js`, "another"],
  ]);
  const browser = fakeCaches(server);
  const open = (name: string, paths: string[]) =>
    createShellCache({
      ...browser,
      origin: ORIGIN,
      shell: { version: name, files: Object.fromEntries(paths.map((path) => [path, ""])) },
    });
  return { ...browser, server, open, cache: open(version, files) };
}

const get = (path: string, mode = "no-cors") => ({ method: "GET", url: `${ORIGIN}${path}`, mode });

Deno.test("files of the build are answered from the device, and every route of the app by its page", () => {
  const { cache } = setUp();
  const cases: [string, string, string | null][] = [
    ["/assets/a.js", "cors", "/assets/a.js"],
    ["/assets/a.js", "navigate", "/assets/a.js"],
    ["/assets/gone.js", "cors", null],
    ["/", "navigate", PAGE],
    ["/chats/bo@example.org?x=1#y", "navigate", PAGE],
    ["/u/alice", "navigate", PAGE],
    ["/i", "navigate", PAGE],
    ["/", "cors", null],
    ["/chats", "cors", null],
    ["/v1/config", "navigate", null],
    ["/v1/u/alice", "cors", null],
    ["/relay", "navigate", null],
    ["/.well-known/nostr.json", "navigate", null],
    [`/${BLOB}`, "navigate", null],
    [`/${BLOB}.png`, "no-cors", null],
    ["/service_worker.js", "same-origin", null],
  ];
  for (const [path, mode, answer] of cases) {
    assert.equal(cache.pathFor(get(path, mode)), answer, `${path} (${mode})`);
  }
});

Deno.test("what goes to other servers, or changes something, goes its way", () => {
  const { cache } = setUp();
  assert.equal(
    cache.pathFor({ ...get("/"), url: "https://other.example/", mode: "navigate" }),
    null,
  );
  assert.equal(cache.pathFor({ ...get("/", "navigate"), method: "POST" }), null);
  assert.equal(cache.pathFor({ ...get("/assets/a.js"), method: "HEAD" }), null);
});

Deno.test("in development nothing is answered from the device", () => {
  const { cache } = setUp({ files: [] });
  assert.equal(cache.pathFor(get("/", "navigate")), null);
});

Deno.test("a build is kept whole or not at all, and only what is missing is fetched", async () => {
  const { cache, server, stored, asked } = setUp();
  server.delete(`${ORIGIN}/assets/a.js`);
  await assert.rejects(cache.fill(), TypeError);
  assert.deepEqual([...stored.values()].map(({ size }) => size), [0]);

  server.set(`${ORIGIN}/assets/a.js`, "script");
  await cache.fill();
  asked.length = 0;
  await cache.fill();
  assert.deepEqual(asked, []);
});

Deno.test("a kept file needs no network; one that the browser threw away comes from the server", async () => {
  const { cache, stored, asked } = setUp();
  await cache.fill();
  asked.length = 0;
  assert.equal(await (await cache.answer(PAGE)).text(), "page");
  assert.deepEqual(asked, []);
  stored.clear();
  assert.equal(await (await cache.answer(PAGE)).text(), "page");
  assert.deepEqual(asked, [PAGE]);
});

Deno.test("the page is asked for again while the server has it, and stays where it has not", async () => {
  const { cache, server, asked } = setUp();
  await cache.fill();
  asked.length = 0;
  server.set(`${ORIGIN}${PAGE}`, "page with other headers");
  await cache.refreshPage();
  assert.deepEqual(asked, [PAGE]);
  assert.equal(await (await cache.answer(PAGE)).text(), "page with other headers");
  server.delete(`${ORIGIN}${PAGE}`);
  await assert.rejects(cache.refreshPage(), TypeError);
  assert.equal(await (await cache.answer(PAGE)).text(), "page with other headers");
});

Deno.test("two builds never mix, and the older one goes when the newer one takes over", async () => {
  const { cache, open, server, stored } = setUp();
  await cache.fill();
  stored.set("pictures", new Map());
  server.set(`${ORIGIN}${PAGE}`, "newer page");
  const newer = open("2", ["/assets/b.js", PAGE]);
  await newer.fill();
  assert.equal(await (await cache.answer(PAGE)).text(), "page");
  assert.equal(await (await newer.answer(PAGE)).text(), "newer page");
  await newer.removeOthers();
  assert.deepEqual([...stored.keys()].map((name) => [name, isShellCache(name)]), [
    ["pictures", false],
    ["kez-chat/app/2", true],
  ]);
});
