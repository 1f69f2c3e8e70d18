/* Once: the stack and its interfaces; and what happens after each use of lwIP. See net/netif.h.
 *
 * Frames leave and arrive at PITH_HC_WAIT, which whoever sleeps calls. A program that never sleeps
 * is served as well: when half of a ring is full, when it asks for what is not there (net_starved),
 * and by a tick while there is traffic. */
#include "net/net.h"

#include "base/host.h"
#include "mem/alloc.h"
#include "net/virtio_net.h"
#include "sched/sched.h"
#include "sched/upcall.h"

#include <lwip/igmp.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/udp.h>

#define LO_MTU 65535 /* lwIP's sizes have 16 bits; Linux says 65536 */
/* A frame of a program that computes waits at most this long. */
#define TICK (4 * 1000 * 1000ull)
/* Ticks without a frame after which they stop. */
#define TICKS_IDLE 4
/* How often a program that polls in vain makes the host look. */
#define STARVED 200000ull

/* Buffers of a new connection: what Linux grows to in a moment, unless memory is small. */
#define BUFFER_MAX (512u * 1024)
#define BUFFER_MIN (16u * 1024)
#define SNDBUF_SHARE 128 /* of all memory */

u32 net_tcp_wnd = BUFFER_MAX, net_tcp_sndbuf = BUFFER_MAX;

static bool started;
static struct waitq starting = WAITQ_INIT(starting);
static struct timer tick;
static unsigned idle_ticks;
static long missed;   /* PITH_WAIT_* of waits whose news nobody has taken in */
static bool settling; /* net_settle is at it */
nsec_t net_looked;

/* The receive window is less than what the ring takes, so that a connection alone cannot overrun
 * it. */
static void set_buffers(void)
{
    net_tcp_sndbuf = (u32)MIN(MAX(mem_total() / SNDBUF_SHARE, BUFFER_MIN), BUFFER_MAX);
    for (struct virtio_net *dev = virtio_nets; dev; dev = dev->next)
        if (!dev->inside)
            net_tcp_wnd = MIN(net_tcp_wnd, MAX(dev->limit * (u32)RX_BYTES / 8 * 7, BUFFER_MIN));
}

int net_start(void)
{
    static int result;
    static bool done;
    if (started) { /* another thread may be waiting for an address */
        while (!done && waitq_sleep(&starting, NEVER) == 0)
            ;
        return result;
    }
    started = true;
    igmp_init(); /* lo joins a group of its own at once */
    netif_init();
    netif_list->mtu = LO_MTU; /* lo, the only one yet */
    /* Headers that raw sockets see are whole; data needs no checksum on lo. */
    NETIF_SET_CHECKSUM_CTRL(netif_list, NETIF_CHECKSUM_GEN_IP | NETIF_CHECKSUM_GEN_ICMP |
                                            NETIF_CHECKSUM_GEN_ICMP6);
    udp_init();
    tcp_init();
    struct netif *lo = netif_list;
    result = virtio_net_start();
    net_inside_start(lo);
    set_buffers();
    if (!result)
        result = net_config();
    if (!result)
        net_dhcp_wait();
    if (virtio_nets)
        sched_upcall_enable();
    net_kick();
    done = true;
    waitq_wake(&starting, ~0u);
    return result;
}

/* Frames of the device that the host has not taken. */
static unsigned unsent(const struct virtio_net *dev)
{
    return (u16)(dev->tx.avail->idx - __atomic_load_n(&dev->tx.used->idx, __ATOMIC_ACQUIRE));
}

void net_flush(void)
{
    long w = host_call(PITH_HC_WAIT, 0, 0, 0, 0);
    sched_heard++;
    if (w > 0)
        missed |= w;
}

/* Takes in what came with net_flush, outside lwIP. */
static void settle(void)
{
    if (settling)
        return;
    settling = true;
    while (missed) {
        long w = missed;
        missed = 0;
        sched_take_in(w);
    }
    settling = false;
}

/* Frames to our own addresses wait in their interface: taking them in may send more. */
static void loop(void)
{
    static bool busy;
    if (busy)
        return;
    busy = true;
    for (struct netif *n = netif_list; n; n = n->next)
        if (n->loop_first) {
            u16 flags = n->chksum_flags;
            tcp_ticks = net_now_ms();
            /* What was left to the device has no checksum. */
            n->chksum_flags = flags & (u16) ~(NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP);
            netif_poll(n);
            n->chksum_flags = flags;
        }
    busy = false;
}

void net_reclaim(void)
{
    for (struct virtio_net *dev = virtio_nets; dev; dev = dev->next)
        virtio_net_reclaim(dev);
}

static void tick_fire(struct timer *t)
{
    bool any = false;
    for (struct virtio_net *dev = virtio_nets; dev; dev = dev->next)
        any |= unsent(dev) != 0;
    if (any) {
        idle_ticks = 0;
        net_flush();
    }
    if (idle_ticks++ < TICKS_IDLE) {
        timer_set(t, time_mono() + TICK, tick_fire);
        sched_alarm_update();
    }
    settle();
}

void net_kick(void)
{
    net_timer_busy();
    net_push();
}

void net_push(void)
{
    loop();
    for (struct virtio_net *dev = virtio_nets; dev; dev = dev->next) {
        unsigned n = unsent(dev);
        if (n > dev->tx.size / 2)
            net_flush();
        if (n && !tick.set) {
            idle_ticks = 0;
            timer_set(&tick, time_mono() + TICK, tick_fire);
            sched_alarm_update();
        }
    }
    settle();
}

bool net_starved(void)
{
    nsec_t now = time_mono();
    if (!virtio_nets || now - net_looked < STARVED)
        return false;
    net_looked = now;
    net_flush();
    bool any = missed;
    settle();
    return any;
}
