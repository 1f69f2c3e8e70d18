/* The bench itself: see harness.h. Two threads take turns: one runs the guest, the other the
 * script, which only acts while the guest waits in HC_NEXT.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "monitor/run.h"
#include "harness.h"

struct mon guest;
struct mon *mon_self;
struct kvm_guest *machine;
struct pith_regs last;
int died;
char died_of[256];
void (*in_hypercall)(void);

static sem_t asked, answered; /* script -> guest, guest -> script */
static bool faulted;
static volatile struct command *command;
static int failed;

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int host_fail(struct host_error *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (e)
        vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    return -1;
}

/* ---- the common monitor's part ------------------------------------------------------------ */

int mon_image_map(const struct mon_image *image, void *base, enum mon_map_mode mode,
                  struct host_error *err)
{
    for (unsigned i = 0; i < image->nsegments; i++) {
        const struct mon_segment *s = &image->segments[i];
        int prot = PROT_READ | (s->prot & PITH_PROT_WRITE ? PROT_WRITE : 0);
        if (mmap((char *)base + (s->va - image->start), s->memsz, prot, MAP_PRIVATE | MAP_FIXED,
                 image->fd, (off_t)s->offset) == MAP_FAILED)
            return host_fail(err, "mmap: %s", strerror(errno));
    }
    return mode == MON_MAP_DATA ? 0 : -1;
}

static void wait_for(sem_t *s)
{
    while (sem_wait(s) && errno == EINTR)
        ;
}

long mon_hypercall(struct mon *m, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    (void)b, (void)c, (void)d;
    if (in_hypercall)
        in_hypercall();
    if (nr == HC_ANSWER)
        return (long)a + 1;
    if (nr == HC_FAULTED)
        faulted = true;
    if (nr == HC_UPCALLED || nr == HC_FAULTED)
        return 0;
    if (nr != HC_NEXT)
        mon_die(m, SIGABRT, NULL, "unknown hypercall %llu", (unsigned long long)nr);
    sem_post(&answered);
    wait_for(&asked);
    return 0;
}

bool mon_fault(struct mon *m, struct pith_regs *regs)
{
    last = *regs;
    regs->rip = m->vcpu->fault_entry;
    regs->rsp = m->vcpu->fault_stack;
    return true;
}

/* Nobody asks here, no file waits, nothing is packed, and nothing looks into the guest. */
bool mon_unpack_fault(struct mon *m, const struct pith_regs *regs)
{
    return (void)m, (void)regs, false;
}

bool mon_asked(const struct mon *m)
{
    (void)m;
    return false;
}

void mon_answer(struct mon *m)
{
    (void)m;
}

void mon_lingered(struct mon *m, bool inside)
{
    (void)m, (void)inside;
}

int mon_copy_in(struct mon *m, void *to, uint64_t from, size_t len)
{
    (void)m, (void)to, (void)from, (void)len;
    return -EFAULT;
}

bool mon_upcall(struct mon *m, struct pith_regs *regs)
{
    if (!m->vcpu->pending || regs->rip < m->vcpu->os_text_end)
        return false;
    m->vcpu->pending = 0;
    last = *regs;
    regs->rip = m->vcpu->upcall_entry;
    regs->rsp = m->vcpu->upcall_stack;
    return true;
}

void mon_signal(struct mon *m, int sig, void *info)
{
    (void)sig, (void)info;
    m->vcpu->pending = PITH_PEND_TIMER;
}

void mon_die(struct mon *m, int sig, const struct pith_regs *regs, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(died_of, sizeof died_of, fmt, args);
    va_end(args);
    if (regs)
        last = *regs;
    died = sig;
    m->over = true;
}

void mon_say(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
}

/* ---- the script's part -------------------------------------------------------------------- */

uint64_t guest_code(const uint8_t *label)
{
    return IMAGE_START + (uint64_t)(label - payload);
}

static bool ask(enum op op, uint64_t addr, uint64_t value)
{
    command->op = op;
    command->addr = addr;
    command->value = value;
    faulted = false;
    sem_post(&asked);
    wait_for(&answered);
    return !faulted && !died;
}

bool guest_read(uint64_t va, uint64_t *value)
{
    bool ok = ask(OP_READ, va, 0);
    *value = command->result;
    return ok;
}

bool guest_write(uint64_t va, uint64_t value)
{
    return ask(OP_WRITE, va, value);
}

bool guest_call(uint64_t va, uint64_t *value)
{
    bool ok = ask(OP_CALL, va, 0);
    *value = command->result;
    return ok;
}

uint64_t guest_touch(uint64_t va, uint64_t count)
{
    uint64_t start = now_ns();
    if (!ask(OP_TOUCH, va, count))
        fail("the guest faulted at %#llx", (unsigned long long)last.addr);
    return now_ns() - start;
}

void fail(const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    printf("not ok %s: %s%s%s\n", program_invocation_name, text, died ? "; died: " : "", died_of);
    fflush(stdout);
    _exit(1);
}

static void *run_thread(void *unused)
{
    mon_kvm.run(&guest);
    sem_post(&answered);
    return unused;
}

#define WINDOW_RO 4096u
#define WINDOW_RW 8192u

static void make_image(struct mon_image *image)
{
    static uint8_t page[4096];
    image->fd = memfd_create("image", MFD_CLOEXEC);
    memcpy(page, payload, (size_t)(payload_end - payload));
    if (image->fd < 0 || write(image->fd, page, sizeof page) != sizeof page)
        fail("no image");
    memset(page, 0x77, sizeof page);
    if (write(image->fd, page, sizeof page) != sizeof page)
        fail("no image");
    image->start = IMAGE_START;
    image->end = IMAGE_DATA + 4096;
    image->entry = IMAGE_START;
    image->nsegments = 2;
    image->segments[0] =
        (struct mon_segment){IMAGE_START, 4096, 0, 4096, PITH_PROT_READ | PITH_PROT_EXEC};
    image->segments[1] =
        (struct mon_segment){IMAGE_DATA, 4096, 4096, 4096, PITH_PROT_READ | PITH_PROT_WRITE};
}

static void start(uint64_t memory)
{
    struct host_error err = {""};
    make_image(&guest.image);
    guest.machine = &mon_kvm;
    guest.ram_bytes = memory;
    guest.window_ro = WINDOW_RO;
    guest.window_rw = WINDOW_RW;
    guest.boot = PITH_BOOT_START;
    mon_self = &guest;
    if (mon_kvm.probe(&err) || mon_kvm.create(&guest, &err))
        fail("create: %s", err.text);
    machine = guest.priv;
    uint8_t *rw = guest.window_host + WINDOW_RO;
    uint64_t rw_va = PITH_BOOT_START + WINDOW_RO, *boot = (void *)guest.window_host;
    command = (void *)(rw + 2048);
    boot[0] = rw_va + 2048;
    boot[1] = guest.hypercall;
    guest.vcpu = (void *)rw;
    guest.vcpu->os_text_start = IMAGE_START;
    guest.vcpu->os_text_end = guest_code(payload_spin);
    guest.vcpu->fault_entry = guest_code(payload_fault);
    guest.vcpu->upcall_entry = guest_code(payload_upcall);
    guest.vcpu->fault_stack = guest.vcpu->upcall_stack = rw_va + WINDOW_RW - 64;
    uint64_t *stack = (void *)(rw + WINDOW_RW - 64);
    stack[0] = boot[0];
    stack[1] = guest.hypercall;
    stack[2] = PITH_STACK_TOP;
    if (mon_kvm.map(&guest, PITH_STACK_TOP - 65536, 131072, PITH_PROT_READ | PITH_PROT_WRITE))
        fail("map of the stack");
    sem_init(&asked, 0, 0);
    sem_init(&answered, 0, 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_thread, NULL))
        fail("no thread");
    /* Host signals are for the thread that runs the guest, as in the monitor, which has one. */
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    wait_for(&answered);
    if (died)
        fail("at entry");
}

void run(const char *name, uint64_t memory, void (*script)(void))
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        program_invocation_name = (char *)name;
        alarm(60);
        start(memory);
        script();
        printf("ok %s\n", name);
        fflush(stdout);
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        status = 1;
    if (WIFSIGNALED(status))
        printf("not ok %s: ended by signal %d\n", name, WTERMSIG(status));
    failed += status != 0;
}

int kvm_missing(char *why, unsigned size)
{
    /* In a process of its own: a virtual machine belongs to the process that made it. */
    int ends[2], status = 1;
    if (pipe(ends))
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        struct host_error err = {""};
        int missing = mon_kvm.probe(&err);
        if (missing && write(ends[1], err.text, strlen(err.text)) < 0)
            _exit(1);
        _exit(missing != 0);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], why, size - 1);
    why[n > 0 ? n : 0] = 0;
    close(ends[0]);
    return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

int failures(void)
{
    return failed;
}
