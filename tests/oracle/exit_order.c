/* What runs at exit, in which order, and what is flushed. */
#include "t.h"

static int depth;

static void c(void)
{
    say("third registered");
}
static void late(void)
{
    say("registered while leaving");
}
static void b(void)
{
    say("second registered");
    atexit(late);
}
static void a(void)
{
    say("first registered");
}
static void numbered(void)
{
    depth++;
}
static void report(void)
{
    say("%d of 100 ran", depth);
}

__attribute__((constructor)) static void before(void)
{
    say("constructor");
}
__attribute__((constructor(101))) static void before_early(void)
{
    say("early constructor");
}
__attribute__((destructor)) static void after(void)
{
    say("destructor");
}

int main(void)
{
    say("main");
    fputs("unflushed at exit, written last\n", stdout);
    R(atexit(a));
    R(atexit(b));
    R(atexit(c));
    R(atexit(report));
    for (int i = 0; i < 100; i++)
        if (atexit(numbered))
            say("atexit %d failed", i);
    FILE *f = fdopen(dup(1), "w");
    fputs("another stream\n", f);
    return 9;
}
