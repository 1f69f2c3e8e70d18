/* `pith image [--format pith|elf] PROGRAM [-o FILE]`: the unikernel alone, as a file of its own.
 *
 * Without -o it is written to PROGRAM's last component with ".pith" (or ".elf") behind, in the
 * current directory; `-o -` is standard output. Format `pith`, the default, is the bytes of section
 * .pith; `elf` is what a hypervisor boots (image_elf.h). The image is checked to be one with notes
 * first.
 */
#include "cli/cli.h"
#include "cli/image_elf.h"
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

static const char usage[] = "image [--format pith|elf] PROGRAM [-o FILE]";

static int save_image(const char *path, const char *output, bool elf, const struct elf_file *image)
{
    struct elf_bytes bytes = image->bytes;
    struct host_error error;
    struct notes notes;
    if (notes_read(image, &notes, &error)) {
        fprintf(stderr, "pith image: %s: its unikernel is damaged: %s\n", path, error.text);
        return 1;
    }
    if (elf && cli_image_elf(path, image, &bytes, &error)) {
        fprintf(stderr, "pith image: %s\n", error.text);
        return 1;
    }
    const char *slash = strrchr(path, '/');
    char *name = NULL;
    if (!output && asprintf(&name, "%s.%s", slash ? slash + 1 : path, elf ? "elf" : "pith") < 0) {
        fprintf(stderr, "pith image: out of memory\n");
        return 1;
    }
    int result = save(output ? output : name, bytes);
    free(name);
    if (elf)
        free((void *)(uintptr_t)bytes.data);
    return result;
}

int cmd_image(int argc, char **argv)
{
    struct cli_words words;
    struct cli_program program;
    bool elf = false;
    int n = 0;
    for (int i = 0; i < argc; i++) { /* --format FORMAT goes, what is left is for all verbs alike */
        const char *format = NULL;
        if (strncmp(argv[i], "--format=", 9) == 0)
            format = argv[i] + 9;
        else if (strcmp(argv[i], "--format") == 0)
            format = i + 1 < argc ? argv[++i] : "";
        if (!format) {
            argv[n++] = argv[i];
            continue;
        }
        elf = strcmp(format, "elf") == 0;
        if (!elf && strcmp(format, "pith") != 0) {
            fprintf(stderr, "pith image: --format %s: it is pith or elf\n", format);
            return 2;
        }
    }
    argv[n] = NULL;
    if (cli_words(n, argv, 1, 1, true, usage, &words))
        return 2;
    int result = cli_open("image", words.word[0], false, &program);
    if (!result)
        result = save_image(words.word[0], words.output, elf, &program.image);
    cli_close(&program);
    return result;
}
