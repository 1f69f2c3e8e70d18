/* Decoding configurations: what is taken, and that nothing hostile gets further than a sentence. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "unit.h"

#define GOOD                                                                                       \
    "{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"web\",\"-p\"],\"cwd\":\"/srv\","           \
    "\"env\":[\"PATH=/a\",\"PATH=/b:/c\",\"PITH_MACHINE=process\"],"                               \
    "\"user\":{\"uid\":7,\"gid\":8,\"additionalGids\":[9,10],\"umask\":18},"                       \
    "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,\"soft\":0}],"           \
    "\"capabilities\":{\"effective\":[\"CAP_CHOWN\"],\"ambient\":[\"CAP_KILL\",\"CAP_NEW\"]}},"    \
    "\"root\":{\"path\":\"/r\"},\"mounts\":[{\"destination\":\"/v\",\"source\":\"/h\","            \
    "\"options\":[\"rbind\",\"ro\"]}],"                                                            \
    "\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/n\"},{\"type\":\"pid\"}],"       \
    "\"resources\":{\"memory\":{\"limit\":9223372036854771712}}},"                                 \
    "\"annotations\":{\"pith.machine\":\"kvm\",\"pith.memory\":\"64M\"}}"

void test_json(void)
{
    static const char *const broken[] = {
        "",
        " ",
        "{",
        "{\"a\":1,",
        "{\"a\":1}x",
        "{\"a\":}",
        "[1,]",
        "{\"a\":\"\\u0000\"}",
        "\"",
        "{\"a\":\"\\",
        "nul",
        "-",
        "{\"a\":\"\\uD800\"}",
        "{\"a\" 1}",
        "{1:2}",
    };
    struct oci_spec spec;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        CHECK(unit_decode(&spec, broken[i]) == -1);
        CHECK(unit_err.text[0]);
        oci_spec_free(&spec);
    }
    /* 63 levels are read, 65 refused; neither overflows anything. */
    static char deep[400000];
    memset(deep, '[', 200000);
    memset(deep + 200000, ']', 199999);
    CHECK(unit_decode(&spec, deep) == -1);
    oci_spec_free(&spec);

    /* Numbers come out as they went in. */
    cJSON *tree;
    const char *numbers = "[18446744073709551615,-9223372036854775808,1.10,0,1e400]";
    CHECK(!oci_json_parse("it", numbers, strlen(numbers), &tree, NULL));
    char *text = cJSON_PrintUnformatted(tree);
    CHECK(text && !strcmp(text, numbers));
    uint64_t value;
    bool negative;
    CHECK(!oci_json_u64(cJSON_GetArrayItem(tree, 0), "n", &value, NULL, NULL));
    CHECK(value == UINT64_MAX);
    CHECK(oci_json_u64(cJSON_GetArrayItem(tree, 1), "n", &value, NULL, NULL) == -1);
    CHECK(!oci_json_u64(cJSON_GetArrayItem(tree, 1), "n", &value, &negative, NULL) && negative);
    CHECK(oci_json_u64(cJSON_GetArrayItem(tree, 2), "n", &value, NULL, NULL) == -1);
    CHECK(oci_json_u64(cJSON_GetArrayItem(tree, 4), "n", &value, NULL, NULL) == -1);
    free(text);
    cJSON_Delete(tree);

    /* Files: too long, no file, a FIFO that nobody writes. */
    char path[] = "/tmp/oci-unit.XXXXXX", *read;
    size_t size;
    int fd = mkstemp(path);
    CHECK(write(fd, "12345", 5) == 5);
    close(fd);
    CHECK(!oci_json_file(AT_FDCWD, path, 5, &read, &size, NULL) && size == 5 && !read[5]);
    free(read);
    CHECK(oci_json_file(AT_FDCWD, path, 4, &read, &size, &unit_err) == -1);
    unlink(path);
    CHECK(oci_json_file(AT_FDCWD, path, 4, &read, &size, &unit_err) == -1);
    CHECK(!mkfifo(path, 0600));
    CHECK(oci_json_file(AT_FDCWD, path, 4, &read, &size, &unit_err) == -1);
    unlink(path);
}

void test_spec(void)
{
    struct oci_spec s;
    CHECK(!unit_decode(&s, GOOD));
    CHECK(!strcmp(s.program, "web") && !strcmp(s.cwd, "/srv") && !strcmp(s.path, "/b:/c"));
    CHECK(s.uid == 7 && s.gid == 8 && s.ngroups == 2 && s.groups[1] == 10);
    CHECK(s.caps == 1u << 5); /* user 7 has the ambient set; a name nobody knows is nothing */
    CHECK(s.nmounts == 1 && s.mount[0].bind && !strcmp(s.mount[0].source, "/h"));
    CHECK(s.network && !strcmp(s.network_path, "/n") && !s.user_namespace && s.root_mapped);
    CHECK(s.machine == OCI_MACHINE_KVM); /* the annotation is the operator's */
    CHECK(s.memory == 64 << 20 && !s.wrong.text[0] && !s.home);
    oci_spec_free(&s);

    CHECK(!unit_decode(&s, "{}"));
    CHECK(!s.program && s.uid == 0 && !s.memory && !s.network && !strcmp(s.rootfs, "rootfs"));
    oci_spec_free(&s);

    CHECK(!unit_decode(&s, "{\"linux\":{\"resources\":{\"memory\":{\"limit\":-1}},"
                           "\"uidMappings\":[{\"containerID\":1,\"hostID\":0,\"size\":9}]}}"));
    CHECK(s.memory == 0 && !s.root_mapped);
    oci_spec_free(&s);

    /* Words of ours that are wrong concern a unikernel alone. */
    CHECK(!unit_decode(&s, "{\"process\":{\"env\":[\"PITH_MACHINE=xen\"]}}"));
    CHECK(strstr(s.wrong.text, "'xen'"));
    oci_spec_free(&s);
    CHECK(!unit_decode(&s, "{\"annotations\":{\"pith.memory\":\"99999999999999T\"}}"));
    CHECK(s.wrong.text[0]);
    oci_spec_free(&s);
}

void test_hostile(void)
{
    static const char *const refused[] = {
        "[]",
        "7",
        "{\"process\":[]}",
        "{\"process\":{\"args\":\"x\"}}",
        "{\"process\":{\"args\":[1]}}",
        "{\"process\":{\"args\":[null]}}",
        "{\"process\":{\"cwd\":1}}",
        "{\"process\":{\"env\":[{}]}}",
        "{\"process\":{\"args\":[\"a\"],\"args\":[\"b\"]}}",
        "{\"process\":{},\"process\":{}}",
        "{\"process\":{\"user\":{\"uid\":4294967295}}}",
        "{\"process\":{\"user\":{\"uid\":-1}}}",
        "{\"process\":{\"user\":{\"uid\":1e3}}}",
        "{\"process\":{\"user\":{\"uid\":\"0\"}}}",
        "{\"process\":{\"user\":{\"uid\":99999999999999999999999}}}",
        "{\"process\":{\"user\":{\"additionalGids\":[\"a\"]}}}",
        "{\"process\":{\"capabilities\":{\"bounding\":[3]}}}",
        "{\"root\":{\"path\":{}}}",
        "{\"mounts\":{}}",
        "{\"mounts\":[1]}",
        "{\"mounts\":[{\"destination\":[]}]}",
        "{\"mounts\":[{\"options\":[1]}]}",
        "{\"linux\":{\"namespaces\":[7]}}",
        "{\"linux\":{\"resources\":{\"memory\":{\"limit\":\"1\"}}}}",
        "{\"linux\":{\"seccomp\":{\"syscalls\":[{\"names\":[1]}]}}}",
        "{\"linux\":{\"devices\":[\"a\"]}}",
        "{\"annotations\":{\"pith.machine\":1}}",
    };
    struct oci_spec spec;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        bool taken = unit_decode(&spec, refused[i]) == 0;
        if (taken)
            fprintf(stderr, "taken: %s\n", refused[i]);
        CHECK(!taken);
        CHECK(!strncmp(unit_err.text, "config.json", 11));
        oci_spec_free(&spec);
    }
    /* A good one cut at every byte, and with every byte spoiled: a sentence or an answer, never a
     * byte too far (the sanitizers look). */
    char text[sizeof GOOD];
    for (size_t n = 0; n < sizeof GOOD - 1; n++) {
        memcpy(text, GOOD, sizeof GOOD);
        text[n] = 0;
        CHECK(unit_decode(&spec, text) == -1);
        oci_spec_free(&spec);
        for (unsigned i = 0; i < 5; i++) {
            memcpy(text, GOOD, sizeof GOOD);
            text[n] = "\"{\\9\xff"[i];
            unit_decode(&spec, text);
            oci_spec_free(&spec);
        }
    }
}
