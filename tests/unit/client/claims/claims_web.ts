import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import type { SigchainEntry } from "../../../../protocol/sigchain_entry.ts";
import { problemOf, problemResponse } from "../../../../server/problems.ts";
import { createSigchainRoutes } from "../../../../server/sigchains/routes.ts";
import { createSigchains } from "../../../../server/sigchains/sigchains.ts";
import type { Fetch } from "../../../../client/fetch_json.ts";
import type { Person } from "../chats/world.ts";

/** The servers of a world, and the services of the web; whatever is not said is 404. */
export interface ClaimsWeb extends Disposable {
  fetch: Fetch;
  /** What services of the web answer, by the whole URL. */
  pages: Map<string, unknown>;
  /** What was asked, as `GET host/path`. */
  asked: string[];
  /** What a server shows of a chain in place of it, by primary. */
  shown: Map<string, (entries: SigchainEntry[]) => SigchainEntry[]>;
  /** True while nobody answers. */
  isAway: boolean;
}

/** Sigchains are kept by the server's own code, whatever the server is called. */
export async function startClaimsWeb({ nowMs = () => Date.now() } = {}): Promise<ClaimsWeb> {
  const kv = await Deno.openKv(":memory:");
  const sigchains = createSigchains({ kv, isRegistered: () => Promise.resolve(true), nowMs });
  const routes = createSigchainRoutes({ sigchains, sigServerUrl: null, verifyEd25519 });

  async function chain(request: Request, hex: string): Promise<Response> {
    if (request.method === "POST") return await routes.append(request, hex);
    const response = await routes.read(request, hex);
    const show = web.shown.get(`ed25519:${hex}`);
    if (!show || response.status !== 200) return response;
    const body = await response.json();
    const entries = show(body.entries);
    return Response.json({ ...body, length: entries.length, entries });
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const hex = /^\/v1\/sigchains\/ed25519\/([0-9a-f]{64})$/.exec(pathname)?.[1];
    if (hex) return await chain(request, hex);
    const page = web.pages.get(request.url) ?? web.pages.get(request.url.split("?")[0]!);
    return page === undefined ? Response.json({}, { status: 404 }) : Response.json(page);
  }

  const web: ClaimsWeb = {
    pages: new Map(),
    asked: [],
    shown: new Map(),
    isAway: false,
    async fetch(input, init) {
      const { host, pathname } = new URL(input);
      web.asked.push(`${init?.method ?? "GET"} ${host}${pathname}`);
      if (web.isAway) throw new TypeError("Failed to fetch");
      const request = new Request(input, init);
      try {
        return await answer(request);
      } catch (error) {
        const problem = problemOf(error, nowMs());
        if (!problem) throw error;
        return problemResponse(problem);
      }
    },
    [Symbol.dispose]: () => kv.close(),
  };
  return web;
}

/** A GitHub account of somebody that holds the token; gives what the claim says. */
export function proveOnGithub(web: ClaimsWeb, { handle, primary }: Person) {
  const id = "aa5a315d61ae9438b18d";
  web.pages.set(`https://api.github.com/gists/${id}`, {
    public: true,
    owner: { login: handle },
    files: { "kez.txt": { content: `kez:${primary}` } },
  });
  const proofUrl = `https://gist.github.com/${handle}/${id}`;
  return { service: "github" as const, subject: handle, proofUrl };
}
