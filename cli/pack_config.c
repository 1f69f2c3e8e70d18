/* What describes an image. OCI image specification 1.0: config, manifest, index; and Docker's own
 * manifest.json of `docker save`, which names the same two blobs. See pack.h.
 *
 * The image's ABI note (include/pith/note.h) is told twice: as annotations of the manifest, for
 * registries, and as labels of the config, where every engine's `inspect` shows them.
 */
#include "cli/pack.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TYPE "application/vnd.oci.image."

void pack_time(uint64_t seconds, char text[32])
{
    time_t time = (time_t)seconds;
    struct tm parts;
    if (!gmtime_r(&time, &parts) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts))
        snprintf(text, 32, "1970-01-01T00:00:00Z");
}

static const char *device(uint32_t type, char text[16])
{
    static const struct {
        uint32_t type;
        const char *name;
    } names[] = {{PITH_DEV_NET, "net"},
                 {PITH_DEV_BLK, "blk"},
                 {PITH_DEV_CONSOLE, "console"},
                 {PITH_DEV_RNG, "rng"},
                 {PITH_DEV_FS, "fs"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].type == type)
            return names[i].name;
    snprintf(text, 16, "%u", type);
    return text;
}

/* "pith.abi":"2", ... : three members of an object. */
static void put_note(FILE *to, const struct notes *notes)
{
    char text[16];
    fprintf(to, "\"pith.abi\":\"%u\",\"pith.devices\":\"", notes->image.abi);
    for (unsigned i = 0; i < notes->devices; i++)
        fprintf(to, "%s%s", i ? "," : "", device(notes->device[i], text));
    fprintf(to, "\",\"pith.smallest-memory\":\"%llu\"", (unsigned long long)notes->image.memory);
}

/* KEY=VALUE of --label as members, each with a comma in front. */
static void put_labels(FILE *to, const struct pack_list *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        const char *word = labels->word[i], *is = strchr(word, '=');
        putc(',', to);
        pack_json(to, word, is ? (size_t)(is - word) : strlen(word));
        putc(':', to);
        pack_json_text(to, is ? is + 1 : "");
    }
}

/* {"80/tcp":{},...} */
static void put_set(FILE *to, const char *name, const struct pack_list *list, const char *suffix)
{
    if (!list->count)
        return;
    fprintf(to, ",\"%s\":{", name);
    for (size_t i = 0; i < list->count; i++) {
        char text[4096];
        snprintf(text, sizeof text, "%s%s", list->word[i],
                 *suffix && !strchr(list->word[i], '/') ? suffix : "");
        if (i)
            putc(',', to);
        pack_json_text(to, text);
        fputs(":{}", to);
    }
    putc('}', to);
}

static bool has_path(const struct pack_list *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        if (strncmp(environment->word[i], "PATH=", 5) == 0)
            return true;
    return false;
}

static void put_config(FILE *to, const struct pack_image *image)
{
    const struct pack_options *options = image->options;
    char created[32];
    pack_time(options->time, created);
    fprintf(to, "{\"created\":\"%s\",\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{",
            created);
    if (options->user) {
        fputs("\"User\":", to);
        pack_json_text(to, options->user);
        putc(',', to);
    }
    fputs("\"Env\":[", to);
    if (!has_path(&options->environment))
        fprintf(to, "\"%s\"%s", PACK_PATH, options->environment.count ? "," : "");
    for (size_t i = 0; i < options->environment.count; i++) {
        if (i)
            putc(',', to);
        pack_json_text(to, options->environment.word[i]);
    }
    fputs("],\"Entrypoint\":", to);
    if (options->entrypoint.count) {
        pack_json_list(to, &options->entrypoint);
    } else {
        fputs("[\"/", to);
        fprintf(to, "%s\"]", image->program); /* pack.c let only plain letters through */
    }
    if (options->command.count) {
        fputs(",\"Cmd\":", to);
        pack_json_list(to, &options->command);
    }
    if (options->folder) {
        fputs(",\"WorkingDir\":", to);
        pack_json_text(to, options->folder);
    }
    if (options->stop_signal) {
        fputs(",\"StopSignal\":", to);
        pack_json_text(to, options->stop_signal);
    }
    put_set(to, "ExposedPorts", &options->ports, "/tcp");
    put_set(to, "Volumes", &options->volumes, "");
    fputs(",\"Labels\":{", to);
    put_note(to, image->notes);
    put_labels(to, &options->labels);
    fprintf(to,
            "}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]},"
            "\"history\":[{\"created\":\"%s\",\"created_by\":\"pith pack\"}]}",
            image->layer->digest, created);
}

static void put_manifest(FILE *to, const struct pack_image *image)
{
    fprintf(to,
            "{\"schemaVersion\":2,\"mediaType\":\"" TYPE "manifest.v1+json\",\"config\":{"
            "\"mediaType\":\"" TYPE "config.v1+json\",\"digest\":\"sha256:%s\",\"size\":%zu},"
            "\"layers\":[{\"mediaType\":\"" TYPE "layer.v1.tar\",\"digest\":\"sha256:%s\","
            "\"size\":%llu}],\"annotations\":{",
            image->config_digest, strlen(image->config), image->layer->digest,
            (unsigned long long)image->layer->size);
    put_note(to, image->notes);
    fputs("}}", to);
}

/* The name in full, as containerd keeps it: a registry is the first part with a dot or a port. */
static void put_full_name(FILE *to, const struct pack_options *options)
{
    const char *slash = strchr(options->name, '/');
    size_t first = slash ? (size_t)(slash - options->name) : 0;
    bool registry =
        slash && (memchr(options->name, '.', first) || memchr(options->name, ':', first) ||
                  (first == 9 && strncmp(options->name, "localhost", 9) == 0));
    fprintf(to, "\"%s%s:%s\"",
            registry ? ""
            : slash  ? "docker.io/"
                     : "docker.io/library/",
            options->name, options->tag);
}

static void put_index(FILE *to, const struct pack_image *image)
{
    fprintf(to,
            "{\"schemaVersion\":2,\"mediaType\":\"" TYPE "index.v1+json\",\"manifests\":[{"
            "\"mediaType\":\"" TYPE "manifest.v1+json\",\"digest\":\"sha256:%s\",\"size\":%zu,"
            "\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"},\"annotations\":{"
            "\"org.opencontainers.image.ref.name\":\"%s\",\"io.containerd.image.name\":",
            image->manifest_digest, strlen(image->manifest), image->options->tag);
    put_full_name(to, image->options);
    fputs("}}]}", to);
}

static void put_docker(FILE *to, const struct pack_image *image)
{
    fprintf(to,
            "[{\"Config\":\"blobs/sha256/%s\",\"RepoTags\":[\"%s:%s\"],"
            "\"Layers\":[\"blobs/sha256/%s\"]}]",
            image->config_digest, image->options->name, image->options->tag, image->layer->digest);
}

static int make(const struct pack_image *image, void (*put)(FILE *, const struct pack_image *),
                char **text)
{
    size_t size;
    FILE *to = open_memstream(text, &size);
    if (!to)
        return pack_fail("out of memory");
    put(to, image);
    return fclose(to) ? pack_fail("out of memory") : 0;
}

int pack_config_make(struct pack_image *image)
{
    if (make(image, put_config, &image->config))
        return -1;
    pack_sha256_of(image->config, strlen(image->config), image->config_digest);
    if (make(image, put_manifest, &image->manifest))
        return -1;
    pack_sha256_of(image->manifest, strlen(image->manifest), image->manifest_digest);
    return make(image, put_index, &image->index) || make(image, put_docker, &image->docker) ? -1
                                                                                            : 0;
}
