/* Memory and string functions of the library OS. They are its own (pith_mem*; the compiler's
 * implicit calls are renamed when libpith.a is made), so that no code outside the text of the
 * library OS runs below a system call. */
#ifndef PITH_BASE_STRING_H
#define PITH_BASE_STRING_H

#include "base/types.h"

void *pith_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *pith_memmove(void *dst, const void *src, size_t n);
void *pith_memset(void *dst, int c, size_t n);
int pith_memcmp(const void *a, const void *b, size_t n);
#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset
#define memcmp __builtin_memcmp

size_t str_len(const char *s);
size_t str_nlen(const char *s, size_t max);
int str_cmp(const char *a, const char *b);
/* Copies at most size-1 bytes and ends with NUL; returns the length of src. */
size_t str_copy(char *dst, const char *src, size_t size);

/* Formats into dst (always NUL-ended if size > 0); returns the length it would have. Knows
 * %s %c %d %i %u %x %o %p with l, ll, z; width, the 0 and - flags; %%. */
int str_format(char *dst, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
