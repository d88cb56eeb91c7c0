import type { Publisher } from "../relays/publisher.ts";
import type { ReadingPool, RelayReading } from "../relays/reading_pool.ts";
import type { ConnectionState, ConnectionView } from "./model.ts";

/** What the connection dialog shows: the own relays, then those of others to which mail goes at present. */
export function viewConnection(
  { pool, publisher, homeRelay }: {
    pool?: Pick<ReadingPool, "relays">;
    publisher?: Pick<Publisher, "openRelays">;
    homeRelay: string;
  },
): ConnectionView {
  const own: readonly RelayReading[] = pool?.relays ??
    [{ url: homeRelay, state: "connecting", reason: null }];
  const others = (publisher?.openRelays() ?? [])
    .filter((url) => own.every((one) => one.url !== url))
    .map((url) => ({ url, state: "connected" as const, reason: null }));
  return { state: overall(own), relays: [...own, ...others] };
}

/** One relay that is read is enough; where there is none, what leaves the most hope counts. */
function overall(own: readonly RelayReading[]): ConnectionState {
  const order = ["connected", "connecting", "waiting", "refused"] as const;
  return order.find((state) => own.some((one) => one.state === state)) ?? "connecting";
}
