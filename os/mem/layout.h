/* Who has which part of the arena (pith/abi.h), and the limits of os/mem with their reasons.
 *
 *   ARENA_START   the main stack's 8 MiB end at PITH_STACK_TOP; below is a guard
 *   STACK_TOP     the OS's own pages, always committed
 *   USER_START    brk grows from here
 *   MMAP_START    mappings, lowest free address first: page tables stay few
 */
#ifndef PITH_MEM_LAYOUT_H
#define PITH_MEM_LAYOUT_H

#include "base/types.h"

#define MEM_STACK_BYTES (8ull << 20) /* Linux's default RLIMIT_STACK */
#define MEM_KERNEL_START PITH_STACK_TOP
#define MEM_KERNEL_END (PITH_ARENA_START + (1ull << 40))
/* In its middle, up to where its own memory grows, pages of files are shown that it reads
 * (fuse/fuse_window.c). */
#define MEM_WINDOW_START (MEM_KERNEL_END - (512ull << 30))
#define MEM_WINDOW_BYTES (16ull << 20)
#define MEM_BRK_START MEM_KERNEL_END
#define MEM_BRK_END (MEM_BRK_START + (1ull << 40))
#define MEM_MMAP_START MEM_BRK_END
#define MEM_MMAP_END PITH_ARENA_END

/* A fault commits at least and at most this much at once, where the mapping is that large: few
 * exits for big data, little waste for a thousand small stacks. */
#define MEM_CHUNK_MIN (16ul << 10)
#define MEM_CHUNK_MAX (2ul << 20)
/* The OS keeps this much freed memory of its own before it gives any back to the host. */
#define MEM_POOL_MAX (2ul << 20)
/* Beyond that, runs of this length go back: few exits for much memory. */
#define MEM_TRIM_MIN (1ul << 20)
/* Private file mappings up to this size are read when mapped instead of page by page. */
#define MEM_POPULATE_MAX (256ul << 10)

#endif
