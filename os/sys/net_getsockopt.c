/* getsockopt(2). */
#include <asm/socket.h>

#include "base/uaccess.h"
#include "sys/net.h"

#define VALUE_MAX 320u /* more than any value: struct tcp_info has 248 bytes */

static int get(struct socket *s, int level, int name, void *val, unsigned *len)
{
    int r = s->ops->getopt ? s->ops->getopt(s, level, name, val, len) : -ENOPROTOOPT;
    if (level == SOL_SOCKET)
        return r == -ENOPROTOOPT ? sock_getopt(s, name, val, len) : r;
    return s->ops->getopt ? r : -EOPNOTSUPP;
}

long pith_sys_getsockopt(int fd, int level, int name, void *user, int *user_len)
{
    u64 val[VALUE_MAX / sizeof(u64)];
    int r, want;
    struct socket *s = sock_of_fd(fd, &r);
    if (!s)
        return r;
    if (USER_GET(&want, user_len) < 0)
        return -EFAULT;
    if (want < 0)
        return -EINVAL;
    unsigned len = MIN((unsigned)want, VALUE_MAX);
    r = get(s, level, name, val, &len);
    if (r < 0)
        return r;
    if (user_copy(user, val, len) < 0)
        return -EFAULT;
    return USER_PUT(user_len, &len);
}
