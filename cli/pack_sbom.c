/* The list of what is inside a program, as SPDX 2.3 JSON, from the record of its link.
 *
 * One package for the program, one for each part that the link took in: the C library, the library
 * OS, lwIP if the program has a network, every archive of the user. A version is that of the
 * pith that packs (third_party/lock names the sources of both halves); archives of the user have
 * none that we know. The comment of a package names its objects in the image.
 */
#include "cli/pack.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 256 };

struct part {
    const char *name, *version, *license;
    uint32_t kind;
    const char *library; /* which archive, for those of the user */
};

static bool is_lwip(const struct why_object *object)
{
    return object->kind == WHY_OS && strcmp(object->room, "lwip") == 0;
}

static bool belongs(const struct part *part, const struct why_object *object)
{
    if (part->kind != object->kind)
        return false;
    if (part->kind == WHY_LIBRARY)
        return strcmp(part->library, object->library) == 0;
    return part->kind != WHY_OS || (strcmp(part->name, "lwip") == 0) == is_lwip(object);
}

/* The parts in the order in which the link met them. */
static size_t find_parts(const struct why *why, struct part parts[MOST_PARTS])
{
    size_t count = 0;
    for (uint32_t i = 0; i < why->nobjects; i++) {
        const struct why_object *object = &why->objects[i];
        struct part part = {
            .kind = object->kind, .library = object->library, .license = "NOASSERTION"};
        size_t known = 0;
        if (object->kind == WHY_LIBC)
            part.name = "musl", part.version = PACK_MUSL, part.license = "MIT";
        else if (is_lwip(object))
            part.name = "lwip", part.version = PACK_LWIP, part.license = "BSD-3-Clause";
        else if (object->kind == WHY_OS)
            part.name = "pith", part.version = PITH_VERSION;
        else if (object->kind == WHY_GCC)
            part.name = "libgcc", part.license = "GPL-3.0-or-later WITH GCC-exception-3.1";
        else if (object->kind == WHY_LIBRARY)
            part.name = object->library;
        else
            continue;
        while (known < count && !belongs(&parts[known], object))
            known++;
        if (known == count && count < MOST_PARTS)
            parts[count++] = part;
    }
    return count;
}

static void put_objects(FILE *to, const struct why *why, const struct part *part)
{
    char *text = NULL;
    size_t size = 0;
    FILE *list = open_memstream(&text, &size);
    if (!list)
        return;
    fputs("objects:", list);
    for (uint32_t i = 0; i < why->nobjects; i++)
        if (part ? belongs(part, &why->objects[i]) : why->objects[i].kind == WHY_PROGRAM)
            fprintf(list, " %s", why->objects[i].name);
    if (fclose(list) == 0 && pack_utf8(text)) {
        fputs(",\"comment\":", to);
        pack_json_text(to, text);
    }
    free(text);
}

static void put_part(FILE *to, const struct why *why, const struct part *part, size_t number)
{
    const char *name = strrchr(part->name, '/') ? strrchr(part->name, '/') + 1 : part->name;
    fprintf(to, ",{\"SPDXID\":\"SPDXRef-part-%zu\",\"name\":", number);
    pack_json_text(to, pack_utf8(name) ? name : "archive");
    if (part->version)
        fprintf(to, ",\"versionInfo\":\"%s\"", part->version);
    fprintf(to,
            ",\"downloadLocation\":\"NOASSERTION\",\"filesAnalyzed\":false,"
            "\"licenseConcluded\":\"NOASSERTION\",\"licenseDeclared\":\"%s\","
            "\"copyrightText\":\"NOASSERTION\"",
            part->license);
    put_objects(to, why, part);
    putc('}', to);
}

char *pack_sbom_make(const struct pack_options *options, const struct cli_program *program,
                     const char *name)
{
    static struct part parts[MOST_PARTS];
    size_t count = find_parts(&program->why, parts), size;
    char *text = NULL, digest[65], created[32];
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    pack_sha256_of(program->bytes.data, program->bytes.size, digest);
    pack_time(options->time, created);
    fprintf(to,
            "{\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\","
            "\"SPDXID\":\"SPDXRef-DOCUMENT\",\"name\":\"%s\","
            "\"documentNamespace\":\"https://spdx.org/spdxdocs/pith-%s-%s\",\"creationInfo\":{"
            "\"created\":\"%s\",\"creators\":[\"Tool: pith-" PITH_VERSION "\"]},\"packages\":[{"
            "\"SPDXID\":\"SPDXRef-program\",\"name\":\"%s\",\"downloadLocation\":\"NOASSERTION\","
            "\"filesAnalyzed\":false,\"licenseConcluded\":\"NOASSERTION\","
            "\"licenseDeclared\":\"NOASSERTION\",\"copyrightText\":\"NOASSERTION\","
            "\"primaryPackagePurpose\":\"APPLICATION\","
            "\"checksums\":[{\"algorithm\":\"SHA256\",\"checksumValue\":\"%s\"}]",
            name, name, digest, created, name, digest);
    put_objects(to, &program->why, NULL);
    putc('}', to);
    for (size_t i = 0; i < count; i++)
        put_part(to, &program->why, &parts[i], i + 1);
    fputs("],\"relationships\":[{\"spdxElementId\":\"SPDXRef-DOCUMENT\",\"relationshipType\":"
          "\"DESCRIBES\",\"relatedSpdxElement\":\"SPDXRef-program\"}",
          to);
    for (size_t i = 0; i < count; i++)
        fprintf(to,
                ",{\"spdxElementId\":\"SPDXRef-program\",\"relationshipType\":\"STATIC_LINK\","
                "\"relatedSpdxElement\":\"SPDXRef-part-%zu\"}",
                i + 1);
    fputs("]}\n", to);
    if (fclose(to)) {
        free(text);
        return NULL;
    }
    return text;
}
