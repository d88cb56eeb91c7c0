import type { Publisher } from "../../relays/publisher.ts";
import type { ReadingPool, RelayReading } from "../../relays/reading_pool.ts";
import { relayId } from "../../relays/relay_url.ts";
import type { ConnectionState, ConnectionView, RelayView } from "../model/connection_model.ts";
import type { OwnRelays } from "./own_relays.ts";
import type { RelayRefusals } from "./relay_refusals.ts";

/** What is shown of the connections: the own relays, then those of others to which mail goes at present. */
export function viewConnection(
  { pool, publisher, refusals, ownRelays, homeRelay, isOnline }: {
    pool?: Pick<ReadingPool, "relays">;
    publisher?: Pick<Publisher, "openRelays">;
    refusals?: Pick<RelayRefusals, "wordsOf">;
    ownRelays?: Pick<OwnRelays, "isDefault">;
    homeRelay: string;
    /** False while the device knows that it has no network. */
    isOnline: boolean;
  },
): ConnectionView {
  const readings = pool?.relays ?? [{ url: homeRelay, state: "connecting", reason: null }];
  const own = readings.map((reading): RelayView => ({
    ...reading,
    isOwn: true,
    isHome: reading.url === homeRelay,
    refusal: refusals?.wordsOf(reading.url) ?? null,
  }));
  const others = (publisher?.openRelays() ?? [])
    .filter((url) => own.every((one) => relayId(one.url) !== relayId(url)))
    .map((url): RelayView => ({
      url,
      state: "connected",
      reason: null,
      isOwn: false,
      isHome: false,
      refusal: null,
    }));
  const takers = own.filter(({ state, refusal }) => state !== "refused" && refusal === null);
  return {
    state: overall(readings, isOnline),
    relays: [...own, ...others],
    takerCount: takers.length,
    isDefaultList: ownRelays?.isDefault ?? true,
  };
}

/** One relay that is read is enough; where there is none, what leaves the most hope counts. */
function overall(
  readings: readonly Pick<RelayReading, "state">[],
  isOnline: boolean,
): ConnectionState {
  const order = ["connected", "connecting", "waiting", "refused"] as const;
  const state = order.find((state) => readings.some((one) => one.state === state)) ?? "connecting";
  return state === "waiting" && isOnline ? "away" : state;
}
