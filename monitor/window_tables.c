/* The part of the boot window that tells the guest of its devices, mounts and files: tables and
 * their texts in the read-only part, rings in the writable part (window.c says where).
 *
 * A cursor walks the layout twice: without memory to measure it, with memory to fill it in.
 */
#include <string.h>

#include "run.h"

struct cursor {
    uint8_t *host; /* the window, NULL = only measure */
    uint64_t at;   /* offset in the window */
};

/* n bytes, aligned to 16, at guest address *va; NULL while measuring. */
static void *take(struct cursor *c, uint64_t n, uint64_t *va)
{
    uint64_t at = (c->at + 15) & ~15ull;
    c->at = at + n;
    *va = PITH_BOOT_START + at;
    return c->host ? c->host + at : NULL;
}

/* A copy of n bytes; its guest address, 0 for none. */
static uint64_t copy(struct cursor *c, const void *from, uint64_t n)
{
    uint64_t va;
    if (!from)
        return 0;
    void *to = take(c, n, &va);
    if (to)
        memcpy(to, from, n);
    return va;
}

static uint64_t string(struct cursor *c, const char *s)
{
    return copy(c, s, s ? strlen(s) + 1 : 0);
}

static void devices(const struct mon_run *run, struct cursor *c, struct pith_boot *b)
{
    uint64_t va, queues;
    struct pith_device *out = take(c, run->ndevices * sizeof *out, &va);
    if (out) {
        b->devices = va;
        b->ndevices = run->ndevices;
    }
    for (unsigned i = 0; i < run->ndevices; i++) {
        const struct mon_device *d = &run->device[i];
        (void)take(c, d->nqueues * sizeof(struct pith_queue), &queues);
        uint64_t config = copy(c, d->config, d->config_len);
        if (out)
            out[i] = (struct pith_device){.type = d->type,
                                          .nqueues = d->nqueues,
                                          .features = d->features,
                                          .queues = queues,
                                          .config = config,
                                          .config_len = d->config_len};
    }
}

static void mounts(const struct mon_run *run, struct cursor *c, struct pith_boot *b)
{
    uint64_t va;
    struct pith_mount *out = take(c, run->nmounts * sizeof *out, &va);
    if (out) {
        b->mounts = va;
        b->nmounts = run->nmounts;
    }
    for (unsigned i = 0; i < run->nmounts; i++) {
        const struct mon_mount *from = &run->mount[i];
        uint64_t path = string(c, from->path);
        if (out)
            out[i] = (struct pith_mount){.path = path,
                                         .type = from->type,
                                         .device = (pith_u32)from->device,
                                         .flags = from->flags,
                                         .mode = from->mode,
                                         .size = from->size};
    }
}

static void files(const struct mon_run *run, struct cursor *c, struct pith_boot *b)
{
    uint64_t va;
    struct pith_file *out = take(c, run->nfiles * sizeof *out, &va);
    if (out) {
        b->files = va;
        b->nfiles = run->nfiles;
    }
    for (unsigned i = 0; i < run->nfiles; i++) {
        const struct mon_file *from = &run->file[i];
        uint64_t path = string(c, from->path), data = copy(c, from->data, from->len);
        if (out)
            out[i] = (struct pith_file){
                .path = path, .data = data, .len = from->len, .mode = from->mode};
    }
}

/* Limits and groups of a container's process. */
static void limits(const struct mon_run *run, struct cursor *c, struct pith_boot *b)
{
    const struct mon_container *from = run->options->container;
    uint64_t rlimits =
        copy(c, run->nrlimits ? run->rlimit : NULL, run->nrlimits * sizeof *run->rlimit);
    uint64_t groups =
        copy(c, from->ngroups ? from->groups : NULL, from->ngroups * sizeof *from->groups);
    if (!b)
        return;
    b->rlimits = rlimits;
    b->nrlimits = run->nrlimits;
    b->groups = groups;
    b->ngroups = from->ngroups;
}

static void tables(const struct mon_run *run, struct cursor *c, struct pith_boot *b)
{
    devices(run, c, b);
    if (run->nmounts)
        mounts(run, c, b);
    if (run->nfiles)
        files(run, c, b);
    if (run->options->container)
        limits(run, c, b);
}

uint64_t mon_tables_size(const struct mon *m)
{
    struct cursor c = {0};
    tables(m->common, &c, NULL);
    return c.at + 16;
}

uint64_t mon_rings_size(const struct mon *m)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < m->common->ndevices; i++)
        for (unsigned q = 0; q < m->common->device[i].nqueues; q++)
            bytes += mon_ring_bytes(m->common->device[i].queue_size[q]);
    return bytes;
}

void mon_tables_fill(struct mon *m, struct pith_boot *b, uint64_t at, uint64_t rings)
{
    struct mon_run *run = m->common;
    struct cursor c = {m->window_host, at};
    tables(run, &c, b);
    for (unsigned i = 0; i < run->ndevices; i++) {
        struct mon_device *d = &run->device[i];
        const struct pith_device *told =
            (const void *)(m->window_host + (b->devices - PITH_BOOT_START));
        struct pith_queue *queue = (void *)(m->window_host + (told[i].queues - PITH_BOOT_START));
        for (unsigned q = 0; q < d->nqueues; q++) {
            mon_ring_init(&d->ring[q], d->queue_size[q], m->window_host + rings,
                          PITH_BOOT_START + rings, &queue[q]);
            d->ring[q].indirect = d->features >> 28 & 1; /* VIRTIO_F_INDIRECT_DESC */
            rings += mon_ring_bytes(d->queue_size[q]);
        }
    }
}

int mon_device_add(struct mon *m, const struct mon_device *device, struct host_error *err)
{
    struct mon_run *run = m->common;
    if (run->ndevices == MON_DEVICES)
        return host_fail(err, "the guest would have more than %d devices", MON_DEVICES);
    run->device[run->ndevices] = *device;
    return (int)run->ndevices++;
}
