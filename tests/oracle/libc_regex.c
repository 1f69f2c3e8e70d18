/* regcomp/regexec, fnmatch, glob, wordexp-free patterns. */
#include "t.h"
#include <fnmatch.h>
#include <glob.h>
#include <regex.h>

static void match(const char *re, const char *text, int flags)
{
    regex_t r;
    regmatch_t m[4];
    char msg[80], out[200];
    int e = regcomp(&r, re, flags), n = 0;

    if (e) {
        regerror(e, &r, msg, sizeof msg);
        say("%s: %s", re, msg);
        return;
    }
    e = regexec(&r, text, 4, m, 0);
    if (e == 0)
        for (int i = 0; i < 4 && i <= (int)r.re_nsub; i++)
            n += snprintf(out + n, sizeof out - n, " (%d,%d)", (int)m[i].rm_so, (int)m[i].rm_eo);
    say("%s on %s:%s", re, text, e ? " no" : out);
    regfree(&r);
}

int main(void)
{
    match("abc", "xxabcxx", 0);
    match("a(b*)c", "abbbc", REG_EXTENDED);
    match("^([a-z]+)-([0-9]{2,4})$", "route-66", REG_EXTENDED);
    match("^([a-z]+)-([0-9]{2,4})$", "route-6", REG_EXTENDED);
    match("(a|ab)(c|bcd)", "abcd", REG_EXTENDED);
    match("HELLO", "hello", REG_ICASE);
    match("x*", "aaa", 0);
    match("[[:digit:]]+\\.[[:alpha:]_]+", "v12.x_y", REG_EXTENDED);
    match("(", "x", REG_EXTENDED);
    match("[a", "x", 0);
    match("a{3,1}", "x", REG_EXTENDED);
    match("*a", "*a", 0);
    match("a\\(b\\)\\1", "abb", 0);
    match("a.c", "a\nc", REG_NEWLINE);
    match("^b", "a\nb", REG_NEWLINE);
    match("(x?)*y", "xxxy", REG_EXTENDED);
    match("[^]a]", "]ab", 0);
    match("\\bword\\b", "a word here", REG_EXTENDED);
    match("(((((((((a)))))))))", "a", REG_EXTENDED);
    static const char *const f[][2] = {
        {"*.c", "a.c"}, {"*.c", ".c"},        {"a?c", "abc"}, {"[a-c]x", "bx"}, {"[!a-c]x", "bx"},
        {"*/b", "a/b"}, {"a*b*c", "aXXbYYc"}, {"\\*", "*"},   {"[", "["},       {"*", ""}};
    for (size_t i = 0; i < sizeof f / sizeof *f; i++)
        say("%s %s: %d %d %d", f[i][0], f[i][1], fnmatch(f[i][0], f[i][1], 0),
            fnmatch(f[i][0], f[i][1], FNM_PERIOD), fnmatch(f[i][0], f[i][1], FNM_PATHNAME));

    t_scratch();
    mkdir("d", 0755);
    mkdir("e", 0755);
    t_put("d/one.c", ""), t_put("d/two.c", ""), t_put("d/.hid.c", ""), t_put("e/three.c", "");
    t_put("file[1]", ""), t_put("zed", "");
    static const char *const g[] = {"*",           "*/*.c",   "d/t*", "none*",  "zed",
                                    "file\\[1\\]", "[d-e]/*", "*/",   "d/.*.c", "d//one.c"};
    for (size_t i = 0; i < sizeof g / sizeof *g; i++) {
        glob_t r;
        int e = glob(g[i], GLOB_MARK, 0, &r);
        say("glob %s: %d, %zu", g[i], e, e ? 0 : r.gl_pathc);
        for (size_t k = 0; !e && k < r.gl_pathc; k++)
            say("  %s", r.gl_pathv[k]);
        if (!e)
            globfree(&r);
    }
    return 0;
}
