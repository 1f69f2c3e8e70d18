/* epoll_create(2), epoll_ctl(2), epoll_wait(2) and their newer forms. */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sched/timer.h"
#include "signal/mask.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/epoll.h"
#include "vfs/pollset.h"

long pith_sys_epoll_create1(unsigned flags)
{
    if (flags & ~(unsigned)EPOLL_CLOEXEC)
        return -EINVAL;
    return fd_publish(epoll_new(), flags & EPOLL_CLOEXEC);
}

long pith_sys_epoll_create(int size)
{
    return size <= 0 ? -EINVAL : pith_sys_epoll_create1(0);
}

long pith_sys_epoll_ctl(int epfd, int op, int fd, const struct epoll_event *user)
{
    struct epoll_event e = {0};
    if (op != EPOLL_CTL_DEL && USER_GET(&e, user) < 0)
        return -EFAULT;
    struct file *ep = fd_open_file(epfd), *f = fd_open_file(fd);
    if (!ep || !f)
        return -EBADF;
    if (!f->ops->poll)
        return -EPERM;
    if (ep == f || !epoll_is(ep))
        return -EINVAL;
    switch (op) {
    case EPOLL_CTL_ADD:
        return epoll_add(ep, fd, f, e.events, e.data);
    case EPOLL_CTL_MOD:
        return epoll_modify(ep, fd, f, e.events, e.data);
    case EPOLL_CTL_DEL:
        return epoll_delete(ep, fd, f);
    default:
        return -EINVAL;
    }
}

static long wait_once(int epfd, struct epoll_event *user, int max, nsec_t deadline)
{
    if (max <= 0 || max > (int)(INT32_MAX / sizeof(struct epoll_event)))
        return -EINVAL;
    struct file *ep = fd_open_file(epfd);
    if (!ep)
        return -EBADF;
    if (!epoll_is(ep))
        return -EINVAL;
    file_get(ep);
    long r = epoll_collect(ep, user, max, deadline);
    file_put(ep);
    return r;
}

static nsec_t deadline_of(int timeout)
{
    return timeout < 0 ? NEVER : poll_deadline((u64)timeout / 1000, (u64)timeout % 1000 * 1000000);
}

long pith_sys_epoll_wait(int epfd, struct epoll_event *user, int max, int timeout)
{
    nsec_t deadline = deadline_of(timeout);
    SYS_RETURN(wait_once(epfd, user, max, deadline));
}

static long pwait_once(int epfd, struct epoll_event *user, int max, nsec_t deadline,
                       const void *set, size_t size)
{
    int err = signal_mask_push(set, size);
    if (err)
        return err;
    return signal_mask_pop(wait_once(epfd, user, max, deadline));
}

long pith_sys_epoll_pwait(int epfd, struct epoll_event *user, int max, int timeout, const void *set,
                          size_t size)
{
    nsec_t deadline = deadline_of(timeout);
    SYS_RETURN(pwait_once(epfd, user, max, deadline, set, size));
}

long pith_sys_epoll_pwait2(int epfd, struct epoll_event *user, int max, const void *timeout,
                           const void *set, size_t size)
{
    nsec_t deadline;
    int err = poll_timeout(timeout, &deadline);
    if (err)
        return err;
    SYS_RETURN(pwait_once(epfd, user, max, deadline, set, size));
}
