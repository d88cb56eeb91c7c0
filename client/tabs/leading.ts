import type { Live } from "../chats/live.ts";
import type { Thread } from "../chats/model.ts";
import type { ChatsSource } from "./current_chats.ts";
import { methodOf } from "./current_thread.ts";
import { OtherWriterError } from "../storage/other_writer_error.ts";
import type { Presence } from "./presence.ts";
import {
  type Envelope,
  type FollowerMessage,
  imageOfError,
  type LeaderMessage,
  NO_SESSION,
  type SessionCommands,
  type SessionState,
} from "./tab_message.ts";
import { createViewSender, type ViewSender } from "./view_sender.ts";

/** One time of leading: the others are shown what this tab has, and it does what they ask for. */
export interface Leading {
  showSession(state: SessionState): void;
  /** The chats that run here; null where there are none any more. */
  showChats(chats: ChatsSource | null): void;
  receive(message: Envelope & FollowerMessage): void;
  /** Another tab leads. */
  end(): void;
}

export interface LeadingDeps {
  post: (message: LeaderMessage, to: string | null) => void;
  commands: SessionCommands;
  whenGone: Presence["whenGone"];
  newId: () => string;
  /** The person looks at another tab. */
  onWake: () => void;
}

interface OpenThread {
  thread: Live<Thread>;
  sender: ViewSender;
}

/** A tab that follows, with its open threads by name. */
type Follower = Map<string, OpenThread>;

/** Begins to lead, and tells everybody. */
export function createLeading(
  { post, commands, whenGone, newId, onWake }: LeadingDeps,
): Leading {
  const followers = new Map<string, Follower>();
  const ending = new AbortController();
  let session = NO_SESSION;
  let open: { chats: ChatsSource; sender: ViewSender } | null = null;

  function tellAll(message: LeaderMessage): void {
    if (followers.size > 0) post(message, null);
  }

  function followerOf(tab: string): Follower {
    const known = followers.get(tab);
    if (known) return known;
    const follower: Follower = new Map();
    followers.set(tab, follower);
    whenGone(tab, {
      signal: ending.signal,
      run() {
        followers.delete(tab);
        closeThreads(follower);
      },
    });
    return follower;
  }

  function closeThreads(follower: Follower): void {
    for (const name of [...follower.keys()]) closeThread(follower, name);
  }

  function closeThread(follower: Follower, name: string): void {
    const opened = follower.get(name);
    follower.delete(name);
    opened?.sender.end();
    opened?.thread.close();
  }

  async function openThread(tab: string, peer: string) {
    const chats = open?.chats;
    const thread = await chats?.openThread(peer);
    if (!thread) return null;
    const follower = followers.get(tab);
    // The tab is gone, or the chats are others.
    if (!follower || chats !== open?.chats) {
      thread.close();
      return null;
    }
    const view = newId();
    const send = (changes: ViewChangesMessage["changes"]) =>
      post({ type: "changes", view, changes }, tab);
    const sender = createViewSender(thread, { view, send });
    follower.set(view, { thread, sender });
    return sender.image();
  }

  function run(
    { from, view, method, args }: Envelope & CallMessage,
  ): Promise<unknown> | undefined {
    if (view === "session") return command(method);
    const follower = followerOf(from);
    if (view !== "chats") {
      const opened = follower.get(view);
      if (method !== "close") {
        return opened && ask(opened.thread, { sender: opened.sender, method, args });
      }
      closeThread(follower, view);
      return Promise.resolve();
    }
    if (method === "openThread") return openThread(from, String(args[0]));
    return open ? ask(open.chats, { sender: open.sender, method, args }) : undefined;
  }

  async function command(method: string): Promise<void> {
    if (method === "lock") await commands.lock();
    else if (method === "signOut") await commands.signOut();
    else if (method === "markPhraseSaved") await commands.markPhraseSaved();
    else if (method === "dismissErased") commands.dismissErased();
  }

  async function answer(message: Envelope & CallMessage): Promise<void> {
    const { call, from } = message;
    try {
      // What is closed is not answered: whoever asked is told of that, and asks again where it matters.
      const running = run(message);
      if (!running) return;
      const result = await running;
      flush();
      tell({ type: "answer", call, answer: result }, from);
    } catch (error) {
      // Whoever leads by now is asked again.
      if (error instanceof OtherWriterError) return;
      flush();
      tell({ type: "refusal", call, error: imageOfError(error) }, from);
    }
  }

  /** An answer comes after the changes that it brought. */
  function flush(): void {
    open?.sender.flush();
    for (const follower of followers.values()) {
      for (const { sender } of follower.values()) sender.flush();
    }
  }

  function tell(message: LeaderMessage, to: string): void {
    if (!ending.signal.aborted) post(message, to);
  }

  post({ type: "announce" }, null);
  return {
    showSession(state) {
      session = state;
      tellAll({ type: "session", session });
    },
    showChats(chats) {
      open?.sender.end();
      for (const follower of followers.values()) closeThreads(follower);
      open = chats && {
        chats,
        sender: createViewSender(chats, {
          view: "chats",
          send: (changes) => tellAll({ type: "changes", view: "chats", changes }),
        }),
      };
      tellAll({ type: "chats", chats: open && open.sender.image() });
    },
    receive(message) {
      const { from } = message;
      switch (message.type) {
        case "hello":
          followerOf(from);
          // It comes to know what all others do.
          flush();
          return post(
            { type: "welcome", session, chats: open && open.sender.image() },
            from,
          );
        case "ping":
          return post({ type: "alive" }, from);
        case "wake":
          return onWake();
        case "call":
          void answer(message);
      }
    },
    end() {
      ending.abort();
      open?.sender.end();
      for (const follower of followers.values()) closeThreads(follower);
      post({ type: "left" }, null);
    },
  };
}

type CallMessage = Extract<FollowerMessage, { type: "call" }>;
type ViewChangesMessage = Extract<LeaderMessage, { type: "changes" }>;

async function ask(
  live: object,
  { sender, method, args }: { sender: ViewSender; method: string; args: unknown[] },
): Promise<unknown> {
  if (!sender.image().methods.includes(method)) throw new Error(`There is no ${method}.`);
  return await methodOf(live, method)(...args);
}
