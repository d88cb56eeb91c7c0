import type { DatabaseSync } from "node:sqlite";
import { eventAddress, type NostrEvent } from "../../../protocol/nostr_event.ts";
import type { DeletionTargets } from "../events/deletion.ts";
import { type Claimant, isIrremovable, ownersOf } from "../events/ownership.ts";

/** A request to vanish whose events may still be here. */
export interface PendingVanish {
  /** A nostr key or an addr. */
  owner: string;
  /** Events up to this second go. */
  untilS: number;
}

/** What may not come (back): what was deleted, and what is by or to somebody who vanished. */
export interface Forgotten {
  /** Why an event may not be stored; null where it may. */
  reasonAgainst(event: NostrEvent): "deleted" | "vanished" | null;
  /**
   * Addresses are forgotten up to `untilS`, events whenever they come; what is here goes later. (NIP-09)
   *
   * @param seq the number of the request
   */
  delete(targets: DeletionTargets, asked: { by: Claimant; untilS: number; seq: number }): void;
  /** True where an owner had `max` targets deleted, or more. */
  hasDeleted(owner: string, max: number): boolean;
  /** The numbers of deletion requests whose events may still be here. */
  pendingDeletions(): number[];
  /** Notes that what a request named is gone. */
  deletionDone(seq: number): void;
  /** (NIP-62) */
  vanish(claimant: Claimant, untilS: number): void;
  pendingVanishes(): PendingVanish[];
  /** Notes that what was stored of an owner is gone, unless it asked again since. */
  vanishDone(pending: PendingVanish): void;
}

/** Prepares the queries over the store's tables `deletion` and `vanished`. */
export function prepareForgotten(db: DatabaseSync): Forgotten {
  const byId = db.prepare("SELECT 1 FROM deletion WHERE target = ? AND owner IN (?, ?)");
  const byAddress = db.prepare(
    "SELECT 1 FROM deletion WHERE target = ? AND owner = ? AND until >= ?",
  );
  const vanished = db.prepare("SELECT 1 FROM vanished WHERE owner IN (?, ?) AND until >= ?");
  const putDeletion = db.prepare(
    `INSERT INTO deletion (target, owner, until) VALUES (?, ?, ?)
     ON CONFLICT (target, owner) DO UPDATE SET until = max(until, excluded.until)`,
  );
  const hasDeleted = db.prepare("SELECT 1 FROM deletion_count WHERE owner = ? AND targets >= ?");
  const putPending = db.prepare("INSERT OR IGNORE INTO pending_deletion (seq) VALUES (?)");
  const pendingSeqs = db.prepare("SELECT seq FROM pending_deletion ORDER BY seq");
  const deletionDone = db.prepare("DELETE FROM pending_deletion WHERE seq = ?");
  const putVanish = db.prepare(
    `INSERT INTO vanished (owner, until, pending) VALUES (?, ?, 1)
     ON CONFLICT (owner) DO UPDATE SET until = max(until, excluded.until), pending = 1`,
  );
  const pending = db.prepare(
    "SELECT owner, until AS untilS FROM vanished WHERE pending = 1",
  );
  const done = db.prepare("UPDATE vanished SET pending = 0 WHERE owner = ? AND until = ?");

  const isDeleted = (event: NostrEvent): boolean => {
    if (isIrremovable(event.kind)) return false;
    const [author, reader] = ownersOf(event);
    if (byId.get(event.id, author, reader ?? author)) return true;
    const address = eventAddress(event);
    return address !== null && byAddress.get(address, author, event.created_at) !== undefined;
  };
  const hasVanished = (event: NostrEvent): boolean => {
    const [author, reader] = ownersOf(event);
    return vanished.get(author, reader ?? author, event.created_at) !== undefined;
  };

  return {
    reasonAgainst: (event) => isDeleted(event) ? "deleted" : hasVanished(event) ? "vanished" : null,
    delete({ ids, addresses }, { by: { pubkey, addrs }, untilS, seq }) {
      putPending.run(seq);
      for (const owner of [pubkey, ...addrs]) {
        for (const id of ids) putDeletion.run(id, owner, untilS);
      }
      for (const address of addresses) putDeletion.run(address, pubkey, untilS);
    },
    hasDeleted: (owner, max) => hasDeleted.get(owner, max) !== undefined,
    pendingDeletions: () => (pendingSeqs.all() as { seq: number }[]).map(({ seq }) => seq),
    deletionDone: (seq) => void deletionDone.run(seq),
    vanish({ pubkey, addrs }, untilS) {
      for (const owner of [pubkey, ...addrs]) putVanish.run(owner, untilS);
    },
    pendingVanishes: () => pending.all() as unknown as PendingVanish[],
    vanishDone: ({ owner, untilS }) => void done.run(owner, untilS),
  };
}
