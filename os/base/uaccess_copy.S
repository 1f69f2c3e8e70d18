/* Copies that may fault: see base/uaccess.h.
 *
 * A fault at an instruction listed in pith_set_fixup (pairs of addresses) that no mapping can
 * answer continues at the second address of its pair (os/mem/fault.c).
 * rcx then still holds the number of bytes not done.
 */
    .section .text.user_copy_raw, "ax", @progbits
    .globl user_copy_raw /* size_t user_copy_raw(void *dst, const void *src, size_t n): bytes left */
    .type user_copy_raw, @function
user_copy_raw:
    mov %rdx, %rcx
    cmp $16, %rdx
    jb 2f
1:  rep movsb
3:  mov %rcx, %rax
    ret
2:  test %rcx, %rcx
    jz 3b
4:  mov (%rsi), %al
5:  mov %al, (%rdi)
    inc %rsi
    inc %rdi
    dec %rcx
    jnz 4b
    jmp 3b
    .size user_copy_raw, . - user_copy_raw
    .section pith_set_fixup, "aR", @progbits
    .quad 1b, 3b, 4b, 3b, 5b, 3b

    .section .text.user_zero_raw, "ax", @progbits
    .globl user_zero_raw /* size_t user_zero_raw(void *dst, size_t n): bytes left */
    .type user_zero_raw, @function
user_zero_raw:
    mov %rsi, %rcx
    xor %eax, %eax
6:  rep stosb
7:  mov %rcx, %rax
    ret
    .size user_zero_raw, . - user_zero_raw
    .section pith_set_fixup, "aR", @progbits
    .quad 6b, 7b

    .section .text.user_probe_raw, "ax", @progbits
    .globl user_probe_raw /* int user_probe_raw(const void *p, int write): 0, or 1 at a fault */
    .type user_probe_raw, @function
user_probe_raw:
    test %esi, %esi
    jnz 9f
8:  mov (%rdi), %al
    xor %eax, %eax
    ret
9:  lock orb $0, (%rdi)
    xor %eax, %eax
    ret
10: mov $1, %eax
    ret
    .size user_probe_raw, . - user_probe_raw
    .section pith_set_fixup, "aR", @progbits
    .quad 8b, 10b, 9b, 10b
    .section .note.GNU-stack, "", @progbits
