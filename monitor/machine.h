/* The line between the common monitor and its machines (process, kvm).
 *
 * The common part owns everything a guest can ask for: it loads the image, fills the boot window,
 * checks every address and length, keeps the state of every page and the account against -m,
 * serves rings, clocks, signals and the tty, and writes reports. A machine does what only it can:
 * put pages where the guest sees them, run the guest, and stop it. A machine never sees an
 * unchecked range: all of them are page aligned, not empty, and in the state its comment names.
 *
 * Order of one run: probe, create, (common: fill the window, jail), run, process exit.
 * One guest a process, one thread. Back ends have the same file names behind their prefix:
 * X_machine.c (probe, create, the table), X_memory.c, X_run.c, X_jail.c.
 *
 * Errors: functions that prepare return 0, or -1 with one sentence in *err (host/error.h).
 * Functions that serve a guest return a count or -errno.
 */
#ifndef MON_MACHINE_H
#define MON_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pith/abi.h>

#include "host/error.h"
#include "image.h"

struct mon;

struct mon_machine {
    const char *name; /* "kvm", "process": what --on takes */
    uint32_t id;      /* enum pith_machine */

    /* 0 if this host can run it, -1 with the reason. Cheap: it is on the start path. */
    int (*probe)(struct host_error *err);

    /* Everything before guest code: maps the image (mon_image_map) and a zeroed boot window, and
     * sets m->image_host, m->window_host and m->hypercall. m->image and the window's three sizes
     * are known. Arena pages come later, through `map`. */
    int (*create)(struct mon *m, struct host_error *err);

    /* Arena pages, none of them mapped, become zeroed memory with protection `prot` (PITH_PROT_*,
     * SHARED included). 0 or -errno; on failure nothing is mapped. */
    int (*map)(struct mon *m, uint64_t va, uint64_t len, unsigned prot);

    /* Arena pages, all mapped, disappear. Returns how many bytes of memory that freed (less than
     * len where a page has other names), which the common part gives back to the account. */
    uint64_t (*unmap)(struct mon *m, uint64_t va, uint64_t len);

    /* Pages, all mapped, in the arena or in a writable segment of the image, get `prot`
     * (no SHARED bit). 0 or -errno. */
    int (*protect)(struct mon *m, uint64_t va, uint64_t len, unsigned prot);

    /* Arena pages [va, va+len), none mapped, become second names of the pages [src, src+len), all
     * mapped with SHARED, with protection `prot`. 0 or -errno; on failure nothing is mapped. */
    int (*alias)(struct mon *m, uint64_t va, uint64_t src, uint64_t len, unsigned prot);

    /* Arena pages [src, src+len), all mapped, move to [va, va+len), none mapped, with content and
     * protection. 0 or -errno; on failure nothing has moved. */
    int (*move)(struct mon *m, uint64_t va, uint64_t src, uint64_t len);

    /* Arena pages, none mapped, become the host's own pages of the file fd from `offset` (a
     * multiple of the page size) on, shared with everybody, with protection `prot`. They cost no
     * memory of -m. With fd -1 they become nothing again. 0 or -errno; on failure nothing has
     * changed. NULL: this machine does not offer it. */
    int (*map_file)(struct mon *m, uint64_t va, uint64_t len, int fd, uint64_t offset,
                    unsigned prot);

    /* Host address of arena byte va, and how many bytes from there are contiguous for the host
     * (1..len). All pages of [va, va+len) are mapped; whether the guest may read or write them
     * has been checked. The host can always write there or the machine makes it so. */
    size_t (*host)(struct mon *m, uint64_t va, size_t len, void **host);

    /* Registers of the guest where it is stopped; in a hypercall those of its caller. False: not
     * known. */
    bool (*regs)(struct mon *m, struct pith_regs *regs);

    /* Seals what the guest may only read, then enters it at m->image.entry as abi.h says, and
     * returns when m->over is set. Calls mon_hypercall, mon_fault and mon_upcall. */
    void (*run)(struct mon *m);

    /* What sigaction gets for every signal (SA_SIGINFO, SA_ONSTACK): must call mon_signal, then
     * see to it that running guest code is offered mon_upcall soon. Async-signal-safe. */
    void (*on_signal)(int sig, void *info, void *ucontext);

    /* mon_lingered is called when a host signal has stopped the guest. */
    bool lingers;

    /* System calls this machine makes after the jail closes, beyond the common ones (jail.h);
     * the list ends with a rule without `who`. */
    const struct mon_jail_rule *jail;
};

extern const struct mon_machine mon_process;
extern const struct mon_machine mon_kvm;

/* ---- What a machine may read and set of the run --------------------------------------------*/
struct mon {
    const struct mon_machine *machine;
    void *priv; /* the machine's own */

    struct mon_image image;
    uint8_t *image_host; /* host address of image.start; [start, end) is contiguous there */

    /* The boot window at PITH_BOOT_START, contiguous on the host. The guest may only read the
     * first window_ro bytes (boot information) and read and write the following window_rw
     * (vcpu, clock, rings, strings); the monitor writes both, the first only before run. Both are
     * whole pages. The machine may put pages of its own (hypercall code) into the guest's window
     * behind them. */
    uint8_t *window_host;
    uint64_t window_ro, window_rw;
    uint64_t hypercall; /* boot->hypercall */

    uint64_t ram_bytes;     /* -m */
    uint64_t ram_most;      /* what it may become during the run; less: it stays */
    uint64_t boot;          /* guest address of struct pith_boot: rdi at entry */
    struct pith_vcpu *vcpu; /* guest writable: read each field once */

    /* Set by mon_hypercall, mon_fault or mon_die when the guest has ended. */
    volatile bool over;

    struct mon_run *common; /* the common part's own */
};

/* ---- What the common monitor offers a machine ----------------------------------------------*/

/* One hypercall. Look at m->over afterwards; if set, leave run. */
long mon_hypercall(struct mon *m, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* The guest faulted with these registers. True: continue it at regs->rip with regs->rsp (now
 * the guest's fault entry and stack). False: it has ended (m->over). */
bool mon_fault(struct mon *m, struct pith_regs *regs);

/* To be asked before mon_fault. True: the page was packed (pack.h) and is there again; the guest
 * continues as it was. */
bool mon_unpack_fault(struct mon *m, const struct pith_regs *regs);

/* The guest was stopped by a host signal at these registers, in guest code. True: continue it
 * at regs->rip with regs->rsp (the upcall entry). False: continue as it was; if an upcall is
 * due but not possible now, another signal has been arranged within a millisecond. */
bool mon_upcall(struct mon *m, struct pith_regs *regs);

/* A host signal has stopped the guest, in the library OS (`inside`) or out of it: looks at the
 * rings of files if it is time (abi.h, PITH_FS_BEHIND). */
void mon_lingered(struct mon *m, bool inside);

/* A question to the monitor has come (control.h): to be called where the guest is stopped outside a
 * hypercall, while mon_asked says so. */
bool mon_asked(const struct mon *m);
void mon_answer(struct mon *m);

/* Notes a host signal: pending bits, timer, or nothing. Async-signal-safe, no errno change.
 * Wakes a sleeping PITH_HC_WAIT. */
void mon_signal(struct mon *m, int sig, void *info);

/* Ends the guest for a reason outside the ABI (a triple fault, a machine that broke): one
 * sentence for the user, the registers if given, status 128+sig. Sets m->over. */
void mon_die(struct mon *m, int sig, const struct pith_regs *regs, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The one guest of this process, for signal handlers. */
extern struct mon *mon_self;

#endif
