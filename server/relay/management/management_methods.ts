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
  removeEvent(id: string): Promise<void> | void;
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
  const banned = listMethods(moderation, { list: "banned_key", member: "pubkey", read: keyParam });
  const allowed = listMethods(moderation, {
    list: "allowed_key",
    member: "pubkey",
    read: keyParam,
  });
  return {
    banpubkey(params) {
      const pubkey = banned.add(params);
      effects.disconnectKey(pubkey);
      effects.removeEventsBy(pubkey);
      return true;
    },
    unbanpubkey(params) {
      banned.remove(params);
      return true;
    },
    listbannedpubkeys: banned.all,
    allowpubkey(params) {
      allowed.add(params);
      return true;
    },
    unallowpubkey(params) {
      allowed.remove(params);
      return true;
    },
    listallowedpubkeys: allowed.all,
  };
}

function eventMethods({ moderation, effects }: MethodsDeps): Record<string, ManagementMethod> {
  const banned = listMethods(moderation, { list: "banned_event", member: "id", read: idParam });
  const unban: ManagementMethod = (params) => {
    banned.remove(params);
    return true;
  };
  return {
    async banevent(params) {
      await effects.removeEvent(banned.add(params));
      return true;
    },
    unbanevent: unban,
    allowevent: unban,
    listbannedevents: banned.all,
  };
}

function ipMethods({ moderation, effects }: MethodsDeps): Record<string, ManagementMethod> {
  const blocked = listMethods(moderation, { list: "blocked_ip", member: "ip", read: ipParam });
  return {
    blockip(params) {
      effects.disconnectIp(blocked.add(params));
      return true;
    },
    unblockip(params) {
      blocked.remove(params);
      return true;
    },
    listblockedips: blocked.all,
  };
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

/** What the methods of a list share; `add` and `remove` give the value that was meant. */
function listMethods(
  moderation: Moderation,
  { list, member, read }: { list: ValueList; member: string; read(param: unknown): string },
) {
  return {
    add([param, reason]: readonly unknown[]): string {
      const value = read(param);
      try {
        moderation.add(list, { value, reason: reasonParam(reason) });
      } catch (error) {
        if (error instanceof ListFullError) throw new CallError(error.message);
        throw error;
      }
      return value;
    },
    remove([param]: readonly unknown[]): string {
      const value = read(param);
      moderation.remove(list, value);
      return value;
    },
    all: () =>
      moderation.entries(list).map(({ value, reason }) => ({
        [member]: value,
        ...(reason === "" ? {} : { reason }),
      })),
  };
}
