import { type BenchKey, connectBench, signFast } from "./relay_client.ts";

/** A message of somebody who is not part of what is measured. */
const EVERY_MS = 50;

/** Somebody who publishes and somebody who listens: how long is it between the two. */
export async function startProbe(url: string, key: BenchKey) {
  const [writer, reader] = [await connectBench(url), await connectBench(url)];
  await reader.subscribe("live", { kinds: [1], authors: [key.pubkey], limit: 0 });
  const sentMs = new Map<string, number>();
  let times: number[] = [];
  reader.onFrame(([verb, , event]) => {
    const atMs = verb === "EVENT" && sentMs.get((event as { id: string }).id);
    if (atMs) times.push(performance.now() - atMs);
  });
  let count = 0;
  const timer = setInterval(() => {
    const created_at = Math.floor(Date.now() / 1000);
    const event = signFast({ kind: 1, created_at, tags: [], content: `${count++}` }, key);
    sentMs.set(event.id, performance.now());
    writer.send("EVENT", event);
  }, EVERY_MS);
  return {
    /** How long deliveries took, in milliseconds, while something is done. */
    async during(work: () => Promise<unknown>): Promise<number[]> {
      times = [];
      await work();
      return times;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
