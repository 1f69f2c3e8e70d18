/* close(2). */
#include "sys/fs.h"

long pith_sys_close(int fd)
{
    return fd_close(fd);
}
