/* timerfd_create(2), timerfd_settime(2), timerfd_gettime(2). The host's clock is never set from
 * here, so TFD_TIMER_CANCEL_ON_SET never cancels. As on Linux a periodic one that expired stands
 * still until somebody reads; the expiries meanwhile are counted then. */
#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sys/periodic.h"
#include "sys/restart.h"
#include "vfs/file.h"

#include <asm-generic/fcntl.h>
#include <asm/stat.h>
#include <linux/eventpoll.h>
#include <linux/time.h>
#include <linux/timerfd.h>

struct timer_file {
    struct periodic periodic;
    bool expired;
    u64 ino;
    struct waitq wait;
};

static void expired(struct periodic *p)
{
    struct timer_file *t = container_of(p, struct timer_file, periodic);
    t->expired = true;
    waitq_wake(&t->wait, EPOLLIN);
}

static ssize_t timer_read(struct file *f, struct iter *it, loff_t *pos)
{
    (void)pos;
    struct timer_file *t = f->priv;
    if (it->left < sizeof(u64))
        return -EINVAL;
    for (;;) {
        periodic_check(&t->periodic);
        if (t->expired)
            break;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        if (waitq_sleep(&t->wait, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    t->expired = false;
    u64 ticks = periodic_next(&t->periodic);
    return iter_put(it, &ticks, sizeof(ticks));
}

static u32 timer_poll(struct file *f, struct waiter *w)
{
    struct timer_file *t = f->priv;
    periodic_check(&t->periodic);
    if (w)
        waitq_add(&t->wait, w);
    return t->expired ? EPOLLIN | EPOLLRDNORM : 0;
}

/* As Linux has it for such files: nothing moves, and that is no error. */
static loff_t timer_seek(struct file *f, loff_t off, int whence)
{
    (void)off;
    (void)whence;
    return f->pos;
}

static int timer_stat(struct file *f, struct stat *st)
{
    file_anon_stat(st, 0600, ((struct timer_file *)f->priv)->ino);
    return 0;
}

static void timer_release(struct file *f)
{
    struct timer_file *t = f->priv;
    periodic_stop(&t->periodic);
    mem_free(t);
}

static void timer_describe(struct file *f, char *buf, size_t size)
{
    (void)f;
    str_copy(buf, "anon_inode:[timerfd]", size);
}

static const struct file_ops timer_ops = {
    .read = timer_read,
    .poll = timer_poll,
    .seek = timer_seek,
    .stat = timer_stat,
    .release = timer_release,
    .describe = timer_describe,
};

long pith_sys_timerfd_create(int clock, int flags)
{
    bool known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
                 clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
    if (!known || flags & ~(TFD_CLOEXEC | TFD_NONBLOCK))
        return -EINVAL;
    struct timer_file *t = mem_alloc(sizeof(*t));
    struct file *f = t ? file_new(&timer_ops, O_RDWR | (u32)(flags & TFD_NONBLOCK), t) : NULL;
    if (!f) {
        mem_free(t);
        return -ENOMEM;
    }
    t->periodic.clock = clock;
    t->periodic.expired = expired;
    t->ino = file_anon_ino();
    waitq_init(&t->wait);
    return fd_publish(f, flags & TFD_CLOEXEC);
}

static int timer_of(int fd, struct timer_file **t)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    *t = f->priv;
    return f->ops == &timer_ops ? 0 : -EINVAL;
}

static void get(struct timer_file *t, struct time_ispec *out)
{
    periodic_check(&t->periodic);
    periodic_get(&t->periodic, out);
}

long pith_sys_timerfd_settime(int fd, int flags, const struct time_ispec *value,
                              struct time_ispec *old)
{
    struct timer_file *t;
    struct time_ispec before, probe;
    u64 when, interval;
    if (USER_GET(&probe, value))
        return -EFAULT;
    if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
        return -EINVAL;
    int err = periodic_import(value, CLOCK_MONOTONIC, true, &when, &interval);
    if (!err)
        err = timer_of(fd, &t);
    if (err)
        return err;
    periodic_import(value, t->periodic.clock, flags & TFD_TIMER_ABSTIME, &when, &interval);
    get(t, &before);
    periodic_stop(&t->periodic);
    t->expired = false;
    t->periodic.interval = interval;
    if (when)
        periodic_set(&t->periodic, when, interval);
    return old ? USER_PUT(old, &before) : 0;
}

long pith_sys_timerfd_gettime(int fd, struct time_ispec *user)
{
    struct timer_file *t;
    struct time_ispec now;
    int err = timer_of(fd, &t);
    if (err)
        return err;
    get(t, &now);
    return USER_PUT(user, &now);
}
