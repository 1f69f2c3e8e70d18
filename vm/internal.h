/* Of the base's core alone; devices (virtio*) use vm.h. */
#ifndef VM_INTERNAL_H
#define VM_INTERNAL_H

#include <pith/join.h>

#include "asm.h"
#include "memory.h"
#include "vm.h"

/* ---- base.ld */
extern char vm_base_start[], vm_text_end[], vm_rodata_start[], vm_rodata_end[], vm_data_start[],
    vm_guard[], vm_stack_top[], vm_fault_stack_top[], vm_base_end[];

/* Physical address of something in the base itself. */
static inline u64 vm_own(const void *p)
{
    return (u64)p - VM_OFFSET;
}

/* ---- boot.c: what the loader told, copied out of its memory */
struct vm_boot {
    char *cmdline; /* ours */
    u32 length;    /* of it */
    u64 rsdp;      /* physical, 0 = the loader does not say */
    u64 seed[8];   /* of the loader, mixed into the entropy */
};
extern struct vm_boot vm_boot;
void vm_boot_read(unsigned by, u64 info);

/* ---- pages.c: physical memory */
void vm_ram_start(void);                /* before any of these */
void vm_ram_add(u64 start, u64 end);    /* of the memory map, in any order */
void vm_ram_remove(u64 start, u64 end); /* not RAM after all */
void vm_pages_start(void);              /* the map is whole; the base and the image are taken out */
u64 vm_ram_total(void);                 /* bytes of RAM by the map */
u64 vm_page_base(void);                 /* a zeroed page for the base, 0 = none */
void vm_page_base_give(u64 phys);
u64 vm_page_image(void); /* a zeroed page for the image */
u64 vm_huge_image(void); /* 2 MiB, zeroed */
void vm_page_image_give(u64 phys);
void vm_huge_image_give(u64 phys);
u64 vm_pages_left(void); /* pages the image can still get */
/* Memory that nobody has yet: *room bytes from the result on, at least `want` if there is as much
 * anywhere. What is used of it is reached and cleared page by page (vm_page_ready), in ascending
 * order, and taken at the end; nothing else may be allocated meanwhile. */
u64 vm_stretch(u64 want, u64 *room);
bool vm_page_ready(u64 phys);
void vm_stretch_take(u64 phys, u64 bytes);
void vm_clear(void *at, u64 bytes); /* bytes: a multiple of 8 */

/* ---- tables.c: page tables */
#define PTE_PRESENT 1ull
#define PTE_WRITE 2ull
#define PTE_USER 4ull
#define PTE_UNCACHED 0x18ull
#define PTE_TOUCHED 0x60ull /* accessed and dirty: the processor need not write */
#define PTE_HUGE 0x80ull
#define PTE_MAPPED 0x200ull /* a page of the image's is here, accessible or not */
#define PTE_SHARED 0x400ull
#define PTE_NEW 0x800ull /* made by the request that is being served */
#define PTE_NX (1ull << 63)
#define PTE_FRAME 0x000ffffffffff000ull

void vm_tables_start(void);
/* The entry that decides about va: level 0 (4 KiB) up to 3 (512 GiB), the first that is not a
 * table. It may be 0. */
u64 *vm_entry(u64 va, unsigned *level);
/* The entry of va at this level (0 or 1), tables above made; NULL: no memory, or a large page is in
 * the way. */
u64 *vm_entry_make(u64 va, unsigned level);
static inline u64 vm_level_bytes(unsigned level)
{
    return PAGE << (9 * level);
}
/* A large page becomes a table of small ones. False: no memory. */
bool vm_split(u64 *entry);
/* A table without entries, at level 1's entry, is taken out. */
void vm_table_drop(u64 *entry);
u64 vm_pte_flags(unsigned prot);
unsigned vm_pte_prot(u64 entry);
void vm_flush_all(void);
void vm_flush(u64 va, u64 len);
/* Out of memory while the machine is being made: a sentence. */
NORETURN void vm_too_small(void);

/* ---- cpu.c */
extern struct vm_cpu {
    bool fsgsbase, smap, xsave, deadline, apic, rdrand, rdseed, kvmclock;
    u64 xsave_size;
    u32 hwcap;
    u32 host, host_leaves; /* who runs us (CPUID 0x40000000): 0 = nobody says, HOST_*, another */
} vm_cpu;
#define HOST_TCG 0x54474354u /* "TCGT": QEMU's emulation */
#define HOST_KVM 0x4b4d564bu /* "KVMK" */
void vm_cpu_start(void);
static inline void vm_cpuid(u32 leaf, u32 sub, u32 out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(sub));
}
static inline u64 vm_rdmsr(u32 msr)
{
    u32 low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (u64)high << 32 | low;
}
static inline void vm_wrmsr(u32 msr, u64 value)
{
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

/* ---- stubs.S, trap.c */
void vm_trap(struct pith_regs *regs);
extern const char vm_stubs[], vm_syscall[], vm_stub_ignore[];
NORETURN void vm_enter(u64 rip, u64 rsp, u64 rdi);
/* Where user code was when it made the hypercall that is being served. */
extern u64 vm_user_rsp;

/* ---- image.c */
void vm_image_check(void); /* a sentence if there is none */
void vm_image_map(void);
/* Makes memory of it, in the image's address space; pages that the file does not fill are new. */
void vm_segment_map(const struct pith_joined_segment *s);

/* ---- devices (window.c) */
extern struct vm_device vm_device[VM_DEVICES];
extern unsigned vm_ndevices;

/* ---- window.c: the boot window */
extern struct pith_vcpu *vm_vcpu;
extern struct pith_clock *vm_clock;
u64 vm_window_make(void); /* rdi at entry */

/* ---- options.c */
u64 vm_options_bytes(void); /* all of it */
void vm_options_line(void);
void vm_options_file(void); /* pages can be had */

/* ---- memory.c */
long vm_memory(u64 op, u64 va, u64 len, u64 arg);
/* State of the page at va: PITH_PROT_* and VM_PAGE_MAPPED. */
unsigned vm_page(u64 va);
#define VM_PAGE_MAPPED 0x80u

/* ---- hypercall.c, wait.c */
long vm_hypercall(u64 nr, u64 a, u64 b, u64 c, u64 d);
long vm_wait(u64 deadline);
void vm_wait_urgent(void);
void vm_pend(u32 bit); /* sets vcpu->pending */

/* ---- time.c, timer.c, irq.c */
void vm_time_start(void);
void vm_clock_publish(void);
u64 vm_real(void);
u64 vm_ticks_ns(u64 ticks); /* of the time-stamp counter */
u64 vm_uptime(void);        /* ns since the base began */
u64 vm_idle(void);          /* ns slept so far */
extern u64 vm_alarm;        /* the image's, mono, 0 = off */
u64 vm_tsc_at(u64 mono);
void vm_time_refine(u64 ns, u64 ticks); /* the counter's rate, seen over a longer time */
bool vm_time_by_apic(void);
bool vm_time_kvm_scale(u32 mul, int shift, u32 *mult, u32 *down);
void vm_timer_due(u64 now);  /* the alarm, if its time has come */
void vm_timer_arm(u64 mono); /* an interrupt then, or before */
void vm_timer_fired(void);   /* it came */
void vm_timer_retry(void);   /* an upcall was not possible: soon again */
void vm_irq_start(void);
void vm_irq_eoi(void);
void vm_irq_taken(void);          /* one came */
void vm_irq_ready(void);          /* before a sleep */
bool vm_irq_serial(unsigned gsi); /* an edge-triggered line that is always open */
bool vm_irq_complete(void);       /* every device can wake us */
/* The local APIC's timer: counts down from `ticks` of its own clock. */
void vm_apic_write(u32 reg, u32 value);
u32 vm_apic_read(u32 reg);
/* Lets it begin; when, and in how many ticks of the time-stamp counter. */
u64 vm_apic_count(u32 count, u64 *before);
extern bool vm_apic; /* there is one */

/* ---- serial.c, console.c, say.c */
void vm_serial_start(void);  /* before anything can be said */
void vm_serial_ready(void);  /* the boot parameters are known */
void vm_serial_take(void);   /* what has arrived: from the interrupt, and before a sleep */
extern bool vm_serial_wakes; /* input interrupts */
extern bool vm_look_soon;    /* a stream cannot wake us: no long sleep */
void vm_stdio_add(void);
void vm_log(const char *text, size_t n);
void vm_vsay(const char *fmt, __builtin_va_list args);

/* ---- report.c, end.c, power.c */
void vm_report(unsigned sig, const struct pith_regs *regs, const char *text);
NORETURN void vm_killed(unsigned sig);
NORETURN void vm_base_fault(const struct pith_regs *regs, u64 address);
NORETURN void vm_power_off(unsigned status);
const char *vm_name(void); /* the program's */
bool vm_fault(struct pith_regs *regs);
bool vm_upcall(struct pith_regs *regs);
bool vm_emulate(struct pith_regs *regs);

/* ---- acpi.c */
/* The table with this signature: physical address and length of a checked one; false: none. */
bool vm_acpi(const char *signature, u64 *phys, u32 *len);

/* ---- rng.c */
void vm_random(void *to, size_t n);
/* good: it did not come from the time alone. */
void vm_random_mix(const u64 value[8], bool good);
void vm_random_start(void);
bool vm_random_strong(void); /* something but the time went in */

/* ---- start.c */
NORETURN void vm_start(unsigned by, u64 info, u32 tsc);
extern u64 vm_tsc_entry; /* the time-stamp counter when the loader let go */

extern const struct pith_joined vm_joined;
_Static_assert(sizeof(struct pith_joined) == VM_JOINED_BYTES, "asm.h");

#endif
