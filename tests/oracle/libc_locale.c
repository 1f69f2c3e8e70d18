/* Locales, UTF-8 conversion, wide streams, character classes, iconv. */
#include "t.h"
#include <ctype.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <wchar.h>
#include <wctype.h>

int main(void)
{
    char buf[100];
    wchar_t w[100];
    mbstate_t st;

    S(setlocale(LC_ALL, 0));
    V(MB_CUR_MAX);
    YES(setlocale(LC_ALL, "C.UTF-8") != 0);
    S(setlocale(LC_CTYPE, 0));
    V(MB_CUR_MAX);
    S(nl_langinfo(CODESET));
    S(localeconv()->decimal_point);
    static const char *const in[] = {
        "ascii",        "\xc3\xa9t\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xff", "\xc0\x80",
        "\xed\xa0\x80", "\xe2\x82",          "a\x80z"};
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        errno = 0;
        size_t n = mbstowcs(w, in[i], 100);
        say("%zu: %zd %s %x", i, (ssize_t)n, t_errno(errno), n + 1 > 1 ? (unsigned)w[0] : 0u);
        memset(&st, 0, sizeof st);
        say("   %zd", (ssize_t)mbrtowc(w, in[i], strlen(in[i]), &st));
    }
    memset(buf, 0, sizeof buf);
    V(wcstombs(buf, L"\u00e9\u20ac\U0001F600", sizeof buf));
    V(strlen(buf));
    R(wcrtomb(buf, 0xd800, 0));
    R(wcrtomb(buf, 0x110000, 0));
    say("%d %d %d %d", !!iswalpha(0xe9), !!iswupper(0xc9), (int)towlower(0xc9),
        (int)towupper(0xff));
    say("%d %d %d", wcwidth(0x4e00), wcwidth(0x301), wcwidth(7));
    say("%d %d %d", !!iswspace(0x2003), !!iswctype('5', wctype("digit")), (int)wctype("nope"));
    V(wcscmp(L"abc", L"abd"));
    V(wcstol(L"  0x1f", 0, 16));
    V(swprintf(w, 100, L"%ls %d %s", L"wide", 5, "narrow"));
    say("%ls", w);
    t_scratch();
    FILE *f = fopen("w", "w+");
    V(fwide(f, 0));
    V(fputws(L"\u4f60\u597d\n", f));
    YES(fwide(f, 0) > 0);
    rewind(f);
    V(fgetwc(f));
    V(fgetwc(f));
    V(fgetwc(f));
    V(fgetwc(f) == WEOF);
    fclose(f);
    int classes[12] = {0};
    for (int c = 0; c < 256; c++) {
        int (*const is[])(int) = {isalpha, isdigit, isalnum, isupper,  islower, isspace,
                                  isprint, ispunct, iscntrl, isxdigit, isgraph, isblank};
        for (int k = 0; k < 12; k++)
            classes[k] += !!is[k](c);
    }
    for (int k = 0; k < 12; k++)
        V(classes[k]);
    iconv_t cd = iconv_open("UTF-16LE", "UTF-8");
    char *ip = (char *)"h\xc3\xa9\xf0\x9f\x98\x80", *op = buf;
    size_t il = strlen(ip), ol = sizeof buf;
    V(iconv(cd, &ip, &il, &op, &ol));
    V(il);
    V(sizeof buf - ol);
    iconv_close(cd);
    cd = iconv_open("ISO-8859-1", "UTF-8");
    ip = (char *)"\xe2\x82\xac", il = 3, op = buf, ol = sizeof buf;
    V(iconv(cd, &ip, &il, &op, &ol));
    iconv_close(cd);
    YES(iconv_open("NOPE", "UTF-8") == (iconv_t)-1);
    locale_t l = newlocale(LC_ALL_MASK, "C", 0);
    YES(l != 0);
    YES(uselocale(l) != 0);
    V(MB_CUR_MAX);
    return 0;
}
