/* iperf ROLE ...: see the usage below. Every role prints one line of result at its end. */
#include "iperf.h"

#include <stdio.h>
#include <string.h>

static int usage(void)
{
    fputs("usage: iperf serve [PORT]\n"
          "       iperf send HOST PORT BYTES [check]         throughput to the server\n"
          "       iperf receive HOST PORT BYTES [check]      throughput from the server\n"
          "       iperf echo HOST PORT SIZE COUNT            one message after the other\n"
          "       iperf ask HOST PORT TEXT RATE COUNT        TEXT, RATE times a second, to any "
          "server\n"
          "       iperf connect HOST PORT COUNT [AT-ONCE]    new connections, an echo on each\n"
          "       iperf idle HOST PORT COUNT                 holds connections until stdin ends\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";
    if (strcmp(role, "serve") == 0)
        return serve(argc > 2 ? argv[2] : "5201");
    if (strcmp(role, "send") == 0 && argc >= 5)
        return client_bulk('S', argc - 2, argv + 2);
    if (strcmp(role, "receive") == 0 && argc >= 5)
        return client_bulk('G', argc - 2, argv + 2);
    if (strcmp(role, "echo") == 0 && argc >= 6)
        return client_echo(argc - 2, argv + 2);
    if (strcmp(role, "ask") == 0 && argc >= 7)
        return client_ask(argc - 2, argv + 2);
    if (strcmp(role, "connect") == 0 && argc >= 5)
        return client_connect(argc - 2, argv + 2);
    if (strcmp(role, "idle") == 0 && argc >= 5)
        return client_idle(argc - 2, argv + 2);
    return usage();
}
