import type { Session } from "../session/session.ts";
import type { ChatsSource, CurrentChats } from "./current_chats.ts";
import { createFollowing } from "./following.ts";
import { createLeading, type Leading } from "./leading.ts";
import type { Presence } from "./presence.ts";
import { createSharedSession, type SharedSession } from "./shared_session.ts";
import type { TabLock } from "./tab_lock.ts";
import {
  type Envelope,
  type FollowerMessage,
  type LeaderMessage,
  NO_SESSION,
  type TabChannel,
  type TabMessage,
} from "./tab_message.ts";
import { createWatch } from "./watch.ts";

/** One tab among those of the same origin: one of them leads, the others are shown what it has. */
export interface Tabs {
  /** The lock of whoever leads, for this tab's session machine. */
  readonly lock: TabLock;
  /** Shares this tab's session machine. Call it once, before the session starts. */
  share(own: Session): Session;
  /** The chats that run in this tab; null where there are none any more. */
  serve(chats: ChatsSource | null): void;
  /** The person looks at this tab now. */
  wake(): void;
  /** Calls the listener when the person looks at another tab while this one leads. Returns what ends it. */
  onWake(listener: () => void): () => void;
}

export interface TabsDeps {
  lock: TabLock;
  channel: TabChannel;
  presence: Presence;
  /** What all tabs of one version of the app have in common: others are not understood. */
  version: string;
  chats: CurrentChats;
  deleteDeviceCopy: () => Promise<void>;
  newId: () => string;
  isVisible: () => boolean;
  nowMs: () => number;
  afterMs: (delayMs: number, run: () => void) => () => void;
  /** Another tab has the account open: this one may soon have to. */
  onFollowing: () => void;
  onFault: (error: unknown) => void;
}

/** Wires what a tab needs to lead and to follow. */
export function createTabs(deps: TabsDeps): Tabs {
  const { lock, channel, presence, version, chats, newId, onFault } = deps;
  const tab = newId();
  const wakes = new Set<() => void>();
  let shared: SharedSession;
  let own: Session;
  let leading: Leading | null = null;
  /** While it leads, that of this time of leading. */
  let name = tab;

  function post(message: LeaderMessage | FollowerMessage, to: string | null): void {
    channel.post({ ...message, version, from: name, to });
  }

  const watch = createWatch({
    ...deps,
    ping: () => post({ type: "ping" }, null),
    take: () => lock.take(),
  });
  const following = createFollowing({
    post,
    newId,
    onLeader: (commands) => shared.changeLeader(commands),
    onSession(state) {
      shared.show(state);
      if (state.phase === "unlocked") deps.onFollowing();
    },
    onChats: (remote) => leading ?? chats.attach(remote),
    onAsked: () => watch.look(),
    takeLead: () => lock.take(),
  });

  function lead(): void {
    watch.stop();
    following.stop();
    shared.changeLeader(own);
    name = newId();
    leading = createLeading({
      post,
      commands: own,
      whenGone: presence.whenGone,
      newId,
      onWake: () => wakes.forEach((wake) => wake()),
    });
  }

  function follow(): void {
    leading?.end();
    leading = null;
    name = tab;
    chats.attach(null);
    shared.changeLeader(null);
    following.start();
    watch.look();
  }

  function receive(message: TabMessage): void {
    if (message.to !== null && message.to !== name) return;
    if (message.version !== version) return receiveForeign(message);
    if (isFromFollower(message)) leading?.receive(message);
    else {
      if (!leading && message.type !== "left") watch.heard();
      following.receive(message);
    }
  }

  /** Of another version it is only known that it is there. */
  function receiveForeign(message: TabMessage): void {
    if (leading) {
      if (isFromFollower(message)) post({ type: "alive" }, message.from);
    } else if (!isFromFollower(message) && message.type !== "left") {
      watch.heard();
      if (following.leader === null) {
        shared.show({ ...NO_SESSION, phase: "elsewhere" });
      }
    }
  }

  return {
    lock: {
      start(holder) {
        lock.start({
          onHeld() {
            lead();
            holder.onHeld();
          },
          onLost() {
            follow();
            holder.onLost();
          },
        });
        channel.listen(receive);
        presence.enter(tab).then(() => leading ?? follow(), onFault);
      },
      take: () => lock.take(),
      stepDown: () => lock.stepDown(),
    },
    share(session) {
      own = session;
      shared = createSharedSession(own, {
        isLeading: () => leading !== null,
        deleteDeviceCopy: deps.deleteDeviceCopy,
        onOwn(state) {
          if (!leading) return;
          leading.showSession(state);
          shared.show(state);
        },
        onShown({ phase }) {
          if (phase !== "unlocked" && phase !== "starting") chats.clear();
        },
      });
      return shared.session;
    },
    serve(running) {
      if (!leading) return;
      chats.attach(running);
      leading.showChats(running);
    },
    wake() {
      if (leading) return;
      watch.look();
      post({ type: "wake" }, null);
    },
    onWake(listener) {
      wakes.add(listener);
      return () => wakes.delete(listener);
    },
  };
}

function isFromFollower(message: TabMessage): message is Envelope & FollowerMessage {
  const { type } = message;
  return type === "hello" || type === "call" || type === "ping" || type === "wake";
}
