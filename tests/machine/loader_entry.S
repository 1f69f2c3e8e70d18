/* PVH brings us here; then into long mode as Firecracker's virtual processors start: identity page
 * tables of 2 MiB pages for the first GiB, flat 64-bit segments, rsi = zero page, jump to e_entry. */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long start

    .text
    .code32
    .globl start
start:
    cli
    cld
    mov $stack_top, %esp
    push %ebx
    call load            /* uint32_t load(const struct pvh_info *): the entry point */
    mov %eax, %ebp
    /* Tables where Firecracker has them: 0x9000, 0xa000, 0xb000. */
    mov $0x9000, %edi
    mov $0x3000 / 4, %ecx
    xor %eax, %eax
    rep stosl
    movl $0xa003, 0x9000
    movl $0xb003, 0xa000
    mov $0xb000, %edi
    mov $0x83, %eax
1:  mov %eax, (%edi)
    add $0x200000, %eax
    add $8, %edi
    cmp $0xc000, %edi
    jne 1b
    mov $0x9000, %eax
    mov %eax, %cr3
    mov $0x20, %eax
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax
    wrmsr
    mov $0x80000001, %eax
    mov %eax, %cr0
    lgdt gdt_at
    ljmp $0x08, $2f
    .code64
2:  mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $0x8ff0, %esp
    mov $0x7000, %esi
    mov %ebp, %eax
    jmp *%rax

    .data
    .balign 8
gdt:
    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdt_at:
    .word 23
    .long gdt
    .bss
    .balign 16
    .skip 4096
stack_top:
    .section .note.GNU-stack, "", @progbits
