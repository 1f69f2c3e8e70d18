/* Names that are not there, and are looked for again and again (a database's journals).
 *
 * That there is no such name is not believed for a second, as a name is: somebody may make it, and
 * a program that is told so must find it. But it can only be told through an exit. So what was true
 * at the last exit is as true as anything until the next (and for some milliseconds at most); and
 * names that are looked for often are looked up along with requests that need an exit anyhow.
 */
#include "fuse/fuse.h"

#include "base/string.h"
#include "mem/alloc.h"
#include "sched/sched.h"

#define NAMES 4u
#define NAME_BYTES 64u
#define BELIEVED 3000000u /* ns */
#define WANTED 100000000u /* ns: who looked for it this long ago may do so again */

struct missing {
    u64 dir; /* node, 0: unused */
    u32 len, heard;
    u32 asked; /* how often it was looked for */
    nsec_t when, looked;
    bool asking;
    struct fuse_req r;
    struct fuse_entry_out e;
    char name[NAME_BYTES]; /* NUL-ended */
};
struct fuse_missing {
    struct missing at[NAMES];
};

static struct missing *find(struct fuse_node *dir, const char *name, size_t len)
{
    struct fuse_missing *m = fuse_of(dir)->missed;
    for (unsigned i = 0; m && i < NAMES; i++)
        if (m->at[i].dir == dir->nodeid && m->at[i].len == len &&
            memcmp(m->at[i].name, name, len) == 0)
            return &m->at[i];
    return 0;
}

/* A place for one more: the one looked for least lately. */
static struct missing *make(struct fuse_node *dir, const char *name, size_t len)
{
    struct fuse_conn *c = fuse_of(dir);
    if (!c->missed)
        c->missed = mem_alloc(sizeof(*c->missed));
    struct missing *oldest = 0;
    for (unsigned i = 0; c->missed && i < NAMES; i++) {
        struct missing *m = &c->missed->at[i];
        if (!m->asking && (!oldest || m->looked < oldest->looked))
            oldest = m;
    }
    if (!oldest)
        return 0;
    memset(oldest, 0, sizeof(*oldest));
    oldest->dir = dir->nodeid;
    oldest->len = (u32)len;
    memcpy(oldest->name, name, len);
    return oldest;
}

void fuse_missing(struct fuse_node *dir, const char *name, size_t len)
{
    if (len >= NAME_BYTES || !fuse_may_wait(fuse_of(dir)))
        return;
    struct missing *m = find(dir, name, len);
    if (!m)
        m = make(dir, name, len);
    if (!m)
        return;
    m->asked++;
    m->when = m->looked = time_mono();
    m->heard = sched_heard;
}

bool fuse_is_missing(struct fuse_node *dir, const char *name, size_t len)
{
    struct missing *m = find(dir, name, len);
    if (!m || m->heard != sched_heard || !fuse_may_wait(fuse_of(dir)))
        return false;
    nsec_t now = time_mono();
    if (now - m->when >= BELIEVED)
        return false;
    m->looked = now;
    m->asked++;
    return true;
}

void fuse_not_missing(struct fuse_node *dir, const char *name, size_t len)
{
    struct missing *m = find(dir, name, len);
    if (m)
        m->heard = sched_heard - 1;
}

void fuse_missing_ask(struct fuse_node *dir)
{
    struct fuse_conn *c = fuse_of(dir);
    if (!c->missed || !fuse_may_wait(c))
        return;
    nsec_t now = time_mono();
    for (unsigned i = 0; i < NAMES; i++) {
        struct missing *m = &c->missed->at[i];
        if (m->dir != dir->nodeid || m->asked < 2 || m->asking || now - m->looked > WANTED)
            continue;
        struct vq_piece p[4] = {
            {0}, {m->name, m->len + 1, false}, {0}, {&m->e, sizeof(m->e), true}};
        fuse_queue(c, FUSE_LOOKUP, dir->nodeid, p, 2, 2, &m->r);
        m->asking = true;
    }
}

void fuse_missing_heard(struct fuse_conn *c)
{
    for (unsigned i = 0; c->missed && i < NAMES; i++) {
        struct missing *m = &c->missed->at[i];
        if (!m->asking || !m->r.done)
            continue;
        m->asking = false;
        long r = fuse_verdict(&m->r.in, &m->r.out, m->r.used);
        if (r == -ENOENT) {
            m->when = time_mono();
            m->heard = sched_heard;
        } else if (r >= (long)sizeof(m->e) && m->e.nodeid) {
            fuse_forget(c, m->e.nodeid, 1, false);
            m->heard = sched_heard - 1;
        }
    }
}
