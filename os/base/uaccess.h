/* Touching the program's memory safely.
 *
 * A pointer that came through a system call may be wild. Code of the library OS touches such
 * memory only through these functions: if a page cannot be had, they return -EFAULT where plain
 * code would end the program. (They work by an exception table: os/mem looks up the faulting
 * instruction when no mapping answers for an address.) There is no user/kernel difference in
 * the addresses themselves: a valid pointer into the library OS is accepted.
 */
#ifndef PITH_BASE_UACCESS_H
#define PITH_BASE_UACCESS_H

#include "base/types.h"

/* 0 or -EFAULT; on -EFAULT a part may have been copied. n may be 0. */
int user_copy(void *dst, const void *src, size_t n);
int user_zero(void *dst, size_t n);
/* How much could be copied before the fault, n if all. */
size_t user_copy_partial(void *dst, const void *src, size_t n);
/* Length without NUL, at most max (then there was no NUL within max), or -EFAULT. */
ssize_t user_strnlen(const char *s, size_t max);
/* Copies a NUL-ended string of at most size-1 bytes: its length, -EFAULT, or -ENAMETOOLONG. */
ssize_t user_string(char *dst, const char *src, size_t size);
/* Makes sure that all pages of [p, p+n) are committed and readable (writable): what a device
 * is about to be handed. 0 or -EFAULT. */
int user_touch(const void *p, size_t n, bool write);

#define USER_GET(dst, src) user_copy((dst), (src), sizeof(*(dst)))
#define USER_PUT(dst, src) user_copy((dst), (src), sizeof(*(src)))

#endif
