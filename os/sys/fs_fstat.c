/* fstat(2). */
#include <asm/stat.h>

#include "base/uaccess.h"
#include "sys/fs.h"

long pith_sys_fstat(int fd, struct stat *user)
{
    struct file *f = fd_file(fd);
    if (!f || !f->ops->stat)
        return -EBADF;
    struct stat st;
    int r = f->ops->stat(f, &st);
    return r < 0 ? r : USER_PUT(user, &st);
}
