/* timerfd: one shot, repeating, absolute, disarming, reading, polling. */
#include "t.h"
#include <poll.h>
#include <sys/timerfd.h>

int main(void)
{
    uint64_t n = 0;
    int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), b;
    struct itimerspec s = {{0, 0}, {0, 20000000}}, old;
    struct pollfd p = {t, POLLIN, 0};
    double t0;

    R(read(t, &n, 8));
    R(poll(&p, 1, 0));
    R(timerfd_settime(t, 0, &s, 0));
    R(timerfd_gettime(t, &old));
    YES(old.it_value.tv_sec == 0 && old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 20000000);
    R(read(t, &n, 8));
    t0 = t_now();
    R(poll(&p, 1, 2000));
    YES(t_now() - t0 < 1.0);
    V(p.revents);
    R(read(t, &n, 7));
    R(read(t, &n, 8));
    V(n);
    R(read(t, &n, 8));
    R(timerfd_gettime(t, &old));
    say("%ld %ld", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
    s.it_value.tv_nsec = 5000000, s.it_interval.tv_nsec = 10000000;
    R(timerfd_settime(t, 0, &s, 0));
    t_sleep_ms(120);
    R(read(t, &n, 8));
    YES(n >= 10 && n < 40);
    t_sleep_ms(25);
    R(read(t, &n, 8));
    YES(n >= 1 && n < 30);
    R(timerfd_gettime(t, &old));
    say("interval %ld", old.it_interval.tv_nsec);
    memset(&s, 0, sizeof s);
    R(timerfd_settime(t, 0, &s, &old));
    say("old interval %ld", old.it_interval.tv_nsec);
    t_sleep_ms(20);
    R(poll(&p, 1, 0));
    R(read(t, &n, 8));

    b = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
    R(fcntl(b, F_GETFD));
    clock_gettime(CLOCK_REALTIME, &s.it_value);
    s.it_value.tv_nsec += 30000000;
    if (s.it_value.tv_nsec >= 1000000000)
        s.it_value.tv_sec++, s.it_value.tv_nsec -= 1000000000;
    R(timerfd_settime(b, TFD_TIMER_ABSTIME, &s, 0));
    R(read(b, &n, 8));
    V(n);
    s.it_value.tv_sec = 1000;
    R(timerfd_settime(b, TFD_TIMER_ABSTIME, &s, 0)); /* long ago: at once */
    R(read(b, &n, 8));
    V(n);
    s.it_value.tv_nsec = 1000000000;
    R(timerfd_settime(b, 0, &s, 0));
    s.it_value.tv_nsec = 0, s.it_value.tv_sec = -1;
    R(timerfd_settime(b, 0, &s, 0));
    R(timerfd_settime(b, 0x1000, &s, 0));
    R(timerfd_settime(b, 0, t_wild, 0));
    R(timerfd_settime(0x7000, 0, &s, 0));
    R(timerfd_gettime(b, t_wild));
    int null = open("/dev/null", O_RDWR);
    R(timerfd_settime(null, 0, &old, 0));
    R(timerfd_gettime(null, &old));
    R(timerfd_create(99, 0));
    R(timerfd_create(CLOCK_MONOTONIC, 0x10000));
    R(write(b, &n, 8));
    return 0;
}
