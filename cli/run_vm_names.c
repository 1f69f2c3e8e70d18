/* Names for the addresses of a guest's backtrace, from section .pith.sym of its program, as
 * monitor/backtrace.c prints them. */
#include "cli/run_vm.h"

#include <pith/note.h>

#include <inttypes.h>
#include <stdio.h>

#include "host/elf.h"

static bool find(const char *path, struct elf_symbols *symbols)
{
    struct elf_bytes bytes, content; /* they stay mapped: this process is about to end */
    struct elf_file file, inner;
    if (elf_map(path, &bytes, NULL) || elf_open(&file, bytes.data, bytes.size, NULL))
        return false;
    if (elf_find_section(&file, PITH_SECTION_SYMBOLS, NULL, &content, NULL) == 0 &&
        elf_open(&inner, content.data, content.size, NULL) == 0)
        return elf_symbols(&inner, symbols, NULL) == 0;
    return elf_symbols(&file, symbols, NULL) == 0; /* a bare image that was not stripped */
}

void run_vm_frame(const struct run_vm *r, unsigned n, uint64_t va)
{
    static struct elf_symbols symbols;
    static bool looked, named;
    uint64_t offset = 0;
    if (!looked)
        named = find(r->o->program, &symbols);
    looked = true;
    /* A return address belongs to the call before it. */
    const char *name = named ? elf_symbolize(&symbols, n ? va - 1 : va, &offset) : NULL;
    if (name)
        dprintf(2, "  #%-2u %s+0x%" PRIx64 "  (0x%" PRIx64 ")\n", n, name, offset + (n ? 1 : 0),
                va);
    else
        dprintf(2, "  #%-2u 0x%" PRIx64 "\n", n, va);
}
