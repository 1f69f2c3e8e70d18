/* Page tables (AMD64 APM vol. 2, 5.3). The base alone sees them. Tables are the base's pages, their
 * entries grant everything; the last entry decides. Nothing is writable and executable.
 */
#include "internal.h"

#define TABLE (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_TOUCHED)

extern u64 vm_pml4[], vm_pd_direct[], vm_pt_direct[], vm_pd_base[], vm_pt_base[];

static u64 *table_of(u64 entry)
{
    return vm_at(entry & PTE_FRAME);
}

static unsigned place(u64 va, unsigned level)
{
    return va >> (12 + 9 * level) & 511;
}

static bool is_table(u64 entry, unsigned level)
{
    return level && (entry & PTE_PRESENT) && !(entry & PTE_HUGE);
}

u64 *vm_entry(u64 va, unsigned *level)
{
    unsigned l = 3;
    u64 *e = &vm_pml4[place(va, 3)];
    while (is_table(*e, l))
        e = table_of(*e) + place(va, --l);
    *level = l;
    return e;
}

u64 *vm_entry_make(u64 va, unsigned level)
{
    unsigned l = 3;
    u64 *e = &vm_pml4[place(va, 3)];
    while (l > level) {
        if (*e == 0) {
            u64 table = vm_page_base();
            if (!table)
                return NULL;
            *e = table | TABLE;
        } else if (!is_table(*e, l)) {
            return NULL;
        }
        e = table_of(*e) + place(va, --l);
    }
    return e;
}

bool vm_split(u64 *entry)
{
    u64 large = *entry, table = vm_page_base();
    if (!table)
        return false;
    u64 *small = vm_at(table);
    for (unsigned i = 0; i < 512; i++)
        small[i] = (large & ~PTE_HUGE) + i * PAGE;
    *entry = table | TABLE;
    return true;
}

void vm_table_drop(u64 *entry)
{
    vm_page_base_give(*entry & PTE_FRAME);
    *entry = 0;
}

u64 vm_pte_flags(unsigned prot)
{
    u64 any = (prot & (PITH_PROT_READ | PITH_PROT_WRITE | PITH_PROT_EXEC)) != 0,
        write = (prot & PITH_PROT_WRITE) != 0, shared = (prot & PITH_PROT_SHARED) != 0,
        data = (prot & PITH_PROT_EXEC) == 0;
    return PTE_MAPPED | PTE_USER | PTE_TOUCHED | any * PTE_PRESENT | write * PTE_WRITE |
           shared * PTE_SHARED | data * PTE_NX;
}

unsigned vm_pte_prot(u64 entry)
{
    if (!(entry & PTE_PRESENT))
        return PITH_PROT_NONE;
    return PITH_PROT_READ | (entry & PTE_WRITE ? PITH_PROT_WRITE : 0) |
           (entry & PTE_NX ? 0 : PITH_PROT_EXEC);
}

void vm_flush_all(void)
{
    u64 root;
    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root)::"memory");
}

/* From this many pages on the whole is cheaper. */
#define FLUSH_PAGES 32u

void vm_flush(u64 va, u64 len)
{
    if (len > FLUSH_PAGES * PAGE) {
        vm_flush_all();
        return;
    }
    for (u64 at = va; at < va + len; at += PAGE)
        __asm__ volatile("invlpg (%0)" ::"r"(at) : "memory");
}

void vm_too_small(void)
{
    vm_stop("it needs more memory than this machine's %lu KiB", vm_ram_total() >> 10);
}

/* By pages of 2 MiB: nobody but the caller looks through them, and only at its own registers. */
volatile u8 *vm_map_io(u64 phys, u64 len)
{
    if (phys >> 46 || len == 0 || len > 1ull << 30 || vm_has_ram(phys, len))
        return NULL;
    for (u64 at = phys & ~(HUGE - 1); at < phys + len; at += HUGE) {
        u64 *e = vm_entry_make(VM_MMIO + at, 1);
        if (!e)
            return NULL;
        *e = at | PTE_PRESENT | PTE_WRITE | PTE_UNCACHED | PTE_TOUCHED | PTE_HUGE | PTE_NX;
    }
    return (volatile u8 *)(VM_MMIO + phys);
}

/* The loader's first 2 MiB become exact: the base by its segments, with holes under its stacks;
 * the direct view without its text and read-only data. The identity goes. */
void vm_tables_start(void)
{
    static const struct {
        const char *start, *end;
        u64 flags;
    } part[] = {
        {vm_base_start, vm_text_end, 0},
        {vm_rodata_start, vm_rodata_end, PTE_NX},
        {vm_data_start, vm_guard, PTE_NX | PTE_WRITE},
        {vm_guard + PAGE, vm_stack_top, PTE_NX | PTE_WRITE},
        {vm_stack_top + PAGE, vm_base_end, PTE_NX | PTE_WRITE},
    };
    for (u64 i = 0; i < 512; i++)
        vm_pt_direct[i] = i * PAGE | PTE_PRESENT | PTE_WRITE | PTE_TOUCHED | PTE_NX;
    for (unsigned i = 0; i < ARRAY_LEN(part); i++)
        for (u64 at = PAGE_DOWN(vm_own(part[i].start)); at < vm_own(part[i].end); at += PAGE) {
            vm_pt_base[at / PAGE] = at | part[i].flags | PTE_PRESENT | PTE_TOUCHED;
            if (!(part[i].flags & PTE_WRITE))
                vm_pt_direct[at / PAGE] = 0;
        }
    vm_pd_base[0] = vm_own(vm_pt_base) | PTE_PRESENT | PTE_WRITE | PTE_TOUCHED;
    vm_pd_direct[0] = vm_own(vm_pt_direct) | PTE_PRESENT | PTE_WRITE | PTE_TOUCHED;
    vm_pml4[0] = 0;
    vm_flush_all();
}
