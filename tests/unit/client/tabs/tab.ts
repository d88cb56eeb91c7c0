import { createCurrentChats } from "../../../../client/tabs/current_chats.ts";
import type { ChatsSource } from "../../../../client/tabs/current_chats.ts";
import { createTabLock } from "../../../../client/tabs/tab_lock.ts";
import { createTabs } from "../../../../client/tabs/tabs.ts";
import { createVaultStorage } from "../../../../client/session/vault_storage.ts";
import type { Session } from "../../../../client/session/session.ts";
import type { Device, Person, World } from "../chats/world.ts";
import {
  createDeviceOfAlice,
  type Device as SessionDevice,
  openTab as openSession,
} from "../session/support.ts";
import { within } from "../../../support/within.ts";
import type { FakeBrowser, FakePage } from "./fake_browser.ts";

/** A browser in which somebody's account is open. */
export interface Desk {
  world: World;
  person: Person;
  browser: FakeBrowser;
  session: SessionDevice;
  databaseName: string;
}

/** One tab of the whole app but its screens. */
export interface Tab extends AsyncDisposable {
  readonly page: FakePage;
  readonly session: Session;
  readonly chats: ChatsSource;
  readonly faults: unknown[];
  /** As the screens wait for it. */
  readonly started: Promise<void>;
  isVisible: boolean;
  /** Takes the lead from whoever has it. */
  take(): void;
  /** Lets all timers of the tab pass: what was asked of a leader was not answered in time. */
  passTime(): void;
  /** Is gone from one moment to the next. */
  kill(): Promise<void>;
  until(what: string, isSo: () => boolean): Promise<void>;
}

export async function openDesk(
  world: World,
  { person, browser }: { person: Person; browser: FakeBrowser },
): Promise<Desk> {
  const session = await createDeviceOfAlice();
  return { world, person, browser, session, databaseName: crypto.randomUUID() };
}

/** Opens a tab and starts it, without waiting for anything. */
export function openTab(
  { world, person, browser, session: device, databaseName }: Desk,
  { version = "1" }: { version?: string } = {},
): Tab {
  const page = browser.openPage();
  const newId = () => crypto.randomUUID().replaceAll("-", "");
  const current = createCurrentChats({ newId });
  const faults: unknown[] = [];
  const timers = new Set<() => void>();
  let running: Device | null = null;
  const lock = createTabLock({ locks: page.locks, name: "leader" });
  const tabs = createTabs({
    lock,
    channel: page.channel,
    presence: page.presence,
    version,
    chats: current,
    deleteDeviceCopy: createVaultStorage(Promise.resolve(device.database)).deleteDeviceCopy,
    newId,
    isVisible: () => tab.isVisible,
    nowMs: () => 0,
    afterMs(_delayMs, run) {
      timers.add(run);
      return () => timers.delete(run);
    },
    onFollowing() {},
    onFault: (error) => faults.push(error),
  });
  const own = openSession(device, { lock: tabs.lock, lose() {} }, {
    async onUnlocked() {
      const onReplaced = () => tabs.lock.stepDown();
      running = await world.device(person, { databaseName, onReplaced });
      tabs.serve(running.chats);
    },
    async onLocked() {
      tabs.serve(null);
      await running?.[Symbol.asyncDispose]();
      running = null;
    },
  });
  const session = tabs.share(own.session);

  async function untilSo(what: string, isSo: () => boolean): Promise<void> {
    const soNow = Promise.withResolvers<void>();
    const check = () => void (isSo() && soNow.resolve());
    const ends = [session.onChange(check), current.chats.onChange(check)];
    check();
    try {
      await within(soNow.promise, { what });
    } finally {
      ends.forEach((end) => end());
    }
  }

  const tab: Tab = {
    page,
    session,
    chats: current.chats,
    faults,
    started: session.start(),
    isVisible: true,
    take: () => tabs.lock.take(),
    passTime() {
      const due = [...timers];
      timers.clear();
      due.forEach((run) => run());
    },
    async kill() {
      page.end();
      await running?.kill();
    },
    until: untilSo,
    async [Symbol.asyncDispose]() {
      page.end();
      await running?.[Symbol.asyncDispose]();
    },
  };
  tab.started.catch((error: unknown) => faults.push(error));
  return tab;
}
