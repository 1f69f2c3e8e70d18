/* The serial port (16550). */
#include "internal.h"

void vm_log(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vm_out8(0x3f8, (u8)text[i]);
}
