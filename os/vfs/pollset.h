/* Waiting for several files at once: what poll and select share. */
#ifndef PITH_VFS_POLLSET_H
#define PITH_VFS_POLLSET_H

#include "vfs/file.h"

/* One file that is waited for. Zeroed before use. */
struct poll_entry {
    int fd;
    u32 wanted;        /* EPOLL* bits; ERR and HUP are always wanted */
    u32 ready;         /* the result */
    struct file *file; /* held while waiting; 0: not open */
    struct waiter waiter;
};

/* Waits until an entry with a file is ready, the deadline has passed (0: looks only once) or a
 * signal comes: how many entries are ready, 0, or -EINTR. Entries without a file do not count.
 * The caller has taken a reference on each file and drops it. */
int pollset_wait(struct poll_entry *set, unsigned n, nsec_t deadline);

/* A file's state now; null poll is always readable and writable. */
static inline u32 poll_now(struct file *f, struct waiter *w)
{
    return f->ops->poll ? f->ops->poll(f, w) : 0x145u /* IN|OUT|RDNORM|WRNORM */;
}

/* The deadline of a timeout: NEVER and 0 stay what they are. */
nsec_t poll_deadline(u64 sec, u64 nsec);
/* The same of a struct timespec of the program, NULL for ever: 0, -EFAULT or -EINVAL. */
int poll_timeout(const void *user, nsec_t *deadline);
/* The rest of the time into a struct timespec (usec false) or timeval of the program. */
void poll_put_rest(void *user, nsec_t deadline, bool usec);

#endif
