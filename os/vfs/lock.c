/* Advisory locks; see lock.h. All locks of all files are in one list: programs hold a handful.
 *
 * Record locks and OFD locks of one file conflict with each other (fcntl_locking(2)); flock
 * locks live in a world of their own. Ranges of one owner never overlap: setting a lock cuts
 * what its owner held there before, and joins neighbours of the same type.
 */
#include <linux/fcntl.h>
#include <asm/stat.h>
#include <linux/fs.h>

#include "base/host.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "vfs/inode.h"
#include "vfs/lock.h"

#define OFFSET_MAX INT64_MAX
#define OWNER_PROCESS ((void *)1)

enum world { RECORD, FLOCK };

struct lock {
    struct list node;
    const void *key;   /* the file */
    const void *owner; /* OWNER_PROCESS, or the struct file */
    enum world world;
    short type;        /* F_RDLCK or F_WRLCK */
    loff_t start, end; /* inclusive */
};

static struct list locks = LIST_INIT(locks);
static struct waitq waiting = WAITQ_INIT(waiting);

static const void *key_of(const struct file *f)
{
    return f->dentry ? (const void *)f->dentry->inode : f->priv ? f->priv : f;
}

static struct lock *conflict(const struct lock *want)
{
    list_foreach(it, &locks)
    {
        struct lock *l = list_entry(it, struct lock, node);
        if (l->key == want->key && l->world == want->world && l->owner != want->owner &&
            l->start <= want->end && want->start <= l->end &&
            (l->type == F_WRLCK || want->type == F_WRLCK))
            return l;
    }
    return 0;
}

static void drop(struct lock *l)
{
    list_del(&l->node);
    mem_free(l);
}

/* Makes [want->start, want->end] of its owner what want says. spare: two unused nodes, of which
 * those taken are zeroed. */
static void apply(const struct lock *want, struct lock *spare[2])
{
    loff_t start = want->start, end = want->end;
    list_foreach_safe(it, &locks)
    {
        struct lock *l = list_entry(it, struct lock, node);
        if (l->key != want->key || l->world != want->world || l->owner != want->owner)
            continue;
        bool touches = l->start <= end && start <= l->end;
        if (l->type == want->type) {
            if (!touches && l->end != start - 1 && (end == OFFSET_MAX || l->start != end + 1))
                continue;
            start = MIN(start, l->start);
            end = MAX(end, l->end);
            drop(l);
        } else if (touches) {
            if (l->start < start && l->end > end) {
                struct lock *tail = spare[1];
                spare[1] = 0;
                *tail = *l;
                tail->start = end + 1;
                list_add(&l->node, &tail->node);
                l->end = start - 1;
            } else if (l->start < start) {
                l->end = start - 1;
            } else if (l->end > end) {
                l->start = end + 1;
            } else {
                drop(l);
            }
        }
    }
    if (want->type == F_UNLCK)
        return;
    struct lock *n = spare[0];
    spare[0] = 0;
    *n = *want;
    n->start = start;
    n->end = end;
    list_add_tail(&locks, &n->node);
}

/* Asks those outside for what is free in here (file_ops.lock). Nobody tells when they let go, so
 * waiting is asking again, less and less often. */
static long ask(struct file *f, const struct lock *want)
{
    struct lock_range l = {want->start, want->end, want->type, 0};
    if (!f->ops->lock)
        return 0;
    return f->ops->lock(f, F_SETLK, want->owner, &l, want->world == FLOCK);
}

#define AGAIN_FIRST 1000000ull /* 1 ms */
#define AGAIN_LAST 64000000ull

/* 0, -EAGAIN (conflict and !wait), -ERESTARTSYS, -ENOLCK. The caller holds the file. */
static long set(struct file *f, const struct lock *want, bool wait)
{
    nsec_t pause = AGAIN_FIRST;
    for (;;) {
        bool inside = want->type != F_UNLCK && conflict(want);
        long r = inside ? -EAGAIN : ask(f, want);
        if (r == 0)
            break;
        if (r != -EAGAIN || !wait)
            return r;
        if (waitq_sleep(&waiting, inside ? NEVER : time_mono() + pause) == -EINTR)
            return -ERESTARTSYS;
        pause = MIN(pause * 2, AGAIN_LAST);
    }
    struct lock *spare[2] = {mem_alloc(sizeof(struct lock)), mem_alloc(sizeof(struct lock))};
    long r = -ENOLCK;
    if (spare[0] && spare[1]) {
        apply(want, spare);
        waitq_wake(&waiting, ~0u);
        r = 0;
    }
    mem_free(spare[0]);
    mem_free(spare[1]);
    return r;
}

static int range_of(struct file *f, const struct flock *fl, struct lock *l)
{
    loff_t base = 0;
    if (fl->l_whence == SEEK_CUR) {
        base = f->pos;
    } else if (fl->l_whence == SEEK_END) {
        struct stat st;
        int r = f->ops->stat ? f->ops->stat(f, &st) : -EINVAL;
        if (r < 0)
            return r;
        base = st.st_size;
    } else if (fl->l_whence != SEEK_SET) {
        return -EINVAL;
    }
    if (__builtin_add_overflow(base, (loff_t)fl->l_start, &l->start))
        return -EOVERFLOW;
    if (l->start < 0)
        return -EINVAL;
    l->end = OFFSET_MAX;
    if (fl->l_len > 0) {
        if (__builtin_add_overflow(l->start, (loff_t)fl->l_len - 1, &l->end))
            return -EOVERFLOW;
    } else if (fl->l_len < 0) {
        l->end = l->start - 1;
        l->start += fl->l_len;
        if (l->start < 0)
            return -EINVAL;
    }
    return 0;
}

static long test(struct file *f, const struct lock *want, struct flock *fl, void *user)
{
    if (want->type == F_UNLCK)
        return -EINVAL;
    const struct lock *l = conflict(want);
    fl->l_type = F_UNLCK;
    if (l) {
        fl->l_type = l->type;
        fl->l_whence = SEEK_SET;
        fl->l_start = l->start;
        fl->l_len = l->end == OFFSET_MAX ? 0 : l->end - l->start + 1;
        fl->l_pid = l->owner == OWNER_PROCESS ? (int)host_boot->pid : -1;
    } else if (f->ops->lock) {
        struct lock_range out = {want->start, want->end, want->type, 0};
        long r = f->ops->lock(f, F_GETLK, want->owner, &out, false);
        if (r < 0)
            return r;
        fl->l_type = (short)out.type;
        if (out.type != F_UNLCK) {
            fl->l_whence = SEEK_SET;
            fl->l_start = out.start;
            fl->l_len = out.end == OFFSET_MAX ? 0 : out.end - out.start + 1;
            fl->l_pid = out.pid;
        }
    }
    return USER_PUT((struct flock *)user, fl);
}

long lock_fcntl(struct file *f, int cmd, void *user)
{
    struct flock fl;
    if (USER_GET(&fl, (struct flock *)user) < 0)
        return -EFAULT;
    bool ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
    if ((ofd && fl.l_pid) || (fl.l_type != F_RDLCK && fl.l_type != F_WRLCK && fl.l_type != F_UNLCK))
        return -EINVAL;
    struct lock want = {
        .key = key_of(f), .owner = ofd ? f : OWNER_PROCESS, .world = RECORD, .type = fl.l_type};
    int r = range_of(f, &fl, &want);
    if (r < 0)
        return r;
    if (cmd == F_GETLK || cmd == F_OFD_GETLK)
        return test(f, &want, &fl, user);
    if ((want.type == F_RDLCK && !file_readable(f)) || (want.type == F_WRLCK && !file_writable(f)))
        return -EBADF;
    file_get(f);
    long done = set(f, &want, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
    file_put(f);
    return done;
}

long lock_flock(struct file *f, int op)
{
    if (op & LOCK_MAND)
        return 0; /* mandatory locks are gone from Linux; asking for one does nothing */
    bool wait = !(op & LOCK_NB);
    op &= ~LOCK_NB;
    if (op != LOCK_SH && op != LOCK_EX && op != LOCK_UN)
        return -EINVAL;
    struct lock want = {.key = key_of(f),
                        .owner = f,
                        .world = FLOCK,
                        .end = OFFSET_MAX,
                        .type = op == LOCK_SH   ? F_RDLCK
                                : op == LOCK_EX ? F_WRLCK
                                                : F_UNLCK};
    list_foreach_safe(it, &locks)
    {
        struct lock *l = list_entry(it, struct lock, node);
        if (l->world != FLOCK || l->owner != f)
            continue;
        if (l->type == want.type)
            return 0;
        drop(l); /* a conversion is not atomic: flock(2) */
        waitq_wake(&waiting, ~0u);
    }
    if (want.type == F_UNLCK)
        return ask(f, &want);
    file_get(f);
    long r = set(f, &want, wait);
    file_put(f);
    return r;
}

/* Bit n: there were some of world n. */
static unsigned forget(const void *owner, const void *key)
{
    unsigned any = 0;
    list_foreach_safe(it, &locks)
    {
        struct lock *l = list_entry(it, struct lock, node);
        if (l->owner == owner && l->key == key) {
            any |= 1u << l->world;
            drop(l);
        }
    }
    if (any)
        waitq_wake(&waiting, ~0u);
    return any;
}

/* All locks of an owner on f's file end, those seen outside too. */
static void end_all(struct file *f, const void *owner)
{
    struct lock all = {.owner = owner, .type = F_UNLCK, .end = OFFSET_MAX};
    unsigned any = forget(owner, key_of(f));
    for (all.world = RECORD; all.world <= FLOCK; all.world++)
        if (any >> all.world & 1)
            ask(f, &all);
}

void lock_fd_closed(struct file *f)
{
    if (!list_empty(&locks))
        end_all(f, OWNER_PROCESS);
}

void lock_file_closed(struct file *f)
{
    if (!list_empty(&locks))
        end_all(f, f);
}
