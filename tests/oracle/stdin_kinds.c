/* Standard input: a file, a pipe, nothing, closed; read by read(), stdio and both.
 * pith-test: stdin=text
 * pith-test: stdin=pipe
 * pith-test: stdin=empty
 * pith-test: stdin=null
 * pith-test: stdin=closed
 * pith-test: stdin=big
 * pith-test: stdin=slow
 */
#include "t.h"
#include <poll.h>

int main(void)
{
    char buf[70], line[200];
    unsigned long n = 0, hash = 5381;
    int lines = 0;
    struct pollfd p = {0, POLLIN, 0};

    ssize_t first = read(0, buf, 10);
    if (first < 0)
        return say("%s", t_errno(errno)), 1;
    YES(first <= 10);
    for (ssize_t i = 0; i < first; i++)
        hash = hash * 33 + (unsigned char)buf[i];
    n = first;
    YES(poll(&p, 1, 1000) == 1 && p.revents & (POLLIN | POLLHUP));
    while (fgets(line, sizeof line, stdin)) {
        lines += strchr(line, '\n') != 0;
        for (char *c = line; *c; c++, n++)
            hash = hash * 33 + (unsigned char)*c;
    }
    say("%lu bytes, %d lines, hash %lu", n, lines, hash);
    YES(feof(stdin) && !ferror(stdin));
    R(read(0, buf, 10));
    R(read(0, buf, 0));
    return 0;
}
