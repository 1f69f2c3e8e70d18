/* From the image's addresses to physical ones: the image's own rights decide (memory.h). */
#include "internal.h"

#define USER_TOP 0x0000800000000000ull

unsigned vm_page(u64 va)
{
    unsigned level;
    if (va >= USER_TOP)
        return 0;
    u64 e = *vm_entry(va, &level);
    return e & PTE_MAPPED ? vm_pte_prot(e) | VM_PAGE_MAPPED : 0;
}

size_t vm_span(u64 va, size_t len, bool write, u64 *phys)
{
    const u64 want = PTE_MAPPED | PTE_PRESENT | PTE_USER | (write ? PTE_WRITE : 0);
    size_t got = 0;
    while (got < len && va < USER_TOP) {
        unsigned level;
        u64 e = *vm_entry(va, &level);
        if ((e & want) != want)
            break;
        u64 bytes = vm_level_bytes(level), in = va & (bytes - 1);
        u64 at = (e & PTE_FRAME & ~(bytes - 1)) + in;
        if (got == 0)
            *phys = at;
        else if (*phys + got != at)
            break;
        size_t n = bytes - in < len - got ? bytes - in : len - got;
        got += n;
        va += n;
    }
    return got;
}

int vm_copy_in(void *to, u64 va, size_t len)
{
    for (u8 *at = to; len;) {
        u64 phys;
        size_t n = vm_span(va, len, false, &phys);
        if (n == 0)
            return -1;
        memcpy(at, vm_at(phys), n);
        at += n;
        va += n;
        len -= n;
    }
    return 0;
}

int vm_copy_out(u64 va, const void *from, size_t len)
{
    for (const u8 *at = from; len;) {
        u64 phys;
        size_t n = vm_span(va, len, true, &phys);
        if (n == 0)
            return -1;
        memcpy(vm_at(phys), at, n);
        at += n;
        va += n;
        len -= n;
    }
    return 0;
}
