/* See fake.h. */
#include <stdlib.h>
#include <string.h>

#include "fake.h"

#include "arch/context.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sched/thread.h"
#include "sched/upcall.h"
#include "sys/time.h"

#undef memset
#undef memcpy

struct thread sched_main, fake_second;
struct thread *sched_current_ptr = &sched_main;
struct list sched_threads;
unsigned sched_count = 2;
unsigned long fake_now;
int fake_died, fake_stopped, fake_woken;
jmp_buf fake_death;
unsigned long fake_fpu;

static void *page;
static struct timer *timers[16];

static long call(long nr, long a, long b, long c, long d)
{
    (void)b, (void)c, (void)d;
    if (nr == PITH_HC_STOP)
        fake_stopped = (int)a;
    return 0;
}

static struct pith_boot boot = {.hypercall = (u64)call, .pid = 7, .uid = 1000};
const struct pith_boot *host_boot = &boot;

void fake_reset(void)
{
    free(page);
    page = 0;
    memset(&sched_main, 0, sizeof(sched_main));
    memset(&fake_second, 0, sizeof(fake_second));
    list_init(&sched_threads);
    list_add_tail(&sched_threads, &sched_main.all);
    list_add_tail(&sched_threads, &fake_second.all);
    sched_main.state = fake_second.state = THREAD_SLEEPING;
    sched_main.tid = 7;
    fake_second.tid = 8;
    memset(timers, 0, sizeof(timers));
    fake_died = fake_stopped = fake_woken = 0;
}

void *fake_pages(unsigned long n)
{
    return page = calloc(n, 4096);
}

void host_die(int signal, const struct pith_regs *regs, const char *msg)
{
    (void)regs, (void)msg;
    fake_died = signal;
    longjmp(fake_death, 1);
}

void sched_wake(struct thread *t)
{
    (void)t;
    fake_woken++;
}

void *mem_alloc(size_t size)
{
    return calloc(1, size);
}

void mem_free(void *p)
{
    free(p);
}

int user_touch(const void *p, size_t n, bool write)
{
    (void)write;
    return (u64)p + n > (u64)page + (16 << 12) || (u64)p < (u64)page ? -EFAULT : 0;
}

int user_copy(void *dst, const void *src, size_t n)
{
    if (!dst || !src)
        return -EFAULT;
    memcpy(dst, src, n);
    return 0;
}

size_t arch_fpu_size(void)
{
    return 832;
}

void arch_fpu_save(void *area)
{
    memcpy(area, &fake_fpu, sizeof(fake_fpu));
}

void arch_fpu_load(const void *area)
{
    memcpy(&fake_fpu, area, sizeof(fake_fpu));
}

void signal_return(void);
void signal_return(void) {}

void sched_upcall_enable(void) {}

void sched_alarm_update(void) {}

nsec_t time_mono(void)
{
    return fake_now;
}

int time_clock(int clock, u64 *ns)
{
    *ns = fake_now;
    return clock == 99 ? -EINVAL : 0;
}

void timer_cancel(struct timer *t)
{
    for (int i = 0; i < 16; i++)
        if (timers[i] == t)
            timers[i] = 0;
    t->set = false;
}

void timer_set(struct timer *t, nsec_t when, void (*fire)(struct timer *))
{
    timer_cancel(t);
    t->when = when;
    t->fire = fire;
    t->set = true;
    for (int i = 0; i < 16; i++) {
        if (!timers[i]) {
            timers[i] = t;
            return;
        }
    }
    abort();
}

int fake_timer(void)
{
    struct timer *first = 0;
    for (int i = 0; i < 16; i++)
        if (timers[i] && timers[i]->when <= fake_now && (!first || timers[i]->when < first->when))
            first = timers[i];
    if (!first)
        return 0;
    timer_cancel(first);
    first->fire(first);
    return 1;
}
