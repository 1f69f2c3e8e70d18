/* Interrupts: the local APIC, and the I/O APICs that lead lines to it (Intel SDM vol. 3, chapter
 * 11; 82093AA). They only end sleeps (vm.h), and tell of serial input while the image runs. The old
 * interrupt controllers are masked for good.
 */
#include "internal.h"
#include "virtio.h"

#define MSR_APIC_BASE 0x1b
#define APIC_ENABLED (1u << 11)
#define APIC_X2 (1u << 10)
#define APIC_ID 0x20
#define APIC_EOI 0xb0
#define APIC_SPURIOUS 0xf0
#define APIC_INITIAL 0x380
#define APIC_ADDRESS 0xfee00000ull
#define APIC_WHERE 0xffffff000ull

#define IOAPIC_ADDRESS 0xfec00000ull /* the second of QEMU's microvm lies 64 KiB behind it */
#define IOAPIC_STEP 0x10000u
#define IOAPICS 2u
#define PIN_LEVEL (1u << 15)
#define PIN_MASKED (1u << 16)

/* So many interrupts without a sleep between them mean a line that nobody lowers. */
#define STORM 1000u

bool vm_apic;
static bool x2;
static volatile u32 *apic;

static struct {
    volatile u32 *at;
    u32 pins;
    bool seen;
} ioapic[IOAPICS];
static u8 line[64]; /* lines of devices; bit 0: level */
static unsigned nlines;
static bool incomplete, masked;
static unsigned taken;

ONCE u32 vm_apic_read(u32 reg)
{
    return x2 ? (u32)vm_rdmsr(0x800 + (reg >> 4)) : apic[reg / 4];
}

ONCE void vm_apic_write(u32 reg, u32 value)
{
    if (x2)
        vm_wrmsr(0x800 + (reg >> 4), value);
    else
        apic[reg / 4] = value;
}

u64 vm_apic_count(u32 count, u64 *before)
{
    if (x2) {
        *before = vm_rdtsc();
        vm_wrmsr(0x800 + (APIC_INITIAL >> 4), count);
    } else { /* nothing in between: what has to be translated there would be counted */
        volatile u32 *initial = &apic[APIC_INITIAL / 4];
        *before = vm_rdtsc();
        *initial = count;
    }
    return vm_rdtsc() - *before;
}

void vm_irq_eoi(void)
{
    vm_apic_write(APIC_EOI, 0);
}

static void start_ioapic(unsigned i)
{
    volatile u32 *at =
        (volatile u32 *)(volatile void *)(VM_MMIO + IOAPIC_ADDRESS + i * IOAPIC_STEP);
    ioapic[i].seen = true;
    at[0] = 1;
    u32 version = at[4];
    if (version == 0 || version == ~0u || (version >> 16 & 0xff) > 239)
        return;
    ioapic[i].at = at;
    ioapic[i].pins = (version >> 16 & 0xff) + 1;
}

/* The pin of this line; NULL: there is none. They are looked for when a line is. */
static volatile u32 *pin_of(unsigned gsi, u32 *pin)
{
    for (unsigned i = 0; i < IOAPICS; i++) {
        if (!ioapic[i].seen)
            start_ioapic(i);
        if (gsi < ioapic[i].pins) {
            *pin = gsi;
            return ioapic[i].at;
        }
        gsi -= ioapic[i].pins;
    }
    return NULL;
}

static bool pin_set(unsigned gsi, u32 flags)
{
    u32 pin = 0;
    volatile u32 *at = pin_of(gsi, &pin);
    if (!at || !vm_apic)
        return false;
    at[0] = 0x10 + 2 * pin + 1;
    at[4] = (x2 ? vm_apic_read(APIC_ID) << 24 : vm_apic_read(APIC_ID) & 0xff000000u);
    at[0] = 0x10 + 2 * pin;
    at[4] = VECTOR_WAKE | flags;
    return true;
}

void vm_irq_start(void)
{
    /* The 8259s: what is still on its way in them must not look like an exception. */
    vm_out8(0x20, 0x11);
    vm_out8(0xa0, 0x11);
    vm_out8(0x21, VECTOR_PIC);
    vm_out8(0xa1, VECTOR_PIC + 8);
    vm_out8(0x21, 4);
    vm_out8(0xa1, 2);
    vm_out8(0x21, 1);
    vm_out8(0xa1, 1);
    vm_out8(0x21, 0xff);
    vm_out8(0xa1, 0xff);
    if (!vm_cpu.apic)
        return;
    u64 base = vm_rdmsr(MSR_APIC_BASE);
    /* The I/O APICs', and, unless somebody moved it, the local one's: no machine has memory there.
     */
    if (!vm_map_io(IOAPIC_ADDRESS, APIC_ADDRESS + PAGE - IOAPIC_ADDRESS))
        return;
    x2 = base & APIC_X2;
    apic = (volatile u32 *)(volatile void *)(VM_MMIO + APIC_ADDRESS);
    if ((base & (APIC_ENABLED | APIC_WHERE)) != (APIC_ENABLED | APIC_ADDRESS)) {
        vm_wrmsr(MSR_APIC_BASE, base | APIC_ENABLED);
        apic = (volatile u32 *)(volatile void *)vm_map_io(base & APIC_WHERE, PAGE);
        if (!x2 && !apic)
            return;
    }
    vm_apic = true;
    vm_apic_write(APIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
}

void vm_irq_route(unsigned gsi)
{
    for (unsigned i = 0; i < nlines; i++)
        if (line[i] == gsi)
            return;
    if (nlines == sizeof line || gsi > 255 || !pin_set(gsi, PIN_LEVEL))
        incomplete = true;
    else
        line[nlines++] = (u8)gsi;
}

bool vm_irq_serial(unsigned gsi)
{
    return pin_set(gsi, 0);
}

void vm_irq_message(u64 *address, u32 *data)
{
    u32 id = vm_apic ? vm_apic_read(APIC_ID) : 0;
    *address = APIC_ADDRESS | (x2 ? id & 0xff : id >> 24) << 12;
    *data = VECTOR_WAKE;
    incomplete |= !vm_apic;
}

bool vm_irq_complete(void)
{
    return !incomplete && vm_apic;
}

static void mask(bool on)
{
    u32 pin = 0;
    for (unsigned i = 0; i < nlines; i++) {
        volatile u32 *at = pin_of(line[i], &pin);
        at[0] = 0x10 + 2 * pin;
        at[4] = VECTOR_WAKE | PIN_LEVEL | (on ? PIN_MASKED : 0);
    }
    masked = on;
}

void vm_irq_taken(void)
{
    vm_serial_take();
    vm_virtio_interrupt();
    vm_wait_urgent();
    if (++taken > STORM && !masked)
        mask(true);
}

/* Before a sleep. */
void vm_irq_ready(void)
{
    taken = 0;
    if (masked)
        mask(false);
}
