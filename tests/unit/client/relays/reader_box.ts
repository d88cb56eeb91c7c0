import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { createReader } from "../../../../client/relays/reader.ts";
import { makeMail } from "../../../relay/support/events.ts";
import { randomBytes } from "../../../support/random_bytes.ts";
import { createFakeEnvironment, type FakeSocket } from "./fake_environment.ts";

export const url = "wss://home.test/relay";
export const addr = "ab".repeat(32);
export const nostrSecret = randomBytes(32);
export const HOUR_S = 3_600;

/** A reader over a fake network, and what it has done. */
export function startReader(
  { cursor = null as number | null, firstWindowMs = 48 * HOUR_S * 1000, isQuietFirst = false } = {},
) {
  const environment = createFakeEnvironment();
  const nowS = environment.nowMs() / 1000;
  const handled: NostrEvent[] = [];
  const cursors: number[] = [];
  const states: string[] = [];
  let failing = (_event: NostrEvent) => false;
  let saving = () => Promise.resolve();
  let tell = () => {};
  let tellSaved = () => {};
  const reader = createReader({
    url,
    environment,
    nostrSecret,
    randomBytes,
    mail: {
      isQuietFirst,
      addr,
      firstWindowMs,
      cursor: () => Promise.resolve(cursors.at(-1) ?? cursor),
      saveCursor(createdAtS) {
        cursors.push(createdAtS);
        tellSaved();
        return saving();
      },
      onEvent(event) {
        if (failing(event)) return Promise.reject(new Error("The disk is full."));
        handled.push(event);
        return Promise.resolve();
      },
    },
    onState() {
      states.push(reader.state);
      tell();
    },
  });
  reader.start();
  return {
    environment,
    reader,
    nowS,
    handled,
    cursors,
    states,
    fail: (fits: typeof failing) => failing = fits,
    hold: (until: Promise<void>) => saving = () => until,
    async saved(count: number) {
      while (cursors.length < count) await new Promise<void>((resolve) => tellSaved = resolve);
    },
    async until(state: string) {
      while (reader.state !== state) await new Promise<void>((resolve) => tell = resolve);
    },
  };
}

/** Opens the socket and lets the reader in; gives its first REQ. */
export async function letIn(socket: FakeSocket) {
  socket.open();
  socket.receive("AUTH", "a challenge");
  const [, event] = await socket.next("AUTH");
  socket.receive("OK", (event as NostrEvent).id, true, "");
  const [, id, filter] = await socket.next("REQ");
  return { id: id as string, filter: filter as Record<string, unknown>, auth: event as NostrEvent };
}

/** Mail of a time, in Unix seconds. */
export const mailAt = (createdAtS: number) => makeMail(addr, { created_at: createdAtS });

/** Gives each answer to what is asked, one after the other; returns up to when each next one was asked for. */
export async function answer(
  socket: FakeSocket,
  { id, answers }: { id: string; answers: NostrEvent[][] },
): Promise<number[]> {
  const untils: number[] = [];
  for (const [i, events] of answers.entries()) {
    for (const event of events) socket.receive("EVENT", id, event);
    socket.receive("EOSE", id);
    if (i + 1 === answers.length) break;
    const [, olderId, filter] = await socket.next("REQ");
    id = olderId as string;
    untils.push((filter as { until: number }).until);
  }
  return untils;
}
