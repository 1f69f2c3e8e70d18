/* Boot media: the header that `pith image` fills in of both loaders (boot/): at BOOT_HEADER of
 * bios.bin, and at the start of the section that follows the code of bootx64.efi. Both loaders take
 * the payload for what it is: the bytes of memory from `load` on.
 *
 * Shared with assembly: only numbers outside the #ifndef.
 */
#ifndef PITH_BOOT_MEDIA_H
#define PITH_BOOT_MEDIA_H

#define BOOT_HEADER 64       /* in bios.bin: behind what El Torito's boot information table takes */
#define BOOT_BIOS_BYTES 4096 /* bios.bin */
#define BOOT_COMMAND 2048    /* in bios.bin: the command line */
#define BOOT_COMMAND_MAX 2048 /* its room, NUL included; efi: the same */
#define BOOT_BLOCK 2048       /* what lies behind is aligned to: the sector of a CD */

#ifndef __ASSEMBLER__
#include <stdint.h>

#define BOOT_MAGIC "pithboot"

struct boot_header {
    char magic[8];
    uint64_t at; /* of the payload: from the start of the disk, or of the file on a CD, or (efi) of
                    this header; bytes, a multiple of BOOT_BLOCK */
    uint32_t bytes;   /* of the payload, a multiple of BOOT_BLOCK */
    uint32_t load;    /* physical address */
    uint32_t entry32; /* of PVH, physical */
    uint32_t entry64; /* of the Linux boot protocol, physical */
};
#endif
#endif
