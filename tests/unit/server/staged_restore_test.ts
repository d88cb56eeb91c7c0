import assert from "node:assert/strict";
import { join } from "node:path";
import {
  commitRestore,
  dataPaths,
  finishRestore,
  refuseHalfRestored,
  stagedPaths,
} from "../../../server/staged_restore.ts";
import { temporaryFolder } from "../../support/command.ts";

interface Data {
  dataDir: string;
  dbPath: string;
}

const read = (path: string) => Deno.readTextFileSync(path);

/** What lies in the places of the data, by the word that was written there. */
function found({ dataDir, dbPath }: Data): string[] {
  const { registry, relay, blobs } = dataPaths({ dataDir, dbPath });
  return [read(registry), read(relay), read(join(blobs, "aa/file"))];
}

function lay(paths: { registry: string; relay: string; blobs: string }, word: string): void {
  for (const path of [paths.registry, paths.relay]) Deno.writeTextFileSync(path, word);
  Deno.mkdirSync(join(paths.blobs, "aa"), { recursive: true });
  Deno.writeTextFileSync(join(paths.blobs, "aa/file"), word);
}

function layOld(data: Data): void {
  const paths = dataPaths(data);
  lay(paths, "old");
  for (const path of [paths.registry, paths.relay]) Deno.writeTextFileSync(`${path}-wal`, "old");
}

function everything(...folders: string[]): string[] {
  return folders.flatMap((folder) => Array.from(Deno.readDirSync(folder), ({ name }) => name))
    .sort();
}

/** The n-th change of names fails, and all after it, as when the process is killed there. */
function dieAtChange(n: number): Disposable & { wasReached: boolean } {
  const { renameSync, removeSync } = Deno;
  const state = { changes: 0, wasReached: false };
  const guarded = <T extends unknown[]>(change: (...args: T) => void) => (...args: T) => {
    if (state.changes++ >= n) {
      state.wasReached = true;
      throw new Error("killed");
    }
    change(...args);
  };
  Deno.renameSync = guarded(renameSync);
  Deno.removeSync = guarded(removeSync);
  return {
    get wasReached() {
      return state.wasReached;
    },
    [Symbol.dispose]() {
      Object.assign(Deno, { renameSync, removeSync });
    },
  };
}

/** With the registry's database in the folder, and elsewhere. */
async function inBothPlaces(test: (data: Data, folders: string[]) => void): Promise<void> {
  for (const isElsewhere of [false, true]) {
    await using folder = await temporaryFolder();
    const [dataDir, other] = [join(folder.path, "data"), join(folder.path, "other")];
    Deno.mkdirSync(dataDir);
    Deno.mkdirSync(other);
    const dbPath = join(isElsewhere ? other : dataDir, "kez-chat.db");
    test({ dataDir, dbPath }, [dataDir, other]);
  }
}

Deno.test("a restore that is killed at any step is the old data or the new once somebody holds them again", async () => {
  let deaths = 0;
  for (let n = 0, isOver = false; !isOver; n++) {
    isOver = true;
    await inBothPlaces((data, folders) => {
      layOld(data);
      lay(stagedPaths(data), "new");
      let isCommitted = false;
      using death = dieAtChange(n);
      try {
        commitRestore(data);
        isCommitted = true;
        finishRestore(data);
      } catch (error) {
        assert.equal((error as Error).message, "killed");
        deaths++;
      }
      if (death.wasReached) isOver = false;
      death[Symbol.dispose]();

      finishRestore(data);
      const word = isCommitted ? "new" : "old";
      assert.deepEqual(found(data), [word, word, word]);
      const wals = isCommitted ? [] : ["kez-chat.db-wal", "relay.db-wal"];
      assert.deepEqual(
        everything(...folders),
        ["blobs", "kez-chat.db", "relay.db", ...wals].sort(),
      );
    });
  }
  assert.ok(deaths > 20, `${deaths}`);
});

Deno.test("a restore that is killed while it looks through what it has laid down leaves nothing of it", async () => {
  await inBothPlaces((data, folders) => {
    layOld(data);
    const before = everything(...folders);
    const { registry, relay } = stagedPaths(data);
    for (const path of [registry, relay]) {
      for (const suffix of ["", "-wal", "-shm"]) Deno.writeTextFileSync(path + suffix, "new");
    }
    finishRestore(data);
    assert.deepEqual(everything(...folders), before);
  });
});

Deno.test("it goes where it was made for, whatever --db says at the next start", async () => {
  await inBothPlaces((data) => {
    layOld(data);
    lay(stagedPaths(data), "new");
    commitRestore(data);
    assert.throws(() => refuseHalfRestored(data), /A restore into .* was interrupted/);
    finishRestore({ ...data, dbPath: join(data.dataDir, "another.db") });
    assert.deepEqual(found(data), ["new", "new", "new"]);
    refuseHalfRestored(data);
  });
});

Deno.test("without a restore nothing is touched", async () => {
  await inBothPlaces((data, folders) => {
    finishRestore(data);
    layOld(data);
    const before = everything(...folders);
    finishRestore(data);
    assert.deepEqual(found(data), ["old", "old", "old"]);
    assert.deepEqual(everything(...folders), before);
  });
});

Deno.test("what an operator has laid beside the data under a name of their own stays", async () => {
  await using folder = await temporaryFolder();
  const data = { dataDir: folder.path, dbPath: join(folder.path, "kez-chat.db") };
  layOld(data);
  const own = ["kez-chat.db.before-restore", "relay.db.restore", "blobs.before-restore"];
  for (const name of own) Deno.writeTextFileSync(join(folder.path, name), "mine");
  finishRestore(data);
  for (const name of own) assert.equal(read(join(folder.path, name)), "mine");
});
