import type { Ledger } from "./ledger.ts";
import type { Owner } from "./conversation/conversation_view.ts";
import type { BackupProgress, ImportOutcome } from "./model/model.ts";
import type { Preferences } from "./preferences.ts";
import type { DeriveKey } from "../session/argon2.ts";
import { loaded } from "../loaded.ts";

/** Backups of the account's chats, one at a time. */
export interface Backups {
  /** Null while none is made or read. */
  readonly progress: BackupProgress | null;
  /** The file; null where it was cancelled. @throws UserError `storage_failed`, `no_network` */
  save(passphrase: string): Promise<Blob | null>;
  /** What came back; null where it was cancelled. @throws UserError, see `Chats.importBackup` */
  restore(source: { file: Blob; passphrase: string }): Promise<ImportOutcome | null>;
  cancel(): void;
}

/** So often the progress is told. */
const TELL_EVERY_MS = 100;

/** @param onChange called when the progress is another one */
export function createBackups(
  { ledger, owner, preferences, deriveKey, nowMs, onChange }: {
    ledger: Ledger;
    owner: Owner;
    preferences: Preferences;
    deriveKey: DeriveKey;
    nowMs(): number;
    onChange(): void;
  },
): Backups {
  let progress: BackupProgress | null = null;
  let running = new AbortController();
  let toldAtMs = 0;

  /** What was begun before ends: a wish that is told twice is one. */
  async function run<T>(
    kind: BackupProgress["kind"],
    task: (
      job: { signal: AbortSignal; onProgress(done: number, total: number): void },
    ) => Promise<T>,
  ): Promise<T | null> {
    running.abort();
    const own = running = new AbortController();
    const show = (next: BackupProgress | null) => {
      if (own !== running) return;
      progress = next;
      toldAtMs = nowMs();
      onChange();
    };
    show({ kind, done: 0, total: null });
    try {
      return await task({
        signal: own.signal,
        onProgress(done, total) {
          if (nowMs() - toldAtMs >= TELL_EVERY_MS) show({ kind, done, total });
        },
      });
    } catch (error) {
      if (own.signal.aborted) return null;
      throw error;
    } finally {
      show(null);
    }
  }

  async function takeSetting({ name, value }: { name: string; value: unknown }): Promise<void> {
    const isKnown = await ledger.storage.value(name) !== null;
    if (name !== "preferences" || isKnown || typeof value !== "object") return;
    const chosen = Object.entries(value ?? {}).filter(([key, choice]) =>
      key in preferences.current && typeof choice === "boolean"
    );
    await preferences.change(Object.fromEntries(chosen));
  }

  return {
    get progress() {
      return progress;
    },
    save: (passphrase) =>
      run("export", async (job) => {
        const { createBackupWriter, exportBackup } = await load();
        const writer = await createBackupWriter({ passphrase, deriveKey });
        return await exportBackup({ ledger, owner, nowMs }, { writer, ...job });
      }),
    restore: ({ file, passphrase }) =>
      run("import", async (job) => {
        const { importBackup, openBackup } = await load();
        const backup = await openBackup(file, { passphrase, deriveKey });
        return await importBackup({ ledger, owner, nowMs, takeSetting }, { backup, ...job });
      }),
    cancel: () => running.abort(),
  };
}

/** Few people come here often: it is fetched when somebody does. */
async function load() {
  const [lines, saving, restoring] = await loaded(Promise.all([
    import("../backup/backup_lines.ts"),
    import("../backup/export_backup.ts"),
    import("../backup/import_backup.ts"),
  ]));
  return { ...lines, ...saving, ...restoring };
}
