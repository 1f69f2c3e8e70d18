/* /dev: nodes of the character devices that are linked, links to the open descriptors, and shm.
 * It is a ramfs: programs may make and remove nodes. */
#include <linux/kdev_t.h>
#include <linux/stat.h>

#include "base/string.h"
#include "dev/mem_devices.h"
#include "vfs/open.h"
#include "vfs/ramfs.h"
#include "vfs/tree.h"

static struct super dev_super; /* ramfs_super's, with a number of its own */

static const struct chrdev *const builtin[] = {
    &dev_null, &dev_zero, &dev_full, &dev_random, &dev_urandom, &dev_tty,
};

/* st_rdev as in Linux's 64-bit struct stat. */
static u64 rdev_of(u32 major, u32 minor)
{
    return (minor & 0xff) | (major << 8) | ((u64)(minor & ~0xffu) << 12);
}

static const struct chrdev *find(u64 rdev)
{
    for (unsigned i = 0; i < ARRAY_SIZE(builtin); i++)
        if (rdev_of(builtin[i]->major, builtin[i]->minor) == rdev)
            return builtin[i];
    SET_FOREACH(it, chrdev)
    {
        if (rdev_of((*it)->major, (*it)->minor) == rdev)
            return *it;
    }
    return 0;
}

int chrdev_open(struct inode *i, struct file *f)
{
    const struct chrdev *c = find(i->rdev);
    if (!c)
        return -ENXIO;
    f->ops = c->ops;
    return c->open ? c->open(f) : 0;
}

struct inode *devfs_root(void)
{
    dev_super = ramfs_super;
    dev_super.dev = 5;
    dev_super.type = "devtmpfs";
    struct inode *i = ramfs_inode(&dev_super, S_IFDIR | 0755, 0, 0);
    if (i)
        i->uid = i->gid = 0;
    return i;
}

static void add(struct dentry *dev, const char *name, u32 mode, u64 rdev, const char *target)
{
    struct inode *i = ramfs_inode(&dev_super, mode, rdev, target);
    if (!i)
        return; /* an absent node is an honest -ENOENT */
    i->uid = i->gid = 0;
    if (ramfs_add(dev, name, str_len(name), i) < 0)
        inode_put(i);
}

static void add_device(struct dentry *dev, const struct chrdev *c)
{
    add(dev, c->name, S_IFCHR | c->mode, rdev_of(c->major, c->minor), 0);
}

void devfs_fill(struct dentry *dev)
{
    for (unsigned i = 0; i < ARRAY_SIZE(builtin); i++)
        add_device(dev, builtin[i]);
    SET_FOREACH(it, chrdev)
    add_device(dev, *it);
    add(dev, "fd", S_IFLNK | 0777, 0, "/proc/self/fd");
    add(dev, "stdin", S_IFLNK | 0777, 0, "/proc/self/fd/0");
    add(dev, "stdout", S_IFLNK | 0777, 0, "/proc/self/fd/1");
    add(dev, "stderr", S_IFLNK | 0777, 0, "/proc/self/fd/2");
    add(dev, "shm", S_IFDIR | 01777, 0, 0);
}
