/* The host's end of the guest's lo: a network device behind which the monitor itself is the other
 * side (PITH_NET_INSIDE in abi.h). Through it
 *
 *   - `pith get` reaches what the program serves, on any of its addresses, localhost included;
 *   - the guest reaches the name server that its container has on a loopback address of the host's
 *     namespace (Docker's is 127.0.0.11, behind a rule of the namespace's own firewall);
 *   - Linux programs in the container's namespace reach by localhost what the program serves.
 *
 * It is an ordinary device (net.c) on one end of a pair of sockets, and inside.c reads the other
 * end. Nothing is lost between the two unless the guest has no room, and then the guest asks again.
 *
 *     inside_tcp.c         connections of `pith get`
 *     inside_dns.c         questions to the name server, by UDP
 *     inside_names.c       and by TCP
 *     inside_local.c       localhost of the namespace
 *     inside_local_open.c  and what the kernel has to do for it
 */
#ifndef MON_INSIDE_H
#define MON_INSIDE_H

#include <netinet/in.h>

#include "device.h"

/* Opens what it needs and gives the guest the device, if its image has the driver. To be called
 * before the jail. `control`: for connections of askers, not only for a name server. */
int inside_add(struct mon *m, bool control, struct host_error *err);
/* Is there a name server behind it? In a container, before the jail. */
bool inside_resolver(void);
/* The sockets, -1 ends the list; those among them that connect to the name server. For the jail. */
#define INSIDE_DESCRIPTORS (4u + INSIDE_LINES)
const int *inside_descriptors(void);
const int *inside_lines(void);
/* Connections of the guest to the name server at a time. */
#define INSIDE_LINES 4u
#define INSIDE_NAMES_PORT 53u
/* The guest listens on this port (PITH_HC_LISTENING). */
void inside_local_port(bool udp, unsigned port);

/* A request "connect ADDRESS PORT" (control.h): a connection to the guest that sends `data` and
 * hands what comes back on to `to`. */
void inside_connect(struct mon *m, const char *words, size_t n, const char *data, size_t len,
                    int to);

/* ---- of inside*.c ---- */
/* The address of this end, as the guest sees it; network byte order. */
extern uint8_t inside_address[4];
/* The other one, for what comes to ::1. */
extern const uint8_t inside_address6[16];
/* Largest packet. */
#define INSIDE_PACKET 65536u
#define INSIDE_IP 20u  /* bytes of the header of an IPv4 packet without options */
#define INSIDE_IP6 40u /* of an IPv6 packet */

/* Sends the guest a packet of n bytes whose payload stands behind room for the header. False: there
 * is no room now. */
bool inside_put(uint8_t *packet, size_t n, uint8_t protocol, const uint8_t *from,
                const uint8_t *to);
/* The same, IPv6 to the guest's ::1. */
bool inside_put6(uint8_t *packet, size_t n, uint8_t protocol);
/* A datagram on one of the sockets: its length, or -1. */
long inside_send(int fd, const void *bytes, size_t n);
long inside_receive(int fd, void *bytes, size_t n);
/* Packets that wait for the guest's buffers. */
unsigned long inside_waits(void);
/* The checksum of IP's header. */
uint16_t inside_sum(const uint8_t *bytes, size_t n);
/* A packet from the guest, which may be changed; its payload begins at `at`. */
void inside_tcp(uint8_t *packet, size_t n, size_t at);
void inside_udp(uint8_t *packet, size_t n, size_t at);

/* Askers, who may take something again, or hang up; one more try; he has hung up. */
unsigned inside_tcp_wanted(struct pollfd *fds, unsigned room);
void inside_tcp_again(void);
void inside_tcp_gone(int to);

/* The name server, -1: there is none to reach. */
int inside_dns_open(void);
void inside_dns_answers(void);
void inside_names_open(const struct sockaddr_in *at);
unsigned inside_names_wanted(struct pollfd *fds, unsigned most);
void inside_names_again(void);

/* lo of the namespace: its socket, -1: it is not to be had. */
int inside_local_open(void);
/* Takes in what is there, if poll has said so or it is likely. */
void inside_local_in(bool ready);
unsigned inside_local_wanted(struct pollfd *fds, unsigned most);
/* A packet from the guest; false: it goes to nobody on lo. */
bool inside_local_out(uint8_t *packet, size_t n, size_t at);

static inline uint16_t inside_get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}
static inline uint32_t inside_get32(const uint8_t *at)
{
    return (uint32_t)inside_get16(at) << 16 | inside_get16(at + 2);
}
static inline void inside_put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}
static inline void inside_put32(uint8_t *at, uint32_t value)
{
    inside_put16(at, value >> 16);
    inside_put16(at + 2, value);
}

#endif
