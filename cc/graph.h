/* Who refers to whom in the linked guest half, section by section.
 *
 * Built from the linker's own output: the map says which piece of which object lies where, the
 * relocations that the linker kept (--emit-relocs) say which piece refers to which, so what is
 * here is what was linked, link-time optimisation and relaxation included.
 *
 * Entries: a linker-set entry, a note, a constructor is in the image because its object is, not
 * because something refers to it. They are marked and hang on the other nodes of their object.
 * Merged strings and constants have no owner: all of them belong to one object without a name.
 */
#ifndef CC_GRAPH_H
#define CC_GRAPH_H

#include "cc/map.h"
#include "host/elf.h"

enum object_kind {
    OBJECT_PROGRAM, /* named on the command line: the program's own code */
    OBJECT_LIBRARY, /* member of an archive of the user */
    OBJECT_LIBC,    /* guest libc.a and its start file */
    OBJECT_OS,      /* libpith.a */
    OBJECT_GCC,     /* libgcc.a */
    OBJECT_EMBED,   /* embedded files */
    OBJECT_MERGED,  /* merged strings and constants */
    OBJECT_LINKER,  /* made by the linker: GOT and the like */
};

struct object {
    const char *file; /* as in the map; pieces of one object share the pointer's text */
    enum object_kind kind;
    const char *library; /* base name of the archive, "" if there is none */
    const char *name;    /* of the object; never a temporary or absolute path */
    const char *room;    /* subsystem: room of libpith.a, else the library or the kind */
};

enum node_flags {
    NODE_MEMORY_ONLY = 1, /* .bss, .tbss: no bytes in the file */
    NODE_ENTRY = 2,
};

struct node {
    const struct map_piece *piece;
    uint32_t object;
    uint32_t flags;
    uint32_t section; /* output section index */
};

struct edge {
    uint32_t from, to;  /* nodes */
    const char *symbol; /* what `from` calls it */
    bool weak;          /* a weak reference: it alone would not have brought `to` in */
};

struct graph {
    struct elf_file elf;
    struct elf_symbols symbols;
    struct object *objects;
    uint32_t nobjects;
    struct node *nodes; /* by output section and address */
    uint32_t nnodes;
    struct edge *edges;
    uint32_t nedges;
    struct cc_list missing; /* system calls that answer ENOSYS, without pith_sys_, sorted */
    uint32_t entry;         /* node of pith_entry, UINT32_MAX if there is none */
};

#define NO_NODE UINT32_MAX

/* `linked` is the guest half as ld wrote it, `map` its map; both must stay.
 * `temporary` is the folder of our own objects. */
void graph_build(struct graph *graph, struct elf_bytes linked, const struct map *map,
                 const char *temporary);

/* The node that holds this address of an output section. */
uint32_t graph_node(const struct graph *graph, uint32_t section, uint64_t address);

/* Marks in `dead` (a flag for each object) the members of libpith.a that nothing alive refers to
 * strongly: the link has them because code that is not in the image asked for them. Returns their
 * number. */
uint32_t graph_dead(const struct graph *graph, bool *dead);

#endif
