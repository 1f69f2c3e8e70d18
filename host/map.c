/* Whole files as read-only mappings, for tools that read ELF files by path. See elf.h. */
#include "elf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int elf_map(const char *path, struct elf_bytes *bytes, struct host_error *error)
{
    bytes->data = NULL;
    bytes->size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return host_fail(error, "%s: %s", path, strerror(errno));
    struct stat st;
    int result = -1;
    if (fstat(fd, &st))
        host_fail(error, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        host_fail(error, "%s: it is not a regular file", path);
    else if (st.st_size == 0)
        host_fail(error, "%s: it is empty", path);
    else {
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            host_fail(error, "%s: %s", path, strerror(errno));
        else {
            bytes->data = data;
            bytes->size = (uint64_t)st.st_size;
            result = 0;
        }
    }
    close(fd);
    return result;
}

void elf_unmap(struct elf_bytes *bytes)
{
    if (bytes->data)
        munmap((void *)(uintptr_t)bytes->data, (size_t)bytes->size);
    bytes->data = NULL;
    bytes->size = 0;
}
