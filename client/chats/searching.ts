import type { RelayEnvironment } from "../relays/relay_environment.ts";
import type { MessageSearch } from "../search/message_search.ts";
import { loaded } from "../loaded.ts";
import type { Owner } from "./conversation/conversation_view.ts";
import type { Ledger } from "./ledger.ts";
import type { SearchQuery, SearchResult } from "./model/search_model.ts";
import { createPacer } from "./pacer.ts";

/** Search in all messages, which costs nothing until somebody searches. */
export interface Searching {
  /** Grows whenever the same search may find something else. */
  readonly revision: number;
  /** @throws UserError `storage_failed`, `no_network` where the search itself could not be loaded */
  find(query: SearchQuery): Promise<SearchResult>;
  stop(): void;
}

/** @param onChange called when the revision has grown */
export function createSearching(
  { ledger, owner, environment, onChange, onFault }: {
    ledger: Ledger;
    owner: Owner;
    environment: Pick<RelayEnvironment, "setTimer">;
    onChange(): void;
    onFault(error: unknown): void;
  },
): Searching {
  let revision = 0;
  let opening: Promise<MessageSearch> | null = null;
  let isStopped = false;

  async function open(): Promise<MessageSearch> {
    const part = loaded(import("../search/message_search.ts"));
    const { createMessageSearch } = await part.catch((error) => {
      opening = null;
      throw error;
    });
    const search = createMessageSearch({
      ledger,
      owner,
      pacer: createPacer({ environment }),
      onChange() {
        revision++;
        if (!isStopped) onChange();
      },
    });
    if (isStopped) search.stop();
    search.build().catch((error) => isStopped || onFault(error));
    return search;
  }

  return {
    get revision() {
      return revision;
    },
    find: async (query) => await (await (opening ??= open())).find(query),
    stop() {
      isStopped = true;
      opening?.then((search) => search.stop(), () => {});
    },
  };
}
