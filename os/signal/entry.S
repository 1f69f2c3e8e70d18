/* Into handlers from the end of a system call, and back from them: see signal/deliver.c.
 *
 * Both run the C part on one static stack, because the frame may be built, or may lie, exactly
 * where the caller's stack is used; nothing in there sleeps.
 */
    .section .text.signal_deliver, "ax", @progbits
    .globl signal_deliver /* bool signal_deliver(void): see sys/restart.h */
    .type signal_deliver, @function
signal_deliver:
    mov %rdi, signal_regs+64
    lea signal_regs+64, %rdi
    mov %r15, -64(%rdi)
    mov %r14, -56(%rdi)
    mov %r13, -48(%rdi)
    mov %r12, -40(%rdi)
    mov %r11, -32(%rdi)
    mov %r10, -24(%rdi)
    mov %r9, -16(%rdi)
    mov %r8, -8(%rdi)
    mov %rsi, 8(%rdi)
    mov %rbp, 16(%rdi)
    mov %rbx, 24(%rdi)
    mov %rdx, 32(%rdi)
    mov %rcx, 40(%rdi)
    mov %rax, 48(%rdi)
    movq $0, 56(%rdi)    /* vector */
    movq $0, 64(%rdi)    /* error */
    mov (%rsp), %rax     /* where this call returns, and the stack then */
    mov %rax, 72(%rdi)
    mov %cs, %eax
    mov %rax, 80(%rdi)
    pushf
    pop 88(%rdi)
    lea 8(%rsp), %rax
    mov %rax, 96(%rdi)
    mov %ss, %eax
    mov %rax, 104(%rdi)
    movq $0, 112(%rdi)   /* addr */
    lea signal_stack_top(%rip), %rsp
    xor %ebp, %ebp
    call signal_call_ends /* fills signal_regs.rax too */
    lea signal_regs(%rip), %rdi
    jmp arch_resume
    .size signal_deliver, . - signal_deliver

/* A handler returns here. */
    .section .text.signal_return, "ax", @progbits
    .globl signal_return
    .type signal_return, @function
signal_return:
    mov %rsp, %rdi
    mov %cs, %eax
    mov %rax, signal_regs+144
    pushf
    pop signal_regs+152
    mov %ss, %eax
    mov %rax, signal_regs+168
    lea signal_stack_top(%rip), %rsp
    xor %ebp, %ebp
    call signal_handler_ends
    lea signal_regs(%rip), %rdi
    jmp arch_resume
    .size signal_return, . - signal_return

    .bss
    .balign 16
    .globl signal_stack_top
    .skip 3072
signal_stack_top:
    .section .note.GNU-stack, "", @progbits
