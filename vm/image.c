/* The image behind the base: checked as the monitor checks one (monitor/image.c), then mapped.
 * Pages of the file become pages of the image as they lie; copied is only what two segments share
 * and one of them writes.
 */
#include "internal.h"

struct elf_header {
    u8 ident[16];
    u16 type, machine;
    u32 version;
    u64 entry, phoff, shoff;
    u32 flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf_segment {
    u32 type, flags;
    u64 offset, vaddr, paddr, filesz, memsz, align;
};
#define PT_LOAD 1
#define PT_DYNAMIC 2
#define PT_INTERP 3
#define PT_NOTE 4
#define SEGMENTS_MAX 64u

struct vm_image vm_image;

static NORETURN void refused(const char *why)
{
    vm_stop("its unikernel is refused: %s", why);
}

static const u8 *file(u64 offset)
{
    return vm_at(vm_joined.image + offset);
}

static bool inside(u64 offset, u64 len)
{
    return offset <= vm_joined.size && len <= vm_joined.size - offset;
}

static void add_segment(const struct elf_segment *ph)
{
    struct vm_image *m = &vm_image;
    if (ph->memsz == 0)
        return;
    if (m->nsegments == VM_SEGMENTS)
        refused("it has too many segments");
    if (ph->vaddr < PITH_IMAGE_MIN || ph->memsz > PITH_IMAGE_MAX ||
        ph->vaddr > PITH_IMAGE_MAX - ph->memsz)
        refused("a segment lies outside the place of an image");
    if (!inside(ph->offset, ph->filesz) || ph->filesz > ph->memsz)
        refused("a segment lies outside its file");
    if (ph->filesz && (ph->vaddr - ph->offset) % PAGE)
        refused("a segment's address and offset differ within a page");
    unsigned prot = (ph->flags & 4 ? PITH_PROT_READ : 0) | (ph->flags & 2 ? PITH_PROT_WRITE : 0) |
                    (ph->flags & 1 ? PITH_PROT_EXEC : 0);
    if ((prot & PITH_PROT_WRITE) && (prot & PITH_PROT_EXEC))
        refused("a segment is both writable and executable");
    if (ph->memsz > ph->filesz && !(prot & PITH_PROT_WRITE))
        refused("a segment is read-only but longer than its bytes");
    if (m->nsegments && PAGE_DOWN(ph->vaddr) < m->end)
        refused("segments overlap");
    if (!m->nsegments)
        m->start = PAGE_DOWN(ph->vaddr);
    m->end = PAGE_UP(ph->vaddr + ph->memsz);
    m->segment[m->nsegments++] =
        (struct vm_segment){ph->vaddr, ph->memsz, ph->offset, ph->filesz, prot};
}

/* gABI, "Note Section"; pith/note.h. */
static void notes(u64 offset, u64 size)
{
    bool image = false;
    while (size >= 12) {
        u32 head[3]; /* namesz, descsz, type */
        memcpy(head, file(offset), 12);
        u64 name = ((u64)head[0] + 3) & ~3ull, desc = ((u64)head[1] + 3) & ~3ull;
        if (name + desc > size - 12)
            refused("its notes are damaged");
        const u8 *at = file(offset + 12);
        offset += 12 + name + desc;
        size -= 12 + name + desc;
        if (head[0] != 5 || memcmp(at, PITH_NOTE_NAME, 5) != 0)
            continue;
        at += name;
        struct pith_note_image note;
        u32 device;
        if (head[2] == PITH_NOTE_IMAGE && head[1] == sizeof note && !image) {
            memcpy(&note, at, sizeof note);
            if (note.abi != PITH_ABI || note.reserved)
                refused("it was built for another ABI version: build it again");
            vm_image.memory = note.memory;
            image = true;
        } else if (head[2] == PITH_NOTE_DEVICE && head[1] == 4) {
            memcpy(&device, at, 4);
            if (device >= 64)
                refused("it wants a device that does not exist");
            vm_image.devices |= 1ull << device;
        } else if (head[2] == PITH_NOTE_JIT && head[1] == 0) {
            vm_image.jit = true;
        } else {
            refused("a note says what this base does not know");
        }
    }
    if (!image)
        refused("it has no note of an image");
}

void vm_image_check(void)
{
    struct elf_header h;
    struct elf_segment ph;
    bool noted = false;
    if (vm_joined.image == 0 || vm_joined.image % PAGE || vm_joined.image < vm_own(vm_base_end))
        vm_stop("no image was joined to this base: pith image --format elf does it");
    if (!vm_reach(vm_joined.image, vm_joined.size))
        refused("it lies out of reach");
    if (vm_joined.size < sizeof h)
        refused("it is too short");
    memcpy(&h, file(0), sizeof h);
    if (memcmp(h.ident, "\177ELF\2\1\1", 7) != 0 || h.type != 2 || h.machine != 62)
        refused("it is not a static ELF file for this processor");
    if (h.phentsize != sizeof ph || h.phnum == 0 || h.phnum > SEGMENTS_MAX ||
        !inside(h.phoff, h.phnum * sizeof ph))
        refused("its program headers are damaged");
    for (unsigned i = 0; i < h.phnum; i++) {
        memcpy(&ph, file(h.phoff + i * sizeof ph), sizeof ph);
        if (ph.type == PT_INTERP || ph.type == PT_DYNAMIC)
            refused("it is linked dynamically");
        if (ph.type == PT_LOAD)
            add_segment(&ph);
        if (ph.type == PT_NOTE && !noted) {
            if (!inside(ph.offset, ph.filesz))
                refused("its notes are damaged");
            notes(ph.offset, ph.filesz);
            noted = true;
        }
    }
    if (!noted || !vm_image.nsegments)
        refused("it has no notes, or nothing to load");
    vm_image.entry = h.entry;
    bool found = false;
    for (unsigned i = 0; i < vm_image.nsegments; i++) {
        const struct vm_segment *s = &vm_image.segment[i];
        found |= (s->prot & PITH_PROT_EXEC) && h.entry >= s->va && h.entry - s->va < s->filesz;
        if (h.phoff >= s->offset && h.phoff - s->offset <= s->filesz &&
            h.phnum * sizeof ph <= s->filesz - (h.phoff - s->offset)) {
            vm_image.phdr = s->va + (h.phoff - s->offset);
            vm_image.phnum = h.phnum;
        }
    }
    if (!found)
        refused("its entry point lies outside its code");
}

/* Does another segment have bytes in this page of the file? */
static bool shared(const struct vm_segment *mine, u64 page)
{
    for (unsigned i = 0; i < vm_image.nsegments; i++) {
        const struct vm_segment *s = &vm_image.segment[i];
        if (s != mine && s->filesz && PAGE_DOWN(s->offset) <= page &&
            PAGE_UP(s->offset + s->filesz) > page)
            return true;
    }
    return false;
}

static void map_segment(const struct vm_segment *s)
{
    u64 file_end = s->va + s->filesz;
    for (u64 va = PAGE_DOWN(s->va); va < PAGE_UP(s->va + s->memsz); va += PAGE) {
        u64 offset = s->offset - (s->va - va), phys;
        if (s->filesz == 0 || va >= file_end) {
            phys = vm_page_image();
        } else if (s->prot & PITH_PROT_WRITE && shared(s, offset)) {
            phys = vm_page_image();
            if (phys)
                memcpy(vm_at(phys), file(offset), PAGE);
        } else {
            phys = vm_joined.image + offset;
        }
        if (!phys)
            vm_too_small();
        /* The end of the file's bytes in a page of data: zero from there on. */
        if (s->prot & PITH_PROT_WRITE && va < file_end && file_end - va < PAGE)
            memset((u8 *)vm_at(phys) + (file_end - va), 0, PAGE - (file_end - va));
        vm_map_page(va, phys, s->prot);
    }
}

void vm_image_map(void)
{
    for (unsigned i = 0; i < vm_image.nsegments; i++)
        map_segment(&vm_image.segment[i]);
}

bool vm_wants(u32 type)
{
    return type < 64 && (vm_image.devices >> type & 1);
}
