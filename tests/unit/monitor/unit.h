/* What the monitor's unit tests share: one line for each claim, "ok NAME" or "not ok NAME: why".
 * A test function makes its claims with CHECK; the first that does not hold is the reason. */
#ifndef TESTS_UNIT_MONITOR_H
#define TESTS_UNIT_MONITOR_H

#include <stdbool.h>
#include <stdio.h>

extern const char *unit_why;
extern char unit_text[256];

#define CHECK(claim)                                                                               \
    do {                                                                                           \
        if (!(claim) && !unit_why) {                                                               \
            snprintf(unit_text, sizeof unit_text, "%s:%d: %s", __FILE__, __LINE__, #claim);        \
            unit_why = unit_text;                                                                  \
        }                                                                                          \
    } while (0)

/* Runs one test and prints its line. */
void unit_run(const char *name, void (*test)(void));

void test_ring(void);
void test_memory(void);
void test_file_windows(void);
void test_jail(void);
void test_span(void);
void test_pack(void);
void test_image(void);

#endif
