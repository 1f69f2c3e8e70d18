/* What readv and writev and their like share: an array of pieces, moved at a position of the
 * caller's or, if that is NULL, at the file's own. `move` is file_read or file_write, so that a
 * program that only writes does not hold the other.
 */
#ifndef PITH_SYS_FS_VEC_H
#define PITH_SYS_FS_VEC_H

#include "vfs/file.h"

typedef ssize_t iovec_move(struct file *f, struct iter *it, loff_t *pos);

/* Bytes moved, or -errno; -ERESTARTSYS as move has it. */
ssize_t iovec_once(int fd, const void *vec, unsigned long n, loff_t *pos, iovec_move *move);

#endif
