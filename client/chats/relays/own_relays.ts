import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";
import { isLoopbackServer } from "../../../protocol/handle.ts";
import {
  areSameRelays,
  changeRelayTags,
  readRelaysOf,
  relayListChange,
} from "../../relays/relay_list.ts";
import { isRelayUrl, parseRelayInput, relayId, uniqueRelays } from "../../relays/relay_url.ts";
import { UserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";
import type { HeldEvents, OwnEvents } from "./own_events.ts";

/** The own list of relays: the home relay, and those that the owner chose or the home server recommends. */
export interface OwnRelays {
  /** The home relay first. */
  readonly urls: readonly string[];
  /** True while it is what the home server recommends. */
  readonly isDefault: boolean;
  /**
   * @param input a URL, or a host alone
   * @throws UserError `invalid_relay`, `too_many_relays`, `storage_failed`
   */
  add(input: string): Promise<void>;
  /** The home relay stays. @throws UserError `storage_failed` */
  remove(url: string): Promise<void>;
  /** Goes back to what the home server recommends. @throws UserError `storage_failed` */
  reset(): Promise<void>;
  /** Takes up what the home server recommends now. @throws UserError `storage_failed` */
  recommend(urls: string[]): Promise<void>;
  /**
   * Brings this list and the published one together: what other devices and other apps changed since, and what was
   * changed here. (NIP-65)
   *
   * @returns true once both are the same
   * @throws UserError `storage_failed`
   */
  sync(held: HeldEvents, events: OwnEvents): Promise<boolean>;
}

/** Each is a connection; a published list that is longer is read up to here. */
const MAX_OWN_RELAYS = 12;

const NAME = "own_relays";

interface OwnList {
  /** What the home server recommends. */
  defaults: string[];
  /** What the owner has chosen besides the home relay; null for what is recommended. */
  chosen: string[] | null;
  /** The list as it was published last, or read; its Unix seconds. */
  published: { urls: string[]; atS: number } | null;
}

/**
 * Loads the list as it was last known.
 *
 * @param onChange called after each change of `urls`
 * @throws UserError `storage_failed`
 */
export async function openOwnRelays(
  { ledger, account: { homeRelay }, onChange }: {
    ledger: Ledger;
    account: { homeRelay: string };
    onChange(): void;
  },
): Promise<OwnRelays> {
  const mayBeLoopback = isLoopbackServer(new URL(homeRelay).host);
  const kept = await ledger.storage.value<Partial<OwnList>>(NAME);
  let list: OwnList = { defaults: [], chosen: null, published: null, ...kept };
  let urls = withHome(list.chosen ?? list.defaults);

  function withHome(others: readonly string[]): string[] {
    const usable = others.filter((url) => isRelayUrl(url, { mayBeLoopback }));
    return uniqueRelays([homeRelay, ...usable]).slice(0, MAX_OWN_RELAYS);
  }

  /** Changes what is kept by what it is at that moment. */
  async function change(step: (list: OwnList) => Partial<OwnList>): Promise<void> {
    await ledger.write(async () => {
      const value = { ...list, ...step(list) };
      await ledger.commit([{ put: "value", name: NAME, value }]);
      list = value;
    });
    urls = withHome(list.chosen ?? list.defaults);
    onChange();
  }

  /** What the list should be, with the newest published one under it. */
  function tagsOver(newest: NostrEvent): string[][] {
    const remote = readRelaysOf(newest, { mayBeLoopback });
    const { published, defaults } = list;
    const isStale = published !== null && newest.created_at < published.atS;
    const base = isStale ? remote : published?.urls ?? withHome(defaults);
    const tags = changeRelayTags(newest.tags, relayListChange(base, urls));
    return changeRelayTags(tags, { added: [homeRelay], removed: [] });
  }

  /** False where the list was changed meanwhile: that comes on top the next time. */
  async function adopt(event: NostrEvent, before: readonly string[]): Promise<boolean> {
    const read = withHome(readRelaysOf(event, { mayBeLoopback }));
    const published = { urls: read, atS: event.created_at };
    let isSame = true;
    await change(({ defaults, chosen }) => {
      isSame = areSameRelays(before, withHome(chosen ?? defaults));
      if (!isSame) return { published: { ...published, urls: [...before] } };
      const isDefault = chosen === null && areSameRelays(read, withHome(defaults));
      return { published, chosen: isDefault ? null : read.slice(1) };
    });
    return isSame;
  }

  return {
    get urls() {
      return urls;
    },
    get isDefault() {
      return areSameRelays(urls, withHome(list.defaults));
    },
    async add(input) {
      const url = parseRelayInput(input, { mayBeLoopback });
      if (url === null) throw new UserError("invalid_relay");
      if (urls.some((one) => relayId(one) === relayId(url))) return;
      if (urls.length >= MAX_OWN_RELAYS) throw new UserError("too_many_relays");
      await change(({ chosen, defaults }) => ({ chosen: [...chosen ?? defaults, url] }));
    },
    remove: (url) =>
      change(({ chosen, defaults }) => ({
        chosen: (chosen ?? defaults).filter((one) => relayId(one) !== relayId(url)),
      })),
    reset: () => change(() => ({ chosen: null })),
    async recommend(defaults) {
      if (JSON.stringify(defaults) !== JSON.stringify(list.defaults)) {
        await change(() => ({ defaults }));
      }
    },
    async sync(held, events) {
      const newest = held.newest(KIND.relayList);
      const before = urls;
      const tags = newest ? tagsOver(newest) : urls.map((url) => ["r", url]);
      const isCurrent = newest !== null && tags === newest.tags;
      const content = { kind: KIND.relayList, tags, content: newest?.content ?? "" };
      const event = isCurrent ? newest : events.sign(content, newest);
      return await held.bring(event) && await adopt(event, before);
    },
  };
}
