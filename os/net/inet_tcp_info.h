/* Times of a connection in microseconds, from lwIP's milliseconds (third_party/lwip). */
#ifndef PITH_NET_INET_TCP_INFO_H
#define PITH_NET_INET_TCP_INFO_H

#include <lwip/priv/tcp_priv.h>

#define TCPS_TICK_US 1000u

static inline u32 tcps_rto_us(const struct tcp_pcb *pcb)
{
    return (u32)pcb->rto * TCPS_TICK_US;
}
static inline u32 tcps_rtt_us(const struct tcp_pcb *pcb)
{
    return pcb->sa > 0 ? (u32)pcb->sa * TCPS_TICK_US >> 3 : 0;
}
static inline u32 tcps_rttvar_us(const struct tcp_pcb *pcb)
{
    return pcb->sv > 0 ? (u32)pcb->sv * TCPS_TICK_US >> 2 : 0;
}

#endif
