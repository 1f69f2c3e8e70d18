/* System calls on memory. Arguments and errors are those of Linux's man pages, section 2. */
#ifndef PITH_SYS_MEM_H
#define PITH_SYS_MEM_H

#include "base/types.h"

long pith_sys_mmap(u64 addr, u64 len, u32 prot, u32 flags, int fd, u64 offset);
long pith_sys_munmap(u64 addr, u64 len);
long pith_sys_mprotect(u64 addr, u64 len, u32 prot);
long pith_sys_mremap(u64 old, u64 old_len, u64 new_len, u32 flags, u64 new_addr);
long pith_sys_madvise(u64 addr, u64 len, int advice);
long pith_sys_brk(u64 addr);
long pith_sys_msync(u64 addr, u64 len, int flags);
long pith_sys_mincore(u64 addr, u64 len, unsigned char *vec);
long pith_sys_mlock(u64 addr, u64 len);
long pith_sys_mlock2(u64 addr, u64 len, int flags);
long pith_sys_munlock(u64 addr, u64 len);
long pith_sys_mlockall(int flags);
long pith_sys_munlockall(void);

#endif
