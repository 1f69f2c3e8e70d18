/* Warnings about what a program asks for and a unikernel does not have. */
#ifndef CC_WARN_H
#define CC_WARN_H

#include "cc/graph.h"

/* One line for each object and function: "app.o calls fork, which ...". Only functions of the C
 * library count, not the program's own of the same name, and only calls that the program can
 * reach. */
void warn_calls(const struct graph *graph);

#endif
