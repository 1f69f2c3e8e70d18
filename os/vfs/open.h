/* Opening by path. */
#ifndef PITH_VFS_OPEN_H
#define PITH_VFS_OPEN_H

#include "vfs/path.h"

/* openat's work, and openat2's (resolve: WALK_* bits): a new file in *out, or -errno. */
int open_path(int dirfd, const char *user, u32 flags, u32 mode, unsigned resolve,
              struct file **out);
/* A file for dentry d, whose permissions have been checked. */
int open_dentry(struct dentry *d, u32 flags, struct file **out);
/* What ends a file with a dentry. */
void open_drop(struct file *f);

/* Opening a character device node; -ENXIO if no driver is linked. */
int chrdev_open(struct inode *i, struct file *f);
/* Opening a FIFO's node; set by fifo_link, which the calls that can make one name. */
extern int (*open_fifo)(struct inode *i, struct file *f);
void fifo_link(void);

#endif
