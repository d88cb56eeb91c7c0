import type { Live } from "../chats/live.ts";
import type { Chats } from "../chats/model/model.ts";
import { threadPath } from "../routes.ts";
import { NEWEST_PATH, newestUnread } from "./notice.ts";

export interface FollowClicksDeps {
  chats: Pick<Live<Chats>, "conversations" | "onChange">;
  go(path: string): void;
  /** Where the page is now. */
  path(): string;
}

/** Where the chats are without an open thread. */
const LIST_PATH = "/chats";

/** Goes where clicks on notifications lead. Where a notification did not say, to the newest unread message, once that is here. */
export function createClickFollower({ chats, go, path }: FollowClicksDeps): (path: string) => void {
  let wantsNewest = false;

  function look(): void {
    if (!wantsNewest) return;
    const found = newestUnread(chats.conversations);
    // Whoever goes elsewhere meanwhile is not taken away from there.
    if (path() !== LIST_PATH) wantsNewest = false;
    else if (found) {
      wantsNewest = false;
      go(threadPath(found.peer));
    }
  }

  chats.onChange(look);
  return (wish) => {
    wantsNewest = wish === NEWEST_PATH;
    go(wantsNewest ? LIST_PATH : wish);
    look();
  };
}
