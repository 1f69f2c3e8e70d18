/* setsockopt(2). */
#include <asm/socket.h>

#include "base/uaccess.h"
#include "sys/net.h"

#define VALUE_MAX 264u /* struct group_source_req, the largest that is looked at */

long pith_sys_setsockopt(int fd, int level, int name, const void *user, int len)
{
    u64 val[VALUE_MAX / sizeof(u64)];
    int r;
    struct socket *s = sock_of_fd(fd, &r);
    if (!s)
        return r;
    if (len < 0)
        return -EINVAL;
    /* Linux reads what the option needs: a length past the end of memory is no error by itself. */
    unsigned n = MIN((unsigned)len, VALUE_MAX);
    unsigned got = (unsigned)user_copy_partial(val, user, n);
    if (got < MIN(n, sizeof(int)))
        return -EFAULT;
    r = s->ops->setopt ? s->ops->setopt(s, level, name, val, got) : -ENOPROTOOPT;
    if (level == SOL_SOCKET)
        return r == -ENOPROTOOPT ? sock_setopt(s, name, val, got) : r;
    return s->ops->setopt ? r : -EOPNOTSUPP;
}
