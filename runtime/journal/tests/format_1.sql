-- A journal as format 1 wrote it: one entity with two commits, open work and a mark, and one that is marked only.
PRAGMA journal_mode = WAL;
CREATE TABLE entities (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    receipts   INTEGER NOT NULL,
    mark       TEXT,
    mark_reason TEXT,
    mark_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX entities_by_key ON entities (kind, key);
CREATE INDEX entities_marked ON entities (mark) WHERE mark IS NOT NULL;

CREATE TABLE commits (
    position  INTEGER PRIMARY KEY,
    entity    INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    commit_id TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL,
    cause     TEXT    NOT NULL,
    caused_by TEXT,
    events    TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX commits_of_entity ON commits (entity, seq);

CREATE TABLE snapshots (
    entity INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    state  TEXT    NOT NULL
) STRICT;

CREATE TABLE receipts (
    position    INTEGER PRIMARY KEY,
    entity      INTEGER NOT NULL,
    command_id  TEXT    NOT NULL,
    fingerprint INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    reply       TEXT    NOT NULL
) STRICT;
CREATE INDEX receipts_of_entity ON receipts (entity);

CREATE TABLE work (
    entity INTEGER NOT NULL,
    id     TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    due_ms INTEGER,
    data   TEXT    NOT NULL,
    PRIMARY KEY (entity, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_due ON work (kind, due_ms, entity, id) WHERE due_ms IS NOT NULL;
CREATE INDEX work_paused ON work (entity, id, kind) WHERE due_ms IS NULL;

CREATE TABLE views (
    id         INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    key        TEXT NOT NULL,
    sort       TEXT NOT NULL,
    fields     TEXT NOT NULL,
    doc        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX views_by_key ON views (collection, key);
CREATE INDEX views_in_order ON views (collection, sort, key);

CREATE TABLE view_fields (
    collection TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    sort       TEXT NOT NULL,
    key        TEXT NOT NULL,
    PRIMARY KEY (collection, name, value, sort, key)
) STRICT, WITHOUT ROWID;

INSERT INTO entities VALUES (1, 'project', 'p-1', 2, 2000, 1, 'QUARANTINED', '5 panics', 2500);
INSERT INTO entities VALUES (2, 'project', 'p-2', 0, 900, 0, 'PAUSED', 'a look', 900);
INSERT INTO commits VALUES (1, 1, 1, '00000000000000000000000000000001', 1000, 'command Create', 'ann', '[{"type":"Created","data":{"n":1}}]');
INSERT INTO commits VALUES (2, 1, 2, '00000000000000000000000000000002', 2000, 'settled Make', NULL, '[]');
INSERT INTO snapshots VALUES (1, 1, '{"n":1}');
INSERT INTO receipts VALUES (1, 1, 'c-1', 7, 1000, '{"ok":true}');
INSERT INTO work VALUES (1, '1.0-Make', 'EFFECT', 1000, '{"name":"Make"}');
INSERT INTO work VALUES (1, '1.1-Tell', 'EFFECT', NULL, '{"name":"Tell"}');
INSERT INTO work VALUES (1, 'timer:poll', 'TIMER', 3000, 'null');
INSERT INTO views VALUES (1, 'projects', 'p-1', 'a', '[["owner","ann"]]', '{"id":"p-1"}');
INSERT INTO view_fields VALUES ('projects', 'owner', 'ann', 'a', 'p-1');
PRAGMA application_id = 0x444d4a4c;
PRAGMA user_version = 1;
