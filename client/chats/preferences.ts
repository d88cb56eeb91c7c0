import type { Ledger } from "./ledger.ts";
import type { PreferencesView } from "./model/model.ts";

/** What the owner has chosen for all chats, kept on this device. */
export interface Preferences {
  readonly current: PreferencesView;
  /** @throws UserError `storage_failed` */
  change(changes: Partial<PreferencesView>): Promise<void>;
}

const NAME = "preferences";

/** What holds until somebody chooses. */
export const DEFAULT_PREFERENCES: PreferencesView = {
  readReceipts: true,
  typing: true,
  showVia: true,
  usesOwnKey: false,
  notifications: true,
};

/**
 * Loads the preferences.
 *
 * @param onChange called after each change
 * @throws UserError `storage_failed`
 */
export async function openPreferences(
  { ledger, onChange }: { ledger: Ledger; onChange(): void },
): Promise<Preferences> {
  const kept = await ledger.storage.value<Partial<PreferencesView>>(NAME);
  let current: PreferencesView = { ...DEFAULT_PREFERENCES, ...kept };

  return {
    get current() {
      return current;
    },
    async change(changes) {
      await ledger.write(async () => {
        const value = { ...current, ...changes };
        await ledger.commit([{ put: "value", name: NAME, value }]);
        current = value;
      });
      onChange();
    },
  };
}
