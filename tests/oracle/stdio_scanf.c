/* scanf, strtol, strtod: what is taken and what is left. */
#include "t.h"
#include <float.h>
#include <math.h>
#include <wchar.h>

static void integers(void)
{
    static const char *const in[] = {"0",
                                     "  42x",
                                     "-17",
                                     "0x1f",
                                     "077",
                                     "08",
                                     "",
                                     "abc",
                                     "+",
                                     "0x",
                                     "99999999999999999999",
                                     "-99999999999999999999",
                                     "z",
                                     "1e5",
                                     "9223372036854775807",
                                     "-9223372036854775808",
                                     "0b11"};
    static const int bases[] = {0, 10, 16, 8, 36, 2};

    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        for (size_t k = 0; k < sizeof bases / sizeof *bases; k++) {
            char *e1, *e2;
            errno = 0;
            long l = strtol(in[i], &e1, bases[k]);
            int err = errno;
            errno = 0;
            unsigned long u = strtoul(in[i], &e2, bases[k]);
            say("%s/%d: %ld %s %s; %lu %s %s", in[i], bases[k], l, e1, t_errno(err), u, e2,
                t_errno(errno));
        }
    char *end;
    errno = 0;
    volatile int bad_base = 37;
    say("%ld", strtol("5", &end, bad_base));
    say("%s", t_errno(errno));
}

static void doubles(void)
{
    static const char *const in[] = {"1",
                                     "1.5e3",
                                     ".5",
                                     "5.",
                                     "1e",
                                     "1e+",
                                     "-0",
                                     "inf",
                                     "-Infinity",
                                     "nan",
                                     "nan(123)",
                                     "NAN(",
                                     "0x1.8p3",
                                     "0x",
                                     "0x.8",
                                     "1e400",
                                     "-1e400",
                                     "1e-400",
                                     "4.9e-324",
                                     "2.4e-324",
                                     "1.7976931348623157e308",
                                     "1.7976931348623159e308",
                                     "2.2250738585072014e-308",
                                     "2.2250738585072011e-308",
                                     "9007199254740993",
                                     "0.1000000000000000055511151231257827021181583404541015625",
                                     "8.5",
                                     "123456789012345678901234567890",
                                     " \t7",
                                     "e5",
                                     "."};

    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        char *e;
        errno = 0;
        double d = strtod(in[i], &e);
        say("%s: %a %.17g %s %s", in[i], d, d, e, t_errno(errno));
        errno = 0;
        float f = strtof(in[i], &e);
        say("   %a %s", f, t_errno(errno));
        errno = 0;
        long double l = strtold(in[i], &e);
        say("   %La %s", l, t_errno(errno));
    }
    for (int i = -330; i < 310; i += 37) {
        char text[40], back[40];
        snprintf(text, sizeof text, "%.17ge%d", 1.0 + i / 7.0, i);
        snprintf(back, sizeof back, "%.17g", strtod(text, 0));
        say("%s %s", text, back);
    }
}

int main(void)
{
    int a = -1, b = -1, n = -1;
    char s[40] = "", t[40] = "", *m = 0;
    float f;
    double d;
    short h;
    wchar_t w[10];

    integers();
    doubles();
    V(sscanf("12 34", "%d %d%n", &a, &b, &n));
    say("%d %d %d", a, b, n);
    V(sscanf("12abc", "%d%s", &a, s));
    S(s);
    V(sscanf("x", "%d", &a));
    V(sscanf("", "%d", &a));
    V(sscanf("  ", "%c", s));
    V(sscanf("abc:def", "%[^:]:%s", s, t));
    say("%s %s", s, t);
    V(sscanf("a1b2c3]", "%[a-c0-9]%c", s, t));
    say("%s %c", s, t[0]);
    V(sscanf("]x", "%[]x]", s));
    S(s);
    V(sscanf("12345", "%2d%3d", &a, &b));
    say("%d %d", a, b);
    V(sscanf("1 2 3", "%*d %d %*d", &a));
    V(a);
    V(sscanf("0x1F 077 19", "%i %i %i", &a, &b, &n));
    say("%d %d %d", a, b, n);
    V(sscanf("1.5 2.5e1", "%f %lf", &f, &d));
    say("%g %g", f, d);
    V(sscanf("70000", "%hd", &h));
    V(h);
    V(sscanf("hello world", "%ms", &m));
    S(m);
    free(m);
    V(sscanf("wide", "%ls", w));
    say("%ls", w);
    V(sscanf("50%", "%d%%", &a));
    V(sscanf("5 apples", "%d oranges%n", &a, &n));
    V(sscanf("abc", "%5c", s));
    V(sscanf("123", "%x", (unsigned *)&a));
    V(a);
    V(sscanf("two one", "%2$s %1$s", s, t));
    say("%s %s", s, t);
    V(sscanf("1e", "%lf", &d));
    V(sscanf("0x", "%i", &a));
    V(sscanf("nan inf", "%lf %f", &d, &f));
    say("%g %g", fabs(d), f);
    V(sscanf("0xdeadbeef", "%p", (void **)&m));
    YES((uintptr_t)m == 0xdeadbeef);
    V(atoi("  -12x"));
    V(atol("99999999999"));
    return 0;
}
