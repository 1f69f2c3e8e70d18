/* argv and the environment as they come in, and setenv, putenv, unsetenv, clearenv.
 * pith-test: env="A=1|EMPTY=|SPACE=a b  c|EQ=x=y=z"
 * pith-test: args="one two three" env="A=1"
 * pith-test: args="'' 'a b' '' \"it's\" -- --flag -x" env="A=1"
 * pith-test: args='$(head -c 100000 /dev/zero | tr "\0" x) end' env="A=1"
 * pith-test: args='$(seq 1 3000)' env="A=1"
 */
#include "t.h"

extern char **environ;

int main(int argc, char **argv)
{
    unsigned long hash = 5381;

    V(argc);
    YES(argv[argc] == 0);
    for (int i = 1; i < argc; i++) {
        for (char *p = argv[i]; *p; p++)
            hash = hash * 33 + (unsigned char)*p;
        hash = hash * 33 + 1;
        if (argc < 20 && strlen(argv[i]) < 100)
            say("[%s]", argv[i]);
    }
    V(hash);
    V(strlen(argv[argc - 1]) > 0 || argc > 1);
    S(getenv("A") ? getenv("A") : "(null)");
    S(getenv("EMPTY") ? getenv("EMPTY") : "(null)");
    S(getenv("SPACE") ? getenv("SPACE") : "(null)");
    S(getenv("EQ") ? getenv("EQ") : "(null)");
    YES(getenv("NOT_THERE") == 0);
    YES(getenv("") == 0);
    YES(getenv("A=1") == 0);
    R(setenv("A", "2", 0));
    S(getenv("A") ? getenv("A") : "(null)");
    R(setenv("A", "2", 1));
    S(getenv("A"));
    R(setenv("", "x", 1));
    R(setenv("B=C", "x", 1));
    R(unsetenv("A"));
    YES(getenv("A") == 0);
    R(unsetenv("A"));
    R(unsetenv("A=B"));
    static char own[] = "OWN=here";
    R(putenv(own));
    S(getenv("OWN"));
    own[4] = 'H';
    S(getenv("OWN"));
    for (int i = 0; i < 500; i++) {
        char name[20];
        snprintf(name, sizeof name, "VAR%d", i);
        setenv(name, name, 1);
    }
    S(getenv("VAR499"));
    int n = 0;
    for (char **e = environ; *e; e++)
        n += !strncmp(*e, "VAR", 3);
    V(n);
    R(clearenv());
    YES(getenv("VAR1") == 0);
    YES(environ == 0 || *environ == 0);
    R(setenv("AFTER", "clear", 1));
    S(getenv("AFTER"));
    return 0;
}
