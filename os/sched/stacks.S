/* The stacks of the OS itself: one for the boot list and for what is left of an ended thread
 * (idle), one for faults. In .bss: they cost memory, not image. */
    .section .bss.sched_stacks, "aw", @nobits
    .balign 16
    .skip 8192
    .globl sched_idle_stack_top
sched_idle_stack_top:
    .skip 8192
    .globl sched_fault_stack_top
sched_fault_stack_top:
    .section .note.GNU-stack, "", @progbits
