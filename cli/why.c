/* `pith why PROGRAM NAME [--json]`: why something is in the image, or that it is not.
 *
 * Prints the shortest chain of references from the program's own code down, as the link recorded
 * it. Exit status 0: it is inside; 1: it is not, or the file cannot be read.
 */
#include "cli/chain.h"
#include "cli/cli.h"
#include "cli/program.h"

#include <stdio.h>

static const char *const what_text[] = {"symbol", "system call", "subsystem", "object", "library"};

static const char *step_name(const struct why *why, const struct chain_step *step)
{
    const struct why_node *node = &why->nodes[step->node];
    if (step->symbol)
        return step->symbol;
    return *node->symbol ? node->symbol : node->input;
}

static void text(const struct why *why, const struct chain_target *target,
                 const struct chain *chain)
{
    static const char *const root_text[] = {
        "from the program's own code",
        "from the entry point: it is part of what every image needs to start",
        "only weak references lead to it",
        "kept by the linker itself: nothing refers to it",
    };
    char object[256];
    printf("%s %s: %s%s\n", what_text[target->what], target->name,
           target->enosys ? "not in the library OS, answers ENOSYS; referred to " : "",
           root_text[chain->root]);
    size_t width = 0;
    for (uint32_t i = 0; i < chain->count; i++) {
        size_t size = (size_t)snprintf(NULL, 0, "%s", step_name(why, &chain->steps[i]));
        if (size > width && size <= 40)
            width = size;
    }
    for (uint32_t i = 0; i < chain->count; i++) {
        const struct chain_step *step = &chain->steps[i];
        const struct why_object *o = &why->objects[why->nodes[step->node].object];
        printf("  %-*s  %s%s%s\n", (int)width, step_name(why, step),
               cli_object(o, object, sizeof object), step->weak ? "  (weak reference)" : "",
               step->entry ? "  (comes in with its object)" : "");
    }
}

static void json(const struct why *why, const struct chain_target *target,
                 const struct chain *chain)
{
    static const char *const roots[] = {"program", "start", "weak", "linker"};
    printf("{\"inside\":true,\"kind\":\"%s\",\"name\":", what_text[target->what]);
    cli_json(target->name);
    printf(",\"enosys\":%s,\"root\":\"%s\",\"chain\":[", target->enosys ? "true" : "false",
           roots[chain->root]);
    for (uint32_t i = 0; i < chain->count; i++) {
        const struct chain_step *step = &chain->steps[i];
        const struct why_object *o = &why->objects[why->nodes[step->node].object];
        printf("%s{\"symbol\":", i ? "," : "");
        cli_json(step_name(why, step));
        printf(",\"object\":");
        cli_json(o->name);
        printf(",\"library\":");
        cli_json(o->library);
        printf(",\"subsystem\":");
        cli_json(o->room);
        printf(",\"section\":");
        cli_json(why->nodes[step->node].input);
        printf(",\"weak\":%s,\"entry\":%s}", step->weak ? "true" : "false",
               step->entry ? "true" : "false");
    }
    puts("]}");
}

static int answer(const struct cli_program *program, const char *name, bool as_json)
{
    struct chain_target target;
    struct chain chain = {0};
    int found = chain_target(&program->why, name, &target);
    if (!found)
        found = chain_find(&program->why, &target, &chain);
    if (found < 0) {
        fprintf(stderr, "pith why: out of memory\n");
    } else if (found) {
        if (as_json) {
            printf("{\"inside\":false,\"name\":");
            cli_json(name);
            puts("}");
        } else {
            printf("%s is not in %s\n", name, program->path);
        }
    } else {
        (as_json ? json : text)(&program->why, &target, &chain);
    }
    chain_free(&target, &chain);
    return found ? 1 : 0;
}

int cmd_why(int argc, char **argv)
{
    struct cli_words words;
    struct cli_program program;
    if (cli_words(argc, argv, 2, 2, false, "why PROGRAM NAME [--json]", &words))
        return 2;
    int result = cli_open("why", words.word[0], true, &program);
    if (!result)
        result = answer(&program, words.word[1], words.json);
    cli_close(&program);
    return result;
}
