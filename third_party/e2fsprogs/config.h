/* In place of the config.h that e2fsprogs' configure makes: what musl's headers and the library OS
 * have. */
#define HAVE_ERRNO_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_LINUX_TYPES_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRING_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_UNISTD_H 1
#define OMIT_COM_ERR 1
#define SIZEOF_INT 4
#define SIZEOF_LONG 8
#define SIZEOF_LONG_LONG 8
#define SIZEOF_OFF_T 8
#define SIZEOF_TIME_T 8
