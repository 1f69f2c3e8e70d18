/* The guest image: the segments of the linked guest half, packed. See output.h.
 *
 * Each segment's bytes follow the last one's at the next offset that is equal to its address
 * modulo the page size (the linker script makes them so that nothing is in between). There are
 * no section headers. Program headers without content are dropped; the space the linker left
 * for them stays, zeroed, so that addresses do not move.
 */
#include "cc/output.h"

#include <pith/abi.h>
#include <string.h>

#define PHDRS_MAX 16

static bool wanted(const Elf64_Phdr *p)
{
    return p->p_type == PT_LOAD || p->p_type == PT_TLS || p->p_type == PT_NOTE ||
                   p->p_type == PT_GNU_EH_FRAME
               ? p->p_memsz > 0
               : p->p_type == PT_GNU_STACK;
}

uint64_t output_image(const struct elf_file *linked, uint64_t stack_size, struct cc_bytes *image)
{
    Elf64_Phdr keep[PHDRS_MAX] = {0};
    unsigned count = 0;
    struct host_error error;
    for (unsigned i = 0; i < linked->segments; i++) {
        Elf64_Phdr p;
        if (elf_segment(linked, i, &p, &error))
            cc_fail("the linker's output cannot be read: %s", error.text);
        if (!wanted(&p))
            continue;
        if (p.p_type == PT_GNU_STACK)
            p.p_memsz = stack_size;
        if (count < PHDRS_MAX)
            keep[count++] = p;
        else
            cc_fail("the unikernel half has more than %d program headers", PHDRS_MAX);
    }
    uint64_t room = sizeof(Elf64_Ehdr) + linked->segments * sizeof(Elf64_Phdr);
    for (unsigned i = 0; i < count; i++) {
        if (keep[i].p_type != PT_LOAD)
            continue;
        struct elf_bytes bytes = elf_segment_bytes(linked, &keep[i]);
        uint64_t offset = image->size;
        offset += (keep[i].p_vaddr - offset) % PITH_PAGE;
        if (bytes.size) {
            cc_pad(image, 1);
            while (image->size < offset)
                cc_add(image, "", 1);
            cc_add(image, bytes.data, bytes.size);
        }
        keep[i].p_offset = offset;
        keep[i].p_align = PITH_PAGE;
    }
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < count; j++)
            if (keep[i].p_type != PT_LOAD && keep[j].p_type == PT_LOAD &&
                keep[i].p_vaddr - keep[j].p_vaddr < keep[j].p_memsz)
                keep[i].p_offset = keep[j].p_offset + (keep[i].p_vaddr - keep[j].p_vaddr);
    if (image->size < room || !count || keep[0].p_vaddr % PITH_PAGE)
        cc_fail("the unikernel half has no segment with its headers");
    Elf64_Ehdr header = linked->header;
    header.e_phoff = sizeof header;
    header.e_phnum = (Elf64_Half)count;
    header.e_shoff = 0;
    header.e_shnum = header.e_shstrndx = 0;
    header.e_shentsize = sizeof(Elf64_Shdr);
    memset(image->data, 0, room);
    memcpy(image->data, &header, sizeof header);
    memcpy(image->data + sizeof header, keep, count * sizeof *keep);
    return room;
}
