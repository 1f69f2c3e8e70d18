/* Parses a GNU ld map. See map.h.
 *
 * Lines of the part "Linker script and memory map" that matter:
 *   .text           0x400190   0x48                 output section: starts in the first column
 *    .text.main     0x400190   0x21 a.o             piece: one blank, name, address, size, file
 *    .text.a_long_name                              ... or the name alone and the rest on the next
 *                   0x4001c0    0x8 lib.a(b.o)      line, indented
 *    *fill*         0x4001b1    0xf                 padding
 *                   0x400190        name = .        what the script defined; also inside PROVIDE( )
 */
#include "cc/map.h"

#include <stdlib.h>
#include <string.h>

static char *skip(char *at)
{
    return at + strspn(at, " \t");
}

/* Cuts the word at `at` off; *rest is what follows, behind blanks. */
static char *word(char *at, char **rest)
{
    size_t size = strcspn(at, " \t");
    *rest = skip(at + size);
    at[size] = 0;
    return at;
}

static void add(struct map *map, const char *output, const char *input, char *numbers)
{
    char *rest;
    uint64_t address = strtoull(numbers, &rest, 16);
    char *file = NULL;
    uint64_t size = strtoull(skip(rest), &file, 16);
    file = skip(file);
    if (!size || !*file)
        return;
    if (!(map->count & (map->count - 1)))
        map->pieces = cc_grow(map->pieces, (map->count ? 2 * map->count : 1) * sizeof *map->pieces);
    map->pieces[map->count++] = (struct map_piece){output, input, file, address, size};
}

/* "0xVALUE   name = expression" and the same in PROVIDE ( ) or PROVIDE_HIDDEN ( ). */
static void definition(struct map *map, char *text)
{
    char *equal = strstr(text, " = ");
    if (!equal || (!cc_starts(text, "0x") && !cc_starts(text, "[!provide]")))
        return;
    *equal = 0;
    char *name = equal;
    while (name > text && name[-1] != ' ' && name[-1] != '(')
        name--;
    if (*name && *name != '.' && !cc_starts(text, "[!provide]"))
        cc_push(&map->defined, name);
}

void map_parse(struct cc_bytes *bytes, struct map *map)
{
    memset(map, 0, sizeof *map);
    char *at = bytes->data ? strstr((char *)bytes->data, "\nLinker script and memory map") : NULL;
    const char *output = NULL;
    char *pending = NULL; /* a piece's name that awaits its next line */
    for (char *line = at ? strchr(at + 1, '\n') : NULL; line;) {
        char *start = line + 1, *rest;
        if ((line = strchr(start, '\n')))
            *line = 0;
        if (*start && *start != ' ') { /* an output section, or LOAD, START GROUP, OUTPUT(...) */
            output = word(start, &rest);
            pending = NULL;
        } else if (start[0] == ' ' && start[1] != ' ' && start[1] != '*' && start[1]) {
            char *name = word(start + 1, &rest);
            pending = NULL;
            if (!*rest)
                pending = name;
            else if (cc_starts(rest, "0x") && output)
                add(map, output, name, rest);
        } else if (*start) {
            char *text = skip(start);
            if (pending && cc_starts(text, "0x") && output)
                add(map, output, pending, text);
            else if (start[1] == ' ')
                definition(map, text);
            pending = NULL;
        }
    }
}
