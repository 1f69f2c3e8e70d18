/* A chain of guest memory as buffers of the host. See buffer.h. */
#include "buffer.h"

#include "run.h"

static void add(struct mon *m, struct mon_side *s, const struct mon_piece *p, uint64_t most)
{
    uint64_t at = p->addr, left = p->len;
    if (s->bytes + left > most)
        s->wrong = true;
    while (left && !s->wrong) {
        void *host;
        size_t n = mon_span(m, at, left, p->write, &host);
        if (n == 0 || s->n == MON_SIDE_PIECES) {
            s->wrong = true;
            return;
        }
        s->iov[s->n++] = (struct iovec){host, n};
        s->bytes += n;
        at += n;
        left -= n;
    }
}

bool mon_gather(struct mon *m, const struct mon_chain *chain, struct mon_side *in,
                struct mon_side *out, uint64_t most)
{
    bool writes = false;
    in->n = out->n = 0;
    in->bytes = out->bytes = 0;
    in->wrong = out->wrong = false;
    for (unsigned i = 0; i < chain->count; i++) {
        const struct mon_piece *p = &chain->piece[i];
        if (writes && !p->write)
            return false;
        writes = p->write;
        add(m, writes ? out : in, p, most);
    }
    return true;
}
