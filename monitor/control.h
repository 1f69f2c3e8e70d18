/* Questions to a running monitor: `pith threads|mem|net|mounts|log|metrics|get`
 * (docs/containers.md).
 *
 * A socket for datagrams is made before the jail (control.c). A request is one datagram,
 *
 *     "VERB\n" or "VERB WORDS\n" and, for `connect`, bytes to send
 *
 * and carries one descriptor (SCM_RIGHTS), a socket of packets (SOCK_SEQPACKET) to which the answer
 * goes: packets whose first byte is 'o' (for stdout), 'e' (for stderr) or 'x', the last, followed
 * by the exit status in digits. The arrival of a request is a signal, so a guest that computes does
 * not keep it waiting; the guest itself learns nothing of it.
 *
 *     control.c         the socket, requests, answers
 *     control_view.c    what the guest's memory tells: threads and sockets
 *     control_tell.c    what the monitor itself knows
 *
 * Whoever may write to the socket's file may ask. Requests and what is read of the guest are
 * hostile: lengths are checked, loops bounded, nothing waits.
 */
#ifndef MON_CONTROL_H
#define MON_CONTROL_H

#include "run.h"

/* Sent when a request has come, told from the user's by si_code. */
#define MON_CONTROL_SIGNAL 63

/* Longest request; the room of an answer's text; one packet of it. */
#define MON_CONTROL_REQUEST 4096u
#define MON_CONTROL_TEXT (64u << 10)
#define MON_CONTROL_PACKET (8u << 10)

int mon_control_start(struct mon *m, const char *path, struct host_error *err);
/* The descriptor on which requests arrive, -1 = none. For the jail. */
int mon_control_fd(void);
/* Serves what has come. To be called where the monitor is in the middle of nothing. */
void mon_control_look(struct mon *m);

/* Packets to an asker: false if he does not take it now (again = true) or not any more. */
bool mon_control_send(int to, char kind, const void *data, size_t n, bool *again);
/* Ends an answer: status, and the descriptor is closed. */
void mon_control_end(int to, int status);

/* Text under way. */
struct mon_text {
    size_t n;
    bool cut;
    char bytes[MON_CONTROL_TEXT];
};
void mon_text(struct mon_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* While `t` is not NULL, mon_say writes there. */
void mon_say_into(struct mon_text *t);
/* What was said so far, the last of it. */
void mon_said(struct mon_text *t);

/* The answers. */
void mon_tell_threads(struct mon *m, struct mon_text *t);
void mon_tell_sockets(struct mon *m, struct mon_text *t);
void mon_tell_mem(struct mon *m, struct mon_text *t);
void mon_tell_net(struct mon *m, struct mon_text *t);
void mon_tell_mounts(struct mon *m, struct mon_text *t);
void mon_tell_metrics(struct mon *m, struct mon_text *t);
/* How many threads the guest has, by state: ready or running, sleeping; false: not known. */
bool mon_count_threads(struct mon *m, unsigned count[2]);

/* What /proc/self/statm says, in bytes: resident memory of the process. 0 = not known. */
uint64_t mon_resident(void);
void mon_resident_open(void); /* before the jail */
int mon_resident_fd(void);

#endif
