/* EFI/BOOT/BOOTX64.EFI: UEFI to the base's entry of the 64-bit Linux boot protocol (boot.rst of the
 * Linux kernel, "64-bit Boot Protocol").
 *
 * The payload lies in the file's last section, behind its header and the command line (boot.h). It
 * belongs at boot_header.load. Is that memory free, it is taken and filled at once; else the copy
 * waits until the firmware has given up its own memory, and is made by a few instructions that lie,
 * with everything else that is still needed then, outside of where it goes. Memory that stays the
 * firmware's (runtime services, ACPI's not reclaimable) is never written.
 *
 * Everything here is position independent; there are no relocations.
 */
#include "efi.h"

#include <stddef.h>

#include <pith/boot.h>

#define PAGE 4096u
#define MAP_ENTRIES 512
#define E820_MOST 128

/* struct boot_params, where a loader fills something in. */
#define PARAMS_BYTES 4096
#define PARAMS_RSDP 0x070
#define PARAMS_E820_ENTRIES 0x1e8
#define PARAMS_BOOT_FLAG 0x1fe
#define PARAMS_MAGIC 0x202
#define PARAMS_VERSION 0x206
#define PARAMS_LOADER 0x210
#define PARAMS_COMMAND 0x228
#define PARAMS_E820 0x2d0
enum { E820_RAM = 1, E820_RESERVED, E820_ACPI, E820_NVS, E820_UNUSABLE };

struct e820 {
    uint64_t addr, size;
    uint32_t type;
} __attribute__((packed));

extern const struct boot_header payload __attribute__((visibility("hidden")));
static struct efi_memory map[MAP_ENTRIES];

/* What is used after the firmware has gone: below 4 GiB, and outside of the payload's place. */
struct last {
    uint64_t pml4[512], pdpt[512], pd[4 * 512]; /* the first 4 GiB, one to one */
    uint8_t params[PARAMS_BYTES];
    char command[BOOT_COMMAND_MAX];
    uint8_t code[256];
};

/* From efi_jump.S: loads the tables, copies `bytes` from `from` to `to` unless they are the same,
 * then enters `entry` with `params`. Position independent. */
extern const uint8_t jump[], jump_end[] __attribute__((visibility("hidden")));
typedef void(jump_function)(uint64_t to, const void *from, uint64_t bytes, uint64_t entry,
                            void *params, void *tables);

static void copy(void *to, const void *from, size_t n)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void clear(void *to, size_t n)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory");
}

/* The compiler may ask for these. */
void *memcpy(void *to, const void *from, size_t n)
{
    copy(to, from, n);
    return to;
}
void *memset(void *to, int c, size_t n)
{
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
    return to;
}

static efi_status say(struct efi_system *system, const char *text)
{
    uint16_t wide[128];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof wide / sizeof *wide; n++)
        wide[n] = (uint8_t)text[n];
    wide[n] = 0;
    if (system->out)
        system->out->output(system->out, wide);
    return 1ull << 63 | 1; /* EFI_LOAD_ERROR */
}

static uint32_t type_of(uint32_t efi)
{
    switch (efi) {
    case EFI_LOADER_CODE:
    case EFI_LOADER_DATA:
    case EFI_BOOT_CODE:
    case EFI_BOOT_DATA:
    case EFI_CONVENTIONAL:
        return E820_RAM;
    case EFI_ACPI_RECLAIM:
        return E820_ACPI;
    case EFI_ACPI_NVS:
        return E820_NVS;
    case EFI_UNUSABLE:
        return E820_UNUSABLE;
    default:
        return E820_RESERVED;
    }
}

static const struct efi_memory *entry(uint64_t i, uint64_t bytes)
{
    return (const void *)((const uint8_t *)map + i * bytes);
}

/* The firmware's map as e820 entries, neighbours joined. How many; 0: too many. */
static unsigned to_e820(struct e820 *e, uint64_t total, uint64_t bytes)
{
    unsigned n = 0;
    for (uint64_t i = 0; i < total / bytes; i++) {
        const struct efi_memory *m = entry(i, bytes);
        uint32_t type = type_of(m->type);
        uint64_t size = m->pages * PAGE;
        if (n && e[n - 1].type == type && e[n - 1].addr + e[n - 1].size == m->physical) {
            e[n - 1].size += size;
            continue;
        }
        if (n == E820_MOST)
            return 0;
        e[n++] = (struct e820){m->physical, size, type};
    }
    return n;
}

/* Is all of [at, at+bytes) memory that the firmware gives up? */
static int is_ours(uint64_t at, uint64_t bytes, uint64_t total, uint64_t entry_bytes)
{
    for (uint64_t i = 0; i < total / entry_bytes; i++) {
        const struct efi_memory *m = entry(i, entry_bytes);
        uint64_t end = m->physical + m->pages * PAGE;
        if (type_of(m->type) != E820_RAM || end <= at || m->physical >= at + bytes)
            continue;
        uint64_t from = m->physical > at ? m->physical : at;
        uint64_t to = end < at + bytes ? end : at + bytes;
        bytes -= to - from;
        if (bytes == 0)
            return 1;
        if (from != at) /* entries need not be in order: only a prefix is cut off */
            return 0;
        at = to;
    }
    return 0;
}

static uint64_t root_pointer(const struct efi_system *system)
{
    static const struct efi_guid acpi2 = {
        0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
    for (uint64_t i = 0; i < system->nconfigurations; i++) {
        const struct efi_guid *g = &system->configurations[i].guid;
        const uint8_t *a = (const uint8_t *)g, *b = (const uint8_t *)&acpi2;
        size_t same = 0;
        while (same < sizeof *g && a[same] == b[same])
            same++;
        if (same == sizeof *g)
            return (uint64_t)system->configurations[i].table;
    }
    return 0;
}

static void put(uint8_t *params, unsigned at, uint64_t value, unsigned bytes)
{
    for (; bytes; bytes--, value >>= 8)
        params[at++] = (uint8_t)value;
}

/* Pages below 4 GiB and not in [from, to); 0 if there are none. */
static uint64_t pages_outside(const struct efi_boot_services *boot, uint64_t pages, uint64_t from,
                              uint64_t to)
{
    for (unsigned tries = 0; tries < 64; tries++) {
        uint64_t at = 0xffffffff;
        if (EFI_ERROR(boot->allocate_pages(EFI_ALLOCATE_MAX, EFI_LOADER_CODE, pages, &at)))
            return 0;
        if (at >= to || at + pages * PAGE <= from)
            return at;
    }
    return 0;
}

static void tables(struct last *last)
{
    last->pml4[0] = (uint64_t)last->pdpt | 3;
    for (uint64_t i = 0; i < 4; i++)
        last->pdpt[i] = (uint64_t)&last->pd[i * 512] | 3;
    for (uint64_t i = 0; i < 4 * 512; i++)
        last->pd[i] = i << 21 | 0x83;
}

static int five_levels(void)
{
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    return (cr4 & 1 << 12) != 0;
}

EFIAPI efi_status efi_entry(void *image, struct efi_system *system)
{
    const struct boot_header *h = &payload;
    const struct efi_boot_services *boot = system->boot;
    const char *command = (const char *)(h + 1);
    const uint8_t *bytes = (const uint8_t *)h + h->at;
    uint64_t pages = (h->bytes + PAGE - 1) / PAGE, to = h->load;
    uint64_t end = to + pages * PAGE;
    if (h->bytes == 0)
        return say(system, "pith: there is no program in this file\r\n");
    if (five_levels())
        return say(system,
                   "pith: this firmware uses five-level paging, which it must not here\r\n");

    struct last *last = (void *)pages_outside(boot, (sizeof *last + PAGE - 1) / PAGE, to, end);
    if (!last)
        return say(system, "pith: the firmware has no memory left\r\n");
    clear(last, sizeof *last);
    copy(last->code, jump, (size_t)(jump_end - jump));
    tables(last);
    copy(last->command, command, BOOT_COMMAND_MAX - 1);

    /* Free: filled now. If not, the copy is made at the end, from a place that is not there. */
    uint64_t place = to;
    if (EFI_ERROR(boot->allocate_pages(EFI_ALLOCATE_ADDRESS, EFI_LOADER_DATA, pages, &place)) &&
        !(place = pages_outside(boot, pages, to, end)))
        return say(system, "pith: the firmware has too little memory for this program\r\n");
    copy((void *)place, bytes, h->bytes);

    put(last->params, PARAMS_RSDP, root_pointer(system), 8);
    put(last->params, PARAMS_BOOT_FLAG, 0xaa55, 2);
    copy(last->params + PARAMS_MAGIC, "HdrS", 4);
    put(last->params, PARAMS_VERSION, 0x20c, 2);
    put(last->params, PARAMS_LOADER, 0xff, 1);
    put(last->params, PARAMS_COMMAND, (uint64_t)last->command, 4);

    /* The map that counts is the one that ExitBootServices knows: asked until they agree. */
    for (unsigned tries = 0; tries < 8; tries++) {
        uint64_t total = sizeof map, key, entry_bytes = 0;
        uint32_t version;
        if (EFI_ERROR(boot->get_memory_map(&total, map, &key, &entry_bytes, &version)) ||
            entry_bytes < sizeof(struct efi_memory))
            return say(system, "pith: the firmware's memory map cannot be read\r\n");
        if (place != to && !is_ours(to, pages * PAGE, total, entry_bytes))
            return say(system,
                       "pith: the firmware keeps memory at 1 MiB, where the program goes\r\n");
        unsigned n = to_e820((struct e820 *)(last->params + PARAMS_E820), total, entry_bytes);
        if (n == 0)
            return say(system, "pith: the firmware's memory map has too many pieces\r\n");
        put(last->params, PARAMS_E820_ENTRIES, n, 1);
        if (EFI_ERROR(boot->exit_boot_services(image, key)))
            continue;
        jump_function *go = (jump_function *)(uintptr_t)last->code;
        go(to, (void *)place, h->bytes, h->entry64, last->params, last->pml4);
    }
    return say(system, "pith: the firmware does not let go (ExitBootServices)\r\n");
}
