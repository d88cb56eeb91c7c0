import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { listFiles } from "../../scripts/client_build/files.ts";
import { COMMAND_FLAG_NAMES, COMMANDS } from "../../server/admin/commands.ts";
import { OPTION_NAMES } from "../../server/config_options.ts";
import { createMetrics } from "../../server/metrics/metrics.ts";

const FOLDERS = [".ci", "client", "deploy", "docs", "protocol", "scripts", "server", "tests"];
/** Examples of names, and the files of other projects. */
const NO_FILES = /^(index\.ts|snake_case\.ts|x_worker\.ts|PascalCase\.svelte)$/;

const read = (path: string) => Deno.readTextFile(join(ROOT, path));

Deno.test("the operator's manual has every setting, command, flag and metric", async () => {
  const text = await read("docs/operations.md");
  const readings = {
    ...{ sockets: 0, subscriptions: 0, handles: 0, freeBytes: 0, residentBytes: 0 },
    listener: { connected: 0, waiting: 0 },
    storage: { registry: 0, relay: 0, blobs: 0 },
  };
  const page = createMetrics({ startedAtMs: 0, version: "0" }).text(readings);
  const wanted = [
    ...OPTION_NAMES.map((name) => `\`--${name}`),
    ...COMMAND_FLAG_NAMES.map((name) => `--${name}`),
    ...Object.keys(COMMANDS).map((name) => `\`${name}`),
    ...[...page.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => `\`${name}`),
  ];
  assert.deepEqual(wanted.filter((words) => !text.includes(words)), []);
});

Deno.test("every source that the docs name is there", async () => {
  const listed = await Promise.all(FOLDERS.map((folder) => listFiles(join(ROOT, folder))));
  const paths = listed.flat().map((path) => path.slice(ROOT.length).replaceAll("\\", "/"));
  const names = new Set(paths.map((path) => basename(path)).concat("main.ts"));
  const isThere = (named: string) =>
    named.includes("/") ? paths.some((path) => path.endsWith(`/${named}`)) : names.has(named);
  for (
    const path of ["README.md", "docs/architecture.md", "docs/protocol.md", "docs/security.md"]
  ) {
    const text = await read(path);
    const named = [...text.matchAll(/`(\w[\w./]*\.(?:ts|svelte|sh))`/g)].map((match) => match[1]!);
    assert.deepEqual(named.filter((name) => !NO_FILES.test(name) && !isThere(name)), [], path);
  }
});
