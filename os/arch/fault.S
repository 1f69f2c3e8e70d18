/* Where the monitor enters after a fault, and the way back: see pith/abi.h and arch/context.h. */
    .section .text.arch_fault_entry, "ax", @progbits
    .globl arch_fault_entry
    .type arch_fault_entry, @function
arch_fault_entry:
    cld
    xor %ebp, %ebp
    call mem_fault       /* struct pith_regs *mem_fault(void): what to resume */
    mov %rax, %rdi
    jmp arch_resume
    .size arch_fault_entry, . - arch_fault_entry

/* struct pith_regs is laid out so that it pops. iretq within one privilege level is the one
 * instruction that loads rip, rsp and flags together. */
    .section .text.arch_resume, "ax", @progbits
    .globl arch_resume
    .type arch_resume, @function
arch_resume:
    mov %rdi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rbp
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax
    add $16, %rsp        /* vector, error */
    iretq
    .size arch_resume, . - arch_resume
    .section .note.GNU-stack, "", @progbits
