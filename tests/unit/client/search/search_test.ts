import assert from "node:assert/strict";
import { findMarks, fold, searchWords } from "../../../../client/search/fold.ts";
import { createMessageSearch } from "../../../../client/search/message_search.ts";
import { createSearchIndex } from "../../../../client/search/search_index.ts";
import { snippetOf } from "../../../../client/search/snippet.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";
import { alice, bob, conversationOf, emptyShelf, messageOf } from "../backup/support.ts";

const pacer = { breathe: () => Promise.resolve() };
const text = (words: string) => ({ body: { kind: "text" as const, text: words } });

/** Marked parts of a text. */
const marked = (line: string, search: string) =>
  findMarks(line, searchWords(search)).map(([start, end]) => line.slice(start, end));

Deno.test("words are found in any case, with or without accents, anywhere, in any script", () => {
  const cases: [string, string, string[]][] = [
    ["See you at the Harbour", "harb", ["Harb"]],
    ["CAFÉ, cafe\u0301, cafe", "café", ["CAFÉ", "cafe\u0301", "cafe"]],
    ["明日の港で会いましょう", "港で", ["港で"]],
    ["aaa", "a aa", ["aaa"]],
    ["one two", "two one", ["one", "two"]],
    ["ﬁne", "fi", ["ﬁ"]],
    ["👋🏽 hello", "hello", ["hello"]],
  ];
  for (const [line, search, expected] of cases) {
    assert.deepEqual(marked(line, search), expected, line);
  }
  assert.deepEqual(searchWords("  a  B a \n"), ["a", "b"]);
  assert.equal(searchWords("x ".repeat(500)).length, 1);
});

Deno.test("where a folded text has a word, the original has its mark", () => {
  const letters = [..."aÀé ŒßİıΣς港👋\u0301ﬁ1"];
  for (const seed of fuzzSeeds(300)) {
    const random = createRandom(seed);
    const line = Array.from({ length: 12 }, () => random.pick(letters)).join("");
    const from = random.int(10);
    const [word] = searchWords(line.slice(from, from + 2).toWellFormed());
    if (!word) continue;
    const marks = findMarks(line, [word]);
    assert.equal(marks.length > 0, fold(line).includes(word), `seed ${seed}`);
    for (const [start, end] of marks) {
      assert.ok(start < end && end <= line.length, `seed ${seed}`);
      assert.ok(fold(line.slice(start, end)).includes(word), `seed ${seed}`);
    }
  }
});

Deno.test("a long message is shown around the first word, in one line", () => {
  const long = `${"before ".repeat(40)}the\n\nlighthouse ${"after ".repeat(80)}`;
  const { text: shown, marks } = snippetOf(long, ["lighthouse"]);
  assert.ok(shown.length <= 162 && shown.startsWith("…") && shown.endsWith("…"));
  assert.deepEqual(marks.map(([start, end]) => shown.slice(start, end)), ["lighthouse"]);
  assert.equal(snippetOf("short", ["sh"]).text, "short");
});

Deno.test("the index has as many texts as it has room for, and says so", async () => {
  const index = createSearchIndex({ own: alice.primary, pacer, maxChars: 10 });
  const put = (id: string, words: string) =>
    index.put({ peer: bob, from: bob, id, atMs: 1, text: words });
  put("1", "12345");
  put("2", "678901");
  assert.deepEqual([index.size, index.isFull], [1, true]);
  index.remove({ from: bob, id: "1" });
  put("2", "678901");
  const all = { isWanted: () => true, limit: 5 };
  assert.deepEqual((await index.find(["789"], all)).count, 1);
  assert.deepEqual((await index.find([], all)).count, 0);
});

Deno.test("search finds what is on the disk, and follows what is written, edited and deleted", async () => {
  using shelf = await emptyShelf();
  await shelf.putConversation(conversationOf());
  await shelf.put(
    messageOf(1, text("the old lighthouse")),
    messageOf(2, text("a new lighthouse")),
    messageOf(3, { ...text("my lighthouse"), from: alice.primary }),
  );
  let changes = 0;
  const search = createMessageSearch({
    ledger: shelf.ledger,
    owner: alice,
    pacer,
    onChange: () => changes++,
  });
  await search.build();
  const found = async (words: string) =>
    (await search.find({ text: words })).hits.map((hit) => hit.text);
  assert.deepEqual(await found("light house"), [
    "my lighthouse",
    "a new lighthouse",
    "the old lighthouse",
  ]);
  const { hits: [hit], count, state } = await search.find({ text: "old light", limit: 1 });
  assert.deepEqual([hit?.primary, hit?.isOwn, count, state], [bob, false, 1, "complete"]);
  assert.deepEqual(hit?.marks, [[4, 7], [8, 13]]);

  const before = changes;
  await shelf.put(messageOf(4, text("another lighthouse")));
  await shelf.put(messageOf(1, { ...text(""), deletedAtMs: 5 }));
  await shelf.ledger.write(() =>
    shelf.ledger.commit([{ delete: "message", from: bob, id: messageOf(2).id }])
  );
  assert.ok(changes >= before + 3);
  assert.deepEqual(await found("lighthouse"), ["another lighthouse", "my lighthouse"]);
  assert.equal((await search.find({ text: "lighthouse", limit: 1 })).count, 2);
  assert.deepEqual((await search.find({ text: "lighthouse", primary: alice.primary })).hits, []);

  await shelf.putConversation(conversationOf({ state: "blocked" }));
  assert.deepEqual(await found("lighthouse"), []);
  await shelf.putConversation(conversationOf());
  await shelf.ledger.write(() => shelf.ledger.commit([{ delete: "messages", primary: bob }]));
  assert.deepEqual(await found("lighthouse"), []);
  search.stop();
});

Deno.test("what is written while the index is built is neither missed nor undone", async () => {
  using shelf = await emptyShelf();
  await shelf.putConversation(conversationOf());
  const messages = Array.from({ length: 300 }, (_, index) => messageOf(index + 1, text("harbour")));
  await shelf.put(...messages);
  const search = createMessageSearch({
    ledger: shelf.ledger,
    owner: alice,
    pacer,
    onChange() {},
  });
  const building = search.build();
  assert.equal((await search.find({ text: "harbour" })).state, "building");
  const changing = messages.slice(0, 60).map((message) =>
    shelf.put({ ...message, ...text("sea") })
  );
  const added = shelf.put(messageOf(1_000, text("harbour at night")));
  await Promise.all([building, ...changing, added]);
  assert.equal((await search.find({ text: "harbour" })).count, 241);
  assert.equal((await search.find({ text: "sea" })).count, 60);
  search.stop();
});
