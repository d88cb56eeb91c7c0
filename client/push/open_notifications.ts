import type { Fetch } from "../fetch_json.ts";
import type { ChatsSource } from "../tabs/current_chats.ts";
import type { Session } from "../session/session.ts";
import { nt } from "../text/notifications_text.ts";
import { t } from "../text/text.ts";
import { answerWorker } from "./answer_worker.ts";
import { createBrowserPush } from "./browser_push.ts";
import type { PageNotifications } from "./late_notifications.ts";
import { createClickFollower } from "./follow_clicks.ts";
import { NEWEST_PATH } from "./notice.ts";
import { fetchPushKey } from "./push_key.ts";
import { createNotifications } from "./notifications.ts";

/** Wires notifications with what this browser has. */
export function openNotifications(
  { fetch, session, chats, afterMs, onFault }: {
    fetch: Fetch;
    session: Pick<Session, "phase" | "onChange">;
    chats: ChatsSource;
    afterMs(ms: number, run: () => void): () => void;
    onFault(error: unknown): void;
  },
): PageNotifications {
  const browser = createBrowserPush(window);
  const notifications = createNotifications({
    browser,
    devices: chats,
    publicKey: () => fetchPushKey({ fetch, origin: location.origin }),
    isWanted: () => chats.preferences.notifications,
    want: (isWanted) => chats.changePreferences({ notifications: isWanted }),
    isOpen: () => session.phase === "unlocked" && chats.isLoaded,
    onOutsideChange(listener) {
      session.onChange(listener);
      chats.onChange(listener);
    },
    afterMs,
    onFault,
  });
  const clear = () => {
    // What was told of is in sight now.
    if (document.visibilityState === "visible") browser.clearShown().catch(onFault);
  };
  session.onChange(() => {
    // A contact's name is nothing for who finds the device.
    if (session.phase === "locked") browser.clearShown().catch(onFault);
  });
  document.addEventListener("visibilitychange", clear);
  clear();
  const worker = navigator.serviceWorker;
  const { newMessage, test } = nt;
  const opening = worker && answerWorker({
    worker,
    chats,
    words: { app: t.app, newMessage, testTitle: test.title, testBody: test.body },
    isExpectingTest: notifications.isExpectingTest,
    onShown: notifications.arrived,
    nowMs: () => Date.now(),
    afterMs,
  });
  return {
    notifications,
    onNotificationOpen(go) {
      const path = () => location.pathname + location.hash;
      const wish = path();
      const follow = createClickFollower({ chats, go, path });
      opening?.onOpen(follow);
      if (wish === NEWEST_PATH) follow(wish);
    },
  };
}
