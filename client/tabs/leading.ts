import type { LockChange } from "../session/lock_model.ts";
import { OtherWriterError } from "../storage/other_writer_error.ts";
import type { ChatsSource } from "./current_chats.ts";
import type { Presence } from "./presence.ts";
import { createServedThreads, type ServedThreads } from "./served_threads.ts";
import {
  type CallMessage,
  type Envelope,
  type FollowerMessage,
  imageOfError,
  type LeaderMessage,
  NO_SESSION,
  type SessionCommands,
  type SessionState,
  type ViewImage,
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

/** Begins to lead, and tells everybody. */
export function createLeading(
  { post, commands, whenGone, newId, onWake }: LeadingDeps,
): Leading {
  /** The tabs that follow, with their open threads. */
  const followers = new Map<string, ServedThreads>();
  const ending = new AbortController();
  let session = NO_SESSION;
  let open: { chats: ChatsSource; sender: ViewSender } | null = null;

  function tellAll(message: LeaderMessage): void {
    if (followers.size > 0) post(message, null);
  }

  function tell(message: LeaderMessage, to: string): void {
    if (!ending.signal.aborted) post(message, to);
  }

  function threadsOf(tab: string): ServedThreads {
    const known = followers.get(tab);
    if (known) return known;
    const threads = createServedThreads({
      newId,
      post: (view, changes) => post({ type: "changes", view, changes }, tab),
    });
    followers.set(tab, threads);
    whenGone(tab, {
      signal: ending.signal,
      run() {
        followers.delete(tab);
        threads.closeAll();
      },
    });
    return threads;
  }

  async function openThread(tab: string, peer: string): Promise<ViewImage | null> {
    const chats = open?.chats;
    const thread = await chats?.openThread(peer);
    if (!thread) return null;
    const threads = followers.get(tab);
    if (threads && chats === open?.chats) return threads.add(thread);
    // The tab is gone, or the chats are others.
    thread.close();
    return null;
  }

  async function command(method: string, args: unknown[]): Promise<void> {
    if (method === "lock") await commands.lock();
    else if (method === "signOut") await commands.signOut();
    else if (method === "deleteAccount") await commands.deleteAccount();
    else if (method === "markPhraseSaved") await commands.markPhraseSaved();
    else if (method === "dismissErased") commands.dismissErased();
    else if (method === "changeLocks") await commands.changeLocks(args[0] as LockChange);
  }

  /** Null for what is not there any more: whoever asked is told of that, and asks again where it matters. */
  function run({ from, view, method, args }: Envelope & CallMessage): Promise<unknown> | null {
    if (view === "session") return command(method, args);
    const threads = threadsOf(from);
    if (view === "chats") {
      if (method === "openThread") return openThread(from, String(args[0]));
      return open?.sender.ask(method, args) ?? null;
    }
    if (method !== "close") return threads.find(view)?.ask(method, args) ?? null;
    threads.close(view);
    return Promise.resolve();
  }

  async function answer(message: Envelope & CallMessage): Promise<void> {
    const { call, from } = message;
    try {
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
    for (const threads of followers.values()) threads.flush();
  }

  function leaveChats(): void {
    open?.sender.end();
    for (const threads of followers.values()) threads.closeAll();
  }

  function welcome(tab: string): void {
    threadsOf(tab);
    // It comes to know what all others do.
    flush();
    post({ type: "welcome", session, chats: open && open.sender.image() }, tab);
  }

  post({ type: "announce" }, null);
  return {
    showSession(state) {
      session = state;
      tellAll({ type: "session", session });
    },
    showChats(chats) {
      leaveChats();
      const send: Parameters<typeof createViewSender>[1] = {
        view: "chats",
        send: (changes) => tellAll({ type: "changes", view: "chats", changes }),
      };
      open = chats && { chats, sender: createViewSender(chats, send) };
      tellAll({ type: "chats", chats: open && open.sender.image() });
    },
    receive(message) {
      switch (message.type) {
        case "hello":
          return welcome(message.from);
        case "ping":
          return post({ type: "alive" }, message.from);
        case "wake":
          return onWake();
        case "call":
          return void answer(message);
      }
    },
    end() {
      ending.abort();
      leaveChats();
      post({ type: "left" }, null);
    },
  };
}
