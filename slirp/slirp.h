/* Shared by the files of pith-slirp; README says what each does. One thread, no locks. */
#ifndef SLIRP_SLIRP_H
#define SLIRP_SLIRP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <slirp/libslirp.h>

/* The guest's network; the monitor tells the guest the same addresses (monitor/net_slirp.c). */
#define NETWORK "10.0.2.0"
#define NETMASK "255.255.255.0"
#define GATEWAY "10.0.2.2"
#define NAMESERVER "10.0.2.3"
#define GUEST "10.0.2.15"
#define PREFIX6 "fd00::"
#define GATEWAY6 "fd00::2"
#define NAMESERVER6 "fd00::3"
#define GUEST6 "fd00::15"
/* Largest IP packet; libslirp's own bound. A frame has 14 bytes more. */
#define MTU 65520u
#define FRAME (MTU + 18u)

/* link.c */
void link_open(int fd);
/* libslirp has a frame for the guest: sent, or kept until there is room. */
ssize_t link_send(const void *frame, size_t len, void *unused);
/* Are frames waiting for room? Then nothing more is read from the host's sockets. */
bool link_full(void);
void link_poll(struct pollfd *fd);
/* False: the guest is gone. */
bool link_serve(Slirp *slirp, const struct pollfd *fd);

/* loop.c */
extern const SlirpCb loop_callbacks;
/* Adds a descriptor for the coming poll; its index. */
int loop_add(int fd, short events);
short loop_events(int index);
/* Until the guest is gone. */
void loop_run(Slirp *slirp);

/* forward.c: one -p of the monitor, "tcp=ADDRESS=PORT=GUESTPORT=COUNT" or udp; address * for all.
 * 0, or -1 with a sentence. */
int forward_add(Slirp *slirp, const char *spec, char *why, size_t room);
bool forward_is_udp(const char *spec);

/* guard.c: is this frame of the guest's to be served? */
bool guard_allows(const uint8_t *frame, size_t len);
/* A UDP port of the guest that is forwarded to. */
void guard_forward(unsigned port);
/* From now on the guest may not begin to speak with the host's loopback. */
void guard_loopback(void);

/* proxy.c */
/* A listening socket at [::]:port whose connections go to 127.0.0.1:port. 0 or -1 with errno. */
int proxy_add(uint16_t port);
void proxy_poll(void);
void proxy_serve(void);

/* jail.c: 0, or -1 with a sentence. */
int jail(char *why, size_t room);

#endif
