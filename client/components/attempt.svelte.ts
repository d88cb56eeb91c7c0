import { explain } from "./explain.ts";

/** What a person asks for, one at a time: whether it goes on, and what became of the last. */
export class Attempt {
  #isBusy = $state(false);
  /** Why the last one failed, in words; whoever has other words for the same place sets them. Null for nothing. */
  problem = $state<string | null>(null);

  /** True while something that was asked for goes on. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Does what is asked for, unless something else goes on. True once it is done; never rejects. */
  async run(step: () => Promise<void> | void): Promise<boolean> {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    this.problem = null;
    try {
      await step();
      return true;
    } catch (error) {
      this.problem = explain(error);
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}
