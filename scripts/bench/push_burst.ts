import { setTimeout as delay } from "node:timers/promises";
import { registerPerson, type Subscriber } from "../../tests/support/push_subscriber.ts";
import { connectBench, makeMails } from "./relay_client.ts";

/** Events of a burst, and the time within which they come. */
export const EVENTS = 10_000;
export const BURST_MS = 30_000;

/** Registers people by a name and a number. */
export async function registerMany(
  server: { url: string; server: string },
  { name, count }: { name: string; count: number },
): Promise<Subscriber[]> {
  const people: Subscriber[] = [];
  for (let i = 0; i < count; i++) people.push(await registerPerson(server, `${name}${i}`));
  return people;
}

/** Mails to people in turn, so that everybody has a burst of their own. */
export function mailsTo(people: readonly Subscriber[]): string[] {
  const each = EVENTS / people.length;
  const all = people.map(({ addr }) => makeMails(addr, each));
  return Array.from(
    { length: EVENTS },
    (_, i) => all[i % people.length]![Math.floor(i / people.length)]!,
  );
}

/** Sends mails evenly over the time of a burst, and waits until all are stored. Returns when each was sent, in milliseconds. */
export async function publishEvenly(url: string, mails: readonly string[]): Promise<number[]> {
  const socket = await connectBench(url);
  const done = Promise.withResolvers<void>();
  let answered = 0;
  socket.onFrame(([verb, , accepted, words]) => {
    if (verb !== "OK") return;
    if (!accepted) done.reject(new Error(String(words)));
    else if (++answered === mails.length) done.resolve();
  });
  const startMs = Date.now();
  const sentMs: number[] = [];
  while (sentMs.length < mails.length) {
    const due = Math.ceil((Date.now() - startMs) / BURST_MS * mails.length);
    while (sentMs.length < Math.min(due, mails.length)) {
      socket.sendText(`["EVENT",${mails[sentMs.length]}]`);
      sentMs.push(Date.now());
    }
    await delay(1);
  }
  await Promise.race([done.promise, socket.ended]);
  await socket.close();
  return sentMs;
}
