/* Sizes on the command line. */
#include "cli/run_size.h"

#include <errno.h>
#include <stdlib.h>

#include "monitor/limits.h"

bool run_size(const char *text, uint64_t *bytes)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    unsigned shift = 0;
    switch (*end) {
    case 'k':
    case 'K':
        shift = 10;
        break;
    case 'm':
    case 'M':
        shift = 20;
        break;
    case 'g':
    case 'G':
        shift = 30;
        break;
    case 't':
    case 'T':
        shift = 40;
        break;
    }
    end += shift != 0;
    if (errno || *end || n > MON_MEMORY_MAX >> shift)
        return false;
    *bytes = (uint64_t)n << shift;
    return true;
}
