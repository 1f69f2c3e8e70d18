/* `pith size PROGRAM [OTHER] [--json]`: the bytes of an image by subsystem, library and object, or
 * of two images and the difference.
 *
 * Every byte of the image file is in exactly one row of each table; headers and padding have rows
 * of their own, so each table sums to the file. What takes memory but no bytes (.bss) is a
 * column beside it. With OTHER, bytes and change are those from PROGRAM to OTHER, and objects that
 * did not change are left out of the last table.
 */
#include "cli/size.h"
#include "cli/cli.h"
#include "cli/program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct tables {
    struct size_table rooms, libraries, objects;
};

static const char *label(const struct size_row *row, char *text, size_t size)
{
    if (row->name && *row->library)
        snprintf(text, size, "%s(%s)", row->library, row->name);
    else
        snprintf(text, size, "%s",
                 row->name                       ? row->name
                 : row->library && *row->library ? row->library
                                                 : row->room);
    return text;
}

static void text_table(const char *title, const struct size_table *table, bool two, bool all)
{
    struct size_row sum = {0};
    char name[256];
    if (two)
        printf("%10s %10s %10s  %s\n", "bytes", "other", "change", title);
    else
        printf("%10s %10s  %s\n", "bytes", "memory", title);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct size_row *row = &table->rows[i];
        for (int n = 0; n < 2; n++) {
            sum.bytes[n] += row->bytes[n];
            sum.memory[n] += row->memory[n];
        }
        label(row, name, sizeof name);
        if (!two)
            printf("%10" PRIu64 " %10" PRIu64 "  %s\n", row->bytes[0], row->memory[0], name);
        else if (all || size_change(row))
            printf("%10" PRIu64 " %10" PRIu64 " %+10" PRId64 "  %s\n", row->bytes[0], row->bytes[1],
                   size_change(row), name);
    }
    if (two)
        printf("%10" PRIu64 " %10" PRIu64 " %+10" PRId64 "  total\n", sum.bytes[0], sum.bytes[1],
               size_change(&sum));
    else
        printf("%10" PRIu64 " %10" PRIu64 "  total\n", sum.bytes[0], sum.memory[0]);
}

static void text(const struct tables *t, bool two)
{
    text_table("subsystem", &t->rooms, two, true);
    putchar('\n');
    text_table("library", &t->libraries, two, true);
    putchar('\n');
    text_table(two ? "object (those that changed)" : "object", &t->objects, two, false);
}

static void json_row(const struct size_row *row, bool two)
{
    printf("{");
    if (row->room) {
        printf("\"subsystem\":");
        cli_json(row->room);
        putchar(',');
    }
    if (row->library) {
        printf("\"library\":");
        cli_json(row->library);
        putchar(',');
    }
    if (row->name) {
        printf("\"object\":");
        cli_json(row->name);
        putchar(',');
    }
    printf("\"bytes\":%" PRIu64 ",\"memory\":%" PRIu64, row->bytes[0], row->memory[0]);
    if (two)
        printf(",\"other_bytes\":%" PRIu64 ",\"other_memory\":%" PRIu64 ",\"change\":%" PRId64,
               row->bytes[1], row->memory[1], size_change(row));
    printf("}");
}

static void json_table(const char *name, const struct size_table *table, bool two)
{
    printf(",\"%s\":[", name);
    for (uint32_t i = 0; i < table->count; i++) {
        printf("%s\n", i ? "," : "");
        json_row(&table->rows[i], two);
    }
    printf("]");
}

static void json(const struct tables *t, const struct cli_program *programs, bool two)
{
    printf("{\"program\":");
    cli_json(programs[0].path);
    printf(",\"size\":%" PRIu64, programs[0].image.bytes.size);
    if (two) {
        printf(",\"other\":");
        cli_json(programs[1].path);
        printf(",\"other_size\":%" PRIu64, programs[1].image.bytes.size);
    }
    json_table("subsystems", &t->rooms, two);
    json_table("libraries", &t->libraries, two);
    json_table("objects", &t->objects, two);
    puts("}");
}

static int answer(const struct cli_program *programs, bool two, bool as_json)
{
    const struct why *const why[2] = {&programs[0].why, two ? &programs[1].why : NULL};
    struct tables t = {0};
    bool bad = false;
    int result = 1;
    for (int i = 0; i < (two ? 2 : 1); i++)
        bad |= programs[i].why.image_size != programs[i].image.bytes.size;
    if (bad || size_objects(why, &t.objects, &bad) || size_sum(&t.objects, SIZE_ROOM, &t.rooms) ||
        size_sum(&t.objects, SIZE_LIBRARY, &t.libraries)) {
        fprintf(stderr, "pith size: %s\n",
                bad ? "the record of the link does not fit the image" : "out of memory");
    } else {
        size_sort(&t.objects);
        if (as_json)
            json(&t, programs, two);
        else
            text(&t, two);
        result = 0;
    }
    free(t.rooms.rows);
    free(t.libraries.rows);
    free(t.objects.rows);
    return result;
}

int cmd_size(int argc, char **argv)
{
    struct cli_words words;
    struct cli_program programs[2] = {0};
    if (cli_words(argc, argv, 1, 2, false, "size PROGRAM [OTHER] [--json]", &words))
        return 2;
    int result = 0;
    for (int i = 0; i < words.words && !result; i++)
        result = cli_open("size", words.word[i], true, &programs[i]);
    if (!result)
        result = answer(programs, words.words == 2, words.json);
    for (int i = 0; i < 2; i++)
        cli_close(&programs[i]);
    return result;
}
