/* What the tests of pith-oci share. */
#ifndef TESTS_UNIT_OCI_H
#define TESTS_UNIT_OCI_H

#include "../monitor/unit.h"
#include "oci/rewrite.h"
#include "oci/spec.h"

/* Decodes a configuration from text; the reason in `unit_err` if it is refused. */
extern struct host_error unit_err;
int unit_decode(struct oci_spec *spec, const char *text);

void test_json(void);
void test_spec(void);
void test_hostile(void);
void test_find(void);
void test_program(void);
void test_rewrite(void);
void test_seccomp(void);

#endif
