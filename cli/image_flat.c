/* See image_media.h. */
#include <stdlib.h>
#include <string.h>

#include <pith/boot.h>
#include "cli/image_media.h"

#define MOST (512u << 20) /* of a program on a boot medium */
#define NOTE_PHYS32_ENTRY 18

/* The entry of PVH, from the Xen note. */
static int find_entry(const struct elf_file *joined, uint32_t *entry)
{
    Elf64_Phdr ph;
    if (elf_find_segment(joined, PT_NOTE, &ph, NULL))
        return -1;
    struct elf_bytes note = elf_segment_bytes(joined, &ph);
    uint32_t words[3];
    while (note.size >= sizeof words) {
        memcpy(words, note.data, sizeof words);
        uint64_t name = (words[0] + 3ull) & ~3ull, desc = (words[1] + 3ull) & ~3ull;
        if (name > note.size - sizeof words || desc > note.size - sizeof words - name)
            return -1;
        const unsigned char *at = note.data + sizeof words;
        if (words[2] == NOTE_PHYS32_ENTRY && words[0] == 4 && memcmp(at, "Xen", 4) == 0 &&
            words[1] >= 4) {
            memcpy(entry, at + name, 4);
            return 0;
        }
        note.data += sizeof words + name + desc;
        note.size -= sizeof words + name + desc;
    }
    return -1;
}

int image_flat(const struct elf_file *joined, struct image_flat *out, struct host_error *error)
{
    Elf64_Phdr ph;
    uint64_t start = UINT64_MAX, end = 0;
    for (unsigned i = 0; i < joined->segments; i++) {
        if (elf_segment(joined, i, &ph, error))
            return -1;
        if (ph.p_type != PT_LOAD || ph.p_memsz == 0)
            continue;
        if (ph.p_paddr > UINT32_MAX || ph.p_memsz > MOST)
            return host_fail(error, "it is too large for a boot medium");
        start = ph.p_paddr < start ? ph.p_paddr : start;
        end = ph.p_paddr + ph.p_memsz > end ? ph.p_paddr + ph.p_memsz : end;
    }
    if (start >= end || end - start > MOST || joined->header.e_entry > UINT32_MAX ||
        find_entry(joined, &out->entry32))
        return host_fail(error, "it is no file that a hypervisor boots");
    start &= ~(uint64_t)(BOOT_BLOCK - 1);
    out->load = (uint32_t)start;
    out->entry64 = (uint32_t)joined->header.e_entry;
    out->size = (uint32_t)((end - start + BOOT_BLOCK - 1) & ~(uint64_t)(BOOT_BLOCK - 1));
    out->data = calloc(1, out->size);
    if (!out->data)
        return host_fail(error, "out of memory");
    for (unsigned i = 0; i < joined->segments; i++) {
        if (elf_segment(joined, i, &ph, error) || ph.p_type != PT_LOAD || ph.p_memsz == 0)
            continue;
        struct elf_bytes bytes = elf_segment_bytes(joined, &ph);
        memcpy(out->data + (ph.p_paddr - start), bytes.data, bytes.size);
    }
    return 0;
}
