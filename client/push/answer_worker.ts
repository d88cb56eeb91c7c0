import type { Live } from "../chats/live.ts";
import type { Chats } from "../chats/model/model.ts";
import { threadPath } from "../routes.ts";
import {
  BURST_MS,
  newestUnread,
  type Notice,
  noticeOf,
  OPEN_WISH,
  PUSH_QUESTION,
  SHOWN_WORD,
} from "./notice.ts";

export interface AnswerWorkerDeps {
  worker: Pick<ServiceWorkerContainer, "addEventListener">;
  chats: Pick<Live<Chats>, "conversations" | "onChange">;
  words: { app: string; newMessage: string; testTitle: string; testBody: string };
  isExpectingTest(): boolean;
  /** A push has come, and what it brought was shown. */
  onShown(): void;
  nowMs(): number;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
}

/** A push may be here before the message that it is about. */
const ARRIVAL_MS = 2_000;

/** Tells the service worker what is new, where this window knows. Returns what follows its wishes. */
export function answerWorker(deps: AnswerWorkerDeps): { onOpen(go: (path: string) => void): void } {
  const { worker, chats, words } = deps;
  /** How many unread messages of a primary the service worker was told of. */
  const told = new Map<string, number>();
  let last: { notice: Notice; primary: string; atMs: number } | null = null;
  let go: ((path: string) => void) | null = null;
  let wish: string | null = null;

  const find = () => newestUnread(chats.conversations, told);

  /** What was read meanwhile counts no more. */
  chats.onChange(() => {
    for (const { primary, unread } of chats.conversations) {
      if ((told.get(primary) ?? 0) > unread) told.set(primary, unread);
    }
  });

  function untilNew(): Promise<void> {
    return new Promise((resolve) => {
      if (find()) return resolve();
      const end = () => {
        cancel();
        stop();
        resolve();
      };
      const cancel = deps.afterMs(ARRIVAL_MS, end);
      const stop = chats.onChange(() => {
        if (find()) end();
      });
    });
  }

  async function describe(): Promise<Notice | null> {
    if (deps.isExpectingTest()) {
      const { testTitle: title, testBody: body } = words;
      return { title, body, path: "/settings", isSilent: false, isForced: true };
    }
    await untilNew();
    const found = find();
    if (!found) return repeated();
    const { primary, unread } = found;
    told.set(primary, unread);
    const notice = noticeOf(found, { words, path: threadPath(found.peer) });
    last = { notice, primary, atMs: deps.nowMs() };
    return notice;
  }

  /** The last notification once more, without a sound, where it is young and still true. */
  function repeated(): Notice | null {
    const isTrue = chats.conversations.some(({ primary, unread }) =>
      primary === last?.primary && unread > 0
    );
    if (!last || !isTrue || Math.abs(deps.nowMs() - last.atMs) > BURST_MS) return null;
    return { ...last.notice, isSilent: true };
  }

  worker.addEventListener("message", ({ data, ports }) => {
    if (data?.type === PUSH_QUESTION) {
      void describe().then((notice) => ports[0]?.postMessage(notice));
    } else if (data?.type === SHOWN_WORD) deps.onShown();
    else if (data?.type === OPEN_WISH && typeof data.path === "string") {
      if (go) go(data.path);
      else wish = data.path;
    }
  });

  return {
    onOpen(follow) {
      go = follow;
      if (wish !== null) follow(wish);
      wish = null;
    },
  };
}
