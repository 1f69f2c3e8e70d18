/* `pith image [--format FORMAT] [--append WORD]... PROGRAM [-o FILE] [-- ARG...]`: the unikernel
 * alone, as a file of its own.
 *
 * Without -o it is written to PROGRAM's last component with ".pith" (or "." and the format) behind,
 * in the current directory; `-o -` is standard output. Format `pith`, the default, is the bytes of
 * section .pith; `elf` is what a hypervisor boots (image_elf.h); `raw`, `qcow2` and `iso` are disks
 * and CDs that firmware boots (image_media.h), with boot parameters and arguments of their own. The
 * image is checked to be one with notes first.
 */
#include "cli/cli.h"
#include "cli/image_elf.h"
#include "cli/image_media.h"
#include "cli/pack.h"
#include "cli/program.h"
#include "cli/run_vm.h"
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

static const char usage[] =
    "image [--format pith|elf|raw|qcow2|iso] [--append WORD]... PROGRAM [-o FILE] [-- ARG...]";

struct image_options {
    const char *format;
    char *command; /* boot parameters of a medium */
    size_t command_size;
    bool medium;
    int words; /* of argv that are left for all verbs alike */
};

/* Size and checksum of a finished file, for who uploads it. */
static int tell(const char *path, struct host_error *error)
{
    struct elf_bytes bytes;
    char sum[65];
    if (elf_map(path, &bytes, error))
        return -1;
    pack_sha256_of(bytes.data, bytes.size, sum);
    printf("%s: %llu bytes, sha256 %s\n", path, (unsigned long long)bytes.size, sum);
    elf_unmap(&bytes);
    return 0;
}

static int save_medium(const struct image_options *o, const char *output,
                       const struct elf_bytes *joined, struct host_error *error)
{
    struct elf_file elf;
    if (strcmp(output, "-") == 0)
        return host_fail(error, "--format %s needs a file to write to (-o FILE)", o->format);
    if (elf_open(&elf, joined->data, joined->size, error))
        return -1;
    return image_media(o->format, output, &elf, o->command, error);
}

static int save_image(const char *path, const char *output, const struct image_options *o,
                      const struct elf_file *image)
{
    struct elf_bytes bytes = image->bytes;
    struct host_error error;
    struct notes notes;
    bool alone = strcmp(o->format, "pith") == 0;
    if (notes_read(image, &notes, &error)) {
        fprintf(stderr, "pith image: %s: its unikernel is damaged: %s\n", path, error.text);
        return 1;
    }
    if (!alone && cli_image_elf(path, image, &bytes, &error)) {
        fprintf(stderr, "pith image: %s\n", error.text);
        return 1;
    }
    const char *slash = strrchr(path, '/');
    char *name = NULL;
    if (!output && asprintf(&name, "%s.%s", slash ? slash + 1 : path, o->format) < 0) {
        fprintf(stderr, "pith image: out of memory\n");
        return 1;
    }
    output = output ? output : name;
    int result = 0;
    if (o->medium && save_medium(o, output, &bytes, &error)) {
        fprintf(stderr, "pith image: %s\n", error.text);
        result = 1;
    } else if (!o->medium) {
        result = save(output, bytes);
    }
    if (!result && !alone && strcmp(output, "-") != 0 && tell(output, &error)) {
        fprintf(stderr, "pith image: %s\n", error.text);
        result = 1;
    }
    free(name);
    if (!alone)
        free((void *)(uintptr_t)bytes.data);
    return result;
}

static bool known(const char *format)
{
    static const char *const formats[] = {"pith", "elf", "raw", "qcow2", "iso"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(format, formats[i]) == 0)
            return true;
    return false;
}

/* The value of option `name` at argv[*i], in either form; NULL if it is another word. */
static const char *value(int argc, char **argv, int *i, const char *name)
{
    size_t n = strlen(name);
    if (*i >= argc || !argv[*i] || strncmp(argv[*i], name, n) != 0)
        return NULL;
    if (argv[*i][n] == '=')
        return argv[*i] + n + 1;
    if (argv[*i][n])
        return NULL;
    return *i + 1 < argc ? argv[++*i] : "";
}

/* Takes this verb's own options out of argv, and what follows `--`. 0, or a status. */
static int options(int argc, char **argv, struct image_options *o)
{
    bool parameters = false;
    FILE *command = open_memstream(&o->command, &o->command_size);
    if (!command)
        return 1;
    o->format = "pith";
    int i;
    for (i = 0; i < argc && argv[i] && strcmp(argv[i], "--") != 0; i++) {
        const char *format = value(argc, argv, &i, "--format"), *word = NULL;
        if (format)
            o->format = format;
        else if ((word = value(argc, argv, &i, "--append")))
            fprintf(command, "%s ", word);
        else
            argv[o->words++] = argv[i];
        parameters |= word != NULL;
    }
    if (i < argc) {
        parameters = true;
        fputs("--", command);
        for (i++; i < argc; i++) {
            fputc(' ', command);
            run_vm_encode(command, argv[i], strlen(argv[i]));
        }
    }
    argv[o->words] = NULL;
    if (fclose(command)) {
        fprintf(stderr, "pith image: out of memory\n");
        return 1;
    }
    o->medium = strcmp(o->format, "pith") != 0 && strcmp(o->format, "elf") != 0;
    if (!known(o->format)) {
        fprintf(stderr, "pith image: --format %s: it is pith, elf, raw, qcow2 or iso\n", o->format);
        return 2;
    }
    if (parameters && !o->medium) {
        fprintf(stderr,
                "pith image: --append and -- are for raw, qcow2 and iso; a hypervisor has a "
                "command line of its own\n");
        return 2;
    }
    return 0;
}

int cmd_image(int argc, char **argv)
{
    struct image_options o = {0};
    struct cli_words words;
    struct cli_program program;
    int result = options(argc, argv, &o);
    if (!result && cli_words(o.words, argv, 1, 1, true, usage, &words))
        result = 2;
    if (!result) {
        result = cli_open("image", words.word[0], false, &program);
        if (!result)
            result = save_image(words.word[0], words.output, &o, &program.image);
        cli_close(&program);
    }
    free(o.command);
    return result;
}
