/* select(2), pselect6(2): bit sets over pollset. */
#include <linux/eventpoll.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "signal/mask.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/pollset.h"

#define IN_SET (EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLHUP | EPOLLERR)
#define OUT_SET (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND | EPOLLERR)
#define EX_SET EPOLLPRI

static const u32 meaning[3] = {IN_SET, OUT_SET, EX_SET};

/* The program's three sets, and what is waited for. */
struct selection {
    u64 *bits[3]; /* words each, in one allocation; 0: not given */
    unsigned words;
    struct poll_entry *set;
    unsigned n;
};

static u32 wanted(const struct selection *s, unsigned fd)
{
    u32 events = 0;
    for (unsigned k = 0; k < 3; k++)
        if (s->bits[k] && s->bits[k][fd / 64] >> fd % 64 & 1)
            events |= meaning[k];
    return events;
}

static void release(struct selection *s)
{
    for (unsigned i = 0; i < s->n; i++)
        if (s->set[i].file)
            file_put(s->set[i].file);
    mem_free(s->set);
}

static int collect(struct selection *s, unsigned nfds)
{
    unsigned count = 0;
    for (unsigned fd = 0; fd < nfds; fd++)
        count += wanted(s, fd) != 0;
    s->set = mem_alloc(MAX(count, 1u) * sizeof(*s->set));
    if (!s->set)
        return -ENOMEM;
    for (unsigned fd = 0; fd < nfds; fd++) {
        u32 events = wanted(s, fd);
        if (!events)
            continue;
        struct file *f = fd_open_file((int)fd);
        if (!f)
            return -EBADF;
        file_get(f);
        s->set[s->n++] = (struct poll_entry){.fd = (int)fd, .wanted = events, .file = f};
    }
    return 0;
}

/* Replaces the sets by what is ready; the number of bits. */
static long results(struct selection *s)
{
    long count = 0;
    u64 asked[3];
    for (unsigned i = 0; i < s->n; i++) {
        unsigned fd = (unsigned)s->set[i].fd;
        for (unsigned k = 0; k < 3; k++) {
            if (!s->bits[k])
                continue;
            asked[k] = s->bits[k][fd / 64] >> fd % 64 & 1;
            if (!asked[k])
                continue;
            if (s->set[i].ready & meaning[k])
                count++;
            else
                s->bits[k][fd / 64] &= ~(1ull << fd % 64);
        }
    }
    return count;
}

static long wait_on(struct selection *s, unsigned nfds, nsec_t deadline)
{
    long r = collect(s, nfds);
    if (r == 0)
        r = pollset_wait(s->set, s->n, deadline);
    if (r >= 0)
        r = results(s);
    release(s);
    return r;
}

static long select_once(int nfds, void *const user[3], nsec_t deadline)
{
    struct selection s = {.words = 0};
    if (nfds < 0)
        return -EINVAL;
    nfds = (int)MIN((unsigned)nfds, MAX(fd_size, fd_limit));
    size_t bytes = ((unsigned)nfds + 63) / 64 * 8;
    u64 *bits = mem_alloc(MAX(bytes * 3, 8ul));
    if (!bits)
        return -ENOMEM;
    long r = 0;
    for (unsigned k = 0; k < 3 && r == 0; k++) {
        if (!user[k])
            continue;
        s.bits[k] = bits + k * (bytes / 8);
        r = user_copy(s.bits[k], user[k], bytes);
    }
    if (r == 0)
        r = wait_on(&s, (unsigned)nfds, deadline);
    for (unsigned k = 0; k < 3 && r >= 0; k++)
        if (user[k] && user_copy(user[k], s.bits[k], bytes) < 0)
            r = -EFAULT;
    mem_free(bits);
    return r;
}

long pith_sys_select(int nfds, void *in, void *out, void *ex, void *timeout)
{
    void *const user[3] = {in, out, ex};
    nsec_t deadline = NEVER;
    s64 t[2];
    if (timeout) {
        if (USER_GET(&t, (const s64(*)[2])timeout) < 0)
            return -EFAULT;
        if (t[0] < 0 || t[1] < 0)
            return -EINVAL;
        t[0] += t[1] / 1000000;
        deadline = poll_deadline((u64)t[0], (u64)t[1] % 1000000 * 1000);
    }
    fd_setup();
    long r = select_once(nfds, user, deadline);
    poll_put_rest(timeout, deadline, true);
    SYS_RETURN(r);
}

static long pselect_once(int nfds, void *const user[3], nsec_t deadline, void *timeout,
                         const u64 sig[2])
{
    int err = signal_mask_push((const void *)sig[0], sig[1]);
    if (err)
        return err;
    long r = select_once(nfds, user, deadline);
    poll_put_rest(timeout, deadline, false);
    return signal_mask_pop(r);
}

long pith_sys_pselect6(int nfds, void *in, void *out, void *ex, void *timeout, const void *sig)
{
    void *const user[3] = {in, out, ex};
    nsec_t deadline;
    u64 mask[2] = {0, 8}; /* { const sigset_t *, size_t } */
    int err = poll_timeout(timeout, &deadline);
    if (err)
        return err;
    if (sig && USER_GET(&mask, (const u64(*)[2])sig) < 0)
        return -EFAULT;
    fd_setup();
    SYS_RETURN(pselect_once(nfds, user, deadline, timeout, mask));
}
