/* Where the monitor enters for a tick or a host signal: see pith/abi.h and sched/upcall.c.
 * The shared upcall stack is left at once: the interrupted thread has an area of its own, on
 * whose stack it can wait while others run. */
    .section .text.arch_upcall_entry, "ax", @progbits
    .globl arch_upcall_entry
    .type arch_upcall_entry, @function
arch_upcall_entry:
    cld
    xor %ebp, %ebp
    call sched_upcall_prepare /* struct pith_regs *(void **stack): see sched/upcall.c */
    mov %rdx, %rsp            /* its second result: the top of the thread's own stack */
    mov %rax, %rdi
    push $0
    push %rdi
    call sched_upcall
    pop %rdi
    jmp arch_resume
    .size arch_upcall_entry, . - arch_upcall_entry
    .section .note.GNU-stack, "", @progbits
