/* Asking a running monitor (monitor/control.h): what the verbs threads, mem, net, mounts, log,
 * metrics and get share. */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "host/error.h"

/* Where the monitor of a container listens. */
#define CONTROL_USUAL "/dev/.pith/control"

struct control_answer {
    /* What came for stdout, in order. False: that is enough. NULL: it is printed. */
    bool (*take)(void *ctx, const char *bytes, size_t n);
    void *ctx;
};

/* Sends the request (n bytes) to the socket at `path` and takes the answer in, for `seconds` at
 * most. The status it ends with; -1 with the reason. What comes for stderr is printed. */
int control_ask(const char *path, const void *request, size_t n, unsigned seconds,
                const struct control_answer *answer, struct host_error *err);

#endif
