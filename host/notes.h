/* The notes of a pith image (include/pith/note.h), read from its PT_NOTE segment.
 *
 * notes_read refuses what note.h says must be refused: no or two PITH_NOTE_IMAGE, a note of
 * name "pith" with an unknown type or a description of the wrong size, notes that run over the
 * end of their segment. Notes of other names are skipped. The ABI number is reported, not
 * judged: that is the monitor's decision.
 */
#ifndef HOST_NOTES_H
#define HOST_NOTES_H

#include "elf.h"

#include <pith/note.h>

/* More drivers than this do not exist; an image that names more is refused. */
#define NOTES_DEVICES 32

struct notes {
    struct pith_note_image image;
    int jit; /* 1: PITH_NOTE_JIT is there */
    unsigned devices;
    pith_u32 device[NOTES_DEVICES]; /* VIRTIO device numbers, each once, in file order */
};

int notes_read(const struct elf_file *image, struct notes *notes, struct host_error *error);

#endif
