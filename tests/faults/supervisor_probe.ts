/**
 * Stands in the place of `server/lifecycle.ts` inside the real supervisor: at the first signal it tries what the process
 * was allowed before the server started, and writes what came of it.
 */
import { tryAll } from "./attempts.ts";
import type { createSignalRule as createReal } from "../../server/lifecycle.ts";

export { runStopSteps } from "../../server/lifecycle.ts";

const ATTEMPTS = {
  "read a file": () => Deno.readTextFileSync("/etc/passwd"),
  "read its code": () => Deno.readTextFileSync(import.meta.filename!),
  "write a file": () => Deno.writeTextFileSync("/tmp/kez-chat-intruder", "x"),
  "listen": () => Deno.listen({ port: 0, hostname: "127.0.0.1" }).close(),
  "read the environment": () => Deno.env.get("KEZ_CHAT_BIND"),
  "spawn": () => new Deno.Command("true").outputSync(),
  "ask for the host name": () => Deno.hostname(),
};

export const createSignalRule: typeof createReal = () => () => {
  tryAll(ATTEMPTS).then((outcomes) => console.log(JSON.stringify({ event: "probe", ...outcomes })));
  return "drain";
};
