/** Remembers, outside the database, that this device had an account: so a browser that threw the data away is noticed. */
export interface AccountMarker {
  isSet(): boolean;
  set(): void;
  clear(): void;
}

const KEY = "kez-chat.account";

/** The marker in localStorage. A browser that refuses it is never noticed, and nothing else is lost. */
export function createAccountMarker(
  storage: () => Pick<Storage, "getItem" | "setItem" | "removeItem">,
  onFault: (error: unknown) => void,
): AccountMarker {
  function attempt<T>(step: () => T): T | null {
    try {
      return step();
    } catch (error) {
      onFault(error);
      return null;
    }
  }
  return {
    isSet: () => attempt(() => storage().getItem(KEY)) !== null,
    set: () => void attempt(() => storage().setItem(KEY, "1")),
    clear: () => void attempt(() => storage().removeItem(KEY)),
  };
}
