import { errorText } from "./log.ts";
import { readServerName } from "./registry/store.ts";
import { StartFault } from "./start_fault.ts";

/**
 * Opens the Deno KV of the registry and checks that its registrations are signed for this server. (Specification page 8)
 *
 * @throws StartFault where it cannot be opened, or belongs to a server of another name
 */
export async function openRegistryDatabase(path: string, server: string): Promise<Deno.Kv> {
  const kv = await open(path);
  const stored = await readServerName(kv);
  if (stored === null || stored === server) return kv;
  kv.close();
  throw new StartFault(
    `The registrations in ${path} are signed for ${stored}, and this start is for ${server}. ` +
      `Start with --server ${stored}, or choose another folder with --data.`,
  );
}

async function open(path: string): Promise<Deno.Kv> {
  try {
    return await Deno.openKv(path);
  } catch (cause) {
    throw new StartFault(
      `The registry's database ${path} cannot be opened: ${errorText(cause)}. ` +
        `Check that it is a file of this user in a folder that exists.`,
      { cause },
    );
  }
}
