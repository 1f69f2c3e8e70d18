/* What the journal's recovery needs of libuuid (os/ext4/port.c). */
#ifndef PITH_UUID_H
#define PITH_UUID_H
typedef unsigned char uuid_t[16];
int uuid_is_null(const unsigned char *uuid);
void uuid_unparse(const unsigned char *uuid, char *text);
#endif
