/* Embedded files: folders of the host become an object of the guest half. */
#ifndef CC_EMBED_H
#define CC_EMBED_H

#include "cc/cc.h"

/* Makes the object for these DIR[:MOUNT] and returns its path; NULL if there are none. The format
 * is drawn in os/vfs/embed.h. MOUNT is / if it is not given. The order of a folder's files, their
 * owners and times do not matter: equal content gives an equal object. */
char *embed_object(const struct cc_list *trees);

#endif
