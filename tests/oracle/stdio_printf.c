/* printf in all its conversions. */
#include "t.h"
#include <float.h>
#include <limits.h>
#include <math.h>
#include <wchar.h>

int main(void)
{
    static const double d[] = {0.0,
                               -0.0,
                               1.0,
                               -1.5,
                               1e-5,
                               123456789.125,
                               1e100,
                               1e-300,
                               DBL_MAX,
                               DBL_MIN,
                               4.9406564584124654e-324,
                               INFINITY,
                               -INFINITY,
                               NAN,
                               0.1,
                               2.5,
                               3.5,
                               1e15,
                               1e16,
                               1e17,
                               99999.95,
                               0.00001234};
    static const char *const fmt[] = {"%f",    "%e",    "%g",       "%a",       "%.0f",
                                      "%.3e",  "%#g",   "%+012.4f", "%-15.2g|", "% .10f",
                                      "%#.0f", "%.17g", "%E",       "%G",       "%A"};
    int n = 0, n2 = 0;

    for (size_t i = 0; i < sizeof d / sizeof *d; i++)
        for (size_t k = 0; k < sizeof fmt / sizeof *fmt; k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            printf(fmt[k], d[i]);
#pragma GCC diagnostic pop
            putchar(k == sizeof fmt / sizeof *fmt - 1 ? '\n' : ' ');
        }
    printf("%d %d %u %ld %lld\n", INT_MIN, INT_MAX, UINT_MAX, LONG_MIN, LLONG_MAX);
    printf("%x %X %#x %#o %o %08x %-8x|\n", 255, 255, 255, 8, 8, 0xbeef, 0xbeef);
    printf("%5d|%-5d|%05d|%+d|% d|%.5d|%8.3d|%-8.3d|%.0d|\n", 42, 42, 42, 42, 42, 42, 42, 42, 0);
    printf("%hhd %hhu %hd %hu %zd %jd %td\n", (signed char)300, (unsigned char)300, (short)70000,
           (unsigned short)70000, (ssize_t)-5, (intmax_t)-6, (ptrdiff_t)-7);
    printf("%s|%10s|%-10s|%.3s|%10.3s|%c|%5c|%-5c|%%\n", "string", "string", "string", "string",
           "string", 'c', 'c', 'c');
    printf("%*d|%-*d|%.*f|%*.*f\n", 8, 42, 8, 42, 3, 3.14159, 10, 2, 2.71828);
    printf("%2$s %1$s %2$s\n", "one", "two");
    printf("%2$*1$d|\n", 6, 7);
    printf("123%n45%n\n", &n, &n2);
    printf("%d %d\n", n, n2);
    printf("%Lf %Le %Lg %La\n", 1.5L, 1e4000L, 1e-4000L, 1.5L);
    printf("%p %p\n", (void *)0, (void *)0x1234);
    printf("%ls|%lc|%S\n", L"wide", L'w', L"more");
    printf("%.50f\n%.60g\n", 0.1, 0.1);
    printf("%.300f\n", 1e-300);
    printf("%1000d|\n", 1);
    errno = ENOENT;
    printf("%m\n");
    char small[8];
    volatile size_t size = sizeof small;
    printf("%d ", snprintf(small, size, "%s", "0123456789"));
    puts(small);
    printf("%d\n", snprintf(0, 0, "%d", 12345));
    printf("%d\n", snprintf(small, size - 7, "x"));
    printf("%d %s\n", snprintf(small, sizeof small, "%ls", L"\x1F600"), t_errno(errno));
    char *s;
    printf("%d ", asprintf(&s, "%s-%d", "as", 1));
    puts(s);
    free(s);
    printf("%d\n", printf("%s", ""));
    fflush(stdout);
    dprintf(1, "dprintf %d\n", 5);
    fprintf(stderr, "to stderr %d\n", 6);
    perror("perror");
    for (int e = 0; e < 135; e++)
        printf("%d %s\n", e, strerror(e));
    for (int i = 0; i < 65; i++)
        printf("%d %s\n", i, strsignal(i));
    return 0;
}
