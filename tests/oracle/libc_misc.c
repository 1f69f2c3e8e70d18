/* What programs ask the system through libc: options, users, names, temporary files, spawning
 * that cannot be, dynamic loading that is not there. */
#include "t.h"
#include <dlfcn.h>
#include <getopt.h>
#include <grp.h>
#include <libgen.h>
#include <locale.h>
#include <pwd.h>
#include <sys/param.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <syslog.h>
#include <utime.h>

int main(void)
{
    char *args[] = {(char *)"prog",
                    (char *)"-a",
                    (char *)"-b",
                    (char *)"value",
                    (char *)"file",
                    (char *)"--long=5",
                    (char *)"-x",
                    (char *)"--flag",
                    (char *)"--",
                    (char *)"-z",
                    0};
    static const struct option lo[] = {
        {"long", required_argument, 0, 'l'}, {"flag", no_argument, 0, 'f'}, {0}};
    char path[50], buf[300];
    int c;

    opterr = 0;
    while ((c = getopt_long(10, args, "ab:", lo, 0)) != -1)
        say("option %c %s", c, optarg ? optarg : "-");
    say("rest from %d: %s %s", optind, args[optind], args[optind + 1]);
    t_scratch();
    strcpy(path, "tmpXXXXXX");
    int fd = mkstemp(path);
    YES(fd >= 0 && strcmp(path, "tmpXXXXXX"));
    strcpy(path, "wrong");
    R(mkstemp(path));
    strcpy(path, "dXXXXXX");
    P(mkdtemp(path));
    strcpy(path, "sXXXXXX.txt");
    R(mkstemps(path, 4) >= 0);
    strcpy(path, "/a/b/c.txt");
    S(basename(path));
    strcpy(path, "/a/b/c.txt");
    S(dirname(path));
    R((long)dlopen("libnone.so", RTLD_NOW));
    YES(dlerror() != 0);
    YES(dlsym(RTLD_DEFAULT, "no_such_symbol") == 0);
    YES(confstr(_CS_PATH, buf, sizeof buf) > 0);
    S(buf);
    R(getpagesize());
    R(gethostid() >= 0 || 1);
    struct utimbuf ut = {5, 6};
    R(utime("none", &ut));
    R(lockf(fd, F_TEST, 0));
    openlog("test", 0, LOG_USER);
    syslog(LOG_INFO, "nobody listens");
    closelog();
    R(putenv((char *)"TZ=UTC"));
    S(ctermid(0));
    R(sethostname("", -1));
    return 0;
}
