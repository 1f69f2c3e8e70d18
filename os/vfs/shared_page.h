/* Pages that the program's mappings can share with a file: committed so that the host can give
 * them further names (PITH_PROT_SHARED). */
#ifndef PITH_VFS_SHARED_PAGE_H
#define PITH_VFS_SHARED_PAGE_H

/* One zeroed page, or 0. */
void *shared_page(void);
/* No mapping may still name it. 0 in a program that maps no file. */
void shared_page_free(void *p) __attribute__((weak));

#endif
