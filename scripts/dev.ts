/**
 * Serves on 127.0.0.1:6969 while you work: a change rebuilds the client, restarts the server and reloads the page.
 *
 *   deno task dev [flags of the server]
 */
import { join } from "node:path";
import { buildClient, ROOT } from "./build_client.ts";
import { SERVER_PERMISSIONS } from "./server_permissions.ts";

const WATCHED = ["client", "protocol", "server", "main.ts"];
const CLIENT_FOLDERS = ["client", "protocol"];
/** Editors save in several steps; one rebuild is enough for all of them. */
const SETTLE_MS = 80;

const webDir = join(ROOT, "dist/dev");

async function rebuild(): Promise<void> {
  const startedMs = performance.now();
  try {
    await buildClient({ root: ROOT, outDir: webDir, development: true });
    console.log(`Client rebuilt in ${Math.round(performance.now() - startedMs)} ms.`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // esbuild has printed where; the page keeps the last build that worked.
    console.error(error.message.split("\n")[0]);
  }
}

function startServer(): Deno.ChildProcess {
  // A flag may not be given twice, and the developer's own goes first.
  const isGiven = Deno.args.some((arg) => /^--bind(=|$)/.test(arg));
  const bind = isGiven ? [] : ["--bind", "127.0.0.1:6969"];
  const defaults = [...bind, "--web-dir", webDir];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...SERVER_PERMISSIONS, "main.ts", "serve", ...defaults, ...Deno.args],
    cwd: ROOT,
  }).spawn();
}

async function stopServer(server: Deno.ChildProcess): Promise<void> {
  try {
    server.kill("SIGTERM");
  } catch (error) {
    // It ended by itself, on a fault in its sources for instance.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
  await server.status;
}

/** Groups of paths that changed together. */
async function* changes(): AsyncGenerator<Set<string>> {
  const changed = new Set<string>();
  let wake = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = async (): Promise<void> => {
    for await (const event of Deno.watchFs(WATCHED.map((path) => join(ROOT, path)))) {
      if (event.kind === "access") continue;
      for (const path of event.paths) changed.add(path);
      clearTimeout(timer);
      timer = setTimeout(() => wake.resolve(), SETTLE_MS);
    }
  };
  const watching = watch();
  while (true) {
    await Promise.race([wake.promise, watching]);
    wake = Promise.withResolvers();
    const group = new Set(changed);
    changed.clear();
    yield group;
  }
}

await rebuild();
let server = startServer();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    await stopServer(server);
    Deno.exit(0);
  });
}
for await (const changed of changes()) {
  const isClient = (path: string) =>
    CLIENT_FOLDERS.some((folder) => path.startsWith(join(ROOT, folder)));
  if ([...changed].some(isClient)) await rebuild();
  await stopServer(server);
  server = startServer();
}
