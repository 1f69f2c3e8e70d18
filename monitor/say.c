/* mon_say: a line for the user on stderr, at any moment: no allocation, no stdio buffer. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "run.h"

void mon_say(const char *fmt, ...)
{
    char text[2048];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n >= (int)sizeof text)
        n = sizeof text - 1;
    for (int at = 0; at < n;) {
        ssize_t done = write(2, text + at, (size_t)(n - at));
        if (done < 0 && errno != EINTR)
            return;
        at += done > 0 ? (int)done : 0;
    }
}
