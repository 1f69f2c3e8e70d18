/* A FUSE client of a few lines for the tests of the file server (monitor/fs.h), and the place they
 * work in:
 *
 *     TOP/tree      what is served
 *     TOP/outside   what must never be read or changed: its files hold CANARY, and every byte of
 * every reply is searched for it
 *
 * ask() returns 0 or the reply's error; what came behind the header is in `answer`.
 */
#ifndef TESTS_UNIT_FS_CLIENT_H
#define TESTS_UNIT_FS_CLIENT_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../monitor/unit.h"
#include "monitor/fs.h"

#define CANARY "the-canary-sings-outside"

extern struct fs *fs;
extern char top[256];
extern unsigned char answer[(1 << 20) + 4096];
extern ssize_t answer_bytes; /* behind the header */

/* Pieces of a request, in order; NULL ends. */
struct part {
    const void *data;
    size_t len;
};
int ask(unsigned op, uint64_t node, const struct part *parts, unsigned n);
/* The same with room for `room` bytes behind the reply's header. */
int ask_room(unsigned op, uint64_t node, const struct part *parts, unsigned n, size_t room);
/* As it is: no header is added. What fs_request returns. */
ssize_t ask_raw(const void *request, size_t len, size_t room);

#define ASK(op, node, ...)                                                                         \
    ask(op, node, (const struct part[]){__VA_ARGS__},                                              \
        sizeof((const struct part[]){__VA_ARGS__}) / sizeof(struct part))
#define ARG(x)                                                                                     \
    {                                                                                              \
        &(x), sizeof(x)                                                                            \
    }
#define NAME(s)                                                                                    \
    {                                                                                              \
        (s), strlen(s) + 1                                                                         \
    }

int init(struct fs *server); /* becomes `fs` */
struct fs *serve(const char *name, const struct fs_options *options);
int lookup(uint64_t dir, const char *name, uint64_t *node);
struct fuse_entry_out entry(void); /* of the last answer */
int open_node(uint64_t node, unsigned flags, uint64_t *fh);
int create(uint64_t dir, const char *name, unsigned flags, unsigned mode, uint64_t *node,
           uint64_t *fh);
int read_at(uint64_t node, uint64_t fh, uint64_t at, uint32_t n);
int write_at(uint64_t node, uint64_t fh, uint64_t at, const void *data, uint32_t n);
int release(uint64_t fh, bool directory);
int opendir_node(uint64_t node, uint64_t *fh);

/* A path below TOP. */
const char *at(const char *path);
void put_file(const char *path, const char *text);
/* 0 if nothing outside has changed. */
int outside_changed(void);

void test_fs_files(void);
void test_fs_names(void);
void test_fs_limits(void);
void test_fs_attacks(void);
void test_fs_races(void);
void test_fs_fuzz(void);

#endif
