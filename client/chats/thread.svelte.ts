import type { ConversationView, MessageView, Thread } from "./model.ts";
import type { LiveThread } from "./thread.ts";

/** An open thread as the screen follows it. */
export class ThreadState implements Thread {
  readonly #thread: LiveThread;
  #conversation: ConversationView = $state.raw()!;
  #messages: readonly MessageView[] = $state.raw([]);
  #hasOlder = $state(false);

  constructor(thread: LiveThread) {
    this.#thread = thread;
    this.#mirror();
    thread.onChange(() => this.#mirror());
  }

  get conversation(): ConversationView {
    return this.#conversation;
  }
  get messages(): readonly MessageView[] {
    return this.#messages;
  }
  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  loadOlder = (): Promise<void> => this.#thread.loadOlder();
  send = (text: string): Promise<void> => this.#thread.send(text);
  retry = (messageKey: string): Promise<void> => this.#thread.retry(messageKey);
  markRead = (upToMessageKey?: string): Promise<void> => this.#thread.markRead(upToMessageKey);
  setDraft = (text: string): void => this.#thread.setDraft(text);
  close = (): void => this.#thread.close();

  #mirror(): void {
    this.#conversation = this.#thread.conversation;
    this.#messages = this.#thread.messages;
    this.#hasOlder = this.#thread.hasOlder;
  }
}
