/* Reading ELF files that may be hostile: programs, guest images, symbol files.
 *
 * An elf_file is a view of bytes somebody else owns (a mapping, a buffer); it must outlive the
 * view, and nothing here allocates, writes or maps. Only ELF64, little endian, x86-64 is taken.
 *
 * Rules
 *  - elf_open checks the header and that both header tables lie inside the file. Everything
 *    behind them is checked when asked for: no function returns a pointer or a range that
 *    leaves the bytes, whatever the file says.
 *  - Headers are handed out as copies, so a table need not be aligned.
 *  - A string handed out ends with NUL inside the file.
 *  - Bytes may be mapped from a file that another process can change: what was checked in a
 *    copy stays checked, what is read again through a pointer does not.
 *  - Work is bounded by the size of the file.
 *
 * Include it as "host/elf.h" with -I of the top folder (never -Ihost: <elf.h> is the system's).
 * int results: 0, or -1 with the reason in *error (error.h). Counts and indexes are unsigned.
 */
#ifndef HOST_ELF_H
#define HOST_ELF_H

#include "error.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

struct elf_bytes {
    const unsigned char *data;
    uint64_t size;
};

struct elf_file {
    struct elf_bytes bytes;
    Elf64_Ehdr header;
    unsigned segments;      /* program headers */
    unsigned sections;      /* section headers, 0 if the file has none */
    struct elf_bytes names; /* section name strings, empty if there are none */
};

/* Sub-range of bytes. -1 if it does not lie inside. */
int elf_slice(struct elf_bytes in, uint64_t offset, uint64_t size, struct elf_bytes *out);

/* The string at `offset`, or NULL if it starts or ends outside. */
const char *elf_string(struct elf_bytes strings, uint64_t offset);

/* Makes a view of `size` bytes at `data`. */
int elf_open(struct elf_file *elf, const void *data, uint64_t size, struct host_error *error);

/* Program header `index`, checked: its file range lies in the file, p_memsz >= p_filesz for
 * PT_LOAD and PT_TLS, p_vaddr + p_memsz does not wrap, p_align is 0 or a power of two. */
int elf_segment(const struct elf_file *elf, unsigned index, Elf64_Phdr *segment,
                struct host_error *error);
/* The first program header of this type; -1 if there is none or it does not pass. */
int elf_find_segment(const struct elf_file *elf, uint32_t type, Elf64_Phdr *segment,
                     struct host_error *error);
/* The bytes in the file of a header that came from elf_segment. */
struct elf_bytes elf_segment_bytes(const struct elf_file *elf, const Elf64_Phdr *segment);

/* Section header `index`, checked: unless SHT_NOBITS, its range lies in the file. */
int elf_section(const struct elf_file *elf, unsigned index, Elf64_Shdr *section,
                struct host_error *error);
/* Its name, "" if it has none that can be read. */
const char *elf_section_name(const struct elf_file *elf, const Elf64_Shdr *section);
/* The bytes in the file of a header that came from elf_section; empty for SHT_NOBITS. */
struct elf_bytes elf_section_bytes(const struct elf_file *elf, const Elf64_Shdr *section);
/* The first section of this name; `section` may be NULL. -1 if there is none. */
int elf_find_section(const struct elf_file *elf, const char *name, Elf64_Shdr *section,
                     struct elf_bytes *content, struct host_error *error);

/* Symbols: the table of type SHT_SYMTAB. */
struct elf_symbols {
    struct elf_bytes table; /* Elf64_Sym[count] */
    struct elf_bytes strings;
    uint64_t count;
};
int elf_symbols(const struct elf_file *elf, struct elf_symbols *symbols, struct host_error *error);
/* Symbol `index` (below count) and its name, "" if it has none that can be read. */
const char *elf_symbol(const struct elf_symbols *symbols, uint64_t index, Elf64_Sym *symbol);
/* The function or object that covers `address`: the best symbol at or below it, or NULL.
 * *offset gets address - start. A symbol without a size covers up to the next one. */
const char *elf_symbolize(const struct elf_symbols *symbols, uint64_t address, uint64_t *offset);

/* A whole file mapped read-only and private, for those who read ELF files by path.
 * elf_unmap takes what elf_map gave, or a zeroed struct. */
int elf_map(const char *path, struct elf_bytes *bytes, struct host_error *error);
void elf_unmap(struct elf_bytes *bytes);

/* A pith program: opens `bytes` as the program and *image as the guest image inside its section
 * .pith. A file that is a bare guest image (`pith image`) is taken as well: then both views are
 * of the same bytes. *offset (may be NULL) gets the image's offset in the file. */
int elf_open_program(struct elf_bytes bytes, struct elf_file *program, struct elf_file *image,
                     uint64_t *offset, struct host_error *error);

#endif
