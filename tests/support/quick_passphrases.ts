import type { BrowserContext } from "playwright-core";
import type { Argon2Answer, Argon2Request } from "../../client/session/argon2.ts";

/**
 * Lets a browser's pages derive keys from passphrases by one SHA-256 in the place of Argon2id: a passphrase still opens
 * what it closed, alone. Argon2id is half a second of a core for each account, which is for tests of passphrases to spend.
 */
export async function deriveQuickly(context: BrowserContext): Promise<void> {
  await context.addInitScript(replaceArgon2Worker);
}

/** Runs in the page, where nothing of this file is known. */
function replaceArgon2Worker(): void {
  async function derive(request: Argon2Request): Promise<Argon2Answer> {
    const { passphrase, salt, memoryKib, iterations } = request;
    const asked = JSON.stringify([passphrase, [...salt], memoryKib, iterations]);
    const key = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(asked));
    return { key: new Uint8Array(key), elapsedMs: 1 };
  }

  class QuickWorker {
    onmessage: ((event: { data: Argon2Answer }) => void) | null = null;
    onerror = null;
    async postMessage(request: Argon2Request): Promise<void> {
      this.onmessage?.({ data: await derive(request) });
    }
    terminate(): void {}
  }

  globalThis.Worker = new Proxy(globalThis.Worker, {
    construct: (target, args) =>
      /\/argon2_worker[^/]*$/.test(String(args[0]))
        ? new QuickWorker()
        : Reflect.construct(target, args),
  });
}
