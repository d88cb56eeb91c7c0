import { join } from "node:path";

const TIME = String.raw`\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z`;
const HEAD = new TextEncoder().encode("kez-chat server\n");

/** `kez-chat-chat.example.org-2026-05-25T030000.000Z.backup`: names of one server sort by time. */
export function backupName({ server, madeAtMs }: { server: string; madeAtMs: number }): string {
  const time = new Date(madeAtMs).toISOString().replace(/(\d\d):(\d\d):(\d\d)/, "$1$2$3");
  return `kez-chat-${fileSafe(server)}-${time}.backup`;
}

/** A port's colon stands in no file name of Windows. */
function fileSafe(server: string): string {
  return server.replace(/[^a-zA-Z0-9.-]/g, "_");
}

/** Names that {@link backupName} gave to backups of a server, newest first. */
export function ownBackups(names: Iterable<string>, server: string): string[] {
  const escaped = fileSafe(server).replaceAll(".", "\\.");
  const own = new RegExp(`^kez-chat-${escaped}-${TIME}\\.backup$`);
  return [...names].filter((name) => own.test(name)).sort().reverse();
}

/**
 * Removes all but the newest backups that this program gave a name to, in one folder. Nothing else is touched: no other name, no
 * folder or link, no file that does not begin as a backup does.
 *
 * @returns the names of what was removed
 */
export async function removeOlderBackups(
  folder: string,
  { server, keep }: { server: string; keep: number },
): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) if (entry.isFile) names.push(entry.name);
  const removed: string[] = [];
  for (const name of ownBackups(names, server).slice(keep)) {
    const path = join(folder, name);
    if (!await beginsAsBackup(path)) continue;
    await Deno.remove(path);
    removed.push(name);
  }
  return removed;
}

async function beginsAsBackup(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const head = new Uint8Array(HEAD.length);
  await file.read(head);
  return HEAD.every((byte, i) => head[i] === byte);
}
