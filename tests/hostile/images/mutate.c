/* Makes hostile program files from a good one: mutate GOOD DIR
 *
 * Writes DIR/NAME for every defect and prints "NAME|words that the refusal must contain". Random
 * ones print "NAME|" (anything but a failure of the monitor will do). The same input gives the
 * same files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pith/note.h>

#include "host/elf.h"

static unsigned char *good, *bytes; /* the good file, and the copy being changed */
static size_t size, length;         /* of the good file, and of what is written */
static size_t image;                /* offset of .pith */
static Elf64_Ehdr *eh;              /* of the image, in the copy */
static Elf64_Phdr *ph, *load[8], *note;
static unsigned loads;
static const char *folder;

static void die(const char *why)
{
    fprintf(stderr, "mutate: %s\n", why);
    exit(1);
}

static void fresh(void)
{
    memcpy(bytes, good, size);
    length = size;
    eh = (void *)(bytes + image);
    ph = (void *)(bytes + image + eh->e_phoff);
    loads = 0;
    for (unsigned i = 0; i < eh->e_phnum; i++) {
        if (ph[i].p_type == PT_LOAD && loads < 8)
            load[loads++] = &ph[i];
        if (ph[i].p_type == PT_NOTE)
            note = &ph[i];
    }
}

static void save(const char *name, const char *words)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || (length && fwrite(bytes, 1, length, f) != length) || fclose(f))
        die("cannot write");
    printf("%s|%s\n", name, words);
    fresh();
}

static void cut(const char *name, size_t at, const char *words)
{
    length = at;
    save(name, words);
}

/* The description of the image note, in the copy. */
static struct pith_note_image *image_note(void)
{
    unsigned char *p = bytes + image + note->p_offset, *end = p + note->p_filesz;
    while (p + sizeof(Elf64_Nhdr) < end) {
        Elf64_Nhdr *h = (void *)p;
        unsigned char *desc = p + sizeof *h + ((h->n_namesz + 3) & ~3u);
        if (h->n_type == PITH_NOTE_IMAGE)
            return (void *)desc;
        p = desc + ((h->n_descsz + 3) & ~3u);
    }
    die("the good program has no image note");
    return NULL;
}

static void truncated(void)
{
    cut("empty", 0, "it is empty");
    cut("three-bytes", 3, "it is not an ELF file");
    cut("half-a-header", 40, "cut short");
    cut("no-sections", size / 2, "outside the file");
    cut("one-byte-missing", size - 1, "outside the file");
    memset(bytes, 'x', size);
    save("text", "it is not an ELF file");
    eh->e_ident[EI_MAG0] = 'x';
    save("inner-magic", "damaged");
}

static void headers(void)
{
    eh->e_machine = EM_AARCH64;
    save("other-machine", "not an ELF file for x86-64");
    eh->e_ident[EI_CLASS] = ELFCLASS32;
    save("32-bit", "not an ELF file for x86-64");
    eh->e_type = ET_DYN;
    save("position-independent", "not linked at fixed addresses");
    eh->e_phoff = ~0ull - 8;
    save("program-headers-outside", "outside the file");
    eh->e_phnum = 0xffff;
    save("65535-program-headers", "damaged");
    eh->e_phentsize = 1;
    save("header-size", "damaged");
    eh->e_phnum = 0;
    save("no-segments", "no segment");
    note->p_type = PT_INTERP;
    save("interpreter", "linked dynamically");
}

static void segments(void)
{
    load[1]->p_vaddr = load[0]->p_vaddr;
    load[1]->p_offset = load[0]->p_offset;
    save("overlap", "overlaps");
    load[0]->p_flags = PF_R | PF_W | PF_X;
    save("writable-code", "both writable and executable");
    load[0]->p_vaddr = load[0]->p_offset & 4095;
    save("null-page", "outside the place of an image");
    load[loads - 1]->p_memsz = 1ull << 40;
    save("terabyte-of-bss", "outside the place of an image");
    load[loads - 1]->p_memsz = ~0ull;
    save("endless-bss", "wraps round");
    load[loads - 1]->p_vaddr += 1ull << 46;
    save("address-beyond", "outside the place of an image");
    load[0]->p_filesz = load[0]->p_memsz = 1ull << 30;
    save("giant-segment", "outside the file");
    load[0]->p_offset = ~0ull - 4095;
    save("offset-wraps", "outside the file");
    load[0]->p_filesz += 4096;
    save("more-bytes-than-memory", "more bytes than memory");
    load[0]->p_memsz += 4096;
    save("read-only-bss", "read-only but longer");
    load[0]->p_vaddr += 8;
    save("not-congruent", "cannot be mapped");
    load[0]->p_align = 3;
    save("odd-alignment", "no power of two");
}

static void entry_points(void)
{
    eh->e_entry = 0;
    save("entry-null", "entry point");
    eh->e_entry = load[loads - 1]->p_vaddr;
    save("entry-in-data", "entry point");
    eh->e_entry = ~0ull;
    save("entry-beyond", "entry point");
    eh->e_entry = load[0]->p_vaddr + load[0]->p_filesz;
    save("entry-behind-code", "entry point");
}

static void notes(void)
{
    image_note()->abi = PITH_ABI + 1;
    save("next-abi", "ABI version");
    image_note()->abi = 0;
    save("abi-0", "ABI version");
    image_note()->reserved = 1;
    save("reserved-note-field", "does not know");
    image_note()->memory = 1ull << 60;
    save("wants-an-exabyte", "needs at least");
    ((Elf64_Nhdr *)(void *)(bytes + image + note->p_offset))->n_type = 77;
    save("unknown-note", "unknown type");
    ((Elf64_Nhdr *)(void *)(bytes + image + note->p_offset))->n_descsz = ~0u;
    save("endless-note", "cut short");
    note->p_filesz = 5;
    save("short-notes", "cut short");
    note->p_type = PT_NULL;
    save("no-notes", "no notes");
}

/* Bits of the program's own header, the image's headers and its notes, turned at random. */
static void random_bits(unsigned count)
{
    unsigned seed = 42;
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        unsigned flips = 1 + (unsigned)rand_r(&seed) % 4;
        while (flips--) {
            size_t where = (size_t)rand_r(&seed) % 3;
            size_t at = where == 0   ? (size_t)rand_r(&seed) % sizeof(Elf64_Ehdr)
                        : where == 1 ? image + (size_t)rand_r(&seed) % 512
                                     : image + note->p_offset + (size_t)rand_r(&seed) % 64;
            if (at < size)
                bytes[at] ^= (unsigned char)(1u << rand_r(&seed) % 8);
        }
        snprintf(name, sizeof name, "random-%u", i);
        save(name, "");
    }
}

int main(int argc, char **argv)
{
    struct elf_bytes file;
    struct elf_file program, inner;
    struct host_error error;
    uint64_t offset = 0;
    if (argc != 3)
        die("usage: mutate GOOD DIR");
    folder = argv[2];
    if (elf_map(argv[1], &file, &error) ||
        elf_open_program(file, &program, &inner, &offset, &error))
        die(error.text);
    size = file.size;
    image = offset;
    good = malloc(size);
    bytes = malloc(size);
    if (!good || !bytes)
        die("memory is short");
    memcpy(good, file.data, size);
    elf_unmap(&file);
    fresh();
    if (loads < 2 || !note)
        die("the good program has too few headers");
    truncated();
    headers();
    segments();
    entry_points();
    notes();
    random_bits(60);
    free(good);
    free(bytes);
    return 0;
}
