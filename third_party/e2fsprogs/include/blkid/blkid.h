/* What the journal's recovery calls of libblkid: it finds no device (os/ext4/port.c). */
#ifndef PITH_BLKID_H
#define PITH_BLKID_H
#include <sys/types.h>
typedef void *blkid_cache;
int blkid_get_cache(blkid_cache *cache, const char *name);
void blkid_put_cache(blkid_cache cache);
char *blkid_get_devname(blkid_cache cache, const char *token, const char *value);
char *blkid_devno_to_devname(dev_t number);
#endif
