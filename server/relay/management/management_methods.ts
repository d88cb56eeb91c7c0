import { CallError, hexParam, ipParam, reasonParam, settingParam } from "./management_params.ts";
import {
  ListFullError,
  type Moderation,
  type RelaySettings,
  type ValueList,
} from "./moderation.ts";

/** What a decision of the operator does besides standing on a list. */
export interface ModerationEffects {
  /** Removes what a key has stored, soon. */
  removeEventsBy(pubkey: string): void;
  removeEvent(id: string): void;
  /** Ends the connections that AUTHed as a key. */
  disconnectKey(pubkey: string): void;
  /** Ends the connections of a client, as `clientKey` names it. */
  disconnectIp(client: string): void;
}

/** From params to the result. @throws CallError; what the store of the lists throws */
export type ManagementMethod = (params: readonly unknown[]) => unknown;

export type ManagementMethods = ReadonlyMap<string, ManagementMethod>;

interface MethodsDeps {
  moderation: Moderation;
  effects: ModerationEffects;
}

/** The methods of NIP-86 that this relay has, by name. */
export function createManagementMethods(deps: MethodsDeps): ManagementMethods {
  const methods = new Map<string, ManagementMethod>(Object.entries({
    ...keyMethods(deps),
    ...eventMethods(deps),
    ...ipMethods(deps),
    ...settingMethods(deps),
  }));
  const names = [...methods.keys()];
  return methods.set("supportedmethods", () => names);
}

function keyMethods({ moderation, effects }: MethodsDeps): Record<string, ManagementMethod> {
  const key = { member: "pubkey", read: keyParam };
  const banned = listMethods(moderation, {
    ...key,
    list: "banned_key",
    onAdd(pubkey) {
      effects.disconnectKey(pubkey);
      effects.removeEventsBy(pubkey);
    },
  });
  const allowed = listMethods(moderation, { ...key, list: "allowed_key" });
  return {
    banpubkey: banned.add,
    unbanpubkey: banned.remove,
    listbannedpubkeys: banned.all,
    allowpubkey: allowed.add,
    unallowpubkey: allowed.remove,
    listallowedpubkeys: allowed.all,
  };
}

function eventMethods({ moderation, effects }: MethodsDeps): Record<string, ManagementMethod> {
  const banned = listMethods(moderation, {
    list: "banned_event",
    member: "id",
    read: idParam,
    onAdd: effects.removeEvent,
  });
  return {
    banevent: banned.add,
    unbanevent: banned.remove,
    allowevent: banned.remove,
    listbannedevents: banned.all,
  };
}

function ipMethods({ moderation, effects }: MethodsDeps): Record<string, ManagementMethod> {
  const blocked = listMethods(moderation, {
    list: "blocked_ip",
    member: "ip",
    read: ipParam,
    onAdd: effects.disconnectIp,
  });
  return { blockip: blocked.add, unblockip: blocked.remove, listblockedips: blocked.all };
}

function settingMethods({ moderation }: MethodsDeps): Record<string, ManagementMethod> {
  const change = (setting: keyof RelaySettings): ManagementMethod => ([text]) => {
    moderation.change(setting, settingParam(text, setting));
    return true;
  };
  return {
    changerelayname: change("name"),
    changerelaydescription: change("description"),
    changerelayicon: change("icon"),
  };
}

const keyParam = (param: unknown) => hexParam(param, "pubkey");
const idParam = (param: unknown) => hexParam(param, "event id");

/** The methods of a list. `onAdd` is told what was meant, when it stands on the list. */
function listMethods(
  moderation: Moderation,
  { list, member, read, onAdd = () => {} }: {
    list: ValueList;
    member: string;
    read(param: unknown): string;
    onAdd?: (value: string) => void;
  },
): Record<"add" | "remove" | "all", ManagementMethod> {
  return {
    add([param, reason]) {
      const value = read(param);
      try {
        moderation.add(list, { value, reason: reasonParam(reason) });
      } catch (error) {
        if (error instanceof ListFullError) throw new CallError(error.message);
        throw error;
      }
      onAdd(value);
      return true;
    },
    remove([param]) {
      moderation.remove(list, read(param));
      return true;
    },
    all: () =>
      moderation.entries(list).map(({ value, reason }) => ({
        [member]: value,
        ...(reason === "" ? {} : { reason }),
      })),
  };
}
