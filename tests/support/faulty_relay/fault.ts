import type { ClientFrame, RelayFrame } from "../../../protocol/nostr_wire.ts";

/** A client's connection as faults see it. */
export interface Link {
  /** The keys that AUTHed on it, 64 hex. */
  readonly authed: ReadonlySet<string>;
  /** Sends a frame past all faults. */
  send(frame: RelayFrame): void;
  /** Cuts it, without a word. */
  cut(): void;
}

/**
 * One way in which a relay misbehaves. What it does not override is done as a relay should. Faults are composed: what a
 * client says goes through them in their order, what the relay says in the opposite one.
 */
export interface Fault {
  /** A connection has ended that this fault may have seen. */
  onClose?(link: Link): void;
  /** `pass` hands a frame, this or another, to the next fault and in the end to the relay; now, later or never. */
  fromClient?(frame: ClientFrame, way: { link: Link; pass(frame: ClientFrame): void }): void;
  fromRelay?(frame: RelayFrame, way: { link: Link; pass(frame: RelayFrame): void }): void;
}
