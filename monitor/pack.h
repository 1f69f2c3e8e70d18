/* Memory of a guest that rests is packed: its private pages are compressed into a store of the
 * monitor's and given back to the host. They come back by themselves, a few at a time, when the
 * guest touches them or the monitor does in its name. The guest knows nothing of it: the state of
 * its pages (memory.c) stays what it was, and so does the account against -m.
 *
 * A packed page is mapped without any right, so every touch is a fault, which the machine offers to
 * mon_unpack_fault first. The monitor reaches guest memory only through mon_span, and changes it
 * only in mon_memory; both unpack what they are about to use (mon_run.unpack).
 *
 * Only small guests (mon_small) are packed, a megabyte at a step, so that a frame which arrives
 * meanwhile waits for a few milliseconds at most.
 */
#ifndef MON_PACK_H
#define MON_PACK_H

#include "run.h"

/* A new round begins: whatever is not packed is looked at again. */
void mon_pack_begin(struct mon *m);
/* One step of the round; false: it is over. */
bool mon_pack(struct mon *m);

#endif
