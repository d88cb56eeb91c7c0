import { isLoopbackServer } from "../../protocol/handle.ts";
import { isRelayUrl, uniqueRelays } from "../relays/relay_url.ts";
import { UserError } from "../user_error.ts";
import type { Ledger } from "./ledger.ts";

/** The own list of relays. */
export interface OwnRelays {
  /** The home relay first. */
  readonly urls: readonly string[];
  /** Asks the home server what it recommends. Never rejects. */
  refresh(): Promise<void>;
}

const NAME = "own_relays";

/** A list that is longer is cut: each relay is a connection. */
export const MAX_OWN_RELAYS = 12;

interface OwnList {
  defaults: string[];
}

/**
 * Loads the list as it was last known.
 *
 * @param onChange called after each change of `urls`
 * @throws UserError `storage_failed`
 */
export async function openOwnRelays(
  { ledger, account, defaultRelays, onChange, onFault }: {
    ledger: Ledger;
    account: { homeRelay: string };
    defaultRelays(): Promise<string[]>;
    onChange(): void;
    onFault(error: unknown): void;
  },
): Promise<OwnRelays> {
  const mayBeLoopback = isLoopbackServer(new URL(account.homeRelay).host);
  let list = await ledger.storage.value<OwnList>(NAME) ?? { defaults: [] };
  let urls = urlsOf(list);

  function urlsOf({ defaults }: OwnList): string[] {
    return [
      account.homeRelay,
      ...uniqueRelays([account.homeRelay, ...defaults]).slice(1)
        .filter((url) => isRelayUrl(url, { mayBeLoopback })),
    ].slice(0, MAX_OWN_RELAYS);
  }

  return {
    get urls() {
      return urls;
    },
    async refresh() {
      try {
        const defaults = await defaultRelays();
        if (JSON.stringify(defaults) === JSON.stringify(list.defaults)) return;
        await ledger.write(() =>
          ledger.commit([{ put: "value", name: NAME, value: { ...list, defaults } }])
        );
        list = { ...list, defaults };
        urls = urlsOf(list);
        onChange();
      } catch (error) {
        if (!(error instanceof UserError)) onFault(error);
      }
    },
  };
}
