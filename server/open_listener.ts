import { type Endpoint, formatEndpoint } from "./config.ts";
import { StartFault } from "./start_fault.ts";

/** Codes of Node and names of Deno for the same three obstacles. */
const REASONS: Record<string, string> = {
  AddrInUse: "another program listens there",
  EADDRINUSE: "another program listens there",
  PermissionDenied: "the system does not allow this port to this user",
  EACCES: "the system does not allow this port to this user",
  AddrNotAvailable: "this machine does not have this address",
  EADDRNOTAVAIL: "this machine does not have this address",
  ENOTFOUND: "this host name is unknown",
};

/**
 * Opens a listener with words for the operator where that fails.
 *
 * @param flag the setting that names the endpoint
 * @throws StartFault where the address cannot be listened at; any other error as it comes
 */
export async function openListener<T>(
  flag: "--bind" | "--relay-bind" | "--metrics",
  { endpoint, open }: { endpoint: Endpoint; open: () => T | Promise<T> },
): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const code = "code" in cause ? String(cause.code) : "";
    const isUnknownHost = cause.message.includes("failed to lookup address");
    const reason = REASONS[isUnknownHost ? "ENOTFOUND" : code] ?? REASONS[cause.name];
    if (reason === undefined) throw cause;
    throw new StartFault(
      `It cannot listen at ${formatEndpoint(endpoint)}: ${reason}. ` +
        `Change that, or choose another address with ${flag}.`,
      { cause },
    );
  }
}
