import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";

Deno.test("the containers open to everybody only what has TLS, and what leads there", async () => {
  const text = await Deno.readTextFile(join(ROOT, "deploy/container/compose.yml"));
  const lists = [...text.matchAll(/^ +ports: (\[.*\])$/gm)].map(([, list]) => JSON.parse(list!));
  assert.equal(text.match(/ports:/g)!.length, lists.length);
  const open = lists.flat().filter((port: string) => !port.startsWith("127.0.0.1:"));
  assert.deepEqual(open, ["80:80", "443:443", "443:443/udp"]);
});
