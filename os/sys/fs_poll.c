/* poll(2), ppoll(2). */
#include <asm/poll.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sched/timer.h"
#include "signal/mask.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/pollset.h"

#define SMALL 3 /* entries on the stack */

static int import(struct poll_entry *set, const struct pollfd *user, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct pollfd p;
        if (USER_GET(&p, &user[i]) < 0)
            return -EFAULT;
        set[i].fd = p.fd;
        set[i].wanted = (u16)p.events;
    }
    return 0;
}

static int hold(struct poll_entry *set, unsigned n)
{
    int bad = 0;
    for (unsigned i = 0; i < n; i++) {
        set[i].file = set[i].fd < 0 ? 0 : fd_open_file(set[i].fd);
        if (set[i].file) {
            file_get(set[i].file);
        } else if (set[i].fd >= 0) {
            set[i].ready = POLLNVAL;
            bad++;
        }
    }
    return bad;
}

static long wait_on(struct poll_entry *set, struct pollfd *user, unsigned n, nsec_t deadline)
{
    if (import(set, user, n) < 0)
        return -EFAULT;
    int bad = hold(set, n);
    long r = pollset_wait(set, n, bad ? 0 : deadline);
    if (bad)
        r = r < 0 ? bad : r + bad;
    for (unsigned i = 0; i < n; i++) {
        short revents = (short)set[i].ready;
        if (set[i].file)
            file_put(set[i].file);
        if (r >= 0 && USER_PUT(&user[i].revents, &revents) < 0)
            r = -EFAULT;
    }
    return r;
}

static long poll_once(struct pollfd *user, unsigned long n, nsec_t deadline)
{
    struct poll_entry small[SMALL], *set = small;
    if (n > fd_limit)
        return -EINVAL;
    if (n > SMALL) {
        set = mem_alloc(n * sizeof(*set));
        if (!set)
            return -ENOMEM;
    } else {
        memset(small, 0, sizeof(small));
    }
    long r = wait_on(set, user, (unsigned)n, deadline);
    if (set != small)
        mem_free(set);
    return r;
}

long pith_sys_poll(struct pollfd *user, unsigned long n, int timeout)
{
    nsec_t deadline = NEVER;
    if (timeout >= 0)
        deadline = poll_deadline((u64)timeout / 1000, (u64)timeout % 1000 * 1000000);
    SYS_RETURN(poll_once(user, n, deadline));
}

static long ppoll_once(struct pollfd *user, unsigned long n, nsec_t deadline, void *timeout,
                       const void *set, size_t size)
{
    int err = signal_mask_push(set, size);
    if (err)
        return err;
    long r = poll_once(user, n, deadline);
    if (timeout)
        poll_put_rest(timeout, deadline, false);
    return signal_mask_pop(r);
}

long pith_sys_ppoll(struct pollfd *user, unsigned long n, void *timeout, const void *set,
                    size_t size)
{
    nsec_t deadline;
    int err = poll_timeout(timeout, &deadline);
    if (err)
        return err;
    SYS_RETURN(ppoll_once(user, n, deadline, timeout, set, size));
}
