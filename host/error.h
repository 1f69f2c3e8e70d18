/* One error of the host library: what failed, as one sentence without a full stop.
 *
 * A host function that can fail takes a `struct host_error *` as its last argument and returns
 * -1 after filling it in through host_fail(), or 0 (or its answer). The caller owns the struct,
 * decides where the sentence goes and puts its own name in front. The pointer may be NULL when
 * the caller does not want the reason.
 */
#ifndef HOST_ERROR_H
#define HOST_ERROR_H

struct host_error {
    char text[256];
};

/* Formats the reason (cut at the size of the buffer) and returns -1. */
int host_fail(struct host_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
