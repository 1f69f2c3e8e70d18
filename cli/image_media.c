/* See image_media.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pith/boot.h>
#include "cli/image_elf.h"
#include "cli/image_media.h"

#define SECTOR 512u
#define PARTITION (1u << 20) /* where the first one begins */
#define FAT_MIN (1u << 20)
#define TABLE 446 /* in the first sector */

struct media {
    struct image_flat flat;
    const char *command;
    char folder[64]; /* temporary */
    char efi[96], fat[96], bios[96], disk[96], tree[96];
};

static int write_at(int fd, const void *data, uint64_t size, uint64_t at)
{
    const char *from = data;
    while (size) {
        ssize_t n = pwrite(fd, from, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        from += n;
        at += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return 0;
}

/* A new file of `parts` one after the other. */
struct part {
    const void *data;
    uint64_t size, at;
};

static int make_file(const char *path, const struct part *part, size_t n, uint64_t size,
                     struct host_error *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int bad = fd < 0 || ftruncate(fd, (off_t)size);
    for (size_t i = 0; i < n && !bad; i++)
        bad = write_at(fd, part[i].data, part[i].size, part[i].at);
    int why = errno;
    if (fd >= 0 && close(fd) && !bad) {
        bad = 1;
        why = errno;
    }
    return bad ? host_fail(error, "%s: %s", path, strerror(why)) : 0;
}

/* One of the loaders of this installation, copied so that it can be filled in; NULL with the
 * reason. */
static unsigned char *loader(const char *name, uint64_t *size, struct host_error *error)
{
    char path[PATH_MAX];
    struct elf_bytes bytes = {0};
    *size = 0;
    if (cli_lib_path(name, path, sizeof path)) {
        host_fail(error, "its own place cannot be found (/proc/self/exe)");
        return NULL;
    }
    if (elf_map(path, &bytes, error))
        return NULL;
    unsigned char *data = malloc(bytes.size);
    if (data) {
        memcpy(data, bytes.data, bytes.size);
        *size = bytes.size;
    } else {
        host_fail(error, "out of memory");
    }
    elf_unmap(&bytes);
    return data;
}

static struct boot_header header(const struct image_flat *f, uint64_t at)
{
    struct boot_header h = {
        .at = at, .bytes = f->size, .load = f->load, .entry32 = f->entry32, .entry64 = f->entry64};
    memcpy(h.magic, BOOT_MAGIC, sizeof h.magic);
    return h;
}

static void put32(unsigned char *at, uint64_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* bootx64.efi: the header, the command line and the program become its last section. */
static int fill_efi(const struct media *m, unsigned char *file, uint64_t size,
                    struct host_error *error)
{
    unsigned char head[BOOT_BLOCK + BOOT_COMMAND_MAX] = {0};
    uint64_t whole = (sizeof head + m->flat.size + 4095) & ~4095ull;
    if (size < 4096 || size % 4096 || size + whole > UINT32_MAX)
        return host_fail(error, "bootx64.efi is not this pith's");
    struct boot_header h = header(&m->flat, sizeof head);
    memcpy(head, &h, sizeof h);
    memcpy(head + sizeof h, m->command, strlen(m->command));
    /* PE32+: the third section header, and SizeOfImage of the optional header. */
    unsigned char *pe = file + 0x40, *optional = pe + 24, *section = optional + 160 + 2 * 40;
    put32(optional + 56, size + whole);
    put32(section + 8, whole);
    put32(section + 12, size);
    put32(section + 16, whole);
    put32(section + 20, size);
    const struct part parts[] = {{file, size, 0},
                                 {head, sizeof head, size},
                                 {m->flat.data, m->flat.size, size + sizeof head}};
    return make_file(m->efi, parts, 3, size + whole, error);
}

static int make_efi(const struct media *m, struct host_error *error)
{
    uint64_t size;
    unsigned char *file = loader("boot/bootx64.efi", &size, error);
    int result = file ? fill_efi(m, file, size, error) : -1;
    free(file);
    return result;
}

static int make_fat(const struct media *m, struct host_error *error)
{
    struct stat st;
    if (make_efi(m, error))
        return -1;
    if (stat(m->efi, &st))
        return host_fail(error, "%s: %s", m->efi, strerror(errno));
    uint64_t size = (uint64_t)st.st_size + (uint64_t)st.st_size / 64 + (256 << 10);
    size = (size < FAT_MIN ? FAT_MIN : size + 65535) & ~65535ull;
    char sectors[24], hidden[24];
    snprintf(sectors, sizeof sectors, "%llu", (unsigned long long)(size / SECTOR));
    snprintf(hidden, sizeof hidden, "%u", PARTITION / SECTOR);
    char *format[] = {"mformat", "-i", (char *)m->fat, "-T", sectors, "-H",
                      hidden,    "-h", "16",           "-s", "63",    "-v",
                      "PITH",    "-N", "50495448",     "::", NULL};
    char *folders[] = {"mmd", "-i", (char *)m->fat, "::/EFI", "::/EFI/BOOT", NULL};
    char *copy[] = {"mcopy", "-i", (char *)m->fat, (char *)m->efi, "::/EFI/BOOT/BOOTX64.EFI", NULL};
    if (make_file(m->fat, NULL, 0, size, error) || image_tool("mtools", format, error) ||
        image_tool("mtools", folders, error) || image_tool("mtools", copy, error))
        return -1;
    return 0;
}

/* An entry of the partition table: by LBA; what needs cylinders is told "past the end". */
static void partition(unsigned char *entry, unsigned char type, uint64_t start, uint64_t size)
{
    static const unsigned char chs[3] = {0xfe, 0xff, 0xff};
    memcpy(entry + 1, chs, 3);
    entry[4] = type;
    memcpy(entry + 5, chs, 3);
    put32(entry + 8, start / SECTOR);
    put32(entry + 12, size / SECTOR);
}

/* bios.bin, filled in; NULL with the reason. */
static unsigned char *bios_loader(const struct media *m, uint64_t at, struct host_error *error)
{
    uint64_t size;
    unsigned char *data = loader("boot/bios.bin", &size, error);
    if (!data)
        return NULL;
    if (size != BOOT_BIOS_BYTES || memcmp(data + BOOT_HEADER, BOOT_MAGIC, 8) != 0) {
        host_fail(error, "bios.bin is not this pith's");
        free(data);
        return NULL;
    }
    struct boot_header h = header(&m->flat, at);
    memcpy(data + BOOT_HEADER, &h, sizeof h);
    memcpy(data + BOOT_COMMAND, m->command, strlen(m->command));
    return data;
}

static int make_disk(const struct media *m, const char *path, struct host_error *error)
{
    struct elf_bytes fat = {0};
    if (make_fat(m, error) || elf_map(m->fat, &fat, error))
        return -1;
    uint64_t at = (PARTITION + fat.size + PARTITION - 1) & ~(uint64_t)(PARTITION - 1);
    uint64_t size = (at + m->flat.size + PARTITION - 1) & ~(uint64_t)(PARTITION - 1);
    unsigned char *bios = bios_loader(m, at, error);
    int result = -1;
    if (bios) {
        partition(bios + TABLE, 0xef, PARTITION, fat.size);
        partition(bios + TABLE + 16, 0xda, at, size - at);
        bios[TABLE + 16] = 0x80; /* active: some firmware boots no disk without such a one */
        const struct part parts[] = {{bios, BOOT_BIOS_BYTES, 0},
                                     {fat.data, fat.size, PARTITION},
                                     {m->flat.data, m->flat.size, at}};
        result = make_file(path, parts, 3, size, error);
    }
    free(bios);
    elf_unmap(&fat);
    return result;
}

static int make_qcow2(const struct media *m, const char *path, struct host_error *error)
{
    char *convert[] = {"qemu-img", "convert",       "-f",         "raw", "-O", "qcow2", "-c",
                       "--",       (char *)m->disk, (char *)path, NULL};
    return make_disk(m, m->disk, error) ? -1 : image_tool("qemu-utils", convert, error);
}

static int make_iso(const struct media *m, const char *path, struct host_error *error)
{
    char load[24];
    unsigned char *bios = make_fat(m, error) ? NULL : bios_loader(m, BOOT_BIOS_BYTES, error);
    if (!bios)
        return -1;
    const struct part parts[] = {{bios, BOOT_BIOS_BYTES, 0},
                                 {m->flat.data, m->flat.size, BOOT_BIOS_BYTES}};
    int result = make_file(m->bios, parts, 2, BOOT_BIOS_BYTES + m->flat.size, error);
    free(bios);
    snprintf(load, sizeof load, "%u", BOOT_BIOS_BYTES / SECTOR);
    char *iso[] = {"xorriso",
                   "-as",
                   "mkisofs",
                   "-quiet",
                   "-o",
                   (char *)path,
                   "-V",
                   "PITH",
                   "-b",
                   "bios.img",
                   "-no-emul-boot",
                   "-boot-load-size",
                   load,
                   "-boot-info-table",
                   "-eltorito-alt-boot",
                   "-e",
                   "efi.img",
                   "-no-emul-boot",
                   (char *)m->tree,
                   NULL};
    return result ? -1 : image_tool("xorriso", iso, error);
}

static int begin(struct media *m, struct host_error *error)
{
    const char *tmp = getenv("TMPDIR");
    if (!tmp || strlen(tmp) > 32)
        tmp = "/tmp";
    snprintf(m->folder, sizeof m->folder, "%s/pith-image.XXXXXX", tmp);
    if (!mkdtemp(m->folder))
        return host_fail(error, "%s: %s", m->folder, strerror(errno));
    snprintf(m->tree, sizeof m->tree, "%s/cd", m->folder);
    snprintf(m->efi, sizeof m->efi, "%s/BOOTX64.EFI", m->folder);
    snprintf(m->disk, sizeof m->disk, "%s/disk", m->folder);
    snprintf(m->fat, sizeof m->fat, "%s/cd/efi.img", m->folder);
    snprintf(m->bios, sizeof m->bios, "%s/cd/bios.img", m->folder);
    return mkdir(m->tree, 0777) ? host_fail(error, "%s: %s", m->tree, strerror(errno)) : 0;
}

static void finish(const struct media *m)
{
    unlink(m->efi);
    unlink(m->disk);
    unlink(m->fat);
    unlink(m->bios);
    rmdir(m->tree);
    rmdir(m->folder);
}

int image_media(const char *format, const char *path, const struct elf_file *joined,
                const char *command, struct host_error *error)
{
    struct media m = {.command = command};
    char beside[PATH_MAX];
    if (strlen(command) >= BOOT_COMMAND_MAX - sizeof(struct boot_header))
        return host_fail(error, "boot parameters may take %zu bytes on a boot medium",
                         BOOT_COMMAND_MAX - sizeof(struct boot_header) - 1);
    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
        return host_fail(error, "%s: %s", path, strerror(ENAMETOOLONG));
    if (image_flat(joined, &m.flat, error))
        return -1;
    int result = begin(&m, error);
    if (!result)
        result = strcmp(format, "raw") == 0     ? make_disk(&m, beside, error)
                 : strcmp(format, "qcow2") == 0 ? make_qcow2(&m, beside, error)
                                                : make_iso(&m, beside, error);
    if (!result && rename(beside, path))
        result = host_fail(error, "%s: %s", path, strerror(errno));
    if (result)
        unlink(beside);
    finish(&m);
    free(m.flat.data);
    return result;
}
