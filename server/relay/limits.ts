import type { BucketRule } from "../rate_limit.ts";

/** What one client may ask of the relay. Every number is enforced, and NIP-11 tells those it has a field for. */
export interface RelayLimits {
  maxFrameBytes: number;
  /** UTF-8 bytes of an event's JSON. */
  maxEventBytes: number;
  maxTags: number;
  /** Tags of a gift wrap or a request to vanish from a stranger: each costs index space and matching. */
  maxStrangerTags: number;
  /** Bytes of a stranger's request to vanish, which nothing removes again. */
  maxStrangerBytes: number;
  maxSubscriptions: number;
  /** Filters in one REQ or COUNT. */
  maxFilters: number;
  /** Values in all filters of a connection together: each is an entry of the live index. */
  maxFilterValues: number;
  /** The same of all connections of one client, and of all clients: live, and of scans that run or wait. */
  maxListening: number;
  maxListeningInAll: number;
  maxScanning: number;
  maxScanningInAll: number;
  /** Stored events one filter gets; also what a filter without `limit` gets. */
  maxLimit: number;
  /** How far `created_at` may be behind and ahead of now. */
  maxPastS: number;
  maxFutureS: number;
  /** How far an AUTH's `created_at` may be from now. */
  authWindowS: number;
  maxAuthedKeys: number;
  maxSockets: number;
  maxSocketsPerIp: number;
  /** Unsent bytes at which a reader is too slow and is disconnected. */
  maxBufferedBytes: number;
  /** The same of all sockets of a client together, beyond a small part that each has for itself. */
  maxClientBufferedBytes: number;
  /** Bytes of events from strangers that are held for one reader. */
  maxMailboxBytes: number;
  /** Bytes of events that one member may have here. */
  maxMemberBytes: number;
  /** Ids and addresses that one member may have deleted. */
  maxDeletions: number;
  /** Events that a COUNT counts; what is more is told as an approximation. */
  maxCount: number;
  /** Reconciliations that a connection has open, and how long one may take between two messages. */
  maxNegotiations: number;
  negotiationIdleMs: number;
  /** Events in the reconciliations of one client, and in all that are open in the relay. */
  maxNegotiatedEvents: number;
  maxNegotiatedEventsInAll: number;
  /** A peer that answers nothing for this long is gone. */
  pingIntervalMs: number;
  /** Refused messages at once, and how many a second are forgiven, before a connection is ended. */
  maxStrikes: number;
  strikesForgivenPerS: number;
}

/** The limits of specification page 4, and those that it leaves open. */
export const RELAY_LIMITS: RelayLimits = {
  maxFrameBytes: 128 * 1024,
  maxEventBytes: 64 * 1024,
  maxTags: 1_000,
  maxStrangerTags: 16,
  maxStrangerBytes: 2 * 1024,
  maxSubscriptions: 64,
  maxFilters: 20,
  maxFilterValues: 10_000,
  maxListening: 50_000,
  maxListeningInAll: 300_000,
  maxScanning: 20_000,
  maxScanningInAll: 60_000,
  maxLimit: 500,
  maxPastS: 3 * 365 * 86_400,
  maxFutureS: 15 * 60,
  authWindowS: 10 * 60,
  maxAuthedKeys: 64,
  maxSockets: 5_000,
  maxSocketsPerIp: 250,
  maxBufferedBytes: 8 * 1024 * 1024,
  maxClientBufferedBytes: 64 * 1024 * 1024,
  maxMailboxBytes: 64 * 1024 * 1024,
  maxMemberBytes: 64 * 1024 * 1024,
  maxDeletions: 250_000,
  maxCount: 1_000_000,
  maxNegotiations: 8,
  negotiationIdleMs: 2 * 60_000,
  maxNegotiatedEvents: 250_000,
  maxNegotiatedEventsInAll: 1_000_000,
  pingIntervalMs: 30_000,
  maxStrikes: 200,
  strikesForgivenPerS: 2,
};

/** EVENT, AUTH and management calls of one IP. */
export const EVENT_RATE: BucketRule = { name: "relay_events", capacity: 600, refillPerS: 10 };

/** REQ, COUNT and NIP-77's messages of one IP. */
export const REQ_RATE: BucketRule = { name: "relay_reqs", capacity: 600, refillPerS: 10 };

/** EVENTs signed by one member's key, wherever they come from. */
export const MEMBER_RATE: BucketRule = { name: "relay_member", capacity: 600, refillPerS: 5 };

/** What strangers may store for one reader in an hour. */
export const MAIL_RATE: BucketRule = {
  name: "relay_mail",
  capacity: 600,
  refillPerS: 600 / 3600,
};

/** The same for events that are not stored, apart from mail so that typing never uses up what mail has. */
export const TYPING_RATE: BucketRule = {
  name: "relay_typing",
  capacity: 600,
  refillPerS: 600 / 3600,
};
