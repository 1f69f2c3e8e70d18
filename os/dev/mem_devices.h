/* The character devices that every tree has: what devfs puts into /dev, and what they share. */
#ifndef PITH_DEV_MEM_DEVICES_H
#define PITH_DEV_MEM_DEVICES_H

#include "vfs/tree.h"

extern const struct chrdev dev_null, dev_zero, dev_full, dev_random, dev_urandom, dev_tty;

int mem_device_stat(struct file *f, struct stat *st);
loff_t mem_device_seek(struct file *f, loff_t off, int whence);
/* A write that takes all and does nothing. */
ssize_t mem_device_swallow(struct file *f, struct iter *it, loff_t *pos);
/* mmap of /dev/zero, and what ends a file on it. */
int mem_device_mmap_zero(struct file *f, struct mem_object **out);
void mem_device_release_zero(struct file *f);

#endif
