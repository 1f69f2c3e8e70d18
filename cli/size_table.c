/* See size.h. */
#include "cli/size.h"

#include <stdlib.h>
#include <string.h>

static int compare(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int by_names(const void *a, const void *b)
{
    const struct size_row *x = a, *y = b;
    int order = compare(x->room, y->room);
    if (!order)
        order = compare(x->library, y->library);
    return order ? order : compare(x->name, y->name);
}

/* Rows of one name become one. */
static void fold(struct size_table *table)
{
    uint32_t kept = 0;
    if (table->count)
        qsort(table->rows, table->count, sizeof *table->rows, by_names);
    for (uint32_t i = 0; i < table->count; i++) {
        struct size_row *last = kept ? &table->rows[kept - 1] : NULL;
        if (!last || by_names(last, &table->rows[i]) != 0) {
            table->rows[kept++] = table->rows[i];
            continue;
        }
        for (int n = 0; n < 2; n++) {
            last->bytes[n] += table->rows[i].bytes[n];
            last->memory[n] += table->rows[i].memory[n];
        }
    }
    table->count = kept;
}

int size_objects(const struct why *const why[2], struct size_table *objects, bool *bad)
{
    size_t room = 4;
    for (int n = 0; n < 2; n++)
        room += why[n] ? why[n]->nnodes : 0;
    *bad = false;
    objects->count = 0;
    objects->rows = calloc(room, sizeof *objects->rows);
    if (!objects->rows)
        return -1;
    for (int n = 0; n < 2; n++) {
        if (!why[n])
            continue;
        uint64_t rest = why[n]->image_size;
        uint64_t headers = why[n]->header_size;
        *bad |= headers > rest;
        rest -= headers;
        for (uint32_t i = 0; i < why[n]->nnodes; i++) {
            const struct why_node *node = &why[n]->nodes[i];
            const struct why_object *o = &why[n]->objects[node->object];
            struct size_row *row = &objects->rows[objects->count++];
            *row = (struct size_row){.room = o->room, .library = o->library, .name = o->name};
            if (node->flags & WHY_MEMORY_ONLY) {
                row->memory[n] = node->size;
            } else {
                row->bytes[n] = node->size;
                *bad |= node->size > rest;
                rest -= node->size;
            }
        }
        struct size_row *row = &objects->rows[objects->count++];
        *row = (struct size_row){.room = "headers", .library = "", .name = "ELF headers"};
        row->bytes[n] = headers;
        row = &objects->rows[objects->count++];
        *row = (struct size_row){.room = "padding", .library = "", .name = "alignment"};
        row->bytes[n] = rest;
    }
    fold(objects);
    return *bad ? -1 : 0;
}

int size_sum(const struct size_table *objects, enum size_level level, struct size_table *sums)
{
    sums->count = objects->count;
    sums->rows = calloc((size_t)objects->count + 1, sizeof *sums->rows);
    if (!sums->rows)
        return -1;
    for (uint32_t i = 0; i < objects->count; i++) {
        struct size_row *row = &sums->rows[i];
        *row = objects->rows[i];
        row->name = NULL;
        if (level == SIZE_ROOM)
            row->library = NULL;
        else
            row->room = *row->library ? NULL : row->room;
    }
    fold(sums);
    size_sort(sums);
    return 0;
}

int64_t size_change(const struct size_row *row)
{
    return (int64_t)(row->bytes[1] - row->bytes[0]);
}

static uint64_t weight(const struct size_row *row)
{
    return row->bytes[0] > row->bytes[1] ? row->bytes[0] : row->bytes[1];
}

static int by_weight(const void *a, const void *b)
{
    uint64_t x = weight(a), y = weight(b);
    return x != y ? (x < y ? 1 : -1) : by_names(a, b);
}

void size_sort(struct size_table *table)
{
    if (table->count)
        qsort(table->rows, table->count, sizeof *table->rows, by_weight);
}
