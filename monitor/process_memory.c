/* Guest memory of the process machine: the host's own mappings at the guest's addresses.
 *
 * The arena is reserved once, without access and without swap reservation. Committing is a change
 * of protection (a fresh private page is zero), giving back is a new reservation over the old.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "process.h"

#define RESERVED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
#define HUGE_PAGE (2ull << 20)

static void *host_address(uint64_t va)
{
    return (void *)(uintptr_t)va; /* the one place where a guest address is a host address */
}

int process_prot(unsigned prot)
{
    return (prot & PITH_PROT_READ ? PROT_READ : 0) | (prot & PITH_PROT_WRITE ? PROT_WRITE : 0) |
           (prot & PITH_PROT_EXEC ? PROT_EXEC : 0);
}

static int claim(uint64_t va, uint64_t len, int prot, const char *what, struct host_error *err)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    flags |= prot == PROT_NONE ? MAP_NORESERVE : 0;
    void *got = mmap(host_address(va), len, prot, flags, -1, 0);
    if (got == host_address(va))
        return 0;
    if (got != MAP_FAILED)
        return host_fail(err, "the place of %s, 0x%llx, is taken", what, (unsigned long long)va);
    return host_fail(err, "the place of %s, 0x%llx, cannot be reserved: %s%s", what,
                     (unsigned long long)va, strerror(errno),
                     errno == ENOMEM ? " (is address space limited? ulimit -v)" : "");
}

int process_memory_create(struct mon *m, struct host_error *err)
{
    if (mon_image_map(&m->image, host_address(m->image.start), MON_MAP_GUEST, err) ||
        claim(PITH_ARENA_START, PITH_ARENA_END - PITH_ARENA_START, PROT_NONE, "guest memory",
              err) ||
        claim(PITH_BOOT_START, m->window_ro + m->window_rw, PROT_READ | PROT_WRITE,
              "the boot window", err))
        return -1;
    m->image_host = host_address(m->image.start);
    m->window_host = host_address(PITH_BOOT_START);
    return 0;
}

void process_seal(struct mon *m)
{
    mprotect(m->window_host, m->window_ro, PROT_READ);
}

int process_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    if (prot & PITH_PROT_SHARED)
        return process_frames_map(m, va, len, prot);
    if (mprotect(host_address(va), len, process_prot(prot)))
        return -errno;
    /* Never more memory than was committed: huge pages are used only inside such a range. */
    if (len >= HUGE_PAGE)
        madvise(host_address(va), len, MADV_HUGEPAGE);
    return 0;
}

/* Back to a reservation. Fails only where the host can hold no more mappings; the pages then
 * stay as they are but lose their content and the access to them. */
static void reserve_again(uint64_t va, uint64_t len)
{
    void *at = host_address(va);
    if (mmap(at, len, PROT_NONE, RESERVED | MAP_FIXED, -1, 0) == MAP_FAILED) {
        madvise(at, len, MADV_DONTNEED);
        mprotect(at, len, PROT_NONE);
    }
}

uint64_t process_unmap(struct mon *m, uint64_t va, uint64_t len)
{
    (void)m;
    uint64_t freed = process_frames_has(va) ? process_frames_unmap(va, len) : len;
    reserve_again(va, len);
    return freed;
}

int process_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    (void)m;
    return mprotect(host_address(va), len, process_prot(prot)) ? -errno : 0;
}

int process_alias(struct mon *m, uint64_t va, uint64_t src, uint64_t len, unsigned prot)
{
    (void)m;
    return process_frames_alias(va, src, len, prot);
}

/* mremap moves what is one mapping for the host. A run of equal pages may be several (huge page
 * advice, history): then its halves are moved apart from each other, down to single pages. */
static int move_mapping(uint64_t va, uint64_t src, uint64_t len)
{
    if (mremap(host_address(src), len, len, MREMAP_MAYMOVE | MREMAP_FIXED, host_address(va)) !=
        MAP_FAILED)
        return 0;
    if (errno != EFAULT || len == PITH_PAGE)
        return -errno;
    uint64_t half = len / 2 & ~(uint64_t)(PITH_PAGE - 1);
    int error = move_mapping(va, src, half);
    return error ? error : move_mapping(va + half, src + half, len - half);
}

int process_move(struct mon *m, uint64_t va, uint64_t src, uint64_t len)
{
    (void)m;
    int error = move_mapping(va, src, len);
    if (error)
        return error;
    if (process_frames_has(src))
        process_frames_move(va, src, len);
    reserve_again(src, len);
    return 0;
}

int process_map_file(struct mon *m, uint64_t va, uint64_t len, int fd, uint64_t offset,
                     unsigned prot)
{
    (void)m;
    int flags = (fd < 0 ? RESERVED : MAP_SHARED) | MAP_FIXED;
    void *got = mmap(host_address(va), len, process_prot(prot), flags, fd, (off_t)offset);
    return got == MAP_FAILED ? -errno : 0;
}

size_t process_host(struct mon *m, uint64_t va, size_t len, void **host)
{
    (void)m;
    *host = host_address(va);
    return len;
}
