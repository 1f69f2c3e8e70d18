/* One run of a guest, as the common monitor keeps it. Machines do not look in here.
 *
 * All of it is one static object (one guest a process): nothing is allocated on the start path.
 */
#ifndef MON_RUN_H
#define MON_RUN_H

#include <signal.h>
#include <time.h>

#include "device.h"
#include "machine.h"
#include "monitor.h"

/* How the guest ended. */
enum mon_end_kind { MON_END_NONE, MON_END_EXIT, MON_END_SIGNAL };

struct mon_end {
    enum mon_end_kind kind;
    int value;      /* exit status or signal */
    bool have_regs; /* print a report */
    struct pith_regs regs;
    char text[1024 + 64]; /* a sentence for stderr, "" = none */
};

/* What a run has cost so far: how often the guest asked for something, by PITH_HC_* (0: a number
 * that is none), and how often it was stopped by a fault or a host signal. On kvm each is an exit.
 */
struct mon_counts {
    uint64_t calls[PITH_HC_LISTENING + 1], faults, interrupts;
};

/* What the boot window tells the guest about files: struct pith_mount and struct pith_file, whose
 * fields these are. The strings stay the caller's. */
#define MON_MOUNTS 32
struct mon_mount {
    const char *path;
    uint32_t type, flags, mode;
    int device; /* of mon_device_add, -1 = none */
    uint64_t size;
};
#define MON_FILES 8
struct mon_file {
    const char *path;
    const void *data;
    size_t len;
    uint32_t mode;
};

/* How far a guest's rest has come (rest.c). */
struct mon_resting {
    uint64_t since;  /* mono ns when it began, 0: it is not known yet */
    unsigned events; /* waits since then in which something had come */
    bool brief;      /* it was only disturbed */
    bool back;       /* something that was packed is back */
    uint64_t cpu;    /* processor time of this process when its devices let go */
    enum { MON_REST_NOT, MON_REST_DEVICES, MON_REST_PACKING, MON_REST_PACKED } stage;
};

struct mon_run {
    const struct mon_options *options;

    uint64_t used; /* bytes of -m handed out: image, window, committed pages */
    bool short_of; /* the last request for more was refused */

    struct mon_device device[MON_DEVICES];
    unsigned ndevices;
    struct mon_mount mount[MON_MOUNTS]; /* in the order of mounting */
    unsigned nmounts;
    struct mon_file file[MON_FILES];
    unsigned nfiles;
    struct pith_rlimit rlimit[16]; /* told to the guest: nrlimits of them */
    unsigned nrlimits;
    struct pith_stdio stdio[3];
    struct pith_clock *clock; /* host pointer, in the window */

    /* Sleeping: a signal handler zeroes `sleep`, so that no wake-up is lost between the last look
     * at `pending` and ppoll (it copies the timeout when it starts). */
    volatile struct timespec sleep;

    /* The guest's alarm and the host timer behind it, which is set at most as far away. */
    volatile uint64_t alarm; /* mono ns, 0 = off */
    volatile uint64_t armed; /* when the host timer fires, 0 = not set */
    int timer;               /* host timer id, -1 = none yet */

    uint64_t linger;  /* when rings of files are looked at unasked, 0 = not */
    uint64_t waits;   /* how many PITH_HC_WAIT there had been at the last look */
    unsigned lingers; /* how often there is reason to do so again after that */

    volatile uint64_t caught, ignored; /* PITH_HC_SIGNALS */

    struct mon_resting rest;
    uint64_t packed; /* bytes of the guest's that are packed (pack.h) */
    /* Brings back what is packed of a range; NULL: nothing is. */
    void (*unpack)(struct mon *m, uint64_t va, uint64_t len);

    volatile bool look;    /* a question has come (control.h) */
    uint64_t began, calls; /* mono ns of the start; hypercalls so far */

    const char *cwd; /* what the guest gets */
    int core;        /* descriptor of --core, -1 = none */
    struct mon_end end;
    uint64_t stamps[MON_STAMPS]; /* mono ns */
    struct mon_counts counts;
};

/* memory.c */
int mon_memory_start(struct mon *m, struct host_error *err);
int mon_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot);
long mon_memory(struct mon *m, uint64_t op, uint64_t va, uint64_t len, uint64_t arg);
/* The state byte of the page at va: PITH_PROT_* bits and MON_PAGE_MAPPED; 0 = not there. */
unsigned mon_page(const struct mon *m, uint64_t va);
/* First address >= va, below end, whose page is memory of the guest's, in the arena; end if there
 * is none. *stop gets the end of the run of pages in the same state. For core files. */
uint64_t mon_next_mapped(const struct mon *m, uint64_t va, uint64_t end, uint64_t *stop);
#define MON_PAGE_MAPPED 0x80u
#define MON_PAGE_FILE 0x20u   /* the host's own page of a file (mon_map_file): not of -m */
#define MON_PAGE_WINDOW 0x10u /* ... with which a mapping of the host begins */
/* File pages of a volume appear (fd >= 0) or disappear (fd < 0) at arena offset `at`; all values
 * are the guest's. 0 or -errno. */
int mon_map_file(struct mon *m, int fd, uint64_t offset, uint64_t len, uint64_t at, unsigned prot);

/* The guest's pages lie in a few stretches: all of them can be walked at no cost. */
bool mon_small(const struct mon *m);

/* span.c: the only way from a guest address to a pointer. */
/* Host pointer to guest byte va and the bytes from there (0..len) that are contiguous on the
 * host and that the guest itself may read (or write). 0: va is not the guest's to use. */
size_t mon_span(struct mon *m, uint64_t va, size_t len, bool write, void **host);
/* Host pointer to a mapped page of image or arena, whatever its rights, and how many of len bytes
 * are contiguous there. For the pages' keepers. */
size_t mon_host(struct mon *m, uint64_t va, size_t len, void **host);
/* 0, or -EFAULT (then some bytes may have been copied). */
int mon_copy_in(struct mon *m, void *to, uint64_t from, size_t len);
int mon_copy_out(struct mon *m, uint64_t to, const void *from, size_t len);

/* copy.S: memcpy that returns -EFAULT instead of faulting; the fault handler moves a fault with
 * RIP in [mon_copy_guarded, mon_copy_fault) to mon_copy_fault. */
long mon_copy_guarded(void *to, const void *from, size_t len);
extern const char mon_copy_fault[];

/* window.c */
int mon_window_size(struct mon *m, struct host_error *err);
int mon_window_fill(struct mon *m, struct host_error *err);

/* window_tables.c: the part of it that tells of devices, mounts and files. Bytes it takes in the
 * read-only part, and its rings in the writable part; then both are filled, at these offsets. */
uint64_t mon_tables_size(const struct mon *m);
uint64_t mon_rings_size(const struct mon *m);
void mon_tables_fill(struct mon *m, struct pith_boot *b, uint64_t tables, uint64_t rings);

/* wait.c */
long mon_wait(struct mon *m, uint64_t deadline);
/* Serves the devices that come first. */
void mon_serve_first(struct mon *m);
/* The guest may queue for those now without asking. */
void mon_linger(struct mon *m);

/* rest.c: the guest is about to sleep until `deadline`. When it wants to be asked again if nothing
 * comes. */
uint64_t mon_rest(struct mon *m, uint64_t now, uint64_t deadline);

/* clock.c */
uint64_t mon_now(void);
void mon_clock_publish(struct mon *m, uint64_t now);
long mon_clock(struct mon *m, uint64_t which);
long mon_cputime(void);
long mon_timer(struct mon *m, uint64_t deadline);
void mon_timer_due(struct mon *m, uint64_t now); /* the alarm, if its time has come */
void mon_timer_fired(struct mon *m);             /* from its signal */
void mon_timer_retry(struct mon *m);
void mon_timer_before(struct mon *m, uint64_t when); /* a signal at `when` or earlier */
#define MON_TIMER_SIGNAL 64                          /* SIGRTMAX, told from the user's by si_code */

/* signal.c */
int mon_signals_start(struct mon *m, struct host_error *err);
long mon_signals(struct mon *m, uint64_t caught, uint64_t ignored);
int mon_sigaction(int sig, void (*handler)(int, void *, void *), unsigned long flags);
long mon_stop(struct mon *m, uint64_t sig);

/* tty.c */
long mon_tty(struct mon *m, uint64_t op, uint64_t fd, uint64_t addr, uint64_t size);
void mon_tty_restore(void);

/* end.c */
void mon_exit(struct mon *m, int status);
long mon_guest_die(struct mon *m, uint64_t sig, uint64_t regs, uint64_t text, uint64_t len);
/* The guest broke a rule of the ABI: ends it with SIGABRT and a sentence. */
void mon_broken(struct mon *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void mon_finish(struct mon *m);
/* The moments of --time (MON_STAMPS of them, 0: not known) on stderr. */
void mon_print_times(const uint64_t *stamps);

/* stats.c: prints the counts and the requests to volumes (--stats). */
void mon_stats(const struct mon *m);

/* report.c, backtrace.c, core.c */
void mon_report(struct mon *m);
/* heading: with the line that says what it is. */
void mon_backtrace(struct mon *m, const struct pith_regs *regs, bool heading);
int mon_core(struct mon *m, int fd, const struct pith_regs *regs, int sig);
/* write(2) until done, stderr, no stdio. */
void mon_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
