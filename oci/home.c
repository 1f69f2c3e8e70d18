/* Looks a user up in the container's /etc/passwd. See home.h. */
#include "oci/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oci/find.h"
#include "oci/limits.h"

/* name:password:uid:gid:comment:home:shell -> the home of `uid`, or NULL. Changes the line. */
static const char *home_of(char *line, uint32_t uid)
{
    char *field[7] = {line};
    for (unsigned i = 1; i < 7; i++) {
        char *colon = strchr(field[i - 1], ':');
        if (!colon)
            return NULL;
        *colon = 0;
        field[i] = colon + 1;
    }
    char *end;
    unsigned long id = strtoul(field[2], &end, 10);
    return *field[2] && !*end && id == uid ? field[5] : NULL;
}

bool oci_home(const struct oci_spec *spec, int bundle, char *home, size_t size)
{
    struct oci_found found;
    char path[32], *text = NULL;
    const char *answer = NULL;
    size_t length;
    if (oci_find(spec, bundle, "/etc/passwd", &found) == 0) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", found.fd);
        if (oci_json_file(-1, path, OCI_PASSWD_MAX, &text, &length, NULL))
            text = NULL;
        close(found.fd);
    }
    for (char *line = text, *next; line && *line && !answer; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        line[n] = 0;
        answer = home_of(line, spec->uid);
    }
    bool fits = (size_t)snprintf(home, size, "%s", answer && *answer ? answer : "/") < size;
    free(text);
    return fits;
}
