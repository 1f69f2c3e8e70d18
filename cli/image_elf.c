/* See image_elf.h. The base is our own file, but it is read with the same care as any. The image is
 * checked here, as it will lie in the file: the base relies on it. */
#include "cli/image_elf.h"

#include "monitor/image.h"

#include <pith/join.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIB "../lib/pith/"

int cli_lib_path(const char *name, char *path, size_t room)
{
    ssize_t n = readlink("/proc/self/exe", path, room - 1);
    if (n < 0)
        return -1;
    path[n] = 0;
    char *slash = strrchr(path, '/');
    if (!slash)
        return -1;
    size_t left = room - (size_t)(slash + 1 - path);
    return (size_t)snprintf(slash + 1, left, LIB "%s", name) < left ? 0 : -1;
}

static uint64_t page_up(uint64_t x)
{
    return (x + PITH_PAGE - 1) & ~(uint64_t)(PITH_PAGE - 1);
}

/* Index of the empty header, end of the base in memory, and where the note for it lies. */
struct plan {
    unsigned slot;
    uint64_t end, joined;
};

static int look(const struct elf_file *base, struct plan *plan, struct host_error *error)
{
    Elf64_Phdr ph;
    unsigned loads = 0;
    *plan = (struct plan){.slot = base->segments};
    for (unsigned i = 0; i < base->segments; i++) {
        if (elf_segment(base, i, &ph, error))
            return -1;
        if (ph.p_type == PT_NULL)
            plan->slot = i;
        if (ph.p_type != PT_LOAD)
            continue;
        if (++loads == 2)
            plan->joined = ph.p_offset;
        if (ph.p_paddr + ph.p_memsz > plan->end)
            plan->end = ph.p_paddr + ph.p_memsz;
    }
    struct elf_bytes joined;
    if (plan->slot == base->segments || loads != 3 ||
        elf_slice(base->bytes, plan->joined, sizeof(struct pith_joined), &joined) ||
        memcmp(joined.data, PITH_JOIN_MAGIC, 8) != 0)
        return host_fail(error, "it is not the base of this pith");
    return 0;
}

/* What the base is told of the image in `bytes`. */
static int describe(const char *path, struct elf_bytes bytes, struct pith_joined *joined,
                    struct host_error *error)
{
    _Static_assert((int)PITH_JOIN_SEGMENTS == MON_SEGMENTS_MAX, "one limit");
    struct mon_image m = {.fd = -1};
    const char *slash = strrchr(path, '/');
    struct host_error why;
    if (mon_image_check(&m, bytes, &why))
        return host_fail(error, "%s: %.200s", path, why.text);
    *joined = (struct pith_joined){.magic = PITH_JOIN_MAGIC,
                                   .size = bytes.size,
                                   .entry = m.entry,
                                   .start = m.start,
                                   .end = m.end,
                                   .phdr = m.phdr,
                                   .devices = m.devices,
                                   .phnum = m.phnum,
                                   .nsegments = m.nsegments,
                                   .jit = m.jit};
    for (unsigned i = 0; i < m.nsegments; i++) {
        const struct mon_segment *s = &m.segments[i];
        joined->segment[i] =
            (struct pith_joined_segment){s->va, s->memsz, s->offset, s->filesz, s->prot};
    }
    strncpy(joined->name, slash ? slash + 1 : path, sizeof joined->name - 1);
    return 0;
}

static int join(const char *path, const char *base_path, const struct elf_file *base,
                const struct elf_file *image, struct elf_bytes *out, struct host_error *error)
{
    struct plan plan;
    struct host_error why;
    if (look(base, &plan, &why))
        return host_fail(error, "%s: %.200s", base_path, why.text);
    uint64_t at = page_up(base->bytes.size), size = at + image->bytes.size;
    unsigned char *file = calloc(1, size);
    if (!file)
        return host_fail(error, "out of memory");
    memcpy(file, base->bytes.data, base->bytes.size);
    memcpy(file + at, image->bytes.data, image->bytes.size);
    Elf64_Phdr ph = {.p_type = PT_LOAD,
                     .p_flags = PF_R,
                     .p_offset = at,
                     .p_vaddr = page_up(plan.end),
                     .p_paddr = page_up(plan.end),
                     .p_filesz = image->bytes.size,
                     .p_memsz = image->bytes.size,
                     .p_align = PITH_PAGE};
    memcpy(file + base->header.e_phoff + plan.slot * sizeof ph, &ph, sizeof ph);
    struct pith_joined joined;
    if (describe(path, (struct elf_bytes){file + at, image->bytes.size}, &joined, error)) {
        free(file);
        return -1;
    }
    joined.image = ph.p_paddr;
    memcpy(file + plan.joined, &joined, sizeof joined);
    out->data = file;
    out->size = size;
    return 0;
}

int cli_image_elf(const char *path, const struct elf_file *image, struct elf_bytes *out,
                  struct host_error *error)
{
    char where[PATH_MAX];
    struct elf_bytes bytes = {0};
    struct elf_file base;
    struct host_error why;
    if (cli_lib_path("vm/base.elf", where, sizeof where))
        return host_fail(error, "its own place cannot be found (/proc/self/exe)");
    if (elf_map(where, &bytes, error))
        return -1;
    int result = elf_open(&base, bytes.data, bytes.size, &why);
    if (result)
        host_fail(error, "%s: %.200s", where, why.text);
    else
        result = join(path, where, &base, image, out, error);
    elf_unmap(&bytes);
    return result;
}
