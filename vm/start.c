/* The boot list: all that happens between the loader and the image's entry point. */
#include "internal.h"

const struct pith_joined vm_joined
    __attribute__((section(".joined"), used)) = {.magic = PITH_JOIN_MAGIC};

void vm_start(unsigned by, u64 info)
{
    vm_say("pith: the base is here (%s, 0x%lx)\n", by == VM_BY_PVH ? "PVH" : "Linux", info);
    for (;;)
        __asm__ volatile("hlt");
}
