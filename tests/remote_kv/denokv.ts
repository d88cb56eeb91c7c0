import { freePort } from "../../scripts/free_port.ts";
import { findProgram } from "../support/find_program.ts";

export const TOKEN = "a token of the tests";

/** A real denokv over a SQLite file of its own. */
export interface DenoKv extends AsyncDisposable {
  /** What `--db` is given. */
  url: string;
  stop(): Promise<void>;
  /** After a stop, with the same data. */
  start(): Promise<void>;
}

/** The path of denokv; null where there is none. */
export function findDenokv(): string | null {
  return findProgram("denokv", {
    variable: "DENOKV_PATH",
    homeFolders: ["peers/bin", ".cargo/bin"],
  });
}

export async function startDenokv(): Promise<DenoKv> {
  const folder = await Deno.makeTempDir({ prefix: "denokv-test-" });
  const port = freePort();
  let child: Deno.ChildProcess | null = null;
  const start = async (): Promise<void> => {
    child = new Deno.Command(findDenokv()!, {
      args: [
        ...["--sqlite-path", `${folder}/denokv.sqlite`, "serve"],
        ...["--access-token", TOKEN, "--addr", `127.0.0.1:${port}`],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await untilItListens(port);
  };
  const stop = async (): Promise<void> => {
    child?.kill("SIGTERM");
    await child?.status;
    child = null;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}/`,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function untilItListens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("denokv does not listen.");
}
