/* The only way from a guest address to a host pointer. See run.h for the contract.
 *
 * The guest's own rights decide: a device may not read what the guest cannot read, nor write
 * what it cannot write. So no request makes the host touch memory in the guest's name that the
 * guest could not have touched itself.
 */
#include <errno.h>

#include "run.h"

static size_t window_span(struct mon *m, uint64_t va, size_t len, bool write, void **host)
{
    uint64_t at = va - PITH_BOOT_START, size = m->window_ro + m->window_rw;
    if (at >= size || (write && at < m->window_ro))
        return 0;
    *host = m->window_host + at;
    return len < size - at ? len : size - at;
}

/* Bytes from va on, at most len, whose pages all carry `right`. */
static size_t usable(struct mon *m, uint64_t va, size_t len, unsigned right)
{
    uint64_t at = va, end = va + len;
    if (end < va)
        end = ~(uint64_t)0;
    while (at < end && (mon_page(m, at) & right)) {
        at = (at | (PITH_PAGE - 1)) + 1;
    }
    if (at > end)
        at = end;
    return at - va;
}

size_t mon_host(struct mon *m, uint64_t va, size_t len, void **host)
{
    if (va >= PITH_ARENA_START)
        return m->machine->host(m, va, len, host);
    *host = m->image_host + (va - m->image.start);
    return len;
}

size_t mon_span(struct mon *m, uint64_t va, size_t len, bool write, void **host)
{
    if (len == 0)
        return 0;
    if (va >= PITH_BOOT_START && va < PITH_BOOT_START + PITH_BOOT_MAX)
        return window_span(m, va, len, write, host);
    size_t n = usable(m, va, len, write ? PITH_PROT_WRITE : PITH_PROT_READ);
    if (n == 0)
        return 0;
    if (m->common->unpack)
        m->common->unpack(m, va, n);
    return mon_host(m, va, n, host);
}

int mon_copy_in(struct mon *m, void *to, uint64_t from, size_t len)
{
    for (char *at = to; len;) {
        void *host;
        size_t n = mon_span(m, from, len, false, &host);
        if (n == 0 || mon_copy_guarded(at, host, n))
            return -EFAULT;
        at += n;
        from += n;
        len -= n;
    }
    return 0;
}

int mon_copy_out(struct mon *m, uint64_t to, const void *from, size_t len)
{
    for (const char *at = from; len;) {
        void *host;
        size_t n = mon_span(m, to, len, true, &host);
        if (n == 0 || mon_copy_guarded(host, at, n))
            return -EFAULT;
        at += n;
        to += n;
        len -= n;
    }
    return 0;
}
