/* A network interface of the guest: a virtio-net device (VIRTIO 1.2, 5.1) on one side, one
 * descriptor of the host on the other.
 *
 *   net.c          the rings: batches of frames between guest memory and the descriptor
 *   net_add.c      which interfaces there are; what each is told
 *   net_packet.c   packet:IF   an AF_PACKET socket with the virtio-net header
 *   net_ring.c     and its receive ring in shared memory
 *   net_left.c     frames that stay with the host until the guest says where they are to go
 *   net_tap.c      tap:NAME    a tap device with the virtio-net header
 *   net_slirp.c    slirp       a socket to the helper that has libslirp
 *   net_link.c     what the host's interface has: addresses, routes, MTU
 *   net_shield.c   keeping the host's own stack from answering in the guest's name
 *   net_listen.c   says where the guest can be reached
 *   net_files.c    /etc/resolv.conf, /etc/hosts and /etc/hostname of the guest
 *
 * An opener fills the first part of a struct mon_net, before the jail; after that only recvmmsg
 * and sendmmsg, or readv and writev, touch the descriptor.
 */
#ifndef MON_NET_H
#define MON_NET_H

#include "device.h"
#include "net_options.h"

/* Largest frame: 64 KiB of IP, an Ethernet header with a VLAN tag. */
#define MON_NET_FRAME (65536u + 18u)
/* Frames that one system call moves. */
#define MON_NET_BATCH 64u
/* struct virtio_net_hdr_v1 (5.1.6): in front of every frame in guest memory. */
#define MON_NET_HEADER 12u

struct mon_net {
    int fd;
    unsigned header; /* bytes of it in front of each frame on fd: 12, 10 (without num_buffers), 0 */
    bool file;       /* read and write: one frame a call */
    bool only4;      /* the host's interface speaks no IPv6 */
    bool trusted;    /* no header: what comes was never on a wire and has right checksums */
    uint64_t features;
    struct pith_net_config config;

    uint8_t *ring; /* net_ring.c; NULL: there is none */
    unsigned slot; /* next one of it */
    bool away;     /* it is not mapped */
    unsigned keep; /* entries of PITH_NET_LEFT, 0: it has none */
    unsigned left; /* frames left with the host now */
    bool leave;    /* the guest wants large ones left there */

    /* net.c's own */
    bool blocked;    /* frames wait until the host takes some */
    bool lost;       /* the other side has gone */
    unsigned expect; /* buffers a frame is likely to need */
    unsigned guess;  /* frames likely to be there */
    uint16_t npool;  /* receive buffers taken from the ring, not yet used */
    uint16_t pool[PITH_NET_QUEUE_SIZE];
    unsigned long dropped;
    unsigned long frames[2]; /* received, sent */
    uint64_t bytes[2];
};

extern const struct mon_device_ops mon_net_ops;
/* Memory for frames; once, before the jail. */
int mon_net_prepare(struct host_error *err);

/* net_add.c: gives the guest its interfaces, for an image with the driver. */
int mon_net_add(struct mon *m, struct host_error *err);
/* What interface i was told, NULL if there is none. */
const struct pith_net_config *mon_net_config(unsigned i);
/* Interface i, NULL if there is none. */
const struct mon_net *mon_net_interface(unsigned i);
/* The descriptors of all interfaces, sockets or files; -1 ends the list. */
const int *mon_net_descriptors(bool files);

int mon_net_packet(struct mon_net *net, const struct mon_net_if *want, struct host_error *err);
/* The ring: sets it up (-1 if the kernel does not), tells how many frames it holds, at most `most`,
 * and takes up to n of them as recvmmsg would. */
int mon_net_ring(struct mon_net *net);
unsigned mon_net_ring_ready(struct mon_net *net, unsigned most);
struct mmsghdr;
int mon_net_ring_receive(struct mon_net *net, struct mmsghdr *msg, unsigned n);
/* Nothing comes: the ring need not be mapped. */
void mon_net_ring_rest(struct mon_net *net);
/* Of msg_flags: this is a frame's beginning, msg_len is its whole length. */
#define MON_NET_IS_LEFT 0x40000000
/* net_left.c: serves PITH_NET_LEFT; true if something completed. */
bool mon_net_left(struct mon *m, struct mon_device *d, struct mon_net *net);
int mon_net_tap(struct mon_net *net, const struct mon_net_if *want, struct host_error *err);
int mon_net_slirp(struct mon_net *net, const struct mon_net_options *o,
                  const struct mon_net_if *want, struct host_error *err);
/* Is the helper installed? */
bool mon_net_slirp_there(void);
/* Does it start? It ends at once. */
bool mon_net_slirp_starts(void);

/* net_files.c: the guest's files about names; after mon_net_add. */
void mon_net_files(struct mon *m);
/* The same as a list with room for MON_NET_TEXTS; the texts stay until the end. How many. */
#define MON_NET_TEXTS 3u
struct mon_file;
unsigned mon_net_texts(const struct mon_net_options *o, struct mon_file *list);

/* net_listen.c: PITH_HC_LISTENING. */
long mon_net_say_listening(const struct mon_net_options *o, uint64_t protocol, uint64_t port,
                           bool reachable);
long mon_net_listening(struct mon *m, uint64_t protocol, uint64_t port, uint64_t reachable);

/* net_link.c: everything of a link of the host. 0 or -1 with the reason. */
struct mon_link {
    int index;
    unsigned type; /* ARPHRD_* */
    uint8_t mac[6];
    unsigned mtu, flags;
    unsigned naddrs, nroutes, nlocal;
    struct pith_net_addr addrs[PITH_NET_ADDRS];
    struct pith_net_addr local[PITH_NET_ADDRS]; /* link-local: a guest has its own */
    struct pith_net_route routes[PITH_NET_ROUTES];
};
int mon_link_read(const char *name, struct mon_link *link, struct host_error *err);
/* Takes every address from the link. */
int mon_link_clear(const struct mon_link *link, struct host_error *err);

/* net_shield.c: as long as this process lives the host's stack sees no frame of the link. -1 where
 * the host cannot do it. `names`: it goes on seeing what name servers answer. */
int mon_shield(int index, bool names);

#endif
