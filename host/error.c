/* host_fail: the one place where the host library words its errors. See error.h. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int host_fail(struct host_error *error, const char *format, ...)
{
    if (!error)
        return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return -1;
}
