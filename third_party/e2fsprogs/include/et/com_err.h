/* In place of e2fsprogs' com_err.h: its errors stay numbers here (os/ext4/errno.c). */
#ifndef PITH_COM_ERR_H
#define PITH_COM_ERR_H
typedef long errcode_t;
#endif
