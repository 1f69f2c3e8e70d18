/* The device side of a split virtqueue against drivers that keep and break the rules. */
#include "unit.h"

#include <string.h>

#include "monitor/ring.h"

#define SIZE 8u

static struct {
    char bytes[1024] __attribute__((aligned(64)));
} memory;
static struct mon_ring ring;
static struct mon_chain chain;

static void fresh(void)
{
    struct pith_queue queue;
    memset(&memory, 0, sizeof memory);
    mon_ring_init(&ring, SIZE, memory.bytes, 0x1000, &queue);
    CHECK(queue.desc == 0x1000 && queue.size == SIZE);
    CHECK(queue.avail % 2 == 0 && queue.used % 4 == 0);
    CHECK(mon_ring_bytes(SIZE) <= sizeof memory);
}

static void desc(unsigned i, uint64_t addr, uint32_t len, unsigned flags, unsigned next)
{
    ring.desc[i] = (struct pith_desc){addr, len, (pith_u16)flags, (pith_u16)next};
}

static void offer(unsigned head)
{
    ring.avail->ring[ring.avail->idx % SIZE] = (pith_u16)head;
    ring.avail->idx++;
}

static void one_chain(void)
{
    fresh();
    CHECK(mon_ring_take(&ring, &chain) == 0);
    desc(3, 0x5000, 8, 1 | 2, 5);
    desc(5, 0x6000, 100, 0, 0);
    offer(3);
    CHECK(mon_ring_more(&ring));
    CHECK(mon_ring_take(&ring, &chain) == 1);
    CHECK(chain.head == 3 && chain.count == 2 && chain.bytes == 108);
    CHECK(chain.piece[0].write && chain.piece[0].addr == 0x5000 && chain.piece[0].len == 8);
    CHECK(!chain.piece[1].write && chain.piece[1].addr == 0x6000 && chain.piece[1].len == 100);
    CHECK(mon_ring_take(&ring, &chain) == 0);
    mon_ring_put(&ring, &chain, 42);
    CHECK(ring.used->idx == 1 && ring.used->ring[0].id == 3 && ring.used->ring[0].len == 42);
}

static void wraps_round(void)
{
    fresh();
    desc(0, 0, 1, 0, 0);
    for (unsigned i = 0; i < 200000; i++) {
        offer(0);
        CHECK(mon_ring_take(&ring, &chain) == 1);
        mon_ring_put(&ring, &chain, 0);
    }
    CHECK(ring.used->idx == (pith_u16)200000);
}

static void longest_chain(void)
{
    fresh();
    for (unsigned i = 0; i < SIZE; i++)
        desc(i, i, 1, i + 1 < SIZE, i + 1);
    offer(0);
    CHECK(mon_ring_take(&ring, &chain) == 1 && chain.count == SIZE);
}

/* Each of these breaks one rule. */
static void loop(void)
{
    fresh();
    desc(0, 0, 1, 1, 1);
    desc(1, 0, 1, 1, 0);
    offer(0);
    CHECK(mon_ring_take(&ring, &chain) == -1 && ring.broken);
}

static void head_outside(void)
{
    fresh();
    offer(SIZE);
    CHECK(mon_ring_take(&ring, &chain) == -1);
}

static void next_outside(void)
{
    fresh();
    desc(0, 0, 1, 1, 0xffff);
    offer(0);
    CHECK(mon_ring_take(&ring, &chain) == -1);
}

static void index_jumps(void)
{
    fresh();
    ring.avail->idx = SIZE + 1;
    CHECK(mon_ring_take(&ring, &chain) == -1);
    fresh();
    ring.avail->idx = 0xffff; /* decremented */
    CHECK(mon_ring_take(&ring, &chain) == -1);
}

static void indirect(void)
{
    fresh();
    desc(0, 0, 16, 4, 0);
    offer(0);
    CHECK(mon_ring_take(&ring, &chain) == -1);
}

static void four_gigabytes(void)
{
    fresh();
    desc(0, 0, 0xffffffff, 1, 1);
    desc(1, 0, 1, 0, 0);
    offer(0);
    CHECK(mon_ring_take(&ring, &chain) == -1);
}

void test_ring(void)
{
    unit_run("ring-one-chain", one_chain);
    unit_run("ring-wraps-round", wraps_round);
    unit_run("ring-longest-chain", longest_chain);
    unit_run("ring-loop", loop);
    unit_run("ring-head-outside", head_outside);
    unit_run("ring-next-outside", next_outside);
    unit_run("ring-index-jumps", index_jumps);
    unit_run("ring-indirect", indirect);
    unit_run("ring-4-GiB", four_gigabytes);
}
