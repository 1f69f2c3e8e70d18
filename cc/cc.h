/* What all files of pith-cc share: lists of words, text, files, and how it fails.
 *
 * pith-cc is one executable with two roles. As the driver (`pith-cc`) it turns a compiler
 * command line into one of gcc or clang and executes that; as the linker (`ld` in
 * lib/pith/libexec, found by the compiler through -B) it links the program twice. Both are
 * short-lived: memory is never freed, running out of it is fatal.
 * Errors end the process through cc_fail with the wording compilers use.
 */
#ifndef CC_H
#define CC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "pith-cc: error: ..." on stderr, temporary files removed, exit status 1. */
_Noreturn void cc_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "pith-cc: warning: ..." on stderr. */
void cc_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

void *cc_alloc(size_t size);                  /* zeroed */
void *cc_grow(void *old, size_t size);        /* realloc */
char *cc_copy(const char *text, size_t size); /* the first `size` bytes and a NUL */
char *cc_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool cc_starts(const char *text, const char *prefix);
bool cc_ends(const char *text, const char *suffix);
/* The part behind the last '/'. */
const char *cc_base(const char *path);

/* A list of words, always followed by a NULL so that it can be an argv. Words are not copied. */
struct cc_list {
    char **item;
    size_t count, room;
};
void cc_push(struct cc_list *list, const char *word);

/* Bytes that grow; `data` may be NULL while `size` is 0. */
struct cc_bytes {
    unsigned char *data;
    size_t size, room;
};
void cc_add(struct cc_bytes *bytes, const void *data, size_t size);
void cc_text(struct cc_bytes *bytes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cc_pad(struct cc_bytes *bytes, size_t align); /* zeros up to a multiple of align */

/* The whole file, NUL behind it (not counted). -1 with errno set if it cannot be read. */
int cc_read(const char *path, struct cc_bytes *bytes);
void cc_write(const char *path, const void *data, size_t size); /* or fails */

/* Where this installation keeps its files: .../lib/pith, found from the executable's place. */
const char *cc_lib(void);
/* `name` below it. */
char *cc_lib_file(const char *name);

/* Appends the words of argv[1..] with every @file replaced by the words in it, as gcc does:
 * blanks separate, quotes and backslashes protect. True if there was an @file. */
bool cc_expand(int argc, char **argv, struct cc_list *out);

int cc_driver(int argc, char **argv); /* driver.c */
int cc_link(int argc, char **argv);   /* link.c */

#endif
