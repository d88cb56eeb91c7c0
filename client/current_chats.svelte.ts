import type { ChatsState } from "./chats/chats.svelte.ts";
import type { Chats, ConnectionView, PreferencesView } from "./chats/model.ts";

const NO_CONNECTION: ConnectionView = { state: "connecting", relays: [] };
const NO_PREFERENCES: PreferencesView = { readReceipts: true, typing: true };

/** The chats of whichever account is open: one object for the life of the page, empty while nothing is open. */
export class CurrentChats implements Chats {
  #chats: ChatsState | null = $state.raw(null);

  /** Shows other chats from now on; null at the lock. */
  show(chats: ChatsState | null): void {
    this.#chats = chats;
  }

  get isLoaded(): boolean {
    return this.#chats?.isLoaded ?? false;
  }

  get conversations(): Chats["conversations"] {
    return this.#chats?.conversations ?? [];
  }

  get blocked(): Chats["blocked"] {
    return this.#chats?.blocked ?? [];
  }

  get connection(): ConnectionView {
    return this.#chats?.connection ?? NO_CONNECTION;
  }

  get preferences(): PreferencesView {
    return this.#chats?.preferences ?? NO_PREFERENCES;
  }

  startChat = async (input: string): Promise<string> => await this.#open().startChat(input);
  openThread: Chats["openThread"] = async (peer) => await this.#open().openThread(peer);
  accept = async (peer: string): Promise<void> => await this.#open().accept(peer);
  block = async (peer: string): Promise<void> => await this.#open().block(peer);
  unblock: Chats["unblock"] = async (peer) => await this.#open().unblock(peer);
  rename: Chats["rename"] = async (peer, name) => await this.#open().rename(peer, name);
  setVerified: Chats["setVerified"] = async (peer, is) => await this.#open().setVerified(peer, is);
  acceptKey: Chats["acceptKey"] = async (peer, key) => await this.#open().acceptKey(peer, key);
  startChatWith: Chats["startChatWith"] = async (primary) =>
    await this.#open().startChatWith(primary);
  acceptInvite: Chats["acceptInvite"] = async (invite) => await this.#open().acceptInvite(invite);
  openInvite: Chats["openInvite"] = async (options) => await this.#open().openInvite(options);
  deleteConversation = async (peer: string): Promise<void> =>
    await this.#open().deleteConversation(peer);
  changeConversation: Chats["changeConversation"] = async (peer, changes) =>
    await this.#open().changeConversation(peer, changes);
  changePreferences: Chats["changePreferences"] = async (changes) =>
    await this.#open().changePreferences(changes);
  retryConnection = (): void => this.#chats?.retryConnection();

  #open(): ChatsState {
    if (!this.#chats) throw new Error("The account is locked.");
    return this.#chats;
  }
}
