import type { ModerationList, ModerationStore } from "./moderation_store.ts";

/** Lists that the operator adds values to; settings are apart. */
export type ValueList = Exclude<ModerationList, "setting">;

export interface ListedValue {
  value: string;
  /** Empty where none was given. */
  reason: string;
}

/** What the operator may call the relay; null for what the server was started with. */
export interface RelaySettings {
  name: string | null;
  description: string | null;
  /** URL of a picture. */
  icon: string | null;
}

/** The operator's lists: asked in memory, changed in the store first. */
export interface Moderation {
  isBannedKey(pubkey: string): boolean;
  /** False for a key that is banned. */
  isAllowedKey(pubkey: string): boolean;
  isBannedEvent(id: string): boolean;
  /** @param client as `clientKey` gives it */
  isBlockedIp(client: string): boolean;
  /**
   * Puts a value on a list, or gives it a new reason. A key that is banned is no longer allowed, and the other way round.
   *
   * @throws ListFullError; what the store throws, and a key may then stand on both lists: it counts as banned
   */
  add(list: ValueList, entry: ListedValue): void;
  /** Takes a value off a list, if it is there. @throws what the store throws */
  remove(list: ValueList, value: string): void;
  entries(list: ValueList): ListedValue[];
  settings(): RelaySettings;
  /** Changes a setting; null brings back what the server was started with. @throws what the store throws */
  change(setting: keyof RelaySettings, text: string | null): void;
}

/** A list has as many values as it may have. */
export class ListFullError extends Error {
  override readonly name = "ListFullError";
}

const MAX_ENTRIES = 100_000;

/** A key stands on one of these at most. */
const OPPOSITE: Partial<Record<ValueList, ValueList>> = {
  banned_key: "allowed_key",
  allowed_key: "banned_key",
};

/** Reads the lists from the store and keeps both the same from then on. */
export function createModeration({ store, nowS, maxEntries = MAX_ENTRIES }: {
  store: ModerationStore;
  nowS(): number;
  maxEntries?: number;
}): Moderation {
  const lists: Record<ModerationList, Map<string, string>> = {
    banned_key: new Map(),
    allowed_key: new Map(),
    banned_event: new Map(),
    blocked_ip: new Map(),
    setting: new Map(),
  };
  for (const { list, value, reason } of store.load()) lists[list]?.set(value, reason);

  const put = (list: ModerationList, { value, reason }: ListedValue): void => {
    store.put({ list, value, reason }, nowS());
    lists[list].set(value, reason);
  };
  const remove = (list: ModerationList, value: string): void => {
    if (!lists[list].has(value)) return;
    store.remove(list, value);
    lists[list].delete(value);
  };
  const settingOf = (name: keyof RelaySettings) => lists.setting.get(name) ?? null;

  return {
    isBannedKey: (pubkey) => lists.banned_key.has(pubkey),
    isAllowedKey: (pubkey) => lists.allowed_key.has(pubkey) && !lists.banned_key.has(pubkey),
    isBannedEvent: (id) => lists.banned_event.has(id),
    isBlockedIp: (client) => lists.blocked_ip.has(client),
    add(list, entry) {
      if (!lists[list].has(entry.value) && lists[list].size >= maxEntries) {
        throw new ListFullError(`the list has ${maxEntries} entries already, remove some first`);
      }
      put(list, entry);
      const opposite = OPPOSITE[list];
      if (opposite) remove(opposite, entry.value);
    },
    remove,
    entries: (list) => [...lists[list]].map(([value, reason]) => ({ value, reason })),
    settings: () => ({
      name: settingOf("name"),
      description: settingOf("description"),
      icon: settingOf("icon"),
    }),
    change(setting, text) {
      if (text === null) remove("setting", setting);
      else put("setting", { value: setting, reason: text });
    },
  };
}
