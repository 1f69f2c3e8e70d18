/* libext2fs' errors as Linux's. */
#include "ext4/ext4.h"

int ext4_errno(errcode_t e)
{
    switch (e) {
    case 0:
        return 0;
    case EXT2_ET_NO_MEMORY:
        return -ENOMEM;
    case EXT2_ET_BLOCK_ALLOC_FAIL:
    case EXT2_ET_INODE_ALLOC_FAIL:
    case EXT2_ET_DIR_NO_SPACE:
    case EXT2_ET_EA_NO_SPACE:
        return -ENOSPC;
    case EXT2_ET_EA_KEY_NOT_FOUND:
        return -ENODATA;
    case EXT2_ET_FILE_TOO_BIG:
        return -EFBIG;
    case EXT2_ET_RO_FILSYS:
        return -EROFS;
    default:
        if (e > 0 && e < 256) /* of the disk: an errno */
            return (int)-e;
        return -EUCLEAN; /* as Linux: the structure is wrong */
    }
}
