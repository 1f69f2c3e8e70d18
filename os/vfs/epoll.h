/* epoll: interest lists. Each watched file and descriptor is an item; an item whose file tells of
 * a change goes to the ready list, and a wait looks at the files there.
 */
#ifndef PITH_VFS_EPOLL_H
#define PITH_VFS_EPOLL_H

#include "vfs/file.h"

struct epoll_event;

/* A file ends: it leaves every interest list. 0 (the function) in a program without epoll. */
void epoll_forget(struct file *f) WEAK;

/* A new instance as a file, or 0. */
struct file *epoll_new(void);
/* Is it one? */
bool epoll_is(const struct file *f);
/* epoll_ctl's three operations on the descriptor fd, whose file is f. 0 or -errno. */
int epoll_add(struct file *ep, int fd, struct file *f, u32 events, u64 data);
int epoll_modify(struct file *ep, int fd, struct file *f, u32 events, u64 data);
int epoll_delete(struct file *ep, int fd, struct file *f);
/* Up to max events into the program's array: their number, -EFAULT, -EINTR. The caller holds
 * the file. */
long epoll_collect(struct file *ep, struct epoll_event *user, int max, nsec_t deadline);

#endif
