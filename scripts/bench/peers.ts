import { delimiter, join } from "node:path";

/** Another relay that is measured beside this one, in the settings nearest to its own defaults. */
export interface Peer {
  name: string;
  /** The program's file name. */
  program: string;
  install: string;
  /** Its option that prints the version; none for a program that would start instead. */
  versionOption?: string;
  /** Our setting that is as durable as it is. */
  fsync: "full" | "normal";
  /** What it does before an OK, in a few words. */
  durability: string;
  /** The only port it knows; any other relay gets a free one. */
  port?: number;
  /** The only folder it knows; any other relay works in one that is made for it. */
  folder?: string;
  /** Its command line, and the files that must be in its folder. */
  setUp(where: { folder: string; port: number }): {
    args: string[];
    files: Record<string, string>;
  };
}

/** The peers. Their code is no part of this project: they are found on the machine or left out. */
export const PEERS: readonly Peer[] = [
  {
    name: "nostr-rs-relay",
    program: "nostr-rs-relay",
    install: "cargo install nostr-rs-relay (needs protoc)",
    versionOption: "--version",
    fsync: "normal",
    durability: "SQLite, WAL, synchronous=NORMAL, one commit an event",
    setUp: ({ folder, port }) => ({
      args: ["--db", folder, "--config", join(folder, "config.toml")],
      files: {
        "config.toml": [
          "[info]",
          `relay_url = "ws://127.0.0.1:${port}/"`,
          "[network]",
          'address = "127.0.0.1"',
          `port = ${port}`,
          "",
        ].join("\n"),
      },
    }),
  },
  {
    name: "rnostr",
    program: "rnostr",
    install:
      "cargo install rnostr, which downloads a file while it builds; where it cannot, a program named rnostr " +
      'that runs App::create(Some(path of -c), false, Some("RNOSTR".into()), None)?.web_server()?.await of its crate ' +
      "nostr-relay 0.4.8 with default-features = false: the same relay without search",
    versionOption: "--version",
    fsync: "full",
    durability: "LMDB, synchronous, one commit for what waits",
    setUp: ({ folder, port }) => ({
      args: ["relay", "-c", join(folder, "rnostr.toml")],
      files: {
        "rnostr.toml": [
          "[data]",
          `path = ${JSON.stringify(folder)}`,
          "[network]",
          'host = "127.0.0.1"',
          `port = ${port}`,
          "",
        ].join("\n"),
      },
    }),
  },
  {
    name: "khatru",
    program: "basic-lmdb",
    install: "go install github.com/fiatjaf/khatru/examples/basic-lmdb@v0.19.1",
    fsync: "full",
    durability: "LMDB, synchronous, one commit an event",
    port: 3334,
    folder: "/tmp/khatru-lmdb-tmp",
    setUp: () => ({ args: [], files: {} }),
  },
];

/** A peer and the path of its program. */
export interface FoundPeer extends Peer {
  path: string;
}

const VERSION_MS = 5_000;

/** A peer's name and version. */
export async function describeVersion(
  { name, path, versionOption }: Pick<FoundPeer, "name" | "path" | "versionOption">,
): Promise<string> {
  const unknown = `${name}, version not told`;
  if (versionOption === undefined) return unknown;
  try {
    const { success, stdout } = await new Deno.Command(path, {
      args: [versionOption],
      stdin: "null",
      signal: AbortSignal.timeout(VERSION_MS),
    }).output();
    const [line] = new TextDecoder().decode(stdout).trim().split("\n");
    return success && line ? line : unknown;
  } catch {
    // Why it cannot be run is said where it is started.
    return unknown;
  }
}

/**
 * Looks programs up in a folder, or else in the folders of PATH.
 *
 * @param exists true for the path of a file
 */
export function findPeers(
  peers: readonly Peer[],
  { folder, path, exists }: {
    folder: string | undefined;
    path: string;
    exists: (path: string) => boolean;
  },
): { found: FoundPeer[]; missing: Peer[] } {
  const folders = folder === undefined ? path.split(delimiter) : [folder];
  const located = peers.map((peer) => ({
    peer,
    path: folders.map((one) => join(one, peer.program)).find(exists),
  }));
  return {
    found: located.flatMap(({ peer, path }) => path === undefined ? [] : [{ ...peer, path }]),
    missing: located.filter(({ path }) => path === undefined).map(({ peer }) => peer),
  };
}
