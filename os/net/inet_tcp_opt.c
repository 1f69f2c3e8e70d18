/* Options of SOL_TCP (tcp(7)), and those of SOL_SOCKET, SOL_IP and SOL_IPV6 that a connection has
 * to be told about. What lwIP cannot do is refused: fast open, other congestion controls than its
 * own, which is NewReno (RFC 6582), signatures, repair. */
#include <asm/socket.h>
#include <linux/tcp.h>

#include <lwip/priv/tcp_priv.h>

#include "base/string.h"
#include "net/inet_tcp.h"

#define SYN_RETRIES 6     /* net.ipv4.tcp_syn_retries */
#define FIN_TIMEOUT 60    /* net.ipv4.tcp_fin_timeout, s */
#define RMEM_MAX 6291456u /* net.ipv4.tcp_rmem[2] */
#define FIN_TIMEOUT_MAX 120
#define CLAMP_MIN 1152  /* SOCK_MIN_RCVBUF / 2 */
#define MSS_DEFAULT 536 /* RFC 9293, 3.7.1 */
#define LEN_UPTO(member) (offsetof(struct tcp_info, member))

/* TCP_DEFER_ACCEPT is kept by Linux as a number of retransmissions: 1, 3, 7, 15 ... seconds. */
static u32 round_defer(int seconds)
{
    u32 period = 1, step = 1;
    if (seconds <= 0)
        return 0;
    for (int n = 1; (u32)seconds > period && n < 255; n++) {
        step = MIN(step * 2, 120u);
        period += step;
    }
    return period;
}

static int set_flag(struct tcps *t, u16 flag, int on)
{
    t->flags = (u16)(on ? t->flags | flag : t->flags & ~flag);
    return 0;
}

static int set_quickack(struct tcps *t, int on)
{
    set_flag(t, TCPS_NOQUICKACK, !on);
    if (on && t->pcb && t->state == TCPS_OPEN && t->pcb->flags & TF_ACK_DELAY) {
        tcp_ack_now(t->pcb);
        tcps_push(t);
    }
    return 0;
}

static int set_push(struct tcps *t, u16 flag, int on)
{
    set_flag(t, flag, on);
    tcps_apply(t);
    if (t->state == TCPS_OPEN && (flag == TCPS_NODELAY) == !!on)
        tcps_push(t);
    return 0;
}

/* Values that live in the socket's rare part. */
static int set_extra(struct tcps *t, int name, int v)
{
    static const struct {
        u8 name;
        u8 offset;
        s32 lo, hi;
    } fields[] = {
        {TCP_SYNCNT, offsetof(struct tcps_extra, syncnt) / 4, 1, 127},
        {TCP_USER_TIMEOUT, offsetof(struct tcps_extra, user_timeout) / 4, 0, INT32_MAX},
        {TCP_KEEPIDLE, offsetof(struct tcps_extra, keep_idle) / 4, 1, 32767},
        {TCP_KEEPINTVL, offsetof(struct tcps_extra, keep_intvl) / 4, 1, 32767},
        {TCP_KEEPCNT, offsetof(struct tcps_extra, keep_cnt) / 4, 1, 127},
        {TCP_NOTSENT_LOWAT, offsetof(struct tcps_extra, lowat) / 4, INT32_MIN, INT32_MAX},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].name != name)
            continue;
        if (v < fields[i].lo || v > fields[i].hi)
            return -EINVAL;
        struct tcps_extra *x = tcps_extra(t);
        if (!x)
            return -ENOBUFS;
        ((s32 *)x)[fields[i].offset] = v;
        tcps_apply(t);
        tcps_timer_update(t);
        if (name == TCP_NOTSENT_LOWAT && tcps_writable(t))
            sock_wake(&t->is.s, 4 /* EPOLLOUT */);
        return 0;
    }
    return -ENOPROTOOPT;
}

static int set_limits(struct tcps *t, int name, int v)
{
    struct tcps_extra *x;
    if (name == TCP_MAXSEG && v && (v < 88 || v > 32767))
        return -EINVAL;
    if (name == TCP_WINDOW_CLAMP && !v && t->state != TCPS_NEW)
        return -EINVAL;
    if (!(x = tcps_extra(t)))
        return -ENOBUFS;
    switch (name) {
    case TCP_MAXSEG:
        x->maxseg = (u32)v;
        break;
    case TCP_WINDOW_CLAMP:
        x->clamp = v ? (u32)MAX(v, CLAMP_MIN) : 0;
        break;
    case TCP_LINGER2:
        x->linger2 = v < 0 ? -1 : MIN(v, FIN_TIMEOUT_MAX);
        break;
    case TCP_DEFER_ACCEPT:
        x->defer = round_defer(v);
        break;
    }
    return 0;
}

static int set_congestion(const char *name, unsigned len)
{
    if (len < 1)
        return -EINVAL;
    return str_nlen(name, len) == 4 && !memcmp(name, "reno", 4) ? 0 : -ENOENT;
}

static int set_tcp(struct tcps *t, int name, const void *val, unsigned len)
{
    int v;
    if (name == TCP_CONGESTION)
        return set_congestion(val, len);
    if (name == TCP_ULP)
        return len < 1 ? -EINVAL : -ENOENT;
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, val, sizeof(v));
    switch (name) {
    case TCP_NODELAY:
        return set_push(t, TCPS_NODELAY, v);
    case TCP_CORK:
        return set_push(t, TCPS_CORK, v);
    case TCP_QUICKACK:
        return set_quickack(t, v);
    case TCP_MAXSEG:
    case TCP_WINDOW_CLAMP:
    case TCP_LINGER2:
    case TCP_DEFER_ACCEPT:
        return set_limits(t, name, v);
    case TCP_THIN_LINEAR_TIMEOUTS: /* hints; the stack does neither */
    case TCP_THIN_DUPACK:
        return v < 0 || v > 1 ? -EINVAL : v ? -EOPNOTSUPP : 0;
    case TCP_INQ:
        return v < 0 || v > 1 ? -EINVAL : set_flag(t, TCPS_INQ, v);
    case TCP_FASTOPEN:
    case TCP_FASTOPEN_CONNECT:
    case TCP_FASTOPEN_NO_COOKIE:
        return v ? -EOPNOTSUPP : 0;
    case TCP_REPAIR:
    case TCP_TIMESTAMP:
        return -EPERM;
    default:
        return set_extra(t, name, v);
    }
}

int tcps_setopt(struct socket *s, int level, int name, const void *val, unsigned len)
{
    struct tcps *t = tcps_of(s);
    if (level == SOL_TCP)
        return set_tcp(t, name, val, len);
    int r = level == SOL_SOCKET ? sock_setopt(s, name, val, len)
                                : inet_setopt(&t->is, level, name, val, len);
    if (r == 0 && level == SOL_SOCKET && name == SO_RCVLOWAT)
        s->rcvlowat =
            MIN(s->rcvlowat, (s->options & SOCK_OPT_RCVBUF_LOCK ? s->rcvbuf : RMEM_MAX) / 2);
    if (r == 0)
        tcps_apply(t);
    return r;
}

static int int_of(struct tcps *t, int name, int *v)
{
    const struct tcps_extra none = {0}, *x = t->x ? t->x : &none;
    switch (name) {
    case TCP_NODELAY:
        *v = !!(t->flags & TCPS_NODELAY);
        return 0;
    case TCP_CORK:
        *v = !!(t->flags & TCPS_CORK);
        return 0;
    case TCP_QUICKACK:
        *v = !(t->flags & TCPS_NOQUICKACK);
        return 0;
    case TCP_INQ:
        *v = !!(t->flags & TCPS_INQ);
        return 0;
    case TCP_MAXSEG:
        *v = t->pcb && t->state != TCPS_LISTEN ? t->pcb->mss
             : x->maxseg                       ? (int)x->maxseg
                                               : MSS_DEFAULT;
        return 0;
    case TCP_KEEPIDLE:
        *v = x->keep_idle ? (int)x->keep_idle : (int)(TCP_KEEPIDLE_DEFAULT / 1000);
        return 0;
    case TCP_KEEPINTVL:
        *v = x->keep_intvl ? (int)x->keep_intvl : (int)(TCP_KEEPINTVL_DEFAULT / 1000);
        return 0;
    case TCP_KEEPCNT:
        *v = x->keep_cnt ? (int)x->keep_cnt : (int)TCP_KEEPCNT_DEFAULT;
        return 0;
    case TCP_SYNCNT:
        *v = x->syncnt ? (int)x->syncnt : SYN_RETRIES;
        return 0;
    case TCP_LINGER2:
        *v = x->linger2 ? x->linger2 : FIN_TIMEOUT;
        return 0;
    case TCP_DEFER_ACCEPT:
        *v = (int)x->defer;
        return 0;
    case TCP_WINDOW_CLAMP:
        *v = (int)x->clamp;
        return 0;
    case TCP_USER_TIMEOUT:
        *v = (int)x->user_timeout;
        return 0;
    case TCP_NOTSENT_LOWAT:
        *v = (int)x->lowat;
        return 0;
    case TCP_THIN_LINEAR_TIMEOUTS:
    case TCP_THIN_DUPACK:
    case TCP_FASTOPEN:
    case TCP_FASTOPEN_CONNECT:
    case TCP_FASTOPEN_NO_COOKIE:
    case TCP_REPAIR:
        *v = 0;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static int get_tcp(struct tcps *t, int name, void *val, unsigned *len)
{
    char reno[16] = "reno";
    int v;
    if (name == TCP_INFO) {
        struct tcp_info i;
        tcps_info(t, &i);
        *len = MIN(*len, (unsigned)LEN_UPTO(tcpi_total_retrans));
        memcpy(val, &i, *len);
        return 0;
    }
    if (name == TCP_CONGESTION) {
        *len = MIN(*len, (unsigned)sizeof(reno));
        memcpy(val, reno, *len);
        return 0;
    }
    int r = int_of(t, name, &v);
    if (r < 0)
        return r;
    *len = MIN(*len, (unsigned)sizeof(v));
    memcpy(val, &v, *len);
    return 0;
}

int tcps_getopt(struct socket *s, int level, int name, void *val, unsigned *len)
{
    struct tcps *t = tcps_of(s);
    if (level == SOL_TCP)
        return get_tcp(t, name, val, len);
    if (level == SOL_SOCKET)
        return -ENOPROTOOPT;
    if (level != SOL_IP && s->family == AF_INET)
        return -EOPNOTSUPP;
    return inet_getopt(&t->is, level, name, val, len);
}
