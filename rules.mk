# How each kind of file is built; the Makefile says what there is to build.
build_files := Makefile rules.mk
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
# silent: on a bare machine there is no pkg-config before `setup` has run
pc_cflags = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --cflags-only-I $(1) 2>/dev/null))
pc_libs   = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null))
# headers of the named components; their library flags, highest first
includes  = $(foreach c,$(1),-I$(dir_$(c))/include) $(call pc_cflags,$(foreach c,$(1),$(pkgs_$(c))))
archives  = $(foreach c,$(filter $(built),$(call reverse,$(1))),$(OUT)/lib/libweft-$(c).a)
libraries = $(foreach c,$(call reverse,$(1)),$(libs_$(c))) \
            $(call pc_libs,$(foreach c,$(1),$(pkgs_$(c))))
body_of   = $(or $(body_$(notdir $(1))),posix)
arch_of   = $(if $(wildcard $(1)/src/$(ARCH)),$(ARCH),portable)
sources_of = $(sort $(foreach d,src src/$(2) src/$(arch_of),$(wildcard $(1)/$(d)/*.c)))
sources   = $(call sources_of,$(1),$(body_of))
built    := $(foreach c,$(components),$(if $(call sources,$(dir_$(c))),$(c)))
objects   = $(patsubst %.c,$(OUT)/obj/%.o,$(call sources,$(1)))
# *_explore_test.c is for MODE=explore and all others are for the other modes
filter_tests = $(if $(filter explore,$(MODE)),$(filter %_explore_test.c,$(1)),$(filter-out \
                       %_explore_test.c,$(1)))
test_of   = $(patsubst $(dir_$(1))/test/%.c,$(OUT)/test/$(1)/%, \
                       $(call filter_tests,$(sort $(wildcard $(dir_$(1))/test/*_test.c))))

quiet = $(if $(V),,@echo "  $(1)"; )
define compile
	@mkdir -p $(@D)
	$(call quiet,CC   $<)$(CC) $(CFLAGS_ALL) $(call watch,$<) $(INCLUDES) -MMD -MP -c $< -o $@
endef
# $(call link,objects,components,more libraries)
define link
	@mkdir -p $(@D)
	$(call quiet,LINK $@)$(CC) $(LDFLAGS_ALL) $(1) $(call archives,$(2)) $(3) \
	    $(call libraries,$(2)) -lm -o $@
endef

define component_rules
$(OUT)/lib/libweft-$(1).a: INCLUDES := $(call includes,$(uses_$(1)) $(1)) -I$(dir_$(1))/src
$(OUT)/lib/libweft-$(1).a: $(call objects,$(dir_$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(call quiet,AR   $$@)$(AR) rcsD $$@ $$^
libraries_all += $(OUT)/lib/libweft-$(1).a
tests_$(1) := $(call test_of,$(1))
tests_all += $$(tests_$(1))
$(OUT)/test/$(1)/%: INCLUDES := $(call includes,$(uses_$(1)) $(1) $(testuses_$(1))) \
    $(call pc_cflags,$(testpkgs_$(1)))
$(OUT)/test/$(1)/%: $(OUT)/obj/$(dir_$(1))/test/%.o \
    $(call archives,$(uses_$(1)) $(1) $(testuses_$(1)))
	$$(call link,$$<,$(uses_$(1)) $(1) $(testuses_$(1)),$(testlibs) $(testlibs_$(1)))
endef
$(foreach c,$(built),$(eval $(call component_rules,$(c))))

built_programs := $(foreach p,$(programs),$(if $(wildcard $(progdir_$(p))/src/*.c),$(p)))
define program_rules
$(OUT)/bin/$(1): INCLUDES := $(call includes,$(proguses_$(1))) -I$(progdir_$(1))/src
$(OUT)/bin/$(1): $(call objects,$(progdir_$(1))) $(call archives,$(proguses_$(1)))
	$$(call link,$(call objects,$(progdir_$(1))),$(proguses_$(1)))
programs_all += $(OUT)/bin/$(1)
endef
$(foreach p,$(built_programs),$(eval $(call program_rules,$(p))))

# weft-explore is a script: it finds, or builds, the program that does the work
$(OUT)/bin/weft-explore: apps/weft-explore/weft-explore.sh $(build_files)
	@mkdir -p $(@D)
	@printf '%s\n' '$(CURDIR)' >$(OUT)/checkout
	$(call quiet,GEN  $@)sed 's/@VERSION@/$(VERSION)/' $< >$@ && chmod +x $@
programs_all += $(OUT)/bin/weft-explore

fuzz_names := $(patsubst tests/fuzz/%_fuzz.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
define fuzz_rules
$(OUT)/fuzz/$(1)_fuzz: INCLUDES := $(call includes,$(uses_$(fuzz_$(1))) $(fuzz_$(1)))
$(OUT)/fuzz/$(1)_fuzz: LDFLAGS += -fsanitize=fuzzer
$(OUT)/fuzz/$(1)_fuzz: $(OUT)/obj/tests/fuzz/$(1)_fuzz.o \
    $(call archives,$(uses_$(fuzz_$(1))) $(fuzz_$(1)))
	$$(call link,$$<,$(uses_$(fuzz_$(1))) $(fuzz_$(1)))
fuzz_all += $(OUT)/fuzz/$(1)_fuzz
$(OUT)/fuzz/$(1)_mutate: INCLUDES := $(call includes,$(uses_$(fuzz_$(1))) $(fuzz_$(1)))
$(OUT)/fuzz/$(1)_mutate: $(OUT)/obj/tests/fuzz/$(1)_fuzz.o $(OUT)/obj/tests/fuzz/mutate_main.o \
    $(call archives,$(uses_$(fuzz_$(1))) $(fuzz_$(1)))
	$$(call link,$$(filter %.o,$$^),$(uses_$(fuzz_$(1))) $(fuzz_$(1)))
mutators_all += $(OUT)/fuzz/$(1)_mutate
endef
$(foreach f,$(fuzz_names),$(eval $(call fuzz_rules,$(f))))

bench_names := $(filter-out $(if $(filter explore,$(MODE)),,explore), \
                 $(patsubst bench/%_bench.c,%,$(sort $(wildcard bench/*_bench.c))))
define bench_rules
$(OUT)/bench/$(1)_bench: INCLUDES := -Ibench $(if $(filter explore,$(1)),-Ilibs/explore/src) \
    $(call includes,$(uses_$(bench_$(1))) $(bench_$(1))) \
    $(if $(filter compose,$(1)),$(call pc_cflags,pixman-1))
$(OUT)/bench/$(1)_bench: $(OUT)/obj/bench/$(1)_bench.o $(OUT)/obj/bench/measure.o \
    $(bench_objects_$(1)) $(call archives,$(uses_$(bench_$(1))) $(bench_$(1)))
	$$(call link,$$(filter %.o,$$^),$(uses_$(bench_$(1))) $(bench_$(1)),$(bench_libs_$(1)))
bench_all += $(OUT)/bench/$(1)_bench
endef
$(foreach b,$(bench_names),$(eval $(call bench_rules,$(b))))
# the pool bench's peers: one needs C++, one OpenMP, one GLib's headers
$(OUT)/obj/bench/pool_gomp.o: CFLAGS += -fopenmp
$(OUT)/obj/bench/pool_peers.o $(OUT)/obj/bench/channel_peers.o: \
    CFLAGS += $(shell $(PKG_CONFIG) --cflags glib-2.0 2>/dev/null)
$(OUT)/obj/bench/%.o: bench/%.cpp $(wildcard bench/*.h) $(build_files)
	@mkdir -p $(@D)
	$(call quiet,CXX  $<)$(CXX) -std=c++17 -O3 -g -pthread -Wall -Wextra -Ibench -c $< -o $@

# MODE=explore: the same object files with libs/sync on threads of the system
threads_lib := $(OUT)/lib/libweft-sync-threads.a
threads_sources := $(call sources_of,$(dir_sync),posix) $(wildcard $(dir_sync)/src/threads/*.c)
$(threads_lib): INCLUDES := $(call includes,$(uses_sync) sync) -I$(dir_sync)/src
$(threads_lib): $(patsubst %.c,$(OUT)/obj/%.o,$(threads_sources))
	@mkdir -p $(@D)
	@rm -f $@
	$(call quiet,AR   $@)$(AR) rcsD $@ $^
on_threads = $(subst $(OUT)/lib/libweft-sync.a,$(threads_lib),$(1))
# $(call threads_rules,name,objects,components,more libraries)
define threads_rules
$(OUT)/threads/$(1): $(2) $(call on_threads,$(call archives,$(3)))
	@mkdir -p $$(@D)
	$(call quiet,LINK $$@)$$(CC) $$(LDFLAGS_ALL) $(2) $(call on_threads,$(call archives,$(3))) \
	    $(4) $(call libraries,$(3)) -lm -o $$@
threads_all += $(OUT)/threads/$(1)
endef

# examples/<name>.c, one file each: the components that its first comment names as "uses:"
# (those that are explored are for MODE=explore, and all others for the other modes)
explored_examples := $(shell grep -l '^.include "explore/explore.h"' examples/*.c)
example_names := $(patsubst examples/%.c,%,$(if $(filter explore,$(MODE)),$(explored_examples), \
                   $(filter-out $(explored_examples),$(sort $(wildcard examples/*.c)))))
example_uses = $(shell sed -n 's/^ \* uses: *//p' examples/$(1).c)
define example_rules
$(OUT)/examples/$(1): INCLUDES := $(call includes,$(2))
$(OUT)/examples/$(1): $(OUT)/obj/examples/$(1).o $(call archives,$(2))
	$$(call link,$$<,$(2))
examples_all += $(OUT)/examples/$(1)
endef
$(foreach e,$(example_names),$(eval $(call example_rules,$(e),$(call example_uses,$(e)))))
ifeq ($(MODE),explore)
libraries_all += $(threads_lib)
$(foreach e,$(example_names),$(eval $(call threads_rules,$(e),$(OUT)/obj/examples/$(e).o,\
    $(call example_uses,$(e)))))
$(foreach c,$(built),$(foreach t,$(tests_$(c)),$(eval $(call threads_rules,$(notdir $(t)),\
    $(OUT)/obj/$(dir_$(c))/test/$(notdir $(t)).o,$(uses_$(c)) $(c) $(testuses_$(c)),\
    $(testlibs_$(c))))))
endif

# tests/mutants/<name>.c: programs that are wrong on purpose; only MODE=explore has them
mutant_uses := base explore sync workpool channel async
mutant_programs := $(if $(filter explore,$(MODE)),$(patsubst tests/%.c,$(OUT)/%, \
                     $(sort $(wildcard tests/mutants/*.c))))
$(OUT)/mutants/%: INCLUDES := $(call includes,$(mutant_uses))
$(OUT)/mutants/%: $(OUT)/obj/tests/mutants/%.o $(call archives,$(mutant_uses))
	$(call link,$<,$(mutant_uses))

# the litmus tests: the model as an explored program, the machines as they are
litmus_flags := -std=c11 -D_GNU_SOURCE -O2 -g -pthread $(WARN) -Itests/litmus \
                $(patsubst %,-Ilibs/%/include,base sync)
litmus_table := tests/litmus/table.py tests/litmus/tests.txt tests/litmus/generate.py
RISCV64_CC   ?= riscv64-linux-gnu-gcc
RISCV64_RUN  ?= qemu-riscv64
litmus_explored := $(addprefix $(OUT)/litmus/,model reduction)
$(litmus_explored): INCLUDES := $(call includes,base explore sync) -Ilibs/explore/src
$(litmus_explored): $(OUT)/litmus/%: $(OUT)/obj/tests/litmus/%.o $(call archives,base explore sync)
	$(call link,$<,base explore sync)
$(OUT)/litmus/programs.c: $(litmus_table)
	@mkdir -p $(@D)
	$(call quiet,GEN  $@)tests/litmus/generate.py >$@
litmus_machine := tests/litmus/machine.c $(OUT)/litmus/programs.c
$(OUT)/litmus/machine: $(litmus_machine) tests/litmus/machine.h $(build_files)
	$(call quiet,LINK $@)$(CC) $(litmus_flags) $(litmus_machine) -o $@
$(OUT)/litmus/machine-riscv64: $(litmus_machine) tests/litmus/machine.h $(build_files)
	$(call quiet,LINK $@)$(RISCV64_CC) $(litmus_flags) -static $(litmus_machine) -o $@

# tests/e2e/<name>_oracle.c: judges that share no code with us
oracles_all := $(patsubst tests/e2e/%.c,$(OUT)/oracles/%,$(sort $(wildcard tests/e2e/*_oracle.c)))
$(OUT)/oracles/%: $(OUT)/obj/tests/e2e/%.o
	$(call link,$<,,-lpng16 -lz)

# stb_image's sums wrap on broken files; docs/adr/0020 says why its shifts are harmless
$(OUT)/obj/decoders/image/src/image_stb.o: CFLAGS_ALL += -fwrapv -fno-sanitize=shift
# what the page of a failing schedule has in it
$(OUT)/obj/libs/explore/src/report_html.o: $(addprefix libs/explore/src/page,.css .js)
# what every step of every execution goes through
ifeq ($(MODE),explore)
$(OUT)/obj/libs/explore/%.o $(OUT)/obj/libs/sync/src/%.o: \
    CFLAGS_ALL += -O3 -foptimize-sibling-calls
endif
$(OUT)/obj/%.o: %.c $(build_files)
	$(call compile)
