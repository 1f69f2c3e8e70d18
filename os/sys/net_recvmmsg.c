/* recvmmsg(2): several messages. The timeout is looked at between messages only, as in Linux; an
 * error after the first message is told by the next call. */
#include "base/uaccess.h"
#include "net/linux.h"
#include "sys/net.h"
#include "sys/restart.h"
#include "vfs/pollset.h"

static long receive(struct socket *s, struct mmsghdr_os *user, unsigned n, unsigned flags,
                    nsec_t deadline)
{
    unsigned done = 0;
    ssize_t r = flags & MSG_ERRQUEUE ? 0 : sock_error(s);
    while (r >= 0 && done < n) {
        r = net_recvmsg(s, &user[done].hdr, flags & ~MSG_WAITFORONE);
        if (r < 0)
            break;
        u32 len = (u32)r;
        r = USER_PUT(&user[done].len, &len);
        if (r < 0)
            break;
        done++;
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (deadline != NEVER && time_mono() >= deadline)
            break;
    }
    if (!done)
        return r;
    if (r < 0 && r != -EAGAIN && r != -ERESTARTSYS && r != -EINTR)
        s->error = (int)r;
    return done;
}

static long recvmmsg_once(int fd, struct mmsghdr_os *user, unsigned n, unsigned flags,
                          nsec_t deadline)
{
    int err;
    if (flags & MSG_CMSG_COMPAT)
        return -EINVAL;
    struct socket *s = sock_of_fd(fd, &err);
    if (!s)
        return err;
    struct file *f = s->file;
    file_get(f);
    long r = receive(s, user, MIN(n, 1024u), flags, deadline);
    file_put(f);
    return r;
}

long pith_sys_recvmmsg(int fd, void *user, unsigned n, unsigned flags, void *timeout)
{
    nsec_t deadline;
    int err = poll_timeout(timeout, &deadline);
    if (err)
        return err;
    SYS_RETURN(recvmmsg_once(fd, user, n, flags, deadline));
}
