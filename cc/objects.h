/* Where an object of the link comes from and what to call it. */
#ifndef CC_OBJECTS_H
#define CC_OBJECTS_H

#include "cc/graph.h"

/* Fills in an object from its name in the map. Names hold no temporary or absolute path, so they
 * are the same in every folder: an object the compiler made on the way is called after its source,
 * one given by an absolute path by its last part. `temporary`: see graph_build. */
void object_name(struct object *object, const char *file, const char *temporary);

/* Names that this object refers to weakly, in `weak`; nothing if its file is gone. */
void object_weak(const struct object *object, struct cc_list *weak);

#endif
