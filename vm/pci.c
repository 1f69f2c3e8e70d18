/* See pci.h. "PCI" is the PCI Local Bus Specification 3.0. */
#include "pci.h"

#include "memory.h"
#include "vm.h"

#define ADDRESS 0xcf8
#define DATA 0xcfc
#define ENABLE 0x80000000u

#define HEADER_TYPE 0x0eu
#define BAR0 0x10u
#define SECONDARY_BUS 0x19u
#define MEMORY_AND_MASTER 6u /* of PCI_COMMAND */
#define NO_INTX 0x400u
#define BRIDGES_DEEP 8u

/* Where BARs go that no firmware has placed: below the interrupt controllers, above any memory that
 * a loader without firmware puts below 4 GiB; a machine that has memory there has firmware. */
#define WINDOW_START 0xe8000000u
#define WINDOW_END 0xfc000000u

static uint32_t window = WINDOW_START;

uint32_t vm_pci_read(uint32_t fn, unsigned at)
{
    vm_out32(ADDRESS, ENABLE | fn | (at & 0xfcu));
    return vm_in32(DATA);
}

uint16_t vm_pci_read16(uint32_t fn, unsigned at)
{
    return (uint16_t)(vm_pci_read(fn, at) >> 8 * (at & 2));
}

uint8_t vm_pci_read8(uint32_t fn, unsigned at)
{
    return (uint8_t)(vm_pci_read(fn, at) >> 8 * (at & 3));
}

void vm_pci_write(uint32_t fn, unsigned at, uint32_t value)
{
    vm_out32(ADDRESS, ENABLE | fn | (at & 0xfcu));
    vm_out32(DATA, value);
}

static void scan(uint32_t bus, unsigned deep, void (*each)(uint32_t, uint32_t))
{
    for (uint32_t slot = 0; slot < 32; slot++)
        for (uint32_t f = 0; f < 8; f++) {
            uint32_t fn = bus << 16 | slot << 11 | f << 8;
            uint32_t id = vm_pci_read(fn, 0);
            uint8_t type = id == ~0u ? 0 : vm_pci_read8(fn, HEADER_TYPE);
            if (id == ~0u && f == 0)
                break;
            if (id != ~0u && (type & 0x7f) == 0)
                each(fn, id);
            if (id != ~0u && (type & 0x7f) == 1) {
                /* A bridge leads to buses behind its own, or the firmware has not set it up. */
                uint8_t behind = vm_pci_read8(fn, SECONDARY_BUS);
                if (behind > bus && deep < BRIDGES_DEEP)
                    scan(behind, deep + 1, each);
            }
            if (f == 0 && !(type & 0x80))
                break; /* one function */
        }
}

void vm_pci_scan(void (*each)(uint32_t fn, uint32_t vendor_device))
{
    vm_out32(ADDRESS, ENABLE);
    if (vm_in32(ADDRESS) == ENABLE)
        scan(0, 0, each);
}

unsigned vm_pci_capability(uint32_t fn, uint8_t id, unsigned at)
{
    if (!(vm_pci_read(fn, PCI_COMMAND) >> 16 & 0x10)) /* PCI 6.2.3: there is a list */
        return 0;
    at = vm_pci_read8(fn, at ? at + 1 : PCI_CAPABILITIES) & 0xfcu;
    /* Bounded: 192 bytes hold 48 entries. */
    for (unsigned i = 0; at >= 0x40 && i < 48; i++) {
        if (vm_pci_read8(fn, at) == id)
            return at;
        at = vm_pci_read8(fn, at + 1) & 0xfcu;
    }
    return 0;
}

/* PCI 6.2.5.1: writing all ones tells how long it is. */
static uint64_t bar_size(uint32_t fn, unsigned at, uint32_t low, bool wide)
{
    uint32_t command = vm_pci_read(fn, PCI_COMMAND) & 0xffff;
    vm_pci_write(fn, PCI_COMMAND, command & ~MEMORY_AND_MASTER);
    vm_pci_write(fn, at, ~0u);
    uint64_t mask = vm_pci_read(fn, at) & ~15u;
    vm_pci_write(fn, at, low);
    if (wide) {
        uint32_t high = vm_pci_read(fn, at + 4);
        vm_pci_write(fn, at + 4, ~0u);
        mask |= (uint64_t)vm_pci_read(fn, at + 4) << 32;
        vm_pci_write(fn, at + 4, high);
    } else {
        mask |= 0xffffffff00000000ull;
    }
    vm_pci_write(fn, PCI_COMMAND, command);
    return mask ? ~mask + 1 : 0;
}

/* The BAR's address, assigned if there is none yet; 0: it is none. */
static uint64_t bar_address(uint32_t fn, unsigned bar, uint64_t *size)
{
    unsigned at = BAR0 + 4 * bar;
    uint32_t low = vm_pci_read(fn, at);
    bool wide = (low & 6) == 4;
    if (bar > 5 || low & 1 || (wide && bar == 5))
        return 0;
    uint64_t address = (low & ~15u) | (wide ? (uint64_t)vm_pci_read(fn, at + 4) << 32 : 0);
    *size = bar_size(fn, at, low, wide);
    if (address || !*size)
        return address;
    uint64_t start = (window + *size - 1) & ~(*size - 1);
    if (start + *size > WINDOW_END)
        vm_stop("PCI: there is no room for BAR %u of the device at %x", bar, fn >> 8);
    window = (uint32_t)(start + *size);
    vm_pci_write(fn, at, (uint32_t)start);
    if (wide)
        vm_pci_write(fn, at + 4, 0);
    return start;
}

volatile uint8_t *vm_pci_map(uint32_t fn, unsigned bar, uint32_t offset, uint32_t len)
{
    uint64_t size, address = bar_address(fn, bar, &size);
    if (!address || offset > size || len > size - offset)
        return NULL;
    uint32_t command = vm_pci_read(fn, PCI_COMMAND) & 0xffff;
    vm_pci_write(fn, PCI_COMMAND, command | MEMORY_AND_MASTER | NO_INTX);
    return vm_map_io(address + offset, len);
}

bool vm_pci_msix(uint32_t fn)
{
    unsigned at = vm_pci_capability(fn, 0x11, 0);
    if (!at)
        return false;
    uint32_t where = vm_pci_read(fn, at + 4);
    volatile uint32_t *entry = (volatile void *)vm_pci_map(fn, where & 7, where & ~7u, 16);
    if (!entry)
        return false;
    uint64_t address;
    uint32_t data;
    vm_irq_message(&address, &data);
    entry[0] = (uint32_t)address;
    entry[1] = (uint32_t)(address >> 32);
    entry[2] = data;
    entry[3] = 0; /* not masked */
    /* PCI 6.8.2.3: enabled, the function not masked. */
    vm_pci_write(fn, at, (vm_pci_read(fn, at) & 0x3fffffffu) | 0x80000000u);
    return true;
}
