/* `pith pack PROGRAM -t NAME[:TAG] [OPTION]...`: a container image of one program, without an
 * engine.
 *
 * The archive is an OCI image layout and what `docker load` takes, in one: both name the same
 * blobs. It is written to -o FILE, or to NAME.tar in the current folder; `-o -` is standard
 * output. See pack.h for the steps and docs/containers.md for what is promised.
 */
#include "cli/cli.h"
#include "cli/pack.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "pack PROGRAM -t NAME[:TAG] [-o FILE] [--files DIR] [--entrypoint WORD]... [--cmd WORD]... "
    "[--env K=V]... [--user USER] [--workdir DIR] [--expose PORT]... [--volume PATH]... "
    "[--label K=V]... [--stop-signal NAME] [--format docker|oci] [--no-sbom]";

int pack_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("pith pack: ", stderr);
    vfprintf(stderr, format, arguments);
    putc('\n', stderr);
    va_end(arguments);
    return -1;
}

static int add(struct pack_list *list, const char *word)
{
    const char **words = realloc(list->word, (list->count + 1) * sizeof *words);
    if (!words)
        return pack_fail("out of memory");
    list->word = words;
    list->word[list->count++] = word;
    return 0;
}

static int set_format(struct pack_options *options, const char *word)
{
    options->no_oci = strcmp(word, "docker") == 0;
    options->no_docker = strcmp(word, "oci") == 0;
    return options->no_oci || options->no_docker
               ? 0
               : pack_fail("--format is docker or oci, not '%s'", word);
}

/* One option with its word; 1 if there is no such option. */
static int option(struct pack_options *options, const char *name, const char *word)
{
    const struct {
        const char *name;
        const char **one;
        struct pack_list *many;
    } all[] = {{"-t", &options->name, NULL},
               {"-o", &options->output, NULL},
               {"--files", &options->files, NULL},
               {"--user", &options->user, NULL},
               {"--workdir", &options->folder, NULL},
               {"--stop-signal", &options->stop_signal, NULL},
               {"--entrypoint", NULL, &options->entrypoint},
               {"--cmd", NULL, &options->command},
               {"--env", NULL, &options->environment},
               {"--expose", NULL, &options->ports},
               {"--volume", NULL, &options->volumes},
               {"--label", NULL, &options->labels}};
    if (strcmp(name, "--format") == 0)
        return set_format(options, word);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(name, all[i].name) != 0)
            continue;
        if (!pack_utf8(word))
            return pack_fail("%s: images hold UTF-8 only", name);
        if (all[i].many)
            return add(all[i].many, word);
        *all[i].one = word;
        return 0;
    }
    return 1;
}

/* NAME[:TAG] as registries spell it: lower case; the tag is behind a ':' after the last '/'. */
static int split_name(struct pack_options *options)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-/:";
    static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789._-ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static char name[256];
    if (!options->name)
        return pack_fail("-t NAME is missing; usage: pith %s", usage);
    if ((size_t)snprintf(name, sizeof name, "%s", options->name) >= sizeof name)
        return pack_fail("the name is too long");
    char *slash = strrchr(name, '/'), *colon = strchr(slash ? slash : name, ':');
    options->tag = colon ? colon + 1 : "latest";
    if (colon)
        *colon = 0;
    options->name = name;
    if (!*name || strspn(name, letters) != strlen(name) || *name == '/' || strstr(name, "//") ||
        name[strlen(name) - 1] == '/' || !*options->tag || strlen(options->tag) > 128 ||
        strspn(options->tag, more) != strlen(options->tag))
        return pack_fail("'%s:%s' is no name of an image: lower-case letters, digits, . _ - and /",
                         name, options->tag);
    return 0;
}

static int check_lists(const struct pack_options *options)
{
    for (size_t i = 0; i < options->environment.count; i++)
        if (strchr(options->environment.word[i], '=') <= options->environment.word[i])
            return pack_fail("--env %s: it must be NAME=VALUE", options->environment.word[i]);
    for (size_t i = 0; i < options->ports.count; i++) {
        const char *word = options->ports.word[i];
        char *end;
        unsigned long port = strtoul(word, &end, 10);
        if (*word < '0' || *word > '9' || port < 1 || port > 65535 ||
            (*end && strcmp(end, "/tcp") != 0 && strcmp(end, "/udp") != 0))
            return pack_fail("--expose %s: it must be PORT, PORT/tcp or PORT/udp", word);
    }
    for (size_t i = 0; i < options->volumes.count; i++)
        if (options->volumes.word[i][0] != '/' || strlen(options->volumes.word[i]) >= PATH_MAX)
            return pack_fail("--volume %.100s: it must be a path from the root",
                             options->volumes.word[i]);
    return 0;
}

static int read_time(struct pack_options *options)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;
    if (!text || !*text)
        return 0;
    options->time = strtoull(text, &end, 10);
    return *end || *text == '-' || options->time > UINT32_MAX
               ? pack_fail("SOURCE_DATE_EPOCH is '%s', which is no count of seconds", text)
               : 0;
}

static int read_words(int argc, char **argv, struct pack_options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-sbom") == 0) {
            options->no_sbom = true;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            int result = i + 1 < argc ? option(options, argv[i], argv[i + 1]) : 1;
            if (result > 0)
                return pack_fail("unknown option '%s', or its word is missing; usage: pith %s",
                                 argv[i], usage);
            if (result)
                return -1;
            i++;
        } else if (options->program) {
            return pack_fail("'%s' is one word too many; usage: pith %s", argv[i], usage);
        } else {
            options->program = argv[i];
        }
    }
    if (!options->program)
        return pack_fail("PROGRAM is missing; usage: pith %s", usage);
    return split_name(options) || check_lists(options) || read_time(options) ? -1 : 0;
}

static int put_blob(struct pack_tar *tar, const char *digest, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "blobs/sha256/%s", digest);
    return pack_tar_file(tar, path, 0644, text, strlen(text));
}

static int put_layer(struct pack_tar *tar, const struct pack_layer *layer)
{
    static char buffer[65536];
    char path[96];
    snprintf(path, sizeof path, "blobs/sha256/%s", layer->digest);
    if (pack_tar_begin(tar, PACK_FILE, path, NULL, 0644, layer->size))
        return -1;
    for (uint64_t left = layer->size; left;) {
        size_t n =
            fread(buffer, 1, left < sizeof buffer ? (size_t)left : sizeof buffer, layer->file);
        if (n == 0)
            return pack_fail("a temporary file: %s", strerror(errno));
        if (pack_tar_write(tar, buffer, n))
            return -1;
        left -= n;
    }
    return pack_tar_pad(tar);
}

static int put_archive(FILE *file, const struct pack_image *image)
{
    static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
    const struct pack_options *options = image->options;
    struct pack_tar tar = {.file = file, .time = options->time};
    if (!options->no_oci &&
        (pack_tar_file(&tar, "oci-layout", 0644, layout, sizeof layout - 1) ||
         pack_tar_file(&tar, "index.json", 0644, image->index, strlen(image->index))))
        return -1;
    if (!options->no_docker &&
        pack_tar_file(&tar, "manifest.json", 0644, image->docker, strlen(image->docker)))
        return -1;
    if (pack_tar_begin(&tar, PACK_FOLDER, "blobs/", NULL, 0755, 0) ||
        pack_tar_begin(&tar, PACK_FOLDER, "blobs/sha256/", NULL, 0755, 0) ||
        put_blob(&tar, image->config_digest, image->config) ||
        (!options->no_oci && put_blob(&tar, image->manifest_digest, image->manifest)) ||
        put_layer(&tar, image->layer) || pack_tar_end(&tar))
        return -1;
    return fflush(file) ? pack_fail("writing the archive: %s", strerror(errno)) : 0;
}

/* The archive appears under its name when it is whole. */
static int save(const struct pack_image *image)
{
    const struct pack_options *options = image->options;
    const char *slash = strrchr(options->name, '/');
    char path[PATH_MAX], partial[PATH_MAX];
    if (options->output && strcmp(options->output, "-") == 0)
        return put_archive(stdout, image);
    if (options->output)
        snprintf(path, sizeof path, "%s", options->output);
    else
        snprintf(path, sizeof path, "%s.tar", slash ? slash + 1 : options->name);
    if ((size_t)snprintf(partial, sizeof partial, "%s.new", path) >= sizeof partial)
        return pack_fail("-o: the path is too long");
    FILE *file = fopen(partial, "we");
    if (!file)
        return pack_fail("%s: %s", partial, strerror(errno));
    int failed = put_archive(file, image);
    if (fclose(file) && !failed)
        failed = pack_fail("%s: %s", path, strerror(errno));
    if (!failed && rename(partial, path))
        failed = pack_fail("%s: %s", path, strerror(errno));
    if (failed)
        unlink(partial);
    return failed;
}

static int pack(const struct pack_options *options, const struct cli_program *program)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyz0123456789._-+ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *slash = strrchr(options->program, '/'),
               *name = slash ? slash + 1 : options->program;
    struct host_error error;
    struct notes notes;
    struct pack_layer layer = {0};
    struct pack_image image = {
        .options = options, .notes = &notes, .program = name, .layer = &layer};
    if (strspn(name, letters) != strlen(name))
        return pack_fail("%s: a program's name in an image is letters, digits and . _ - +", name);
    if (program->program.bytes.data == program->image.bytes.data)
        return pack_fail(
            "%s is an image alone: only a program can run in a container of both kinds",
            options->program);
    if (notes_read(&program->image, &notes, &error))
        return pack_fail("%s: its unikernel is damaged: %s", options->program, error.text);
    char *sbom = options->no_sbom ? NULL : pack_sbom_make(options, program, name);
    int failed = !options->no_sbom && !sbom ? pack_fail("out of memory") : 0;
    failed = failed || pack_layer_make(options, program, name, sbom, &layer) ||
             pack_config_make(&image) || save(&image);
    if (layer.file)
        fclose(layer.file);
    free(sbom);
    free(image.config);
    free(image.manifest);
    free(image.index);
    free(image.docker);
    return failed ? -1 : 0;
}

int cmd_pack(int argc, char **argv)
{
    struct pack_options options = {0};
    struct cli_program program;
    if (read_words(argc, argv, &options) || !options.program)
        return 2;
    int failed =
        cli_open("pack", options.program, !options.no_sbom, &program) || pack(&options, &program);
    cli_close(&program);
    return failed ? 1 : 0;
}
