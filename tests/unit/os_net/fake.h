/* The surroundings of the stack in this test: the device, time, memory. See fake.c. */
#ifndef FAKE_H
#define FAKE_H

#include "base/types.h"

struct frame {
    u8 flags, gso_type; /* of the virtio-net header */
    u16 gso_size, csum_start, csum_offset;
    u32 len;
    u8 data[70000];
};

/* Starts the stack with one device of these features. */
void fake_start(u64 features);
extern u64 fake_time;      /* ns */
extern bool fake_full;     /* the device takes no frames */
extern long fake_memory;   /* allocations left, -1: no limit */
extern u64 fake_allocated; /* live allocations */
extern u32 fake_indirect;  /* frames that came in tables of their own */

/* Gives the stack a frame, in buffers of the receive ring as a device would. False: no room. */
bool fake_give(const void *frame, u32 len, u8 flags);
/* The same with its beginning only: the device keeps the rest (PITH_NET_LEFT). */
bool fake_leave(const void *frame, u32 len, u8 flags);
extern u32 fake_left; /* frames it has now */
/* The stack takes in what was given, and sends what it wants. */
void fake_run(void);
/* The next frame that was sent, in memory that stays until the next call; 0: none. */
const struct frame *fake_sent(void);
/* Lets time pass, with all timers that are due. */
void fake_pass(u64 ms);
/* Writes a used entry as it is said, without any sense. */
void fake_lie(unsigned queue, u32 id, u32 len);

#endif
