/* What `pith doctor` looks at: a list of probes, each filling in one finding.
 *
 * A probe never fails and never prints: whatever it meets becomes the finding. It changes
 * nothing on the host. `detail` says what was seen, `remedy` what to do about it (a literal, or
 * NULL when there is nothing to do). A BAD finding takes away the machines named by the probe.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stddef.h>

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_BAD };

#define DOCTOR_KVM 1u
#define DOCTOR_PROCESS 2u
#define DOCTOR_BUILD 4u

struct doctor_finding {
    enum doctor_state state;
    char detail[160];
    const char *remedy;
};

struct doctor_probe {
    const char *name;
    unsigned stops; /* DOCTOR_* that do not work when this is BAD */
    void (*look)(struct doctor_finding *finding);
};

extern const struct doctor_probe doctor_probes[];
extern const size_t doctor_probe_count;

/* Sets all three fields; `format` makes the detail. */
void doctor_say(struct doctor_finding *finding, enum doctor_state state, const char *remedy,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
