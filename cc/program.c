/* The finished program: the Linux half, and behind it the unikernel's sections. See output.h.
 *
 * ld ends its output with the section names and the section headers; those are rewritten behind
 * the new sections. None of ours is loaded, so the program headers, and with them
 * what Linux runs, stay as they are; strip and objcopy keep the sections and their alignment.
 */
#include "cc/output.h"

#include <pith/note.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct builder {
    struct cc_bytes out, names;
    Elf64_Shdr *headers;
    unsigned count;
};

static void add(struct builder *b, const char *name, const struct cc_bytes *content, uint64_t align)
{
    if (!content->size)
        return;
    cc_pad(&b->out, align);
    b->headers[b->count++] = (Elf64_Shdr){.sh_name = (Elf64_Word)b->names.size,
                                          .sh_type = SHT_PROGBITS,
                                          .sh_offset = b->out.size,
                                          .sh_size = content->size,
                                          .sh_addralign = align};
    cc_add(&b->names, name, strlen(name) + 1);
    cc_add(&b->out, content->data, content->size);
}

/* Replaces `path` as ld does: a regular file is removed first, anything else is written into. */
static void write_executable(const char *path, const struct cc_bytes *bytes)
{
    struct stat st;
    bool regular = !lstat(path, &st) && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
    if (regular)
        unlink(path);
    mode_t mask = umask(0);
    umask(mask);
    cc_write(path, bytes->data, bytes->size);
    if (!stat(path, &st) && S_ISREG(st.st_mode) && chmod(path, 0777 & ~mask))
        cc_fail("%s: %s", path, strerror(errno));
}

void output_program(const char *linux_half, const struct cc_bytes *image,
                    const struct cc_bytes *symbols, const struct cc_bytes *record, const char *path)
{
    struct cc_bytes old;
    struct elf_file elf;
    struct host_error error = {"it has no sections"};
    if (cc_read(linux_half, &old))
        cc_fail("%s: %s", linux_half, strerror(errno));
    if (elf_open(&elf, old.data, old.size, &error) || !elf.sections || !elf.names.data)
        cc_fail("the linker's output cannot be read: %s", error.text);
    struct builder b = {0};
    b.headers = cc_alloc((elf.sections + 4) * sizeof *b.headers);
    unsigned strings = elf.header.e_shstrndx;
    uint64_t end = sizeof elf.header;
    for (unsigned i = 0; i < elf.sections; i++) {
        Elf64_Shdr *header = &b.headers[b.count++];
        if (elf_section(&elf, i, header, &error))
            cc_fail("the linker's output cannot be read: %s", error.text);
        if (i != strings && header->sh_type != SHT_NOBITS &&
            header->sh_offset + header->sh_size > end)
            end = header->sh_offset + header->sh_size;
    }
    cc_add(&b.names, elf.names.data, elf.names.size);
    cc_add(&b.out, old.data, end);
    add(&b, PITH_SECTION_IMAGE, image, PITH_PAGE);
    add(&b, PITH_SECTION_SYMBOLS, symbols, 8);
    add(&b, PITH_SECTION_WHY, record, 1);
    b.headers[strings].sh_offset = b.out.size;
    b.headers[strings].sh_size = b.names.size;
    cc_add(&b.out, b.names.data, b.names.size);
    cc_pad(&b.out, 8);
    elf.header.e_shoff = b.out.size;
    elf.header.e_shnum = (Elf64_Half)b.count;
    cc_add(&b.out, b.headers, b.count * sizeof *b.headers);
    memcpy(b.out.data, &elf.header, sizeof elf.header);
    write_executable(path, &b.out);
}
