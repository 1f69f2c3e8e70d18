/* See program.h. */
#include "cli/program.h"

#include <pith/note.h>

#include <stdio.h>
#include <string.h>

int cli_open(const char *verb, const char *path, bool need_why, struct cli_program *program)
{
    struct host_error error;
    struct elf_bytes record;
    memset(program, 0, sizeof *program);
    program->path = path;
    if (elf_map(path, &program->bytes, &error)) { /* it names the file */
        fprintf(stderr, "pith %s: %s\n", verb, error.text);
        return 1;
    }
    if (elf_open_program(program->bytes, &program->program, &program->image, &program->offset,
                         &error)) {
        fprintf(stderr, "pith %s: %s: %s\n", verb, path, error.text);
        return 1;
    }
    if (elf_find_section(&program->program, PITH_SECTION_WHY, NULL, &record, NULL)) {
        if (!need_why)
            return 0;
        fprintf(stderr, "pith %s: %s: it carries no record of its link\n", verb, path);
        return 1;
    }
    if (why_read(record, &program->why, &error)) {
        fprintf(stderr, "pith %s: %s: %s\n", verb, path, error.text);
        return 1;
    }
    program->has_why = true;
    return 0;
}

void cli_close(struct cli_program *program)
{
    why_free(&program->why);
    elf_unmap(&program->bytes);
}

void cli_json(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

const char *cli_object(const struct why_object *object, char *text, size_t size)
{
    if (*object->library)
        snprintf(text, size, "%s(%s)", object->library, object->name);
    else
        snprintf(text, size, "%s", object->name);
    return text;
}

int cli_words(int argc, char **argv, int min, int max, bool output, const char *usage,
              struct cli_words *words)
{
    bool options = true;
    memset(words, 0, sizeof *words);
    for (int i = 1; i < argc && argv[i]; i++) {
        const char *word = argv[i];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && !output && strcmp(word, "--json") == 0) {
            words->json = true;
        } else if (options && output && strcmp(word, "-o") == 0 && argv[i + 1]) {
            words->output = argv[++i];
        } else if (options && word[0] == '-' && word[1]) {
            fprintf(stderr, "pith %s: unknown option '%s'; usage: pith %s\n", argv[0], word, usage);
            return -1;
        } else if (words->words == max) {
            fprintf(stderr, "pith %s: '%s' is one word too many; usage: pith %s\n", argv[0], word,
                    usage);
            return -1;
        } else {
            words->word[words->words++] = word;
        }
    }
    if (words->words >= min)
        return 0;
    fprintf(stderr, "pith %s: a word is missing; usage: pith %s\n", argv[0], usage);
    return -1;
}
