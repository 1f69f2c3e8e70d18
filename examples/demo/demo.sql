-- The SQLite part of `make demo`: a small shop, told in SQL. The answers depend on nothing but
-- the script. Meant for the shell: sqlite3 :memory: < demo.sql
.mode list
.headers on
PRAGMA foreign_keys = ON;

CREATE TABLE customer(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    town TEXT NOT NULL,
    since TEXT NOT NULL CHECK(since LIKE '____-__-__')
);
CREATE TABLE product(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    price INTEGER NOT NULL CHECK(price > 0),
    stock INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE purchase(
    id INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL REFERENCES customer(id),
    day TEXT NOT NULL
);
CREATE TABLE line(
    purchase INTEGER NOT NULL REFERENCES purchase(id) ON DELETE CASCADE,
    product INTEGER NOT NULL REFERENCES product(id),
    amount INTEGER NOT NULL,
    PRIMARY KEY(purchase, product)
) WITHOUT ROWID;
CREATE INDEX purchase_by_day ON purchase(day);
CREATE TABLE log(id INTEGER PRIMARY KEY, what TEXT);
CREATE TRIGGER line_added AFTER INSERT ON line BEGIN
    UPDATE product SET stock = stock - new.amount WHERE id = new.product;
    INSERT INTO log(what) SELECT 'low stock: ' || name FROM product
        WHERE id = new.product AND stock < 0 AND stock + new.amount >= 0;
END;

INSERT INTO customer(name, town, since) VALUES
    ('Ada', 'London', '2019-03-01'), ('Blaise', 'Paris', '2019-07-14'),
    ('Carl', 'Brunswick', '2020-01-30'), ('Daniel', 'Basel', '2020-02-29'),
    ('Emmy', 'Erlangen', '2020-10-05'), ('Felix', 'Paris', '2021-05-17'),
    ('Grace', 'New York', '2021-12-09'), ('Henri', 'Nancy', '2022-04-29');
INSERT INTO product(name, price, stock) VALUES
    ('abacus', 1250, 400), ('compass', 899, 900), ('slide rule', 2499, 150),
    ('logarithm table', 1599, 300), ('protractor', 349, 1500), ('chalk', 99, 6000),
    ('blackboard', 12900, 60), ('inkwell', 749, 800);

-- 4,000 purchases by a fixed pseudo-random sequence.
WITH RECURSIVE n(i, r) AS (
    SELECT 1, 12345
    UNION ALL
    SELECT i + 1, (r * 1103515245 + 12345) % 2147483648 FROM n WHERE i < 4000
)
INSERT INTO purchase(id, customer, day)
    SELECT i, 1 + (r / 1000) % 8, date('2023-01-01', '+' || ((r / 7919) % 730) || ' days') FROM n;
WITH RECURSIVE n(i, r) AS (
    SELECT 0, 777
    UNION ALL
    SELECT i + 1, (r * 1103515245 + 12345) % 2147483648 FROM n WHERE i < 9999
)
INSERT OR IGNORE INTO line(purchase, product, amount)
    SELECT 1 + i % 4000, 1 + (r / 1009) % 8, 1 + (r / 65536) % 5 FROM n;

.print == counts
SELECT (SELECT count(*) FROM customer) AS customers, (SELECT count(*) FROM product) AS products,
       (SELECT count(*) FROM purchase) AS purchases, (SELECT count(*) FROM line) AS lines;
SELECT what, count(*) AS times FROM log GROUP BY what ORDER BY what;

.print == turnover by town
SELECT town, count(DISTINCT p.id) AS purchases,
       printf('%.2f', sum(l.amount * r.price) / 100.0) AS turnover
  FROM customer c JOIN purchase p ON p.customer = c.id
  JOIN line l ON l.purchase = p.id JOIN product r ON r.id = l.product
 GROUP BY town ORDER BY sum(l.amount * r.price) DESC;

.print == months: running total, rank and change
WITH month(m, cents) AS (
    SELECT strftime('%Y-%m', p.day), sum(l.amount * r.price)
      FROM purchase p JOIN line l ON l.purchase = p.id JOIN product r ON r.id = l.product
     GROUP BY 1
)
SELECT m, cents, sum(cents) OVER (ORDER BY m) AS running,
       rank() OVER (ORDER BY cents DESC) AS place,
       cents - lag(cents, 1, cents) OVER (ORDER BY m) AS change
  FROM month ORDER BY m;

.print == the best customer of each product
SELECT product, customer, pieces FROM (
    SELECT r.name AS product, c.name AS customer, sum(l.amount) AS pieces,
           row_number() OVER (PARTITION BY r.id ORDER BY sum(l.amount) DESC, c.name) AS place
      FROM line l JOIN purchase p ON p.id = l.purchase
      JOIN product r ON r.id = l.product JOIN customer c ON c.id = p.customer
     GROUP BY r.id, c.id)
 WHERE place = 1 ORDER BY product;

.print == bought together
SELECT a.name AS one, b.name AS other, count(*) AS times
  FROM line x JOIN line y ON x.purchase = y.purchase AND x.product < y.product
  JOIN product a ON a.id = x.product JOIN product b ON b.id = y.product
 GROUP BY a.id, b.id ORDER BY times DESC, one, other LIMIT 10;

.print == constraints hold
INSERT INTO customer(name, town, since) VALUES ('Ada', 'Rome', '2024-01-01');
INSERT INTO product(name, price) VALUES ('nothing', 0);
INSERT INTO purchase(customer, day) VALUES (99, '2024-01-01');

.print == a transaction that is taken back
BEGIN;
DELETE FROM purchase WHERE customer = 1;
SELECT count(*) AS lines_inside FROM line;
ROLLBACK;
SELECT count(*) AS lines_after FROM line;
SAVEPOINT try;
UPDATE product SET price = price * 2;
ROLLBACK TO try;
RELEASE try;
SELECT sum(price) AS prices FROM product;

.print == JSON
SELECT json_group_array(json_object('name', name, 'price', price / 100.0)) AS products
  FROM (SELECT * FROM product ORDER BY price DESC LIMIT 3);
SELECT key, value, type FROM json_each('{"a": 1, "b": [true, null], "c": "text"}');

.print == text search, upserts, generated columns, views
CREATE VIRTUAL TABLE note USING fts4(body);
INSERT INTO note VALUES ('the abacus arrived broken'), ('compass and protractor, thank you'),
    ('a second abacus, please'), ('the chalk is too soft');
SELECT rowid, snippet(note, '[', ']', '...') AS hit FROM note WHERE note MATCH 'abacus';
CREATE TABLE visit(page TEXT PRIMARY KEY, times INTEGER DEFAULT 1, label TEXT AS (page || ':' || times));
INSERT INTO visit(page) VALUES ('home'), ('shop'), ('home'), ('home'), ('shop')
    ON CONFLICT(page) DO UPDATE SET times = times + 1;
SELECT page, times, label FROM visit ORDER BY page;
CREATE VIEW rich AS SELECT name, town FROM customer WHERE id IN (
    SELECT p.customer FROM purchase p JOIN line l ON l.purchase = p.id
     GROUP BY p.customer HAVING sum(l.amount) > 3600);
SELECT * FROM rich ORDER BY name;

.print == a knight's moves, by recursion
WITH RECURSIVE
  step(dx, dy) AS (VALUES (1,2),(2,1),(2,-1),(1,-2),(-1,-2),(-2,-1),(-2,1),(-1,2)),
  reach(x, y, n) AS (
    SELECT 0, 0, 0
    UNION
    SELECT x + dx, y + dy, n + 1 FROM reach, step
     WHERE n < 6 AND x + dx BETWEEN 0 AND 7 AND y + dy BETWEEN 0 AND 7
  )
SELECT n AS moves, count(*) AS squares FROM (SELECT x, y, min(n) AS n FROM reach GROUP BY x, y)
 GROUP BY n ORDER BY n;

.print == the Mandelbrot set
WITH RECURSIVE
  xaxis(x) AS (VALUES(-2.0) UNION ALL SELECT x + 0.05 FROM xaxis WHERE x < 1.2),
  yaxis(y) AS (VALUES(-1.0) UNION ALL SELECT y + 0.1 FROM yaxis WHERE y < 1.0),
  m(iter, cx, cy, x, y) AS (
    SELECT 0, x, y, 0.0, 0.0 FROM xaxis, yaxis
    UNION ALL
    SELECT iter + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM m
     WHERE (x * x + y * y) < 4.0 AND iter < 28
  ),
  m2(iter, cx, cy) AS (SELECT max(iter), cx, cy FROM m GROUP BY cx, cy),
  a(t) AS (
    SELECT group_concat(substr(' .+*#', 1 + min(iter / 7, 4), 1), '') FROM m2 GROUP BY cy
  )
SELECT group_concat(rtrim(t), x'0a') AS picture FROM a;

.print == the database is whole
ANALYZE;
PRAGMA integrity_check;
PRAGMA foreign_key_check;
VACUUM;
SELECT count(*) AS tables FROM sqlite_master WHERE type = 'table';
