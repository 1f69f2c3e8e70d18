/* How the base of machine `vm` (vm/) and an image become one file that a hypervisor boots.
 *
 * base.elf begins with its ELF header and program headers: text, read-only data, data, an empty
 * PT_NULL, PT_NOTE. The image is put behind it in the file, page-aligned; the PT_NULL becomes the
 * PT_LOAD that brings it, byte for byte, to the first page behind the base's memory; and this
 * struct, the first bytes of read-only data, tells the base. (`pith image --format elf` does it.)
 */
#ifndef PITH_JOIN_H
#define PITH_JOIN_H

#include <pith/abi.h>

#define PITH_JOIN_MAGIC "pithvm01"

struct pith_joined {
    char magic[8];
    pith_u64 image; /* physical address, page-aligned; 0: nothing was joined */
    pith_u64 size;  /* bytes */
    char name[104]; /* the program's last path component, NUL-ended: argv[0] */
};

#endif
