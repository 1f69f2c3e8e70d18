/* arch_first_stack and arch_on_stack: see arch/context.h. */
    .section .text.arch_first_stack, "ax", @progbits
    .globl arch_first_stack
    .type arch_first_stack, @function
arch_first_stack:
    and $-16, %rdi
    lea begin(%rip), %rax
    mov %rax, -16(%rdi)  /* arch_switch returns here */
    mov %rsi, -24(%rdi)  /* rbx = fn */
    movq $0, -32(%rdi)   /* rbp */
    mov %rdx, -40(%rdi)  /* r12 = arg */
    stmxcsr -72(%rdi)    /* a thread inherits the control words of its maker */
    fnstcw -68(%rdi)
    lea -72(%rdi), %rax
    ret
begin:                   /* rsp = top - 8, as after a call */
    push $0
    mov %r12, %rdi
    xor %ebp, %ebp
    call *%rbx
    ud2
    .size arch_first_stack, . - arch_first_stack

    .section .text.arch_on_stack, "ax", @progbits
    .globl arch_on_stack
    .type arch_on_stack, @function
arch_on_stack:
    and $-16, %rdi
    mov %rdi, %rsp
    mov %rdx, %rdi
    xor %ebp, %ebp
    call *%rsi
    ud2
    .size arch_on_stack, . - arch_on_stack
    .section .note.GNU-stack, "", @progbits
