/**
 * The permissions that `main.ts` starts with; `deno task start` in deno.json says the same.
 *
 * Reading and writing are not narrowed here, because which folder holds the data is known only once the command line is
 * read: `main.ts` grants the server's Worker its data folder alone, and gives up its own.
 */
export const SERVER_PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  // How much of the disk is free.
  "--allow-sys=statfs",
  // The last two are the Worker's: `ws` asks for them while it loads, and a Worker cannot have what its parent lacks.
  "--allow-env=KEZ_CHAT_*,NOTIFY_SOCKET,WATCHDOG_USEC,DENO_KV_ACCESS_TOKEN,WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
];

/** The same in an executable, which has the answers that `ws` wants built in. (Specification page 8) */
export const EXECUTABLE_PERMISSIONS: readonly string[] = SERVER_PERMISSIONS.map((flag) =>
  flag.replace(/,WS_\w+/g, "")
);
