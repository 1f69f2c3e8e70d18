/* stdio on files: modes, seeking, buffering, ungetc, end of file and error marks. */
#include "t.h"
#include <wchar.h>

int main(void)
{
    char buf[100], *line = 0;
    size_t cap = 0;
    FILE *f;

    t_scratch();
    f = fopen("a", "w+");
    V(fprintf(f, "one\ntwo\nthree\n%d %s\n", 42, "four"));
    V(ftell(f));
    rewind(f);
    while (fgets(buf, sizeof buf, f))
        say("%zu %.*s", strlen(buf), (int)strlen(buf) - 1, buf);
    YES(feof(f) && !ferror(f));
    V(fseek(f, -5, SEEK_END));
    V(fgetc(f));
    V(ungetc('Q', f));
    V(fgetc(f));
    V(ungetc('1', f));
    V(ftell(f));
    V(fseek(f, 0, SEEK_SET));
    V(fread(buf, 3, 2, f));
    say("%.6s", buf);
    V(fseek(f, 4, SEEK_SET));
    V(fputs("TWO", f));
    V(fflush(f));
    t_cat("a");
    V(fclose(f));
    P(fopen("a", "wx"));
    P(fopen("missing", "r"));
    P(fopen("missing", "r+"));
    P(fopen("a", "q"));
    P(fopen("missing/x", "w"));
    P(fopen(".", "w"));

    f = fopen("a", "a+");
    V(ftell(f));
    fputs("appended\n", f);
    rewind(f);
    fputs("again\n", f);
    V(ftell(f));
    rewind(f);
    V(fscanf(f, "%s", buf));
    S(buf);
    fclose(f);
    t_cat("a");

    f = fopen("a", "r");
    V(fputc('x', f));
    YES(ferror(f));
    clearerr(f);
    YES(!ferror(f));
    int lines = 0;
    while (getline(&line, &cap, f) > 0)
        lines++;
    V(lines);
    V(getdelim(&line, &cap, ';', f));
    rewind(f);
    V(getdelim(&line, &cap, 'e', f));
    S(line);
    free(line);
    f = freopen("b", "w", f);
    fputs("b here", f);
    fclose(f);
    t_cat("b");

    /* Buffers: what is on disk when. */
    static char own[16];
    f = fopen("c", "w");
    setvbuf(f, own, _IOFBF, sizeof own);
    fputs("0123456789", f);
    t_cat("c");
    fputs("abcdef", f);
    t_cat("c");
    fputs("ghijklmnopqrstuvwxyz", f);
    t_cat("c");
    fclose(f);
    t_cat("c");
    f = fopen("c", "w");
    setvbuf(f, 0, _IOLBF, 0);
    fputs("half a line", f);
    t_cat("c");
    fputs(" and its end\nnext", f);
    t_cat("c");
    setvbuf(f, 0, _IONBF, 0);
    fclose(f);
    f = fopen("c", "w");
    setvbuf(f, 0, _IONBF, 0);
    fputc('u', f);
    t_cat("c");
    fclose(f);

    /* Positions past 4 GiB. */
    f = fopen("big", "w+");
    V(fseeko(f, 5000000000, SEEK_SET));
    V(fwrite("end", 1, 3, f));
    V(ftello(f));
    V(fseeko(f, -3, SEEK_END));
    V(fread(buf, 1, 10, f));
    say("%.3s", buf);
    V(fseeko(f, 4294967296, SEEK_SET));
    V(fgetc(f));
    V(fseeko(f, -1, SEEK_SET));
    fclose(f);
    f = tmpfile();
    YES(f != 0);
    fputs("temp", f);
    rewind(f);
    YES(fgets(buf, sizeof buf, f) && !strcmp(buf, "temp"));
    fclose(f);

    /* Streams in memory, and over our own functions. */
    char *mem;
    size_t size;
    f = open_memstream(&mem, &size);
    for (int i = 0; i < 1000; i++)
        fprintf(f, "%d,", i);
    fseek(f, 4, SEEK_SET);
    fputs("XYZ", f);
    fclose(f);
    say("%zu %.20s", size, mem);
    free(mem);
    f = fmemopen(buf, 10, "w");
    V(fputs("0123456789abcdef", f));
    V(fflush(f));
    fclose(f);
    f = fmemopen((char *)"12 34 56", 8, "r");
    int a, b, c;
    V(fscanf(f, "%d%d%d", &a, &b, &c));
    V(a + b + c);
    V(fgetc(f));
    fclose(f);
    f = fdopen(open("a", O_RDONLY), "r");
    V(fileno(f));
    fclose(f);
    R(remove("a"));
    R(remove("missing"));
    R(rename("b", "bb"));
    t_cat("bb");
    return 0;
}
