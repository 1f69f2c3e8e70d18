/* Mapping /dev/zero, the old way to ask for anonymous memory: each mapping is of a fresh nameless
 * file of holes, which the last mapping of it takes along. */
#include <linux/stat.h>

#include "dev/mem_devices.h"
#include "vfs/ramfs.h"

void mem_device_release_zero(struct file *f)
{
    if (f->priv)
        inode_put(f->priv);
}

int mem_device_mmap_zero(struct file *f, struct mem_object **out)
{
    struct inode *i = ramfs_inode(&ramfs_super, S_IFREG | 0600, 0, 0);
    if (!i)
        return -ENOMEM;
    i->size = RAMFS_SIZE_MAX - (loff_t)PAGE_SIZE;
    mem_device_release_zero(f); /* held only until its mapping held it */
    f->priv = i;
    *out = &ramfs_node(i)->object;
    return 0;
}
