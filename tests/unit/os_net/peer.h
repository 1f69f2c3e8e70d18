/* The peer at 10.0.0.2 (fd00::2), made of single frames; and the tests. See peer.c. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

#include "fake.h"
#include "net/virtio_net.h"

#include <lwip/priv/tcp_priv.h>

#define FEATURES                                                                                   \
    (VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 |                       \
     VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_MRG_RXBUF)

/* A TCP segment of the guest, parsed and found right in all its lengths and sums. */
struct segment {
    u16 src, dst, wnd;
    u32 seq, ack;
    u8 flags;
    u32 len;
    const u8 *data;
    u16 gso_size;
};

/* Sends a segment to 10.0.0.1 (`to`: its last byte's network 10.0.x.1) and lets the stack run. */
void peer_tcp(u16 sport, u16 dport, u32 seq, u32 ack, u8 flags, u16 wnd, const void *data, u32 len);
/* The next segment that the guest sent; false: none. Other frames are skipped; ARP is answered.
 * *broken says what is wrong with one. */
bool peer_next(struct segment *s, const char **broken);
/* Frames without TCP: an Ethernet frame of this type from the peer. */
void peer_frame(u16 type, const void *payload, u32 len);
/* From now on, large frames are left with the device where it has room. */
extern bool peer_leaves;
u16 peer_sum(const void *data, u32 len, u32 start);

#define FIN 1
#define SYN 2
#define RST 4
#define PSH 8
#define ACK 16

/* A connection to port 80 of the guest, which sends what `app_write` is given. */
struct conn {
    u16 port;
    u32 seq, ack; /* the peer's next, and what it has received */
    struct tcp_pcb *pcb;
};
const char *conn_open(struct conn *c, u16 port);
void conn_listen(void);
extern struct tcp_pcb *app_pcb; /* of the last connection accepted */
extern u32 app_received, app_errors;
extern err_t app_error;

const char *test_addresses(void);
const char *test_tcp(void);
const char *test_large(void);
const char *test_left(void);
const char *test_indirect(void);
const char *test_loss(void);
const char *test_timers(void);
const char *test_many(void);
const char *test_liar(void);
const char *test_starved(void);
const char *test_fuzz(void);

#endif
