/* Types, limits of C and small helpers that every room of the library OS uses.
 *
 * Error convention of the guest: a function that can fail returns a value >= 0, or -errno with
 * Linux's numbers. Assertions (ASSERT) are for our own bugs only and hold no work.
 * The structures that cross the system-call boundary are the kernel's own, from the Linux
 * headers (<linux/...>, <asm/...>); nothing of libc's headers is included in here.
 */
#ifndef PITH_BASE_TYPES_H
#define PITH_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <asm/errno.h>
#include <pith/abi.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef long ssize_t;
typedef int64_t loff_t;

#define PAGE_SIZE 4096ul
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define ROUND_UP(x, a) (((x) + ((a)-1)) & ~((__typeof__(x))(a)-1))
#define ROUND_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define PAGE_UP(x) ROUND_UP((u64)(x), PAGE_SIZE)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

#define WEAK __attribute__((weak))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A linker set: objects put pointers into it, a reader walks them. An object is in the image
 * only if something else reached its archive member, so a set holds what the link reached. */
#define SET_ENTRY(set, name, object)                                                               \
    static __typeof__(&(object)) const pith_entry_##name                                           \
        __attribute__((used, retain, section("pith_set_" #set))) = &(object)
#define SET_DECLARE(set, type)                                                                     \
    extern type *const __start_pith_set_##set[] WEAK __attribute__((visibility("hidden")));        \
    extern type *const __stop_pith_set_##set[] WEAK __attribute__((visibility("hidden")))
#define SET_FOREACH(it, set)                                                                       \
    for (__typeof__(&__start_pith_set_##set[0]) it = __start_pith_set_##set;                       \
         it < __stop_pith_set_##set; it++)

/* A time on the monotonic clock in nanoseconds; NEVER is later than all. */
typedef u64 nsec_t;
#define NEVER PITH_NEVER
#define NSEC_PER_SEC 1000000000ull

/* Ends the guest with a message that names the place; our own bug, never the program's. */
NORETURN void base_bug(const char *where);
#define BASE_STR2(x) #x
#define BASE_STR(x) BASE_STR2(x)
#define ASSERT(cond)                                                                               \
    do {                                                                                           \
        if (unlikely(!(cond)))                                                                     \
            base_bug(__FILE__ ":" BASE_STR(__LINE__) ": " #cond);                                  \
    } while (0)

#endif
