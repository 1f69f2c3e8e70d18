/* Tables of the firmware (ACPI 6.4, 5.2), as far as they say where a timer and the power button
 * are. They are looked at only when somebody asks; a table that does not sum up is none. No byte
 * code is run. */
#include "internal.h"

#define TABLE_MAX (1u << 20)
#define TABLES_MAX 256u
#define HEADER 36u

static u8 sum(const u8 *at, u32 n)
{
    u8 s = 0;
    while (n--)
        s = (u8)(s + *at++);
    return s;
}

static u64 look(u64 start, u64 len)
{
    if (!vm_reach(start, len))
        return 0;
    for (u64 at = start; at + 20 <= start + len; at += 16)
        if (memcmp(vm_at(at), "RSD PTR ", 8) == 0 && sum(vm_at(at), 20) == 0)
            return at;
    return 0;
}

static u64 find_rsdp(void)
{
    u16 ebda;
    u64 at = vm_boot.rsdp ? look(vm_boot.rsdp, 20) : 0;
    memcpy(&ebda, vm_at(0x40e), 2);
    if (!at && ebda >= 0x8000 && ebda <= 0x9fc0)
        at = look((u64)ebda << 4, 1024);
    return at ? at : look(0xe0000, 0x20000);
}

/* The length of a whole table, 0 if it is none. */
static u32 table(u64 phys)
{
    u32 len;
    if (phys == 0 || !vm_reach(phys, HEADER))
        return 0;
    memcpy(&len, (u8 *)vm_at(phys) + 4, 4);
    if (len < HEADER || len > TABLE_MAX || !vm_reach(phys, len) || sum(vm_at(phys), len))
        return 0;
    return len;
}

bool vm_acpi(const char *signature, u64 *phys, u32 *len)
{
    u64 rsdp = find_rsdp(), root = 0;
    if (!rsdp)
        return false;
    const u8 *r = vm_at(rsdp);
    unsigned width = 4;
    u32 n = 0;
    if (r[15] >= 2 && vm_reach(rsdp, 36)) {
        width = 8;
        memcpy(&root, r + 24, 8);
        n = table(root);
    }
    if (!n) {
        width = 4;
        root = 0;
        memcpy(&root, r + 16, 4);
        n = table(root);
    }
    for (u32 i = HEADER, k = 0; n && i + width <= n && k < TABLES_MAX; i += width, k++) {
        u64 at = 0;
        memcpy(&at, (u8 *)vm_at(root) + i, width);
        u32 size = table(at);
        if (size && memcmp(vm_at(at), signature, 4) == 0) {
            *phys = at;
            *len = size;
            return true;
        }
    }
    return false;
}
