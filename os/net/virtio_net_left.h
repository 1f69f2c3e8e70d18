/* Received frames whose payload is still the host's (pith/abi.h, PITH_NET_LEFT).
 *
 * Large TCP segments come with their headers alone. The payload is a pbuf with PBUF_LEFT in its
 * flags, whose `payload` is no address: lwIP moves it and cuts `len` as it does with any, and never
 * looks at the bytes. Who wants them calls left_read, which has the host copy them to the
 * program's memory, once, or left_load, which brings them into memory of the library OS.
 * Freed before that they are dropped.
 *
 * The host gives payloads in the order in which they came: those before the one that is wanted are
 * loaded with it. */
#ifndef PITH_NET_VIRTIO_NET_LEFT_H
#define PITH_NET_VIRTIO_NET_LEFT_H

#include "base/types.h"

#include <lwip/pbuf.h>

#define PBUF_LEFT 0x40u

static inline bool left_is(const struct pbuf *p)
{
    return p->flags & PBUF_LEFT;
}

/* The bytes of p, for which left_is, are in memory afterwards, and left_is no more: 0, or
 * -ECONNRESET: they are lost, for want of memory. */
int left_load(struct pbuf *p);
/* The same for all of a frame. */
int left_load_all(struct pbuf *p);
/* Moves p, for which left_is, and those behind it that follow on to [to, to+n), as many as fit as a
 * whole: bytes, 0 if not even p does or if that memory cannot be written. What was moved is to be
 * freed next. */
size_t left_read(struct pbuf *p, void *to, size_t n);

#endif
