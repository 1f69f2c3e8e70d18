/* The crossings between guest and monitor in one address space.
 *
 * The monitor's stack and FS base are saved when the guest is entered and taken up again by every
 * hypercall and signal; the guest's are kept in process_cpu meanwhile. Callee-saved registers are
 * C's business on the way back, so a hypercall costs two moves of FS and of the stack pointer.
 *
 * struct process_cpu (process.h): 0 host_rsp, 8 host_fs, 16 guest_rsp, 24 guest_fs, 32 over.
 */
    .text
    .hidden process_cpu, process_hypercall, process_enter, process_leave, process_on_signal
    .hidden process_serve, process_signal

/* void process_enter(entry, stack, boot): runs the guest until it is over. */
    .globl process_enter
    .type process_enter, @function
process_enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    sub $24, %rsp
    stmxcsr (%rsp)
    fnstcw 8(%rsp)
    mov %rsp, process_cpu(%rip)
    rdfsbase %rax
    mov %rax, process_cpu+8(%rip)
    mov %rdi, %rcx
    mov %rsi, %rsp
    mov %rdx, %rdi
    /* Registers as abi.h promises: only rdi and rsp hold something. */
    xor %eax, %eax
    wrfsbase %rax
    wrgsbase %rax
    xor %ebx, %ebx
    xor %edx, %edx
    xor %esi, %esi
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    push %rcx
    xor %ecx, %ecx
    ret
    .size process_enter, . - process_enter

/* The guest has ended: back to whoever called process_enter. Reached from process_hypercall, or
 * from a signal frame whose RIP was set to this. */
    .globl process_leave
    .type process_leave, @function
process_leave:
    mov process_cpu(%rip), %rsp
    mov process_cpu+8(%rip), %rax
    wrfsbase %rax
    cld
    ldmxcsr (%rsp)
    fldcw 8(%rsp)
    add $24, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .size process_leave, . - process_leave

/* boot->hypercall. Uses only the return address of the guest's stack. */
    .globl process_hypercall
    .type process_hypercall, @function
process_hypercall:
    mov %rsp, process_cpu+16(%rip)
    rdfsbase %rax
    mov %rax, process_cpu+24(%rip)
    mov process_cpu+8(%rip), %rax
    wrfsbase %rax
    mov process_cpu(%rip), %rsp
    cld
    call process_serve
    cmpb $0, process_cpu+32(%rip)
    jne process_leave
    mov process_cpu+24(%rip), %rcx
    wrfsbase %rcx
    mov process_cpu+16(%rip), %rsp
    .globl process_hypercall_ret
    .hidden process_hypercall_ret
process_hypercall_ret: /* the guest's stack may be gone: a fault here is its own */
    ret
    .size process_hypercall, . - process_hypercall

/* sigaction's handler: whatever FS was, C code gets the monitor's, and it is put back after. The
 * handler runs on the signal stack. No C before this: TLS would be the guest's. */
    .globl process_on_signal
    .type process_on_signal, @function
process_on_signal:
    push %rbx
    rdfsbase %rbx
    mov process_cpu+8(%rip), %rax
    wrfsbase %rax
    /* Nor may the guest's alignment-check flag reach C code. */
    pushfq
    andl $~0x40000, (%rsp)
    popfq
    cld
    call process_signal
    wrfsbase %rbx
    pop %rbx
    ret
    .size process_on_signal, . - process_on_signal
    .section .note.GNU-stack, "", @progbits
