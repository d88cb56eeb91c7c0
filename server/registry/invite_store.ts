import { inviteHash, inviteId, type InviteRecord, isOpen, makeInvite } from "./invites.ts";

const PREFIX = ["registry", "invite"];

/** `["registry", "invite", hash]` → {@link InviteRecord}. */
export const inviteKey = (hash: string): Deno.KvKey => [...PREFIX, hash];

/** True since the first invite of a server was made by itself. */
const FIRST_KEY = ["registry", "first_invite"];
const HANDLES = ["registry", "handle"];

/** An invite with the code that lets people in. */
export interface MadeInvite {
  code: string;
  record: InviteRecord;
}

/** The codes by which a server lets people in. */
export interface Invites {
  create(options: { uses: number; expiresInMs: number }): Promise<MadeInvite>;
  /** An invite for one person, where nobody is or was registered; null but for the first time. */
  createFirst(options: { expiresInMs: number }): Promise<MadeInvite | null>;
  /** Those that still let somebody in. */
  list(): AsyncIterable<InviteRecord>;
  /**
   * Ends an invite.
   *
   * @param which its id, or its code
   * @returns null where there is none
   */
  revoke(which: string): Promise<InviteRecord | null>;
}

/** Invites in Deno KV, which forgets them by itself after their time. */
export function createInvites(
  { kv, nowMs, random = randomBytes }: {
    kv: Deno.Kv;
    nowMs: () => number;
    random?: (bytes: number) => Uint8Array;
  },
): Invites {
  const make = (uses: number, expiresInMs: number) =>
    makeInvite({ uses, expiresInMs, nowMs: nowMs(), random });

  async function* list(): AsyncGenerator<InviteRecord> {
    for await (const { value } of kv.list<InviteRecord>({ prefix: PREFIX })) {
      if (isOpen(value, nowMs())) yield value;
    }
  }

  return {
    async create({ uses, expiresInMs }) {
      const made = make(uses, expiresInMs);
      await kv.set(inviteKey(made.record.hash), made.record, { expireIn: expiresInMs });
      return made;
    },

    async createFirst({ expiresInMs }) {
      for await (const _ of kv.list({ prefix: HANDLES }, { limit: 1 })) return null;
      const made = make(1, expiresInMs);
      const commit = kv.atomic().check({ key: FIRST_KEY, versionstamp: null })
        .set(FIRST_KEY, true)
        .set(inviteKey(made.record.hash), made.record, { expireIn: expiresInMs });
      return (await commit.commit()).ok ? made : null;
    },

    list,

    async revoke(which) {
      const hash = inviteHash(which);
      for await (const record of list()) {
        if (record.hash !== hash && inviteId(record) !== which) continue;
        await kv.delete(inviteKey(record.hash));
        return record;
      }
      return null;
    },
  };
}

function randomBytes(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}
