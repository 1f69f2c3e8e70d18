/* Of os/net alone: how the parts under the sockets hang together.
 *
 *   net_start.c   once: lwIP, lo, then what the set `net_driver` brings
 *   net_timer.c   the protocols' ticks, which run only while something is under way
 *   net_port.c    memory, random numbers and time for lwIP
 *   virtio_net*.c the driver of the boot information's network devices
 */
#ifndef PITH_NET_NET_H
#define PITH_NET_NET_H

#include "base/types.h"
#include "net/netif.h"
#include "sched/timer.h"

/* Something was sent or received: the ticks run for a while. */
void net_timer_busy(void);

#endif
