/* `pith doctor [--json]`: can this host run unikernels, and build them?
 *
 * Runs every probe (doctor.h), prints each finding with its remedy, then one line a machine.
 * Exit status: 0 if at least one machine can run a guest, 1 if none can, 2 for a bad argument.
 */
#include "cli/cli.h"
#include "cli/doctor.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[] = {"ok", "warn", "bad"};

void doctor_say(struct doctor_finding *finding, enum doctor_state state, const char *remedy,
                const char *format, ...)
{
    va_list args;
    finding->state = state;
    finding->remedy = remedy;
    va_start(args, format);
    vsnprintf(finding->detail, sizeof(finding->detail), format, args);
    va_end(args);
}

/* A JSON string; the texts are ASCII, but a path in one may hold anything. */
static void put_json(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_json_finding(const struct doctor_probe *probe,
                               const struct doctor_finding *finding, bool first)
{
    printf("%s\n    {\"name\": ", first ? "" : ",");
    put_json(probe->name);
    printf(", \"state\": \"%s\", \"detail\": ", state_names[finding->state]);
    put_json(finding->detail);
    if (finding->remedy) {
        printf(", \"remedy\": ");
        put_json(finding->remedy);
    }
    putchar('}');
}

static void print_finding(const struct doctor_probe *probe, const struct doctor_finding *finding)
{
    printf("%-4s  %-15s %s\n", state_names[finding->state], probe->name, finding->detail);
    if (finding->remedy)
        printf("%22sremedy: %s\n", "", finding->remedy);
}

int cmd_doctor(int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    unsigned stopped = 0;

    if (argc > 1 && !json) {
        fprintf(stderr, "pith doctor: unknown argument '%s'; usage: pith doctor [--json]\n",
                argv[1]);
        return 2;
    }
    if (json)
        printf("{\n  \"findings\": [");
    for (size_t i = 0; i < doctor_probe_count; i++) {
        struct doctor_finding finding;
        doctor_probes[i].look(&finding);
        if (finding.state == DOCTOR_BAD)
            stopped |= doctor_probes[i].stops;
        if (json)
            print_json_finding(&doctor_probes[i], &finding, i == 0);
        else
            print_finding(&doctor_probes[i], &finding);
    }
    bool kvm = !(stopped & DOCTOR_KVM), process = !(stopped & DOCTOR_PROCESS);
    bool build = !(stopped & DOCTOR_BUILD);
    if (json) {
        printf("\n  ],\n  \"kvm\": %s,\n  \"process\": %s,\n  \"build\": %s\n}\n",
               kvm ? "true" : "false", process ? "true" : "false", build ? "true" : "false");
    } else {
        printf("\npith run --on kvm:     %s\n", kvm ? "works here" : "does not work here");
        printf("pith run --on process: %s\n", process ? "works here" : "does not work here");
        printf("pith-cc:               %s\n", build ? "works here" : "does not work here");
    }
    return kvm || process ? 0 : 1;
}
