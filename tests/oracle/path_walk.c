/* A file tree built, walked, changed and removed at random, checked against a model in memory.
 * pith-test: mem=64M
 */
#include "t.h"

#define N 400

static char *content[N];
static unsigned rnd = 99;
static int files, dirs, links;
static long bytes;

static unsigned next(unsigned n)
{
    rnd = rnd * 1664525 + 1013904223;
    return (rnd >> 9) % n;
}

static void path(char *buf, int i)
{
    snprintf(buf, 60, "d%d/d%d/file%d", i % 5, i % 7, i);
}

static int count(const char *p, const struct stat *st, int flag, struct FTW *f)
{
    (void)p, (void)f;
    if (flag == FTW_F)
        files++, bytes += st->st_size;
    else if (flag == FTW_D || flag == FTW_DP)
        dirs++;
    else
        links++;
    return 0;
}

static int matches(int i)
{
    static char buf[9000];
    char p[60];

    path(p, i);
    int fd = open(p, O_RDONLY);
    if (!content[i])
        return fd < 0 && errno == ENOENT;
    ssize_t n = read(fd, buf, sizeof buf);
    close(fd);
    return n == (ssize_t)strlen(content[i]) && !memcmp(buf, content[i], n);
}

int main(void)
{
    char a[60], b[60];
    int bad = 0;

    t_scratch();
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 7; k++) {
            snprintf(a, sizeof a, "d%d", i);
            mkdir(a, 0755);
            snprintf(a, sizeof a, "d%d/d%d", i, k);
            bad += mkdir(a, 0755) != 0;
        }
    V(bad);
    for (int step = 0; step < 6000; step++) {
        int i = next(N), k = next(N);
        size_t n = next(8000);
        path(a, i), path(b, k);
        switch (next(5)) {
        case 0: { /* write anew */
            free(content[i]);
            content[i] = malloc(n + 1);
            memset(content[i], 'a' + step % 26, n);
            content[i][n] = 0;
            int fd = open(a, O_CREAT | O_TRUNC | O_WRONLY, 0644);
            bad += write(fd, content[i], n) != (ssize_t)n;
            bad += close(fd) != 0;
            break;
        }
        case 1: /* remove */
            bad += (unlink(a) == 0) != (content[i] != 0);
            free(content[i]), content[i] = 0;
            break;
        case 2: /* rename */
            bad += (rename(a, b) == 0) != (content[i] != 0);
            if (content[i] && i != k)
                free(content[k]), content[k] = content[i], content[i] = 0;
            break;
        case 3: /* shorten */
            if (content[i] && strlen(content[i]) > n) {
                bad += truncate(a, (off_t)n) != 0;
                content[i][n] = 0;
            }
            break;
        case 4:
            bad += !matches(i);
            break;
        }
    }
    for (int i = 0; i < N; i++)
        bad += !matches(i);
    V(bad);
    symlink("d1", "ln");
    R(nftw(".", count, 5, FTW_PHYS));
    say("%d files, %d directories, %d links, %ld bytes", files, dirs, links, bytes);
    R(nftw(".", t_remove_one, 5, FTW_PHYS | FTW_DEPTH));
    return 0;
}
