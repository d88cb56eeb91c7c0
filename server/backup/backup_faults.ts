import { StartFault } from "../start_fault.ts";

const WORDS = {
  "no-backup": "It is no backup of a kez-chat server.",
  "cut-off": "It is damaged: it was cut off.",
  "damaged": "It is damaged.",
};

/** A file that is no whole backup. Nothing of it is to be used. */
export class DamagedBackup extends StartFault {
  override name = "DamagedBackup";
  constructor(reason: keyof typeof WORDS = "damaged", options?: ErrorOptions) {
    super(WORDS[reason], options);
  }
}

/** A backup that this version does not know how to read. */
export class NewerBackup extends StartFault {
  override name = "NewerBackup";
  constructor(what: string) {
    super(`A newer version of kez-chat made it (${what}). Use that version.`);
  }
}
