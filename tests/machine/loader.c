/* A loader as Firecracker is one, to run under QEMU: it is started by PVH with the file to boot as
 * its module (-initrd), puts its segments where they belong, writes a zero page (Linux,
 * zero-page.rst) and returns e_entry. The module's command line goes on to the guest; its first
 * word may be one of
 *
 *   lie=nomap     a zero page without a memory map
 *   lie=nohdr     ... without "HdrS"
 *   lie=elsewhere a map in which there is no memory where the file was put
 *   lie=cmdline   a command line that lies where nothing is
 *   lie=ring      setup data that are a ring
 *   holes         the same memory in many pieces, out of order and overlapping, with a hole
 */
typedef unsigned char u8;
typedef unsigned u32;
typedef unsigned long long u64;

struct pvh_info {
    u32 magic, version, flags, modules;
    u64 module_list, cmdline, rsdp, map;
    u32 entries, reserved;
};
struct pvh_module {
    u64 at, size, cmdline, reserved;
};
struct pvh_entry {
    u64 start, size;
    u32 type, reserved;
};
struct e820 {
    u64 start, size;
    u32 type;
} __attribute__((packed));
struct setup_data {
    u64 next;
    u32 type, len;
    u8 data[32];
};

#define ZERO_PAGE 0x7000u
#define CMDLINE 0x20000u

u32 load(const struct pvh_info *info);

static void copy(u32 to, u32 from, u32 n)
{
    for (u32 i = 0; i < n; i++)
        *(u8 *)(to + i) = *(const u8 *)(from + i);
}

static const char *after(const char *s, const char *prefix)
{
    while (*prefix)
        if (*s++ != *prefix++)
            return 0;
    return s;
}

static u32 segments(u32 file)
{
    u32 phoff = *(u32 *)(file + 32), n = *(unsigned short *)(file + 56);
    for (u32 i = 0; i < n; i++) {
        u32 ph = file + phoff + i * 56;
        if (*(u32 *)ph != 1)
            continue;
        u32 offset = *(u32 *)(ph + 8), to = *(u32 *)(ph + 24), size = *(u32 *)(ph + 32);
        copy(to, file + offset, size);
        /* Memory as a restarted machine leaves it: only the base itself clears what it wants clear.
         */
        for (u32 k = size; k < *(u32 *)(ph + 40); k++)
            *(u8 *)(to + k) = 0xa5;
    }
    return *(u32 *)(file + 24);
}

static struct e820 *put(struct e820 *e, u64 start, u64 size, u32 type)
{
    *e = (struct e820){start, size, type};
    return e + 1;
}

static u32 map(const struct pvh_info *info, struct e820 *first, int holes, int elsewhere)
{
    const struct pvh_entry *from = (const void *)(u32)info->map;
    struct e820 *e = first;
    for (u32 i = info->entries; i-- > 0;) { /* backwards: the order means nothing */
        u64 start = from[i].start, size = from[i].size;
        if (elsewhere && start == 0x100000)
            continue;
        if (holes && start == 0x100000 && from[i].type == 1) {
            /* Pieces of 4 MiB with 1 MiB less now and then, a page twice, a reserved one inside. */
            for (u64 at = 0; at < size && e - first < 100; at += 4 << 20) {
                u64 n = size - at < 4 << 20 ? size - at : 4 << 20;
                e = put(e, start + at, at >> 22 & 1 && n > 1 << 20 ? n - (1 << 20) : n, 1);
            }
            e = put(e, start + (8 << 20), 4096, 1);
            e = put(e, start + (9 << 20) + 123, 5000, 2);
        } else {
            e = put(e, start, size, from[i].type);
        }
    }
    return (u32)(e - first);
}

u32 load(const struct pvh_info *info)
{
    static struct setup_data seed, other;
    const struct pvh_module *m = (const void *)(u32)info->module_list;
    const char *line = (const char *)(u32)info->cmdline, *rest;
    u32 entry = segments((u32)m->at);
    u8 *zp = (u8 *)ZERO_PAGE;
    for (u32 i = 0; i < 4096; i++)
        zp[i] = 0;
    int holes = after(line, "holes") != 0, elsewhere = after(line, "lie=elsewhere") != 0;
    zp[0x1e8] =
        after(line, "lie=nomap") ? 0 : (u8)map(info, (void *)(zp + 0x2d0), holes, elsewhere);
    *(u32 *)(zp + 0x202) = after(line, "lie=nohdr") ? 0 : 0x53726448;
    *(u32 *)(zp + 0x228) = after(line, "lie=cmdline") ? 0 : CMDLINE;
    if (after(line, "lie=cmdline"))
        *(u32 *)(zp + 0xc8) = 0x7fffffff; /* far up */
    u32 n = 0;
    rest = line;
    while (rest[n])
        n++;
    copy(CMDLINE, (u32)rest, n + 1);
    for (u32 i = 0; i < sizeof seed.data; i++)
        seed.data[i] = (u8)(i * 37 + 11);
    seed.type = 9; /* SETUP_RNG_SEED */
    seed.len = sizeof seed.data;
    other.next = (u32)&seed;
    if (after(line, "lie=ring"))
        seed.next = (u32)&other;
    *(u32 *)(zp + 0x250) = (u32)&other;
    return entry;
}
