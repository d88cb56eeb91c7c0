import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { listFiles } from "../../../../scripts/client_build/files.ts";

const CLIENT_DIR = join(import.meta.dirname!, "../../../../client");

/** What stands inside `@media (hover: hover)`, cut out. */
function outsideHover(css: string): string {
  const [before, ...blocks] = css.split("@media (hover: hover) {");
  return before + blocks.map((block) => {
    let depth = 1;
    let at = 0;
    while (depth > 0 && at < block.length) {
      if (block[at] === "{") depth++;
      if (block[at] === "}") depth--;
      at++;
    }
    return block.slice(at);
  }).join("");
}

Deno.test("what a pointer does by hovering is left out where a finger would leave it behind after a tap", async () => {
  const files = (await listFiles(CLIENT_DIR)).filter((path) => /\.(css|svelte)$/.test(path));
  assert.ok(files.length > 100);
  for (const path of files) {
    const css = await Deno.readTextFile(path);
    assert.doesNotMatch(outsideHover(css), /:hover/, relative(CLIENT_DIR, path));
  }
});
