import type { AppWindow } from "../offline/worker_scope.ts";
import { NEWEST_PATH, type Notice, OPEN_WISH, PUSH_QUESTION, SHOWN_WORD } from "./notice.ts";

/** What a push and a click are dealt with. */
export interface WorkerPushes {
  /** Ends once a notification is shown, or need not be. */
  onPush(): Promise<void>;
  onClick(notification: { data: unknown; close(): void }): Promise<void>;
}

export interface WorkerPushesDeps {
  words: { app: string; newMessage: string };
  windows(): Promise<readonly AppWindow[]>;
  openWindow(path: string): Promise<unknown>;
  show(title: string, options: NotificationOptions): Promise<void>;
  /** What the account itself says is new, where it opens without its owner; null where nothing is known. */
  look(): Promise<Notice | null>;
  /** Marks the app's icon, where there is one, with how many messages wait, where that is known. */
  markIcon(unread?: number): Promise<void>;
  /** True where the browser takes the leave away from who shows nothing, whatever is in sight. */
  mustAlwaysShow: boolean;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
}

/** How long the app's windows may think; the push has to be over within some 30 s. */
const ANSWER_MS = 3_000;
/** The same of a look at the account, which asks the home server. */
const LOOK_MS = 8_000;
const ICON = "/icon-192.png";
/** A later notification takes the place of an earlier one. */
const TAG = "mail";

/** Pushes are empty: what is new the app's windows know, or else the account itself. (Specification page 7, "Notifications") */
export function createWorkerPushes(deps: WorkerPushesDeps): WorkerPushes {
  const { words, windows, afterMs } = deps;
  const generic: Notice = {
    title: words.app,
    body: words.newMessage,
    path: null,
    isSilent: false,
    isForced: false,
  };

  /** The first answer that says something; null where nobody knows of anything new. */
  function ask(asked: readonly AppWindow[]): Promise<Notice | null> {
    return new Promise((resolve) => {
      let waiting = asked.length;
      const cancel = afterMs(ANSWER_MS, () => resolve(null));
      const answer = (notice: Notice | null) => {
        waiting -= 1;
        if (notice === null && waiting > 0) return;
        cancel();
        resolve(notice);
      };
      if (waiting === 0) answer(null);
      for (const one of asked) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }: MessageEvent<Notice | null>) => {
          port1.close();
          answer(data);
        };
        one.postMessage({ type: PUSH_QUESTION }, [port2]);
      }
    });
  }

  /** The account's own answer, unless it takes too long, or fails: a push has to end in a notification. */
  function look(): Promise<Notice | null> {
    return new Promise((resolve) => {
      const cancel = afterMs(LOOK_MS, () => resolve(null));
      const fail = (error: unknown) => {
        console.debug("Nobody knows what is new", error);
        resolve(null);
      };
      void deps.look().then(resolve, fail).finally(cancel);
    });
  }

  async function show({ title, body, path, isSilent }: Notice): Promise<void> {
    await deps.show(title, {
      body,
      icon: ICON,
      badge: ICON,
      tag: TAG,
      silent: isSilent,
      // What is silent replaces the last one without a stir.
      ...{ renotify: !isSilent },
      data: { path },
    });
  }

  return {
    async onPush() {
      const open = await windows();
      const answer = await ask(open);
      const isInSight = open.some(({ visibilityState, focused }) =>
        visibilityState === "visible" && focused
      );
      if (isInSight && !answer?.isForced) {
        // The app itself shows what is new.
        if (deps.mustAlwaysShow) await show({ ...(answer ?? generic), isSilent: true });
      } else {
        // Windows that the system has put to sleep say nothing, and take nothing in.
        const notice = answer ?? await look() ?? generic;
        await show(notice);
        if (open.length === 0) await deps.markIcon(notice.unread);
      }
      for (const one of open) one.postMessage({ type: SHOWN_WORD });
    },
    async onClick(notification) {
      notification.close();
      const { data } = notification;
      const path = (data as { path?: string | null } | null)?.path ?? NEWEST_PATH;
      const open = await windows();
      const [first] = open.toSorted((a, b) => Number(b.focused) - Number(a.focused));
      if (!first) return void await deps.openWindow(path);
      first.postMessage({ type: OPEN_WISH, path });
      await first.focus();
    },
  };
}
