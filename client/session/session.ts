import type { SessionSecrets } from "../../protocol/identity.ts";
import type { BiometricKey } from "./biometric_box.ts";
import type { LockChange, LockSettings } from "./lock_model.ts";

/** The account of this device. */
export interface Account {
  handle: string;
  /** Public name of the home server, with its port where it has one. */
  server: string;
  /** `handle@server` */
  fqhn: string;
  /** `ed25519:<64 hex>` */
  primary: string;
  /** 64 hex */
  addr: string;
  /** 64 hex */
  nostrPubkey: string;
  /** WebSocket URL. */
  homeRelay: string;
  /** What the home server was called before, as far as this device was there. */
  formerServers?: string[];
}

/**
 * `none`: no account here. `elsewhere`: open in a tab of another version of the app. `erased`: there was an account, and the browser threw its
 * data away; told once.
 */
export type SessionPhase = "starting" | "none" | "locked" | "unlocked" | "elsewhere" | "erased";

/** How much of a guess a passphrase withstands. Below `weak` it is refused. */
export type PassphraseStrength = "too_short" | "weak" | "fair" | "strong";

/** Whether a handle can be had on the home server; `unknown` where nobody could be asked. */
export type HandleAvailability = "free" | "taken" | "reserved" | "invalid" | "unknown";

/** What everything that needs an open account is given, at every unlock afresh. */
export interface UnlockedAccount {
  account: Account;
  /** Zero-filled at the lock: use them, never keep copies. */
  secrets: SessionSecrets;
  /** True until the home relay was read once after a restore, or after it moved: it is asked for all that it still holds. */
  isRestored: boolean;
  /** Says that this has been done. */
  onCaughtUp: () => void;
}

/** The account of this device, from its creation to its end. Every method that fails throws a UserError. */
export interface Session {
  readonly phase: SessionPhase;
  /** Null in every phase but `locked` and `unlocked`. */
  readonly account: Account | null;
  /** True once the person has written the recovery phrase down, and after a restore. */
  readonly isPhraseSaved: boolean;
  /** What opens the account; null where there is none. */
  readonly locks: LockSettings | null;
  /** Calls the listener after every change of the above. Returns what ends it. */
  onChange(listener: () => void): () => void;

  /**
   * Opens the session by the device key where it can; resolves when the phase is no longer `starting`.
   *
   * @throws UserError `storage_failed`: then the phase stays
   */
  start(): Promise<void>;
  /** Takes the lead over from the tab that has it. */
  useHere(): Promise<void>;
  /** In phase `erased`: the person has read it. */
  dismissErased(): void;

  /** For feedback while typing; never throws. Wait until typing pauses before calling it. */
  handleAvailability(handle: string): Promise<HandleAvailability>;
  /**
   * `ed25519:<hex>` of the account that {@link create} is going to make, so that its picture can be shown beforehand.
   *
   * @throws UserError `no_network`
   */
  draftPrimary(): Promise<string>;
  /**
   * Draws a phrase and registers it. After a failure the same phrase is used again, and an account that the server
   * made without being able to say so is taken over.
   *
   * @param invite the code by which the server lets the account in, where it asks for one
   * @throws UserError `short_passphrase`, `invalid_handle`, `reserved_handle`, `handle_taken`, `registration_closed`,
   * `invalid_invite`, `no_network`, `server_error`, `rate_limited`, `clock_wrong`, `storage_failed`
   */
  create(input: { handle: string; passphrase: string; invite?: string }): Promise<void>;
  /**
   * The handle that a phrase has on the home server; null where it has none yet.
   *
   * @throws UserError `bad_phrase` with a sentence that names the word, `no_network`, `server_error`, `rate_limited`
   */
  findByPhrase(phrase: string): Promise<{ handle: string | null }>;
  /**
   * Opens the account of a phrase here; registers `handle` only where the phrase has none on the home server.
   * On a locked device it replaces the account; the history stays where the phrase is the same.
   *
   * @throws UserError as {@link findByPhrase} and {@link create}
   */
  restore(
    input: { phrase: string; handle: string; passphrase: string; invite?: string },
  ): Promise<void>;

  /** @throws UserError `wrong_passphrase`, `rate_limited` after several wrong ones, `storage_failed` */
  unlock(passphrase: string): Promise<void>;
  /** @throws UserError `wrong_biometrics`, `storage_failed` */
  unlockByBiometrics(key: BiometricKey): Promise<void>;
  /**
   * Changes what opens the account, while it is open. Asked twice it does no more than once.
   *
   * @throws UserError `wrong_passphrase`, `storage_failed`, `no_network` where the app is not wholly loaded
   */
  changeLocks(change: LockChange): Promise<void>;
  /** Forgets the secrets and the device key's copy of them. @throws UserError `storage_failed` */
  lock(): Promise<void>;
  /**
   * The words of the recovery phrase, in order. Hold them only as long as they are shown.
   *
   * @throws UserError as {@link unlock}
   */
  revealPhrase(passphrase: string): Promise<string[]>;
  markPhraseSaved(): Promise<void>;
  /** The account is in use: the time after which the device asks again begins anew. @throws UserError `storage_failed` */
  keepOpen(): Promise<void>;
  /**
   * Gives the account up on the home server, then erases this device.
   *
   * @throws UserError `no_network`, `rate_limited`, `server_error`: then nothing is erased; `storage_failed`
   */
  deleteAccount(): Promise<void>;
  /** Erases everything that this origin keeps on this device. @throws UserError `storage_failed` */
  signOut(): Promise<void>;
}
