import assert from "node:assert/strict";
import { join } from "node:path";
import { listFiles } from "../../../../scripts/client_build/files.ts";

const CLIENT_DIR = join(import.meta.dirname!, "../../../../client");

/** What a rule of tokens.css sets, by name. */
function tokensOf(css: string, selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  assert.notEqual(start, -1, selector);
  const block = css.slice(start, css.indexOf("}", start));
  const found = block.matchAll(/^\s*(--[\w-]+):\s*([^;]+);/gm);
  return new Map([...found].map(([, name, value]) => [name!, value!.replace(/\s+/g, " ")]));
}

Deno.test("dark is the same, whether the system wants it or the person", async () => {
  const css = await Deno.readTextFile(join(CLIENT_DIR, "styles/tokens.css"));
  const bySystem = tokensOf(css, ':root:not([data-theme="light"])');
  assert.ok(bySystem.size > 15);
  assert.deepEqual(bySystem, tokensOf(css, ':root[data-theme="dark"]'));
  const light = tokensOf(css, ":root");
  assert.deepEqual([...bySystem.keys()].filter((name) => !light.has(name)), []);
});

Deno.test("every token is used, and nothing else is", async () => {
  const files = (await listFiles(CLIENT_DIR)).filter((path) => /\.(css|svelte|ts)$/.test(path));
  const text = (await Promise.all(files.map((path) => Deno.readTextFile(path)))).join("\n");
  const names = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name]) => name!));
  // Also those that a component sets on an element: `style:--size`, `setProperty("--menu-top", …)`.
  const set = names(/(?<![\w-])(--[a-z][\w-]*)["']?(?=\s*[:=,])/g);
  const used = names(/var\(\s*(--[\w-]+)/g);
  assert.deepEqual([...used].filter((name) => !set.has(name)), []);
  const css = await Deno.readTextFile(join(CLIENT_DIR, "styles/tokens.css"));
  assert.deepEqual([...tokensOf(css, ":root").keys()].filter((name) => !used.has(name)), []);
});
