/* A guest for the network device: memory, its rings, and what it would have said when it broke a
 * rule. Pages that follow each other for the guest do not on the host. */
#ifndef TESTS_UNIT_MONITOR_NET_FAKE_H
#define TESTS_UNIT_MONITOR_NET_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/net.h"
#include "monitor/run.h"
#include "tests/unit/monitor/unit.h"

#define PAGES 512u
#define MEMORY (PITH_ARENA_START + (1ull << 30))

extern struct mon guest;
extern struct mon_device device;
extern struct mon_net net;
extern int other; /* the host's end of the wire */
extern char broken[256];

/* A new device over a new socket pair of this type, with `header` bytes in front of frames; all
 * memory is zero, nothing is on the rings. */
void fresh(int type, unsigned header);
/* Serves once, as PITH_HC_WAIT would. */
bool serve(void);

void desc(unsigned queue, unsigned i, uint64_t addr, uint32_t len, unsigned flags, unsigned next);
void offer(unsigned queue, unsigned head);
unsigned used(unsigned queue); /* how many entries, modulo 65536 */
struct pith_used_elem used_at(unsigned queue, unsigned i);

/* Guest memory, page by page. */
void put_bytes(uint64_t va, const void *from, size_t n);
void get_bytes(uint64_t va, void *to, size_t n);
uint8_t byte_of(uint64_t va);

/* The same numbers at every run. */
uint32_t chance(uint32_t below);

void test_receive(void);
void test_send(void);
void test_left(void);
void test_fuzz(void);
void test_options(void);
void test_guard(void);

#endif
