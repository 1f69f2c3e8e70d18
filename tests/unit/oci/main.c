/* pith-oci (oci/), without a runtime below: each test makes its claims and prints one line. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "oci/call.h"

const char *unit_why;
char unit_text[256];
struct host_error unit_err;
static int failed;

void unit_run(const char *name, void (*test)(void))
{
    unit_why = NULL;
    test();
    printf("%s oci/%s%s%s\n", unit_why ? "not ok" : "ok", name, unit_why ? ": " : "",
           unit_why ? unit_why : "");
    failed |= unit_why != NULL;
}

int unit_decode(struct oci_spec *spec, const char *text)
{
    cJSON *tree = NULL;
    memset(spec, 0, sizeof *spec);
    unit_err.text[0] = 0;
    /* A copy of its own, so that a byte too far is seen. */
    size_t n = strlen(text);
    char *copy = malloc(n + 1);
    memcpy(copy, text, n + 1);
    int bad = oci_json_parse("config.json", copy, n, &tree, &unit_err);
    free(copy);
    return bad ? bad : oci_spec_decode(spec, tree, &unit_err);
}

/* What runc and crun are called with. */
static void call_read(void)
{
    struct oci_call call;
    char *docker[] = {
        "pith-oci", "--pith-runtime", "crun", "--root",           "/r",     "--log",
        "/l",       "--log-format",   "json", "--systemd-cgroup", "create", "--bundle",
        "/b",       "--pid-file",     "/p",   "--console-socket", "/s",     "ID",
        NULL};
    CHECK(oci_call_read(&call, 18, docker));
    CHECK(call.argc == 16 && !call.argv[16]);
    CHECK(!strcmp(call.runtime, "crun") && !strcmp(call.root, "/r") && !strcmp(call.log, "/l"));
    CHECK(call.log_json && !strcmp(call.command, "create") && !strcmp(call.bundle, "/b"));
    CHECK(!strcmp(call.id, "ID") && call.argv[call.id_at] == call.id);
    free(call.argv);

    char *late[] = {"o", "-root=/r", "run", "-d", "ID", "-b=/b", NULL};
    CHECK(oci_call_read(&call, 6, late));
    CHECK(!strcmp(call.root, "/r") && !strcmp(call.id, "ID") && !strcmp(call.bundle, "/b"));
    free(call.argv);

    char *exec[] = {"o", "exec", "-e", "A=b", "--process=/f", "--", "ID", "pith", "-b", "x", NULL};
    CHECK(oci_call_read(&call, 10, exec));
    CHECK(!strcmp(call.process, "/f") && call.process_at == 4 && !strcmp(call.id, "ID"));
    CHECK(!call.bundle && call.id_at == 6);
    free(call.argv);

    /* Cut anywhere, nothing is read behind the end. */
    for (int n = 1; n < 18; n++) {
        char *saved = docker[n];
        docker[n] = NULL;
        CHECK(oci_call_read(&call, n, docker));
        free(call.argv);
        docker[n] = saved;
    }
}

int main(void)
{
    unit_run("command-line", call_read);
    unit_run("json", test_json);
    unit_run("decode", test_spec);
    unit_run("decode-hostile", test_hostile);
    unit_run("find", test_find);
    unit_run("program", test_program);
    unit_run("rewrite", test_rewrite);
    unit_run("seccomp", test_seccomp);
    return failed;
}
