/* memfd_create(2). */
#include <linux/fcntl.h>
#include <linux/memfd.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/memfd.h"

#define NAME_MAX_LEN 249 /* with "memfd:" a file name's 255 */

long pith_sys_memfd_create(const char *user, unsigned flags)
{
    char name[NAME_MAX_LEN + 7] = "memfd:";
    struct file *f;
    if (flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING))
        return -EINVAL; /* MFD_HUGETLB: no huge pages */
    ssize_t n = user_string(name + 6, user, NAME_MAX_LEN + 1);
    if (n < 0)
        return n == -ENAMETOOLONG ? -EINVAL : n;
    int r = memfd_new(name, flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL, &f);
    return r < 0 ? r : fd_publish(f, flags & MFD_CLOEXEC);
}
