/* What a link leaves behind, made from the two linked halves.
 *
 * output_image   the guest half as .pith carries it: headers and segments, nothing else
 * output_symbols .pith.sym: symbols and debug information of that image, for backtraces and gdb
 * output_record  .pith.why: who refers to whom (host/why.h)
 * output_program the finished file: the Linux half with those three as sections that are not
 *                loaded, .pith at a page boundary
 * All are functions of their arguments' bytes alone: equal inputs give equal outputs.
 */
#ifndef CC_OUTPUT_H
#define CC_OUTPUT_H

#include "cc/graph.h"

/* `linked` is the guest half as ld wrote it; `stack_size` is what the program asks for its
 * threads' stacks (PT_GNU_STACK), 0 for libc's default. Returns the bytes its headers take. */
uint64_t output_image(const struct elf_file *linked, uint64_t stack_size, struct cc_bytes *image);
void output_symbols(const struct elf_file *linked, struct cc_bytes *bytes);
void output_record(const struct graph *graph, uint64_t image_size, uint64_t header_size,
                   struct cc_bytes *bytes);

/* `symbols` may be empty: then there is no .pith.sym. */
void output_program(const char *linux_half, const struct cc_bytes *image,
                    const struct cc_bytes *symbols, const struct cc_bytes *record,
                    const char *path);

#endif
