/* In place of the header that e2fsprogs' configure makes. */
#ifndef PITH_EXT2_TYPES_H
#define PITH_EXT2_TYPES_H
#include <linux/types.h>
#include <stddef.h>
#include <sys/types.h>
#ifndef __force
#define __force
#endif
#endif
