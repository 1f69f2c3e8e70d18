/* The kinds of devices, each in its file: what of it the image is told. All are found before any is
 * set up; those that the image has no driver for are left alone. */
#ifndef VM_DEVICES_H
#define VM_DEVICES_H

#include "shadow.h"
#include "virtio.h"
#include "vm.h"

/* Does anybody want devices of this type? */
bool vm_virtio_wanted(uint32_t type);

/* A device whose rings are the image's, one to one: v is started with its features; d has type,
 * features, nqueues and configuration. most[q]: entries of the image's queue q. */
const struct vm_device *vm_shadowed_add(struct vm_virtio *v, struct vm_device *d, const u16 *most);

void vm_net_add(struct vm_virtio *v);
void vm_blk_add(struct vm_virtio *v);
void vm_fs_add(struct vm_virtio *v);
void vm_virtio_console_add(struct vm_virtio *v);

/* virtio_fs.c: the volume with this tag (len bytes); virtio_blk.c: the n-th disk. NULL: there is
 * none. */
const struct vm_device *vm_fs_device(const char *tag, size_t len);
const struct vm_device *vm_blk_device(unsigned n);

#endif
