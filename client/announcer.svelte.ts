import { createContext } from "svelte";

/** What screen readers are told without a move of the focus: one polite region, filled by whoever has news. */
export class Announcer {
  #text = $state("");
  #isOdd = false;

  /** The words of the region. */
  get text(): string {
    return this.#text;
  }

  /** Says something. The same words twice are said twice: a no-break space makes them new. */
  say(text: string): void {
    this.#isOdd = !this.#isOdd;
    this.#text = this.#isOdd ? text : `${text}\u00a0`;
  }

  /** Takes back what was said last: once the device is locked, nothing of the chats may be left on the page. */
  forget(): void {
    this.#text = "";
  }
}

/** The announcer of this page, for every component below `App`. */
export const [getAnnouncer, setAnnouncer] = createContext<Announcer>();
