import { MODERATION_SCHEMA } from "../management/moderation_store.ts";

/** The version of {@link SCHEMA}, kept in the file as `user_version`. */
export const SCHEMA_VERSION = 2;

// Every index holds what a scan looks at before it reads an event, and orders by newest first, ties by lowest id.
const EVENT_INDEXES = `
  CREATE INDEX event_by_time ON event (private, created_at DESC, id, kind, expires_at);
  CREATE INDEX event_by_kind ON event (kind, created_at DESC, id, expires_at);
  CREATE INDEX event_by_author ON event (pubkey, kind, created_at DESC, id, expires_at);
`;

const TAG_TABLE = `
  CREATE TABLE tag (
    name TEXT NOT NULL,
    -- Text, or the 32 bytes that it is the hex of.
    value ANY NOT NULL,
    kind INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    id BLOB NOT NULL,
    expires_at INTEGER,
    seq INTEGER NOT NULL,
    PRIMARY KEY (name, value, kind, created_at DESC, id)
  ) STRICT, WITHOUT ROWID;
`;

const LATER_TABLES = `
  -- What a deletion request named: an event's id, or an address up to a time. \`owner\` asked for it: a nostr key or an addr.
  CREATE TABLE deletion (
    target TEXT NOT NULL,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (target, owner)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE deletion_count (owner TEXT PRIMARY KEY, targets INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER count_deletion AFTER INSERT ON deletion BEGIN
    INSERT INTO deletion_count (owner, targets) VALUES (new.owner, 1)
      ON CONFLICT (owner) DO UPDATE SET targets = targets + 1;
  END;
  -- Deletion requests, by the number of their event, as long as what they name may still be here.
  CREATE TABLE pending_deletion (seq INTEGER PRIMARY KEY) STRICT;

  -- Nostr keys and addrs that asked to vanish; \`pending\` as long as events of theirs may still be here.
  CREATE TABLE vanished (
    owner TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    pending INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX vanished_pending ON vanished (owner, until) WHERE pending = 1;

  ${MODERATION_SCHEMA}
`;

// `seq` is given by the store, grows with every insert and is never used twice in a process.
const EVENT_TABLE = `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    pubkey BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    private INTEGER NOT NULL,
    address TEXT,
    expires_at INTEGER,
    account TEXT,
    bytes INTEGER NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX event_by_address ON event (address) WHERE address IS NOT NULL;
  CREATE INDEX event_by_expiry ON event (expires_at) WHERE expires_at IS NOT NULL;

  -- Bytes of the events that each account is charged with.
  CREATE TABLE account_bytes (account TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER charge AFTER INSERT ON event WHEN new.account IS NOT NULL BEGIN
    INSERT INTO account_bytes (account, bytes) VALUES (new.account, new.bytes)
      ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER discharge AFTER DELETE ON event WHEN old.account IS NOT NULL BEGIN
    UPDATE account_bytes SET bytes = bytes - old.bytes WHERE account = old.account;
    DELETE FROM account_bytes WHERE account = old.account AND bytes <= 0;
  END;
`;

/** What a new file begins with. */
export const SCHEMA = EVENT_TABLE + EVENT_INDEXES + TAG_TABLE + LATER_TABLES;

/** What leads from each older version to this one. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  1: `
    DROP TRIGGER hold;
    DROP TRIGGER let_go;
    DROP INDEX event_by_time;
    DROP INDEX event_by_kind;
    DROP INDEX event_by_author;
    DROP INDEX event_by_address;
    DROP INDEX event_by_expiry;
    ALTER TABLE event RENAME TO event_1;
    ALTER TABLE tag RENAME TO tag_1;
    DROP TABLE held;
    ${EVENT_TABLE}
    ${EVENT_INDEXES}
    ${TAG_TABLE}
    ${LATER_TABLES}
    INSERT INTO event
      SELECT seq, unhex(id), unhex(pubkey), created_at, kind, private, address, expires_at, held_for, bytes, json
      FROM event_1 ORDER BY seq;
    INSERT INTO tag (name, value, kind, created_at, id, expires_at, seq)
      SELECT tag_1.name,
        CASE WHEN length(value) = 64 AND value NOT GLOB '*[^0-9a-f]*' THEN unhex(value) ELSE value END AS value,
        tag_1.kind, tag_1.created_at, unhex(tag_1.id), event_1.expires_at, tag_1.seq
      FROM tag_1 JOIN event_1 ON event_1.seq = tag_1.seq;
    DROP TABLE tag_1;
    DROP TABLE event_1;
  `,
};
