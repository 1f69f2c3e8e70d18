/* What the loader told: PVH's start information (Xen, public/arch-x86/hvm/start_info.h) and Linux's
 * boot_params (Documentation/arch/x86/boot.rst and zero-page.rst). All of it is copied here, since
 * its memory is ours from then on; every pointer is looked at only if it can be RAM, every list is
 * bounded.
 */
#include "internal.h"

#define CMDLINE_MAX 4096u
#define ENTRIES_MAX 512u
#define SETUP_DATA_MAX 32u

#define PVH_MAGIC 0x336ec578u
struct pvh_info {
    u32 magic, version, flags, modules;
    u64 module_list, cmdline, rsdp;
    u64 map; /* from version 1 on */
    u32 entries, reserved;
};
struct pvh_entry {
    u64 start, size;
    u32 type, reserved;
};

/* Offsets in boot_params. */
#define ZP_RSDP 0x070
#define ZP_CMDLINE_HIGH 0x0c8
#define ZP_ENTRIES 0x1e8
#define ZP_MAGIC 0x202 /* "HdrS" */
#define ZP_CMDLINE 0x228
#define ZP_SETUP_DATA 0x250
#define ZP_MAP 0x2d0
#define ZP_MAP_MAX 128u
#define ZP_SIZE 4096u
struct linux_entry {
    u64 start, size;
    u32 type;
} __attribute__((packed));
struct setup_data {
    u64 next;
    u32 type, len;
};
#define SETUP_RNG_SEED 9u

#define TYPE_RAM 1u

struct vm_boot vm_boot;
static SCRATCH char cmdline[CMDLINE_MAX];

/* Where the loader says there is something. It lies below 512 GiB or is not looked at. */
static const void *loader(u64 phys, u64 len, const char *what)
{
    if (phys == 0 || !vm_reach(phys, len))
        vm_stop("the loader's %s lies at 0x%lx, where nothing can be", what, phys);
    return vm_at(phys);
}

static void take_cmdline(u64 phys)
{
    vm_boot.cmdline = cmdline;
    cmdline[0] = 0;
    if (!phys)
        return;
    for (unsigned i = 0;; i++) {
        if (i == CMDLINE_MAX)
            vm_stop("the command line is longer than %u bytes: put it into the fw_cfg file "
                    "opt/pith/boot, and say pith.fw_cfg",
                    CMDLINE_MAX - 1);
        /* A string may end just before a hole. */
        if (i == 0 || (phys + i) % PAGE == 0)
            loader(phys + i, 1, "command line");
        cmdline[i] = *(const char *)vm_at(phys + i);
        if (!cmdline[i])
            break;
        vm_boot.length = i + 1;
    }
}

static void entry(u64 start, u64 size, u32 type)
{
    if (start + size < start)
        return;
    if (type == TYPE_RAM)
        vm_ram_add(start, start + size);
}

static void reserved(u64 start, u64 size, u32 type)
{
    if (type != TYPE_RAM && size && start + size > start)
        vm_ram_remove(start, start + size);
}

static void pvh(u64 phys)
{
    const struct pvh_info *info = loader(phys, sizeof *info, "start information");
    if (info->magic != PVH_MAGIC)
        vm_stop("it was entered by PVH without start information");
    if (info->version < 1 || info->entries == 0 || info->entries > ENTRIES_MAX)
        vm_stop("the loader gives no memory map (PVH version %u, %u entries)", info->version,
                info->entries);
    const struct pvh_entry *map = loader(info->map, (u64)info->entries * sizeof *map, "memory map");
    for (unsigned i = 0; i < info->entries; i++)
        entry(map[i].start, map[i].size, map[i].type);
    for (unsigned i = 0; i < info->entries; i++)
        reserved(map[i].start, map[i].size, map[i].type);
    vm_boot.rsdp = info->rsdp;
    take_cmdline(info->cmdline);
}

/* Linux's loaders may hand over entropy: it is mixed in and wiped. */
static void take_setup_data(u64 phys)
{
    for (unsigned i = 0; phys && i < SETUP_DATA_MAX; i++) {
        const struct setup_data *d = loader(phys, sizeof *d, "setup data");
        u32 len = d->len;
        if (d->type == SETUP_RNG_SEED && len >= 16 && len <= PAGE) {
            u8 *bytes = vm_at(phys + sizeof *d);
            loader(phys + sizeof *d, len, "seed");
            for (u32 k = 0; k < len; k++) {
                ((u8 *)vm_boot.seed)[k % sizeof vm_boot.seed] ^= bytes[k];
                bytes[k] = 0;
            }
        }
        phys = d->next;
    }
}

static void zero_page(u64 phys)
{
    const u8 *zp = loader(phys, ZP_SIZE, "zero page");
    u32 magic, low, high;
    memcpy(&magic, zp + ZP_MAGIC, 4);
    unsigned n = zp[ZP_ENTRIES];
    if (magic != 0x53726448u) /* "HdrS" */
        vm_stop("it was entered by the Linux boot protocol without its header");
    if (n == 0 || n > ZP_MAP_MAX)
        vm_stop("the loader gives no memory map (%u entries)", n);
    struct linux_entry e;
    for (unsigned i = 0; i < n; i++) {
        memcpy(&e, zp + ZP_MAP + i * sizeof e, sizeof e);
        entry(e.start, e.size, e.type);
    }
    for (unsigned i = 0; i < n; i++) {
        memcpy(&e, zp + ZP_MAP + i * sizeof e, sizeof e);
        reserved(e.start, e.size, e.type);
    }
    u64 data;
    memcpy(&vm_boot.rsdp, zp + ZP_RSDP, 8);
    memcpy(&low, zp + ZP_CMDLINE, 4);
    memcpy(&high, zp + ZP_CMDLINE_HIGH, 4);
    memcpy(&data, zp + ZP_SETUP_DATA, 8);
    take_cmdline((u64)high << 32 | low);
    take_setup_data(data);
}

void vm_boot_read(unsigned by, u64 info)
{
    if (by == VM_BY_PVH)
        pvh(info);
    else
        zero_page(info);
}
