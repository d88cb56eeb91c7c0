/** Where the destination is kept over a reload; a browser that refuses it forgets it with the page. */
type Keeper = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const KEY = "kez-chat.destination";

/** A message of a conversation. */
export interface MessageAim {
  primary: string;
  key: string;
}

/** What the screens keep between two of them, and forget when the account is locked or the tab is closed. */
export class PageMemory {
  readonly #keeper: () => Keeper;
  /** Null where it was not read yet, or is none. */
  #destination: string | null = null;
  #isOnTheWay = false;
  #isPhrasePutOff = $state(false);
  #isNudgePutOff = $state(false);
  #aim: MessageAim | null = $state.raw(null);
  #searchedPrimary: string | null = $state(null);
  #farewell: string | null = $state(null);

  /** @param keeper storage of this tab, such as sessionStorage */
  constructor(keeper: () => Keeper) {
    this.#keeper = keeper;
  }

  /** Where to go once there is an account, instead of the chats. It outlives a reload. */
  get destination(): string | null {
    return this.#destination ??= this.#keep((keeper) => keeper.getItem(KEY)) ?? null;
  }

  set destination(path: string | null) {
    this.#destination = path;
    this.#keep((keeper) => path === null ? keeper.removeItem(KEY) : keeper.setItem(KEY, path));
  }

  /** True after `Later`: the card returns at the next start. */
  get isPhrasePutOff(): boolean {
    return this.#isPhrasePutOff;
  }

  putPhraseOff(): void {
    this.#isPhrasePutOff = true;
  }

  /** The same of the question for notifications. */
  get isNudgePutOff(): boolean {
    return this.#isNudgePutOff;
  }

  putNudgeOff(): void {
    this.#isNudgePutOff = true;
  }

  /** The message that its thread shall show, once. */
  get aimed(): MessageAim | null {
    return this.#aim;
  }

  aim(aim: MessageAim | null): void {
    this.#aim = aim;
  }

  /** The only conversation that is searched, by its primary; null for all. */
  get searchedPrimary(): string | null {
    return this.#searchedPrimary;
  }

  searchWithin(primary: string | null): void {
    this.#searchedPrimary = primary;
  }

  /** What has become of the account that was here, told at the door until somebody goes on. */
  get farewell(): string | null {
    return this.#farewell;
  }

  set farewell(words: string | null) {
    this.#farewell = words;
  }

  takeDestination(): string | null {
    const path = this.destination;
    this.destination = null;
    this.#isOnTheWay = path !== null;
    return path;
  }

  /** True once for the page that the person had set out from: what they asked for there is done without asking again. */
  takeArrival(): boolean {
    const isArrival = this.#isOnTheWay;
    this.#isOnTheWay = false;
    return isArrival;
  }

  /** Drops what belongs to the open account. */
  forget(): void {
    this.#isPhrasePutOff = false;
    this.#isNudgePutOff = false;
    this.#aim = null;
    this.#searchedPrimary = null;
  }

  #keep<T>(step: (keeper: Keeper) => T): T | undefined {
    try {
      return step(this.#keeper());
    } catch (error) {
      console.debug("This tab keeps nothing", error);
      return undefined;
    }
  }
}
