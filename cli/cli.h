/* The verbs of `pith`, one file each.
 *
 * A verb is `int cmd_NAME(int argc, char **argv)` with argv[0] its own name; what it returns is
 * the exit status: 0, 1 when what was asked could not be done, 2 for a misused command line.
 * Errors go to stderr as one line that starts with "pith NAME: ". main.c holds the table.
 */
#ifndef PITH_CLI_H
#define PITH_CLI_H

int cmd_run(int argc, char **argv);
int cmd_container(int argc, char **argv);
int cmd_control(int argc, char **argv); /* threads, mem, net, mounts, log, metrics */
int cmd_get(int argc, char **argv);
int cmd_image(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_why(int argc, char **argv);
int cmd_size(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif
