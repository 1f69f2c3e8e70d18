/* One read or write of an open file, with the checks that every way of asking for it shares. */
#ifndef PITH_VFS_RW_H
#define PITH_VFS_RW_H

#include "vfs/file.h"

/* As ops->read and ops->write; -EBADF if the file is not open for it. Hold a reference by
 * themselves. May sleep. */
ssize_t file_read(struct file *f, struct iter *it, loff_t *pos);
ssize_t file_write(struct file *f, struct iter *it, loff_t *pos);

/* The position argument of pread and its like: 0, -ESPIPE or -EINVAL. */
static inline int file_check_pos(const struct file *f, loff_t pos)
{
    /* Nameless files that accept a seek (eventfd, ...) have no position for all that. */
    return pos < 0 ? -EINVAL : f->ops->seek && f->dentry ? 0 : -ESPIPE;
}

/* A copy of the program's iovec array as an iter: 0, -EINVAL (count, or lengths past SSIZE_MAX),
 * -EFAULT, -ENOMEM. `copy` must live as long as the iter; end with iovec_done. */
#define IOVEC_SMALL 4
struct iovec_copy {
    struct iovec_os small[IOVEC_SMALL];
    struct iovec_os *big;
};
int iovec_import(struct iter *it, struct iovec_copy *copy, const void *user, unsigned long n);
void iovec_done(struct iovec_copy *copy);

#endif
