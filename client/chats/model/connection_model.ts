/** `waiting`: the relay does not answer, or there is no network. `refused`: the relay does not take this account. */
export type RelayState = "connected" | "connecting" | "waiting" | "refused";

/** How the own relays stand taken together. `waiting`: there is no network. `away`: there is one, and none of them answers. */
export type ConnectionState = RelayState | "away";

/** One relay. */
export interface RelayView {
  url: string;
  state: RelayState;
  /** The relay's own words where it refused this account. */
  reason: string | null;
  /** True for one of the own list, which is read; false for one to which mail goes at present. */
  isOwn: boolean;
  isHome: boolean;
  /** The relay's own words where it takes no mail of people that it does not know; it is left alone for a day. */
  refusal: string | null;
}

/** The state of every relay in use. */
export interface ConnectionView {
  /** `connected` as soon as one own relay is. */
  state: ConnectionState;
  /** The own list, the home relay first; then others. */
  relays: RelayView[];
  /** How many of the own relays take mail, those that are away included; with one of them, nothing arrives while it is away. */
  takerCount: number;
  /** True while the own list is what the home server recommends. */
  isDefaultList: boolean;
}
