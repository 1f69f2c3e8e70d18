/* The ELF notes of a pith image (gABI, "Note Section"): what the monitor reads before it runs one.
 *
 * Every note has the name "pith" (namesz 5) and lies in section .note.pith, which the linker
 * gathers into one PT_NOTE segment. Exactly one PITH_NOTE_IMAGE; one PITH_NOTE_DEVICE for each
 * device driver that the link reached; PITH_NOTE_JIT if the program asked to make code at run
 * time. Unknown types are refused: an image says nothing that the monitor may overlook.
 */
#ifndef PITH_NOTE_H
#define PITH_NOTE_H

#include <pith/abi.h>

#define PITH_NOTE_NAME "pith"

enum pith_note_type {
    PITH_NOTE_IMAGE = 1,  /* desc: struct pith_note_image */
    PITH_NOTE_DEVICE = 2, /* desc: pith_u32 device type (VIRTIO number, abi.h) */
    PITH_NOTE_JIT = 3,    /* desc: empty; PITH_PROT_EXEC is granted */
};

struct pith_note_image {
    pith_u32 abi;      /* PITH_ABI the image was built for */
    pith_u32 reserved; /* 0 */
    pith_u64 memory;   /* bytes of -m below which the image cannot reach its entry point */
};

#define PITH_SECTION_IMAGE ".pith"
#define PITH_SECTION_SYMBOLS ".pith.sym"
#define PITH_SECTION_WHY ".pith.why"

#endif
