import { addrOf } from "../../protocol/addr.ts";
import { decodeUtf8 } from "../../protocol/bytes.ts";
import { readBody } from "../http_body.ts";
import { jsonResponse } from "../json_response.ts";
import { Problem } from "../problems.ts";
import type { BucketRule, RateLimiter } from "../rate_limit.ts";
import { takeToken } from "../take_token.ts";
import { type MessageRelay, outcomeOf, readMessage, readPage, writeCursor } from "./messages.ts";

/** Pages of one mailbox, from however many addresses: to find one in a full mailbox takes some 20 ms. */
const MAILBOX_RULE: BucketRule = { name: "mailbox", capacity: 60, refillPerS: 1 };

export interface MessageRoutesDeps {
  /** Null where no relay runs here. */
  relay(): MessageRelay | null;
  /** The relay of an addr's mail; null where that is this server's own. */
  relayElsewhere(addr: string): string | null;
  authenticate(request: Request, body: null): Promise<{ primary: string }>;
  limiter: RateLimiter;
  nowMs(): number;
}

/** The calls of `/v1/messages`; refusals are thrown. (Specification page 3) */
export function createMessageRoutes(
  { relay, relayElsewhere, authenticate, limiter, nowMs }: MessageRoutesDeps,
) {
  const relayFor = (client: string): MessageRelay => {
    const found = relay();
    if (!found) throw new Problem("not_found", "No relay runs here. Use the one that is named.");
    if (found.isBlocked(client)) {
      throw new Problem("forbidden", "This address is blocked here. Ask the server's host.");
    }
    return found;
  };

  return {
    async send(request: Request, client: string): Promise<Response> {
      const home = relayFor(client);
      const body = await readBody(request);
      const event = readMessage((body && decodeUtf8(body)) ?? "");
      const { stored } = outcomeOf(await home.submit(event));
      return jsonResponse({ id: event.id, stored }, { status: stored ? 201 : 200 });
    },

    async list(request: Request, client: string): Promise<Response> {
      const home = relayFor(client);
      const { primary } = await authenticate(request, null);
      const tooMany = "Too many pages of one mailbox.";
      takeToken(limiter, { rule: MAILBOX_RULE, key: primary, tooMany });
      const addr = addrOf(primary);
      const elsewhere = relayElsewhere(addr);
      if (elsewhere !== null) {
        throw new Problem("wrong_route", `Your mail is at ${elsewhere}: ask that relay.`);
      }
      const query = new URL(request.url).searchParams;
      const page = readPage(query, Math.floor(nowMs() / 1000));
      const { mail, hasMore } = home.mail(addr, page);
      const last = mail.at(-1);
      const next = hasMore && last ? writeCursor({ seq: last.seq, sinceS: page.sinceS }) : null;
      const events = mail.map(({ event }) => event);
      return jsonResponse({ events, next }, { headers: { "Cache-Control": "no-store" } });
    },
  };
}
