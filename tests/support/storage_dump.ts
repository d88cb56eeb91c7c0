import type { Page } from "playwright-core";

/**
 * All that a page's origin keeps outside of the browser's memory, as text: localStorage, sessionStorage, IndexedDB, the
 * address and the names of caches. Bytes stand there as hex, as base64, and as the text that they may be.
 */
export async function dumpStorage(page: Page): Promise<string> {
  return await page.evaluate(async () => {
    function* textsOf(value: unknown): Generator<string> {
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        const bytes = value instanceof ArrayBuffer
          ? new Uint8Array(value)
          : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
        yield Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
        // From each of the three places where base64 may begin.
        for (const from of [0, 1, 2]) {
          let binary = "";
          for (const byte of bytes.subarray(from)) binary += String.fromCharCode(byte);
          yield btoa(binary);
        }
        yield new TextDecoder().decode(bytes);
      } else if (value instanceof CryptoKey) {
        yield `CryptoKey extractable=${value.extractable}`;
      } else if (Array.isArray(value)) {
        for (const inner of value) yield* textsOf(inner);
      } else if (value !== null && typeof value === "object") {
        for (const [name, inner] of Object.entries(value)) {
          yield name;
          yield* textsOf(inner);
        }
      } else yield String(value);
    }
    const answer = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const parts: string[] = [location.href, document.title, ...await caches.keys()];
    for (const storage of [localStorage, sessionStorage]) {
      parts.push(...Object.entries(storage).flat().map(String));
    }
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const all = await answer(database.transaction(store).objectStore(store).getAll());
        parts.push(`${name}/${store}`, ...textsOf(all));
      }
      database.close();
    }
    return parts.join("\n");
  });
}
