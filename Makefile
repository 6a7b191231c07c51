# SPDX-License-Identifier: GPL-2.0-only
#
# What a person types. Kbuild does not read this file: it takes Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build

all: modules userspace

# C=1, W=1 and V=1 reach kbuild as they are.
modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

userspace:
	$(MAKE) -C userspace

# DESTDIR holds for the modules too: what is packaged must not reach this machine's own
INSTALL_MOD_PATH ?= $(DESTDIR)

modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(INSTALL_MOD_PATH) modules_install

MANDIR ?= $(or $(PREFIX),/usr/local)/share/man

install: modules_install
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man8 Documentation/man/*.8
	$(MAKE) -C userspace install

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C userspace clean

# From here on everything happens in test machines, below build/.

setup:
	@tools/setup.sh

guest: setup
	@tools/build.sh user default

# Whose virtualization: amd is SVM in QEMU, intel VT-x in Bochs
VENDOR ?= amd
RIG_amd := qemu
RIG_intel := bochs

ifneq ($(filter demo run,$(MAKECMDGOALS)),)
ifndef RIG_$(VENDOR)
$(error VENDOR is amd or intel, not "$(VENDOR)")
endif
endif

demo: guest
	@selftests/rigs/demo --vendor $(VENDOR)

run: guest
	@selftests/rigs/$(RIG_$(VENDOR)) --shell --kernel default

check: setup
	@selftests/rigs/check

check-debug: setup
	@tools/debug-kernel.sh
	@selftests/rigs/check --debug

check-long: setup
	@selftests/rigs/check --long

bench: guest
	@selftests/rigs/bench

help:
	@echo 'make                 the modules, for KDIR=$(KDIR), and the tools'
	@echo 'make C=1 / W=1 / V=1 as in the kernel: sparse, more warnings, commands'
	@echo 'make install         modules and tools, below DESTDIR=; the tools below PREFIX=,'
	@echo '                     the modules alone elsewhere by INSTALL_MOD_PATH='
	@echo 'make clean'
	@echo ''
	@echo 'These need Debian; they fetch what is missing and use test machines:'
	@echo 'make demo            see it work: load, call, debug shell, log, unload'
	@echo 'make run             the same machine with a shell for you'
	@echo '                     both: VENDOR=amd (SVM in QEMU) or intel (VT-x in Bochs)'
	@echo 'make check           every test there is; the last line sums up'
	@echo "make check-debug     load and unload under a kernel that tells more (KASAN...),"
	@echo '                     which is built first'
	@echo 'make check-long      long boots; and make check as an ordinary user, if you are root'
	@echo 'make bench           what an exit and a VM call cost'

.PHONY: all modules userspace modules_install install clean
.PHONY: setup guest demo run check check-debug check-long bench help
