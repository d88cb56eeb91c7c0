import assert from "node:assert/strict";
import { findFaults, MAX_LINES } from "../../../scripts/check_imports.ts";

interface Case {
  name: string;
  files: Record<string, string>;
  /** A part of each expected fault, in order. */
  faults: string[];
}

const CASES: Case[] = [
  {
    name: "a tree in the right directions",
    files: {
      "protocol/a.ts": `import * as v from "valibot"; export const a = v;`,
      "server/b.ts": `import { a } from "../protocol/a.ts"; import "node:fs"; export const b = a;`,
      "server/app.ts": `import "./registry/store.ts"; import "./relay/store.ts"; import "./b.ts";`,
      "server/registry/store.ts": `import { b } from "../b.ts"; export const s = b;`,
      "server/relay/store.ts": `import { b } from "../b.ts"; export const s = b;`,
      "client/x.ts": `import { a } from "../protocol/a.ts"; export const x = a;`,
      "tests/t.ts": `import "../server/app.ts"; import "../client/x.ts";`,
      "server/version.ts": `import config from "../deno.json" with { type: "json" };`,
    },
    faults: [],
  },
  {
    name: "protocol that imports the server",
    files: { "protocol/a.ts": `import "../server/b.ts";` },
    faults: ["protocol/a.ts: protocol must not import server/b.ts"],
  },
  {
    name: "protocol and client that import Node",
    files: { "protocol/a.ts": `import "node:fs";`, "client/a.ts": `import "node:crypto";` },
    faults: ["protocol/a.ts: protocol runs in browsers", "client/a.ts: client runs in browsers"],
  },
  {
    name: "client that imports the server, even a type",
    files: { "client/a.ts": `import type { Config } from "../server/config.ts";` },
    faults: ["client/a.ts: client must not import server/config.ts"],
  },
  {
    name: "a component that imports the server",
    files: {
      "client/A.svelte":
        `<script lang="ts">\n  import { b } from "../server/b.ts";\n</script>\n<p>{b}</p>`,
    },
    faults: ["client/A.svelte: client must not import server/b.ts"],
  },
  {
    name: "server that imports the client, later",
    files: { "server/a.ts": `export const later = () => import("../client/a.ts");` },
    faults: ["server/a.ts: server must not import client/a.ts"],
  },
  {
    name: "a re-export of tests",
    files: { "server/a.ts": `export * from "../tests/support/a.ts";` },
    faults: ["server/a.ts: server must not import tests/support/a.ts"],
  },
  {
    name: "features that import each other",
    files: { "server/relay/policy.ts": `import { members } from "../registry/members.ts";` },
    faults: ["the feature relay must not import server/registry/members.ts"],
  },
  {
    name: "features that know each other's types",
    files: {
      "server/relay/a.ts": `import type { Members } from "../registry/members.ts";`,
      "server/relay/b.ts": `import { type Members } from "../registry/members.ts";`,
      "server/relay/c.ts": `export type M = import("../registry/members.ts").Members;`,
    },
    faults: [],
  },
  {
    name: "a type beside a value of another feature",
    files: { "server/relay/a.ts": `import { type M, load } from "../registry/members.ts";` },
    faults: ["the feature relay must not import server/registry/members.ts"],
  },
  {
    name: "a worker of another feature",
    files: { "server/relay/a.ts": `new Worker(new URL("../registry/x.ts", import.meta.url));` },
    faults: ["the feature relay must not import server/registry/x.ts"],
  },
  {
    name: "a cycle of three",
    files: {
      "client/a.ts": `import "./b.ts";`,
      "client/b.ts": `import "./C.svelte";`,
      "client/C.svelte": `<script>import "./a.ts";</script>`,
    },
    faults: ["import cycle: client/C.svelte → client/a.ts → client/b.ts → client/C.svelte"],
  },
  {
    name: "a file that imports itself",
    files: { "protocol/a.ts": `import "./a.ts";` },
    faults: ["import cycle: protocol/a.ts → protocol/a.ts"],
  },
  {
    name: "files that are too long, of every kind",
    files: {
      "client/styles/a.css": "a {}\n".repeat(MAX_LINES + 1),
      "protocol/a.ts": "// a\n".repeat(MAX_LINES + 1),
      "protocol/b.ts": "// b\n".repeat(MAX_LINES),
    },
    faults: ["client/styles/a.css: 401 lines", "protocol/a.ts: 401 lines"],
  },
  {
    name: "imports in comments and texts",
    files: {
      "protocol/a.ts":
        `// import "../server/b.ts";\nexport const text = 'import "../server/b.ts"';`,
    },
    faults: [],
  },
];

for (const { name, files, faults } of CASES) {
  Deno.test(`the import check judges ${name}`, () => {
    const found = findFaults(new Map(Object.entries(files)));
    assert.equal(found.length, faults.length, found.join("\n"));
    for (const [index, part] of faults.entries()) {
      assert.ok(found[index]!.includes(part), found[index]);
    }
  });
}
