/* Layout of structures for who looks at the guest's memory from outside: the monitor's `pith
 * threads` and `pith net` (monitor/control_view.c).
 *
 * VIEW(name, value) makes an absolute symbol pith_view_NAME of the link. It is told in a function
 * that nobody calls, which the linker drops; symbols are no part of an image, so it costs nothing
 * there.
 */
#ifndef PITH_BASE_VIEW_H
#define PITH_BASE_VIEW_H

#define VIEW(name, value)                                                                          \
    __asm__ volatile(".globl pith_view_" #name "\n\t.set pith_view_" #name ", %c0" ::"i"(value))

#endif
