import { createContext } from "svelte";

/** What screen readers are told without a move of the focus: one polite region, filled by whoever has news. */
export class Announcer {
  #text = $state("");
  #isSeen = $state(false);
  #isOdd = false;

  /** The words of the region. */
  get text(): string {
    return this.#text;
  }

  /** Whether the words are for the eyes too, for a while. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  /**
   * Says something. The same words twice are said twice: a no-break space makes them new.
   *
   * @param isSeen true for what failed where no line of the page tells of it
   */
  say(text: string, { isSeen = false } = {}): void {
    this.#isSeen = isSeen;
    this.#isOdd = !this.#isOdd;
    this.#text = this.#isOdd ? text : `${text}\u00a0`;
  }

  /** Takes back what was said last: once the device is locked, nothing of the chats may be left on the page. */
  forget(): void {
    this.#isSeen = false;
    this.#text = "";
  }
}

/** The announcer of this page, for every component below `App`. */
export const [getAnnouncer, setAnnouncer] = createContext<Announcer>();
