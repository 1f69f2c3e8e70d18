/* mon_copy_guarded: see run.h. The string move leaves no state behind, so a fault in it can be
 * continued at mon_copy_fault with nothing but a changed RIP. */
    .text
    .globl mon_copy_guarded, mon_copy_fault
    .hidden mon_copy_guarded, mon_copy_fault
    .type mon_copy_guarded, @function
mon_copy_guarded:
    mov %rdx, %rcx
    rep movsb
    xor %eax, %eax
    ret
mon_copy_fault:
    mov $-14, %rax /* -EFAULT */
    ret
    .size mon_copy_guarded, . - mon_copy_guarded
    .section .note.GNU-stack, "", @progbits
