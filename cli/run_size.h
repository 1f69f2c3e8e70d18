/* Bytes with an optional K, M, G or T (powers of 1024), at most what a guest can address. False if
 * the text is no such size. */
#ifndef CLI_RUN_SIZE_H
#define CLI_RUN_SIZE_H

#include <stdbool.h>
#include <stdint.h>

bool run_size(const char *text, uint64_t *bytes);

#endif
