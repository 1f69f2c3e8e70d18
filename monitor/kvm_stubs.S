/* The only code that runs in ring 0: one stub for each exception. Copied into a supervisor page
 * of the guest, 16 bytes each, and left by the host's hand: the monitor reads the frame, changes
 * RIP and RSP in it, and moves the vcpu to `iretq` with RSP at the frame's RIP.
 *
 * Plain instructions only: where KVM emulates ring 0, each costs about a microsecond, and vector
 * instructions do not exist.
 *
 *   rsp ->  rax error rip cs rflags rsp ss      (struct kvm_frame; rax now holds cr2)
 *
 * kvm_call_page is the hypercall page: mapped for ring 3, the function at boot->hypercall.
 */
#include "kvm_ports.h"

    .section .rodata
    .globl kvm_stubs, kvm_stubs_end, kvm_stub_iretq, kvm_call_page, kvm_call_end
    .hidden kvm_stubs, kvm_stubs_end, kvm_stub_iretq, kvm_call_page, kvm_call_end

/* The exceptions that push an error code themselves: 8, 10-14, 17, 21, 29, 30. */
#define PUSHES_ERROR 0x60227d00

    .balign 16
kvm_stubs:
    .set vector, 0
    .rept 32
    .balign 16
    .if ((PUSHES_ERROR >> vector) & 1) == 0
    push $0
    .endif
    push %rax
    mov %cr2, %rax
    out %al, $(KVM_PORT_FAULT + vector)
    ud2
    .set vector, vector + 1
    .endr
    .balign 16
kvm_stub_iretq:
    iretq
kvm_stubs_end:

    .balign 16
kvm_call_page:
    out %al, $KVM_PORT_CALL
    ret
kvm_call_end:

    .section .note.GNU-stack, "", @progbits
