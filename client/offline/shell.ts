import { isAppPath } from "../../protocol/app_paths.ts";

/** Everything that one build of the app is made of. */
export interface Shell {
  /** Names the build: 16 hex of a digest over all of it. */
  version: string;
  /** `sha256-…` (Subresource Integrity) by path, each with a slash at the front. */
  files: Record<string, string>;
}

/** The page that every route of the app begins with. */
export const PAGE = "/index.html";

const CACHE_PREFIX = "kez-chat/app/";
/** Names of files below it change with their content, so that the browser's own copy is as good. */
const HASHED = "/assets/";

/** What is asked for, as far as it decides where the answer comes from. */
export interface ShellRequest {
  method: string;
  url: string;
  mode: string;
}

/** One build of the app, kept on this device so that it starts without a network. */
export interface ShellCache {
  /**
   * Fetches what is not there yet; each file must be the very one that was built.
   *
   * @throws TypeError where one is missing or another one: then nothing is in use of it
   */
  fill(): Promise<void>;
  /** Removes every other build. */
  removeOthers(): Promise<void>;
  /** The kept file that answers a request; null for what is not the app's, which goes its way untouched. */
  pathFor(request: ShellRequest): string | null;
  /**
   * Asks for the page again, for the sake of its headers: what its server forbids it holds from the next start on, with
   * the same build.
   *
   * @throws TypeError without a network, and where the server has another build: then nothing changes
   */
  refreshPage(): Promise<void>;
  /** A kept file; from the network where the browser has thrown it away. */
  answer(path: string): Promise<Response>;
}

/** True for a cache that holds a build of the app, and so nothing of anybody. */
export function isShellCache(name: string): boolean {
  return name.startsWith(CACHE_PREFIX);
}

/** The cache of one build, for the service worker of that same build. */
export function createShellCache(
  { shell, origin, caches, fetch }: {
    shell: Shell;
    origin: string;
    caches: CacheStorage;
    fetch: (request: Request) => Promise<Response>;
  },
): ShellCache {
  const name = CACHE_PREFIX + shell.version;

  const isKept = (path: string) => Object.hasOwn(shell.files, path);

  function requestOf(path: string): Request {
    return new Request(origin + path, {
      integrity: shell.files[path],
      cache: path.startsWith(HASHED) ? "default" : "no-cache",
    });
  }

  return {
    async fill() {
      const cache = await caches.open(name);
      const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
      const missing = Object.keys(shell.files).filter((path) => !kept.has(path));
      await cache.addAll(missing.map(requestOf));
    },
    async removeOthers() {
      const others = (await caches.keys()).filter((other) => isShellCache(other) && other !== name);
      await Promise.all(others.map((other) => caches.delete(other)));
    },
    pathFor({ method, url, mode }) {
      const { origin: of, pathname } = new URL(url);
      if (method !== "GET" || of !== origin) return null;
      if (isKept(pathname)) return pathname;
      return mode === "navigate" && isKept(PAGE) && isAppPath(pathname) ? PAGE : null;
    },
    async refreshPage() {
      await (await caches.open(name)).add(requestOf(PAGE));
    },
    async answer(path) {
      // What differs by `Vary` is the coding alone, and that is undone here.
      const kept = await caches.match(origin + path, { cacheName: name, ignoreVary: true });
      return kept ?? await fetch(new Request(origin + path));
    },
  };
}
