/** What the screens keep between two of them, in memory only, and forget when the account is locked. */
export class PageMemory {
  /** Where to go once there is an account, instead of the chats. */
  destination: string | null = null;
  #isPhrasePutOff = $state(false);

  /** True after `Later`: the card returns at the next start. */
  get isPhrasePutOff(): boolean {
    return this.#isPhrasePutOff;
  }

  putPhraseOff(): void {
    this.#isPhrasePutOff = true;
  }

  takeDestination(): string | null {
    const path = this.destination;
    this.destination = null;
    return path;
  }

  /** Drops what belongs to the open account. */
  forget(): void {
    this.#isPhrasePutOff = false;
  }
}
