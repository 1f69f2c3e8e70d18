/* Registers: switching between threads and resuming interrupted code. */
#ifndef PITH_ARCH_CONTEXT_H
#define PITH_ARCH_CONTEXT_H

#include "base/types.h"

/* Saves the callee-saved registers and FPU control words on the current stack, its pointer in
 * *save, and continues what was saved at `load`. */
void arch_switch(void **save, void *load);

/* Puts onto the stack ending at top what arch_switch needs to begin `fn(arg)` there; returns the
 * pointer for `load`. fn must not return. */
void *arch_first_stack(void *top, void (*fn)(void *), void *arg);

/* Continues the interrupted code that the registers describe. */
NORETURN void arch_resume(const struct pith_regs *regs);

/* Calls fn(arg) on another stack. It must not return. */
NORETURN void arch_on_stack(void *top, void (*fn)(void *), void *arg);

/* The monitor jumps here; see pith/abi.h. */
void arch_fault_entry(void);
void arch_upcall_entry(void);

static inline void arch_set_fs(u64 base)
{
    __asm__ volatile("wrfsbase %0" ::"r"(base));
}

/* FPU and vector state of the program, to and from an area of arch_fpu_size() bytes aligned to
 * 64. The area must be zeroed before its first use. */
size_t arch_fpu_size(void);
void arch_fpu_save(void *area);
void arch_fpu_load(const void *area);

#endif
