/* A device of the guest, as the common monitor sees it: rings, a configuration block, and two
 * functions. Who offers one calls mon_device_add before the window is measured; window_devices.c
 * lays its rings out and tells the guest; wait.c serves it at every PITH_HC_WAIT.
 *
 *   mon_device_add(m, &(struct mon_device){.ops = &my_ops, .type = PITH_DEV_RNG,
 *                                          .nqueues = 1, .queue_size = {4}});
 *
 * serve never waits: what the host cannot do at once stays open in the device, and poll names the
 * descriptors to sleep on until it can go on.
 */
#ifndef MON_DEVICE_H
#define MON_DEVICE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "machine.h"
#include "ring.h"

/* Queues of one device, descriptors one device sleeps on, and devices of one guest: console and
 * entropy, and room for 30 interfaces, volumes and disks. */
#define MON_DEVICE_QUEUES 3
#define MON_DEVICE_FDS 16
#define MON_DEVICES 32

struct mon_device;

struct mon_device_ops {
    /* Takes what is on the rings and what the host has for the guest. fds: what poll() answered for
     * the descriptors that the last `poll` named, nfds of them; 0 if it was not asked. True if
     * something completed. */
    bool (*serve)(struct mon *m, struct mon_device *d, const struct pollfd *fds, unsigned nfds);
    /* Names the descriptors (at most MON_DEVICE_FDS) that something waits for; returns how many.
     * May be null: never waits. */
    unsigned (*poll)(struct mon *m, struct mon_device *d, struct pollfd *fds);
    /* Nothing has come for a while: lets go of what only traffic needs. May be null. */
    void (*rest)(struct mon_device *d);
    /* poll must be asked before serve may touch the host (a terminal's read would sleep): then a
     * guest that does not sleep looks once each time. */
    bool look;
    /* What comes often comes again within microseconds: wait.c may look again before it sleeps. */
    bool traffic;
    /* Served before all others, also when the guest has not asked or has ended: what it has queued
     * here counts as done for whoever hears of it from another device (abi.h, PITH_FS_BEHIND). */
    bool first;
};

struct mon_device {
    const struct mon_device_ops *ops;
    uint32_t type; /* PITH_DEV_* */
    unsigned nqueues;
    uint16_t queue_size[MON_DEVICE_QUEUES];
    uint64_t features;
    const void *config; /* copied into the boot window */
    uint32_t config_len;
    void *priv; /* of the device */

    struct mon_ring ring[MON_DEVICE_QUEUES]; /* ready once the window is filled */
    unsigned fds_at, nfds;                   /* of wait.c */
};

/* A copy of *device becomes the guest's next one: its index, which the guest sees too, or -1 with
 * the reason. */
int mon_device_add(struct mon *m, const struct mon_device *device, struct host_error *err);

/* console.c, rng.c: offered if the image has the driver. */
int mon_console_add(struct mon *m, struct host_error *err);
int mon_rng_add(struct mon *m, struct host_error *err);

#endif
