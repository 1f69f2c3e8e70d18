/* The part of the crash test's victim (victim.c) that works on a database. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sqlite_main(int argc, char **argv);

/* As sqlite3.h has them, which is there only where SQLite has been built. */
typedef struct sqlite3 sqlite3;
#define SQLITE_OK 0
#define SQLITE_FULL 13
#define SQLITE_IOERR_FSYNC 1034
int sqlite3_extended_errcode(sqlite3 *db);
int sqlite3_open(const char *path, sqlite3 **db);
int sqlite3_close(sqlite3 *db);
int sqlite3_busy_timeout(sqlite3 *db, int ms);
int sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *arg,
                 char **error);

static void fail(const char *what)
{
    fprintf(stderr, "victim: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void say(long n)
{
    char line[24];
    int len = snprintf(line, sizeof line, "%ld\n", n);
    if (write(1, line, (size_t)len) != len)
        exit(1);
}

static long number;

static int take(void *arg, int n, char **value, char **column)
{
    (void)arg, (void)n, (void)column;
    if (value[0] && !strcmp(value[0], "ok"))
        number = 0;
    else
        number = value[0] ? atol(value[0]) : 0;
    return 0;
}

static void sql(sqlite3 *db, const char *text)
{
    char *err = 0;
    number = -1;
    if (sqlite3_exec(db, text, take, 0, &err) != SQLITE_OK) {
        fprintf(stderr, "victim: %s: %s\n", text, err);
        exit(1);
    }
}

static sqlite3 *open_db(const char *path)
{
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK)
        fail(path);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

/* Inserts three rows a transaction, for ever or until the disk is full. */
static int sqlite(const char *path, const char *mode, int until_full)
{
    char text[256];
    sqlite3 *db = open_db(path);
    snprintf(text, sizeof text, "PRAGMA journal_mode=%s; PRAGMA synchronous=FULL;", mode);
    sql(db, text);
    sql(db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v BLOB)");
    sql(db, "SELECT max(id) FROM t");
    for (long n = number;; n += 3) {
        snprintf(text, sizeof text,
                 "BEGIN IMMEDIATE; INSERT INTO t VALUES(%ld, randomblob(300)),(%ld, "
                 "randomblob(3000)),(%ld, zeroblob(100)); COMMIT",
                 n + 1, n + 2, n + 3);
        if (until_full) {
            int r = sqlite3_exec(db, text, 0, 0, 0);
            int why = sqlite3_extended_errcode(db);
            if (r != SQLITE_OK && why != SQLITE_FULL && why != SQLITE_IOERR_FSYNC) {
                fprintf(stderr, "victim: SQLite's error %d where the disk is full\n", why);
                return 1;
            }
            if (r != SQLITE_OK) {
                say(n);
                return 0;
            }
            continue;
        }
        sql(db, text);
        say(n + 3);
    }
}

static int check_sqlite(const char *path, long least)
{
    sqlite3 *db = open_db(path);
    sql(db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v BLOB)");
    sql(db, "PRAGMA integrity_check");
    if (number) {
        fprintf(stderr, "victim: %s is damaged\n", path);
        return 1;
    }
    sql(db, "SELECT max(id) FROM t");
    long max = number;
    sql(db, "SELECT count(*) FROM t");
    if (max < least || number != max || max % 3) {
        fprintf(stderr, "victim: %ld rows were safe, %ld of %ld are there\n", least, number, max);
        return 1;
    }
    sqlite3_close(db);
    return 0;
}

int sqlite_main(int argc, char **argv)
{
    if (!strcmp(argv[1], "sqlite") && argc > 3)
        return sqlite(argv[2], argv[3], 0);
    if (!strcmp(argv[1], "fill-sqlite") && argc > 3)
        return sqlite(argv[2], argv[3], 1);
    if (!strcmp(argv[1], "check-sqlite") && argc > 3)
        return check_sqlite(argv[2], atol(argv[3]));
    return 2;
}
