/* The ioctl requests about interfaces (netdevice(7)). What would change one is refused: interfaces
 * are the host's. */
#include <linux/in.h>
#include <linux/sockios.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "net/ifview.h"
#include "net/inet.h"

#define NAME_MAX 16u
#define ARPHRD_ETHER 1
#define ARPHRD_LOOPBACK 772
#define TXQLEN 1000

/* struct ifreq of <linux/if.h>. */
struct if_request {
    char name[NAME_MAX];
    union {
        struct sockaddr_in addr;
        struct {
            u16 family;
            u8 bytes[14];
        } hw;
        u16 flags;
        s32 number;
        u8 raw[24];
    };
};
_Static_assert(sizeof(struct if_request) == 40, "struct ifreq");
struct if_list { /* struct ifconf */
    s32 len;
    u32 pad;
    struct if_request *buf;
};

unsigned sock_if_index(const char *name)
{
    struct if_view v;
    return net_start() == 0 && if_view_named(name, &v) ? v.index : 0;
}

bool sock_if_name(unsigned index, char name[16])
{
    struct if_view v;
    if (net_start() < 0 || !if_view(index, &v))
        return false;
    str_copy(name, v.name, NAME_MAX);
    return true;
}

/* Every interface with an IPv4 address. Only whole entries are written. */
static long list(struct if_list *user)
{
    struct if_list l;
    struct if_addr a;
    u32 at = 0;
    s32 used = 0;
    if (USER_GET(&l, user) < 0)
        return -EFAULT;
    while (if_addr_next(AF_INET, &at, &a)) {
        struct if_request r = {.addr = {.sin_family = AF_INET}};
        if (l.buf && l.len - used < (s32)sizeof(r))
            break;
        str_copy(r.name, a.of.name, NAME_MAX);
        memcpy(&r.addr.sin_addr, a.addr, 4);
        if (l.buf && user_copy((char *)l.buf + used, &r, sizeof(r)) < 0)
            return -EFAULT;
        used += (s32)sizeof(r);
    }
    return user_copy(&user->len, &used, sizeof(used));
}

static int address(const struct if_view *v, unsigned cmd, struct if_request *r)
{
    struct if_addr a;
    u32 at = 0;
    while (if_addr_next(AF_INET, &at, &a)) {
        if (a.of.index != v->index)
            continue;
        memset(&r->addr, 0, sizeof(r->addr));
        r->addr.sin_family = AF_INET;
        u32 mask = a.prefix ? lwip_htonl(~0u << (32 - a.prefix)) : 0;
        if (cmd == SIOCGIFNETMASK)
            memcpy(&r->addr.sin_addr, &mask, 4);
        else if (cmd == SIOCGIFBRDADDR)
            memcpy(&r->addr.sin_addr, &a.broadcast, 4);
        else
            memcpy(&r->addr.sin_addr, a.addr, 4);
        return 0;
    }
    return -EADDRNOTAVAIL;
}

static void hardware(const struct if_view *v, struct if_request *r)
{
    memset(&r->hw, 0, sizeof(r->hw));
    r->hw.family = v->dev ? ARPHRD_ETHER : ARPHRD_LOOPBACK;
    if (v->dev)
        memcpy(r->hw.bytes, v->nif->hwaddr, 6);
}

static int answer(const struct if_view *v, unsigned cmd, struct if_request *r)
{
    switch (cmd) {
    case SIOCGIFINDEX:
        r->number = (s32)v->index;
        return 0;
    case SIOCGIFFLAGS:
        r->flags = (u16)v->flags;
        return 0;
    case SIOCGIFMTU:
        r->number = (s32)v->mtu;
        return 0;
    case SIOCGIFMETRIC:
        r->number = 0;
        return 0;
    case SIOCGIFTXQLEN:
        r->number = TXQLEN;
        return 0;
    case SIOCGIFMAP:
        memset(r->raw, 0, sizeof(r->raw));
        return 0;
    case SIOCGIFHWADDR:
        hardware(v, r);
        return 0;
    default:
        return address(v, cmd, r);
    }
}

static long one(unsigned cmd, struct if_request *user)
{
    struct if_request r;
    struct if_view v;
    if (USER_GET(&r, user) < 0)
        return -EFAULT;
    r.name[NAME_MAX - 1] = 0;
    if (cmd == SIOCGIFNAME) {
        if (!if_view((u32)r.number, &v))
            return -ENODEV;
        str_copy(r.name, v.name, NAME_MAX);
        return USER_PUT(user, &r);
    }
    for (char *p = r.name; *p; p++) /* "eth0:1" is a second address of eth0 */
        if (*p == ':')
            *p = 0;
    if (!if_view_named(r.name, &v))
        return -ENODEV;
    int e = answer(&v, cmd, &r);
    return e < 0 ? e : USER_PUT(user, &r);
}

/* Setting flags to what they are is no change. */
static long set_flags(struct if_request *user)
{
    struct if_request r;
    struct if_view v;
    if (USER_GET(&r, user) < 0)
        return -EFAULT;
    r.name[NAME_MAX - 1] = 0;
    if (!inet_privileged())
        return -EPERM;
    if (!if_view_named(r.name, &v))
        return -ENODEV;
    return r.flags == (u16)v.flags ? 0 : -EOPNOTSUPP;
}

long sock_if_ioctl(unsigned cmd, unsigned long arg)
{
    if (cmd < SIOCADDRT || cmd > SIOCDEVPRIVATE)
        return -ENOTTY;
    int err = net_start();
    if (err < 0)
        return err;
    switch (cmd) {
    case SIOCGIFCONF:
        return list((struct if_list *)arg);
    case SIOCSIFFLAGS:
        return set_flags((struct if_request *)arg);
    case SIOCGIFNAME:
    case SIOCGIFFLAGS:
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCGIFBRDADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFMETRIC:
    case SIOCGIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFINDEX:
    case SIOCGIFTXQLEN:
    case SIOCGIFMAP:
        return one(cmd, (struct if_request *)arg);
    case SIOCADDRT:
    case SIOCDELRT:
    case SIOCSIFADDR:
    case SIOCSIFDSTADDR:
    case SIOCSIFBRDADDR:
    case SIOCSIFNETMASK:
    case SIOCSIFMETRIC:
    case SIOCSIFMTU:
    case SIOCSIFNAME:
    case SIOCSIFHWADDR:
    case SIOCSIFTXQLEN:
    case SIOCADDMULTI:
    case SIOCDELMULTI:
    case SIOCSARP:
    case SIOCDARP:
        return inet_privileged() ? -EOPNOTSUPP : -EPERM;
    case SIOCETHTOOL:
        return -EOPNOTSUPP; /* as an interface without ethtool operations */
    default:
        return -ENOTTY;
    }
}

long inet_ioctl(struct socket *s, unsigned cmd, unsigned long arg)
{
    bool addresses = cmd == SIOCGIFADDR || cmd == SIOCGIFDSTADDR || cmd == SIOCGIFBRDADDR ||
                     cmd == SIOCGIFNETMASK;
    if (addresses && s->family != AF_INET)
        return -ENOTTY; /* their sockaddr has no room for IPv6 */
    return cmd >= SIOCADDRT && cmd <= SIOCDEVPRIVATE ? sock_if_ioctl(cmd, arg) : -ENOIOCTLCMD;
}
