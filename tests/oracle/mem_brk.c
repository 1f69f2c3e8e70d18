/* brk and sbrk: growing, shrinking, zeroing, absurd ends.
 * pith-test: mem=64M
 */
#include "t.h"
#include <sys/mman.h>
#include <sys/syscall.h>

static unsigned long kernel_brk(unsigned long to)
{
    return syscall(SYS_brk, to);
}

static int all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return 0;
    return 1;
}

int main(void)
{
    unsigned long start = kernel_brk(0), end;

    YES(start != 0);
    YES(kernel_brk(0) == start);
    YES(kernel_brk(1) == start);
    YES(kernel_brk(start - (1ul << 40)) == start);
    YES(kernel_brk(~0ul) == start);
    YES(kernel_brk(1ul << 60) == start);
    end = start + 100000;
    YES(kernel_brk(end) == end);
    YES(kernel_brk(0) == end);
    YES(all_zero((char *)start, 100000));
    memset((char *)start, 0x55, 100000);
    YES(kernel_brk(end + 1) == end + 1);
    YES(*(char *)end == 0);
    YES(kernel_brk(start + 4096 * 4) == start + 4096 * 4);
    YES(((char *)start)[4096 * 4 - 1] == 0x55);
    YES(kernel_brk(end) == end);
    /* What lay above the lower end was given back: whole pages come back as zeroes. */
    unsigned long page = (start + 4096 * 4 + 4095) & ~4095ul;
    YES(all_zero((char *)page, end - page));
    YES(kernel_brk(start) == start);

    /* Many steps, each byte usable. */
    int bad = 0;
    for (int i = 1; i <= 2000; i++) {
        if (kernel_brk(start + i * 1000) != start + i * 1000)
            bad++;
        ((char *)start)[i * 1000 - 1] = i;
    }
    V(bad);
    for (int i = 1; i <= 2000; i++)
        bad += ((char *)start)[i * 1000 - 1] != (char)i;
    V(bad);
    YES(kernel_brk(start) == start);

    /* 32 MiB in one step, touched at both ends only. */
    end = start + (32ul << 20);
    YES(kernel_brk(end) == end);
    *(char *)start = 1;
    ((char *)end)[-1] = 2;
    YES(*(char *)start + ((char *)end)[-1] == 3);
    YES(kernel_brk(start) == start);

    /* musl's own sbrk only answers where the break is. */
    YES(sbrk(0) == (void *)start || sbrk(0) == (void *)-1);
    R((long)sbrk(4096));
    R(brk((void *)(start + 4096)));

    /* A mapping in the way stops the break. */
    unsigned long wall = ((start + 4095) & ~4095ul) + (1ul << 20);
    void *p = mmap((void *)wall, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    YES(p == (void *)wall);
    YES(kernel_brk(wall + 8192) == start);
    YES(kernel_brk(wall - 8192) == wall - 8192);
    YES(kernel_brk(start) == start);
    return 0;
}
