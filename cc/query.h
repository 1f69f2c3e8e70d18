/* Questions to the compiler that pith-cc answers otherwise than gcc or clang would.
 *
 * --version names pith first and then whatever the compiler says of itself; -dumpmachine,
 * -print-multiarch, -print-file-name and -print-libgcc-file-name speak of musl and of the
 * files that a link really uses. All other questions go to the compiler.
 */
#ifndef CC_QUERY_H
#define CC_QUERY_H

#include "cc/cc.h"

/* The exit status if `words` were such a question (the answer is printed), else -1. */
int query_answer(const char *compiler, const struct cc_list *words);

#endif
