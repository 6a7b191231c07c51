# SPDX-License-Identifier: GPL-2.0-only
# Builds one VMM image: vmm-svm.bin or vmm-vmx.bin. Called by Kbuild, once a backend:
#   make -f vmm.mk SRC=... OUT=... BACKEND=svm VMM_VENDOR=1
# Nothing of Linux's is used, neither headers nor flags: the image is a program of
# its own and has to link as one.

BACKEND ?= svm
VMM_VENDOR ?= 1
SRC ?= .
OUT ?= build/vmm
CC ?= gcc
LD ?= ld
OBJCOPY ?= objcopy
OBJDUMP ?= objdump
NM ?= nm

objdir := $(OUT)/vmm-build/$(BACKEND)

# gcc makes calls of memset() and the like from loops, in memset() itself; clang, which a
# kernel built by it brings, is kept from that by -ffreestanding.
NO_LOOP_CALLS := $(shell $(CC) -fno-tree-loop-distribute-patterns -E -x c /dev/null \
	>/dev/null 2>&1 && echo -fno-tree-loop-distribute-patterns)

# No red zone (exceptions use the same stack), no vector or x87 register, nothing
# that needs a runtime: stack protector, profiling, CET, PLT, jump tables for
# retpolines.
VMM_CFLAGS := -std=gnu11 -O2 -g0 -ffreestanding  \
	-mno-red-zone -mgeneral-regs-only -fno-stack-protector -fpie \
	-fvisibility=hidden -fcf-protection=none -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fno-strict-aliasing -fno-common -fno-jump-tables \
	-fno-delete-null-pointer-checks $(NO_LOOP_CALLS) \
	-Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes \
	-Wframe-larger-than=1024 -I$(SRC) -include $(SRC)/core/hidden.h -DVMM_VENDOR=$(VMM_VENDOR)

sources := $(wildcard $(SRC)/core/*.c $(SRC)/hypercall/*.c \
	$(SRC)/services/*.c $(SRC)/$(BACKEND)/*.c)
stubs := $(wildcard $(SRC)/core/*.S $(SRC)/$(BACKEND)/*.S)
headers := $(wildcard $(SRC)/core/*.h $(SRC)/hypercall/*.h $(SRC)/uapi/*.h \
	$(SRC)/services/*.h $(SRC)/$(BACKEND)/*.h)
objects := $(patsubst $(SRC)/%.c,$(objdir)/%.o,$(sources)) \
	$(patsubst $(SRC)/%.S,$(objdir)/%.S.o,$(stubs))

image := $(OUT)/vmm-$(BACKEND)

all: $(image).bin

$(objdir)/%.o: $(SRC)/%.c $(headers) $(SRC)/vmm.mk
	@mkdir -p $(@D)
	$(CC) $(VMM_CFLAGS) -c -o $@ $<
ifneq ($(CHECK_VMM),)
	$(CHECK_VMM) -D__CHECKER__ $(filter-out -W%,$(VMM_CFLAGS)) -Wbitwise -Wno-decl $<
endif

$(objdir)/%.S.o: $(SRC)/%.S $(headers) $(SRC)/vmm.mk
	@mkdir -p $(@D)
	$(CC) -I$(SRC) -DVMM_VENDOR=$(VMM_VENDOR) -c -o $@ $<

$(image).elf: $(objects) $(SRC)/core/vmm.lds
	$(LD) -static -nostdlib --no-undefined --orphan-handling=error \
		-z noexecstack -z max-page-size=4096 --build-id=none \
		-T $(SRC)/core/vmm.lds -o $@ $(objects)
	@if [ -n "$$($(NM) -u $@)" ]; then \
		echo "$@: undefined symbols" >&2; rm -f $@; exit 1; fi
	@if $(OBJDUMP) -d $@ | grep -E '%([xyz]mm[0-9]+|mm[0-7]|st|k[0-7])\b' >&2; then \
		echo "$@: uses a vector or x87 register" >&2; rm -f $@; exit 1; fi

$(image).bin: $(image).elf
	$(OBJCOPY) -O binary -j .rodata -j .text -j .data $< $@

.PHONY: all
