/* Of the driver of network devices (VIRTIO 1.2, 5.1): what its parts share.
 *
 *   virtio_net.c       setting up: features, rings, lwIP's interface
 *   virtio_net_rx.c    frames come in, in buffers lent to lwIP
 *   virtio_net_left.c  payloads of large ones, which the host keeps until they are read
 *   virtio_net_tx.c    frames go out, with checksum and segmentation left to the host
 *
 * There are no notifications: frames leave and arrive at PITH_HC_WAIT.
 */
#ifndef PITH_NET_VIRTIO_NET_H
#define PITH_NET_VIRTIO_NET_H

#include "dev/vq.h"
#include "net/net.h"

#include <lwip/netif.h>
#include <lwip/pbuf.h>

#define VIRTIO_NET_F_CSUM (1ull << 0)
#define VIRTIO_NET_F_GUEST_CSUM (1ull << 1)
#define VIRTIO_NET_F_GUEST_TSO4 (1ull << 7)
#define VIRTIO_NET_F_GUEST_TSO6 (1ull << 8)
#define VIRTIO_NET_F_HOST_TSO4 (1ull << 11)
#define VIRTIO_NET_F_HOST_TSO6 (1ull << 12)
#define VIRTIO_NET_F_MRG_RXBUF (1ull << 15)

/* 5.1.6, struct virtio_net_hdr with num_buffers (VIRTIO_F_VERSION_1 or MRG_RXBUF). */
struct virtio_net_hdr {
    u8 flags, gso_type;
    u16 hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
_Static_assert(sizeof(struct virtio_net_hdr) == 12, "VIRTIO 1.2, 5.1.6");
#define VIRTIO_NET_NEEDS_CSUM 1
#define VIRTIO_NET_DATA_VALID 2
#define VIRTIO_NET_GSO_TCPV4 1
#define VIRTIO_NET_GSO_TCPV6 4

/* A receive buffer: one object of the largest size that shares a page. While the device has it, or
 * nobody, `next` links the spare ones; while lwIP has it, it is the pbuf. */
#define RX_BUFFER 2032u
struct rx_buffer {
    struct pbuf_custom pbuf;
    struct virtio_net *dev;
    struct rx_buffer *next;
    u8 data[];
};
#define RX_BYTES (RX_BUFFER - sizeof(struct rx_buffer))

/* Those that lwIP and the program may hold on to take at most this part of the memory that is free
 * at the start; the payloads that the host keeps have as much promised. */
#define HELD_SHARE 8

struct virtio_net {
    struct vq rx, tx;
    struct netif netif;
    struct virtio_net *next;
    const struct pith_device *device;
    const struct pith_net_config *config;
    u64 features;
    struct rx_buffer *spare;
    u32 nspare, total, most; /* receive buffers: spare ones, all, and how many there may be */
    u16 posted, limit;       /* buffers the ring is to hold now, and in times of traffic */
    u64 rx_packets, rx_bytes, rx_dropped, rx_errors, tx_packets, tx_bytes, tx_dropped;
    struct vq keep; /* PITH_NET_LEFT; size 0: not there */
    struct left **left;
    u32 left_first, left_end;
    u64 left_bytes;
    bool fetched; /* something of it, since frames were last taken in */
    bool inside;  /* PITH_NET_INSIDE: netif is only there to send by */
    bool aliased; /* interfaces for further IPv4 addresses have this as their state */
    void *token[2 * PITH_NET_QUEUE_SIZE];
};
extern struct virtio_net *virtio_nets; /* in the order of the boot information */

/* Finds the devices and sets them up, without addresses: 0 or -ENOMEM. */
int virtio_net_start(void);
/* Another interface of lwIP over the same device, for a further IPv4 address; 0: no memory. */
struct netif *virtio_net_alias(struct virtio_net *dev);

/* Gives the device buffers until it has as many as it should. */
void virtio_net_refill(struct virtio_net *dev);
/* Takes in what has arrived. */
void virtio_net_receive(struct virtio_net *dev);
/* virtio_net_left.c: the device has the queue. */
void virtio_net_left_start(struct virtio_net *dev, const struct pith_queue *q);
/* A frame of len bytes was left, whose beginning is here; valid: its checksum is known to be right.
 * Its payload as a pbuf, or all of it if that is no TCP segment; 0: it is lost, as any is that is
 * too long for lwIP. */
struct pbuf *virtio_net_left(struct virtio_net *dev, const u8 *frame, u32 len, bool valid);
/* Brings all but the youngest `keep` of the frames that were left into memory. */
void virtio_net_left_load(struct virtio_net *dev, u32 keep);
/* Frees what has been sent. */
void virtio_net_reclaim(struct virtio_net *dev);
/* netif->linkoutput. */
err_t virtio_net_send(struct netif *netif, struct pbuf *p);

#endif
