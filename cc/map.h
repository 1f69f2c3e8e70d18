/* The link map of GNU ld, as far as it is needed: which piece of which object lies where.
 *
 * Order is that of the map, which is that of the addresses inside an output section. Pieces with
 * no bytes and discarded ones are left out. Text points into the map's bytes.
 */
#ifndef CC_MAP_H
#define CC_MAP_H

#include "cc/cc.h"

struct map_piece {
    const char *output; /* output section */
    const char *input;  /* input section, or COMMON */
    const char *file;   /* path, or path(member) of an archive */
    uint64_t address, size;
};

struct map {
    struct map_piece *pieces;
    size_t count;
    struct cc_list defined; /* symbols that the linker script gave a value */
};

/* Takes the bytes apart in place; they must stay. */
void map_parse(struct cc_bytes *bytes, struct map *map);

#endif
