import type { LiveChats } from "./chats.ts";
import type {
  Chats,
  ConnectionView,
  ConversationChanges,
  ConversationView,
  PreferencesView,
} from "./model.ts";
import { ThreadState } from "./thread.svelte.ts";

/** The chats of an unlocked account as the screens follow them. */
export class ChatsState implements Chats {
  readonly #chats: LiveChats;
  #isLoaded = $state(false);
  #conversations: readonly ConversationView[] = $state.raw([]);
  #blocked: readonly ConversationView[] = $state.raw([]);
  #connection: ConnectionView = $state.raw()!;
  #preferences: PreferencesView = $state.raw()!;

  constructor(chats: LiveChats) {
    this.#chats = chats;
    this.#mirror();
    chats.onChange(() => this.#mirror());
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }
  get conversations(): readonly ConversationView[] {
    return this.#conversations;
  }
  get blocked(): readonly ConversationView[] {
    return this.#blocked;
  }
  get connection(): ConnectionView {
    return this.#connection;
  }
  get preferences(): PreferencesView {
    return this.#preferences;
  }

  startChat = (input: string): Promise<string> => this.#chats.startChat(input);
  accept = (peer: string): Promise<void> => this.#chats.accept(peer);
  block = (peer: string): Promise<void> => this.#chats.block(peer);
  unblock: Chats["unblock"] = (peer) => this.#chats.unblock(peer);
  rename: Chats["rename"] = (peer, nickname) => this.#chats.rename(peer, nickname);
  setVerified: Chats["setVerified"] = (peer, is) => this.#chats.setVerified(peer, is);
  acceptKey: Chats["acceptKey"] = (peer, primary) => this.#chats.acceptKey(peer, primary);
  startChatWith: Chats["startChatWith"] = (primary) => this.#chats.startChatWith(primary);
  acceptInvite: Chats["acceptInvite"] = (invite) => this.#chats.acceptInvite(invite);
  openInvite: Chats["openInvite"] = (options) => this.#chats.openInvite(options);
  deleteConversation = (peer: string): Promise<void> => this.#chats.deleteConversation(peer);
  changeConversation = (peer: string, changes: ConversationChanges): Promise<void> =>
    this.#chats.changeConversation(peer, changes);
  changePreferences = (changes: Partial<PreferencesView>): Promise<void> =>
    this.#chats.changePreferences(changes);
  retryConnection = (): void => this.#chats.retryConnection();

  openThread = async (peer: string): Promise<ThreadState | null> => {
    const thread = await this.#chats.openThread(peer);
    return thread && new ThreadState(thread);
  };

  #mirror(): void {
    this.#isLoaded = this.#chats.isLoaded;
    this.#conversations = this.#chats.conversations;
    this.#blocked = this.#chats.blocked;
    this.#connection = this.#chats.connection;
    this.#preferences = this.#chats.preferences;
  }
}
