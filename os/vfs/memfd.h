/* Files without a name in any file system: memfd_create. */
#ifndef PITH_VFS_MEMFD_H
#define PITH_VFS_MEMFD_H

#include "vfs/file.h"

/* A ramfs file with the name "memfd:name" for show; seals: F_SEAL_SEAL unless it may be sealed. */
int memfd_new(const char *name, u32 seals, struct file **out);

#endif
