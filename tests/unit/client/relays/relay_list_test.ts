import assert from "node:assert/strict";
import {
  areSameRelays,
  changeRelayTags,
  readRelaysOf,
  relayListChange,
} from "../../../../client/relays/relay_list.ts";
import {
  choosePublishTargets,
  chooseSpareRelays,
} from "../../../../client/relays/publish_targets.ts";
import { parseRelayInput, uniqueRelays } from "../../../../client/relays/relay_url.ts";
import { createRandom } from "../../../support/random.ts";

const urls = (names: string) => [...names].map((name) => `wss://${name}.test/`);
const nobody = () => false;

Deno.test("of a list what is read counts, once each, and only where this app may connect to it", () => {
  const tags = [
    ["r", "wss://a.test"],
    ["r", "wss://a.test/"],
    ["r", "wss://b.test/", "read"],
    ["r", "wss://c.test/", "write"],
    ["r", "ws://plain.test/"],
    ["r", "ws://localhost:1/"],
    ["r"],
    ["p", "wss://d.test/"],
  ];
  const read = readRelaysOf({ tags }, { mayBeLoopback: false });
  assert.deepEqual(read, ["wss://a.test", "wss://b.test/"]);
  const local = readRelaysOf({ tags }, { mayBeLoopback: true });
  assert.deepEqual(local, [...read, "ws://localhost:1/"]);
});

Deno.test("a change of a list leaves what other apps wrote, and nothing to do leaves the very tags", () => {
  const tags = [["client", "x"], ["r", "wss://a.test"], ["r", "wss://b.test/", "write"]];
  assert.equal(changeRelayTags(tags, { added: urls("a"), removed: urls("z") }), tags);
  assert.deepEqual(changeRelayTags(tags, { added: urls("bc"), removed: urls("a") }), [
    ["client", "x"],
    ["r", "wss://b.test/"],
    ["r", "wss://c.test/"],
  ]);
});

Deno.test("whatever was changed here and elsewhere, both changes are in the merged list", () => {
  const random = createRandom(7);
  for (let nth = 0; nth < 500; nth++) {
    const some = () => urls("abcdefg").filter(() => random.oneIn(2));
    const [base, local, remote] = [some(), some(), some()];
    const change = relayListChange(base, local);
    const tags = remote.map((url) => ["r", url]);
    const merged = changeRelayTags(tags, change);
    const read = readRelaysOf({ tags: merged }, { mayBeLoopback: false });
    const expected = uniqueRelays([...remote, ...change.added])
      .filter((url) => !change.removed.includes(url));
    assert.ok(areSameRelays(read, expected));
    assert.equal(changeRelayTags(merged, change), merged);
  }
});

Deno.test("mail goes to the registry's relays, then to listed ones, four at most, the last heard one first", () => {
  const choose = (changes: Partial<Parameters<typeof choosePublishTargets>[0]>) =>
    choosePublishTargets({
      registry: urls("a"),
      listed: urls("abcdef"),
      preferred: null,
      isRefusing: nobody,
      ...changes,
    });
  assert.deepEqual(choose({}), urls("abcd"));
  assert.deepEqual(choose({ preferred: "wss://f.test" }), urls("fabc"));
  // What the reader does not read is no target, however mail came over it.
  assert.deepEqual(choose({ preferred: "wss://z.test/" }), urls("abcd"));
  const isRefusing = (url: string) => urls("ac").includes(url);
  assert.deepEqual(choose({ isRefusing }), urls("bdef"));
  assert.deepEqual(choose({ isRefusing: () => true }), urls("abcd"));
  assert.deepEqual(choose({ registry: ["ws://plain.test/"], listed: [] }), []);
});

Deno.test("own relays step in except the home relay, the targets and those that refuse", () => {
  const spares = chooseSpareRelays({
    own: urls("habcdefg"),
    homeRelay: "wss://h.test",
    targets: urls("a"),
    preferred: "wss://g.test/",
    isRefusing: (url) => url === "wss://b.test/",
  });
  assert.deepEqual(spares, urls("gcde"));
});

Deno.test("a relay is typed as a URL or a host", () => {
  const parse = (text: string) => parseRelayInput(text, { mayBeLoopback: false });
  assert.equal(parse(" nos.lol "), "wss://nos.lol/");
  assert.equal(parse("WSS://Nos.lol/x"), "wss://nos.lol/x");
  for (
    const wrong of [
      "",
      "ws://nos.lol",
      "https://nos.lol",
      "wss://me:pw@nos.lol",
      "wss://nos.lol/#x",
      "ws://localhost:1",
    ]
  ) assert.equal(parse(wrong), null, wrong);
  assert.equal(parseRelayInput("ws://localhost:1", { mayBeLoopback: true }), "ws://localhost:1/");
});
