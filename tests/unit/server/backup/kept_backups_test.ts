import assert from "node:assert/strict";
import { join } from "node:path";
import {
  backupName,
  ownBackups,
  removeOlderBackups,
} from "../../../../server/backup/kept_backups.ts";
import { temporaryFolder } from "../../../support/command.ts";

const nameAt = (server: string, madeAtMs: number) => backupName({ server, madeAtMs });

Deno.test("names tell server and time, sort by time, and are such as any system takes", () => {
  const at = Date.UTC(2026, 4, 25, 3, 0, 1, 7);
  assert.equal(
    nameAt("chat.example.org", at),
    "kez-chat-chat.example.org-2026-05-25T030001.007Z.backup",
  );
  assert.equal(
    nameAt("localhost:6969", 0),
    "kez-chat-localhost_6969-1970-01-01T000000.000Z.backup",
  );
  const names = [at, at + 1, at - 86_400_000].map((time) => nameAt("a.example", time));
  assert.deepEqual(ownBackups(names, "a.example"), [names[1], names[0], names[2]]);
});

Deno.test("only backups that got their names here are removed: no other server's, no other file, folder or link", async () => {
  await using folder = await temporaryFolder();
  const inside = (name: string) => join(folder.path, name);
  const head = "kez-chat server\n";
  const own = [1, 2, 3, 4].map((day) => nameAt("a.example", day * 86_400_000));
  const others = [
    nameAt("b.example", 0),
    nameAt("axexample", 0),
    `${own[0]}.txt`,
    `x${own[0]}`,
    "kez-chat-a.example-latest.backup",
    "notes.txt",
  ];
  for (const name of [...own, ...others]) await Deno.writeTextFile(inside(name), head);
  const [isFolder, isLink, isOther] = [-3, -2, -1].map((day) =>
    nameAt("a.example", day * 86_400_000)
  ) as [string, string, string];
  await Deno.mkdir(inside(isFolder));
  await Deno.symlink(inside("notes.txt"), inside(isLink));
  await Deno.writeTextFile(inside(isOther), "somebody else's words");
  const removed = await removeOlderBackups(folder.path, { server: "a.example", keep: 2 });
  assert.deepEqual(removed.sort(), [own[0], own[1]]);
  const left = Array.from(Deno.readDirSync(folder.path), ({ name }) => name).sort();
  assert.deepEqual(left, [own[2], own[3], ...others, isFolder, isLink, isOther].sort());
  assert.deepEqual(await removeOlderBackups(folder.path, { server: "a.example", keep: 9 }), []);
});
