-- SQLite on files: a database of its own, journals, attachments, large values, reopening.
.bail off
.nullvalue NULL
.open /tmp/pith-storage.db
PRAGMA journal_mode = DELETE;
PRAGMA page_size = 4096;
CREATE TABLE t(id INTEGER PRIMARY KEY, k TEXT UNIQUE, v BLOB);
BEGIN;
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) INSERT INTO t SELECT n, printf('key-%06d', n * 31 % 5000), zeroblob(n % 200) FROM c;
COMMIT;
SELECT count(*), sum(length(v)), min(k), max(k) FROM t;
BEGIN;
UPDATE t SET v = v || v WHERE id % 2 = 0;
SELECT sum(length(v)) FROM t;
ROLLBACK;
SELECT sum(length(v)) FROM t;
PRAGMA integrity_check;
PRAGMA page_count;
DELETE FROM t WHERE id > 1000;
PRAGMA freelist_count;
VACUUM;
PRAGMA page_count;
PRAGMA freelist_count;
-- large values over many pages
CREATE TABLE big(id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO big VALUES (1, replace(hex(zeroblob(500000)), '00', 'abcdef'));
INSERT INTO big VALUES (2, zeroblob(3000000));
SELECT id, length(body), substr(body, 100001, 12) FROM big WHERE id = 1;
SELECT id, length(body), typeof(body) FROM big WHERE id = 2;
UPDATE big SET body = body || 'tail' WHERE id = 1;
SELECT length(body), substr(body, -8) FROM big WHERE id = 1;
DELETE FROM big WHERE id = 2;
-- another database beside it
ATTACH '/tmp/pith-other.db' AS other;
CREATE TABLE other.copy AS SELECT id, k FROM t WHERE id % 10 = 0;
SELECT count(*), sum(id) FROM other.copy;
BEGIN;
INSERT INTO t(k) VALUES ('both');
INSERT INTO other.copy VALUES (-1, 'both');
COMMIT;
SELECT (SELECT count(*) FROM t WHERE k = 'both'), (SELECT count(*) FROM copy WHERE k = 'both');
PRAGMA database_list;
DETACH other;
-- write-ahead log needs shared memory: mmap of files
PRAGMA journal_mode = WAL;
INSERT INTO t(k) VALUES ('in the log');
SELECT count(*) FROM t WHERE k = 'in the log';
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA journal_mode = TRUNCATE;
INSERT INTO t(k) VALUES ('truncate');
PRAGMA journal_mode = PERSIST;
INSERT INTO t(k) VALUES ('persist');
PRAGMA journal_mode = MEMORY;
INSERT INTO t(k) VALUES ('memory');
PRAGMA mmap_size = 1000000;
SELECT count(*), sum(length(k)) FROM t;
-- closed and opened again
.open /tmp/pith-other.db
SELECT count(*), min(id) FROM copy;
.open /tmp/pith-storage.db
SELECT k FROM t WHERE id > 1000 ORDER BY id;
SELECT count(*) FROM big;
PRAGMA integrity_check;
.backup /tmp/pith-backup.db
.open /tmp/pith-backup.db
SELECT count(*), sum(id) FROM t;
.save /tmp/pith-saved.db
.open /tmp/pith-saved.db
SELECT name FROM sqlite_master ORDER BY name;
CREATE TEMP TABLE tmp AS SELECT * FROM t;
SELECT count(*) FROM tmp;
-- sorting more than fits the cache
PRAGMA cache_size = 20;
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000) SELECT count(*), max(x) FROM (SELECT hex(n * 2654435761 % 4294967296) AS x FROM c ORDER BY x);
CREATE INDEX late ON t(v, k);
SELECT count(*) FROM t INDEXED BY late WHERE v IS NOT NULL;
-- written and read back as text
.open /tmp/pith-many.db
PRAGMA synchronous = OFF;
CREATE TABLE c(n INT);
.mode csv
.output /tmp/pith-out.txt
SELECT n, n * n FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100) SELECT n FROM c);
.output stdout
.import /tmp/pith-out.txt imported
SELECT count(*) FROM imported;
.read /tmp/no-such-script.sql
.open /no/such/dir/x.db
SELECT 'end';
