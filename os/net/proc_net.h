/* Of the tables in /proc/net alone: how Linux writes numbers and lines there. */
#ifndef PITH_NET_PROC_NET_H
#define PITH_NET_PROC_NET_H

#include <lwip/ip_addr.h>

#include "base/string.h"
#include "vfs/tree.h"

/* An address and port, with a blank behind; six: in the table of AF_INET6. */
void proc_net_address(struct text *t, const ip_addr_t *ip, u16 port, bool six);

/* v in capital hexadecimal digits, as many as asked for. */
static inline void proc_hex(struct text *t, u32 v, unsigned digits)
{
    char out[8];
    for (unsigned i = digits; i--; v >>= 4)
        out[i] = "0123456789ABCDEF"[v & 15];
    text_raw(t, out, digits);
}
/* Fills the line that began at `start` with blanks and ends it. */
static inline void proc_pad(struct text *t, size_t start, size_t width)
{
    while (!t->failed && t->len - start < width)
        text_raw(t, " ", 1);
    text_raw(t, "\n", 1);
}

#endif
