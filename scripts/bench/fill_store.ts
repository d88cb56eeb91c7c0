/**
 * Writes public events with made-up ids and signatures into a relay's database: `fill_store.ts PATH COUNT`. A million
 * signed ones over sockets would take an hour.
 */
import { prepareEvent } from "../../server/relay/events/prepared_event.ts";
import { RELAY_LIMITS } from "../../server/relay/limits.ts";
import { openStore } from "../../server/relay/store/store.ts";
import { authorKey, firstSecond, madeUpId, publicEvent } from "./public_events.ts";

const BATCH = 1_000;
const SIG = "0".repeat(128);

const [path, count] = [Deno.args[0]!, Number(Deno.args[1])];

const store = openStore({ path, fsync: "normal", ...RELAY_LIMITS });
const firstS = firstSecond(Date.now());
for (let from = 0; from < count; from += BATCH) {
  store.transaction(() => {
    for (let index = from; index < Math.min(from + BATCH, count); index += 1) {
      const { template, author } = publicEvent(index, firstS);
      const { pubkey } = authorKey(author);
      store.insert(prepareEvent({ ...template, pubkey, id: madeUpId(index), sig: SIG }));
    }
  });
}
store.close();
