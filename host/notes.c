/* Parses the PT_NOTE segment of a guest image. See notes.h.
 *
 * Layout (gABI, "Note Section", 4-byte words): namesz, descsz, type, name padded to 4, desc
 * padded to 4. Every round of the loop consumes at least the 12 bytes of a header.
 */
#include "notes.h"

#include <string.h>

static int take(const struct elf_bytes desc, void *out, size_t size, struct host_error *error)
{
    if (desc.size != size)
        return host_fail(error, "a pith note has %llu bytes instead of %zu",
                         (unsigned long long)desc.size, size);
    if (size)
        memcpy(out, desc.data, size);
    return 0;
}

static int add_device(struct notes *notes, struct elf_bytes desc, struct host_error *error)
{
    pith_u32 type = 0;
    if (take(desc, &type, sizeof type, error))
        return -1;
    for (unsigned i = 0; i < notes->devices; i++)
        if (notes->device[i] == type)
            return 0;
    if (notes->devices == NOTES_DEVICES)
        return host_fail(error, "its notes name more than %d devices", NOTES_DEVICES);
    notes->device[notes->devices++] = type;
    return 0;
}

/* One note of name "pith". */
static int decode(struct notes *notes, int *images, pith_u32 type, struct elf_bytes desc,
                  struct host_error *error)
{
    switch (type) {
    case PITH_NOTE_IMAGE:
        if ((*images)++)
            return host_fail(error, "it has more than one image note");
        return take(desc, &notes->image, sizeof notes->image, error);
    case PITH_NOTE_DEVICE:
        return add_device(notes, desc, error);
    case PITH_NOTE_JIT:
        notes->jit = 1;
        return take(desc, NULL, 0, error);
    default:
        return host_fail(error, "it has a pith note of unknown type %u", type);
    }
}

static uint64_t padded(uint64_t size)
{
    return (size + 3) & ~(uint64_t)3;
}

int notes_read(const struct elf_file *image, struct notes *notes, struct host_error *error)
{
    memset(notes, 0, sizeof *notes);
    Elf64_Phdr segment;
    if (elf_find_segment(image, PT_NOTE, &segment, NULL))
        return host_fail(error, "it has no notes");
    struct elf_bytes rest = elf_segment_bytes(image, &segment);
    int images = 0;
    while (rest.size) {
        Elf64_Nhdr header;
        struct elf_bytes name, desc;
        if (rest.size < sizeof header)
            return host_fail(error, "its notes are cut short");
        memcpy(&header, rest.data, sizeof header);
        uint64_t at = sizeof header;
        if (elf_slice(rest, at, header.n_namesz, &name))
            return host_fail(error, "its notes are cut short");
        at += padded(header.n_namesz);
        if (elf_slice(rest, at, header.n_descsz, &desc))
            return host_fail(error, "its notes are cut short");
        at += padded(header.n_descsz);
        if (name.size == sizeof PITH_NOTE_NAME &&
            memcmp(name.data, PITH_NOTE_NAME, sizeof PITH_NOTE_NAME) == 0 &&
            decode(notes, &images, header.n_type, desc, error))
            return -1;
        if (at >= rest.size) /* the last note's padding may be missing */
            break;
        elf_slice(rest, at, rest.size - at, &rest);
    }
    if (!images)
        return host_fail(error, "it has no image note");
    return 0;
}
