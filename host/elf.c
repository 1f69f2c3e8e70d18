/* Checked access to ELF headers, segments and sections. See elf.h for the rules.
 *
 * One function, elf_slice, decides whether a range lies inside; all others go through it.
 */
#include "elf.h"
#include "notes.h"

#include <pith/note.h>
#include <string.h>

int elf_slice(struct elf_bytes in, uint64_t offset, uint64_t size, struct elf_bytes *out)
{
    if (offset > in.size || size > in.size - offset)
        return -1;
    out->data = in.data + offset;
    out->size = size;
    return 0;
}

const char *elf_string(struct elf_bytes strings, uint64_t offset)
{
    if (offset >= strings.size || !memchr(strings.data + offset, 0, strings.size - offset))
        return NULL;
    return (const char *)strings.data + offset;
}

/* Copies entry `index` of a table at `offset` with entries of `size` bytes. */
static int entry(struct elf_bytes in, uint64_t offset, uint64_t index, size_t size, void *out)
{
    struct elf_bytes found = {NULL, 0};
    /* index < 2^32 and size < 2^16: the product does not wrap; the sum is checked. */
    uint64_t start = offset + index * size;
    if (start < offset || elf_slice(in, start, size, &found))
        return -1;
    memcpy(out, found.data, size);
    return 0;
}

/* Section count and name table, with the escapes of the gABI for more than 0xff00 sections. */
static int open_sections(struct elf_file *elf, struct host_error *error)
{
    const Elf64_Ehdr *header = &elf->header;
    if (!header->e_shoff)
        return 0;
    if (header->e_shentsize != sizeof(Elf64_Shdr))
        return host_fail(error, "its section headers have a wrong size");
    Elf64_Shdr first;
    if (entry(elf->bytes, header->e_shoff, 0, sizeof first, &first))
        return host_fail(error, "its section headers lie outside the file");
    uint64_t count = header->e_shnum ? header->e_shnum : first.sh_size;
    struct elf_bytes table;
    if (count > elf->bytes.size / sizeof first ||
        elf_slice(elf->bytes, header->e_shoff, count * sizeof first, &table))
        return host_fail(error, "its section headers lie outside the file");
    elf->sections = (unsigned)count;
    unsigned index = header->e_shstrndx == SHN_XINDEX ? first.sh_link : header->e_shstrndx;
    if (index == SHN_UNDEF)
        return 0;
    Elf64_Shdr names = {0};
    if (elf_section(elf, index, &names, error))
        return -1;
    elf->names = elf_section_bytes(elf, &names);
    return 0;
}

int elf_open(struct elf_file *elf, const void *data, uint64_t size, struct host_error *error)
{
    memset(elf, 0, sizeof *elf);
    elf->bytes.data = data;
    elf->bytes.size = size;
    Elf64_Ehdr *header = &elf->header;
    if (size < SELFMAG || memcmp(data, ELFMAG, SELFMAG) != 0)
        return host_fail(error, "it is not an ELF file");
    if (entry(elf->bytes, 0, 0, sizeof *header, header))
        return host_fail(error, "it is cut short inside the ELF header");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_X86_64)
        return host_fail(error, "it is not an ELF file for x86-64");
    if (header->e_ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT ||
        header->e_ehsize < sizeof *header)
        return host_fail(error, "its ELF header is of an unknown version");
    if (header->e_phnum) {
        struct elf_bytes table;
        if (header->e_phnum == PN_XNUM || header->e_phentsize != sizeof(Elf64_Phdr))
            return host_fail(error, "its program headers have a wrong size or number");
        if (elf_slice(elf->bytes, header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr), &table))
            return host_fail(error, "its program headers lie outside the file");
        elf->segments = header->e_phnum;
    }
    return open_sections(elf, error);
}

int elf_segment(const struct elf_file *elf, unsigned index, Elf64_Phdr *segment,
                struct host_error *error)
{
    if (index >= elf->segments ||
        entry(elf->bytes, elf->header.e_phoff, index, sizeof *segment, segment))
        return host_fail(error, "program header %u does not exist", index);
    struct elf_bytes content;
    if (elf_slice(elf->bytes, segment->p_offset, segment->p_filesz, &content))
        return host_fail(error, "program header %u names bytes outside the file", index);
    if ((segment->p_type == PT_LOAD || segment->p_type == PT_TLS) &&
        segment->p_memsz < segment->p_filesz)
        return host_fail(error, "program header %u has more bytes than memory", index);
    if (segment->p_vaddr + segment->p_memsz < segment->p_vaddr)
        return host_fail(error, "program header %u wraps round the address space", index);
    if (segment->p_align & (segment->p_align - 1))
        return host_fail(error, "program header %u has an alignment that is no power of two",
                         index);
    return 0;
}

int elf_find_segment(const struct elf_file *elf, uint32_t type, Elf64_Phdr *segment,
                     struct host_error *error)
{
    for (unsigned i = 0; i < elf->segments; i++) {
        if (entry(elf->bytes, elf->header.e_phoff, i, sizeof *segment, segment))
            break;
        if (segment->p_type == type)
            return elf_segment(elf, i, segment, error);
    }
    return host_fail(error, "it has no program header of type 0x%x", type);
}

struct elf_bytes elf_segment_bytes(const struct elf_file *elf, const Elf64_Phdr *segment)
{
    struct elf_bytes content = {NULL, 0};
    elf_slice(elf->bytes, segment->p_offset, segment->p_filesz, &content);
    return content;
}

int elf_section(const struct elf_file *elf, unsigned index, Elf64_Shdr *section,
                struct host_error *error)
{
    if (index >= elf->sections ||
        entry(elf->bytes, elf->header.e_shoff, index, sizeof *section, section))
        return host_fail(error, "section %u does not exist", index);
    struct elf_bytes content;
    if (section->sh_type != SHT_NOBITS &&
        elf_slice(elf->bytes, section->sh_offset, section->sh_size, &content))
        return host_fail(error, "section %u lies outside the file", index);
    return 0;
}

const char *elf_section_name(const struct elf_file *elf, const Elf64_Shdr *section)
{
    const char *name = elf_string(elf->names, section->sh_name);
    return name ? name : "";
}

struct elf_bytes elf_section_bytes(const struct elf_file *elf, const Elf64_Shdr *section)
{
    struct elf_bytes content = {NULL, 0};
    if (section->sh_type != SHT_NOBITS)
        elf_slice(elf->bytes, section->sh_offset, section->sh_size, &content);
    return content;
}

int elf_find_section(const struct elf_file *elf, const char *name, Elf64_Shdr *section,
                     struct elf_bytes *content, struct host_error *error)
{
    Elf64_Shdr found;
    for (unsigned i = 1; i < elf->sections; i++) {
        if (entry(elf->bytes, elf->header.e_shoff, i, sizeof found, &found))
            break;
        if (strcmp(elf_section_name(elf, &found), name) != 0)
            continue;
        if (elf_section(elf, i, &found, error))
            return -1;
        if (section)
            *section = found;
        *content = elf_section_bytes(elf, &found);
        return 0;
    }
    return host_fail(error, "it has no section %s", name);
}

int elf_open_program(struct elf_bytes bytes, struct elf_file *program, struct elf_file *image,
                     uint64_t *offset, struct host_error *error)
{
    struct elf_bytes inner = {NULL, 0};
    if (elf_open(program, bytes.data, bytes.size, error))
        return -1;
    uint64_t start = 0;
    if (!elf_find_section(program, PITH_SECTION_IMAGE, NULL, &inner, NULL)) {
        start = (uint64_t)(inner.data - bytes.data);
        struct host_error why;
        if (elf_open(image, inner.data, inner.size, &why))
            return host_fail(error, "its unikernel is damaged: %s", why.text);
    } else {
        struct notes notes;
        if (notes_read(program, &notes, NULL))
            return host_fail(error, "it is not a pith program: it has no section %s",
                             PITH_SECTION_IMAGE);
        *image = *program;
    }
    if (offset)
        *offset = start;
    return 0;
}
