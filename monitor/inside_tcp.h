/* Segments of TCP (RFC 9293) between the guest and the host's end of its lo: what inside_tcp.c and
 * inside_names.c share. The link loses nothing but what the guest has no room for, so an end here
 * needs neither timers nor options. See inside.h.
 */
#ifndef MON_INSIDE_TCP_H
#define MON_INSIDE_TCP_H

#include "inside.h"

#define INSIDE_TCP 20u /* bytes of a header without options */
/* Most bytes of data in a segment, in either direction. */
#define INSIDE_SEGMENT 1400u

#define INSIDE_FIN 1u
#define INSIDE_SYN 2u
#define INSIDE_RST 4u
#define INSIDE_PSH 8u
#define INSIDE_ACK 16u

/* What every segment to the guest says. */
struct inside_end {
    bool six; /* the guest's address is ::1, else: */
    uint8_t guest[4];
    uint16_t port, our_port; /* the guest's, and the one on this side */
    uint32_t expected;       /* the guest's next byte */
    uint16_t window;         /* bytes we take */
};

/* False: the guest has no room now. With SYN, the largest segment we want goes along. */
bool inside_segment(const struct inside_end *e, uint32_t seq, unsigned flags, const void *data,
                    size_t n);

/* A segment of the guest's, decoded; `data` lies in its packet. */
struct inside_got {
    bool six;
    const uint8_t *from; /* if it is not */
    uint16_t port, our_port, window;
    uint32_t seq, ack;
    unsigned flags;
    const uint8_t *data;
    size_t n;
};

/* A random first sequence number. */
uint32_t inside_first(void);

/* A segment for the name server, or of a connection to it. False: it is none. */
bool inside_names(const struct inside_got *s);

#endif
