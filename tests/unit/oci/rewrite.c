/* The changed configuration: what is in it, and that all else is as it was. */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const struct oci_program hello = {.pith = true, .memory = 1 << 20};
static const struct oci_change plain = {
    .monitor = "/opt/pith", .program = "/bin/web", .network = true, .kvm = true};

/* The whole changed text, or "" with the reason in unit_err. */
static char *change(const char *text, const struct oci_program *program,
                    const struct oci_change *how)
{
    struct oci_spec spec;
    char *made = NULL;
    if (!unit_decode(&spec, text) && !oci_rewrite_check(&spec, program, how, &unit_err))
        made = oci_rewrite(&spec, how) ? cJSON_PrintUnformatted(spec.tree) : NULL;
    oci_spec_free(&spec);
    return made ? made : strdup("");
}

static bool has(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    fprintf(stderr, "missing: %s\nin: %s\n", part, text);
    return false;
}

static bool refuses(const char *text, const struct oci_program *program,
                    const struct oci_change *how, const char *why)
{
    char *made = change(text, program, how);
    bool so = !*made && has(unit_err.text, why);
    free(made);
    return so;
}

void test_rewrite(void)
{
    char *made = change(
        "{\"process\":{\"args\":[\"web\",\"-p\",\"\\\"x\\u00e9\\n\"],\"noNewPrivileges\":true,"
        "\"user\":{\"uid\":7,\"gid\":8,\"additionalGids\":[9,10],\"umask\":18},"
        "\"rlimits\":[{\"hard\":18446744073709551615}],\"env\":[\"A=b\"],"
        "\"capabilities\":{\"bounding\":[\"CAP_NET_RAW\"],\"ambient\":[\"CAP_CHOWN\"]}},"
        "\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[\"ro\"]}],"
        "\"x\":[1.50,null,true],\"linux\":{\"resources\":{\"memory\":{\"limit\":67108864},"
        "\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}}}",
        &hello,
        &(struct oci_change){.monitor = "/opt/p\"ith",
                             .program = "/bin/web",
                             .home = "/home/u",
                             .network = true,
                             .kvm = true});
    static const char args[] =
        "\"args\":[\"/dev/.pith/pith\",\"container\",\"--machine\",\"auto\",\"--user\","
        "\"7:8:9,10\",\"--caps\",\"1\",\"--memory\",\"67108864\",\"--argv0\",\"web\","
        "\"--control\",\"/dev/.pith/control\",\"--\",\"/bin/web\",\"-p\","
        "\"\\\"x\xc3\xa9\\n\"]";
    CHECK(has(made, args));
    CHECK(has(made, "\"noNewPrivileges\":true"));
    CHECK(has(made, "\"user\":{\"umask\":18,\"uid\":0,\"gid\":0}"));
    CHECK(has(made, "\"hard\":18446744073709551615"));
    CHECK(has(made, "\"env\":[\"A=b\",\"HOME=/home/u\"]"));
    CHECK(has(made, "\"bounding\":[\"CAP_NET_RAW\",\"CAP_NET_ADMIN\",\"CAP_SETUID\""));
    CHECK(has(made, "\"ambient\":[\"CAP_CHOWN\"]"));
    CHECK(has(made, "\"permitted\":[\"CAP_NET_ADMIN\""));
    CHECK(has(made, "\"source\":\"/opt/p\\\"ith\""));
    CHECK(has(made,
              "\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[\"ro\"]},"
              "{\"destination\":\"/dev/.pith\""));
    CHECK(has(made,
              "\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"type\":\"c\",\"major\":10,"
              "\"minor\":232,\"allow\":true,\"access\":\"rw\"}]"));
    CHECK(has(made, "\"path\":\"/dev/kvm\""));
    CHECK(has(made, "\"x\":[1.50,null,true]"));
    free(made);

    /* What is not there is made: /dev, capabilities, linux. */
    made = change("{\"process\":{\"args\":[\"/bin/web\"]}}", &hello, &plain);
    CHECK(has(made, "\"--user\",\"0:0\"") && !strstr(made, "argv0") && !strstr(made, "--memory"));
    CHECK(has(made, "\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\""));
    CHECK(has(made, "\"linux\":{\"resources\":{\"devices\":[{"));
    free(made);
    /* process wants no device, and a privileged container has it already. */
    made = change("{\"process\":{\"args\":[\"w\"]},\"annotations\":{\"pith.machine\":\"process\"}}",
                  &hello, &plain);
    CHECK(*made && !strstr(made, "kvm"));
    free(made);
    made =
        change("{\"process\":{\"args\":[\"w\"]},\"linux\":{\"devices\":[{\"path\":\"/dev/kvm\"}]}}",
               &hello, &plain);
    CHECK(*made && !strstr(strstr(made, "/dev/kvm") + 1, "/dev/kvm"));
    free(made);

    /* An engine's init stays in front; a program of that name is the program. */
    made = change("{\"process\":{\"args\":[\"/sbin/docker-init\",\"--\",\"w\",\"x\"]},\"mounts\":"
                  "[{\"destination\":\"/sbin/docker-init\",\"type\":\"bind\",\"source\":\"/i\"}]}",
                  &hello, &plain);
    CHECK(has(made, "[\"/sbin/docker-init\",\"--\",\"/dev/.pith/pith\",") &&
          has(made, "\"--\",\"/bin/web\",\"x\"]"));
    free(made);
    made = change("{\"process\":{\"args\":[\"/sbin/docker-init\",\"--\",\"w\",\"x\"]}}", &hello,
                  &plain);
    CHECK(has(made, "\"--argv0\",\"/sbin/docker-init\","));
    free(made);

    struct oci_change linked = plain;
    linked.ports = linked.bpf = true;
    made = change("{\"process\":{\"args\":[\"w\"]}}", &hello, &linked);
    CHECK(has(made, "\"sysctl\":{\"net.ipv4.ip_local_port_range\":\"61000 65535\"}") &&
          has(made, "CAP_BPF"));
    free(made);
    made = change("{\"process\":{\"args\":[\"w\"]},\"linux\":{\"sysctl\":"
                  "{\"net.ipv4.ip_local_port_range\":\"1 2\"}}}",
                  &hello, &linked);
    CHECK(has(made, "\"1 2\"") && !strstr(made, "61000"));
    free(made);

    struct oci_program net = {.pith = true, .network = true};
    struct oci_change host = plain, bare = plain;
    host.network = false;
    bare.kvm = false;
    CHECK(refuses("{\"process\":{\"args\":[\"w\"]}}", &net, &host, "network"));
    made = change("{\"process\":{\"args\":[\"w\"]}}", &hello, &host);
    CHECK(*made);
    free(made);
    CHECK(refuses("{\"process\":{\"args\":[\"w\"],\"env\":[\"PITH_MACHINE=kvm\"]}}", &hello, &bare,
                  "/dev/kvm"));
    CHECK(refuses("{\"process\":{\"args\":[\"w\"],\"env\":[\"PITH_MACHINE=k\"]}}", &hello, &plain,
                  "PITH_MACHINE"));
    CHECK(refuses("{\"process\":{\"args\":[\"w\"]},\"linux\":{\"resources\":{\"memory\":"
                  "{\"limit\":4096}}}}",
                  &hello, &plain, "1024 KiB"));
    CHECK(refuses("{\"process\":{\"args\":[\"w\"]},\"mounts\":[{\"destination\":\"/dev\","
                  "\"type\":\"bind\",\"source\":\"/dev\"}]}",
                  &hello, &plain, "/dev"));
    CHECK(refuses(
        "{\"process\":{\"args\":[\"w\"]},\"linux\":{\"uidMappings\":[{\"containerID\":1}]}}",
        &hello, &plain, "user namespace"));
}

void test_seccomp(void)
{
    /* A list of what is allowed: what it lacks is added once, the rest stays. */
    char *made = change("{\"process\":{\"args\":[\"w\"]},\"linux\":{\"seccomp\":{\"defaultAction\":"
                        "\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\",\"mount\"],"
                        "\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"socket\"],\"action\":"
                        "\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":40,\"op\":"
                        "\"SCMP_CMP_NE\"}]},{\"names\":[\"openat2\",\"bpf\"],\"action\":"
                        "\"SCMP_ACT_ERRNO\"}]}}}",
                        &hello, &plain);
    CHECK(has(made, "{\"names\":[\"read\",\"mount\"],\"action\":\"SCMP_ACT_ALLOW\"}"));
    CHECK(has(made, "{\"names\":[\"bpf\"],\"action\":\"SCMP_ACT_ERRNO\"}"));
    CHECK(has(made, "\"landlock_restrict_self\"") && has(made, "\"openat2\""));
    CHECK(!strstr(strstr(made, "\"read\"") + 1, "\"read\""));
    CHECK(!strstr(strstr(made, "\"socket\"") + 1, "\"socket\""));
    free(made);
    /* A list of what is denied. */
    made = change("{\"process\":{\"args\":[\"w\"]},\"linux\":{\"seccomp\":{\"defaultAction\":"
                  "\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"prctl\"],\"action\":"
                  "\"SCMP_ACT_ERRNO\"},{\"names\":[\"reboot\",\"prctl\"],\"action\":"
                  "\"SCMP_ACT_KILL\"}]}}}",
                  &hello, &plain);
    CHECK(has(made, "\"syscalls\":[{\"names\":[\"reboot\"],\"action\":\"SCMP_ACT_KILL\"}]"));
    free(made);
    made = change("{\"process\":{\"args\":[\"w\"]},\"linux\":{\"seccomp\":{\"defaultAction\":"
                  "\"SCMP_ACT_ERRNO\"}}}",
                  &hello, &plain);
    CHECK(has(made, "\"read\"") && has(made, "\"seccomp\""));
    free(made);
}
