/* What is mounted where, and the files that are made for the program: from the boot parameters,
 * for struct pith_mount and struct pith_file, whose fields these are. */
#ifndef VM_MOUNTS_H
#define VM_MOUNTS_H

#include "vm.h"

#define VM_MOUNTS 32u
#define VM_FILES 8u

struct vm_mount {
    const char *path;
    u32 type, flags, mode;
    const struct vm_device *device; /* NULL = none */
    u64 size;
};
struct vm_file {
    const char *path;
    const char *piece[3]; /* its content, one behind the other; NULL: no more */
    u32 mode;
};

/* After vm_devices_probe: fills list (of VM_MOUNTS), in the order of mounting, and returns how many
 * there are.
 *
 *   pith.mount=TAG:PATH[:OPTIONS]   a volume, by its device's tag
 *   pith.disk=PATH[:OPTIONS]        the n-th disk for the n-th such word; an empty PATH: not
 * mounted pith.tmpfs=PATH[:OPTIONS]
 *
 * OPTIONS: ro, rw, noexec, exec, and of a tmpfs size=BYTES, mode=OCTAL; separated by commas. */
unsigned vm_mounts(struct vm_mount *list);

/* The same for list (of VM_FILES): pith.file=PATH:MODE:CONTENT; and resolv.conf of pith.dns=ADDRESS
 * words, hosts and hostname of `hostname`, where no pith.file says otherwise. */
unsigned vm_files(struct vm_file *list, const char *hostname);

#endif
