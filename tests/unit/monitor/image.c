/* The loader's checks under the sanitizers: a small image made here, then the same with bits,
 * words and its length changed at random. Whatever is accepted keeps the promises of image.h. */
#include "unit.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pith/note.h>

#include "monitor/image.h"

/* Code and headers in one page, notes and data in the next two. */
struct program {
    Elf64_Ehdr header;
    Elf64_Phdr segment[4];
    uint8_t code[64];
    uint8_t gap[PITH_PAGE - sizeof(Elf64_Ehdr) - 4 * sizeof(Elf64_Phdr) - 64];
    struct {
        Elf64_Nhdr header;
        char name[8];
        struct pith_note_image image;
    } __attribute__((packed, aligned(4))) note;
    uint8_t data[256];
};

static struct program good;
static char path[64];
static int file = -1;

static void make(void)
{
    const uint64_t code = offsetof(struct program, code), note = offsetof(struct program, note);
    memset(&good, 0, sizeof good);
    good.header = (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = 0x400000 + code,
        .e_phoff = offsetof(struct program, segment),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 4};
    good.segment[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                   .p_flags = PF_R | PF_X,
                                   .p_vaddr = 0x400000,
                                   .p_filesz = code + sizeof good.code,
                                   .p_memsz = code + sizeof good.code,
                                   .p_align = PITH_PAGE};
    good.segment[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                   .p_flags = PF_R,
                                   .p_offset = note,
                                   .p_vaddr = 0x401000 + note % PITH_PAGE,
                                   .p_filesz = sizeof good.note,
                                   .p_memsz = sizeof good.note,
                                   .p_align = PITH_PAGE};
    good.segment[2] = (Elf64_Phdr){.p_type = PT_LOAD,
                                   .p_flags = PF_R | PF_W,
                                   .p_offset = note + sizeof good.note,
                                   .p_vaddr = 0x402000 + (note + sizeof good.note) % PITH_PAGE,
                                   .p_filesz = sizeof good.data,
                                   .p_memsz = 100000,
                                   .p_align = PITH_PAGE};
    good.segment[3] = (Elf64_Phdr){.p_type = PT_NOTE,
                                   .p_offset = note,
                                   .p_filesz = sizeof good.note,
                                   .p_memsz = sizeof good.note,
                                   .p_align = 4};
    good.note.header = (Elf64_Nhdr){.n_namesz = sizeof PITH_NOTE_NAME,
                                    .n_descsz = sizeof good.note.image,
                                    .n_type = PITH_NOTE_IMAGE};
    memcpy(good.note.name, PITH_NOTE_NAME, sizeof PITH_NOTE_NAME);
    good.note.image = (struct pith_note_image){.abi = PITH_ABI, .memory = 1 << 18};
    if (file < 0)
        file = memfd_create("image", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
}

/* Opens `size` bytes of a program; true if it is accepted. */
static bool opens(const struct program *p, size_t size, struct mon_image *image)
{
    struct host_error error = {""};
    CHECK(ftruncate(file, 0) == 0 && pwrite(file, p, size, 0) == (ssize_t)size);
    bool good_one = mon_image_open(image, path, &error) == 0;
    CHECK(good_one || error.text[0]);
    CHECK(!strchr(error.text, '\n'));
    return good_one;
}

static void shut(struct mon_image *image)
{
    if (image->view && image->view != MAP_FAILED)
        munmap((void *)(uintptr_t)image->view, image->file_size);
    if (image->fd >= 0)
        close(image->fd);
}

static void promises(const struct mon_image *image)
{
    uint64_t end = 0;
    bool entry = false;
    CHECK(image->nsegments > 0 && image->nsegments <= MON_SEGMENTS_MAX);
    for (unsigned i = 0; i < image->nsegments; i++) {
        const struct mon_segment *s = &image->segments[i];
        CHECK(s->va >= PITH_IMAGE_MIN && s->memsz <= PITH_IMAGE_MAX &&
              s->va + s->memsz <= PITH_IMAGE_MAX);
        CHECK(s->va >= end && s->memsz >= s->filesz);
        CHECK(s->offset <= image->file_size && s->filesz <= image->file_size - s->offset);
        CHECK(s->filesz == 0 || s->va % PITH_PAGE == s->offset % PITH_PAGE);
        CHECK((s->prot & 6) != 6);
        entry |=
            (s->prot & PITH_PROT_EXEC) && image->entry >= s->va && image->entry - s->va < s->filesz;
        end = (s->va + s->memsz + PITH_PAGE - 1) & ~(uint64_t)(PITH_PAGE - 1);
    }
    CHECK(entry);
    CHECK(image->start <= image->segments[0].va && image->end == end);
}

static void accepts(void)
{
    struct mon_image image;
    make();
    CHECK(opens(&good, sizeof good, &image));
    promises(&image);
    CHECK(image.nsegments == 3 && image.start == 0x400000 && image.entry == good.header.e_entry);
    CHECK(image.phdr == 0x400000 + sizeof(Elf64_Ehdr) && image.phnum == 4);
    CHECK(image.memory == 1 << 18 && !image.jit && image.devices == 0);
    shut(&image);
}

static void every_length(void)
{
    struct mon_image image;
    make();
    const size_t all = offsetof(struct program, data) + sizeof good.data;
    for (size_t size = 0; size < all; size += size < 600 || size > 4000 ? 1 : 97) {
        CHECK(!opens(&good, size, &image));
        shut(&image);
    }
}

static void random_changes(void)
{
    static const uint64_t words[] = {0, 1, ~0ull, 1ull << 63, 4096, 0x400000, 0x80000000, 1 << 30};
    struct mon_image image;
    unsigned seed = 7, accepted = 0;
    make();
    for (unsigned i = 0; i < 30000 && !unit_why; i++) {
        struct program p = good;
        uint8_t *bytes = (uint8_t *)&p;
        for (int n = 1 + rand_r(&seed) % 3; n; n--) {
            size_t at = (size_t)rand_r(&seed) % offsetof(struct program, code);
            if (rand_r(&seed) % 4 == 0)
                at = offsetof(struct program, note) + (size_t)rand_r(&seed) % sizeof p.note;
            if (rand_r(&seed) % 2)
                bytes[at] ^= (uint8_t)(1u << rand_r(&seed) % 8);
            else if ((at & ~7ull) + 8 <= sizeof p)
                memcpy(bytes + (at & ~7ull), &words[rand_r(&seed) % 8], 8);
        }
        if (opens(&p, sizeof p, &image)) {
            promises(&image);
            accepted++;
        }
        shut(&image);
    }
    CHECK(accepted > 100);
}

void test_image(void)
{
    unit_run("image-accepts", accepts);
    unit_run("image-every-length", every_length);
    unit_run("image-random-changes", random_changes);
}
