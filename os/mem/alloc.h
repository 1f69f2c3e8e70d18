/* Memory for the library OS itself: always committed, never faulting. */
#ifndef PITH_MEM_ALLOC_H
#define PITH_MEM_ALLOC_H

#include "base/types.h"

/* Zeroed memory aligned to 16, or 0 if guest memory is used up. Any size; from 2 KiB up in
 * whole pages. mem_free(0) is nothing. */
void *mem_alloc(size_t size);
/* The same with whatever was in it, for what is overwritten at once. */
void *mem_alloc_dirty(size_t size);
void mem_free(void *p);
/* Bytes that an allocation below 2 KiB may use; 0: it is larger. */
size_t mem_size(const void *p);

/* Whole pages, page aligned and contiguous, zeroed; 0 if guest memory is used up. */
void *mem_pages(size_t npages);
void mem_pages_free(void *p, size_t npages);
/* The same with whatever was in them, for what is overwritten at once. */
void *mem_pages_dirty(size_t npages);

/* Counters in bytes, for sysinfo and /proc/meminfo. free: what could still be committed. */
u64 mem_total(void);
u64 mem_free_bytes(void);
/* Pages that the OS holds and nobody uses: mem_pages takes from them first. */
u64 mem_idle_bytes(void);

#endif
