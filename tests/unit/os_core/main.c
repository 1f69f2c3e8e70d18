/* Random operations on the structures of os/mem and os/sched, held against a plain model. Prints
 * "ok NAME" or "not ok NAME: why" and ends with 1 if one failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"

#include "mem/alloc.h"
#include "mem/commit.h"
#include "mem/pages.h"
#include "mem/range.h"
#include "sched/timer.h"

#undef memset
#undef memcmp

static unsigned long state = 88172645463325252ul;
static unsigned long pick(unsigned long n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* ---- ranges against a map of cells ---- */
#define CELLS 600
static const char *ranges(void)
{
    static struct range nodes[CELLS];
    static struct range *at[CELLS]; /* the range that covers a cell */
    struct range *root = NULL;
    for (int round = 0; round < 60000; round++) {
        unsigned long from = pick(CELLS), len = 1 + pick(8);
        if (at[from]) {
            struct range *n = at[from];
            if (pick(4) == 0 && n->end - n->start > 1) {
                at[n->end - 1] = NULL;
                range_resize(&root, n, n->start, n->end - 1);
            } else {
                for (unsigned long i = n->start; i < n->end; i++)
                    at[i] = NULL;
                range_remove(&root, n);
            }
        } else {
            unsigned long to = from;
            while (to < CELLS && to < from + len && !at[to])
                to++;
            struct range *n = &nodes[from];
            n->start = from;
            n->end = to;
            range_insert(&root, n);
            for (unsigned long i = from; i < to; i++)
                at[i] = n;
        }
        unsigned long q = pick(CELLS), want = 1 + pick(12), lo = pick(CELLS);
        struct range *model = NULL;
        for (unsigned long i = q; i < CELLS && !model; i++)
            model = at[i];
        if (range_find(root, q) != model)
            return "range_find differs from the model";
        model = NULL;
        for (unsigned long i = q; i-- > 0 && !model;)
            model = at[i];
        if (range_before(root, q) != model)
            return "range_before differs from the model";
        unsigned long run = 0, gap = 0;
        for (unsigned long i = lo; i < CELLS; i++) {
            run = at[i] ? 0 : run + 1;
            if (run == want) {
                gap = i + 1 - want;
                break;
            }
        }
        if (run == want && range_find_gap(root, lo, CELLS, want) != gap && gap)
            return "range_find_gap is not the lowest";
        if (run != want && range_find_gap(root, lo, CELLS, want))
            return "range_find_gap found what is not there";
        struct range *fit = NULL;
        for (unsigned long i = 0; i < CELLS && !fit; i++)
            if (at[i] && at[i]->end - at[i]->start >= want)
                fit = at[i];
        if (range_first_fit(root, want) != fit)
            return "range_first_fit differs from the model";
    }
    return NULL;
}

/* ---- memory: blocks keep their pattern, nothing overlaps, all comes back ---- */
#define BLOCKS 2000
static const char *memory(void)
{
    static struct {
        unsigned char *p;
        size_t size;
        int pages;
    } b[BLOCKS];
    for (int round = 0; round < 100000; round++) {
        unsigned i = (unsigned)pick(BLOCKS);
        if (b[i].p) {
            for (size_t k = 0; k < b[i].size; k += 61)
                if (b[i].p[k] != (unsigned char)i)
                    return "a block was overwritten";
            b[i].pages ? mem_pages_free(b[i].p, b[i].size / 4096) : mem_free(b[i].p);
            b[i].p = NULL;
            continue;
        }
        b[i].pages = pick(4) == 0;
        b[i].size = b[i].pages ? 4096 * (1 + pick(10)) : 1 + pick(pick(8) ? 300 : 9000);
        b[i].p = b[i].pages ? mem_pages(b[i].size / 4096) : mem_alloc(b[i].size);
        if (!b[i].p)
            return "no memory though there is plenty";
        if ((u64)b[i].p & (b[i].pages ? 4095 : 15))
            return "misaligned";
        for (size_t k = 0; k < b[i].size; k++)
            if (b[i].p[k])
                return "memory is not zero";
        memset(b[i].p, (int)i, b[i].size);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        if (b[i].p)
            b[i].pages ? mem_pages_free(b[i].p, b[i].size / 4096) : mem_free(b[i].p);
    if (mem_committed != fake_pages * 4096)
        return "the count of committed memory is wrong";
    if (fake_pages > (6u << 20) / 4096)
        return "freed memory did not go back";
    fake_limit = fake_pages;
    size_t n = 0;
    void *p;
    while ((p = mem_pages(16)))
        n++;
    if (mem_alloc(100000) || n > fake_limit / 16)
        return "more memory than there is";
    return NULL;
}

/* ---- timers fire in order, cancelled ones never ---- */
#define TIMERS 500
static struct timer timers[TIMERS];
static unsigned long fired_at, fired;
static int disorder;
static void fire(struct timer *t)
{
    if (t->when < fired_at)
        disorder = 1;
    fired_at = t->when;
    fired++;
}
static const char *timer_heap(void)
{
    unsigned long set = 0;
    for (int round = 0; round < 20000; round++) {
        struct timer *t = &timers[pick(TIMERS)];
        if (pick(3) == 0) {
            set -= t->set;
            timer_cancel(t);
        } else {
            set += !t->set;
            timer_set(t, 1000 + pick(100000), fire);
        }
    }
    nsec_t least = NEVER;
    for (int i = 0; i < TIMERS; i++)
        if (timers[i].set && timers[i].when < least)
            least = timers[i].when;
    if (timer_next() != least)
        return "timer_next is not the least";
    timer_run(50000);
    timer_run(NEVER - 1);
    if (disorder)
        return "fired out of order";
    return fired == set && timer_next() == NEVER ? NULL : "not all fired";
}

static int report(const char *name, const char *why)
{
    printf(why ? "not ok %s: %s\n" : "ok %s\n", name, why);
    return why != NULL;
}

int main(void)
{
    fake_start();
    mem_commit(PITH_STACK_TOP, PITH_BOOT_HEAP, PITH_PROT_READ | PITH_PROT_WRITE);
    mem_pages_init(PITH_STACK_TOP, PITH_STACK_TOP + PITH_BOOT_HEAP);
    int bad = report("os ranges", ranges());
    bad |= report("os memory", memory());
    bad |= report("os timers", timer_heap());
    return bad;
}
