/* arch_switch and arch_on_stack: see arch/context.h. */
    .section .text.arch_switch, "ax", @progbits
    .globl arch_switch
    .type arch_switch, @function
arch_switch:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .size arch_switch, . - arch_switch
    .section .note.GNU-stack, "", @progbits
