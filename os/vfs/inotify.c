/* See inotify.h. Watches are in one list: programs hold few, and nothing is paid without any.
 *
 * A watch holds its inode. It ends by inotify_unwatch, with its instance, after the first event
 * of a one-shot one, or when the last name of the inode goes; then its reader gets IN_IGNORED.
 */
#include <asm/ioctls.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/inotify.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "vfs/inotify.h"
#include "vfs/watch.h"

#define QUEUE_MAX 16384 /* Linux's max_queued_events */

struct instance {
    struct list queue; /* of struct event */
    unsigned queued;
    int last_wd;
    struct waitq waitq;
};
struct watch {
    struct list node; /* in `watches` */
    struct instance *in;
    struct inode *inode;
    int wd;
    u32 mask;
};
struct event {
    struct list node;
    struct {
        s32 wd;
        u32 mask, cookie, len; /* len: of the name with its padding */
    } e;                       /* struct inotify_event without its name */
    char name[];
};

static struct list watches = LIST_INIT(watches);
static const struct file_ops inotify_ops;

bool inotify_is(const struct file *f)
{
    return f->ops == &inotify_ops;
}

static bool same(const struct event *a, int wd, u32 mask, u32 cookie, const char *name, size_t len)
{
    return a->e.wd == wd && a->e.mask == mask && a->e.cookie == cookie &&
           (a->e.len ? str_len(a->name) : 0) == len && !memcmp(a->name, name, len);
}

static void queue(struct instance *in, int wd, u32 mask, u32 cookie, const char *name, size_t len)
{
    if (in->queued > QUEUE_MAX)
        return;
    if (in->queued == QUEUE_MAX) {
        wd = -1;
        mask = IN_Q_OVERFLOW;
        cookie = 0;
        len = 0;
    }
    if (!list_empty(&in->queue) &&
        same(list_entry(in->queue.prev, struct event, node), wd, mask, cookie, name, len))
        return;
    size_t room = len ? ROUND_UP(len + 1, sizeof(struct inotify_event)) : 0;
    struct event *ev = mem_alloc(sizeof(*ev) + room);
    if (!ev)
        return; /* as on Linux: an event is lost when there is no memory for it */
    ev->e.wd = wd;
    ev->e.mask = mask;
    ev->e.cookie = cookie;
    ev->e.len = (u32)room;
    memcpy(ev->name, name, len);
    list_add_tail(&in->queue, &ev->node);
    in->queued++;
    waitq_wake(&in->waitq, EPOLLIN | EPOLLRDNORM);
}

static void end_watch(struct watch *w)
{
    queue(w->in, w->wd, IN_IGNORED, 0, "", 0);
    list_del(&w->node);
    inode_put(w->inode);
    mem_free(w);
}

/* Tells the watches of one inode; name: of the child it happened to, or "". */
static void tell(struct inode *i, u32 event, u32 cookie, const char *name, size_t len, bool dir)
{
    list_foreach_safe(it, &watches)
    {
        struct watch *w = list_entry(it, struct watch, node);
        if (w->inode != i || !(w->mask & event))
            continue;
        queue(w->in, w->wd, event | (dir ? IN_ISDIR : 0), cookie, name, len);
        if (w->mask & IN_ONESHOT)
            end_watch(w);
    }
}

static void gone(struct inode *i)
{
    tell(i, IN_DELETE_SELF, 0, "", 0, false);
    list_foreach_safe(it, &watches)
    {
        struct watch *w = list_entry(it, struct watch, node);
        if (w->inode == i)
            end_watch(w);
    }
}

void watch_links(struct inode *i)
{
    if (!S_ISDIR(i->mode))
        tell(i, IN_ATTRIB, 0, "", 0, false);
    if (i->nlink == 0)
        gone(i);
}

void watch_notify(struct dentry *d, u32 event, u32 cookie)
{
    if (list_empty(&watches))
        return;
    struct inode *i = d->inode, *dir = d->parent->inode;
    bool is_dir = S_ISDIR(i->mode), last = is_dir || i->nlink <= 1;
    inode_get(i);
    if (event == IN_DELETE && !is_dir)
        tell(i, IN_ATTRIB, 0, "", 0, false); /* the link count changes */
    if (event == IN_DELETE && last)
        gone(i);
    if (!(d->flags & DENTRY_DEAD))
        tell(dir, event, cookie, d->name, d->len, is_dir);
    switch (event) {
    case IN_CREATE:
    case IN_MOVED_FROM:
    case IN_DELETE:
        break;
    case IN_MOVED_TO:
        tell(i, IN_MOVE_SELF, 0, "", 0, false);
        break;
    default:
        tell(i, event, 0, "", 0, is_dir);
    }
    inode_put(i);
}

int inotify_watch(struct file *f, struct inode *i, u32 mask)
{
    struct instance *in = f->priv;
    struct watch *w = 0;
    u32 kept = mask & (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK);
    list_foreach(it, &watches)
    {
        struct watch *old = list_entry(it, struct watch, node);
        if (old->in == in && old->inode == i)
            w = old;
    }
    if (w) {
        if (mask & IN_MASK_CREATE)
            return -EEXIST;
        w->mask = mask & IN_MASK_ADD ? w->mask | kept : kept;
        return w->wd;
    }
    w = mem_alloc(sizeof(*w));
    if (!w)
        return -ENOMEM;
    inode_get(i);
    w->in = in;
    w->inode = i;
    w->wd = ++in->last_wd;
    w->mask = kept;
    list_add_tail(&watches, &w->node);
    return w->wd;
}

int inotify_unwatch(struct file *f, int wd)
{
    list_foreach_safe(it, &watches)
    {
        struct watch *w = list_entry(it, struct watch, node);
        if (w->in == f->priv && w->wd == wd) {
            end_watch(w);
            return 0;
        }
    }
    return -EINVAL;
}

static ssize_t inotify_read(struct file *f, struct iter *it, loff_t *pos)
{
    struct instance *in = f->priv;
    size_t done = 0;
    (void)pos;
    while (list_empty(&in->queue)) {
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        if (waitq_sleep(&in->waitq, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    while (!list_empty(&in->queue)) {
        struct event *ev = list_first(&in->queue, struct event, node);
        size_t size = sizeof(ev->e) + ev->e.len;
        if (size > it->left)
            return done ? (ssize_t)done : -EINVAL;
        if (iter_put(it, &ev->e, size) != (ssize_t)size)
            return done ? (ssize_t)done : -EFAULT;
        done += size;
        in->queued--;
        list_del(&ev->node);
        mem_free(ev);
    }
    return (ssize_t)done;
}

static u32 inotify_poll(struct file *f, struct waiter *w)
{
    struct instance *in = f->priv;
    if (w)
        waitq_add(&in->waitq, w);
    return list_empty(&in->queue) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static long inotify_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    struct instance *in = f->priv;
    int n = 0;
    if (cmd != FIONREAD)
        return -ENOTTY;
    list_foreach(it, &in->queue) n +=
        (int)(sizeof(struct inotify_event) + list_entry(it, struct event, node)->e.len);
    return USER_PUT((int *)arg, &n);
}

static int inotify_stat(struct file *f, struct stat *st)
{
    (void)f;
    file_anon_stat(st, 0600, 1);
    return 0;
}

static void inotify_release(struct file *f)
{
    struct instance *in = f->priv;
    list_foreach_safe(it, &watches)
    {
        struct watch *w = list_entry(it, struct watch, node);
        if (w->in == in)
            end_watch(w);
    }
    while (!list_empty(&in->queue)) {
        struct event *ev = list_first(&in->queue, struct event, node);
        list_del(&ev->node);
        mem_free(ev);
    }
    mem_free(in);
}

static void inotify_describe(struct file *f, char *buf, size_t size)
{
    (void)f;
    str_copy(buf, "anon_inode:inotify", size);
}

static const struct file_ops inotify_ops = {
    .read = inotify_read,
    .poll = inotify_poll,
    .ioctl = inotify_ioctl,
    .seek = file_noop_seek,
    .stat = inotify_stat,
    .release = inotify_release,
    .describe = inotify_describe,
};

struct file *inotify_new(u32 flags)
{
    struct instance *in = mem_alloc(sizeof(*in));
    struct file *f = in ? file_new(&inotify_ops, O_RDONLY | flags, in) : 0;
    if (!f) {
        mem_free(in);
        return 0;
    }
    list_init(&in->queue);
    waitq_init(&in->waitq);
    return f;
}
