# Vegard: `make demo` shows it at work, `make test` proves it.
SHELL := /bin/bash
MARCH ?= native
PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3

PACKAGES := libopenmpi-dev openmpi-bin libpetsc-real-dev libhdf5-openmpi-dev \
  libdeflate0 libopenblas0-serial pkg-config python3-h5py python3-matplotlib
MPIRUN := mpirun $(if $(filter 0,$(shell id -u)),--allow-run-as-root) --oversubscribe \
  --mca mpi_yield_when_idle 1
BINARY := .build/release/vegard
STATIC := .build-static/vegard
TESTS := .build-test/release/VegardPackageTests.xctest
LOGS := .build-test/logs
COMMIT := (git describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null || true)

.PHONY: help deps build demo test build-tests verify bench install static install-static files \
  format lint clean
help:
	@echo "make demo      build, learn a law from example images and draw it"
	@echo "make test      lint, build and run all tests on 1, 2 and 3 ranks"
	@echo "make build     build $(BINARY) (MARCH=$(MARCH); x86-64-v3 for clusters)"
	@echo "make verify    the studies of docs/verification.md"
	@echo "make bench     the speed rows of docs/performance.md"
	@echo "make install   into PREFIX=$(PREFIX)"
	@echo "make static    $(STATIC): needs no Swift where it runs (LIBRARIES=DIR: docs/cluster.md)"
	@echo "make install-static   that one, into PREFIX"
	@echo "make deps      install the system's packages (as root) or say which"
	@echo "make format, make lint, make clean"

deps:
	@missing=; for package in $(PACKAGES); do \
	  dpkg -s $$package 2>/dev/null | grep -q '^Status: install ok installed' \
	    || missing="$$missing $$package"; \
	done; \
	[ -z "$$missing" ] && exit 0; \
	echo "apt-get install -y --no-install-recommends $(PACKAGES)"; \
	if [ "$$(id -u)" -ne 0 ]; then echo "missing:$$missing; run the line above as root" >&2; exit 1; fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -q && apt-get install -y -q --no-install-recommends $(PACKAGES)

build: deps
	swift build -c release -Xcc -march=$(MARCH)
	@$(COMMIT) > .build/release/vegard.commit

demo: build
	VEGARD=$(CURDIR)/$(BINARY) bash examples/demo.sh

build-tests: deps
	swift build --scratch-path .build-test -c release --build-tests \
	  -Xswiftc -enable-testing -Xcc -march=$(MARCH)

# Every part runs even when one before it failed; the last line counts what the logs tell. What needs
# no ranks runs beside the tests on one rank. Ranks that wait for each other end after an hour.
test: deps lint build-tests
	@rm -rf $(LOGS); mkdir -p $(LOGS); set -o pipefail; failed=0; \
	run() { log=$(LOGS)/$$1; shift; echo "== $$*"; "$$@" 2>&1 | tee $$log || failed=1; }; \
	$(MPIRUN) --timeout 3600 -n 1 $(TESTS) > $(LOGS)/xctest-1 2>&1 < /dev/null & alone=$$!; \
	trap 'kill $$alone; exit 1' INT TERM; \
	run testing $(TESTS) --testing-library swift-testing; \
	run readme $(PYTHON) Tests/Scripts/readme.py .build-test/release/vegard; \
	run cases $(PYTHON) Tests/Scripts/cases.py .build-test/release/vegard --quick; \
	run fuzz $(PYTHON) Tests/Scripts/fuzz.py .build-test/release/vegard --count 200; \
	run plots env MPLBACKEND=Agg $(PYTHON) -m unittest discover -s plots/tests; \
	echo "== one rank"; wait $$alone || failed=1; cat $(LOGS)/xctest-1; \
	for ranks in 2 3; do \
	  run xctest-$$ranks $(MPIRUN) --timeout 3600 -n $$ranks $(TESTS); \
	done; \
	echo; awk -f .ci/count.awk $(LOGS)/* || failed=1; exit $$failed

# Every line runs even when one before it failed.
verify: build
	@failed=0; run() { echo "== $$*"; "$$@" || failed=1; }; \
	run $(MPIRUN) -n 2 $(BINARY) verify; \
	run $(PYTHON) Tests/Scripts/kill_restart.py $(BINARY); \
	run $(PYTHON) Tests/Scripts/kills.py $(BINARY) --disks; \
	run $(PYTHON) Tests/Scripts/small_images.py $(BINARY); \
	run $(PYTHON) Tests/Scripts/cases.py $(BINARY); \
	run $(PYTHON) Tests/Scripts/memory.py $(BINARY); \
	run $(PYTHON) Tests/Scripts/fuzz.py $(BINARY) --count 10000; \
	exit $$failed

bench: build
	$(BINARY) bench F1 F2 F3 F5 F6 F9 F11
	$(MPIRUN) -n 2 $(BINARY) bench F7
	$(PYTHON) Tests/Scripts/startup.py $(BINARY)

install: build files
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/vegard
	$(COMMIT) > $(DESTDIR)$(PREFIX)/share/vegard/commit

install-static: static files
	install -m 755 $(STATIC) $(DESTDIR)$(PREFIX)/bin/vegard
	$(COMMIT) > $(DESTDIR)$(PREFIX)/share/vegard/commit

# All but the binary and the record of its commit, which counts only when it is the younger.
files:
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/vegard
	rm -rf $(DESTDIR)$(PREFIX)/share/vegard/plots
	install -d $(DESTDIR)$(PREFIX)/share/vegard/plots/vegard_plots
	install -m 644 plots/vegard_plots/*.py $(DESTDIR)$(PREFIX)/share/vegard/plots/vegard_plots
	cp -r examples/materials $(DESTDIR)$(PREFIX)/share/vegard/
	install -d $(DESTDIR)$(PREFIX)/share/vegard/jobs
	install -m 755 jobs/*.sbatch $(DESTDIR)$(PREFIX)/share/vegard/jobs

# Needs no Swift where it runs. LIBRARIES is the directory that cmake-helpers wrote, with MARCH
# decided there (docs/cluster.md); without it the libraries are the system's.
static: MARCH := x86-64-v3
static: $(if $(LIBRARIES),,deps)
	$(if $(LIBRARIES),sh $(LIBRARIES)/build-vegard.sh,swift build \
	  --scratch-path .build-static -c release --product vegard --static-swift-stdlib \
	  -Xcc -march=$(MARCH))
	strip -o $(STATIC) .build-static/release/vegard
	@$(COMMIT) > $(STATIC).commit

format:
	swift format --in-place -r Package.swift Sources Tests

lint:
	swift format lint --strict -r Package.swift Sources Tests

clean:
	rm -rf .build .build-test .build-static
