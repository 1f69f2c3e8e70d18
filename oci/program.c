/* Reads the notes of a program's unikernel. See program.h. */
#include "oci/program.h"

#include <stdio.h>
#include <string.h>

#include "host/elf.h"
#include "host/notes.h"

static int read_notes(const struct elf_file *image, const char *name, struct oci_program *program,
                      struct host_error *err)
{
    struct notes notes;
    struct host_error why;
    if (notes_read(image, &notes, &why))
        return host_fail(err, "%s: the unikernel in it is damaged: %s", name, why.text);
    if (notes.image.abi != PITH_ABI)
        return host_fail(err, "%s was built for ABI %u of pith, and this one has ABI %u", name,
                         notes.image.abi, PITH_ABI);
    program->memory = notes.image.memory;
    for (unsigned i = 0; i < notes.devices; i++)
        program->network |= notes.device[i] == PITH_DEV_NET;
    return 0;
}

static int look(struct elf_bytes bytes, const char *name, struct oci_program *program,
                struct host_error *err)
{
    struct elf_file elf, image;
    struct elf_bytes inner;
    struct host_error why;
    if (elf_open(&elf, bytes.data, bytes.size, NULL))
        return 0;
    if (elf_find_section(&elf, PITH_SECTION_IMAGE, NULL, &inner, NULL)) {
        /* A unikernel alone (`pith image`) has notes of its own; other programs have none of ours.
         */
        struct notes notes;
        program->pith = !notes_read(&elf, &notes, NULL);
        return program->pith ? read_notes(&elf, name, program, err) : 0;
    }
    program->pith = true;
    if (elf_open(&image, inner.data, inner.size, &why))
        return host_fail(err, "%s: the unikernel in it is damaged: %s", name, why.text);
    return read_notes(&image, name, program, err);
}

int oci_program_look(int fd, const char *name, struct oci_program *program, struct host_error *err)
{
    char path[32];
    struct elf_bytes bytes;
    memset(program, 0, sizeof *program);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (elf_map(path, &bytes, NULL))
        return 0;
    int bad = look(bytes, name, program, err);
    elf_unmap(&bytes);
    return bad;
}
