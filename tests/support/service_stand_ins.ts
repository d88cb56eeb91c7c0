import type { IncomingMessage, ServerResponse } from "node:http";
import { type StandIn, startStandIn } from "./stand_in.ts";

/** Services that claims name accounts of, on this machine, as browsers and servers see them. */
export interface ServiceStandIns extends AsyncDisposable {
  standIn: StandIn;
  /** What is answered at `host/path`, with or without the query; what is not there is 404. */
  pages: Map<string, Page>;
  /** Flags of Chromium that lead the services' names here. */
  browserFlags: string[];
}

/** An answer. Services that let pages of any origin ask say so themselves. */
export interface Page {
  body: unknown;
  status?: number;
  isOpen?: boolean;
  /** Where a redirect leads. */
  location?: string;
  /** The headers come, and nothing after them. */
  isStalled?: boolean;
}

const HOSTS = [
  "api.github.com",
  "social.example",
  "actor.example",
  "public.api.bsky.app",
  "hacker-news.firebaseio.com",
  "example.com",
];

export async function startServices(): Promise<ServiceStandIns> {
  const pages = new Map<string, Page>();
  const standIn = await startStandIn((request, response) => answer(request, { response, pages }));
  const rules = HOSTS.map((host) => `MAP ${host}:443 127.0.0.1:${standIn.port}`).join(",");
  return {
    standIn,
    pages,
    browserFlags: [`--host-resolver-rules=${rules}`],
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
}

function answer(
  { headers, url }: IncomingMessage,
  { response, pages }: { response: ServerResponse; pages: Map<string, Page> },
): void {
  const place = `${headers.host}${url}`;
  const page = pages.get(place) ?? pages.get(place.split("?")[0]!);
  const { body, status = 200, isOpen = true, location, isStalled } = page ??
    { body: { message: "Not Found" }, status: 404 };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": typeof body === "string" ? "text/plain" : "application/json",
    ...(isOpen ? { "Access-Control-Allow-Origin": "*" } : {}),
    ...(location === undefined ? {} : { Location: location }),
  });
  if (isStalled) response.flushHeaders();
  else response.end(text);
}
