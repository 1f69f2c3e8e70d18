/* Opens, checks and maps a guest image. See image.h.
 *
 * Headers are read through the checked views of host/elf.h, over a mapping of the whole file,
 * which stays for the symbols of a crash report: taking it away would cost more than it does.
 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pith/abi.h>

#include "host/elf.h"
#include "host/notes.h"

#define PAGE_DOWN(x) ((x) & ~(uint64_t)(PITH_PAGE - 1))
#define PAGE_UP(x) PAGE_DOWN((x) + PITH_PAGE - 1)

static unsigned protection(const Elf64_Phdr *ph)
{
    return (ph->p_flags & PF_R ? PITH_PROT_READ : 0) | (ph->p_flags & PF_W ? PITH_PROT_WRITE : 0) |
           (ph->p_flags & PF_X ? PITH_PROT_EXEC : 0);
}

/* One PT_LOAD, after those before it. `index` is for the sentence. */
static int add_segment(struct mon_image *image, const Elf64_Phdr *ph, unsigned index,
                       struct host_error *err)
{
    if (ph->p_memsz == 0)
        return 0;
    if (image->nsegments == MON_SEGMENTS_MAX)
        return host_fail(err, "it has more than %d segments", MON_SEGMENTS_MAX);
    if (ph->p_vaddr < PITH_IMAGE_MIN || ph->p_memsz > PITH_IMAGE_MAX ||
        ph->p_vaddr + ph->p_memsz > PITH_IMAGE_MAX)
        return host_fail(err,
                         "segment %u, 0x%llx bytes at 0x%llx, lies outside the place of an image "
                         "(0x%llx to 0x%llx)",
                         index, (unsigned long long)ph->p_memsz, (unsigned long long)ph->p_vaddr,
                         PITH_IMAGE_MIN, PITH_IMAGE_MAX);
    if (ph->p_filesz && (ph->p_vaddr - ph->p_offset - image->offset) % PITH_PAGE)
        return host_fail(err,
                         "segment %u cannot be mapped from the file: address and offset "
                         "differ within a page",
                         index);
    unsigned prot = protection(ph);
    if ((prot & PITH_PROT_WRITE) && (prot & PITH_PROT_EXEC))
        return host_fail(err, "segment %u is both writable and executable", index);
    /* What the processor cannot express: writable or executable memory is readable. */
    if (prot)
        prot |= PITH_PROT_READ;
    /* Only the zero-filled end of a segment may be cut out of the file, and only in data. */
    if (ph->p_memsz > ph->p_filesz && !(prot & PITH_PROT_WRITE))
        return host_fail(err, "segment %u is read-only but longer than its bytes", index);
    uint64_t start = PAGE_DOWN(ph->p_vaddr), end = PAGE_UP(ph->p_vaddr + ph->p_memsz);
    if (image->nsegments && start < image->end)
        return host_fail(err, "segment %u overlaps the one before it", index);
    if (!image->nsegments)
        image->start = start;
    image->end = end;
    image->segments[image->nsegments++] =
        (struct mon_segment){.va = ph->p_vaddr,
                             .memsz = ph->p_memsz,
                             .offset = image->offset + ph->p_offset,
                             .filesz = ph->p_filesz,
                             .prot = prot};
    return 0;
}

static int check_segments(struct mon_image *image, const struct elf_file *elf,
                          struct host_error *err)
{
    for (unsigned i = 0; i < elf->segments; i++) {
        Elf64_Phdr ph;
        if (elf_segment(elf, i, &ph, err))
            return -1;
        if (ph.p_type == PT_INTERP || ph.p_type == PT_DYNAMIC)
            return host_fail(err, "it is linked dynamically");
        if (ph.p_type == PT_LOAD && add_segment(image, &ph, i, err))
            return -1;
    }
    if (!image->nsegments)
        return host_fail(err, "it has no segment to load");
    for (unsigned i = 0; i < image->nsegments; i++) {
        const struct mon_segment *s = &image->segments[i];
        if ((s->prot & PITH_PROT_EXEC) && image->entry >= s->va && image->entry - s->va < s->filesz)
            return 0;
    }
    return host_fail(err, "its entry point 0x%llx lies outside its code",
                     (unsigned long long)image->entry);
}

/* The program headers' guest address, where a segment covers them. */
static void find_headers(struct mon_image *image, const struct elf_file *elf)
{
    uint64_t start = image->offset + elf->header.e_phoff;
    uint64_t size = (uint64_t)elf->segments * sizeof(Elf64_Phdr);
    for (unsigned i = 0; i < image->nsegments; i++) {
        const struct mon_segment *s = &image->segments[i];
        if (start >= s->offset && start - s->offset <= s->filesz &&
            size <= s->filesz - (start - s->offset)) {
            image->phdr = s->va + (start - s->offset);
            image->phnum = elf->segments;
        }
    }
}

static int check_notes(struct mon_image *image, const struct elf_file *elf, struct host_error *err)
{
    struct notes notes;
    if (notes_read(elf, &notes, err))
        return -1;
    if (notes.image.abi != PITH_ABI)
        return host_fail(err,
                         "it was built for ABI version %u and this pith speaks version %u: "
                         "build it again",
                         notes.image.abi, PITH_ABI);
    if (notes.image.reserved)
        return host_fail(err, "its image note asks for something this pith does not know");
    for (unsigned i = 0; i < notes.devices; i++) {
        if (notes.device[i] >= MON_DEVICES_MAX)
            return host_fail(err, "it wants device %u, which does not exist", notes.device[i]);
        image->devices |= 1ull << notes.device[i];
    }
    image->memory = notes.image.memory;
    image->jit = notes.jit;
    return 0;
}

int mon_image_check(struct mon_image *image, struct elf_bytes bytes, struct host_error *err)
{
    struct elf_file program, elf;
    if (elf_open_program(bytes, &program, &elf, &image->offset, err))
        return -1;
    if (elf.header.e_type != ET_EXEC)
        return host_fail(err, "its unikernel is damaged: it is not linked at fixed addresses");
    if (image->offset % PITH_PAGE)
        return host_fail(err, "its unikernel is damaged: it is not page aligned in the file");
    image->size = elf.bytes.size;
    image->entry = elf.header.e_entry;
    if (check_segments(image, &elf, err) || check_notes(image, &elf, err)) {
        char why[sizeof err->text];
        memcpy(why, err->text, sizeof why);
        why[sizeof why - 1] = 0;
        return host_fail(err, "its unikernel is refused: %.200s", why);
    }
    find_headers(image, &elf);
    return 0;
}

int mon_image_open(struct mon_image *image, const char *path, struct host_error *err)
{
    memset(image, 0, sizeof *image);
    image->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    /* A caller may have closed stdin: its number must not become the image's. */
    if (image->fd >= 0 && image->fd < 3) {
        int low = image->fd;
        image->fd = fcntl(low, F_DUPFD_CLOEXEC, 3);
        close(low);
    }
    struct stat st;
    if (image->fd < 0 || fstat(image->fd, &st) < 0)
        return host_fail(err, "%s: %s", path, strerror(errno));
    struct host_error why;
    if (!S_ISREG(st.st_mode))
        return host_fail(err, "%s: it is not a file", path);
    if (st.st_size == 0)
        return host_fail(err, "%s: it is empty", path);
    image->file_size = (uint64_t)st.st_size;
    image->view = mmap(NULL, image->file_size, PROT_READ, MAP_PRIVATE, image->fd, 0);
    if (image->view == MAP_FAILED)
        return host_fail(err, "%s: it cannot be mapped: %s", path, strerror(errno));
    int bad = mon_image_check(image, (struct elf_bytes){image->view, image->file_size}, &why);
    if (bad)
        return host_fail(err, "%s: %s", path, why.text);
    return 0;
}

/* Maps one segment. Its file bytes end somewhere in a page whose rest may belong to the next
 * segment of the packed file: in data that rest is zeroed, in text and rodata it is out of
 * reach of any correct program and harmless. */
static int map_segment(const struct mon_image *image, const struct mon_segment *s, uint8_t *base,
                       enum mon_map_mode mode)
{
    uint64_t start = PAGE_DOWN(s->va), end = PAGE_UP(s->va + s->memsz);
    uint64_t file_end = PAGE_UP(s->va + s->filesz);
    int prot = (s->prot & PITH_PROT_READ ? PROT_READ : PROT_NONE) |
               (s->prot & PITH_PROT_WRITE ? PROT_WRITE : 0) |
               (mode == MON_MAP_GUEST && (s->prot & PITH_PROT_EXEC) ? PROT_EXEC : 0);
    uint8_t *at = base + (start - image->start);
    int flags = mode == MON_MAP_GUEST ? MAP_FIXED_NOREPLACE : MAP_FIXED;
    if (s->filesz == 0)
        file_end = start;
    else if (mmap(at, file_end - start, prot, MAP_PRIVATE | flags, image->fd,
                  (off_t)(s->offset - (s->va - start))) == MAP_FAILED)
        return -1;
    if (end > file_end &&
        mmap(at + (file_end - start), end - file_end, prot,
             MAP_PRIVATE | flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        return -1;
    if (s->memsz > s->filesz && s->filesz) {
        uint64_t stop = s->va + s->filesz;
        memset(base + (stop - image->start), 0, file_end - stop);
    }
    return 0;
}

int mon_image_map(const struct mon_image *image, void *base, enum mon_map_mode mode,
                  struct host_error *err)
{
    for (unsigned i = 0; i < image->nsegments; i++)
        if (map_segment(image, &image->segments[i], base, mode))
            return host_fail(err, "the image cannot be mapped: %s", strerror(errno));
    return 0;
}
