/* Packets: memory and the sender's account.
 *
 * The charge is what Linux counts for the same message (skb->truesize: buffer rounded up, and its
 * bookkeeping), because programs see it: how much a socket takes before it says EAGAIN, and that
 * even messages of one byte fill it.
 *
 * Memory for a full piece of a stream is kept, a few at a time.
 */
#include <linux/eventpoll.h>

#include "mem/alloc.h"
#include "net/unix.h"

#define FULL_PAGES 4u /* of a packet with UNIX_PIECE bytes */
#define SPARE_MAX 8u
#define SMALL_MAX 2032u /* what mem_alloc takes from shared pages */
#define HEAD 256u       /* of each buffer in Linux: struct sk_buff */
#define TAIL 320u       /* struct skb_shared_info */

static struct list spare = LIST_INIT(spare);
static unsigned nspare;

static u32 charge_of(size_t len)
{
    u32 size = 512;
    if (len > 16384 - TAIL)
        return HEAD + 1024 + (u32)PAGE_UP(len);
    while (size < len + TAIL)
        size *= 2;
    return HEAD + size;
}

static struct unix_packet *get_memory(size_t len)
{
    size_t size = sizeof(struct unix_packet) + len;
    struct unix_packet *p;
    if (size <= SMALL_MAX)
        return mem_alloc(size);
    u32 npages = (u32)(PAGE_UP(size) / PAGE_SIZE);
    if (npages == FULL_PAGES && nspare) {
        p = list_first(&spare, struct unix_packet, node);
        list_del(&p->node);
        nspare--;
    } else {
        p = mem_pages_dirty(npages);
    }
    if (p)
        p->npages = npages;
    return p;
}

static void put_memory(struct unix_packet *p)
{
    if (!p->npages) {
        mem_free(p);
    } else if (p->npages == FULL_PAGES && nspare < SPARE_MAX) {
        list_add(&spare, &p->node);
        nspare++;
    } else {
        mem_pages_free(p, p->npages);
    }
}

void unix_packet_trim(void)
{
    while (nspare) {
        struct unix_packet *p = list_first(&spare, struct unix_packet, node);
        list_del(&p->node);
        nspare--;
        mem_pages_free(p, FULL_PAGES);
    }
}

static int wait_for_sndbuf(struct unix_sock *u, u32 flags, nsec_t deadline)
{
    for (;;) {
        if (u->s.error)
            return sock_error(&u->s);
        if (u->s.shut & 2)
            return -EPIPE;
        if (u->wmem < u->s.sndbuf)
            return 0;
        if (sock_nonblock(&u->s, flags))
            return -EAGAIN;
        int r = sock_wait(&u->s, deadline);
        if (r < 0)
            return r;
    }
}

struct unix_packet *unix_packet_new(struct unix_sock *u, struct sock_msg *m, size_t len,
                                    nsec_t deadline, int *err)
{
    *err = wait_for_sndbuf(u, m->flags, deadline);
    if (*err < 0)
        return 0;
    struct unix_packet *p = get_memory(len);
    if (!p) {
        *err = -ENOBUFS;
        return 0;
    }
    ssize_t got = len ? iter_get(m->it, p->data, len) : 0;
    if (got < (ssize_t)len) {
        put_memory(p);
        *err = -EFAULT;
        return 0;
    }
    list_init(&p->node);
    p->from = u;
    unix_get(u);
    p->charge = charge_of(len);
    u->wmem += p->charge;
    p->len = (u32)len;
    p->off = 0;
    p->files = 0;
    p->cred = (struct unix_cred){0, 65534, 65534};
    return p;
}

void unix_packet_free(struct unix_packet *p)
{
    struct unix_sock *from = p->from;
    from->wmem -= p->charge;
    if (!from->dead && unix_writable(from))
        sock_wake(&from->s, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
    if (p->files) {
        unix_land(p->files);
        unix_files_drop(p->files);
    }
    put_memory(p);
    unix_put(from);
}

void unix_queue_drop(struct unix_sock *u)
{
    struct list all;
    list_add_tail(&u->queue, &all);
    list_del(&u->queue); /* `all` is the head now */
    u->queued = 0;
    while (!list_empty(&all)) {
        struct unix_packet *p = list_first(&all, struct unix_packet, node);
        list_del(&p->node);
        unix_packet_free(p);
    }
}
