/* `pith inspect PROGRAM [--json]`: what an image says about itself.
 *
 * The note, the ABI, what it needs and drives, its segments, and, from the record of the link, the
 * system calls that code outside the library OS can make: those that are inside, and those
 * that answer ENOSYS because the library OS does not have them.
 */
#include "cli/calls.h"
#include "cli/cli.h"
#include "cli/program.h"
#include "host/notes.h"

#include <inttypes.h>
#include <stdio.h>

static const char *device_name(pith_u32 type)
{
    switch (type) {
    case PITH_DEV_NET:
        return "net";
    case PITH_DEV_BLK:
        return "blk";
    case PITH_DEV_CONSOLE:
        return "console";
    case PITH_DEV_RNG:
        return "rng";
    case PITH_DEV_FS:
        return "fs";
    default:
        return "unknown";
    }
}

static const char *segment_name(uint32_t type)
{
    switch (type) {
    case PT_LOAD:
        return "load";
    case PT_TLS:
        return "tls";
    case PT_NOTE:
        return "note";
    case PT_GNU_STACK:
        return "stack";
    case PT_GNU_EH_FRAME:
        return "unwind";
    default:
        return "other";
    }
}

static const char *rights(uint32_t flags, char text[4])
{
    text[0] = flags & PF_R ? 'R' : '-';
    text[1] = flags & PF_W ? 'W' : '-';
    text[2] = flags & PF_X ? 'X' : '-';
    text[3] = 0;
    return text;
}

static void text_calls(const char *title, const struct calls *calls)
{
    printf("%s %" PRIu32, title, calls->count);
    int column = 80;
    for (uint32_t i = 0; i < calls->count; i++) {
        int width = (int)snprintf(NULL, 0, " %s", calls->name[i]);
        if (column + width > 78) {
            printf("\n   ");
            column = 3;
        }
        printf(" %s", calls->name[i]);
        column += width;
    }
    putchar('\n');
}

static void text(const struct cli_program *p, const struct notes *notes, const struct calls *inside,
                 const struct calls *missing)
{
    char flags[4];
    printf("program       %s, %" PRIu64 " bytes\n", p->path, p->bytes.size);
    printf("image         %" PRIu64 " bytes at offset 0x%" PRIx64 "\n", p->image.bytes.size,
           p->offset);
    printf("ABI           %u%s\n", notes->image.abi,
           notes->image.abi == PITH_ABI ? "" : " (these tools speak another)");
    printf("memory        %" PRIu64 " KiB to reach the entry point\n",
           (uint64_t)(notes->image.memory + 1023) / 1024);
    printf("entry         0x%" PRIx64 "\n", p->image.header.e_entry);
    printf("makes code    %s\n", notes->jit ? "yes" : "no");
    printf("devices      ");
    for (unsigned i = 0; i < notes->devices; i++)
        printf(" %s(%u)", device_name(notes->device[i]), notes->device[i]);
    puts(notes->devices ? "\nsegments" : " none\nsegments");
    for (unsigned i = 0; i < p->image.segments; i++) {
        Elf64_Phdr s;
        if (elf_segment(&p->image, i, &s, NULL))
            continue;
        printf("    %-6s %s  0x%08" PRIx64 "  %8" PRIu64 " bytes in memory, %8" PRIu64
               " in the file at 0x%" PRIx64 "\n",
               segment_name(s.p_type), rights(s.p_flags, flags), s.p_vaddr, s.p_memsz, s.p_filesz,
               s.p_offset);
    }
    if (!p->has_why)
        return;
    text_calls("system calls ", inside);
    if (missing->count)
        text_calls("answer ENOSYS", missing);
}

static void json_calls(const char *title, const struct calls *calls)
{
    printf(",\"%s\":[", title);
    for (uint32_t i = 0; i < calls->count; i++) {
        if (i)
            putchar(',');
        cli_json(calls->name[i]);
    }
    putchar(']');
}

static void json(const struct cli_program *p, const struct notes *notes, const struct calls *inside,
                 const struct calls *missing)
{
    char flags[4];
    printf("{\"program\":");
    cli_json(p->path);
    printf(",\"size\":%" PRIu64 ",\"image\":{\"size\":%" PRIu64 ",\"offset\":%" PRIu64 "}",
           p->bytes.size, p->image.bytes.size, p->offset);
    printf(",\"abi\":%u,\"memory\":%llu,\"entry\":%" PRIu64 ",\"jit\":%s,\"devices\":[",
           notes->image.abi, (unsigned long long)notes->image.memory, p->image.header.e_entry,
           notes->jit ? "true" : "false");
    for (unsigned i = 0; i < notes->devices; i++)
        printf("%s{\"name\":\"%s\",\"type\":%u}", i ? "," : "", device_name(notes->device[i]),
               notes->device[i]);
    printf("],\"segments\":[");
    for (unsigned i = 0, n = 0; i < p->image.segments; i++) {
        Elf64_Phdr s;
        if (elf_segment(&p->image, i, &s, NULL))
            continue;
        printf("%s{\"type\":\"%s\",\"flags\":\"%s\",\"address\":%" PRIu64 ",\"memory\":%" PRIu64
               ",\"offset\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
               n++ ? "," : "", segment_name(s.p_type), rights(s.p_flags, flags), s.p_vaddr,
               s.p_memsz, s.p_offset, s.p_filesz);
    }
    putchar(']');
    if (p->has_why) {
        json_calls("system_calls", inside);
        json_calls("enosys", missing);
    }
    puts("}");
}

int cmd_inspect(int argc, char **argv)
{
    struct cli_words words;
    struct cli_program program;
    struct notes notes;
    struct host_error error;
    if (cli_words(argc, argv, 1, 1, false, "inspect PROGRAM [--json]", &words))
        return 2;
    int result = cli_open("inspect", words.word[0], false, &program);
    if (!result && notes_read(&program.image, &notes, &error)) {
        fprintf(stderr, "pith inspect: %s: its unikernel is damaged: %s\n", words.word[0],
                error.text);
        result = 1;
    }
    if (!result) {
        struct calls inside, missing;
        calls_find(&program.why, &inside, &missing);
        (words.json ? json : text)(&program, &notes, &inside, &missing);
        calls_free(&inside);
        calls_free(&missing);
    }
    cli_close(&program);
    return result;
}
