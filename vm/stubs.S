/* Into the base and back. Frames are struct pith_regs, as the image gets them.
 *
 * From ring 3 the processor switches to the main stack, which is empty then; an exception in the
 * base itself goes on on the stack it is on, and a double fault on one of its own.
 */
#include "asm.h"

    .text
    .globl vm_stubs, vm_stub_ignore
    /* Vectors 0..VECTOR_WAKE, 16 bytes each. Exceptions without an error code get 0. */
    .balign 16
vm_stubs:
    .set vector, 0
    .rept 32
    .balign 16
    .if (0x60227d00 >> vector) & 1 == 0
    push $0
    .endif
    push $vector
    jmp common
    .set vector, vector + 1
    .endr
    .rept VECTOR_TIMER - 32
    .balign 16
    iretq
    .endr
    .balign 16
    push $0
    push $VECTOR_TIMER
    jmp common
    .balign 16
    push $0
    push $VECTOR_WAKE
common:
    push %rax
    push %rcx
    push %rdx
    push %rbx
    push %rbp
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    mov %rsp, %rbx
    and $-16, %rsp
    call vm_trap
    mov %rbx, %rsp
resume:
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
    add $16, %rsp
vm_stub_ignore:
    iretq

    /* The hypercall page: rcx is what `syscall` takes for itself. */
    .globl vm_call_code, vm_call_end
    .section .rodata
vm_call_code:
    mov %rcx, %r10
    syscall
    ret
vm_call_end:
    .balign 4
vm_mxcsr:
    .long 0x1f80

    .text
    .globl vm_syscall
vm_syscall:
    mov %rsp, vm_user_rsp(%rip)
    lea vm_stack_top(%rip), %rsp
    push %r11
    push %rcx
    mov %r10, %rcx
    call vm_hypercall
    pop %rcx
    pop %r11
    mov vm_user_rsp(%rip), %rsp
    /* Nothing of the base's is left in registers. */
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    sysretq

    /* vm_enter(rip, rsp, rdi): the image's first instruction; all else zero. */
    .globl vm_enter
vm_enter:
    push $SEL_USER_DATA
    push %rsi
    push $0x202
    push $SEL_USER_CODE
    push %rdi
    fninit
    ldmxcsr vm_mxcsr(%rip)
    mov %rdx, %rdi
    xor %eax, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
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
    iretq
    .section .note.GNU-stack, "", @progbits
