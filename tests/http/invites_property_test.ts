import assert from "node:assert/strict";
import { createInvites } from "../../server/registry/invite_store.ts";
import { createRandom, fuzzSeeds } from "../support/random.ts";
import { makeAccount, openTestHttp, registrationOf } from "./support.ts";

const HOUR_MS = 3_600_000;
const STEPS = 60;

/** What a test knows of an invite. */
interface Known {
  code: string;
  left: number;
  endsAtMs: number;
}

for (const seed of fuzzSeeds(4)) {
  Deno.test(`whatever happens in whatever order, an invite lets in as many as it is for (seed ${seed})`, async () => {
    const random = createRandom(seed);
    await using http = await openTestHttp({ config: { registration: "invite" } });
    const { clock } = http;
    const invites = createInvites({ kv: http.kv, nowMs: () => clock.nowMs });
    const known: Known[] = [];
    /** What was let in, as it was sent. */
    const sent: object[] = [];

    const post = async (body: object) => {
      const init = { method: "POST", body: JSON.stringify(body) };
      const response = await http.fetch("/v1/register", init);
      const { code } = await response.json();
      return code ?? response.status;
    };
    const isOpen = ({ left, endsAtMs }: Known) => left > 0 && clock.nowMs < endsAtMs;

    const steps: Array<() => Promise<unknown>> = [
      async () => {
        const [uses, expiresInMs] = [1 + random.int(3), HOUR_MS * (1 + random.int(5))];
        const { code } = await invites.create({ uses, expiresInMs });
        known.push({ code, left: uses, endsAtMs: clock.nowMs + expiresInMs });
      },
      async () => {
        const invite = known.length === 0 || random.oneIn(8) ? null : random.pick(known);
        const isTaken = sent.length > 0 && random.oneIn(4);
        const handle = isTaken ? "user-0" : `user-${sent.length}`;
        const document = registrationOf(makeAccount(), { handle, createdAtMs: clock.nowMs });
        const body = { ...document, invite: invite?.code ?? "0000-0000-0000-0000" };
        const isLetIn = invite !== null && isOpen(invite);
        const expected = isLetIn ? isTaken ? "handle_taken" : 201 : "invalid_invite";
        assert.equal(await post(body), expected);
        if (expected !== 201) return;
        invite!.left--;
        sent.push(body);
      },
      async () => {
        // As long as its time is near enough, it is 200 and costs nothing.
        if (sent.length > 0) assert.ok([200, "stale_timestamp"].includes(await post(sent.at(-1)!)));
      },
      async () => {
        const invite = random.oneIn(3) && known.length > 0 ? random.pick(known) : null;
        if (!invite) return;
        const revoked = await invites.revoke(invite.code);
        assert.equal(revoked?.usesLeft, isOpen(invite) ? invite.left : undefined);
        invite.left = 0;
      },
      () => Promise.resolve(clock.nowMs += random.int(HOUR_MS / 2)),
    ];
    for (let i = 0; i < STEPS; i++) {
      await random.pick(steps)();
      const listed = (await Array.fromAsync(invites.list())).map(({ usesLeft }) => usesLeft);
      const expected = known.filter(isOpen).map(({ left }) => left);
      assert.deepEqual(listed.toSorted(), expected.toSorted());
    }
    const handles = await Array.fromAsync(http.kv.list({ prefix: ["registry", "handle"] }));
    assert.equal(handles.length, sent.length);
  });
}
