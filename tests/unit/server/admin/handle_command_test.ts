import assert from "node:assert/strict";
import { handleCommand } from "../../../../server/admin/handle_command.ts";

/** What `handle list` prints and says where the server sends these pages. */
async function list(...pages: unknown[][]) {
  const [printed, said]: [string[], string[]] = [[], []];
  await handleCommand({ words: ["list"] }, {
    async ask(_name, _params, onPart) {
      for (const page of pages) await onPart?.(page);
      return null;
    },
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
  });
  return { printed, said };
}

Deno.test("handles are printed a line each as they come, and where there are none that is said", async () => {
  const bob = { handle: "bob", state: "live", since: "2026-05-25T03:00:00Z" };
  const listed = await list([bob], [{ handle: "eve", state: "reserved", since: null }]);
  assert.deepEqual(listed.printed.map((line) => line.replace(/ +/g, " ")), [
    "bob live 2026-05-25 03:00 UTC",
    "eve reserved",
  ]);
  assert.deepEqual(listed.said, []);
  const none = await list();
  assert.deepEqual([none.printed, none.said.length], [[], 1]);
});
