/* The note of a program that makes code at run time (--pith-jit): PITH_NOTE_JIT of pith/note.h.
 * A guest object; pith-jit.o in lib/pith/guest. */
    .section .note.pith, "a", @note
    .balign 4
    .long 5, 0, 3 /* namesz, descsz, PITH_NOTE_JIT */
    .asciz "pith"
    .balign 4
    .section .note.GNU-stack, "", @progbits
