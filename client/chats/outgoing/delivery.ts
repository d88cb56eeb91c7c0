import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { firstAcceptance, isPermanent } from "../../relays/publish_answers.ts";
import { choosePublishTargets, chooseSpareRelays } from "../../relays/publish_targets.ts";
import type { Publisher } from "../../relays/publisher.ts";
import { relayId } from "../../relays/relay_url.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";
import type { Ledger } from "../ledger.ts";
import type { RelayRefusals } from "../relays/relay_refusals.ts";

/** Where an entry goes. */
export interface Routes {
  /** What its reader reads, as far as that is known. */
  targets: string[];
  /** Own relays, for where none of those takes it. */
  spares: string[];
  /** Those among them that get an event signed by the own key: they refused one-time authors, and the user agreed. */
  ownKey: ReadonlySet<string>;
}

/**
 * What became of an event. `taken`: by a relay that its reader reads, or (`isSpare`) by another one, and may be tried on
 * where the reader's own were only away. `refused`: by all of them, for good. `away`: may be taken later.
 */
export type Delivered =
  | { type: "taken"; by: string; isSpare: boolean }
  | { type: "refused"; words: string }
  | { type: "away" };

/** Brings events to the relays of their readers. */
export interface Delivery {
  /** Nothing in `targets`: it is not known yet where the reader reads, or nothing may be sent to it. */
  routesOf(entry: Pick<OutboxEntry, "reader" | "peer">): Routes;
  /**
   * Publishes to all targets at once, and to the spares where none of them took it. Never rejects.
   *
   * @param onAlsoTaken called for every relay that took it after the first one
   */
  deliver(
    entry: OutboxEntry,
    options: {
      event: NostrEvent;
      /** There where `routes.ownKey` names a relay. */
      ownKeyEvent?: NostrEvent;
      routes: Routes;
      onAlsoTaken(url: string): void;
    },
  ): Promise<Delivered>;
  /** Somebody wants also those asked again that refused. */
  askAgain(): void;
}

/**
 * Delivery over the relays of contacts, and those of the own list.
 *
 * @param ownRelays the own list, the home relay first
 * @param usesOwnKey whether the user agreed to sign for relays that refuse unknown authors
 */
export function createDelivery(
  { ledger, publisher, refusals, account, ownRelays, usesOwnKey }: {
    ledger: Ledger;
    publisher: Pick<Publisher, "publish">;
    refusals: RelayRefusals;
    account: { primary: string; homeRelay: string };
    ownRelays(): readonly string[];
    usesOwnKey(): boolean;
  },
): Delivery {
  /** A relay speaks for the reader where it serves it; else for itself. */
  function scopeOf(url: string, { reader, peer }: Pick<OutboxEntry, "reader" | "peer">) {
    const serving = ledger.conversation(peer)?.contact?.relays ?? [];
    const isServing = [account.homeRelay, ...serving].some((one) => relayId(one) === relayId(url));
    return { url, reader: isServing ? reader : null };
  }

  function wantsOwnKey(url: string, entry: Pick<OutboxEntry, "reader" | "peer">): boolean {
    const scope = scopeOf(url, entry);
    return usesOwnKey() && refusals.isRefusing(scope) &&
      !refusals.isRefusing({ ...scope, isOwnKey: true });
  }

  function routesOf(entry: Pick<OutboxEntry, "reader" | "peer">): Routes {
    const { targets, spares } = relaysFor(entry);
    const ownKey = [...targets, ...spares].filter((url) => wantsOwnKey(url, entry));
    return { targets, spares, ownKey: new Set(ownKey) };
  }

  function relaysFor(entry: Pick<OutboxEntry, "reader" | "peer">): Omit<Routes, "ownKey"> {
    const isRefusing = (url: string) =>
      refusals.isRefusing(scopeOf(url, entry)) && !wantsOwnKey(url, entry);
    if (entry.reader === account.primary) {
      const own = { registry: [account.homeRelay], listed: ownRelays(), preferred: null };
      return { targets: choosePublishTargets({ ...own, isRefusing }), spares: [] };
    }
    const conversation = ledger.conversation(entry.peer);
    if (conversation?.state !== "accepted" || !conversation.contact) {
      return { targets: [], spares: [] };
    }
    const { contact, listedRelays, peerRelay: preferred } = conversation;
    const targets = choosePublishTargets({
      registry: contact.relays,
      listed: listedRelays?.urls ?? [],
      preferred,
      isRefusing,
    });
    const { homeRelay } = account;
    const own = ownRelays();
    return {
      targets,
      spares: chooseSpareRelays({ own, homeRelay, targets, preferred, isRefusing }),
    };
  }

  async function deliver(
    entry: OutboxEntry,
    { event, ownKeyEvent = event, routes, onAlsoTaken }: Parameters<Delivery["deliver"]>[1],
  ): Promise<Delivered> {
    let taken: string | null = null;
    async function attempt(url: string) {
      const isOwnKey = routes.ownKey.has(url);
      const sent = isOwnKey ? ownKeyEvent : event;
      const answer = await publisher.publish(url, { event: sent, lane: entry.reader });
      const { accepted, message } = answer;
      if (!accepted) refusals.note({ ...scopeOf(url, entry), isOwnKey, message });
      else if (taken === null) taken = url;
      else onAlsoTaken(url);
      return { ...answer, url };
    }
    const { targets } = routes;
    const spares = entry.isSpare ? [] : routes.spares;
    const direct = await firstAcceptance(targets.map(attempt));
    if (direct.accepted) return { type: "taken", by: direct.url, isSpare: false };
    const isRefused = isPermanent(direct.message);
    const spare = spares.length > 0 ? await firstAcceptance(spares.map(attempt)) : null;
    if (spare?.accepted) return { type: "taken", by: spare.url, isSpare: !isRefused };
    const isOver = isRefused && (spare === null || isPermanent(spare.message));
    return isOver ? { type: "refused", words: direct.message } : { type: "away" };
  }

  return { routesOf, deliver, askAgain: () => refusals.forget() };
}
