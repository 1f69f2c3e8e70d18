/* The first 4 KiB of a disk or of the boot file of a CD: BIOS to the base's PVH entry.
 *
 * A disk's BIOS brings the first sector (partition table included), which fetches the rest; a CD's
 * (El Torito, no emulation) brings all of it. The payload is read in pieces through a buffer in low
 * memory and copied up with 4 GiB segments ("unreal mode"; set anew for each piece, because a BIOS
 * may change them). Then protected mode, and the base at boot_header.entry32 with
 * %ebx = struct hvm_start_info (Xen's public/arch-x86/hvm/start_info.h, version 1).
 *
 *   0x07c00   this, 4 KiB; the stack grows down from it
 *   0x09000   struct hvm_start_info, then the memory map
 *   0x10000   buffer, 16 KiB
 */
#include <pith/boot.h>

#define LOADED 0x7c00
#define INFO 0x9000
#define MAP 0x9040
#define MAP_MOST 120
#define BUFFER 0x10000
#define PIECE 16384

    .code16
    .text
    .globl start
start:
    jmp begin
    .org 8 /* El Torito's boot information table */
table:
    .long 0
table_lba: /* of this file on the CD, in its sectors; 0 on a disk */
    .long 0
    .org BOOT_HEADER
    .ascii "pithboot"
at: .quad 0
bytes: .long 0
load: .long 0
entry: .long 0
    .long 0

begin:
    cli
    xor %ax, %ax
    mov %ax, %ss
    mov $LOADED, %sp
    mov %ax, %ds
    mov %ax, %es
    ljmp $0, $LOADED + (1f - start)
1:  sti
    cld
    mov %dl, LOADED + drive - start
    cmpl $0, LOADED + table_lba - start
    jne more
    /* Seven sectors behind the first. */
    mov $LOADED + packet - start, %si
    mov $0x42, %ah
    int $0x13
    jnc more
    mov $LOADED + unread - start, %si

/* Prints the text at %si on the screen and on the first serial port, and stops. */
stop:
    lodsb
    test %al, %al
    jz 2f
    mov $0x0e, %ah
    xor %bx, %bx
    push %ax
    int $0x10
    pop %ax
    mov $0x3f8, %dx
    out %al, %dx
    jmp stop
2:  hlt
    jmp 2b

unread: .asciz "pith: the disk cannot be read\r\n"
    .balign 4
packet: /* of int 13h, function 42h: where to, and which sectors */
    .word 16
count: .word 7
offset: .word LOADED + 512
segment: .word 0
sector: .quad 1
drive: .byte 0

    .org 440 /* signature of the disk and partition table: pith image's */
    .org 510
    .word 0xaa55

/* ---- the rest ----*/
more:
    movb $9, LOADED + shift - start
    mov $LOADED + parameters - start, %si
    mov LOADED + drive - start, %dl
    mov $0x48, %ah
    int $0x13
    jc 1f
    cmpw $2048, LOADED + parameters + 24 - start
    jne 1f
    movb $11, LOADED + shift - start
1:  cmpl $0, LOADED + bytes - start
    jne 1f
    mov $LOADED + nothing - start, %si
    jmp stop
1:
    /* Address line 20, by the BIOS and by the port every chipset has. */
    mov $0x2401, %ax
    int $0x15
    in $0x92, %al
    or $2, %al
    and $0xfe, %al
    out %al, $0x92

    /* The memory map: entries of 20 bytes, each in 24 with zeroes behind, as PVH has them. */
    xor %ax, %ax
    mov $MAP, %di
    mov $MAP_MOST * 12, %cx
    rep stosw
    xor %ebx, %ebx
    mov $MAP, %di
    xor %bp, %bp
2:  mov $0xe820, %eax
    mov $20, %ecx
    mov $0x534d4150, %edx
    int $0x15
    jc 3f
    cmp $0x534d4150, %eax
    jne 3f
    add $24, %di
    inc %bp
    test %ebx, %ebx
    jz 3f
    cmp $MAP_MOST, %bp
    jb 2b
3:  test %bp, %bp
    jnz 4f
    mov $LOADED + nomap - start, %si
    jmp stop
4:  push %bp

    /* First sector: on a disk from its start, on a CD from this file's. */
    mov LOADED + shift - start, %cl
    mov LOADED + at - start, %eax
    shr %cl, %eax
    add LOADED + table_lba - start, %eax
    mov %eax, LOADED + sector - start
    movl $0, LOADED + sector + 4 - start
    movw $0, LOADED + offset - start
    movw $BUFFER >> 4, LOADED + segment - start
    mov LOADED + load - start, %edi
    mov LOADED + bytes - start, %ebp

piece: /* %edi where to, %ebp bytes left */
    mov $PIECE, %eax
    cmp %eax, %ebp
    jae 5f
    mov %ebp, %eax
5:  push %eax
    mov LOADED + shift - start, %cl
    shr %cl, %eax
    mov %ax, LOADED + count - start
    movb $5, LOADED + tries - start
6:  mov $LOADED + packet - start, %si
    mov LOADED + drive - start, %dl
    mov $0x42, %ah
    push %edi
    push %ebp
    int $0x13
    pop %ebp
    pop %edi
    jnc 7f
    decb LOADED + tries - start
    jz 9f
    mov LOADED + drive - start, %dl
    xor %ah, %ah /* reset, and again */
    int $0x13
    jmp 6b
9:  mov $LOADED + unread - start, %si
    jmp stop
7:  movzwl LOADED + count - start, %eax
    add %eax, LOADED + sector - start
    adcl $0, LOADED + sector + 4 - start
    cli
    lgdt LOADED + gdt_at - start
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    jmp 8f
8:  mov $16, %bx
    mov %bx, %ds
    mov %bx, %es
    and $0xfe, %al
    mov %eax, %cr0
    jmp 8f
8:  xor %bx, %bx
    mov %bx, %ds
    mov %bx, %es
    sti
    pop %eax
    mov %eax, %ecx
    shr $2, %ecx
    mov $BUFFER, %esi
    addr32 rep movsl
    sub %eax, %ebp
    jnz piece

    /* struct hvm_start_info */
    pop %bp
    mov $INFO, %di
    mov $32, %cx
    xor %ax, %ax
    push %di
    rep stosw
    pop %di
    movl $0x336ec578, (%di)
    movl $1, 4(%di) /* version */
    movl $LOADED + BOOT_COMMAND, 24(%di)
    movl $MAP, 40(%di)
    mov %bp, 48(%di)
    mov LOADED + entry - start, %ecx
    cli
    lgdt LOADED + gdt_at - start
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmp $8, $LOADED + (1f - start)
    .code32
1:  mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    mov $INFO, %ebx
    xor %ebp, %ebp
    jmp *%ecx

    .code16
nothing: .asciz "pith: there is no program on this disk\r\n"
nomap: .asciz "pith: this BIOS tells no memory map (int 15h, E820h)\r\n"
shift: .byte 9
tries: .byte 0
    .balign 8
gdt: .quad 0
    .quad 0x00cf9b000000ffff /* 08 code */
    .quad 0x00cf93000000ffff /* 10 data */
gdt_at:
    .word 23
    .long LOADED + gdt - start
    .balign 4
parameters: /* of int 13h, function 48h */
    .word 30
    .skip 28
    .org BOOT_COMMAND
    .skip BOOT_COMMAND_MAX
    .org BOOT_BIOS_BYTES
    .section .note.GNU-stack, "", @progbits
