/* signalfd(2), signalfd4(2): pending signals of whoever reads, as data. */
#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sys/sig.h"
#include "vfs/file.h"

#include <asm-generic/fcntl.h>
#include <asm/stat.h>
#include <linux/eventpoll.h>
#include <linux/signalfd.h>

struct signal_file {
    struct list all;
    sigset_os set;
    u64 ino;
};
static struct list all = LIST_INIT(all);
static struct waitq wait = WAITQ_INIT(wait); /* of all of them: the signals are too */

sigset_os signal_fd_set(void)
{
    sigset_os set = 0;
    list_foreach(it, &all) set |= list_entry(it, struct signal_file, all)->set;
    return set;
}

void signal_tell_fds(struct thread *t)
{
    (void)t;
    waitq_wake(&wait, EPOLLIN);
}

static void to_user_form(const siginfo_t *from, struct signalfd_siginfo *to)
{
    memset(to, 0, sizeof(*to));
    to->ssi_signo = (u32)from->si_signo;
    to->ssi_errno = from->si_errno;
    to->ssi_code = from->si_code;
    if (from->si_code == SI_TIMER) {
        to->ssi_tid = (u32)from->si_tid;
        to->ssi_overrun = (u32)from->si_overrun;
    } else if (from->si_code > 0 && from->si_code < SI_KERNEL) {
        to->ssi_addr = (u64)from->si_addr;
        return;
    } else {
        to->ssi_pid = (u32)from->si_pid;
        to->ssi_uid = from->si_uid;
    }
    to->ssi_int = from->si_value.sival_int;
    to->ssi_ptr = (u64)from->si_value.sival_ptr;
}

static int read_one(struct file *f, struct iter *it)
{
    struct signalfd_siginfo out;
    siginfo_t info;
    if (!signal_take(((struct signal_file *)f->priv)->set, &info))
        return 0;
    to_user_form(&info, &out);
    return (int)iter_put(it, &out, sizeof(out));
}

static ssize_t signal_read(struct file *f, struct iter *it, loff_t *pos)
{
    (void)pos;
    ssize_t done = 0;
    if (it->left < sizeof(struct signalfd_siginfo))
        return -EINVAL;
    while (it->left >= sizeof(struct signalfd_siginfo)) {
        int n = read_one(f, it);
        if (n < 0)
            return done ? done : n;
        done += n;
        if (n)
            continue;
        if (done)
            break;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        if (waitq_sleep(&wait, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    return done;
}

static u32 signal_poll(struct file *f, struct waiter *w)
{
    struct signal_file *s = f->priv;
    if (w)
        waitq_add(&wait, w);
    return signal_pending(sched_current()) & s->set ? EPOLLIN | EPOLLRDNORM : 0;
}

/* As Linux has it for such files: nothing moves, and that is no error. */
static loff_t signal_seek(struct file *f, loff_t off, int whence)
{
    (void)off;
    (void)whence;
    return f->pos;
}

static int signal_stat(struct file *f, struct stat *st)
{
    file_anon_stat(st, 0600, ((struct signal_file *)f->priv)->ino);
    return 0;
}

static void signal_release(struct file *f)
{
    struct signal_file *s = f->priv;
    list_del(&s->all);
    mem_free(s);
}

static void signal_describe(struct file *f, char *buf, size_t size)
{
    (void)f;
    str_copy(buf, "anon_inode:[signalfd]", size);
}

static const struct file_ops signal_ops = {
    .read = signal_read,
    .poll = signal_poll,
    .seek = signal_seek,
    .stat = signal_stat,
    .release = signal_release,
    .describe = signal_describe,
};

static long make(sigset_os set, int flags)
{
    struct signal_file *s = mem_alloc(sizeof(*s));
    struct file *f = s ? file_new(&signal_ops, O_RDWR | (u32)(flags & SFD_NONBLOCK), s) : NULL;
    if (!f) {
        mem_free(s);
        return -ENOMEM;
    }
    s->set = set;
    s->ino = file_anon_ino();
    list_add_tail(&all, &s->all);
    return fd_publish(f, flags & SFD_CLOEXEC);
}

static long change(int fd, sigset_os set)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    if (f->ops != &signal_ops)
        return -EINVAL;
    ((struct signal_file *)f->priv)->set = set;
    waitq_wake(&wait, EPOLLIN);
    return fd;
}

long pith_sys_signalfd4(int fd, const void *user, size_t size, int flags)
{
    sigset_os set;
    if (size != sizeof(set) || flags & ~(SFD_CLOEXEC | SFD_NONBLOCK))
        return -EINVAL;
    if (USER_GET(&set, (const sigset_os *)user))
        return -EFAULT;
    set &= ~SIG_UNBLOCKABLE;
    long ret = fd == -1 ? make(set, flags) : change(fd, set);
    signal_host_tell();
    return ret;
}

long pith_sys_signalfd(int fd, const void *set, size_t size)
{
    return pith_sys_signalfd4(fd, set, size, 0);
}
