/* C11 threads, and setjmp in its uses: jumping out of calls, values, volatile locals. */
#include "t.h"
#include <setjmp.h>
#include <threads.h>

static mtx_t m;
static cnd_t c;
static tss_t key;
static once_flag flag = ONCE_FLAG_INIT;
static int n;
static _Thread_local int mine;
static jmp_buf jb;

static void once(void)
{
    n += 1000;
}

static void gone(void *p)
{
    (void)p;
    mtx_lock(&m);
    n += 10;
    mtx_unlock(&m);
}

static int work(void *arg)
{
    mine = (int)(long)arg;
    call_once(&flag, once);
    tss_set(key, &mine);
    mtx_lock(&m);
    n++;
    cnd_signal(&c);
    mtx_unlock(&m);
    if (mine == 3)
        thrd_exit(33);
    return mine * 2;
}

__attribute__((noinline)) static void deep(int d)
{
    if (d == 0)
        longjmp(jb, 42);
    deep(d - 1);
}

int main(void)
{
    thrd_t t[5];
    int r;
    struct timespec ts;

    V(mtx_init(&m, mtx_plain | mtx_recursive));
    V(cnd_init(&c));
    V(tss_create(&key, gone));
    for (long i = 0; i < 5; i++)
        V(thrd_create(&t[i], work, (void *)i));
    for (int i = 0; i < 5; i++) {
        thrd_join(t[i], &r);
        V(r);
    }
    V(n);
    V(mtx_lock(&m)), V(mtx_trylock(&m)), V(mtx_unlock(&m)), V(mtx_unlock(&m));
    timespec_get(&ts, TIME_UTC);
    mtx_lock(&m);
    V(cnd_timedwait(&c, &m, &ts) == thrd_timedout);
    V(thrd_sleep(&(struct timespec){0, 1000}, 0));
    V(thrd_equal(thrd_current(), thrd_current()));
    thrd_yield();

    volatile int v = 1;
    r = setjmp(jb);
    if (r == 0) {
        v = 2;
        deep(200);
    }
    say("%d %d", r, v);
    if ((r = setjmp(jb)) == 0)
        longjmp(jb, 0);
    V(r);
    volatile int loops = 0;
    setjmp(jb);
    if (++loops < 100000)
        longjmp(jb, 1);
    V(loops);
    /* Masks: siglongjmp restores what sigsetjmp saved, longjmp leaves them. */
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGUSR1);
    sigjmp_buf sb;
    if (!sigsetjmp(sb, 1)) {
        sigprocmask(SIG_BLOCK, &set, 0);
        siglongjmp(sb, 1);
    }
    sigprocmask(SIG_BLOCK, 0, &set);
    V(sigismember(&set, SIGUSR1));
    return 0;
}
