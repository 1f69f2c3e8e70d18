/* Symbol tables of ELF files: checked access and address to name. See elf.h. */
#include "elf.h"

#include <string.h>

int elf_symbols(const struct elf_file *elf, struct elf_symbols *symbols, struct host_error *error)
{
    for (unsigned i = 1; i < elf->sections; i++) {
        Elf64_Shdr table, strings;
        if (elf_section(elf, i, &table, NULL) || table.sh_type != SHT_SYMTAB)
            continue;
        if (elf_section(elf, table.sh_link, &strings, error))
            return -1;
        symbols->table = elf_section_bytes(elf, &table);
        symbols->strings = elf_section_bytes(elf, &strings);
        symbols->count = symbols->table.size / sizeof(Elf64_Sym);
        return 0;
    }
    return host_fail(error, "it has no symbol table");
}

const char *elf_symbol(const struct elf_symbols *symbols, uint64_t index, Elf64_Sym *symbol)
{
    memset(symbol, 0, sizeof *symbol);
    if (index >= symbols->count)
        return "";
    memcpy(symbol, symbols->table.data + index * sizeof *symbol, sizeof *symbol);
    const char *name = elf_string(symbols->strings, symbol->st_name);
    return name ? name : "";
}

const char *elf_symbolize(const struct elf_symbols *symbols, uint64_t address, uint64_t *offset)
{
    const char *best = NULL;
    Elf64_Sym found = {0};
    for (uint64_t i = 0; i < symbols->count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(symbols, i, &symbol);
        unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if (!*name || symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS ||
            symbol.st_value > address ||
            (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE))
            continue;
        /* Nearest start; among equals a typed symbol, then a global one. */
        int better = !best || symbol.st_value > found.st_value;
        if (!better && symbol.st_value == found.st_value) {
            int typed = type != STT_NOTYPE, was = ELF64_ST_TYPE(found.st_info) != STT_NOTYPE;
            better = typed > was || (typed == was && ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL &&
                                     ELF64_ST_BIND(found.st_info) != STB_GLOBAL);
        }
        if (better) {
            best = name;
            found = symbol;
        }
    }
    if (!best || (found.st_size && address - found.st_value >= found.st_size))
        return NULL;
    *offset = address - found.st_value;
    return best;
}
