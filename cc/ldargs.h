/* A linker command line, understood: which words are inputs, and for which half an option is.
 *
 * The Linux half gets what the user asked for. The guest half gets the inputs and those options
 * that say which symbols and archive members a link takes; what lays out, names or prints is
 * for the Linux half alone, since the guest half has its own linker script.
 */
#ifndef CC_LDARGS_H
#define CC_LDARGS_H

#include "cc/cc.h"

enum ld_kind {
    LD_INPUT,   /* a file */
    LD_LIBRARY, /* -lNAME: `value` is NAME */
    LD_FOLDER,  /* -LDIR: `value` is DIR */
    LD_BOTH,    /* an option for both halves */
    LD_LINUX,   /* an option for the Linux half only */
};

struct ld_item {
    enum ld_kind kind;
    char *word;  /* as it was given */
    char *value; /* its argument if that was a word of its own (or see above), else NULL */
};

struct ld_args {
    struct ld_item *items; /* in their order, without what the fields below hold */
    size_t count;
    char *output;
    const char *gcc;      /* folder of libgcc.a, NULL if the command line does not show it */
    struct cc_list trees; /* DIR[:MOUNT] of every --pith-files */
    bool pass;            /* not a program (-r, --version, ...): for the real linker as it is */
    bool strip;           /* -s or -S: no symbols wanted */
    uint64_t stack_size;  /* -z stack-size=, 0 if it is not given */
    bool jit;             /* --pith-jit: the program makes code at run time */
    bool disk;            /* --pith-disk: the driver of disks */
    bool ext4;            /* --pith-ext4: and the file system on them */
    bool libc;            /* -lc is there: no -nostdlib */
};

/* Fails for what no unikernel can be (-shared). */
void ld_parse(const struct cc_list *words, struct ld_args *args);

#endif
