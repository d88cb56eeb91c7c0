import assert from "node:assert/strict";
import { welcomeFields, welcomeText } from "../../../../server/admin/welcome.ts";

Deno.test("a first start on this machine tells the address, the folder, and how others get in", () => {
  const text = welcomeText({ server: "localhost:6969", dataDir: "/home/a/kez-chat-data" });
  assert.match(text, /http:\/\/localhost:6969\//);
  assert.match(text, /\/home\/a\/kez-chat-data/);
  assert.match(text, /--server chat\.example\.org --bind 127\.0\.0\.1:6969/);
});

Deno.test("a first start under a public name tells its https address", () => {
  const fields = welcomeFields({ server: "chat.example.org", dataDir: "/var/lib/kez-chat" });
  assert.equal(fields.app, "https://chat.example.org/");
  assert.match(fields.next!, /\/relay/);
});
