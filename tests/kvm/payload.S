/* What runs in ring 3 in the tests of the kvm machine. Position independent within its page: it is
 * copied to 0x400000; rbx holds the command's address throughout, r12 the hypercall's. */
    .section .rodata
    .globl payload, payload_end, payload_loop, payload_fault, payload_upcall, payload_spin
    .globl payload_features, payload_syscall, payload_in, payload_outs, payload_int3, payload_ud
    .globl payload_divide, payload_hlt, payload_fs, payload_vector, payload_answer, payload_popf
    .globl payload_port, payload_cr, payload_int80, payload_null
    .balign 16
payload:
    mov (%rdi), %rbx /* the test puts the command's address where boot information would be */
    mov 8(%rdi), %r12
payload_loop:
    mov $100, %edi
    call *%r12
    mov 8(%rbx), %rsi
    mov 16(%rbx), %rcx
    mov (%rbx), %rax
    cmp $2, %eax
    je 2f
    cmp $3, %eax
    je 3f
    cmp $4, %eax
    je 4f
    mov (%rsi), %rax
    mov %rax, 24(%rbx)
    jmp payload_loop
2:  mov %rcx, (%rsi)
    jmp payload_loop
3:  call *%rsi
    mov %rax, 24(%rbx)
    jmp payload_loop
4:  mov %rcx, (%rsi)
    add $4096, %rsi
    dec %rcx
    jnz 4b
    jmp payload_loop

payload_fault: /* registers are undefined here: the stack's top holds what is needed */
    mov (%rsp), %rbx
    mov 8(%rsp), %r12
    mov 16(%rsp), %rsp
    mov $101, %edi
    call *%r12
    jmp payload_loop

payload_upcall:
    mov (%rsp), %rbx
    mov 8(%rsp), %r12
    mov $102, %edi
    call *%r12 /* the test turns rax into where to go back to, or 0 */
    mov 16(%rsp), %rsp
    jmp payload_loop

payload_spin:
    xor %eax, %eax
1:  inc %rax
    jmp 1b

payload_null: /* one instruction that faults */
    mov 8, %rax
    ret

payload_features: /* xmm, ymm, fsgsbase, xsave, rdtsc: any of them may not be there */
    addps %xmm0, %xmm1
    rdfsbase %rax
    xor %ecx, %ecx
    xgetbv
    mov %rax, %r8
    test $4, %al
    jz 1f
    vaddps %ymm0, %ymm1, %ymm2
1:  rdtsc
    mov %r8, %rax
    ret

payload_fs: /* a thread pointer and vector state survive hypercalls */
    mov $0x123456789000, %rax
    wrfsbase %rax
    movq %rax, %xmm7
    mov $103, %edi
    call *%r12
    rdfsbase %rax
    movq %xmm7, %rcx
    cmp %rax, %rcx
    je 1f
    xor %eax, %eax
1:  ret

payload_vector: /* returns what xmm7 and fs hold if they are equal, else 0 */
    rdfsbase %rax
    movq %xmm7, %rcx
    cmp %rax, %rcx
    je 1f
    xor %eax, %eax
1:  ret

payload_answer:
    mov $103, %edi
    mov $41, %esi
    call *%r12
    ret

payload_popf: /* ring 3 tries to change IOPL and interrupts */
    pushf
    orl $0x3000, (%rsp)
    andl $~0x200, (%rsp)
    popf
    pushf
    pop %rax
    ret

payload_syscall:
    mov $39, %eax
    syscall
    ret
payload_int80:
    int $0x80
    ret
payload_in:
    in $0x10, %al
    ret
payload_outs: /* looks like hypercalls, one or several */
    mov $103, %edi
    mov $0x10, %edx
    mov %rbx, %rsi
    mov $4, %ecx
    rep outsb
    ret
payload_port:
    out %al, $0x2e
    ret
payload_cr:
    mov %cr3, %rax
    ret
payload_int3:
    int3
    ret
payload_ud:
    ud2
payload_divide:
    xor %edx, %edx
    xor %ecx, %ecx
    div %ecx
    ret
payload_hlt:
    hlt
    ret
payload_end:
    .section .note.GNU-stack, "", @progbits
