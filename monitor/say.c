/* mon_say: a line for the user on stderr, at any moment: no allocation, no stdio buffer. The last
 * of what was said is kept, for `pith log`. While an answer is being made (control.h) it goes
 * there. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control.h"

#define KEPT 16384u /* the last of it that is kept */

static struct {
    unsigned long written; /* bytes ever */
    char bytes[KEPT];
} said;
static struct mon_text *into;

void mon_say_into(struct mon_text *t)
{
    into = t;
}

static void keep(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        said.bytes[said.written++ % KEPT] = text[i];
}

void mon_said(struct mon_text *t)
{
    unsigned long at = said.written > KEPT ? said.written - KEPT : 0;
    if (at) /* from the start of a line on */
        while (at < said.written && said.bytes[at++ % KEPT] != '\n')
            ;
    for (; at < said.written; at++)
        mon_text(t, "%c", said.bytes[at % KEPT]);
}

void mon_say(const char *fmt, ...)
{
    char text[2048];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n >= (int)sizeof text)
        n = sizeof text - 1;
    if (into) {
        mon_text(into, "%s", text);
        return;
    }
    if (n > 0)
        keep(text, (size_t)n);
    for (int at = 0; at < n;) {
        ssize_t done = write(2, text + at, (size_t)(n - at));
        if (done < 0 && errno != EINTR)
            return;
        at += done > 0 ? (int)done : 0;
    }
}
