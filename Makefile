# What there is to build; rules.mk says how.  `make help` lists what it can do.
# The dependency table below is the architecture: include flags and link order come
# from it, so an include that breaks the layering does not compile.

# ---- settings ---------------------------------------------------------------------
MODE   ?= release
TARGET ?= host
BUILD  ?= build
PREFIX ?= /usr/local
DESTDIR ?=
ARCH   := $(shell uname -m)
OUT    := $(BUILD)/$(TARGET)-$(MODE)
ifeq ($(origin CC),default)
CC := $(if $(filter asan tsan,$(MODE)),clang,gcc)
endif
PKG_CONFIG ?= pkg-config
VERSION := 0.1.0

# ---- modes ------------------------------------------------------------------------
mode_release := -O3
mode_check   := -O1 -DWEFT_CHECK
mode_asan    := -O1 -DWEFT_CHECK -fno-omit-frame-pointer -fno-sanitize-recover=all \
                -fsanitize=address,undefined,fuzzer-no-link
mode_tsan    := -O1 -DWEFT_CHECK -fsanitize=thread
# atomics are calls; libs/sync has its explore body, and a scheduler decides everything
mode_explore := -O2 -fno-optimize-sibling-calls -DWEFT_CHECK -DSYNC_CALLS
# what finds data races there: the compiler tells libs/explore of every access.  Not of those
# of the engine, of what it stands on, and of the hot words that a mutex keeps beside its lock;
# but of those of libs/sync that guard plain data of their own.
watch_explore := -fsanitize=thread $(if $(findstring clang,$(CC)),\
                 -mllvm -tsan-instrument-func-entry-exit=0, \
                 --param=tsan-instrument-func-entry-exit=0) \
                 -include explore/watch.h $(addprefix -fno-builtin-,memcpy memmove memset)
# Nor of loops over pixels: what they are given to work on is seen where they are called.
unwatched := libs/base/% libs/explore/src/% libs/sync/src/% bench/explore_bench.c tests/litmus/% \
             $(addprefix decoders/png/src/,inflate% unfilter% expand% filter% compress% x86_64/%) \
             $(addprefix renderer/src/,kernels% shade% cover% paint_% x86_64/%)
watched   := $(patsubst %,libs/sync/src/%.c,cancel phase refcount)
watch = $(if $(filter $(watched),$(1))$(filter-out $(unwatched),$(1)),$(watch_$(MODE)))
ifndef mode_$(MODE)
$(error MODE is $(MODE), not one of: release check asan tsan explore)
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wcast-qual -Wvla -Wundef $(if $(WERROR),-Werror)
# -ffp-contract=off: a fused multiply-add would change bits between machines.
# -ffile-prefix-map: the same source gives the same bytes in any folder.
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -g -pthread -fPIC -ffp-contract=off $(WARN) $(mode_$(MODE)) \
             -ffile-prefix-map=$(CURDIR)=. -DWEFT_VERSION='"$(VERSION)"' $(CFLAGS)
LDFLAGS_ALL = -pthread $(filter -fsanitize% -fno-sanitize%,$(mode_$(MODE))) -rdynamic $(LDFLAGS)

# ---- the table: folder, components used (lowest first), libraries ---------------------
components := base explore sync picture workpool channel async cli png image ttf html renderer \
              indexer

dir_base     := libs/base
uses_base    :=
libs_base    := -lnettle
dir_explore  := libs/explore
uses_explore := base
dir_sync     := libs/sync
uses_sync    := base explore
body_sync    := $(if $(filter explore,$(MODE)),explore,posix)
dir_picture  := libs/picture
uses_picture := base explore sync
dir_workpool := libs/workpool
uses_workpool := base explore sync
dir_channel  := libs/channel
uses_channel := base explore sync
dir_async    := libs/async
uses_async   := base explore sync channel
dir_cli      := libs/cli
uses_cli     := base explore sync workpool
libs_cli     := -ljansson
dir_png      := decoders/png
uses_png     := base explore sync picture workpool
libs_png     := -ldeflate
dir_image    := decoders/image
uses_image   := base explore sync picture workpool png
libs_image   := -lm
dir_ttf      := decoders/ttf
uses_ttf     := base explore sync picture workpool
pkgs_ttf     := freetype2 harfbuzz fribidi
dir_html     := decoders/html
uses_html    := base explore sync
libs_html    := -lgumbo
dir_renderer := renderer
uses_renderer := base explore sync picture workpool
dir_indexer  := indexer/core
uses_indexer := base explore sync workpool html
libs_indexer := -lutf8proc -lstemmer -lmd4c -lz -lm

# programs: folder, components used
programs := weft-image weft-font weft-scene indexer
progdir_weft-image  := apps/weft-image
proguses_weft-image := base explore sync picture workpool cli png image
progdir_weft-font   := apps/weft-font
proguses_weft-font  := base explore sync picture workpool cli png ttf
progdir_weft-scene  := apps/weft-scene
proguses_weft-scene := base explore sync picture workpool cli png image ttf renderer
progdir_indexer     := indexer/cli
proguses_indexer    := base explore sync workpool cli html indexer

# fuzz targets tests/fuzz/<name>_fuzz.c and benches bench/<name>_bench.c: component, libraries
fuzz_png      := png
fuzz_image    := image
fuzz_ttf      := ttf
fuzz_html     := html
fuzz_scene    := renderer
fuzz_query    := indexer
fuzz_extract  := indexer
fuzz_index    := indexer
fuzz_token    := sync
bench_pool    := workpool
bench_sync    := sync
bench_channel := channel
bench_async   := async
bench_ttf     := ttf
bench_png     := png
bench_compose := renderer
bench_index   := indexer
bench_explore := sync
bench_libs_png     := -lpng16 -lz
bench_libs_compose := -lpixman-1
bench_libs_index   := -lsqlite3
bench_libs_channel  = $(shell $(PKG_CONFIG) --libs glib-2.0 2>/dev/null)
bench_libs_pool     = -ltbb -lgomp -lpthreadpool -lstdc++ \
                      $(shell $(PKG_CONFIG) --libs glib-2.0 2>/dev/null)
bench_libs_async    := -ltbb -lstdc++
bench_objects_async := $(OUT)/obj/bench/async_tbb.o
bench_objects_explore := $(OUT)/obj/bench/explore_watched.o
bench_objects_compose := $(OUT)/obj/bench/compose_scenes.o
bench_objects_channel := $(OUT)/obj/bench/channel_peers.o
bench_objects_index := $(addprefix $(OUT)/obj/bench/index_,corpus.o query.o)
bench_objects_pool := $(addprefix $(OUT)/obj/bench/pool_,work.o peers.o gomp.o tbb.o)

# what only tests link: the component they run things of, the oracles
testuses_explore  := sync
testlibs          := -lcmocka
testlibs_picture  := -lpixman-1
testlibs_png      := -lpng16 -lz
testlibs_image    := -ljpeg
testlibs_ttf      := -lfreetype
testlibs_renderer := -lpixman-1
testlibs_indexer  := -lsqlite3
testpkgs_picture  := pixman-1
testpkgs_renderer := pixman-1
testpkgs_ttf      := freetype2

# ---- rules: how each kind of file is built -------------------------------------------
include rules.mk

# ---- targets ----------------------------------------------------------------------
.PHONY: all archives setup demo test check golden golden-accept bench lint fmt install clean help \
        explore explore-flags explore-run litmus litmus-run threads tests units fuzz mutators \
        benches examples oracles mutants mutants-say
.SECONDARY:
jobs := -j$(shell nproc)

all: $(libraries_all) $(programs_all)  ## build libraries and programs (the default)

setup:  ## install the Debian packages that are missing; does nothing when all are there
	@scripts/setup

# what needs packages starts a second make, which sees what setup installed
demo:  ## draw a desktop, search this machine's documentation, prove both reproducible
	@scripts/setup build
	@$(MAKE) --no-print-directory $(jobs) all
	@scripts/demo $(OUT)/bin out

test: setup  ## everything: lint, all modes, goldens, fuzzing, installation; about 15 minutes
	@scripts/test $(BUILD)

check: lint units  ## what a commit needs: lint and every component's own tests, under a minute

explore:  ## every explored program with its fixed budget, or BUDGET=seconds for each case; ONLY=...
	@$(MAKE) --no-print-directory $(jobs) MODE=explore explore-run

litmus:  ## the memory model against its axioms, and threads of this machine and of riscv64
	@$(MAKE) --no-print-directory $(jobs) MODE=explore litmus-run

golden: all  ## compare goldens at 1, 2, 3, 4 and 8 workers
	@tests/golden/run $(OUT)/bin

golden-accept: all  ## show what moved in the goldens, then keep it
	@tests/golden/run --accept $(OUT)/bin

explored_bench := $(BUILD)/$(TARGET)-explore/bench/explore_bench
bench: $(bench_all)  ## time everything beside its peers; ends with the table
	@$(MAKE) --no-print-directory $(jobs) MODE=explore $(explored_bench)
	@scripts/bench $(bench_all) $(explored_bench)

mutants:  ## break the code in many small ways, and see the explorer notice each; ONLY=word
	@tests/mutants/run --build $(BUILD) $(if $(ONLY),--only $(ONLY))

lint: all  ## the rules of CONTRIBUTING.md, executed
	@tools/lint --archives $(OUT)/lib

fmt:  ## lay out the C files that differ from the last commit (or FILES=...)
	clang-format -i $(or $(FILES),$(shell git diff --name-only HEAD -- '*.c' '*.h'))

install: all  ## copy to DESTDIR/PREFIX: programs, libraries, headers, pkg-config, man pages
	@$(MAKE) --no-print-directory $(jobs) MODE=explore archives
	@{ $(foreach c,$(built),echo '$(c)|$(dir_$(c))|$(uses_$(c))|$(pkgs_$(c))|$(libs_$(c))';) \
	    echo 'explore-flags|$(mode_explore)'; } | scripts/install '$(OUT)' '$(DESTDIR)' '$(PREFIX)' \
	    '$(VERSION)' '$(BUILD)/$(TARGET)-explore'

clean:  ## remove everything built
	rm -rf $(BUILD) out

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## */  make \1\t/p' Makefile | expand -t 24

# what weft-explore asks: how a program of the components USES is built
flags_uses = $(filter $(foreach c,$(USES),$(uses_$(c)) $(c)),$(components))
explore-flags: $(call archives,$(flags_uses)) $(threads_lib)
	@echo 'explore-compile: $(mode_explore)' \
	    '$(foreach c,$(flags_uses),-I$(CURDIR)/$(dir_$(c))/include)'
	@echo 'explore-link: $(call archives,$(flags_uses)) $(call libraries,$(flags_uses))'

# what tests/mutants/run asks
mutants-say:
	@echo 'out $(OUT)' $(foreach c,$(built),&& echo 'component $(c) $(dir_$(c))')

archives: $(libraries_all)
tests: $(tests_all)
# the tests of the components in ONLY, or of all, but for the programs in SKIP
units_chosen = $(filter-out $(addprefix %/,$(SKIP)), \
                 $(if $(ONLY),$(foreach c,$(ONLY),$(tests_$(c))),$(tests_all)))
units: $(units_chosen)
	@scripts/run-tests $(units_chosen)
explore-run: $(units_chosen)
	@EXPLORE_BUDGET_S=$(BUDGET) TEST_LIMIT_S=$(or $(EXPLORE_LIMIT_S),3600) \
	    scripts/run-tests $(units_chosen)
threads: $(threads_all)
litmus-run: $(litmus_explored) $(addprefix $(OUT)/litmus/,machine machine-riscv64)
	@tests/litmus/run.py --machine host=$(OUT)/litmus/machine \
	    --machine riscv64='$(RISCV64_RUN) $(OUT)/litmus/machine-riscv64' \
	    --reduction $(OUT)/litmus/reduction $(OUT)/litmus/model
fuzz: $(fuzz_all)
benches: $(bench_all)
mutators: $(mutators_all)
examples: $(examples_all)
oracles: $(oracles_all)

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
