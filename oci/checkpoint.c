/* checkpoint: the state of a unikernel is in a virtual machine, which CRIU does not save. */
#include "oci/commands.h"
#include "oci/runtime.h"
#include "oci/say.h"

int oci_checkpoint(struct oci_call *call)
{
    if (oci_runs_unikernel(call))
        return oci_refuse(call, "a unikernel cannot be checkpointed: CRIU saves processes, not "
                                "machines");
    return oci_runtime(call);
}
