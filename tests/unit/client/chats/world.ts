import "fake-indexeddb/auto";
import { join } from "node:path";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import type { Fetch } from "../../../../client/fetch_json.ts";
import { addrOf } from "../../../../protocol/addr.ts";
import { tagValue } from "../../../../protocol/nostr_event.ts";
import { nostrPubkeyOf, primaryOf } from "../../../../protocol/identity.ts";
import type { ResolvedContact } from "../../../../client/contacts/resolve.ts";
import type { Directory } from "../../../../client/chats/people/contact_book.ts";
import { createChats, type LiveChats } from "../../../../client/chats/chats.ts";
import type { MessageView } from "../../../../client/chats/model/message_model.ts";
import type { LiveThread } from "../../../../client/chats/thread/thread.ts";
import type { RelayEnvironment } from "../../../../client/relays/relay_environment.ts";
import { fakePictureWorks } from "./fake_picture_works.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { UserError } from "../../../../client/user_error.ts";
import { createFakeMembers } from "../../../relay/support/fake_members.ts";
import { createFakeBlobs, type FakeBlobs } from "./fake_blobs.ts";
import { fakeDeriveKey } from "./fake_derive_key.ts";
import { within } from "../../../support/within.ts";
import { createWorldRelay, type WorldRelay } from "./world_relay.ts";

export const HOME = "kez.test";

/** An identity with a handle, which any number of devices can have. */
export interface Person {
  handle: string;
  server: string;
  primary: string;
  addr: string;
  secrets: { identitySecret: Uint8Array; nostrSecret: Uint8Array; storageKey: Uint8Array };
}

/** A relay that can go away and come back, a registry, and the people in it. */
export interface World extends AsyncDisposable {
  readonly relayUrl: string;
  stopRelay(): Promise<void>;
  startRelay(): Promise<void>;
  /** Another relay, which takes everybody's events. */
  addRelay(): Promise<WorldRelay>;
  /** Makes somebody known to relay and registry; without `isListed` to the relay alone. */
  person(handle: string, options?: { server?: string; isListed?: boolean }): Person;
  /** Makes somebody of another world known as {@link World.person} does. */
  admit(person: Person): void;
  /** Makes a registry's answer another one. */
  list(handle: string, person: Person, relayUrl?: string): void;
  readonly blobs: FakeBlobs;
  /** What was asked, in order. */
  readonly asked: string[];
  device(person: Person, options?: DeviceOptions): Promise<Device>;
}

export interface DeviceOptions {
  /** What around its connections is another than usual. */
  environment?: Partial<RelayEnvironment>;
  /** Another one's, to come back to what it kept. */
  databaseName?: string;
  isRestored?: boolean;
  /** Another one that opened the same database has become its writer. */
  onReplaced?: () => void;
  nowMs?: () => number;
  blobs?: FakeBlobs;
  /** How the web answers; without it there is none. */
  fetch?: Fetch;
  /** What the home server recommends besides its own relay. */
  defaultRelays?: () => Promise<string[]>;
}

/** Chats of one person on one device. */
export interface Device extends AsyncDisposable {
  readonly person: Person;
  readonly databaseName: string;
  readonly chats: LiveChats;
  /** The addrs to which mail went, for each socket that was opened. */
  readonly readersBySocket: Set<string>[];
  /** What failed in the background. */
  readonly faults: unknown[];
  /** Sets whether there is a network, and tells the chats. */
  setOnline(isOnline: boolean): void;
  open(peer: string): Promise<LiveThread>;
  /** Waits until the chats are as said. */
  until(what: string, isSo: (chats: LiveChats) => boolean): Promise<void>;
  /** Ends, and opens the same database again. */
  reload(): Promise<Device>;
  /** Loses its disk from one moment to the next, as a killed browser does. */
  kill(): Promise<void>;
  /** Is killed, and opens the same database again. */
  crash(): Promise<Device>;
}

/**
 * Starts a world with the embedded relay, on loopback and in a folder of its own.
 *
 * @param options with the clock of relays and devices
 */
export async function startWorld({ nowMs = () => Date.now() } = {}): Promise<World> {
  const folder = await Deno.makeTempDir({ prefix: "chats-test-" });
  const members = createFakeMembers();
  const registry = new Map<string, ResolvedContact>();
  const asked: string[] = [];
  const blobs = createFakeBlobs();
  const devices = new Set<Device>();
  const relays: WorldRelay[] = [];

  async function addRelay(policy: "members" | "open" = "open"): Promise<WorldRelay> {
    const dbPath = join(folder, `relay-${relays.length}.db`);
    const relay = createWorldRelay({ dbPath, policy, members, nowMs });
    relays.push(relay);
    await relay.start();
    return relay;
  }

  const home = await addRelay("members");
  const relayUrl = () => home.url;

  const directory: Directory = {
    resolve(input) {
      asked.push(input);
      const found = registry.get(input.includes("@") ? input : `${input}@${HOME}`);
      return found ? Promise.resolve(found) : Promise.reject(new UserError("unknown_handle"));
    },
    lookUpPrimary(primary) {
      asked.push(primary);
      const found = [...registry.values()].find((one) =>
        one.primary === primary && one.server === HOME
      );
      return Promise.resolve(found ?? null);
    },
  };

  function list(
    handle: string,
    { primary, addr, server, secrets }: Person,
    relay = relayUrl(),
  ): void {
    const fqhn = `${handle}@${server}`;
    const nostr = nostrPubkeyOf(secrets.nostrSecret);
    const sigchainUrl = sigchainUrlOf(primary, server);
    registry.set(fqhn, {
      primary,
      addr,
      handle,
      server,
      fqhn,
      relays: [relay],
      nostr,
      sigchainUrl,
    });
  }

  function admit(person: Person, isListed = true): void {
    members.register(person.addr, nostrPubkeyOf(person.secrets.nostrSecret));
    if (isListed) list(person.handle, person);
  }

  async function device(person: Person, options: DeviceOptions = {}): Promise<Device> {
    return await openDevice(person, {
      nowMs,
      blobs,
      ...options,
      directory,
      homeRelay: relayUrl(),
      devices,
    });
  }

  return {
    get relayUrl() {
      return relayUrl();
    },
    asked,
    blobs,
    startRelay: home.start,
    stopRelay: home.stop,
    addRelay,
    list,
    admit,
    person(handle, { server = HOME, isListed = true } = {}) {
      const person = createPerson(handle, server);
      admit(person, isListed);
      return person;
    },
    device,
    async [Symbol.asyncDispose]() {
      for (const one of [...devices]) await one[Symbol.asyncDispose]();
      for (const relay of relays) await relay.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Where a world's server holds somebody's sigchain. */
function sigchainUrlOf(primary: string, server: string): string {
  return `https://${server}/v1/sigchains/${primary.replace(":", "/")}`;
}

/** Somebody new. */
export function createPerson(handle: string, server = HOME): Person {
  const random = () => crypto.getRandomValues(new Uint8Array(32));
  const secrets = { identitySecret: random(), nostrSecret: random(), storageKey: random() };
  const primary = primaryOf(secrets.identitySecret);
  return { handle, server, primary, addr: addrOf(primary), secrets };
}

/** Opens a device in a world of whatever making; it is one of `devices` until it ends. */
export async function openDevice(
  person: Person,
  {
    environment: changes = {},
    databaseName = crypto.randomUUID(),
    isRestored = false,
    onReplaced = () => {},
    nowMs = () => Date.now(),
    blobs = createFakeBlobs(),
    fetch = () => Promise.reject(new TypeError("There is no web here.")),
    defaultRelays = () => Promise.resolve([]),
    ...world
  }:
    & DeviceOptions
    & { directory: Directory; homeRelay: string; devices: Set<Device> },
): Promise<Device> {
  const { handle, server, primary, addr, secrets } = person;
  const { directory, homeRelay, devices } = world;
  const database = await openDatabase(databaseName);
  const wakes = new Set<() => void>();
  const faults: unknown[] = [];
  const readersBySocket: Set<string>[] = [];
  let isOnline = true;
  const environment: RelayEnvironment = {
    openSocket(url) {
      const readers = new Set<string>();
      readersBySocket.push(readers);
      return noteReaders(new WebSocket(url), readers);
    },
    setTimer(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => 0,
    nowMs,
    isOnline: () => isOnline,
    onWake(listener) {
      wakes.add(listener);
      return () => wakes.delete(listener);
    },
    ...changes,
  };
  const chats = createChats({
    account: { handle, server, primary, addr, fqhn: `${handle}@${server}`, homeRelay },
    secrets,
    isRestored,
    database,
    sealer: await createSealer(secrets.storageKey),
    environment,
    blobs,
    fetch,
    origin: `https://${HOME}`,
    pictureWorks: fakePictureWorks,
    directory,
    verifyEd25519,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    onCaughtUp() {},
    onReplaced,
    defaultRelays,
    deriveKey: fakeDeriveKey,
    onFault: (error) => faults.push(error),
  });
  const threads = new Set<LiveThread>();
  await chats.start();

  const device: Device = {
    person,
    databaseName,
    chats,
    readersBySocket,
    faults,
    setOnline(next) {
      isOnline = next;
      for (const wake of wakes) wake();
    },
    async open(peer) {
      const thread = await chats.openThread(peer);
      if (!thread) throw new Error(`No conversation with ${peer}.`);
      threads.add(thread);
      return thread;
    },
    until: (what, isSo) => untilChange(chats, { what, isSo: () => isSo(chats) }),
    async kill() {
      database.close();
      await device[Symbol.asyncDispose]();
    },
    crash() {
      database.close();
      return device.reload();
    },
    async reload() {
      await device[Symbol.asyncDispose]();
      return await openDevice(person, {
        environment: changes,
        databaseName,
        nowMs,
        blobs,
        fetch,
        defaultRelays,
        ...world,
      });
    },
    async [Symbol.asyncDispose]() {
      if (!devices.delete(device)) return;
      for (const thread of threads) thread.close();
      await chats.stop();
      database.close();
    },
  };
  devices.add(device);
  return device;
}

/** Notes to whom the events are that go out over a socket. */
function noteReaders(socket: WebSocket, readers: Set<string>): WebSocket {
  const send = socket.send.bind(socket);
  socket.send = (frame) => {
    const [verb, event] = JSON.parse(String(frame));
    const addr = verb === "EVENT" ? tagValue(event, "q") : null;
    if (addr) readers.add(addr);
    send(frame);
  };
  return socket;
}

/** Waits for a change after which something is so. */
export async function untilChange(
  source: { onChange(listener: () => void): () => void },
  { what, isSo }: { what: string; isSo: () => boolean },
): Promise<void> {
  const soNow = Promise.withResolvers<void>();
  const check = () => isSo() && soNow.resolve();
  const end = source.onChange(check);
  check();
  try {
    await within(soNow.promise, { what });
  } finally {
    end();
  }
}

/** Waits until the texts of a thread are these, and gives its messages. */
export async function untilTexts(
  thread: LiveThread,
  texts: string[],
): Promise<readonly MessageView[]> {
  const shown = () => JSON.stringify(thread.messages.map(({ text }) => text));
  await untilChange(thread, {
    what: `texts ${JSON.stringify(texts)}`,
    isSo: () => shown() === JSON.stringify(texts),
  });
  return thread.messages;
}

/** Waits until the newest own message has a status. */
export async function untilStatus(thread: LiveThread, status: string): Promise<void> {
  await untilChange(thread, {
    what: `status ${status}`,
    isSo: () => thread.messages.findLast(({ isOwn }) => isOwn)?.status === status,
  });
}

/** Waits until the statuses of a thread are these. Each ack travels by itself: the last may come first. */
export async function untilStatuses(
  thread: LiveThread,
  statuses: (string | null)[],
): Promise<void> {
  const shown = () => JSON.stringify(thread.messages.map(({ status }) => status));
  await untilChange(thread, {
    what: `statuses ${JSON.stringify(statuses)}`,
    isSo: () => shown() === JSON.stringify(statuses),
  });
}

/** Two people who have accepted each other. */
export async function acquainted(world: World) {
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  return { alice, bob, toBob, toAlice };
}
