/* Header of bootx64.efi: PE32+, an EFI application (UEFI 2.9, 2.1.1; Microsoft's PE Format). Addresses
 * in the file and in memory are the same, so that nothing needs relocating but by its own code.
 * `pith image` appends the payload's section: sizes and addresses of the third section header, and
 * SizeOfImage.
 */
    .section .head, "a", @progbits
    .globl head
head:
    .ascii "MZ"
    .org 0x3c
    .long pe - head
    .org 0x40
pe: .ascii "PE\0\0"
    .word 0x8664, 3                 /* x86-64, sections */
    .long 0, 0, 0                   /* time, symbols */
    .word sections - optional, 0x22e /* executable, no line numbers or symbols, large addresses, no debug */
optional:
    .word 0x20b
    .byte 0, 0
    .long text_bytes, data_bytes, 0
    .long efi_entry_at, text_at
    .quad 0          /* ImageBase */
    .long 4096, 4096 /* alignment in memory and in the file */
    .word 0, 0, 0, 0, 0, 0
    .long 0
    .long image_bytes /* SizeOfImage */
    .long 4096        /* SizeOfHeaders */
    .long 0           /* checksum */
    .word 10, 0x100   /* EFI application; data is not executable */
    .quad 65536, 65536, 65536, 65536
    .long 0, 6
    .quad 0, 0, 0, 0, 0
    .long reloc_at, 0 /* base relocations: none */
sections:
    .ascii ".text\0\0\0"
    .long text_bytes, text_at, text_bytes, text_at, 0, 0, 0, 0x60000020
    .ascii ".data\0\0\0"
    .long data_bytes, data_at, data_bytes, data_at, 0, 0, 0, 0xc0000040
    .ascii ".payload"
    .long 0, 0, 0, 0, 0, 0, 0, 0x40000040
    .section .note.GNU-stack, "", @progbits
