import type { Members } from "../../../server/registry/members.ts";

/** A registry of a test: what it says can be changed at any time. */
export interface FakeMembers extends Members {
  register(addr: string, nostrKey: string): void;
  release(addr: string): void;
}

/** Members that only exist in memory. */
export function createFakeMembers(): FakeMembers {
  const keys = new Map<string, string>();
  const released = new Set<string>();
  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((listener) => listener());
  return {
    isAddr: (addr) => keys.has(addr),
    isReleased: (addr) => released.has(addr),
    nostrKeyOf: (addr) => keys.get(addr) ?? null,
    addrsOf: (pubkey) => [...keys].filter(([, key]) => key === pubkey).map(([addr]) => addr),
    relayElsewhere: () => null,
    isMemberKey: (pubkey) => [...keys.values()].includes(pubkey),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    register(addr, nostrKey) {
      released.delete(addr);
      keys.set(addr, nostrKey);
      changed();
    },
    release(addr) {
      released.add(addr);
      keys.delete(addr);
      changed();
    },
  };
}
