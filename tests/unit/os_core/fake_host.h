/* See fake_host.c. */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

void fake_start(void);
extern unsigned long fake_pages; /* committed now */
extern unsigned long fake_limit; /* a COMMIT beyond is -ENOMEM */

#endif
