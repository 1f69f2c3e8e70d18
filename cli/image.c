/* `pith image PROGRAM [-o FILE]`: the unikernel alone, as a file of its own.
 *
 * Without -o it is written to PROGRAM's last component with ".pith" behind, in the current
 * directory; `-o -` is standard output. The bytes are those of section .pith; they are checked to
 * be an image with notes first.
 */
#include "cli/cli.h"
#include "cli/program.h"
#include "host/notes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, struct elf_bytes bytes)
{
    while (bytes.size) {
        ssize_t n = write(fd, bytes.data, bytes.size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes.data += n;
        bytes.size -= (uint64_t)n;
    }
    return 0;
}

static int save(const char *path, struct elf_bytes bytes)
{
    int fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                               : STDOUT_FILENO;
    if (fd < 0 || write_all(fd, bytes) || (fd != STDOUT_FILENO && close(fd))) {
        fprintf(stderr, "pith image: %s: %s\n", path, strerror(errno));
        return 1;
    }
    return 0;
}

static int save_image(const char *path, const char *output, const struct elf_file *image)
{
    struct host_error error;
    struct notes notes;
    if (notes_read(image, &notes, &error)) {
        fprintf(stderr, "pith image: %s: its unikernel is damaged: %s\n", path, error.text);
        return 1;
    }
    if (output)
        return save(output, image->bytes);
    const char *slash = strrchr(path, '/');
    char *name;
    if (asprintf(&name, "%s.pith", slash ? slash + 1 : path) < 0) {
        fprintf(stderr, "pith image: out of memory\n");
        return 1;
    }
    int result = save(name, image->bytes);
    free(name);
    return result;
}

int cmd_image(int argc, char **argv)
{
    struct cli_words words;
    struct cli_program program;
    if (cli_words(argc, argv, 1, 1, true, "image PROGRAM [-o FILE]", &words))
        return 2;
    int result = cli_open("image", words.word[0], false, &program);
    if (!result)
        result = save_image(words.word[0], words.output, &program.image);
    cli_close(&program);
    return result;
}
