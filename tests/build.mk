# Tests. `make test` (top Makefile) runs tests/run-all; these goals run a part of it.
.PHONY: test-oracle test-hostile test-cli test-programs test-unit
test-oracle: $(ALL)
	@tests/run-oracle

test-hostile: $(ALL) $(BUILD)/examples/hello
	@tests/run-all tests/hostile/*/run

test-cli: $(ALL) $(BUILD)/examples/hello
	@tests/run-cli

test-programs: $(ALL) $(EXAMPLES)
	@tests/run-programs

.PHONY: test-files crash
test-files: $(ALL)
	@tests/run-all tests/run-volumes tests/run-oracle-files tests/run-crash tests/run-disks tests/files/run tests/places/run

# The monitor killed hundreds of times.
crash: $(ALL) $(EXAMPLES)
	@tests/run-crash --rounds 100

test-unit:
	@tests/run-all tests/unit/*/run

# A day's worth of a bad network in ten minutes: see tests/link/run.
.PHONY: soak
soak: $(ALL)
	@tests/link/run --soak 300

# Redis's own suites, all that pass against the Linux program (minutes; `make test` runs a few).
.PHONY: test-servers test-redis
test-servers: $(ALL) $(EXAMPLES)
	@tests/run-servers

test-redis: $(ALL) $(BUILD)/examples/redis-server $(BUILD)/examples/redis-cli $(BUILD)/examples/redis-benchmark
	@tests/run-redis --all

# CPython's own tests in the guest (an hour); tests/run-python MODULE... runs some.
.PHONY: test-python
test-python: $(ALL) python
	@tests/python/run; a=$$?; tests/run-python --all && [ $$a = 0 ]

# Every row of the containers' table with dockerd, podman and containerd; then the table itself. The
# other goal: a hundred containers, and everything killed at random moments.
.PHONY: test-containers soak-containers
test-containers: $(ALL)
	@tools/install-deps containers
	@tests/run-all 'tests/run-docker --all' 'tests/run-podman --all' 'tests/run-podman --rootless --all' \
		'tests/run-containerd --all'
	@tests/containers/table

soak-containers: $(ALL)
	@tools/install-deps containers
	@tests/run-all 'tests/run-docker --soak'
