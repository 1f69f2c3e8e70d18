/* eventfd: counting, semaphore mode, overflow, blocking between threads, poll. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

static void *add_later(void *arg)
{
    uint64_t one = 1;

    for (int i = 0; i < 5; i++) {
        t_sleep_ms(5);
        write((int)(long)arg, &one, 8);
    }
    return 0;
}

static void *take_later(void *arg)
{
    uint64_t v;

    t_sleep_ms(20);
    read((int)(long)arg, &v, 8);
    say("taken %lx", (unsigned long)v);
    return 0;
}

int main(void)
{
    uint64_t v = 0;
    int e = eventfd(3, EFD_NONBLOCK);
    struct pollfd p = {e, POLLIN | POLLOUT, 0};
    pthread_t t;

    R(poll(&p, 1, 0));
    V(p.revents);
    R(read(e, &v, 8));
    V(v);
    R(read(e, &v, 8));
    R(poll(&p, 1, 0));
    V(p.revents);
    v = 5;
    R(write(e, &v, 8));
    v = 7;
    R(write(e, &v, 8));
    R(read(e, &v, 100));
    V(v);
    R(read(e, &v, 7));
    R(write(e, &v, 7));
    v = ~0ull;
    R(write(e, &v, 8));
    v = ~0ull - 1;
    R(write(e, &v, 8));
    R(poll(&p, 1, 0));
    V(p.revents);
    v = 1;
    R(write(e, &v, 8));
    v = 0;
    R(write(e, &v, 8));
    R(read(e, &v, 8));
    YES(v == ~0ull - 1);
    R(write(e, t_wild, 8));
    R(close(e));
    e = eventfd(4, EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK);
    R(fcntl(e, F_GETFD));
    for (int i = 0; i < 5; i++) {
        v = 9;
        R(read(e, &v, 8));
        V(v);
    }
    close(e);
    R(eventfd(0, 0x12345));
    e = eventfd(0, EFD_SEMAPHORE);
    pthread_create(&t, 0, add_later, (void *)(long)e);
    for (int i = 0; i < 5; i++)
        R(read(e, &v, 8));
    pthread_join(t, 0);
    close(e);
    e = eventfd(0, 0);
    v = ~0ull - 1;
    write(e, &v, 8);
    pthread_create(&t, 0, take_later, (void *)(long)e);
    v = 2;
    R(write(e, &v, 8));
    pthread_join(t, 0);
    R(read(e, &v, 8));
    V(v);
    int d = dup(e);
    R(eventfd_write(d, 11));
    eventfd_t x;
    R(eventfd_read(e, &x));
    V(x);
    return 0;
}
