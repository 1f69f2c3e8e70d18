/* The kvm machine: a virtual machine with one vcpu, no devices, and no code of the guest's own
 * in ring 0.
 *
 * Guest physical memory
 *
 *   0         CPU tables, fault stubs, fault stack, hypercall page, boot window
 *   image     the image, mapped from the program file (its pages are shared with other runs)
 *   first     frames: page tables and the guest's pages, handed out upwards
 *   size
 *
 * It is one stretch of host addresses that costs nothing until touched. KVM's own cost for a
 * memory slot grows with the slot, so only [0, slots.end) is known to KVM; slots are added, each
 * as large as all before, when frames run out.
 *
 * Guest virtual memory is that of abi.h. The pages of the machine's own lie in the boot window's
 * range behind the window: the hypercall page (user: read, execute) and three supervisor pages.
 *
 * Translations. KVM with shadow paging copies our page tables entry by entry and never learns
 * that the host has changed one, so:
 *  - A table that is linked stays linked. A 2 MiB region gets either a table or one large page;
 *    before it gets the other, or another large page, KVM is made to forget everything it has
 *    (kvm_forget), because its copies of large pages hang on the region, not on our entry.
 *  - Rights that are taken away reach the hardware by kvm_zap on the frame's host address: every
 *    KVM must drop all translations to a host page whose mapping changes (MMU notifier), on
 *    processors with nested paging including those combined with the guest's tables.
 *  - Rights that are added need nothing: the next fault walks our tables again.
 */
#ifndef MON_KVM_H
#define MON_KVM_H

#include <linux/kvm.h>
#include <setjmp.h>

#include "jail.h"
#include "kvm_ports.h"
#include "machine.h"

#define KVM_HUGE (2ull << 20)

/* Without CPUID leaves of its own a vcpu has 36 physical address bits. */
#define KVM_GPA_MAX (1ull << 36)

/* Page table entries (AMD64 APM vol. 2, 5.3). ACCESSED and DIRTY are always set: KVM then neither
 * writes our tables nor maps read-only first, and maps eight neighbours at one fault. */
#define KVM_PTE_PRESENT 0x001ull
#define KVM_PTE_WRITE 0x002ull
#define KVM_PTE_USER 0x004ull
#define KVM_PTE_TOUCHED 0x060ull
#define KVM_PTE_LARGE 0x080ull  /* in a directory: a page of 2 MiB, no table */
#define KVM_PTE_MAPPED 0x200ull /* ours: a page is here, accessible or not */
#define KVM_PTE_STALE 0x400ull  /* ours: no page, but KVM may remember a large one (see below) */
#define KVM_PTE_NX (1ull << 63)
#define KVM_PTE_FRAME 0x000ffffffffff000ull

struct kvm_slots {
    uint64_t end;   /* guest physical memory known to KVM */
    unsigned count; /* slot numbers used */
};

struct kvm_frames {
    uint64_t next;  /* never used frames begin here (guest physical) */
    uint64_t *free; /* a bit each, of frames below next that are free again */
    uint64_t nfree;
    uint64_t hint;   /* where the last search ended, in words of `free` */
    uint32_t *names; /* further names of each frame (ALIAS), NULL until there is one */
    uint64_t kept;   /* of all that is left, this many are for the tables of large pages */
};

struct kvm_guest {
    int kvm, vm, vcpu;
    struct kvm_run *run;
    size_t run_size;

    uint8_t *ram; /* host address of guest physical 0 */
    uint64_t size;
    struct kvm_slots slots;
    struct kvm_frames frames;

    uint64_t image; /* guest physical address of the image's first page */

    /* A directory entry that is STALE carries the count of forgettings before it in place of a
     * frame: if there was one since, it is as good as new. */
    uint64_t forgotten;
    unsigned splits;     /* large pages that had to be broken up */
    uint64_t root;       /* guest physical address of the top page table */
    uint64_t supervisor; /* guest virtual address of the three supervisor pages */
    bool running;        /* guest code has run: what is committed now is about to be touched */
    bool ordinary;       /* hardware virtualization: CPUID and TSC are virtual too */
};

/* kvm_frames.c */
/* `first` and g->size are known; makes the first slot. */
int kvm_frames_start(struct kvm_guest *g, uint64_t first, struct host_error *err);
/* Between 1 and `want` contiguous free frames, zeroed: their address, *got their number; 0 if
 * there are none. */
uint64_t kvm_frames_take(struct kvm_guest *g, uint64_t want, uint64_t *got);
/* A free large page, or 0. */
uint64_t kvm_frames_take_large(struct kvm_guest *g);
/* How many could be taken, the host permitting. */
uint64_t kvm_frames_left(const struct kvm_guest *g);
/* Gives frames and their memory back. */
void kvm_frames_give(struct kvm_guest *g, uint64_t gpa, uint64_t count);
/* Makes KVM drop every translation it has of this guest. */
int kvm_forget(struct kvm_guest *g);
/* Makes KVM drop its translations to these bytes of guest physical memory. */
void kvm_zap(struct kvm_guest *g, uint64_t gpa, uint64_t len);

/* kvm_tables.c */
int kvm_tables_start(struct kvm_guest *g);
/* The page table (512 entries) of the 2 MiB region of va, NULL if it has none. */
uint64_t *kvm_table(const struct kvm_guest *g, uint64_t va);
/* The directory entry of that region, NULL if it has no directory. */
uint64_t *kvm_directory(const struct kvm_guest *g, uint64_t va);
/* Makes a large page of the region: true, or false if it has to be small ones. */
bool kvm_tables_large(struct kvm_guest *g, uint64_t va, uint64_t flags);
/* Its page is gone (the caller frees it). */
void kvm_tables_drop_large(struct kvm_guest *g, uint64_t *slot);
/* Gives tables to the large pages in a range, all of them or (`edges`) those that reach out of it.
 * 0 or -errno (then the host has no memory left). */
int kvm_tables_split(struct kvm_guest *g, uint64_t va, uint64_t len, bool edges);
/* Makes page tables for a range without large pages. 0 or -ENOMEM. */
int kvm_tables_make(struct kvm_guest *g, uint64_t va, uint64_t len);
/* Frees the arena's empty page tables; how many. For when frames have run out. */
uint64_t kvm_tables_collect(struct kvm_guest *g);
uint64_t kvm_pte_flags(unsigned prot);
static inline uint64_t *kvm_pte(const struct kvm_guest *g, uint64_t va)
{
    uint64_t *table = kvm_table(g, va);
    return table ? &table[(va >> 12) & 511] : NULL;
}

/* kvm_cpu.c */
/* Bytes at guest physical 0 for the CPU: descriptor tables, stubs, stack; hypercall page. */
#define KVM_CPU_PAGES 4u
#define KVM_CPU_TABLES 0u
#define KVM_CPU_STUBS 1u
#define KVM_CPU_STACK 2u
#define KVM_CPU_CALL 3u
void kvm_cpu_fill(struct kvm_guest *g);
int kvm_cpu_start(struct kvm_guest *g, struct host_error *err);
/* The state the first KVM_RUN starts from, through g->run. */
void kvm_cpu_enter(struct kvm_guest *g, uint64_t rip, uint64_t rsp, uint64_t rdi);
/* Where a stub goes to leave ring 0: the guest address of an iretq, and the frame it pops. */
uint64_t kvm_cpu_iretq(const struct kvm_guest *g);
struct kvm_frame {
    uint64_t rax, error, rip, cs, rflags, rsp, ss; /* as the stub leaves it */
};
struct kvm_frame *kvm_cpu_frame(const struct kvm_guest *g);
uint64_t kvm_cpu_frame_address(const struct kvm_guest *g);

/* kvm_memory.c */
int kvm_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot);
uint64_t kvm_unmap(struct mon *m, uint64_t va, uint64_t len);
int kvm_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot);
int kvm_alias(struct mon *m, uint64_t va, uint64_t src, uint64_t len, unsigned prot);
int kvm_move(struct mon *m, uint64_t va, uint64_t src, uint64_t len);
size_t kvm_span(struct mon *m, uint64_t va, size_t len, void **host);

/* kvm_run.c */
/* The registers of the last exit. */
void kvm_regs_now(struct kvm_guest *g, struct pith_regs *r);
bool kvm_regs(struct mon *m, struct pith_regs *r);
void kvm_run_guest(struct mon *m);

/* kvm_signal.c */
void kvm_on_signal(int sig, void *info, void *ucontext);
extern jmp_buf kvm_give_up; /* out of whatever the monitor does, to the end of the run */

/* kvm_jail.c */
extern const struct mon_jail_rule kvm_jail_rules[];

/* kvm_exit.c */
/* Exceptions, and the page fault's error bit of an instruction fetch (AMD64 APM vol. 2, 8.2). */
#define KVM_INVALID_OPCODE 6u
#define KVM_GENERAL_PROTECTION 13u
#define KVM_PAGE_FAULT 14u
#define KVM_ERROR_FETCH 16u
/* If this fault is a system call of the program's own: ends it with a sentence. */
bool kvm_system_call(struct mon *m, struct pith_regs *regs);
/* KVM itself has given up (exit reason, or -errno of KVM_RUN): one sentence for each way. */
void kvm_gave_up(struct mon *m, int reason);

#endif
