/* See memfd.h. */
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/stat.h>

#include "base/string.h"
#include "vfs/memfd.h"
#include "vfs/open.h"
#include "vfs/ramfs.h"

static struct file_ops memfd_ops; /* ramfs_file_ops and fcntl */

static long add_seals(struct file *f, u32 seals)
{
    struct ramfs_node *n = ramfs_node(f->dentry->inode);
    if (!file_writable(f))
        return -EPERM;
    if (seals &
        ~(u32)(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return -EINVAL;
    if (n->seals & F_SEAL_SEAL)
        return -EPERM;
    if (seals & F_SEAL_WRITE && !(n->seals & F_SEAL_WRITE) && n->maps)
        return -EBUSY;
    n->seals |= (u8)seals;
    return 0;
}

static long memfd_fcntl(struct file *f, unsigned cmd, unsigned long arg)
{
    if (cmd == F_ADD_SEALS)
        return add_seals(f, (u32)arg);
    return cmd == F_GET_SEALS ? (long)ramfs_node(f->dentry->inode)->seals : -EINVAL;
}

int memfd_new(const char *name, u32 seals, struct file **out)
{
    memfd_ops = ramfs_file_ops;
    memfd_ops.fcntl = memfd_fcntl;
    struct inode *i = ramfs_inode(&ramfs_super, S_IFREG | 0777, 0, 0);
    if (!i)
        return -ENOMEM;
    i->nlink = 0;
    i->fops = &memfd_ops;
    ramfs_node(i)->seals = (u8)seals;
    /* A child of the root that is in no directory: its path is "/memfd:name (deleted)". */
    struct dentry *d = dentry_new(path_tree(), name, str_len(name), i);
    if (!d) {
        inode_put(i);
        return -ENOMEM;
    }
    d->flags |= DENTRY_DEAD;
    int r = open_dentry(d, O_RDWR, out);
    dentry_put(d);
    return r;
}
