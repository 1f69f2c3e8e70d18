/* poll on the console's streams. */
#include "dev/console.h"

u32 console_poll(struct file *f, struct waiter *w)
{
    struct console_stream *s = console_stream(f);
    if (w)
        waitq_add(&s->waitq, w);
    return console_index(f) == PITH_CONSOLE_STDIN ? console_poll_in(s) : console_poll_out(s);
}
