import { isRemoteDatabase } from "./config_derived.ts";
import { makePrivateFile } from "./data_folder.ts";
import { errorText } from "./log.ts";
import { readServerName } from "./registry/store.ts";
import { StartFault } from "./start_fault.ts";
import { checkDatabaseFile, unusableDatabase } from "./storage_fault.ts";

export const REGISTRY_SCHEMA_VERSION = 1;
const SCHEMA_KEY = ["schema"];
const REMOTE_ANSWER_MS = 15_000;

/**
 * Opens the Deno KV of the registry and checks that this version can read it and that its registrations are signed for
 * this server. (Specification page 8)
 *
 * @throws StartFault where it cannot be opened, was written by a newer version, or belongs to a server of another name
 */
export async function openRegistryDatabase(path: string, server: string): Promise<Deno.Kv> {
  const { kv } = await openRegistryFile(path);
  try {
    await checkServerName(kv, { path, server });
    return kv;
  } catch (error) {
    kv.close();
    throw error;
  }
}

/**
 * The same for a server of whatever name.
 *
 * @throws StartFault where it cannot be opened, or was written by a newer version
 */
export async function openRegistryFile(path: string): Promise<{ kv: Deno.Kv; schema: number }> {
  const kv = await open(path);
  try {
    await checkSchema(kv, path);
    return { kv, schema: REGISTRY_SCHEMA_VERSION };
  } catch (error) {
    kv.close();
    throw error;
  }
}

async function checkSchema(kv: Deno.Kv, path: string): Promise<void> {
  const { value } = await kv.get<number>(SCHEMA_KEY);
  if (value === REGISTRY_SCHEMA_VERSION) return;
  if (value === null) return void await kv.set(SCHEMA_KEY, REGISTRY_SCHEMA_VERSION);
  throw new StartFault(
    `${path} was written by a newer version of kez-chat (schema ${value}, this version knows ` +
      `${REGISTRY_SCHEMA_VERSION}). Start the newer version, or restore a backup that this version made.`,
  );
}

async function checkServerName(
  kv: Deno.Kv,
  { path, server }: { path: string; server: string },
): Promise<void> {
  const stored = await readServerName(kv);
  if (stored === null || stored === server) return;
  throw new StartFault(
    `The registrations in ${path} are signed for ${stored}, and this start is for ${server}. ` +
      `Start with --server ${stored}, choose another folder with --data, or give the server its new name: ` +
      `kez-chat server rename ${server}`,
  );
}

async function open(path: string): Promise<Deno.Kv> {
  if (isRemoteDatabase({ dbPath: path })) return await openRemote(path);
  try {
    // A damaged page that Deno KV comes upon by itself ends the process by a panic.
    checkDatabaseFile(path);
    makePrivateFile(path);
    return await Deno.openKv(path);
  } catch (cause) {
    throw unusableDatabase(path, cause);
  }
}

/** Deno asks a remote KV that does not answer again and again, for ever. */
async function openRemote(url: string): Promise<Deno.Kv> {
  let kv: Deno.Kv | null = null;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer")), REMOTE_ANSWER_MS);
  try {
    kv = await Deno.openKv(url);
    const first = kv.get(SCHEMA_KEY);
    // It fails when the KV is closed.
    first.catch(() => undefined);
    await Promise.race([first, late.promise]);
    return kv;
  } catch (cause) {
    kv?.close();
    const reason = errorText(cause);
    const isWithoutToken = reason.includes("Missing DENO_KV_ACCESS_TOKEN");
    throw new StartFault(
      `The remote database ${url} cannot be used: ` +
        `${isWithoutToken ? "DENO_KV_ACCESS_TOKEN is not set" : reason}. ` +
        `Check that it runs, and that DENO_KV_ACCESS_TOKEN is its token.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}
