/* readv(2), preadv(2), preadv2(2). */
#include <linux/fs.h>

#include "sys/fs.h"
#include "sys/fs_vec.h"
#include "sys/restart.h"
#include "vfs/rw.h"

long pith_sys_readv(int fd, const void *vec, unsigned long n)
{
    SYS_RETURN(iovec_once(fd, vec, n, 0, file_read));
}

long pith_sys_preadv(int fd, const void *vec, unsigned long n, loff_t pos, long high)
{
    (void)high; /* a 64-bit loff_t is all in the first */
    SYS_RETURN(iovec_once(fd, vec, n, &pos, file_read));
}

long pith_sys_preadv2(int fd, const void *vec, unsigned long n, loff_t pos, long high, int flags)
{
    (void)high;
    if (flags & ~(RWF_HIPRI | RWF_NOWAIT))
        return -EOPNOTSUPP;
    SYS_RETURN(iovec_once(fd, vec, n, pos == -1 ? 0 : &pos, file_read));
}
