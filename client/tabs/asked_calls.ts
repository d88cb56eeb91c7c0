import { type CallMessage, errorOfImage, type LeaderMessage } from "./tab_message.ts";

/** What was asked of the leader, and not yet answered. */
export interface AskedCalls {
  /**
   * @param read makes of the answer what is handed out, at once: the next message may be about it
   * @throws DOMException where an argument cannot be cloned, and what the leader answers
   */
  ask<Answer>(
    call: Omit<CallMessage, "type" | "call">,
    read: (answer: unknown) => Answer,
  ): Promise<Answer>;
  receive(message: Extract<LeaderMessage, { type: "answer" | "refusal" }>): void;
  /** What was asked is not answered any more. */
  forget(): void;
}

export function createAskedCalls(
  { post, newId }: { post: (message: CallMessage) => void; newId: () => string },
): AskedCalls {
  const asked = new Map<string, { resolve(answer: unknown): void; reject(error: Error): void }>();
  return {
    ask(wish, read) {
      const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof read>>();
      const call = newId();
      asked.set(call, { resolve: (answer) => resolve(read(answer)), reject });
      try {
        post({ type: "call", call, ...wish });
      } catch (error) {
        asked.delete(call);
        reject(error);
      }
      return promise;
    },
    receive(message) {
      const call = asked.get(message.call);
      asked.delete(message.call);
      if (message.type === "answer") call?.resolve(message.answer);
      else call?.reject(errorOfImage(message.error));
    },
    forget: () => asked.clear(),
  };
}
