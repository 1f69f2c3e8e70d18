/* The last step of efi.c, copied out of the payload's way: the tables of our own (the firmware's may lie
 * where the payload goes), the copy, unless it is in place, and the entry. No stack is touched.
 * %rdi to, %rsi from, %rdx bytes, %rcx entry, %r8 boot_params, %r9 tables. */
    .text
    .globl jump, jump_end
    .hidden jump, jump_end
jump:
    cli
    cld
    mov %r9, %cr3
    mov %rcx, %rax
    mov %rdx, %rcx
    cmp %rdi, %rsi
    je 1f
    rep movsb
1:  mov %r8, %rsi
    xor %ebp, %ebp
    jmp *%rax
jump_end:
    .section .note.GNU-stack, "", @progbits
