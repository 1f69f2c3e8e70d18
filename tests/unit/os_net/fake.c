/* See fake.h. The rings are the driver's; the device's side of them is here, without checks, since
 * this test is about the other side. Memory is malloc's, so that ASan sees every access. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/host.h"
#include "dev/vq.h"
#include "mem/alloc.h"
#include "net/net.h"
#include "net/netif.h"
#include "net/virtio_net.h"
#include "sched/sched.h"
#include "sched/upcall.h"

#define SIZE 256

#define LEFT_SIZE 16

static struct pith_desc desc[3][SIZE];
/* Room for the rings, whose lengths their types do not say. */
static u64 avail_room[3][(4 + 2 * SIZE) / 8 + 1], used_room[3][(4 + 8 * SIZE) / 8 + 1];
static struct pith_avail *avail(int i)
{
    return (struct pith_avail *)avail_room[i];
}
static struct pith_used *used(int i)
{
    return (struct pith_used *)used_room[i];
}
static struct pith_queue queues[3];
static struct pith_net_config config = {
    .mac = {2, 0, 0, 0, 0, 1},
    .mtu = 1500,
    .flags = PITH_NET_AUTOCONF,
    .name = "eth0",
    .naddrs = 3,
    .nroutes = 1,
    .addrs = {{.family = 4, .prefix = 24, .addr = {10, 0, 0, 1}},
              {.family = 6, .prefix = 64, .addr = {0xfd, [15] = 1}},
              {.family = 4, .prefix = 24, .addr = {10, 0, 1, 1}}},
    .routes = {{.family = 4, .via = {10, 0, 0, 254}}},
};
static struct pith_device device = {.type = PITH_DEV_NET,
                                    .nqueues = 3,
                                    .queues = (u64)queues,
                                    .config = (u64)&config,
                                    .config_len = sizeof(config)};
static struct pith_boot boot = {
    .devices = (u64)&device, .ndevices = 1, .hostname = (u64) "test", .seed = {1, 2, 3}};
const struct pith_boot *host_boot = &boot;

u64 fake_time = 1000000000, fake_allocated;
u32 fake_indirect;
bool fake_full;
long fake_memory = -1;
static u16 taken[3]; /* available entries used up */
static struct frame sent[64];
static unsigned nsent, nread;
u32 fake_left;
static struct kept {
    u32 len;
    u8 data[70000];
} kept[LEFT_SIZE]; /* oldest first */

u32 sched_heard;

/* No device behind lo here. */
void net_inside_start(struct netif *lo)
{
    (void)lo;
}

void net_inside_input(struct pbuf *p)
{
    (void)p;
    abort();
}

void *mem_alloc_dirty(size_t size)
{
    void *p = mem_alloc(size);
    if (p)
        __builtin_memset(p, 0xa5, size); /* who relies on zeroes is found out */
    return p;
}

void *mem_alloc(size_t size)
{
    if (fake_memory == 0)
        return NULL;
    if (fake_memory > 0)
        fake_memory--;
    fake_allocated++;
    return calloc(1, size);
}

void mem_free(void *p)
{
    fake_allocated -= p != NULL;
    free(p);
}

size_t mem_size(const void *p)
{
    (void)p;
    return 0;
}

u64 mem_free_bytes(void)
{
    return 64 << 20;
}

u64 mem_idle_bytes(void)
{
    return 0;
}

u64 mem_total(void)
{
    return 64 << 20;
}

nsec_t time_mono(void)
{
    return fake_time;
}

void base_bug(const char *where)
{
    fprintf(stderr, "bug: %s\n", where);
    abort();
}

size_t user_copy_partial(void *to, const void *from, size_t n)
{
    (void)to;
    (void)from;
    (void)n;
    abort();
}

void sched_upcall_enable(void) {}

void sched_alarm_update(void) {}

int waitq_sleep(struct waitq *q, nsec_t deadline)
{
    (void)q;
    (void)deadline;
    return -EINTR;
}

void waitq_wake(struct waitq *q, u32 events)
{
    (void)q;
    (void)events;
}

void sched_take_in(long waited)
{
    if (waited & PITH_WAIT_RING)
        SET_FOREACH(fn, poll)
    (*fn)();
    timer_run(fake_time);
}

static u32 size_of(unsigned queue)
{
    return queue == PITH_NET_LEFT ? LEFT_SIZE : SIZE;
}

static void use(unsigned queue, u32 id, u32 len)
{
    used((int)queue)->ring[used((int)queue)->idx % size_of(queue)] =
        (struct pith_used_elem){id, len};
    used((int)queue)->idx++;
}

void fake_lie(unsigned queue, u32 id, u32 len)
{
    use(queue, id, len);
}

/* Takes every frame from the ring. */
static void transmit(void)
{
    while (!fake_full && taken[1] != avail(1)->idx) {
        u16 head = avail(1)->ring[taken[1]++ % SIZE], at = head;
        struct frame *f = &sent[nsent < 63 ? nsent++ : 63];
        u8 all[80000];
        u32 n = 0;
        const struct pith_desc *table = desc[1];
        if (table[head].flags & VQ_INDIRECT) {
            ASSERT(virtio_nets->features & VIRTIO_F_INDIRECT_DESC &&
                   table[head].flags == VQ_INDIRECT);
            table = (const struct pith_desc *)table[head].addr;
            at = 0;
            fake_indirect++;
        }
        for (;;) {
            __builtin_memcpy(all + n, (void *)table[at].addr, table[at].len);
            n += table[at].len;
            if (!(table[at].flags & VQ_NEXT))
                break;
            at = table[at].next;
        }
        struct virtio_net_hdr h;
        __builtin_memcpy(&h, all, sizeof(h));
        *f = (struct frame){h.flags,       h.gso_type,         h.gso_size, h.csum_start,
                            h.csum_offset, n - (u32)sizeof(h), {0}};
        __builtin_memcpy(f->data, all + sizeof(h), f->len);
        use(1, head, 0);
    }
}

/* Gives the frames that were left to those who ask. */
static void give_left(void)
{
    while (taken[2] != avail(2)->idx) {
        u16 head = avail(2)->ring[taken[2]++ % LEFT_SIZE], at = head;
        u32 done = 0;
        for (bool more = true; more; at = desc[2][at].next) {
            const struct pith_desc *d = &desc[2][at];
            u32 n = fake_left ? MIN(d->len, kept[0].len - done) : 0;
            ASSERT(d->flags & VQ_WRITE);
            __builtin_memcpy((void *)d->addr, kept[0].data + done, n);
            done += n;
            more = d->flags & VQ_NEXT;
        }
        use(2, head, done);
        if (fake_left)
            __builtin_memmove(kept, kept + 1, --fake_left * sizeof(*kept));
    }
}

static long call(long nr, long a, long b, long c, long d)
{
    (void)a, (void)b, (void)c, (void)d;
    u16 before = used(2)->idx;
    if (nr == PITH_HC_WAIT) {
        transmit();
        give_left();
    }
    return used(2)->idx != before ? PITH_WAIT_RING : 0;
}

void fake_start(u64 features)
{
    boot.hypercall = (u64)call;
    device.features = features;
    for (int i = 0; i < 3; i++)
        queues[i] =
            (struct pith_queue){(u64)desc[i], (u64)avail(i), (u64)used(i), size_of((unsigned)i), 0};
    ASSERT(net_start() == 0);
    fake_run();
    while (fake_sent())
        ;
}

bool fake_give(const void *frame, u32 len, u8 flags)
{
    struct virtio_net_hdr h = {.flags = flags};
    u32 total = len + (u32)sizeof(h), done = 0;
    u16 count = 0, first = used(0)->idx;
    u8 all[80000], *header = NULL;
    __builtin_memcpy(all, &h, sizeof(h));
    __builtin_memcpy(all + sizeof(h), frame, len);
    if ((u16)(avail(0)->idx - taken[0]) < total / RX_BYTES + 1)
        return false;
    do {
        u16 head = avail(0)->ring[taken[0]++ % SIZE];
        u32 n = MIN(total - done, desc[0][head].len);
        __builtin_memcpy((void *)desc[0][head].addr, all + done, n);
        if (count == 0)
            header = (u8 *)desc[0][head].addr;
        used(0)->ring[(u16)(first + count) % SIZE] = (struct pith_used_elem){head, n};
        done += n;
        count++;
    } while (done < total);
    ((struct virtio_net_hdr *)header)->num_buffers = count;
    used(0)->idx = (u16)(first + count);
    return true;
}

bool fake_leave(const void *frame, u32 len, u8 flags)
{
    struct virtio_net_hdr h = {.flags = flags, .gso_type = VIRTIO_NET_GSO_TCPV4};
    if (fake_left == LEFT_SIZE || !avail(2)->flags || avail(0)->idx == taken[0])
        return false;
    u16 head = avail(0)->ring[taken[0]++ % SIZE];
    u8 *at = (u8 *)desc[0][head].addr;
    __builtin_memcpy(at, &h, sizeof(h));
    __builtin_memcpy(at + sizeof(h), frame, MIN(len, PITH_NET_BEGIN));
    kept[fake_left].len = len;
    __builtin_memcpy(kept[fake_left++].data, frame, len);
    use(0, head, len + (u32)sizeof(h));
    return true;
}

void fake_run(void)
{
    sched_take_in(PITH_WAIT_RING);
    transmit();
    if (virtio_nets)
        virtio_net_reclaim(virtio_nets);
}

const struct frame *fake_sent(void)
{
    if (nread == nsent) {
        nread = nsent = 0;
        transmit();
    }
    return nread < nsent ? &sent[nread++] : NULL;
}

void fake_pass(u64 ms)
{
    for (u64 end = fake_time + ms * 1000000; fake_time < end;) {
        fake_time = MIN(end, MAX(timer_next(), fake_time + 1));
        sched_take_in(0);
        transmit();
    }
}
