/* The least that boots by PVH: prints a line on the first serial port and ends QEMU by isa-debug-exit.
 * `make bench-vm` measures what QEMU itself takes with it. */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long start
    .text
    .code32
    .globl start
start:
    mov $line, %esi
    mov $0x3f8, %edx
1:  lodsb
    test %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  mov $0xf4, %edx
    xor %eax, %eax
    outb %al, %dx
    hlt
line: .asciz "floor\n"
    .section .note.GNU-stack, "", @progbits
