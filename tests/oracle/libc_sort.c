/* qsort, bsearch, hash and tree search, random numbers, string functions on odd alignments. */
#include "t.h"
#include <search.h>

static int up(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

static int down_r(const void *a, const void *b, void *count)
{
    ++*(int *)count;
    return up(b, a);
}

struct wide {
    int key;
    char pad[29];
};

static void visit(const void *node, VISIT which, int depth)
{
    if (which == leaf || which == postorder)
        say("%d at %d", **(int *const *)node, depth);
}

static int same(const void *a, const void *b)
{
    return up(a, b);
}

int main(void)
{
    static int v[20000];
    unsigned rnd = 7;
    int bad = 0;

    for (int n = 0; n <= 20000; n = n * 3 + 1) {
        for (int i = 0; i < n; i++)
            v[i] = (int)((rnd = rnd * 1664525 + 1013904223) >> 16) % (n + 1);
        qsort(v, n, sizeof *v, up);
        for (int i = 1; i < n; i++)
            bad += v[i - 1] > v[i];
    }
    V(bad);
    int count = 0;
    for (int i = 0; i < 1000; i++)
        v[i] = i % 37;
    qsort_r(v, 1000, sizeof *v, down_r, &count);
    for (int i = 1; i < 1000; i++)
        bad += v[i - 1] < v[i];
    V(bad);
    V(count);
    static struct wide w[300];
    for (int i = 0; i < 300; i++) {
        w[i].key = i * 7919 % 300;
        memset(w[i].pad, w[i].key, sizeof w[i].pad);
    }
    qsort(w, 300, sizeof *w, up);
    for (int i = 0; i < 300; i++)
        bad += w[i].key != i || w[i].pad[28] != (char)i;
    V(bad);
    int key = 123;
    struct wide *found = bsearch(&key, w, 300, sizeof *w, up);
    V(found - w);
    key = 1000;
    YES(bsearch(&key, w, 300, sizeof *w, up) == 0);

    hcreate(100);
    static char names[50][8];
    for (long i = 0; i < 50; i++) {
        snprintf(names[i], 8, "k%ld", i);
        hsearch((ENTRY){names[i], (void *)i}, ENTER);
    }
    ENTRY *e = hsearch((ENTRY){(char *)"k33", 0}, FIND);
    V((long)e->data);
    YES(hsearch((ENTRY){(char *)"none", 0}, FIND) == 0);
    hdestroy();
    static int keys[] = {5, 2, 8, 1, 9, 3};
    void *root = 0;
    for (int i = 0; i < 6; i++)
        tsearch(&keys[i], &root, same);
    twalk(root, visit);
    tdelete(&keys[2], &root, same);
    YES(tfind(&keys[2], &root, same) == 0);

    srand(1);
    for (int i = 0; i < 5; i++)
        V(rand());
    srandom(42);
    for (int i = 0; i < 5; i++)
        V(random());
    unsigned short seed[3] = {1, 2, 3};
    for (int i = 0; i < 3; i++)
        say("%.12f", erand48(seed));
    V(nrand48(seed));

    /* memcpy, memmove, memset, strlen, memchr and company over alignments and lengths. */
    static unsigned char src[600], dst[600], ref[600];
    unsigned long sum = 0;
    for (int i = 0; i < 600; i++)
        src[i] = (unsigned char)(i * 7 + 1) ? (unsigned char)(i * 7 + 1) : 1;
    for (int so = 0; so < 16; so += 3)
        for (int to = 0; to < 16; to += 5)
            for (int n = 0; n < 300; n += 7) {
                memset(dst, 0, sizeof dst), memset(ref, 0, sizeof ref);
                memcpy(dst + to, src + so, n);
                for (int i = 0; i < n; i++)
                    ref[to + i] = src[so + i];
                bad += memcmp(dst, ref, sizeof dst) != 0;
                memmove(dst + to + 3, dst + to, n);
                for (int i = 0; i < n; i++)
                    bad += dst[to + 3 + i] != src[so + i];
                dst[to + 3 + n] = 0;
                bad += strlen((char *)dst + to + 3) != (size_t)n;
                void *hit = memchr(src + so, src[so + n], n + 1);
                sum += (unsigned char *)hit - src;
                sum += strspn((char *)dst + to + 3, (char *)src + so);
            }
    V(bad);
    V(sum);
    S(strstr("the needle in the haystack", "in the"));
    S(strpbrk("hello, world", ",;"));
    char text[] = "a,b;;c", *save;
    for (char *p = strtok_r(text, ",;", &save); p; p = strtok_r(0, ",;", &save))
        say("token %s", p);
    char sep[] = "x::y", *q = sep, *tok;
    while ((tok = strsep(&q, ":")))
        say("field [%s]", tok);
    V(strverscmp("file10", "file9") > 0);
    V(strcasecmp("HeLLo", "hEllO"));
    V(memmem("abcabcabd", 9, "abcabd", 6) != 0);
    return 0;
}
