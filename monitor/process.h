/* Shared by the files of the process machine: guest and monitor in one address space.
 *
 * Image, boot window and arena lie at their guest addresses in the monitor's own process; the
 * jail (jail.h) is what separates them from the host. The filter refuses every system call made
 * from guest addresses, so a guest can only call process_hypercall.
 */
#ifndef MON_PROCESS_H
#define MON_PROCESS_H

#include "jail.h"
#include "limits.h"
#include "machine.h"

/* Offsets are known to process_entry.S. */
struct process_cpu {
    uint64_t host_rsp, host_fs;   /* the monitor's while the guest runs */
    uint64_t guest_rsp, guest_fs; /* the guest's during a hypercall */
    uint8_t over;                 /* leave instead of returning from a hypercall */
};
extern struct process_cpu process_cpu;
extern char process_stack[MON_SIGNAL_STACK]; /* for signal handlers */

/* process_entry.S */
void process_enter(uint64_t entry, uint64_t stack, uint64_t boot);
void process_leave(void);
void process_hypercall(void);
extern const char process_hypercall_ret[];
void process_on_signal(int sig, void *info, void *ucontext);

/* process_run.c */
void process_run(struct mon *m);
bool process_regs(struct mon *m, struct pith_regs *regs);
long process_serve(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
void process_signal(int sig, void *info, void *ucontext);

/* process_memory.c */
int process_memory_create(struct mon *m, struct host_error *err);
void process_seal(struct mon *m); /* what the guest may only read */
int process_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot);
uint64_t process_unmap(struct mon *m, uint64_t va, uint64_t len);
int process_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot);
int process_alias(struct mon *m, uint64_t va, uint64_t src, uint64_t len, unsigned prot);
int process_move(struct mon *m, uint64_t va, uint64_t src, uint64_t len);
int process_map_file(struct mon *m, uint64_t va, uint64_t len, int fd, uint64_t offset,
                     unsigned prot);
size_t process_host(struct mon *m, uint64_t va, size_t len, void **host);

/* process_frames.c: pages with more than one name. */
int process_frames_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot);
uint64_t process_frames_unmap(uint64_t va, uint64_t len);
int process_frames_alias(uint64_t va, uint64_t src, uint64_t len, unsigned prot);
bool process_frames_move(uint64_t va, uint64_t src, uint64_t len);
/* Is the page a shared one? */
bool process_frames_has(uint64_t va);

/* process_jail.c */
extern const struct mon_jail_rule process_jail_rules[];

int process_prot(unsigned prot); /* PITH_PROT_* to PROT_* */

#endif
