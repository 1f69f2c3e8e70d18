/* How the base of machine `vm` (vm/) and an image become one file that a hypervisor boots.
 *
 * base.elf begins with its ELF header and program headers: text, read-only data, data, an empty
 * PT_NULL, PT_NOTE. The image is put behind it in the file, page-aligned; the PT_NULL becomes the
 * PT_LOAD that brings it, byte for byte, to the first page behind the base's memory; and this
 * struct, the first bytes of read-only data, tells the base. (`pith image --format elf` does it.)
 *
 * Who joins checks the image, by all the rules of the own machines (monitor/image.h), and writes
 * down what came of it: the base reads neither ELF headers nor notes, and believes this struct as
 * it believes its own code, which lies in the same file.
 */
#ifndef PITH_JOIN_H
#define PITH_JOIN_H

#include <pith/abi.h>

#define PITH_JOIN_MAGIC "pithvm02"
#define PITH_JOIN_SEGMENTS 16u

/* In ascending order, sharing no page of memory; offset is congruent to va modulo a page, and what
 * filesz cuts off lies in data only. */
struct pith_joined_segment {
    pith_u64 va, memsz;
    pith_u64 offset, filesz; /* in the image */
    pith_u64 prot;           /* PITH_PROT_READ | WRITE | EXEC */
};

struct pith_joined {
    char magic[8];
    pith_u64 image; /* physical address, page-aligned; 0: nothing was joined */
    pith_u64 size;  /* bytes */
    pith_u64 entry;
    pith_u64 start, end; /* page-aligned range of all segments */
    pith_u64 phdr;       /* address of the program headers, 0 if not mapped */
    pith_u64 devices;    /* bit n: a note names device n */
    pith_u32 phnum, nsegments;
    pith_u32 jit; /* a note asks for PITH_PROT_EXEC */
    pith_u32 reserved;
    struct pith_joined_segment segment[PITH_JOIN_SEGMENTS];
    char name[104]; /* the program's last path component, NUL-ended: argv[0] */
};

#endif
