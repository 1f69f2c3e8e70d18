/* The terminal that a serial line is: a small line discipline (termios(3)). */
#ifndef VM_TTY_H
#define VM_TTY_H

#include "vm.h"

extern bool vm_tty_here; /* else bytes pass as they are */
void vm_tty_input(u8 c);
/* Bytes, 0 at the end of input (Ctrl-D), -VM_EAGAIN. */
long vm_tty_read(void *data, size_t n);
long vm_tty_output(bool err, const void *data, size_t n);
long vm_tty_call(u64 op, u64 fd, void *data, size_t size);

size_t vm_serial_put(bool err, const void *data, size_t n);

#endif
