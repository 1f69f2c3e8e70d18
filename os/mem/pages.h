/* Of os/mem alone: where the page allocator begins. */
#ifndef PITH_MEM_PAGES_H
#define PITH_MEM_PAGES_H

#include "base/types.h"

/* [start, end) is committed and free; the OS's part of the arena goes on at end. */
void mem_pages_init(u64 start, u64 end);

#endif
