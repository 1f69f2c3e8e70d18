/* The shortest chain of references by which something got into an image. */
#ifndef CLI_CHAIN_H
#define CLI_CHAIN_H

#include "host/why.h"

#include <stdbool.h>

/* What a name means in an image. A name can mean several of these; the first that fits in this
 * order is taken. "symbol:NAME", "call:NAME", "subsystem:NAME", "object:NAME" and "library:NAME"
 * ask for one. */
enum chain_what {
    CHAIN_SYMBOL,
    CHAIN_CALL,      /* a system call */
    CHAIN_SUBSYSTEM, /* a room of the library OS, libc, libgcc, program, a library */
    CHAIN_OBJECT,    /* fork.o, vfs.pipe.o, libc.a(fork.o) */
    CHAIN_LIBRARY,   /* libz.a */
};

struct chain_target {
    enum chain_what what;
    const char *name; /* of a symbol: as it is in the image; else as it was asked */
    bool *node;       /* for each node: it is (part of) the target */
    bool enosys;      /* a system call the library OS does not have */
};

enum chain_root {
    CHAIN_FROM_PROGRAM, /* begins in the program's own code */
    CHAIN_FROM_START,   /* every image has it: begins at the entry point */
    CHAIN_FROM_WEAK,    /* only weak references lead there */
    CHAIN_FROM_NOTHING, /* the linker kept it of itself */
};

struct chain_step {
    uint32_t node;
    const char *symbol; /* what the step before calls it; NULL for the first */
    bool weak;
    bool entry; /* no reference: it comes in with its object */
};

struct chain {
    enum chain_root root;
    struct chain_step *steps;
    uint32_t count;
};

/* 0; 1 if there is no such thing in the image; -1 if memory ran out. */
int chain_target(const struct why *why, const char *name, struct chain_target *target);
int chain_find(const struct why *why, const struct chain_target *target, struct chain *chain);
void chain_free(struct chain_target *target, struct chain *chain);

#endif
