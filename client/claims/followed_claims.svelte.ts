import { untrack } from "svelte";
import type { Chats } from "../chats/model/model.ts";
import type { ClaimsView } from "./claim_model.ts";

/** Somebody's claims as a screen follows them: what is known at once, and what checks bring. */
export class FollowedClaims {
  /** Null before anything is known. */
  view: ClaimsView | null = $state.raw(null);
  /** True while the list is read or claims are checked. */
  isBusy = $state(false);
  /** Which claims somebody has asked to check, while that is done. */
  asked: "all" | { entry: string } | null = $state.raw(null);
  /** Why the list could not be read. */
  problem: unknown = $state.raw(null);
  readonly #chats: Chats;
  readonly #peer: () => string;
  #isGone = false;

  /** Call it while a component is made. @param peer of a conversation */
  constructor(chats: Chats, peer: () => string) {
    this.#chats = chats;
    this.#peer = peer;
    $effect(() => {
      // What was asked is asked again when something else may be known.
      void chats.claimsRevision;
      const of = peer();
      untrack(() => void this.#load(of));
    });
    $effect(() => {
      peer();
      untrack(() => void this.check("due"));
    });
    $effect(() => () => {
      this.#isGone = true;
    });
  }

  /** Reads the list again and checks claims; `problem` says what went wrong. */
  async check(checks: "all" | "due" | { entry: string }): Promise<void> {
    this.isBusy = true;
    this.asked = checks === "due" ? null : checks;
    this.problem = null;
    try {
      await this.#chats.checkClaims(this.#peer(), checks);
    } catch (error) {
      this.problem = error;
    } finally {
      // Whoever sees that it is done sees what came of it.
      await this.#load(this.#peer());
      this.isBusy = false;
      this.asked = null;
    }
  }

  /** True for a claim that somebody waits for. */
  isChecking(entry: string): boolean {
    return this.asked === "all" || this.asked?.entry === entry;
  }

  async #load(peer: string): Promise<void> {
    try {
      const view = await this.#chats.claimsOf(peer);
      if (!this.#isGone && peer === this.#peer()) this.view = view;
    } catch (error) {
      this.problem = error;
    }
  }
}
