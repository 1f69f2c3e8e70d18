/* RLIMIT_AS and RLIMIT_DATA bound memory: calls answer ENOMEM, programs go on. */
#include "t.h"
#include <sys/mman.h>
#include <sys/resource.h>

static void limit(int what, rlim_t n)
{
    struct rlimit r = {n, RLIM_INFINITY};

    if (setrlimit(what, &r))
        say("setrlimit: %s", t_errno(errno));
}

int main(void)
{
    char *p;

    limit(RLIMIT_AS, 32 << 20);
    p = mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("64 MiB under a limit of 32: %s", p == MAP_FAILED ? t_errno(errno) : "mapped");
    errno = 0;
    p = malloc(64 << 20);
    say("malloc: %s", p ? "block" : t_errno(errno));
    p = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("8 MiB: %s", p == MAP_FAILED ? t_errno(errno) : "mapped");
    R((long)mremap(p, 8 << 20, 60 << 20, MREMAP_MAYMOVE));
    int n = 0;
    while (n < 100 && malloc(1 << 20))
        n++;
    YES(n > 10 && n < 32);
    limit(RLIMIT_AS, RLIM_INFINITY);
    YES(malloc(64 << 20) != 0);
    limit(RLIMIT_DATA, 16 << 20);
    p = mmap(0, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("32 MiB of data under a limit of 16: %s", p == MAP_FAILED ? t_errno(errno) : "mapped");
    p = mmap(0, 32 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("32 MiB of nothing: %s", p == MAP_FAILED ? t_errno(errno) : "mapped");
    limit(RLIMIT_DATA, RLIM_INFINITY);
    return 0;
}
