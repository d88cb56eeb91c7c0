import { account } from "./en/account.ts";
import { actions } from "./en/actions.ts";
import { app } from "./en/app.ts";
import { arranging } from "./en/arranging.ts";
import { attachments } from "./en/attachments.ts";
import { chats } from "./en/chats.ts";
import { contacts } from "./en/contacts.ts";
import { failures } from "./en/failures.ts";
import { search } from "./en/search.ts";
import { thread } from "./en/thread.ts";

/**
 * Every word of the web client in English. Simple sentences: what happened, then what to do. Sentences that hold a name or
 * a number are functions. `client/text/text.ts` chooses the language.
 */
export const en = {
  app: "kez-chat",
  opening: "Opening",
  back: "Back",
  close: "Close",
  cancel: "Cancel",
  continue: "Continue",
  copied: "Copied.",
  step: (at: number, of: number) => `Step ${at} of ${of}`,

  title: {
    chats: "Chats",
    settings: "Settings",
    create: "Create account",
    restore: "Restore account",
    locked: "Locked",
    notFound: "Nothing here",
    unread: (count: number, title: string) => `(${count}) ${title}`,
    page: (title: string) => `${title} · kez-chat`,
  },

  ...app,
  ...account,
  ...chats,
  ...arranging,
  ...contacts,
  ...thread,
  ...actions,
  ...attachments,
  ...search,
  ...failures,
};

/** What every language has to say. */
export type Text = typeof en;
