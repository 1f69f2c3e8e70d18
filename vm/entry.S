/* From the loader to vm_start(kind, info, low half of the time-stamp counter at entry): PVH (32 bits, %ebx = struct hvm_start_info) and the
 * 64-bit Linux boot protocol (%rsi = struct boot_params). Both run at physical addresses; they
 * build the same first tables, which C makes exact (tables.c):
 *     VM_DIRECT and the identity: the first 2 MiB;  VM_OFFSET: the same 2 MiB, the base in it.
 */
#include "asm.h"

#define PA(x) ((x) - VM_OFFSET_ASM)

/* Instructions that are the same in both modes. Uses eax, ecx, edx, edi; keeps ebx, esi, ebp. */
.macro first_tables
    /* The loader need not have zeroed anything: a restarted machine has old memory. The last two
     * tables are filled whole before they are used, the rest of .bss is zeroed below. */
    mov $PA(vm_pml4), %edi
    mov $5 * 4096 / 4, %ecx
    xor %eax, %eax
    cld
    rep stosl
    movl $PA(vm_pdpt_direct) + 3, PA(vm_pml4)
    movl $PA(vm_pdpt_direct) + 3, PA(vm_pml4) + 256 * 8
    movl $PA(vm_pdpt_base) + 3, PA(vm_pml4) + 511 * 8
    movl $PA(vm_pd_direct) + 3, PA(vm_pdpt_direct)
    movl $PA(vm_pd_base) + 3, PA(vm_pdpt_base) + 510 * 8
    movl $0x83, PA(vm_pd_direct)
    movl $0x83, PA(vm_pd_base)
.endm

/* 64-bit mode, no-execute and syscall, or no way on. Clobbers eax, ecx, edx and ebx. */
.macro check_cpu
    mov $0x80000000, %eax
    cpuid
    cmp $0x80000001, %eax
    jb 9f
    mov $0x80000001, %eax
    cpuid
    and $0x20100800, %edx
    cmp $0x20100800, %edx
    je 8f
9:  mov $PA(sentence), %esi
    mov $0x3f8, %edx
7:  movb (%esi), %al
    outb %al, %dx
    inc %esi
    cmpb $0, (%esi)
    jne 7b
6:  hlt
    jmp 6b
8:
.endm

    .section .text.entry, "ax", @progbits
    .code32
    .globl vm_entry32
vm_entry32:
    cli
    mov %ebx, %ebp
    rdtsc
    mov %eax, %esi
    check_cpu
    first_tables
    mov $PA(vm_pml4), %eax
    mov %eax, %cr3
    mov $CR4_START, %eax
    mov %eax, %cr4
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_START, %eax
    wrmsr
    mov $CR0_START, %eax
    mov %eax, %cr0
    lgdt PA(gdt_low)
    ljmp $SEL_CODE, $PA(1f)
    .code64
1:  mov $VM_BY_PVH, %edi
    jmp 2f

    .globl vm_entry64
vm_entry64:
    cli
    mov %rsi, %rbp
    rdtsc
    mov %eax, %esi
    check_cpu
    first_tables
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_START, %eax
    wrmsr
    mov $CR4_START, %eax
    mov %rax, %cr4
    mov $CR0_START, %eax
    mov %rax, %cr0
    mov $PA(vm_pml4), %eax
    mov %rax, %cr3
    mov $VM_BY_LINUX, %edi

2:  movabs $3f, %rax
    jmp *%rax
3:  lgdt gdt_high(%rip)
    lea vm_stack_top(%rip), %rsp
    mov $SEL_DATA, %eax
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    push $SEL_CODE
    lea 4f(%rip), %rax
    push %rax
    lretq
4:  mov %edi, %edx
    lea vm_bss_start(%rip), %rdi
    mov $vm_bss_end, %rcx
    sub %rdi, %rcx
    shr $3, %ecx
    xor %eax, %eax
    rep stosq
    mov %edx, %edi
    mov %esi, %edx
    mov %rbp, %rsi
    xor %ebp, %ebp
    call vm_start
    ud2

    .section .rodata
sentence:
    .asciz "pith: this processor has no 64-bit mode with no-execute pages\r\n"
    .balign 4
gdt_low:
    .word GDT_BYTES - 1
    .long PA(vm_gdt)
gdt_high:
    .word GDT_BYTES - 1
    .quad vm_gdt

    .data
    .balign 16
    .globl vm_gdt
vm_gdt: /* the task's descriptor is written by cpu.c */
    .quad 0
    .quad 0x00af9b000000ffff /* 08 code */
    .quad 0x00cf93000000ffff /* 10 data */
    .quad 0, 0
    .quad 0x00cff3000000ffff /* 28 data of ring 3 */
    .quad 0x00affb000000ffff /* 30 code of ring 3 */
    .quad 0
    .quad 0, 0               /* 40 task */

    .section .tables, "aw", @nobits
    .balign 4096
    .globl vm_pml4, vm_pdpt_direct, vm_pd_direct, vm_pt_direct, vm_pdpt_base, vm_pd_base, vm_pt_base
    .globl vm_pd_spare
vm_pml4: .skip 4096
vm_pdpt_direct: .skip 4096
vm_pd_direct: .skip 4096
vm_pdpt_base: .skip 4096
vm_pd_base: .skip 4096
    /* Not zeroed. */
vm_pt_direct: .skip 4096
vm_pt_base: .skip 4096
vm_pd_spare: .skip 4096

    /* struct pith_joined: written after the link, so no compiler may see it. */
    .section .joined, "a"
    .balign 8
    .globl vm_joined
vm_joined:
    .ascii "pithvm02"
    .skip VM_JOINED_BYTES - 8

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad PA(vm_entry32)
    .section .note.GNU-stack, "", @progbits
