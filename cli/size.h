/* Where the bytes of an image are: the rows of `pith size`. */
#ifndef CLI_SIZE_H
#define CLI_SIZE_H

#include "host/why.h"

#include <stdbool.h>

/* One object, library or subsystem, in one image or two. Names live as long as the records. */
struct size_row {
    const char *room, *library, *name; /* NULL: it does not apply at this level */
    uint64_t bytes[2];                 /* of the image file */
    uint64_t memory[2];                /* memory without bytes (.bss) */
};

struct size_table {
    struct size_row *rows;
    uint32_t count;
};

/* The objects of one image or two, with rows of their own for the headers and for padding, so
 * that bytes[i] sums to that image's size. Sorted by room, library, name. -1: no memory, or a
 * record that holds more bytes than its image (*bad is set). */
int size_objects(const struct why *const why[2], struct size_table *objects, bool *bad);

/* The same rows summed by room (subsystem) or by library, largest first. */
enum size_level { SIZE_ROOM, SIZE_LIBRARY };
int size_sum(const struct size_table *objects, enum size_level level, struct size_table *sums);

void size_sort(struct size_table *table); /* largest (or most changed) first */
int64_t size_change(const struct size_row *row);

#endif
