/* The system call that is not there: what pith.ld puts in place of each pith_sys_NAME that the
 * program reaches and libpith.a does not define. A guest object; pith-enosys.o in lib/pith/guest. */
    .section .text.pith_enosys, "ax", @progbits
    .globl pith_enosys
    .type pith_enosys, @function
pith_enosys:
    mov $-38, %rax /* -ENOSYS, Linux x86-64 */
    ret
    .size pith_enosys, . - pith_enosys
    .section .note.GNU-stack, "", @progbits
