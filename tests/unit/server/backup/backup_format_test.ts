import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DamagedBackup, NewerBackup } from "../../../../server/backup/backup_faults.ts";
import {
  type BackupManifest,
  encodeBackup,
  readBackup,
} from "../../../../server/backup/backup_format.ts";
import { createRandom } from "../../../support/random.ts";

const MANIFEST: BackupManifest = {
  madeAtMs: 1_760_000_000_000,
  version: "0.1.0",
  server: "chat.example.org",
  registrySchema: 1,
  relaySchema: 2,
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A few files, in the order of their names. */
function someFiles(seed: number): Map<string, Uint8Array> {
  const random = createRandom(seed);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random.int(256));
  const blobs = [bytes(1), bytes(2 + random.int(88)), bytes(40)];
  const named = blobs.map((blob) => [`blobs/${sha256(blob)}`, blob] as const);
  named.sort(([a], [b]) => a < b ? -1 : 1);
  return new Map([...named, ["kez-chat.db", bytes(70)], ["relay.db", new Uint8Array()]]);
}

async function encode(files: Map<string, Uint8Array>, manifest = MANIFEST): Promise<Uint8Array> {
  async function* entries() {
    for (const [name, bytes] of files) {
      yield { name, bytes: bytes.length, content: inPieces(bytes, 7) };
    }
  }
  const chunks = await Array.fromAsync(
    encodeBackup({ manifest, files: entries() }),
    (c) => c.slice(),
  );
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

async function* oneByOne<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What comes out, whole files alone. */
async function decode(bytes: Uint8Array, pieceBytes = 64) {
  const files = new Map<string, Uint8Array>();
  const summary = await readBackup(inPieces(bytes, pieceBytes), ({ name }) => {
    const taken: number[] = [];
    return Promise.resolve({
      write: (chunk) => Promise.resolve(void taken.push(...chunk)),
      end: () => Promise.resolve(void files.set(name, Uint8Array.from(taken))),
    });
  });
  return { files, summary };
}

Deno.test("what goes into a backup comes out of it, in whatever pieces it is read", async () => {
  const files = someFiles(1);
  const bytes = await encode(files);
  for (const pieceBytes of [1, 2, 13, bytes.length]) {
    const { files: found, summary } = await decode(bytes, pieceBytes);
    assert.deepEqual(found, files);
    assert.deepEqual(summary, {
      manifest: MANIFEST,
      files: 5,
      blobs: 3,
      bytes: bytes.length,
      sha256: sha256(bytes.subarray(0, -32)),
    });
  }
});

Deno.test("a backup with any one bit changed is refused", async () => {
  const bytes = await encode(someFiles(2));
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << bit;
      await assert.rejects(
        decode(changed),
        (error) => error instanceof DamagedBackup || error instanceof NewerBackup,
        `byte ${at}, bit ${bit}`,
      );
    }
  }
});

Deno.test("a backup that was cut off anywhere, or has anything behind it, is refused", async () => {
  const bytes = await encode(someFiles(3));
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(decode(bytes.slice(0, length)), DamagedBackup, `${length} bytes`);
  }
  await assert.rejects(decode(Uint8Array.of(...bytes, 0)), DamagedBackup);
});

Deno.test("names that are not those of a backup are refused, in another order too", async () => {
  const database = new Uint8Array(3);
  const cases: [string, string[]][] = [
    ["outside", ["../kez-chat.db", "kez-chat.db", "relay.db"]],
    ["absolute", ["/etc/passwd", "kez-chat.db", "relay.db"]],
    ["unknown", ["kez-chat.db", "lock", "relay.db"]],
    ["a blob of another name", [`blobs/${"0".repeat(64)}`, "kez-chat.db", "relay.db"]],
    ["a folder in the name", [`blobs/../${"0".repeat(61)}`, "kez-chat.db", "relay.db"]],
    ["order", ["relay.db", "kez-chat.db"]],
    ["no registry", ["relay.db"]],
    ["no relay", ["kez-chat.db"]],
  ];
  for (const [what, names] of cases) {
    const bytes = await encode(new Map(names.map((name) => [name, database])));
    await assert.rejects(decode(bytes), DamagedBackup, what);
  }
});

Deno.test("a backup of a later format is told as one, another file as none", async () => {
  const bytes = await encode(someFiles(4));
  bytes[17] = 2;
  await assert.rejects(decode(bytes), NewerBackup);
  const other = new TextEncoder().encode("kez-chat backup\nthis is one of the app");
  await assert.rejects(decode(other), /It is no backup of a kez-chat server/);
});

Deno.test("a manifest that would speak to the terminal, or names no time there is, is refused", async () => {
  for (
    const wrong of [
      { version: "1\x1b]0;mine\x07" },
      { server: "chat.example.org\nok: all is well" },
      { server: "" },
      { madeAtMs: 8_640_000_000_000_001 },
    ]
  ) {
    const bytes = await encode(someFiles(1), { ...MANIFEST, ...wrong });
    await assert.rejects(decode(bytes), DamagedBackup, JSON.stringify(wrong));
  }
});

Deno.test("a file that has another size than was said makes no backup", async () => {
  for (const bytes of [2, 4]) {
    const file = { name: "kez-chat.db", bytes, content: inPieces(new Uint8Array(3), 1) };
    await assert.rejects(
      Array.fromAsync(encodeBackup({ manifest: MANIFEST, files: oneByOne([file]) })),
      /kez-chat\.db changed while it was read/,
    );
  }
});
