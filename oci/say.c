/* The runtime's log: a line of JSON, or of key=value words, appended to the file that --log names.
 * See say.h. */
#include "oci/say.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* As a JSON string without its quotes, which is what logfmt quotes by, too. */
static void quoted(FILE *out, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    }
}

/* False if there is no log that could be written. */
static bool logged(const struct oci_call *call, const char *level, const char *sentence)
{
    const char *path = call->log;
    if (!path || !*path)
        return false;
    /* crun's own kinds of log; those that are no file are not for us. */
    if (!strncmp(path, "file:", 5))
        path += 5;
    else if (!strncmp(path, "journald:", 9) || !strncmp(path, "syslog:", 7))
        return false;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    FILE *out = fdopen(fd, "a");
    if (!out) {
        close(fd);
        return false;
    }
    char when[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(out, call->log_json ? "{\"level\":\"%s\",\"msg\":\"" : "level=%s msg=\"", level);
    quoted(out, sentence);
    fprintf(out, call->log_json ? "\",\"time\":\"%s\"}\n" : "\" time=\"%s\"\n", when);
    return fclose(out) == 0;
}

int oci_refuse(const struct oci_call *call, const char *sentence)
{
    logged(call, "error", sentence);
    fprintf(stderr, "pith-oci: %s\n", sentence);
    return 1;
}

void oci_warn(const struct oci_call *call, const char *sentence)
{
    if (!logged(call, "warning", sentence))
        fprintf(stderr, "pith-oci: %s\n", sentence);
}
