import type { Chats, Thread } from "../chats/model.ts";
import type { ChatsSource } from "./current_chats.ts";
import { createRemoteView, type RemoteView } from "./remote_view.ts";
import {
  type Envelope,
  errorOfImage,
  type FollowerMessage,
  type LeaderMessage,
  type SessionCommands,
  type SessionState,
  type ViewImage,
} from "./tab_message.ts";

/** What a tab that does not lead is shown by the one that does. */
export interface Following {
  /** The name of the leader that is followed; null while none is known. */
  readonly leader: string | null;
  receive(message: Envelope & LeaderMessage): void;
  /** Follows nobody any more, and looks for a leader anew. */
  start(): void;
  /** This tab leads. */
  stop(): void;
}

export interface FollowingDeps {
  post: (message: FollowerMessage, to: string | null) => void;
  newId: () => string;
  /** Another leader, with what it does for the session; null while there is none. */
  onLeader: (commands: SessionCommands | null) => void;
  onSession: (state: SessionState) => void;
  onChats: (chats: ChatsSource | null) => void;
  /** Something was asked of the leader. */
  onAsked: () => void;
  /** Takes the lead: what was asked for must not leave this tab. */
  takeLead: () => void;
}

/** They are given a secret, and so are done in the tab in which it was typed. */
const WITH_SECRETS: readonly (keyof Chats)[] = ["exportBackup", "importBackup"];

interface Asked {
  onAnswer: (answer: unknown) => void;
  onRefusal: (error: Error) => void;
}

/** Follows whoever leads. What is asked of a leader that is gone is not answered. */
export function createFollowing(
  { post, newId, onLeader, onSession, onChats, onAsked, takeLead }: FollowingDeps,
): Following {
  const asked = new Map<string, Asked>();
  const views = new Map<string, Pick<RemoteView<object>, "change">>();
  let leader: string | null = null;
  let isFollowing = false;

  /**
   * @param by the leader that is asked; of one that is gone nothing is asked any more: its follower is
   * @param read makes of the answer what is handed out, at once: the next message may be about it
   */
  function ask<Answer>(
    { by, view, method, args, read }: {
      by: string | null;
      view: string;
      method: string;
      args: unknown[];
      read: (answer: unknown) => Answer;
    },
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (by !== leader) return promise;
    const call = newId();
    asked.set(call, { onAnswer: (answer) => resolve(read(answer)), onRefusal: reject });
    try {
      post({ type: "call", call, view, method, args }, leader);
      onAsked();
    } catch (error) {
      asked.delete(call);
      reject(error);
    }
    return promise;
  }

  function callsOf(view: string, by: string | null) {
    return (method: string, args: unknown[]) =>
      ask({ by, view, method, args, read: (answer) => answer });
  }

  function openThread(image: ViewImage | null) {
    if (!image) return null;
    const call = callsOf(image.view, leader);
    const thread = createRemoteView<Thread>(image, {
      call,
      own: {
        close() {
          if (views.delete(image.view)) void call("close", []);
        },
      },
    });
    views.set(image.view, thread);
    return thread.view;
  }

  function showChats(image: ViewImage | null): void {
    views.clear();
    if (!image) return onChats(null);
    const by = leader;
    const own: Partial<ChatsSource> = {
      ...Object.fromEntries(WITH_SECRETS.map((name) => [name, askHere])),
      openThread: (peer) =>
        ask({
          by,
          view: "chats",
          method: "openThread",
          args: [peer],
          read: (answer) => openThread(answer as ViewImage | null),
        }),
    };
    const chats = createRemoteView<ChatsSource>(image, { call: callsOf("chats", by), own });
    views.set("chats", chats);
    onChats(chats.view);
  }

  /** As soon as this tab leads, it is asked again: then of the chats here. */
  function askHere(): Promise<never> {
    takeLead();
    return new Promise<never>(() => {});
  }

  function forget(): void {
    leader = null;
    asked.clear();
    showChats(null);
    onLeader(null);
  }

  function commandsOf(by: string): SessionCommands {
    const call = callsOf("session", by);
    return {
      lock: async () => void await call("lock", []),
      signOut: async () => void await call("signOut", []),
      markPhraseSaved: async () => void await call("markPhraseSaved", []),
      dismissErased: () => void call("dismissErased", []),
    };
  }

  function follow(
    next: string,
    { session, chats }: { session: SessionState; chats: ViewImage | null },
  ): void {
    if (leader !== null) forget();
    leader = next;
    onLeader(commandsOf(next));
    onSession(session);
    showChats(chats);
  }

  function receiveFromLeader(message: LeaderMessage): void {
    switch (message.type) {
      case "session":
        return onSession(message.session);
      case "chats":
        return showChats(message.chats);
      case "changes":
        return views.get(message.view)?.change(message.changes);
      case "answer":
        asked.get(message.call)?.onAnswer(message.answer);
        return void asked.delete(message.call);
      case "refusal":
        asked.get(message.call)?.onRefusal(errorOfImage(message.error));
        return void asked.delete(message.call);
      case "left":
        forget();
        post({ type: "hello" }, null);
    }
  }

  return {
    get leader() {
      return leader;
    },
    start() {
      isFollowing = true;
      post({ type: "hello" }, null);
    },
    stop() {
      isFollowing = false;
      forget();
    },
    receive(message) {
      if (!isFollowing) return;
      if (message.type === "announce") return post({ type: "hello" }, message.from);
      if (message.from === leader) receiveFromLeader(message);
      else if (message.type === "welcome") follow(message.from, message);
    },
  };
}
