/* Sockets as open files, and what every family asks of them: see socket.h. */
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <asm/sockios.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "net/linux.h"
#include "net/socket.h"
#include "signal/signal.h"

#define BUF_DEFAULT 212992u /* net.core.rmem_default, wmem_default */

void sock_init(struct socket *s, const struct socket_ops *ops, int family, int type, int protocol)
{
    s->ops = ops;
    s->family = (u16)family;
    s->type = (u16)type;
    s->protocol = (u16)protocol;
    s->ino = file_anon_ino();
    s->rcvbuf = s->sndbuf = BUF_DEFAULT;
    s->rcvlowat = 1;
    waitq_init(&s->waitq);
}

static ssize_t socket_read(struct file *f, struct iter *it, loff_t *pos)
{
    struct socket *s = f->priv;
    struct sock_msg m;
    (void)pos;
    if (!it->left)
        return 0;
    m.name = m.control = 0;
    m.name_len = 0;
    m.control_len = m.control_done = 0;
    m.flags = m.out_flags = 0;
    m.it = it;
    return s->ops->recv ? s->ops->recv(s, &m) : -EOPNOTSUPP;
}

static ssize_t socket_write(struct file *f, struct iter *it, loff_t *pos)
{
    struct socket *s = f->priv;
    struct sock_msg m;
    (void)pos;
    m.name = m.control = 0;
    m.name_len = 0;
    m.control_len = m.control_done = 0;
    m.flags = m.out_flags = 0;
    m.it = it;
    return s->ops->send ? s->ops->send(s, &m) : -EOPNOTSUPP;
}

static u32 socket_poll(struct file *f, struct waiter *w)
{
    struct socket *s = f->priv;
    if (w)
        waitq_add(&s->waitq, w);
    return s->ops->poll ? s->ops->poll(s) : EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
}

static long bytes_waiting(struct socket *s, bool out, unsigned long arg)
{
    long n = s->ops->pending ? s->ops->pending(s, out) : -ENOTTY;
    if (n < 0)
        return n;
    int v = (int)MIN(n, INT32_MAX);
    return USER_PUT((int *)arg, &v);
}

static long socket_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    struct socket *s = f->priv;
    long r = s->ops->ioctl ? s->ops->ioctl(s, cmd, arg) : -ENOIOCTLCMD;
    if (r != -ENOIOCTLCMD)
        return r;
    switch (cmd) {
    case FIONREAD:
    case TIOCOUTQ:
        return bytes_waiting(s, cmd == TIOCOUTQ, arg);
    case FIOSETOWN:
    case SIOCSPGRP:
        return USER_GET(&f->owner, (int *)arg);
    case FIOGETOWN:
    case SIOCGPGRP:
        return USER_PUT((int *)arg, &f->owner);
    default:
        return sock_if_ioctl ? sock_if_ioctl(cmd, arg) : -ENOTTY;
    }
}

static int socket_stat(struct file *f, struct stat *st)
{
    struct socket *s = f->priv;
    file_anon_stat(st, S_IFSOCK | 0777, s->ino);
    st->st_atime = st->st_mtime = st->st_ctime = 0; /* as sockfs, which keeps no times */
    st->st_atime_nsec = st->st_mtime_nsec = st->st_ctime_nsec = 0;
    return 0;
}

static int socket_flush(struct file *f)
{
    struct socket *s = f->priv;
    if (f->refs == 1 && s->options & SOCK_OPT_LINGER && s->ops->closing)
        s->ops->closing(s);
    return 0;
}

static void socket_release(struct file *f)
{
    struct socket *s = f->priv;
    s->file = 0;
    s->ops->release(s);
}

static void socket_describe(struct file *f, char *buf, size_t size)
{
    str_format(buf, size, "socket:[%lu]", (unsigned long)((struct socket *)f->priv)->ino);
}

static const struct file_ops socket_file_ops = {
    .read = socket_read,
    .write = socket_write,
    .poll = socket_poll,
    .ioctl = socket_ioctl,
    .stat = socket_stat,
    .flush = socket_flush,
    .release = socket_release,
    .describe = socket_describe,
};

int sock_publish(struct socket *s, int flags)
{
    struct file *f = file_new(&socket_file_ops, O_RDWR | (flags & SOCK_NONBLOCK), s);
    if (!f) {
        s->ops->release(s);
        return -ENOMEM;
    }
    s->file = f;
    return fd_publish(f, flags & SOCK_CLOEXEC);
}

struct file *sock_file_new(struct socket *s, u32 flags)
{
    struct file *f = file_new(&socket_file_ops, O_RDWR | flags, s);
    if (f)
        s->file = f;
    return f;
}

struct socket *sock_of_file(struct file *f)
{
    return f->ops == &socket_file_ops ? f->priv : 0;
}

struct socket *sock_of_fd(int fd, int *err)
{
    struct file *f = fd_open_file(fd);
    *err = -EBADF;
    if (!f)
        return 0;
    *err = -ENOTSOCK;
    return f->ops == &socket_file_ops ? f->priv : 0;
}

bool sock_nonblock(const struct socket *s, u32 msg_flags)
{
    return msg_flags & MSG_DONTWAIT || (s->file && s->file->flags & O_NONBLOCK);
}

nsec_t sock_deadline(const struct socket *s, bool send)
{
    nsec_t t = send ? s->snd_timeout : s->rcv_timeout;
    return t ? time_mono() + t : NEVER;
}

int sock_wait(struct socket *s, nsec_t deadline)
{
    int r = waitq_sleep(&s->waitq, deadline);
    if (r == -ETIMEDOUT)
        return -EAGAIN;
    if (r == -EINTR)
        return deadline == NEVER ? -ERESTARTSYS : -EINTR;
    return r;
}

int sock_error(struct socket *s)
{
    int e = s->error;
    s->error = 0;
    return e;
}

int sock_epipe(u32 msg_flags)
{
    if (!(msg_flags & MSG_NOSIGNAL))
        signal_send_or_die(SIGPIPE);
    return -EPIPE;
}
