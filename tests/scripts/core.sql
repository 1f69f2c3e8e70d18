-- SQLite: types, expressions, queries, indexes, triggers, transactions, windows, JSON.
.headers on
.mode list
.nullvalue NULL
SELECT sqlite_version() IS NOT NULL AS has_version;
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INT, city TEXT DEFAULT 'Nowhere', score REAL);
INSERT INTO people(name, age, city, score) VALUES ('Ada', 36, 'London', 9.5), ('Brian', 41, 'Toronto', 8.25), ('Carl', 23, NULL, 7.0), ('Dora', NULL, 'Paris', NULL), ('Eve', 29, 'London', -1.5e10);
INSERT INTO people(name) VALUES ('Frank');
SELECT * FROM people ORDER BY id;
SELECT city, count(*), avg(age), sum(score), min(name), max(name), total(age), group_concat(name, '+') FROM people GROUP BY city ORDER BY city;
SELECT name FROM people WHERE age BETWEEN 25 AND 40 OR city IS NULL ORDER BY name DESC;
SELECT name, CASE WHEN age < 30 THEN 'young' WHEN age < 40 THEN 'middle' WHEN age IS NULL THEN 'unknown' ELSE 'old' END AS class FROM people ORDER BY class, name;
SELECT count(*) FROM people GROUP BY city HAVING count(*) > 1;
SELECT DISTINCT city FROM people ORDER BY 1 LIMIT 2 OFFSET 1;

-- literals, affinity, arithmetic
SELECT 1, 1.0, 1e10, 0x1F, 'it''s', x'48656C6C6F', NULL, 1 + 1.5, 7 / 2, 7 % 3, -7 / 2, -7 % 3, 7 / 0, 1.0 / 3, 2 << 10, 5 & 3, 5 | 3, ~5;
SELECT 9223372036854775807, 9223372036854775807 + 1, -9223372036854775808, abs(-5), round(2.5), round(3.14159, 2), 1e308 * 10, -1e308 * 10, 0.1 + 0.2;
SELECT typeof(1), typeof(1.0), typeof('a'), typeof(x'00'), typeof(NULL), typeof('1' + 1), typeof(1 || 2), cast('12abc' AS INT), cast(3.99 AS INT), cast('1e3' AS REAL), cast(65 AS TEXT), hex(cast(123 AS BLOB));
SELECT 'abc' < 'abd', 'a' < 'B', 'a' < 'B' COLLATE NOCASE, 1 < '1', '10' < '9', 10 < 9.5, NULL = NULL, NULL IS NULL, 1 IN (1, 2), 3 NOT IN (1, 2), 3 IN (1, NULL);
SELECT 'hello' LIKE 'H%', 'hello' GLOB 'h*', 'hello' LIKE '_e__o', 'a%b' LIKE 'a\%b' ESCAPE '\', 'x' BETWEEN 'a' AND 'z', NOT 1, 1 AND NULL, 0 AND NULL, 1 OR NULL;
SELECT length('héllo'), upper('abc'), lower('ABC'), substr('hello', 2, 3), substr('hello', -3), trim('  x  ') || '|', replace('banana', 'an', 'AN'), instr('hello', 'l'), printf('%05d|%-6s|%.3f|%x|%q', 42, 'ab', 3.14159, 255, 'it''s'), quote('it''s'), unicode('€'), char(72, 8364), hex('abc'), coalesce(NULL, 2), ifnull(NULL, 'x'), nullif(1, 1), iif(1 > 2, 'a', 'b'), min(3, 1, 2), max(3, 1, 2), zeroblob(3) = x'000000';
SELECT date('2024-02-29', '+1 year'), datetime(0, 'unixepoch'), julianday('2000-01-01'), strftime('%Y week %W day %j', '2024-12-31'), date('2024-01-31', '+1 month'), time('12:34:56', '-1 hour'), strftime('%s', '2001-09-09 01:46:40');

-- joins
CREATE TABLE city(name TEXT PRIMARY KEY, country TEXT) WITHOUT ROWID;
INSERT INTO city VALUES ('London', 'UK'), ('Paris', 'France'), ('Rome', 'Italy');
SELECT p.name, c.country FROM people p JOIN city c ON p.city = c.name ORDER BY p.name;
SELECT p.name, c.country FROM people p LEFT JOIN city c ON p.city = c.name ORDER BY p.name;
SELECT c.name, count(p.id) FROM city c LEFT JOIN people p ON p.city = c.name GROUP BY c.name ORDER BY c.name;
SELECT a.name, b.name FROM people a, people b WHERE a.id < b.id AND a.city = b.city;
SELECT name FROM people WHERE city IN (SELECT name FROM city WHERE country LIKE '%k%' OR country = 'France') ORDER BY name;
SELECT name, (SELECT count(*) FROM people q WHERE q.age < p.age) AS younger FROM people p WHERE age IS NOT NULL ORDER BY younger;
SELECT name FROM city c WHERE NOT EXISTS (SELECT 1 FROM people WHERE city = c.name);
SELECT name FROM people UNION SELECT name FROM city ORDER BY name LIMIT 5;
SELECT city FROM people INTERSECT SELECT name FROM city;
SELECT name FROM city EXCEPT SELECT city FROM people;
SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 2;

-- changes
UPDATE people SET age = age + 1 WHERE city = 'London';
SELECT changes(), total_changes() > 5;
DELETE FROM people WHERE age IS NULL AND city = 'Nowhere';
SELECT changes(), last_insert_rowid();
INSERT INTO people(id, name) VALUES (1, 'Again') ON CONFLICT(id) DO UPDATE SET name = excluded.name || ' (was ' || name || ')';
SELECT name FROM people WHERE id = 1;
INSERT OR IGNORE INTO people(id, name) VALUES (1, 'Ignored');
INSERT OR REPLACE INTO city VALUES ('Rome', 'Italia');
SELECT * FROM city;
UPDATE people SET score = CASE id WHEN 2 THEN 100 ELSE score END RETURNING id, score;
-- errors are answers too
INSERT INTO people(id, name) VALUES (2, 'Duplicate');
INSERT INTO people(name) VALUES (NULL);
SELECT * FROM nowhere;
SELECT nothing FROM people;
SELEC 1;
SELECT abs(-9223372036854775808);

-- transactions
BEGIN;
DELETE FROM people;
SELECT count(*) FROM people;
ROLLBACK;
SELECT count(*) FROM people;
BEGIN;
INSERT INTO people(name) VALUES ('T1');
SAVEPOINT s1;
INSERT INTO people(name) VALUES ('T2');
ROLLBACK TO s1;
INSERT INTO people(name) VALUES ('T3');
RELEASE s1;
COMMIT;
SELECT name FROM people WHERE name LIKE 'T_' ORDER BY name;

-- 20,000 rows, indexes, plans
CREATE TABLE numbers(n INTEGER PRIMARY KEY, sq INT, txt TEXT, grp INT);
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
INSERT INTO numbers SELECT n, n * n, printf('number %05d', (n * 7919) % 20000), n % 97 FROM c;
SELECT count(*), sum(n), sum(sq), min(txt), max(txt) FROM numbers;
CREATE INDEX by_txt ON numbers(txt);
CREATE INDEX by_grp ON numbers(grp, sq DESC);
CREATE UNIQUE INDEX by_sq ON numbers(sq);
ANALYZE;
SELECT n FROM numbers WHERE txt = 'number 12345';
SELECT n, sq FROM numbers WHERE grp = 42 ORDER BY sq DESC LIMIT 3;
SELECT count(*) FROM numbers WHERE txt BETWEEN 'number 01000' AND 'number 01999';
SELECT grp, count(*), max(sq) FROM numbers GROUP BY grp ORDER BY max(sq) DESC LIMIT 5;
SELECT count(*) FROM numbers a JOIN numbers b ON a.n = b.sq;
EXPLAIN QUERY PLAN SELECT n FROM numbers WHERE txt = 'x';
EXPLAIN QUERY PLAN SELECT n FROM numbers WHERE sq > 5 ORDER BY sq;
UPDATE numbers SET txt = upper(txt) WHERE n % 3 = 0;
SELECT count(*) FROM numbers WHERE txt LIKE 'NUMBER%' AND txt GLOB 'N*';
DELETE FROM numbers WHERE grp IN (SELECT grp FROM numbers GROUP BY grp HAVING grp % 2);
SELECT count(*), sum(n) FROM numbers;
PRAGMA integrity_check;
DROP INDEX by_txt;
VACUUM;
SELECT count(*), total(length(txt)) FROM numbers;

-- recursion
WITH RECURSIVE fib(i, a, b) AS (SELECT 1, 0, 1 UNION ALL SELECT i + 1, b, a + b FROM fib WHERE i < 60) SELECT i, a FROM fib WHERE i % 10 = 0;
WITH RECURSIVE t(n, s) AS (SELECT 1, '1' UNION ALL SELECT n + 1, s || ',' || (n + 1) FROM t WHERE n < 30) SELECT s FROM t ORDER BY n DESC LIMIT 1;
CREATE TABLE tree(id INT, parent INT, name TEXT);
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'usr'), (3, 1, 'etc'), (4, 2, 'bin'), (5, 2, 'lib'), (6, 5, 'pith');
WITH RECURSIVE walk(id, path, depth) AS (SELECT id, name, 0 FROM tree WHERE parent IS NULL UNION ALL SELECT tree.id, path || '/' || name, depth + 1 FROM tree JOIN walk ON parent = walk.id) SELECT depth, path FROM walk ORDER BY path;
WITH RECURSIVE xaxis(x) AS (VALUES(-2.0) UNION ALL SELECT x + 0.1 FROM xaxis WHERE x < 0.5), yaxis(y) AS (VALUES(-1.0) UNION ALL SELECT y + 0.25 FROM yaxis WHERE y < 1.0), m(iter, cx, cy, x, y) AS (SELECT 0, x, y, 0.0, 0.0 FROM xaxis, yaxis UNION ALL SELECT iter + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM m WHERE (x * x + y * y) < 4.0 AND iter < 20), m2(iter, cx, cy) AS (SELECT max(iter), cx, cy FROM m GROUP BY cx, cy), a(t) AS (SELECT group_concat(substr(' .+*#', 1 + min(iter / 5, 4), 1), '') FROM m2 GROUP BY cy) SELECT group_concat(rtrim(t), x'0a') FROM a;

-- windows
SELECT name, age, rank() OVER (ORDER BY age DESC) AS r, row_number() OVER (ORDER BY name) AS n, sum(age) OVER (ORDER BY name ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS two, lag(name) OVER (ORDER BY name) AS before, ntile(2) OVER (ORDER BY name) AS half FROM people ORDER BY name;
SELECT grp, n, first_value(n) OVER w, last_value(n) OVER w, dense_rank() OVER w, avg(n) OVER w FROM numbers WHERE n < 40 WINDOW w AS (PARTITION BY grp % 4 ORDER BY n) ORDER BY n;
SELECT n, count(*) FILTER (WHERE n % 2 = 0) OVER (ORDER BY n RANGE BETWEEN 4 PRECEDING AND 4 FOLLOWING) FROM numbers WHERE n <= 20 ORDER BY n;

-- views, triggers, constraints, generated columns
CREATE VIEW adults AS SELECT name, age FROM people WHERE age >= 30;
SELECT * FROM adults ORDER BY age;
CREATE TABLE log(what TEXT, old TEXT, new TEXT);
CREATE TRIGGER t1 AFTER UPDATE OF name ON people BEGIN INSERT INTO log VALUES ('update', old.name, new.name); END;
CREATE TRIGGER t2 BEFORE DELETE ON people WHEN old.age > 40 BEGIN SELECT raise(ABORT, 'too old to delete'); END;
CREATE TRIGGER t3 INSTEAD OF INSERT ON adults BEGIN INSERT INTO people(name, age) VALUES (new.name, new.age); END;
UPDATE people SET name = name || '!' WHERE id < 4;
DELETE FROM people WHERE id = 2;
INSERT INTO adults VALUES ('Viewed', 50);
SELECT * FROM log;
SELECT count(*) FROM people WHERE name = 'Viewed';
PRAGMA foreign_keys = ON;
CREATE TABLE parent(id INTEGER PRIMARY KEY);
CREATE TABLE child(id INTEGER PRIMARY KEY, p INT REFERENCES parent ON DELETE CASCADE, v INT CHECK (v > 0), d INT GENERATED ALWAYS AS (v * 2) STORED);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child(p, v) VALUES (1, 10), (2, 20), (1, 30);
INSERT INTO child(p, v) VALUES (3, 1);
INSERT INTO child(p, v) VALUES (1, -1);
DELETE FROM parent WHERE id = 1;
SELECT * FROM child;
ALTER TABLE child ADD COLUMN note TEXT DEFAULT 'none';
ALTER TABLE child RENAME COLUMN v TO value;
ALTER TABLE child RENAME TO kid;
SELECT * FROM kid;
SELECT sql FROM sqlite_master WHERE name = 'kid';
PRAGMA table_info(kid);

-- JSON, if this build has it, and full text
SELECT json('{"a": [1, 2, {"b": null}], "c": "x"}'), json_extract('{"a":[1,2,3]}', '$.a[1]'), json_array(1, 'two', NULL), json_object('k', 5), json_type('[1]', '$[0]'), '{"a":5}' ->> 'a';
SELECT key, value, type FROM json_each('{"x": 1, "y": [2], "z": "three"}');
SELECT sum(value) FROM json_each('[1,2,3,4.5]');

-- a shop: orders over three years, computed, summed and ranked
CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT, price REAL, kind TEXT);
CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INT, day TEXT, state TEXT);
CREATE TABLE item(orders INT, product INT, amount INT, PRIMARY KEY (orders, product)) WITHOUT ROWID;
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50)
INSERT INTO product
SELECT n, printf('product %c%02d', 64 + 1 + n % 26, n), round(n * 1.37 + (n * 7919 % 100) / 10.0, 2),
       CASE n % 4 WHEN 0 THEN 'book' WHEN 1 THEN 'tool' WHEN 2 THEN 'toy' ELSE 'food' END
FROM c;
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 120)
INSERT INTO customer
SELECT n, 'customer ' || n,
       substr('DEFRITESPLUK', 1 + 2 * (n * 31 % 6), 2)
FROM c;
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
INSERT INTO orders
SELECT n, 1 + n * 7907 % 120, date('2021-01-01', printf('+%d days', n * 13 % 1095)),
       CASE WHEN n % 17 = 0 THEN 'returned' WHEN n % 5 = 0 THEN 'open' ELSE 'paid' END
FROM c;
WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 8999)
INSERT OR IGNORE INTO item
SELECT 1 + n / 3, 1 + n * 104729 % 50, 1 + n % 7 FROM c;
SELECT count(*) FROM item;
SELECT kind, count(*), round(avg(price), 3), min(price), max(price)
FROM product
GROUP BY kind
ORDER BY kind;
SELECT strftime('%Y', day) AS year, state, count(*)
FROM orders
GROUP BY year, state
ORDER BY year, state;
SELECT c.country, count(DISTINCT o.id), round(sum(i.amount * p.price), 2) AS turnover
FROM customer c
JOIN orders o ON o.customer = c.id
JOIN item i ON i.orders = o.id
JOIN product p ON p.id = i.product
WHERE o.state = 'paid'
GROUP BY c.country
ORDER BY turnover DESC;
SELECT name, n FROM (
    SELECT p.name, sum(i.amount) AS n, rank() OVER (ORDER BY sum(i.amount) DESC, p.name) AS r
    FROM product p JOIN item i ON i.product = p.id
    GROUP BY p.id)
WHERE r <= 5;
WITH month AS (
    SELECT strftime('%Y-%m', o.day) AS m, sum(i.amount * p.price) AS s
    FROM orders o JOIN item i ON i.orders = o.id JOIN product p ON p.id = i.product
    WHERE o.state <> 'returned'
    GROUP BY m)
SELECT m, round(s, 2), round(sum(s) OVER (ORDER BY m), 2),
       round(s - lag(s) OVER (ORDER BY m), 2),
       round(avg(s) OVER (ORDER BY m ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), 2)
FROM month
ORDER BY m;
SELECT c.name, o.day, o.id
FROM customer c JOIN orders o ON o.customer = c.id
WHERE o.day = (SELECT max(day) FROM orders WHERE customer = c.id)
ORDER BY o.day DESC, o.id
LIMIT 8;
SELECT a.kind, b.kind, count(*)
FROM item x JOIN item y ON x.orders = y.orders AND x.product < y.product
JOIN product a ON a.id = x.product JOIN product b ON b.id = y.product
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2;
CREATE INDEX item_product ON item(product);
CREATE INDEX orders_customer ON orders(customer, day);
EXPLAIN QUERY PLAN
SELECT * FROM orders WHERE customer = 7 AND day > '2022-01-01' ORDER BY day;
SELECT count(*), min(day), max(day) FROM orders WHERE customer = 7 AND day > '2022-01-01';
UPDATE product SET price = round(price * 1.1, 2) WHERE kind = 'book';
UPDATE orders SET state = 'late'
WHERE state = 'open' AND julianday('2024-01-01') - julianday(day) > 700;
SELECT state, count(*) FROM orders GROUP BY state ORDER BY 2 DESC;
DELETE FROM orders WHERE NOT EXISTS (SELECT 1 FROM item WHERE orders = orders.id) OR state = 'late';
DELETE FROM item WHERE orders NOT IN (SELECT id FROM orders);
SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM item);
SELECT country, group_concat(n, ' ') FROM (
    SELECT country, count(*) AS n FROM customer GROUP BY country, id % 3 ORDER BY country, id % 3)
GROUP BY country;

-- text: a table of words, cut out of a sentence by recursion
WITH RECURSIVE
    input(s) AS (SELECT 'the quick brown fox jumps over the lazy dog and the cat sees the fox'),
    cut(word, rest) AS (
        SELECT '', s || ' ' FROM input
        UNION ALL
        SELECT substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1)
        FROM cut WHERE rest <> '')
SELECT word, count(*) FROM cut WHERE word <> '' GROUP BY word ORDER BY 2 DESC, 1;
WITH RECURSIVE
    grid(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM grid WHERE n < 63),
    board(r, c, v) AS (SELECT n / 8, n % 8, (n / 8 + n % 8) % 2 FROM grid)
SELECT group_concat(CASE v WHEN 0 THEN '#' ELSE '.' END, '') FROM board GROUP BY r;
WITH RECURSIVE gcd(a, b) AS (SELECT 1071, 462 UNION ALL SELECT b, a % b FROM gcd WHERE b > 0)
SELECT a FROM gcd WHERE b = 0;
WITH RECURSIVE collatz(n, steps) AS (
    SELECT 27, 0
    UNION ALL
    SELECT CASE n % 2 WHEN 0 THEN n / 2 ELSE 3 * n + 1 END, steps + 1 FROM collatz WHERE n > 1)
SELECT max(steps), max(n) FROM collatz;

-- modes of output
.mode column
SELECT id, name FROM people ORDER BY id LIMIT 3;
.mode csv
SELECT 'a,b', 'quote"d', NULL, 1.5;
.mode insert people
SELECT id, name, score FROM people ORDER BY id LIMIT 2;
.mode line
SELECT id, name FROM people ORDER BY id LIMIT 1;
.mode quote
SELECT 1, 'two', x'03', NULL, 4.5;
.mode box
SELECT id, name FROM people ORDER BY id LIMIT 2;
.mode list
.dump tree
.tables
.schema city
SELECT 'last line';
