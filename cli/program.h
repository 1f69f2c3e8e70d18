/* What the verbs that look into a program share: opening it, and writing JSON. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "host/elf.h"
#include "host/why.h"

#include <stdbool.h>

struct cli_program {
    const char *path;
    struct elf_bytes bytes;
    struct elf_file program, image; /* the same file if it is a bare image */
    uint64_t offset;                /* of the image in the file */
    struct why why;                 /* the record of the link; empty without `has_why` */
    bool has_why;
};

/* Opens a program or image for `verb`. On failure one line is on stderr and the result is 1; with
 * `need_why`, a file without a record of its link is a failure too. cli_close always. */
int cli_open(const char *verb, const char *path, bool need_why, struct cli_program *program);
void cli_close(struct cli_program *program);

/* "text" with JSON's escapes, quotes included, on stdout. Bytes that are no ASCII pass as they
 * are. */
void cli_json(const char *text);

/* libc.a(printf.o), or the object alone. Into a buffer of the caller, which is returned. */
const char *cli_object(const struct why_object *object, char *text, size_t size);

/* What follows the verb: options, PROGRAM and one more word. */
struct cli_words {
    const char *word[2];
    int words;
    bool json;
    const char *output; /* -o */
};
/* Reads them; -1 after a line on stderr. `usage` is what is right. */
int cli_words(int argc, char **argv, int min, int max, bool output, const char *usage,
              struct cli_words *words);

#endif
