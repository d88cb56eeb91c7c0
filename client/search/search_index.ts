import { messageKey } from "../chats/thread/message_view.ts";
import type { Pacer } from "../chats/pacer.ts";
import { fold } from "./fold.ts";

/** A message that was found. */
export interface Found {
  /** The primary of its conversation. */
  peer: string;
  key: string;
  atMs: number;
}

interface Entry {
  atMs: number;
  folded: string;
}

/** The texts of all messages, in memory alone. */
export interface SearchIndex {
  /** Messages that can be found. */
  readonly size: number;
  /** True once texts were left out for want of room. */
  readonly isFull: boolean;
  /** Takes a message in, or its new text; one without any leaves. */
  put(message: { peer: string; from: string; id: string; atMs: number; text: string }): void;
  remove(name: { from: string; id: string }): void;
  removePeer(peer: string): void;
  /** Those that hold every word, the newest first. Works in short slices, with a pause in between. */
  find(
    words: readonly string[],
    options: { isWanted(peer: string): boolean; limit: number },
  ): Promise<{ found: Found[]; count: number }>;
}

/** About 64 to 128 MB; some hundred thousand long messages, or a million short ones. */
const MAX_CHARS = 64 * 1024 * 1024;
const SLICE_ENTRIES = 500;

/**
 * An index that is searched from one end to the other: with a hundred thousand messages that takes some ten
 * milliseconds, any part of a word is found in any script, and it costs little more than the texts.
 */
export function createSearchIndex(
  { own, pacer, maxChars = MAX_CHARS }: { own: string; pacer: Pacer; maxChars?: number },
): SearchIndex {
  const conversations = new Map<string, Map<string, Entry>>();
  let size = 0;
  let chars = 0;
  let isFull = false;

  const keyOf = ({ from, id }: { from: string; id: string }) =>
    messageKey({ id, isOwn: from === own });

  function drop(entries: Map<string, Entry>, key: string): boolean {
    const entry = entries.get(key);
    if (!entry) return false;
    entries.delete(key);
    size--;
    chars -= entry.folded.length;
    return true;
  }

  return {
    get size() {
      return size;
    },
    get isFull() {
      return isFull;
    },
    put({ peer, from, id, atMs, text }) {
      const entries = conversations.get(peer) ?? new Map<string, Entry>();
      const key = keyOf({ from, id });
      drop(entries, key);
      if (text === "") return;
      if (chars + text.length > maxChars) {
        isFull = true;
        return;
      }
      const folded = fold(text);
      conversations.set(peer, entries.set(key, { atMs, folded }));
      size++;
      chars += folded.length;
    },
    remove(name) {
      const key = keyOf(name);
      const likely = conversations.get(name.from);
      if (likely && drop(likely, key)) return;
      for (const entries of conversations.values()) if (drop(entries, key)) return;
    },
    removePeer(peer) {
      const entries = conversations.get(peer);
      for (const key of [...entries?.keys() ?? []]) drop(entries!, key);
      conversations.delete(peer);
    },
    async find(words, { isWanted, limit }) {
      const found: Found[] = [];
      let untilPause = SLICE_ENTRIES;
      if (words.length === 0) return { found, count: 0 };
      for (const [peer, entries] of [...conversations]) {
        if (!isWanted(peer)) continue;
        for (const [key, { atMs, folded }] of entries) {
          if (words.every((word) => folded.includes(word))) found.push({ peer, key, atMs });
          if (--untilPause > 0) continue;
          untilPause = SLICE_ENTRIES;
          await pacer.breathe();
        }
      }
      found.sort((a, b) => b.atMs - a.atMs);
      return { found: found.slice(0, limit), count: found.length };
    },
  };
}
