/** What is searched for in messages: every word of a text, anywhere or with one `primary`. */
export interface SearchQuery {
  text: string;
  primary?: string;
  /** How many of the newest are shown; 50 where it is not said. */
  limit?: number;
}

/** A message that was found: a part of it in one line, and where the words are in that, as pairs of begin and end. */
export interface MessageHit {
  /** Of its conversation, as in `ConversationView`. */
  peer: string;
  primary: string;
  /** As in {@link MessageView}. */
  key: string;
  atMs: number;
  isOwn: boolean;
  text: string;
  marks: [number, number][];
}

/** What a search has found, the newest first. */
export interface SearchResult {
  hits: MessageHit[];
  /** With those that are not shown. */
  count: number;
  /** `building`: older messages are still being looked through. `full`: there was no room for all of them. */
  state: "building" | "complete" | "full";
}
