import assert from "node:assert/strict";
import { inviteCommand } from "../../../../server/admin/invite_command.ts";

const MADE = {
  id: "9c1d04e7ab52",
  uses: 5,
  uses_left: 5,
  created_at: "2026-05-25T03:00:00Z",
  expires_at: "2026-06-01T03:00:00Z",
  code: "K7QF-2M9X-0ATB-W5HD",
  link: "https://kez.lat/i#K7QF-2M9X-0ATB-W5HD",
  registration: "invite",
};

/** What the command asks, prints and says. */
async function run(line: { words: string[]; flags?: [string, string][] }, answer: unknown) {
  const [asked, printed, said]: [unknown[], string[], string[]] = [[], [], []];
  await inviteCommand({ words: line.words, commandFlags: new Map(line.flags ?? []) as never }, {
    async ask(name, params, onPart) {
      asked.push([name, params]);
      if (name === "invite.list") await onPart?.(answer);
      return answer;
    },
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
  });
  return { asked, printed, said };
}

Deno.test("an invite's link is printed; how far it reaches and how to end it is said", async () => {
  const flags: [string, string][] = [["uses", "5"], ["expires", "7d"], ["from", "Alice"]];
  const { asked, printed, said } = await run({ words: ["create"], flags }, MADE);
  assert.deepEqual(asked, [[
    "invite.create",
    { uses: 5, expires_in_s: 604_800, from: "alice" },
  ]]);
  assert.deepEqual(printed, [MADE.link]);
  assert.deepEqual(said, [
    "It lets in 5 people, until 2026-06-01 03:00 UTC. The code alone: K7QF-2M9X-0ATB-W5HD. Neither is shown again; " +
    "end it with: kez-chat invite revoke 9c1d04e7ab52",
  ]);
  const one = await run({ words: ["create"] }, { ...MADE, uses: 1 });
  assert.deepEqual(one.asked, [["invite.create", {
    uses: 1,
    expires_in_s: 2_592_000,
    from: null,
  }]]);
  assert.match(one.said[0]!, /^It lets in 1 person,/);
});

Deno.test("it is said where an invite is of no use", async () => {
  const cases: Array<[Partial<typeof MADE>, RegExp]> = [
    [{ registration: "open" }, /^Registration is open/],
    [{ registration: "closed" }, /^Registration is closed, also to whoever has it/],
    [{ link: "http://localhost:6969/i#K7QF" }, /^The link works on this machine alone/],
  ];
  for (const [change, words] of cases) {
    const { said } = await run({ words: ["create"] }, { ...MADE, ...change });
    assert.equal(said.length, 2);
    assert.match(said[1]!, words);
  }
});

Deno.test("open invites are a table; that there is none is no output", async () => {
  const { printed, said } = await run({ words: ["list"] }, [MADE, { ...MADE, uses_left: 1 }]);
  assert.deepEqual(said, []);
  assert.deepEqual(printed, [
    "ID            LEFT    UNTIL\n" +
    "9c1d04e7ab52  5 of 5  2026-06-01 03:00 UTC\n" +
    "9c1d04e7ab52  1 of 5  2026-06-01 03:00 UTC",
  ]);
  const none = await run({ words: ["list"] }, []);
  assert.deepEqual([none.printed, none.said.length], [[], 1]);
});
