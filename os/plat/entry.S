/* The entry point of every image: rdi = boot information (pith/abi.h). The boot list runs on the
 * idle stack, since the main stack is what it builds. */
    .section .text.pith_entry, "ax", @progbits
    .globl pith_entry
    .type pith_entry, @function
pith_entry:
    lea sched_idle_stack_top(%rip), %rsp
    xor %ebp, %ebp
    call plat_start      /* returns the program's stack pointer */
    mov %rax, %rsp
    mov %rax, %rdi
    xor %ebp, %ebp
    jmp pith_libc_start  /* libc: argc, argv, envp, auxv at rdi; does not return */
    .size pith_entry, . - pith_entry

/* The image's note: see pith/note.h. The linker script computes pith_note_memory. */
    .section .note.pith, "aR", @note
    .balign 4
    .long 5, 16, 1       /* namesz, descsz, PITH_NOTE_IMAGE */
    .asciz "pith"
    .balign 4
    .long 2, 0           /* PITH_ABI, reserved */
    .quad pith_note_memory
    .section .note.GNU-stack, "", @progbits
