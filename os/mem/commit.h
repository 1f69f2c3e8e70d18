/* Asking the host for memory: the mem hypercall with the guest's own count of what it holds. */
#ifndef PITH_MEM_COMMIT_H
#define PITH_MEM_COMMIT_H

#include "base/host.h"

extern u64 mem_committed; /* bytes committed since entry */

/* As PITH_MEM_COMMIT; 0 or -errno. */
int mem_commit(u64 addr, u64 len, u32 prot);
void mem_decommit(u64 addr, u64 len);
int mem_protect(u64 addr, u64 len, u32 prot);

/* Gives the OS's idle pages back to the host. True if there were any. */
bool mem_pages_reclaim(void);

#endif
