import assert from "node:assert/strict";
import { join } from "node:path";
import { noticesOf } from "../../../scripts/client_build/notices.ts";
import { temporaryFolder } from "../../support/command.ts";

async function writePackage(root: string, folder: string, files: Record<string, string>) {
  const path = join(root, folder);
  await Deno.mkdir(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(path, name), text);
  }
}

Deno.test("each package that was bundled is named once, with its licence and its text, wherever it lies", async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  const json = (version: string) => JSON.stringify({ version, license: "MIT", author: "Ann" });
  await writePackage(root, "node_modules/zed", { "package.json": json("1.0.0"), LICENSE: "Zed's" });
  const inner = "node_modules/.deno/@s+one@2.0.0/node_modules/@s/one";
  await writePackage(root, inner, { "package.json": json("2.0.0"), "LICENSE.md": "One's\n" });
  const inputs = ["client/a.ts", "node_modules/zed/a.js", `${inner}/a.js`, `${inner}/lib/b.js`];
  assert.equal(
    await noticesOf({ root, inputs, title: "Here" }),
    "Here\n====\n\n--- @s/one 2.0.0, MIT, Ann\n\nOne's\n\n\n--- zed 1.0.0, MIT, Ann\n\nZed's\n\n",
  );
});

Deno.test("a package that says nothing of its licence stops the build", async () => {
  await using folder = await temporaryFolder();
  await writePackage(folder.path, "node_modules/zed", { "package.json": "{}" });
  const inputs = ["node_modules/zed/a.js"];
  await assert.rejects(
    noticesOf({ root: folder.path, inputs, title: "Here" }),
    /zed has no licence/,
  );
});
