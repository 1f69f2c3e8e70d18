/* Calendar functions: gmtime, mktime, strftime, strptime, time zones given by rule. */
#include "t.h"

static void show(time_t t)
{
    char buf[200];
    struct tm tm;

    if (!gmtime_r(&t, &tm)) {
        say("%lld: %s", (long long)t, t_errno(errno));
        return;
    }
    strftime(buf, sizeof buf,
             "%Y-%m-%d %H:%M:%S %a %b %j %U %W %V %G %u %w %y %C %e %I %p %D %T %s", &tm);
    say("%lld: %s", (long long)t, buf);
}

int main(void)
{
    static const time_t t[] = {0,
                               1,
                               -1,
                               951782400,
                               951868800,
                               1709164800,
                               2147483647,
                               2147483648,
                               4102444800,
                               -2208988800,
                               253402300799,
                               253402300800,
                               -62135596800,
                               -62167219200,
                               1000000000,
                               1234567890,
                               67767976233532799,
                               67768036191676800};

    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        show(t[i]);
    struct tm tm = {
        .tm_year = 124, .tm_mon = 13, .tm_mday = -5, .tm_hour = 49, .tm_min = -90, .tm_sec = 10000};
    V(mktime(&tm));
    say("%s", (asctime(&tm)[24] = 0, asctime(&tm)));
    V(timegm(&tm));
    static const char *const zones[] = {
        "UTC",          "CET-1CEST,M3.5.0,M10.5.0/3",  "EST5EDT,M3.2.0,M11.1.0",
        "<+0530>-5:30", "NZST-12NZDT,M9.5.0,M4.1.0/3", "",
        "JUNK"};
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        setenv("TZ", zones[z], 1);
        tzset();
        for (time_t at = 1704067200; at < 1735689600; at += 31 * 86400 * 2) {
            struct tm l;
            char buf[80];
            localtime_r(&at, &l);
            strftime(buf, sizeof buf, "%F %T %z %Z", &l);
            say("%s: %s %d %d", zones[z], buf, l.tm_isdst, mktime(&l) == at);
        }
        struct tm gap = {
            .tm_year = 124, .tm_mon = 2, .tm_mday = 31, .tm_hour = 2, .tm_min = 30, .tm_isdst = -1};
        time_t g = mktime(&gap);
        say("gap: %lld %d", (long long)g, gap.tm_hour);
    }
    setenv("TZ", "UTC", 1);
    memset(&tm, 0, sizeof tm);
    char *e = strptime("2024-02-29 13:14:15 Thu", "%Y-%m-%d %H:%M:%S %a", &tm);
    say("%d %d %d %d [%s]", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_wday, e ? e : "null");
    YES(strptime("nonsense", "%Y", &tm) == 0);
    say("%.0f", difftime(1000, 1));
    return 0;
}
