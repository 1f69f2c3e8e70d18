/* What the test knows of its fakes. */
#ifndef OS_VFS_FAKE_H
#define OS_VFS_FAKE_H

#define FAKE_LOWER 30001 /* bytes of the embedded file /lower/data */
extern unsigned char fake_lower[FAKE_LOWER];

#endif
