import assert from "node:assert/strict";
import { formatRetention, showConfig } from "../../../../server/admin/show_config.ts";
import { loadConfig } from "../../../../server/config_load.ts";
import { OPTION_NAMES, type OptionName } from "../../../../server/config_options.ts";
import { parseRetention } from "../../../../server/config_values.ts";

function show(flags: Partial<Record<OptionName, string>>): Map<string, string> {
  const loaded = loadConfig({
    flags: new Map(Object.entries(flags)) as Map<OptionName, string>,
    environment: {},
    readFile: () => assert.fail("there is no file"),
    isFolder: () => true,
    workingDir: "/srv",
    isTerminal: false,
  });
  if ("faults" in loaded) assert.fail(JSON.stringify(loaded.faults));
  const lines = showConfig(loaded).trimEnd().split("\n");
  return new Map(lines.map((line) => {
    const [, name, value] = /^(\S+) +(.*)$/.exec(line)!;
    return [name!, value!.replace(/ +/g, " ")];
  }));
}

Deno.test("every setting is shown with its effective value and where it came from", () => {
  const shown = show({ bind: ":0", retention: "90m", "trusted-proxies": "none" });
  assert.deepEqual([...shown.keys()], OPTION_NAMES.filter((name) => name !== "config"));
  assert.equal(shown.get("bind"), "0.0.0.0:0 (flag --bind)");
  assert.equal(shown.get("server"), "localhost:<bound port> (default)");
  assert.equal(shown.get("relay-url"), "ws://localhost:6970/ (default)");
  assert.equal(shown.get("retention"), "90m (flag --retention)");
  assert.equal(shown.get("trusted-proxies"), "none (flag --trusted-proxies)");
  assert.equal(shown.get("admin-pubkey"), "unset (default)");
  assert.equal(shown.get("db"), "/srv/kez-chat-data/kez-chat.db (default)");
  const admin = "63fe6318dc58583cfe16810f86dd09e18bfd76aabc24a0081ce2856f330504ed";
  assert.equal(
    show({ "admin-pubkey": admin }).get("admin-pubkey"),
    `${admin} (flag --admin-pubkey)`,
  );
  assert.equal(show({ server: "kez.lat" }).get("relay-url"), "wss://kez.lat/relay (default)");
});

Deno.test("a retention is shown in a way that is read as the same", () => {
  for (const text of ["30d", "12h", "90m", "61s", "3650d"]) {
    assert.equal(formatRetention(parseRetention(text)), text);
  }
  assert.equal(formatRetention(parseRetention("2w")), "14d");
});
