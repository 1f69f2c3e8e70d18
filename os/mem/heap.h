/* Regions of the C library's heap: what malloc maps and unmaps. */
#ifndef PITH_MEM_HEAP_H
#define PITH_MEM_HEAP_H

#include "base/types.h"

/* As an anonymous private mmap of len bytes, readable and writable, and its munmap, but a region
 * given back may stay mapped and committed, to be handed out again (zeroed) without an exit. An
 * address or -errno; 0 or -errno. For libc's allocator alone: a use after free is not caught here
 * more than inside any allocator. */
long pith_heap_map(size_t len);
long pith_heap_unmap(void *p, size_t len);

/* Memory is short: gives what is kept back to the host. True if there was any. Absent in a
 * program without malloc. */
bool heap_reclaim(void) WEAK;

/* The same of file content that can be read again. Absent in a program that opens no path. */
bool mem_cache_reclaim(void) WEAK;
/* Of it, what disks have. Absent in a program without. */
bool disk_cache_reclaim(void) WEAK;

#endif
