import { argon2id } from "hash-wasm";
import type { Argon2Answer, Argon2Request } from "./argon2.ts";

/** Derives one key off the main thread: a request in, an answer out. */
async function derive(
  { passphrase, salt, memoryKib, iterations }: Argon2Request,
): Promise<Argon2Answer> {
  const startedMs = performance.now();
  const key = await argon2id({
    password: passphrase,
    salt,
    memorySize: memoryKib,
    iterations,
    parallelism: 1,
    hashLength: 32,
    outputType: "binary",
  });
  return { key: new Uint8Array(key), elapsedMs: performance.now() - startedMs };
}

addEventListener("message", async (event: MessageEvent<Argon2Request>) => {
  let answer: Argon2Answer;
  try {
    answer = await derive(event.data);
  } catch (error) {
    answer = { fault: String(error) };
  }
  postMessage(answer);
});
