/* Moving data from one open file to another inside the OS. */
#ifndef PITH_VFS_TRANSFER_H
#define PITH_VFS_TRANSFER_H

#include "vfs/file.h"

/* Up to n bytes from `in` at *in_pos to `out` at *out_pos (a file's own pos, or another), both
 * moved on. Bytes, 0 at the end of `in`, or -errno if there were none. May sleep. What was read
 * from a stream and could not be written is lost only if `out` fails. */
ssize_t transfer(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t n);

#endif
