/* `pith pack`: what its files share.
 *
 * The work is in four steps, each a file: pack_layer.c makes the layer (a tar) in a temporary file,
 * pack_config.c describes it as an image, pack_sbom.c lists what is inside the program, pack.c
 * reads the command line and puts the pieces into one archive. pack_tar.c and pack_sha256.c know
 * the two formats, pack_json.c how text is quoted.
 *
 * The same program, files and options give the same archive, byte for byte: names are sorted,
 * owners are 0:0, and every time is SOURCE_DATE_EPOCH, or 0.
 *
 * int results: 0, or -1 after a line on stderr (pack_fail).
 */
#ifndef CLI_PACK_H
#define CLI_PACK_H

#include "cli/program.h"
#include "host/notes.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PACK_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Words of one repeated option, in their order. They belong to argv. */
struct pack_list {
    const char **word;
    size_t count;
};

struct pack_options {
    const char *program, *name, *tag, *output, *files, *user, *folder, *stop_signal;
    struct pack_list entrypoint, command, environment, ports, volumes, labels;
    bool no_sbom, no_docker, no_oci;
    uint64_t time; /* seconds since 1970, of everything in the archive */
};

/* "pith pack: ..." on stderr; returns -1. */
int pack_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- pack_sha256.c: FIPS 180-4 ---- */
struct pack_sha256 {
    uint32_t state[8];
    uint64_t length;
    unsigned char block[64];
};
void pack_sha256_begin(struct pack_sha256 *sha);
void pack_sha256_add(struct pack_sha256 *sha, const void *data, size_t size);
/* 64 hexadecimal digits and NUL. */
void pack_sha256_end(struct pack_sha256 *sha, char text[65]);
void pack_sha256_of(const void *data, size_t size, char text[65]);

/* ---- pack_tar.c: POSIX.1-2017 pax interchange format ----
 * A member is begun with its size, then exactly that many bytes are written. */
struct pack_tar {
    FILE *file;
    struct pack_sha256 *sha; /* of all that is written, or NULL */
    uint64_t written, time;
};
enum pack_kind { PACK_FILE = '0', PACK_LINK = '2', PACK_FOLDER = '5', PACK_FIFO = '6' };
int pack_tar_begin(struct pack_tar *tar, enum pack_kind kind, const char *path, const char *target,
                   unsigned mode, uint64_t size);
int pack_tar_write(struct pack_tar *tar, const void *data, size_t size);
int pack_tar_pad(struct pack_tar *tar); /* after the last byte of a member */
int pack_tar_end(struct pack_tar *tar); /* after the last member */
/* A whole member. */
int pack_tar_file(struct pack_tar *tar, const char *path, unsigned mode, const void *data,
                  size_t size);

/* ---- pack_layer.c ---- */
struct pack_layer {
    FILE *file; /* an unnamed temporary file, at its start */
    uint64_t size;
    char digest[65];
};
/* The program as /NAME, the software list if there is one, and the tree of --files; a file of the
 * tree in the program's place is refused. */
int pack_layer_make(const struct pack_options *options, const struct cli_program *program,
                    const char *name, const char *sbom, struct pack_layer *layer);

/* ---- pack_config.c, pack_sbom.c: JSON texts, to be freed ---- */
struct pack_image {
    const struct pack_options *options;
    const struct notes *notes;
    const char *program; /* its name in the image */
    const struct pack_layer *layer;
    char *config, *manifest, *index, *docker;
    char config_digest[65], manifest_digest[65];
};
int pack_config_make(struct pack_image *image);
char *pack_sbom_make(const struct pack_options *options, const struct cli_program *program,
                     const char *name);
void pack_time(uint64_t seconds, char text[32]); /* 1970-01-01T00:00:00Z */

/* ---- pack_json.c ---- */
bool pack_utf8(const char *text);
void pack_json(FILE *to, const char *text, size_t length); /* quoted, with JSON's escapes */
void pack_json_text(FILE *to, const char *text);
void pack_json_list(FILE *to, const struct pack_list *list);

#endif
