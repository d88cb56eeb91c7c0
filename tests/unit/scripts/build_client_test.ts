import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { buildClientIfStale, ROOT } from "../../../scripts/build_client.ts";
import { listFiles } from "../../../scripts/client_build/files.ts";
import { renderPage } from "../../../scripts/client_build/html.ts";
import { gatherImports, readParts } from "../../../scripts/client_build/parts.ts";
import { rewriteWorkerUrls } from "../../../scripts/client_build/workers.ts";

const PAGE = `<!DOCTYPE html>
<html lang="en">
  <head>
    <link rel="stylesheet" href="/boot.css" />
    <script type="module" src="/boot.ts"></script>
  </head>
</html>
`;

const CLIENT: Record<string, string> = {
  "client/index.html": PAGE,
  "client/boot.ts": `import "./base.css";
import { mount } from "svelte";
import App from "./App.svelte";
const worker: Worker = new Worker(new URL("./sum_worker.ts", import.meta.url), { type: "module" });
worker.postMessage(20);
mount(App, { target: document.body });
`,
  "client/base.css": `:root { --ink: #123456; }\n`,
  "client/sum_worker.ts": `self.onmessage = (event: MessageEvent<number>) => {
  self.postMessage({ sum: event.data + 22 });
};
`,
  "client/count.svelte.ts": `export function createCount(start: number) {
  let count: number = $state(start);
  return { get count() { return count; }, add: (): void => { count += 1; } };
}
`,
  "client/App.svelte": `<script lang="ts">
  import { createCount } from "./count.svelte.ts";
  const count = createCount(1);
  const later = import("./Later.svelte");
</script>
<button class="own" onclick={count.add}>{count.count}</button>
{#await later then { default: Later }}<Later />{/await}
<style>.own { color: #abcdef; }</style>
`,
  "client/Later.svelte": `<p class="later">Later</p>\n<style>.later { color: #fedcba; }</style>\n`,
  "client/public/manifest.webmanifest": `{"name":"kez-chat"}\n`,
  "client/public/icons/icon.png": "png",
};

/** A project of its own inside dist/, so that the packages of this one are found. */
async function createProject(files: Record<string, string> = CLIENT) {
  await Deno.mkdir(join(ROOT, "dist"), { recursive: true });
  const root = await Deno.makeTempDir({ dir: join(ROOT, "dist"), prefix: "test-build-" });
  const write = async (path: string, text: string) => {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const outDir = join(root, "dist/client");
  return {
    outDir,
    write,
    build: () => buildClientIfStale({ root, outDir, development: false }),
    read: (path: string) => Deno.readTextFile(join(outDir, path)),
    assets: () => [...Deno.readDirSync(join(outDir, "assets"))].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

function only(names: string[], pattern: RegExp): string {
  const found = names.filter((name) => pattern.test(name));
  assert.equal(found.length, 1, `${pattern} in ${names}`);
  return found[0]!;
}

Deno.test("a build names hashed files in the page, and the entry names its worker", async () => {
  await using project = await createProject();
  assert.equal(await project.build(), true);
  const assets = project.assets();
  const entry = only(assets, /^boot-[A-Z0-9]{8}\.js$/);
  const styles = only(assets, /^.*\.css$/);
  const worker = only(assets, /^sum_worker-[A-Z0-9]{8}\.js$/);
  only(assets, /^Later-[A-Z0-9]{8}\.js$/);
  const page = await project.read("index.html");
  assert.ok(
    page.includes(`<script type="module" src="/assets/${entry}" blocking="render"></script>`),
    page,
  );
  assert.ok(page.includes(`<link rel="stylesheet" href="/assets/${styles}" />`), page);
  const chunk = only(assets, /^chunk-[A-Z0-9]{8}\.js$/);
  assert.ok(page.includes(`<link rel="modulepreload" href="/assets/${chunk}" />`), page);
  assert.doesNotMatch(page, /Later|sum_worker|boot\.ts|<style|<script>/);
  assert.match(
    await project.read(`assets/${entry}`),
    new RegExp(`new URL\\("\\./${worker}", ?import\\.meta\\.url\\)`),
  );
});

Deno.test("the same sources have the same names wherever they lie", async () => {
  await using here = await createProject();
  await using there = await createProject();
  await here.build();
  await there.build();
  assert.deepEqual(here.assets(), there.assets());
  assert.equal(await here.read("index.html"), await there.read("index.html"));
});

Deno.test("one style sheet holds the imported styles and those of every component", async () => {
  await using project = await createProject();
  await project.build();
  const css = await project.read(`assets/${only(project.assets(), /\.css$/)}`);
  for (const colour of ["#123456", "#abcdef", "#fedcba"]) assert.ok(css.includes(colour), css);
});

Deno.test("public files are copied, and every text is there in br and gzip", async () => {
  await using project = await createProject();
  await project.build();
  const { outDir } = project;
  assert.equal(await project.read("icons/icon.png"), "png");
  const names = [
    ...["index.html", "manifest.webmanifest"],
    ...project.assets().filter((name) => !/\.(br|gz)$/.test(name)).map((name) => `assets/${name}`),
  ];
  assert.ok(names.length >= 7, String(names));
  for (const name of names) {
    const plain = Deno.readFileSync(join(outDir, name));
    const brotli = brotliDecompressSync(Deno.readFileSync(join(outDir, `${name}.br`)));
    const gzip = gunzipSync(Deno.readFileSync(join(outDir, `${name}.gz`)));
    assert.deepEqual(new Uint8Array(brotli), plain, name);
    assert.deepEqual(new Uint8Array(gzip), plain, name);
  }
});

Deno.test("the service worker names every other file of the build with its digest, and nothing else", async () => {
  await using project = await createProject({
    ...CLIENT,
    "client/service_worker.ts": `declare const BUILT_SHELL: unknown;\nconsole.log(BUILT_SHELL);\n`,
  });
  await project.build();
  const script = await project.read("service_worker.js");
  const parts = [...script.matchAll(/"(\/[^"]+)":"(sha256-[^"]+)"/g)];
  const named = Object.fromEntries(parts.map(([, path, digest]) => [path, digest]));
  const files = [
    ...["/icons/icon.png", "/index.html", "/manifest.webmanifest"],
    ...project.assets().filter((name) => !/\.(br|gz)$/.test(name)).map((name) => `/assets/${name}`),
  ];
  assert.deepEqual(Object.keys(named).sort(), files.sort());
  for (const path of files) {
    const digest = createHash("sha256").update(Deno.readFileSync(join(project.outDir, path)));
    assert.equal(named[path], `sha256-${digest.digest("base64")}`, path);
  }
  assert.deepEqual(project.assets().filter((name) => name.startsWith("service_worker")), []);

  const version = /version:"([0-9a-f]{16})"/.exec(script)![1];
  await project.write("client/public/icons/icon.png", "another picture");
  await project.build();
  assert.ok(!(await project.read("service_worker.js")).includes(version!));
});

Deno.test("only a change of content makes a build stale, and a worker's change renames the entry", async () => {
  await using project = await createProject();
  assert.equal(await project.build(), true);
  const before = only(project.assets(), /^boot-.*\.js$/);
  await project.write("client/boot.ts", CLIENT["client/boot.ts"]!);
  await project.write("server/unrelated.ts", "");
  assert.equal(await project.build(), false);
  const worker = CLIENT["client/sum_worker.ts"]!.replace("22", "23");
  await project.write("client/sum_worker.ts", worker);
  assert.equal(await project.build(), true);
  assert.notEqual(only(project.assets(), /^boot-.*\.js$/), before);
  await Deno.remove(join(project.outDir, "index.html"));
  assert.equal(await project.build(), true);
});

Deno.test("an accessibility fault stops the build, and the last good one stays", async () => {
  await using project = await createProject();
  await project.build();
  await project.write("client/Later.svelte", `<img src="/x.png">\n`);
  await assert.rejects(project.build(), /Later\.svelte:1:\d+: ERROR: .*a11y_missing_attribute/);
  assert.match(await project.read("index.html"), /boot-/);
  const left = [...Deno.readDirSync(dirname(project.outDir))].map(({ name }) => name).sort();
  assert.deepEqual(left, ["client", "client.inputs"]);
});

Deno.test("a component that does not compile is named with its line", async () => {
  await using project = await createProject({
    ...CLIENT,
    "client/Later.svelte": `<p>\n{#if}\n</p>\n`,
  });
  await assert.rejects(project.build(), /Later\.svelte:2:\d+: ERROR/);
});

Deno.test("a worker that does not exist is told by name", () => {
  const source = `new URL("./gone_worker.ts", import.meta.url)`;
  const rewrite = () => rewriteWorkerUrls(source, { path: "/p/a.ts", workers: new Map() });
  assert.throws(rewrite, /there is no worker \.\/gone_worker\.ts/);
});

Deno.test("only worker URLs are rewritten, also over several lines and from another folder", () => {
  const workers = new Map([["/p/session/hash_worker.ts", "hash_worker-1.js"]]);
  const rewrite = (source: string) => rewriteWorkerUrls(source, { path: "/p/pages/a.ts", workers });
  const rewritten = `new URL("./hash_worker-1.js", import.meta.url)`;
  assert.equal(rewrite(`new URL("../session/hash_worker.ts", import.meta.url)`), rewritten);
  assert.equal(
    rewrite(`new URL(\n  "../session/hash_worker.ts",\n  import.meta.url,\n)`),
    rewritten,
  );
  const other = `new URL("./image.png", import.meta.url); new URL("./x_worker.ts", base)`;
  assert.equal(rewrite(other), other);
});

Deno.test("files of one part are fetched in one request, whoever asks for either", async () => {
  await using project = await createProject({
    ...CLIENT,
    "client/boot.ts": `import "./base.css";
const load = { a: () => import("./rare/a.ts"), b: () => import("./rare/b.ts"), c: () => import("./c.ts") };
for (const each of Object.values(load)) console.log((await each()).words);
`,
    "client/rare/a.ts": `export const words = "words of a";\n`,
    "client/rare/b.ts": `export const words = "words of b";\n`,
    "client/c.ts": `export const words = "words of c";\n`,
    "client/parts.json": `{ "rare": ["rare/a.ts", "rare/b.ts"] }\n`,
  });
  await project.build();
  const scripts = project.assets().filter((name) => name.endsWith(".js"));
  const part = await project.read(`assets/${only(scripts, /^rare-/)}`);
  assert.match(part, /words of a.*words of b|words of b.*words of a/);
  assert.match(await project.read(`assets/${only(scripts, /^c-/)}`), /words of c/);
  assert.ok(!part.includes("words of c"));
});

Deno.test("only imports that are fetched later are gathered, not types and what no part has", () => {
  const parts = { rare: ["rare/a.ts", "rare/b.ts"] };
  const gather = (source: string) =>
    gatherImports(source, { path: "/p/client/pages/x.ts", clientDir: "/p/client", parts });
  const gathered = `import("part:rare").then((part) => part.m1)`;
  assert.equal(gather(`import("../rare/b.ts")`), gathered);
  assert.equal(gather(`import(\n  "../rare/b.ts",\n)`), gathered);
  const other =
    `import b from "../rare/b.ts"; import("./b.ts"); type B = typeof import("../rare/b.ts");`;
  assert.equal(gather(other), other);
});

Deno.test("every file of a part is fetched from somewhere, and is in no other part", async () => {
  const clientDir = join(ROOT, "client");
  const fetched = new Set<string>();
  for (const path of await listFiles(clientDir)) {
    if (!/\.(ts|svelte)$/.test(path)) continue;
    for (const [, file] of (await Deno.readTextFile(path)).matchAll(/import\(\s*"([^"]+)"/g)) {
      fetched.add(join(dirname(path), file!));
    }
  }
  const files = Object.values(await readParts(clientDir)).flat();
  assert.deepEqual(files.filter((file) => !fetched.has(join(clientDir, file))), []);
  assert.equal(new Set(files).size, files.length);
});

Deno.test("a page without its placeholders is refused", () => {
  const bundle = { entry: "boot-1.js", styles: null, preloads: [], reload: null, inputs: [] };
  assert.throws(() => renderPage("<html></html>", bundle), /must say <script .* exactly once/);
  assert.throws(() => renderPage(PAGE + PAGE, bundle), /exactly once/);
});
