/* The network options of `pith run`: each is parsed strictly into struct mon_net_options. */
#ifndef CLI_RUN_NET_H
#define CLI_RUN_NET_H

#include <stdbool.h>

#include "host/error.h"
#include "monitor/net_options.h"

/* Is this one of them (all take a value)? */
bool run_net_is(const char *option);
/* Takes one; keeps pointers into value. 0, or -1 with the reason. */
int run_net_take(struct mon_net_options *net, const char *option, char *value,
                 struct host_error *err);
/* After the last: what does not go together. */
int run_net_check(const struct mon_net_options *net, struct host_error *err);

#endif
