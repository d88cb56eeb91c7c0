import type { Chats } from "../chats/model/model.ts";
import type { Thread } from "../chats/model/thread_model.ts";
import { createAskedCalls } from "./asked_calls.ts";
import type { ChatsSource } from "./current_chats.ts";
import { createRemoteView, type RemoteView } from "./remote_view.ts";
import type {
  Envelope,
  FollowerMessage,
  LeaderMessage,
  SessionCommands,
  SessionState,
  ViewImage,
} from "./tab_message.ts";

/** What a tab that does not lead is shown by the one that does. */
export interface Following {
  /** The name of the leader that is followed; null while none is known. */
  readonly leader: string | null;
  receive(message: Envelope & LeaderMessage): void;
  /** Looks for a leader. */
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

/** Whoever asked is answered by the next leader, or told that there is none. */
const unanswered = () => new Promise<never>(() => {});

/** Follows whoever leads. What is asked of a leader that is gone is not answered. */
export function createFollowing(
  { post, newId, onLeader, onSession, onChats, onAsked, takeLead }: FollowingDeps,
): Following {
  const views = new Map<string, Pick<RemoteView<object>, "change">>();
  let leader: string | null = null;
  let isFollowing = false;
  const asked = createAskedCalls({
    newId,
    post(message) {
      post(message, leader);
      onAsked();
    },
  });

  /** The calls of a view of the leader of now; of one that is gone nothing is asked any more. */
  function callsOf(view: string) {
    const by = leader;
    return <Answer = unknown>(
      method: string,
      args: unknown[],
      read = (answer: unknown) => answer as Answer,
    ): Promise<Answer> => by === leader ? asked.ask({ view, method, args }, read) : unanswered();
  }

  function openThread(image: ViewImage | null) {
    if (!image) return null;
    const { view } = image;
    const call = callsOf(view);
    const close = () => {
      if (views.delete(view)) void call("close", []);
    };
    const thread = createRemoteView<Thread>(image, { call, own: { close } });
    views.set(view, thread);
    return thread.view;
  }

  /** As soon as this tab leads, it is asked again: then of the chats here. */
  function askHere(): Promise<never> {
    takeLead();
    return unanswered();
  }

  function showChats(image: ViewImage | null): void {
    views.clear();
    if (!image) return onChats(null);
    const call = callsOf("chats");
    const own: Partial<ChatsSource> = {
      ...Object.fromEntries(WITH_SECRETS.map((name) => [name, askHere])),
      openThread: (peer) =>
        call("openThread", [peer], (answer) => openThread(answer as ViewImage | null)),
    };
    const chats = createRemoteView<ChatsSource>(image, { call, own });
    views.set("chats", chats);
    onChats(chats.view);
  }

  function forget(): void {
    leader = null;
    asked.forget();
    showChats(null);
    onLeader(null);
  }

  function commands(): SessionCommands {
    const call = callsOf("session");
    return {
      lock: () => call("lock", []),
      signOut: () => call("signOut", []),
      deleteAccount: () => call("deleteAccount", []),
      markPhraseSaved: () => call("markPhraseSaved", []),
      dismissErased: () => void call("dismissErased", []),
      changeLocks: (change) => call("changeLocks", [change]),
    };
  }

  function follow(
    next: string,
    { session, chats }: { session: SessionState; chats: ViewImage | null },
  ): void {
    if (leader !== null) forget();
    leader = next;
    onLeader(commands());
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
      case "refusal":
        return asked.receive(message);
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
