/* `pith image --format raw|qcow2|iso`: bootable media.
 *
 *   image_media.c  the files: what lies where on a disk and on a CD
 *   image_flat.c   the joined ELF as it lies in memory, for loaders that know no ELF
 *   image_tool.c   other programs: mtools, qemu-img, xorriso
 *
 * A raw disk:
 *
 *   0        boot/bios.S with the partition table: 4 KiB
 *   1 MiB    partition 1, type EF, FAT: EFI/BOOT/BOOTX64.EFI (boot/efi.c and the program)
 *   behind   partition 2, type DA: the program again, as the BIOS loader takes it
 *
 * A CD holds two boot files of El Torito: bios.img (loader and program) and efi.img (the same FAT).
 * The same program and options give the same bytes.
 */
#ifndef CLI_IMAGE_MEDIA_H
#define CLI_IMAGE_MEDIA_H

#include <stdint.h>

#include "host/elf.h"

struct image_flat {
    unsigned char *data; /* malloc'ed; a multiple of BOOT_BLOCK */
    uint32_t size, load, entry32, entry64;
};
/* What a PVH loader would have in memory: all segments from the first to the end of the last. 0 or
 * -1 with the reason. */
int image_flat(const struct elf_file *joined, struct image_flat *out, struct host_error *error);

/* Writes the medium `format` (raw, qcow2, iso) of the joined ELF to `path`, whose content appears
 * whole or not at all. `command`: boot parameters (docs/vm.md). 0 or -1 with the reason. */
int image_media(const char *format, const char *path, const struct elf_file *joined,
                const char *command, struct host_error *error);

/* Runs argv[0] of PATH, with its output kept away; SOURCE_DATE_EPOCH is set. `package` is
 * Debian's name of what is missing. 0 or -1 with the reason (the tool's last line). */
int image_tool(const char *package, char *const argv[], struct host_error *error);

#endif
