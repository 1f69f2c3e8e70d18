/* See epoll.h and epoll(7).
 *
 * Level-triggered items stay on the ready list until a look at the file finds nothing; edge-
 * triggered ones come there only through the file's wait queue.
 */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "net/netif.h"
#include "signal/mask.h"
#include "vfs/epoll.h"
#include "vfs/pollset.h"

#define NEST_MAX 5 /* instances inside each other, as in Linux */
#define PRIVATE (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EXCLUSIVE_OK                                                                               \
    (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

struct epoll {
    struct list items;
    struct list ready;
    struct waitq waitq;    /* those in epoll_wait */
    struct waitq watchers; /* those that poll the instance itself */
    struct file *file;
};

struct item {
    struct list node;    /* in epoll.items */
    struct list ready;   /* in epoll.ready, or by itself */
    struct list on_file; /* in file.epolls */
    struct waiter waiter;
    struct epoll *ep;
    struct file *file; /* not held: epoll_forget removes the item */
    int fd;
    u32 events;
    u64 data;
};

static const struct file_ops epoll_ops;

bool epoll_is(const struct file *f)
{
    return f->ops == &epoll_ops;
}

static void make_ready(struct item *it)
{
    if (list_empty(&it->ready))
        list_add_tail(&it->ep->ready, &it->ready);
    waitq_wake(&it->ep->waitq, EPOLLIN | EPOLLRDNORM);
    waitq_wake(&it->ep->watchers, EPOLLIN | EPOLLRDNORM);
}

/* An exclusive item takes an event up only if somebody waits for it here. */
static bool item_woken(struct waiter *w, u32 events)
{
    struct item *it = container_of(w, struct item, waiter);
    if (!(events & it->events & ~PRIVATE)) /* nothing is left of a one-shot that is done */
        return false;
    bool waited = !list_empty(&it->ep->waitq.waiters);
    make_ready(it);
    return waited;
}

static struct item *find(struct epoll *ep, int fd, struct file *f)
{
    list_foreach(n, &f->epolls)
    {
        struct item *it = list_entry(n, struct item, on_file);
        if (it->ep == ep && it->fd == fd)
            return it;
    }
    return 0;
}

static u32 look(struct item *it, struct waiter *w)
{
    return poll_now(it->file, w) & it->events;
}

static void item_free(struct item *it)
{
    waitq_del(&it->waiter);
    list_del(&it->node);
    list_del(&it->ready);
    list_del(&it->on_file);
    mem_free(it);
}

void epoll_forget(struct file *f)
{
    while (!list_empty(&f->epolls))
        item_free(list_first(&f->epolls, struct item, on_file));
}

/* How deep instances lie in ep, or NEST_MAX + 1 if `target` is among them. */
static int depth(const struct epoll *ep, const struct epoll *target, int level)
{
    int deepest = 0;
    if (ep == target || level > NEST_MAX)
        return NEST_MAX + 1;
    list_foreach(n, &ep->items)
    {
        const struct item *it = list_entry(n, struct item, node);
        if (epoll_is(it->file))
            deepest = MAX(deepest, 1 + depth(it->file->priv, target, level + 1));
    }
    return deepest;
}

/* How many levels of instances watch the file. */
static int height(const struct file *f, int level)
{
    int highest = 0;
    if (level > NEST_MAX)
        return level;
    list_foreach(n, &f->epolls)
    {
        const struct item *it = list_entry(n, struct item, on_file);
        highest = MAX(highest, 1 + height(it->ep->file, level + 1));
    }
    return highest;
}

int epoll_add(struct file *epf, int fd, struct file *f, u32 events, u64 data)
{
    struct epoll *ep = epf->priv;
    if (find(ep, fd, f))
        return -EEXIST;
    if (events & EPOLLEXCLUSIVE && (events & ~EXCLUSIVE_OK || epoll_is(f)))
        return -EINVAL;
    if (epoll_is(f) && 1 + depth(f->priv, ep, 0) + height(epf, 0) > NEST_MAX)
        return -ELOOP;
    struct item *it = mem_alloc(sizeof(*it));
    if (!it)
        return -ENOMEM;
    it->ep = ep;
    it->file = f;
    it->fd = fd;
    it->events = events | EPOLLERR | EPOLLHUP;
    it->data = data;
    it->waiter.wake = item_woken;
    it->waiter.exclusive = events & EPOLLEXCLUSIVE;
    list_init(&it->ready);
    list_init(&it->waiter.node);
    list_add_tail(&ep->items, &it->node);
    list_add_tail(&f->epolls, &it->on_file);
    if (look(it, &it->waiter))
        make_ready(it);
    return 0;
}

int epoll_modify(struct file *epf, int fd, struct file *f, u32 events, u64 data)
{
    struct item *it = find(epf->priv, fd, f);
    if (!it)
        return -ENOENT;
    if (events & EPOLLEXCLUSIVE || it->events & EPOLLEXCLUSIVE)
        return -EINVAL;
    it->events = events | EPOLLERR | EPOLLHUP;
    it->data = data;
    if (look(it, 0))
        make_ready(it);
    return 0;
}

int epoll_delete(struct file *epf, int fd, struct file *f)
{
    struct item *it = find(epf->priv, fd, f);
    if (!it)
        return -ENOENT;
    item_free(it);
    return 0;
}

/* Hands out what is ready. Items that stay interesting go to the end, behind those not yet
 * looked at: with max small, nobody starves. */
static long hand_out(struct epoll *ep, struct epoll_event *user, int max)
{
    struct list mark; /* what comes behind it was put there by this call */
    int n = 0;
    long r = 0;
    list_add_tail(&ep->ready, &mark);
    while (ep->ready.next != &mark && n < max) {
        struct item *it = list_first(&ep->ready, struct item, ready);
        list_del(&it->ready);
        u32 events = look(it, 0);
        if (!events)
            continue;
        struct epoll_event e = {.events = events, .data = it->data};
        if (USER_PUT(&user[n], &e) < 0) {
            list_add(&ep->ready, &it->ready);
            r = -EFAULT;
            break;
        }
        n++;
        if (it->events & EPOLLONESHOT)
            it->events &= PRIVATE;
        else if (!(it->events & EPOLLET))
            list_add_tail(&ep->ready, &it->ready);
    }
    list_del(&mark);
    if (!list_empty(&ep->ready)) /* there is something for the next one who waits */
        waitq_wake(&ep->waitq, EPOLLIN | EPOLLRDNORM);
    return n ? n : r;
}

long epoll_collect(struct file *f, struct epoll_event *user, int max, nsec_t deadline)
{
    struct epoll *ep = f->priv;
    struct waiter w = {.wake = waiter_thread, .thread = sched_current(), .exclusive = true};
    for (;;) {
        long r = hand_out(ep, user, max);
        if (!r && !deadline && net_starved && net_starved())
            r = hand_out(ep, user, max);
        if (r || !deadline)
            return r ? r : signal_interrupts() ? -EINTR : 0;
        list_init(&w.node);
        waitq_add(&ep->waitq, &w);
        int why = sched_sleep(deadline, true);
        waitq_del(&w);
        if (why < 0) {
            r = hand_out(ep, user, max);
            return r ? r : why == -EINTR ? -EINTR : 0;
        }
    }
}

static u32 epoll_poll(struct file *f, struct waiter *w)
{
    struct epoll *ep = f->priv;
    if (w)
        waitq_add(&ep->watchers, w);
    list_foreach_safe(n, &ep->ready)
    {
        struct item *it = list_entry(n, struct item, ready);
        if (look(it, 0))
            return EPOLLIN | EPOLLRDNORM;
        list_del(&it->ready);
    }
    return 0;
}

static int epoll_stat(struct file *f, struct stat *st)
{
    (void)f;
    file_anon_stat(st, 0600, 1);
    return 0;
}

static void epoll_release(struct file *f)
{
    struct epoll *ep = f->priv;
    while (!list_empty(&ep->items))
        item_free(list_first(&ep->items, struct item, node));
    mem_free(ep);
}

static void epoll_describe(struct file *f, char *buf, size_t size)
{
    (void)f;
    str_copy(buf, "anon_inode:[eventpoll]", size);
}

static const struct file_ops epoll_ops = {
    .poll = epoll_poll,
    .seek = file_noop_seek,
    .stat = epoll_stat,
    .release = epoll_release,
    .describe = epoll_describe,
};

struct file *epoll_new(void)
{
    struct epoll *ep = mem_alloc(sizeof(*ep));
    struct file *f = ep ? file_new(&epoll_ops, O_RDWR, ep) : 0;
    if (!f) {
        mem_free(ep);
        return 0;
    }
    list_init(&ep->items);
    list_init(&ep->ready);
    waitq_init(&ep->waitq);
    waitq_init(&ep->watchers);
    ep->file = f;
    return f;
}
