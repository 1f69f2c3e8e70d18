/* The kernel's part of inside_local.c: a packet socket on lo that sees the packets which are for
 * the guest, and a program that drops these before the kernel's own stack does anything with them.
 *
 * Both decide by the same BPF program: IPv4 without options, TCP or UDP, not sent by us, from the
 * address that it goes to (or 127.0.0.1 to 127.0.0.0/8), not to the name server's address, and to a
 * port whose bit is set in a map of 2 x 65536 bits. The map lies in our memory, too: a port becomes
 * the guest's by a store. Needs CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW and Linux 6.6; without them
 * localhost stays the kernel's.
 */
#ifndef MON_INSIDE_LOCAL_H
#define MON_INSIDE_LOCAL_H

#include <stdint.h>

/* struct virtio_net_hdr stands before each frame. */
#define LOCAL_HEADER 10u

#define LOCAL_WORDS 2048u
/* Where the bit of a port is; it is bit port % 64. */
#define LOCAL_WORD(udp, port) ((udp ? LOCAL_WORDS / 2 : 0) + (port) / 64)

struct local {
    int fd; /* the packet socket */
    volatile uint64_t *ports;
};

/* 0, or -1: it cannot be here. `but`: an address, in network byte order, that stays the kernel's.
 */
int local_open(struct local *local, const uint8_t but[4]);

#endif
