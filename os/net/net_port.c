/* What lwIP takes from the library OS: memory, random numbers, the time (arch/cc.h, lwipopts.h).
 * lwIP's mem_free is the library OS's own. */
#include "net/net.h"

#include "dev/random.h"
#include "mem/alloc.h"

#include <lwip/mem.h>

/* lwIP's mem_free. Buffers of full segments come and go with every frame: some are kept as they
 * are, so that neither is a page zeroed for two of them nor found again. */
#define KEPT_MIN 1008
#define KEPT_MAX 2032
#define KEPT 256
#define KEPT_SHARE 64 /* of all memory, if that is less */

static struct kept {
    struct kept *next;
} * kept;
static unsigned nkept;

static void *take_kept(void)
{
    struct kept *k = kept;
    if (k) {
        kept = k->next;
        nkept--;
    }
    return k;
}

void net_mem_free(void *p)
{
    if (nkept < KEPT && nkept * KEPT_SHARE * KEPT_MAX < mem_total() && mem_size(p) == KEPT_MAX) {
        struct kept *k = p;
        k->next = kept;
        kept = k;
        nkept++;
    } else {
        mem_free(p);
    }
}

/* What the network leaves to everything else of all memory: queues of data are not to make the
 * program's own allocations fail. Small pieces, which end connections and free others, are given.
 */
#define RESERVE_SHARE 16
#define SMALL 256

void *mem_malloc(mem_size_t size)
{
    void *p;
    if (size > KEPT_MIN && size <= KEPT_MAX && (p = take_kept()))
        return p;
    if (size > SMALL && mem_free_bytes() + mem_idle_bytes() < mem_total() / RESERVE_SHARE)
        return NULL;
    return size > SMALL ? mem_alloc_dirty(size) : mem_alloc(size);
}

void *mem_trim(void *mem, mem_size_t size)
{
    (void)size; /* what is left of a size class or a page is lost */
    return mem;
}

u32 net_rand(void)
{
    u32 r;
    random_fill(&r, sizeof(r));
    return r;
}

u32 net_now_ms(void)
{
    return (u32)(time_mono() / (NSEC_PER_SEC / 1000));
}

int net_strncmp(const char *a, const char *b, size_t n)
{
    for (; n; a++, b++, n--) {
        if (*a != *b)
            return *a < *b ? -1 : 1;
        if (!*a)
            break;
    }
    return 0;
}

int net_atoi(const char *s)
{
    int n = 0;
    for (; *s >= '0' && *s <= '9'; s++)
        n = n * 10 + *s - '0';
    return n;
}
