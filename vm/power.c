/* The power goes off: by the port the command line names (QEMU's isa-debug-exit, which takes the
 * status), by ACPI, by the ports of hypervisors without it, by the keyboard controller, and last by
 * a triple fault. Numbers are ACPI 6.4's (4.8.3.2, 4.8.3.7, 5.2.9, 7.4.2).
 */
#include "internal.h"

#define SLEEP_ENABLE (1u << 13)
#define REDUCED (1u << 20) /* of the FADT's flags: no PM1 registers */

/* SLP_TYPa of \_S5 in the DSDT: NameOp, a package, its first element. Found by its name. */
static bool s5_type(const u8 *dsdt, u32 len, u8 *type)
{
    for (u32 i = 36; i + 12 < len; i++) {
        if (memcmp(dsdt + i, "_S5_", 4) != 0 || dsdt[i + 4] != 0x12)
            continue;
        u32 at = i + 5;
        at += (dsdt[at] >> 6) + 2u; /* PkgLength, NumElements */
        if (at + 1 >= len)
            return false;
        *type = dsdt[at] == 0x0a ? dsdt[at + 1] : dsdt[at]; /* BytePrefix, or Zero and One */
        return *type <= 7;
    }
    return false;
}

static void acpi(void)
{
    u64 fadt, dsdt = 0, sleep = 0;
    u32 len, size = 0, pm1a, pm1b, flags;
    u8 type = 0;
    if (!vm_acpi("FACP", &fadt, &len) || len < 116)
        return;
    const u8 *f = vm_at(fadt);
    memcpy(&dsdt, f + 40, 4);
    if (len >= 148) {
        u64 wide;
        memcpy(&wide, f + 140, 8);
        dsdt = wide ? wide : dsdt;
    }
    memcpy(&pm1a, f + 64, 4);
    memcpy(&pm1b, f + 68, 4);
    memcpy(&flags, f + 112, 4);
    if (!vm_reach(dsdt, 36))
        return;
    memcpy(&size, (u8 *)vm_at(dsdt) + 4, 4);
    if (size > 1u << 20 || !vm_reach(dsdt, size) || !s5_type(vm_at(dsdt), size, &type))
        return;
    if (flags & REDUCED && len >= 256) {
        memcpy(&sleep, f + 244 + 4, 8);
        u8 value = (u8)(type << 2 | 0x20);
        volatile u8 *reg = f[244] == 0 ? vm_map_io(sleep, 1) : NULL;
        if (f[244] == 1)
            vm_out8((u16)sleep, value);
        else if (reg)
            *reg = value;
        return;
    }
    if (pm1a && pm1a < 0x10000)
        vm_out16((u16)pm1a, (u16)(type << 10 | SLEEP_ENABLE));
    if (pm1b && pm1b < 0x10000)
        vm_out16((u16)pm1b, (u16)(type << 10 | SLEEP_ENABLE));
}

void vm_power_off(unsigned status)
{
    const char *port = vm_option("pith.exit", 0);
    u64 at;
    if (port && vm_number(port, &at, NULL) && at < 0x10000)
        vm_out8((u16)at, (u8)status);
    acpi();
    vm_out16(0x604, SLEEP_ENABLE); /* QEMU */
    vm_out8(0x600, 5 << 2 | 0x20); /* Cloud Hypervisor */
    for (unsigned i = 0; i < 10; i++)
        vm_out8(0x64, 0xfe); /* the keyboard controller pulls the reset line: Firecracker ends */
    struct {
        u16 limit;
        u64 base;
    } __attribute__((packed)) none = {0, 0};
    __asm__ volatile("lidt %0; ud2" ::"m"(none));
    for (;;)
        __asm__ volatile("cli; hlt");
}
