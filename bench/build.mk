# The tools and programs of `make bench`: spawn runs on the host, micro is what it measures.
$(BUILD)/bench/spawn: bench/spawn.c | $(HOST_READY)
	@mkdir -p $(@D)
	$(HOSTCC) $(HOST_CFLAGS) -o $@ $<

$(BUILD)/bench/micro: bench/micro.c $(ALL)
	@mkdir -p $(@D)
	$(BUILD)/bin/pith-cc -std=gnu11 -O2 -D_GNU_SOURCE $(WARN) -o $@ $< -pthread

.PHONY: bench-net
BENCH_NET := $(addprefix $(BUILD)/examples/,redis-server redis-benchmark nginx iperf)
bench-net: $(ALL) $(BENCH_NET)
	@tools/install-deps bench-net
	@bench/net

# What file access on a volume costs beside Linux.
.PHONY: bench-files
bench-files: $(ALL) $(BUILD)/examples/sqlite3
	@bench/run-files

# pith as a container runtime beside runc: starts, first answers, memory of idle containers (root).
.PHONY: bench-containers
bench-containers: $(ALL) $(BUILD)/examples/hello $(BUILD)/examples/nginx
	@tools/install-deps containers
	@bench/containers

# Under QEMU, beside the emptiest guest and beside Linux.
.PHONY: bench-vm
bench-vm: $(ALL) $(addprefix $(BUILD)/examples/,hello redis-server redis-benchmark nginx)
	@tools/install-deps bench-vm
	@bench/vm
