/* Subsystems of the library OS in plain words, for `pith why`. */
#ifndef CLI_SUBSYSTEMS_H
#define CLI_SUBSYSTEMS_H

#include "host/why.h"

#include <stdbool.h>

/* Whether an object belongs to the subsystem of this name: a room (mem, vfs, libc, ...), a part of
 * one (pipe, ramfs, thread: members ROOM.NAME.o and ROOM.NAME_*.o of libpith.a), or a plain
 * word (files, threads, network, ...). */
bool subsystem_has(const char *name, const struct why_object *object);

#endif
