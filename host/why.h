/* The record of a link: section .pith.why of a program, what `pith why` and `pith size` read.
 *
 * Format: the 8 bytes "PITHWHY1", then unsigned LEB128 numbers throughout.
 *   size of the string table, its bytes (strings end with NUL; a string elsewhere is its offset)
 *   size of the image, size of its ELF and program headers
 *   number of objects; for each: kind (enum why_kind), library, name, room (strings)
 *   number of nodes; for each: object, flags, output section, input section, symbol (strings),
 *     address, size; sorted by output section and address
 *   number of symbols; for each: name (string), node
 *   for each node: number of edges; for each: target node, flags, symbol (string)
 *   number of missing system calls; for each: name (string)
 *   node of the entry point + 1, or 0
 *
 * A node is one input section as it lies in the image; an edge is a reference from one to
 * another, under the name the source code has for it. The writer is cc/record.c.
 */
#ifndef HOST_WHY_H
#define HOST_WHY_H

#include "host/elf.h"

#define WHY_MAGIC "PITHWHY1"

enum why_kind {
    WHY_PROGRAM, /* the program's own code */
    WHY_LIBRARY, /* a member of a library of the user */
    WHY_LIBC,
    WHY_OS,
    WHY_GCC,    /* the compiler's run-time library */
    WHY_EMBED,  /* embedded files */
    WHY_MERGED, /* merged strings and constants: they have no owner */
    WHY_LINKER, /* made by the linker */
    WHY_KINDS,
};

#define WHY_MEMORY_ONLY 1u /* node: takes memory, no bytes of the file (.bss) */
#define WHY_ENTRY 2u       /* node: constructor, linker-set entry or note; in with its object */
#define WHY_WEAK 1u        /* edge: a weak reference */
#define WHY_NONE UINT32_MAX

struct why_object {
    uint32_t kind;
    const char *library, *name, *room;
};
struct why_node {
    uint32_t object, flags;
    const char *output, *input, *symbol;
    uint64_t address, size;
    uint32_t first, edges; /* its edges */
};
struct why_symbol {
    const char *name;
    uint32_t node;
};
struct why_edge {
    uint32_t to, flags;
    const char *symbol;
};

struct why {
    uint64_t image_size, header_size;
    struct why_object *objects;
    struct why_node *nodes;
    struct why_symbol *symbols;
    struct why_edge *edges;
    const char **missing;
    uint32_t nobjects, nnodes, nsymbols, nedges, nmissing;
    uint32_t entry; /* node or WHY_NONE */
    char *strings;
};

/* Reads a record. All indexes in it are checked. why_free releases what it allocated; strings
 * live as long as the record. */
int why_read(struct elf_bytes bytes, struct why *why, struct host_error *error);
void why_free(struct why *why);

#endif
