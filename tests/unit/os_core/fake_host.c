/* A host for the library OS's memory code inside a test: the arena is a real reservation at the
 * ABI's addresses, the mem hypercall is mmap and mprotect with a page map kept beside. */
#include <sys/mman.h>

#include "fake_host.h"

#include "base/host.h"

#define PAGES_MAX (64u << 10)

static unsigned char committed[PAGES_MAX]; /* of the first 256 MiB above the stack's top */
unsigned long fake_pages;
unsigned long fake_limit = 1u << 30;

static u64 index_of(u64 addr)
{
    u64 i = (addr - PITH_STACK_TOP) / PAGE_SIZE;
    if (addr < PITH_STACK_TOP || i >= PAGES_MAX)
        __builtin_trap();
    return i;
}

static long mem(long op, u64 addr, u64 len)
{
    long n = 0;
    if (op == PITH_MEM_COMMIT && fake_pages + len / PAGE_SIZE > fake_limit)
        return -ENOMEM;
    for (u64 at = addr; at < addr + len; at += PAGE_SIZE) {
        unsigned char *c = &committed[index_of(at)];
        if (op == PITH_MEM_COMMIT && !*c) {
            mmap((void *)at, PAGE_SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            *c = 1;
            n++;
        } else if (op == PITH_MEM_DECOMMIT && *c) {
            mmap((void *)at, PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            *c = 0;
            n++;
        }
    }
    fake_pages += op == PITH_MEM_COMMIT ? (unsigned long)n : -(unsigned long)n;
    return n;
}

static long call(long nr, long a, long b, long c, long d)
{
    (void)d;
    return nr == PITH_HC_MEM ? mem(a, (u64)b, (u64)c) : -ENOSYS;
}

static struct pith_boot boot = {.ram_bytes = 256 << 20, .ram_free = 256 << 20};

void fake_start(void)
{
    boot.hypercall = (u64)call;
    host_boot = &boot;
    mmap((void *)PITH_STACK_TOP, (size_t)PAGES_MAX * PAGE_SIZE, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}
