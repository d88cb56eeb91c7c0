import type { Live } from "../chats/live.ts";
import { createSerialQueue } from "../serial_queue.ts";
import type { BrowserPush } from "./browser_push.ts";
import type { NotificationState, PushDevices, TestProgress } from "./push_model.ts";
import { createPushSignUp } from "./push_sign_up.ts";
import { createPushTrial } from "./push_trial.ts";
import { subscriptionId } from "../../protocol/subscription_id.ts";

/** Whether this device tells of messages, and what changes that. (Specification page 7, "Notifications") */
export interface Notifications {
  readonly state: NotificationState;
  /** True while it is being turned on or off. */
  readonly isBusy: boolean;
  /** Null while no test was made. */
  readonly test: TestProgress | null;
  /** Looks again, and mends what can be mended: what the server or the browser has lost is subscribed anew. Never rejects. */
  refresh(): Promise<void>;
  /** Asks the browser where it has to be asked. Call it right in answer to what a person did. Never rejects. */
  turnOn(): Promise<void>;
  turnOff(): Promise<void>;
  /** The first time that a person writes or accepts: {@link turnOn}, where nothing is decided yet. */
  askOnce(): void;
  /** Sends a push the whole way round; {@link test} tells how far it came. Never rejects. */
  runTest(): Promise<void>;
  /** This device leaves the account. Never rejects. */
  leave(): Promise<void>;
}

/** The same for what hears of pushes. */
export interface RunningNotifications extends Notifications {
  /** A push has come to this device, and was shown. */
  arrived(): void;
  /** True while a test waits for its push. */
  isExpectingTest(): boolean;
}

export interface NotificationsDeps {
  browser: BrowserPush;
  devices: PushDevices;
  /** The server's key, base64url. @throws UserError */
  publicKey(): Promise<string>;
  /** What the owner wants; on until somebody says otherwise. */
  isWanted(): boolean;
  want(isWanted: boolean): Promise<void>;
  /** True while the account is open. */
  isOpen(): boolean;
  /** Calls the listener whenever one of the above may have changed. */
  onOutsideChange(listener: () => void): void;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  onFault(error: unknown): void;
}

const LEAVE_MS = 4_000;

/** Follows browser, server and the owner's wish, step by step. */
export function createNotifications(deps: NotificationsDeps): Live<RunningNotifications> {
  const { browser, devices, afterMs } = deps;
  const listeners = new Set<() => void>();
  const queue = createSerialQueue();
  const signUp = createPushSignUp(deps);
  let isSubscribed: boolean | null = null;
  let busy = 0;
  let hasAsked = false;

  const tell = () => {
    for (const listener of listeners) listener();
  };

  function stateNow(): NotificationState {
    if (browser.support !== "yes") return browser.support;
    if (browser.permission === "denied") return "denied";
    if (!deps.isOpen()) return "unknown";
    if (!deps.isWanted()) return "off";
    if (browser.permission === "default") return "undecided";
    return isSubscribed === null ? "unknown" : isSubscribed ? "on" : "failed";
  }

  /** One step after the other; what fails in one leaves the state, and the next start mends it. */
  function inTurn(step: () => Promise<void>): Promise<void> {
    return queue.run(() => step().catch(deps.onFault).finally(tell));
  }

  async function mend(): Promise<void> {
    const isDue = browser.support === "yes" && browser.permission === "granted";
    if (!isDue || !deps.isOpen() || !deps.isWanted()) return;
    try {
      await signUp.list(await signUp.subscribe());
      isSubscribed = true;
    } catch (error) {
      // Without a network nothing is known to be lost.
      isSubscribed = await browser.subscription().catch(() => null) !== null;
      console.debug("Notifications were not looked after", error);
    }
  }

  async function unsubscribe(): Promise<void> {
    isSubscribed = false;
    await signUp.leave();
  }

  async function whileBusy(work: () => Promise<void>): Promise<void> {
    busy += 1;
    tell();
    try {
      await work();
    } finally {
      busy -= 1;
      tell();
    }
  }

  async function turnOn(): Promise<void> {
    if (browser.support !== "yes") return;
    // First of all: browsers ask only right after what a person did.
    const asked = browser.permission === "default" ? browser.ask() : Promise.resolve(null);
    await whileBusy(async () => {
      if (!deps.isWanted()) await inTurn(() => deps.want(true));
      await asked.catch(deps.onFault);
      await inTurn(mend);
    });
  }

  const trial = createPushTrial({
    way: {
      isAllowed: () => browser.permission === "granted",
      subscribe: signUp.subscribe,
      async list(subscription) {
        await signUp.list(subscription);
        isSubscribed = true;
      },
      async send({ document }) {
        return await devices.testPushDevice(subscriptionId(document.endpoint)) === "delivered";
      },
    },
    afterMs,
    onChange: tell,
  });

  let wasOpen = false;
  let told: NotificationState = stateNow();
  function look(): void {
    const isOpen = deps.isOpen();
    const isNewlyOpen = isOpen && !wasOpen;
    wasOpen = isOpen;
    if (!isOpen) isSubscribed = null;
    if (isNewlyOpen) void inTurn(mend);
    const state = stateNow();
    if (state !== told) tell();
    told = state;
  }
  deps.onOutsideChange(look);
  look();

  return {
    get state() {
      return stateNow();
    },
    get isBusy() {
      return busy > 0;
    },
    get test() {
      return trial.progress;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refresh: () => inTurn(mend),
    turnOn,
    turnOff: () =>
      whileBusy(() =>
        inTurn(async () => {
          await deps.want(false);
          trial.forget();
          await unsubscribe();
        })
      ),
    askOnce() {
      if (hasAsked || stateNow() !== "undecided") return;
      hasAsked = true;
      void turnOn();
    },
    runTest: () => whileBusy(() => inTurn(trial.run)),
    arrived: trial.arrived,
    isExpectingTest: trial.isExpecting,
    leave: () =>
      new Promise((resolve) => {
        // Nobody is kept here by a server that does not answer.
        const cancel = afterMs(LEAVE_MS, resolve);
        void inTurn(unsubscribe).then(resolve).finally(cancel);
      }),
  };
}
