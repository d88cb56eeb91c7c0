import { createHash } from "node:crypto";
import type { LiveHandle } from "./rules.ts";

/** Which relay holds whose mail, where several servers share one registry. */
export interface HomeRelays {
  /** The relay that a new handle gets. */
  assign(addr: string): string;
  /** The relay of a handle. */
  of(record: Pick<LiveHandle, "relay">): string;
  /** The same; null where that is this server's own. */
  elsewhere(record: Pick<LiveHandle, "relay">): string | null;
}

/**
 * @param all every relay, this server's own among them, the same on each server; handles from before there were several have
 * the first
 */
export function createHomeRelays(own: string, all: readonly [string, ...string[]]): HomeRelays {
  const of: HomeRelays["of"] = ({ relay }) => relay ?? all[0];
  return {
    assign: (addr) => highest(addr, all),
    of,
    elsewhere: (record) => of(record) === own ? null : of(record),
  };
}

/** Rendezvous hashing: another relay more takes its share from each, and moves nobody between the others. */
function highest(addr: string, relays: readonly [string, ...string[]]): string {
  const weight = (relay: string) => createHash("sha256").update(`${relay}\n${addr}`).digest("hex");
  return relays.reduce((best, relay) => weight(relay) > weight(best) ? relay : best, relays[0]);
}
