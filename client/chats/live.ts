/**
 * A view that tells of its changes. It is a plain object: what is no function is its state, replaced and never changed
 * in place; its functions are its methods, and need no `this`. So whatever is added to a view is shown, and reaches
 * other tabs, without being named anywhere else.
 */
export type Live<T> = T & {
  /** Calls the listener after every change. Returns what ends it. */
  onChange(listener: () => void): () => void;
};

/** What of a view can be looked at. */
export type StateOf<T> = {
  readonly [Name in keyof T as T[Name] extends (...args: never[]) => unknown ? never : Name]:
    T[Name];
};

/** The state of a view at this moment. */
export function readState(view: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => !isMethod(value)));
}

/** The names of a view's methods. */
export function methodNames(view: object): string[] {
  return Object.entries(view).filter(([, value]) => isMethod(value)).map(([name]) => name);
}

function isMethod(value: unknown): value is () => unknown {
  return typeof value === "function";
}
