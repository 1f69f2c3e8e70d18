/* .pith.sym: an ELF file with only the symbols and the debug information of the image.
 *
 * Sections: one header without bytes for each loaded section (so that symbols have their
 * section), the .debug_* sections as ld wrote them (it compresses them), symbol and string
 * table. Symbols without a name, of sections, and of files that bring no other symbol are left
 * out; local ones come first, as ELF demands.
 */
#include "cc/output.h"

#include <string.h>

struct builder {
    const struct elf_file *linked;
    Elf64_Shdr *headers;
    unsigned count;
    struct cc_bytes names;
    unsigned *moved; /* new index of each old section, 0 = not there */
};

static Elf64_Shdr *add(struct builder *b, const char *name, const Elf64_Shdr *like)
{
    Elf64_Shdr *header = &b->headers[b->count++];
    *header = *like;
    header->sh_name = (Elf64_Word)b->names.size;
    header->sh_link = header->sh_info = 0;
    cc_add(&b->names, name, strlen(name) + 1);
    return header;
}

static void place(struct cc_bytes *out, Elf64_Shdr *header, const void *data, uint64_t size)
{
    cc_pad(out, header->sh_addralign > 1 && header->sh_addralign < 4096 ? header->sh_addralign : 1);
    header->sh_offset = out->size;
    header->sh_size = size;
    cc_add(out, data, size);
}

static void sections(struct builder *b, struct cc_bytes *out)
{
    for (unsigned i = 1; i < b->linked->sections; i++) {
        Elf64_Shdr old;
        if (elf_section(b->linked, i, &old, NULL))
            continue;
        const char *name = elf_section_name(b->linked, &old);
        bool debug = !(old.sh_flags & SHF_ALLOC) && old.sh_type == SHT_PROGBITS &&
                     cc_starts(name, ".debug_");
        if (!debug && (!(old.sh_flags & SHF_ALLOC) || !old.sh_size))
            continue;
        b->moved[i] = b->count;
        Elf64_Shdr *header = add(b, name, &old);
        if (debug) {
            struct elf_bytes bytes = elf_section_bytes(b->linked, &old);
            place(out, header, bytes.data, bytes.size);
        } else {
            header->sh_type = SHT_NOBITS;
            header->sh_offset = out->size;
        }
    }
}

static void symbols(struct builder *b, struct cc_bytes *table, struct cc_bytes *strings,
                    Elf64_Word *locals)
{
    struct elf_symbols all;
    Elf64_Sym symbol = {0};
    cc_add(table, &symbol, sizeof symbol);
    cc_add(strings, "", 1);
    *locals = 1;
    if (elf_symbols(b->linked, &all, NULL))
        return;
    for (int global = 0; global < 2; global++)
        for (uint64_t i = 1; i < all.count; i++) {
            const char *name = elf_symbol(&all, i, &symbol);
            bool local = ELF64_ST_BIND(symbol.st_info) == STB_LOCAL;
            unsigned type = ELF64_ST_TYPE(symbol.st_info);
            unsigned section = symbol.st_shndx;
            if (local == global || !*name || type == STT_SECTION || section == SHN_UNDEF)
                continue;
            if (type == STT_FILE) {
                Elf64_Sym next;
                elf_symbol(&all, i + 1, &next);
                if (i + 1 >= all.count || ELF64_ST_TYPE(next.st_info) == STT_FILE)
                    continue;
                name = cc_base(name); /* LTO names a temporary file */
                if (strstr(name, ".ltrans"))
                    name = "lto";
            }
            if (section < SHN_LORESERVE) {
                if (section >= b->linked->sections || !b->moved[section])
                    continue;
                symbol.st_shndx = (Elf64_Half)b->moved[section];
            }
            symbol.st_name = (Elf64_Word)strings->size;
            cc_add(strings, name, strlen(name) + 1);
            cc_add(table, &symbol, sizeof symbol);
            *locals += local;
        }
}

void output_symbols(const struct elf_file *linked, struct cc_bytes *bytes)
{
    struct builder b = {.linked = linked};
    b.headers = cc_alloc((linked->sections + 4) * sizeof *b.headers);
    b.moved = cc_alloc((linked->sections + 1) * sizeof *b.moved);
    Elf64_Ehdr header = linked->header;
    cc_add(bytes, &header, sizeof header);
    Elf64_Shdr none = {0};
    add(&b, "", &none);
    sections(&b, bytes);

    struct cc_bytes table = {0}, strings = {0};
    Elf64_Word locals;
    symbols(&b, &table, &strings, &locals);
    Elf64_Shdr like = {.sh_type = SHT_SYMTAB, .sh_addralign = 8, .sh_entsize = sizeof(Elf64_Sym)};
    Elf64_Shdr *symtab = add(&b, ".symtab", &like);
    symtab->sh_info = locals;
    symtab->sh_link = b.count;
    place(bytes, symtab, table.data, table.size);
    like = (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_addralign = 1};
    place(bytes, add(&b, ".strtab", &like), strings.data, strings.size);
    Elf64_Shdr *names = add(&b, ".shstrtab", &like);
    place(bytes, names, b.names.data, b.names.size);

    cc_pad(bytes, 8);
    header.e_shoff = bytes->size;
    header.e_shnum = (Elf64_Half)b.count;
    header.e_shstrndx = (Elf64_Half)(b.count - 1);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_phoff = 0;
    header.e_phnum = 0;
    cc_add(bytes, b.headers, b.count * sizeof *b.headers);
    memcpy(bytes->data, &header, sizeof header);
}
