/* Walking the open descriptors, for close_range and /proc/self/fd. */
#include "vfs/file.h"

int fd_next(int fd)
{
    fd_setup();
    for (unsigned i = fd < 0 ? 0 : (unsigned)fd; i < fd_size; i++)
        if (fd_table[i])
            return (int)i;
    return -1;
}
