/* Of the base's core alone; devices (virtio*) use vm.h. */
#ifndef VM_INTERNAL_H
#define VM_INTERNAL_H

#include "asm.h"
#include <pith/join.h>
#include "memory.h"
#include "vm.h"

/* serial.c */
/* Bytes for standard error, waiting as long as it takes (bounded). */
void vm_log(const char *text, size_t n);
void vm_vsay(const char *fmt, __builtin_va_list args);

/* start.c */
NORETURN void vm_start(unsigned by, u64 info);
extern const struct pith_joined vm_joined;

#endif
