/* Close-on-exec, kept as bit 0 of a table entry. There is no exec; F_GETFD still must tell. */
#include "vfs/file.h"

bool fd_cloexec(int fd)
{
    return fd_file(fd) && (fd_table[fd] & 1);
}

void fd_set_cloexec(int fd, bool on)
{
    if (fd_file(fd))
        fd_table[fd] = (fd_table[fd] & ~(uintptr_t)1) | on;
}
