/* sendmmsg(2): several messages; an error counts only if it is the first's. */
#include "base/uaccess.h"
#include "net/linux.h"
#include "sys/net.h"
#include "sys/restart.h"

static long sendmmsg_once(int fd, struct mmsghdr_os *user, unsigned n, unsigned flags)
{
    int err;
    unsigned done = 0;
    ssize_t r = 0;
    if (flags & MSG_CMSG_COMPAT)
        return -EINVAL;
    struct socket *s = sock_of_fd(fd, &err);
    if (!s)
        return err;
    struct file *f = s->file;
    file_get(f);
    for (n = MIN(n, 1024u); done < n; done++) {
        r = net_sendmsg(s, &user[done].hdr, flags);
        if (r < 0)
            break;
        u32 len = (u32)r;
        r = USER_PUT(&user[done].len, &len);
        if (r < 0)
            break;
    }
    file_put(f);
    return done ? (long)done : r;
}

long pith_sys_sendmmsg(int fd, void *user, unsigned n, unsigned flags)
{
    SYS_RETURN(sendmmsg_once(fd, user, n, flags));
}
