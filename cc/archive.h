/* Archives: reading members, and copies without some of them. */
#ifndef CC_ARCHIVE_H
#define CC_ARCHIVE_H

#include "cc/cc.h"
#include "host/elf.h"

/* The bytes of one member of a GNU ar archive; empty if there is none of that name. */
struct elf_bytes archive_member(struct elf_bytes archive, const char *member);

/* A copy with the members of these names only, and an index over them, in their old order. */
void archive_filter(struct elf_bytes archive, const struct cc_list *members, struct cc_bytes *copy);

#endif
