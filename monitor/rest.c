/* A guest that rests: next to nothing has come for it for a while, and it does next to nothing
 * itself.
 *
 * First its devices let go of what they need only for traffic, then its memory is packed (pack.h).
 * Called whenever the guest is about to sleep, so one that works pays a comparison. A frame now and
 * then (there is always somebody who asks the whole network for something) does not end a rest:
 * what it has brought back is put away again a little later.
 */
#include <sys/mman.h>

#include "limits.h"
#include "pack.h"

/* The deepest the start goes. */
#define STACK_BYTES (128u << 10)

static void devices_rest(struct mon_run *run)
{
    for (unsigned i = 0; i < run->ndevices; i++) {
        struct mon_device *d = &run->device[i];
        if (d->ops->rest)
            d->ops->rest(d);
    }
}

/* What the start has used of the monitor's stack below where it is now. Part of it may not be
 * there, which is no mistake. */
static void stack_rests(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)(PITH_PAGE - 1);
    madvise((void *)(here - STACK_BYTES - PITH_PAGE), STACK_BYTES, MADV_DONTNEED);
}

uint64_t mon_rest(struct mon *m, uint64_t now, uint64_t deadline)
{
    struct mon_resting *r = &m->common->rest;
    /* Its own timers bring memory back as well; that is put away before a long sleep. */
    bool over = r->stage == MON_REST_PACKED &&
                (r->events || (r->back && deadline - now > MON_REST_LONG_NS));
    if (r->since == 0 || over || r->events > MON_REST_EVENTS) {
        r->brief = over && r->events <= MON_REST_EVENTS;
        r->since = now;
        r->events = 0;
        r->stage = MON_REST_NOT;
    }
    uint64_t part = r->brief ? MON_REST_BRIEF : 1, time = (now - r->since) * part;
    if (r->stage == MON_REST_NOT) {
        if (time < MON_REST_NS)
            return r->since + MON_REST_NS / part;
        devices_rest(m->common);
        stack_rests();
        r->cpu = (uint64_t)mon_cputime();
        r->stage = MON_REST_DEVICES;
    }
    if (r->stage == MON_REST_DEVICES) {
        if (time < MON_PACK_NS)
            return r->since + MON_PACK_NS / part;
        if ((uint64_t)mon_cputime() - r->cpu > MON_PACK_CPU_NS) { /* it is no rest: again */
            r->since = now;
            r->cpu = (uint64_t)mon_cputime();
            return now + MON_PACK_NS;
        }
        devices_rest(m->common);
        mon_pack_begin(m);
        r->back = false;
        r->stage = MON_REST_PACKING;
    }
    if (r->stage == MON_REST_PACKING) {
        if (mon_pack(m))
            return now;
        r->stage = MON_REST_PACKED;
    }
    return PITH_NEVER;
}
