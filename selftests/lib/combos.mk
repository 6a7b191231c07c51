# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# The library at each combination of compiler, width, level of optimization and kind
# of code, and a program with thousands of uses of the macro.
#
#	make -f combos.mk OUT=DIRECTORY OBJ=DIRECTORY KSFT=...
#	make -f combos.mk windows OUT=... OBJ=... KSFT=...
#
# A part is combo.c, combo_cxx.cc and the library, compiled the same way and linked
# to one object that exports two functions. A program has the parts of all compilers
# and levels:
#
#	OUT/WIDTH-KIND		KIND: static, no-pie, static-pie, pie
#	OUT/WIDTH-shared	with a shared object a part, in OUT/libWIDTH
#	OUT/WIDTH-uses
#
# For Windows:
#
#	OUT/WIDTH-LEVEL.exe, OUT/WIDTH-LEVEL-dll/combo.exe	one part each
#	OUT/WIDTH-uses.exe
#	OUT/WIDTH-test.exe	test_windows.c

USERSPACE ?= ../../userspace
COMPILERS ?= gcc clang
WIDTHS ?= 64 32
LEVELS := O0 O1 O2 O3
NR_USES ?= 4096

CC-gcc-64 := gcc -m64
CC-gcc-32 := gcc -m32
CXX-gcc-64 := g++ -m64
CXX-gcc-32 := g++ -m32
CC-clang-64 := clang -m64
CC-clang-32 := clang -m32
CXX-clang-64 := clang++ -m64
CXX-clang-32 := clang++ -m32
CC-windows-64 := x86_64-w64-mingw32-gcc
CC-windows-32 := i686-w64-mingw32-gcc
CXX-windows-64 := x86_64-w64-mingw32-g++
CXX-windows-32 := i686-w64-mingw32-g++

WARNINGS := -Wall -Wextra -Werror -Wno-unused-parameter -Wno-misleading-indentation
# mingw has what the compiler for Windows lacks, and only that
BOTH := $(WARNINGS) -I$(USERSPACE) -isystem $(KSFT) -idirafter mingw
CFLAGS := $(BOTH) -std=gnu11
# No C++ library: a C compiler links it.
CXXFLAGS := $(BOTH) -fno-exceptions -fno-rtti

# Kinds of code, and the programs that are made of each
CODE-abs := -fno-pie
CODE-pie := -fPIE
CODE-pic := -fPIC
CODE-windows :=
LINK-static := -static
LINK-no-pie := -no-pie
LINK-static-pie := -static-pie
LINK-pie := -pie
KINDS-abs := static no-pie
KINDS-pie := static-pie pie

LIBRARY := call_vmm.c call_vmm_raw.S
LIBRARY-posix := $(addprefix $(USERSPACE)/,$(LIBRARY) call_vmm_posix.c)
LIBRARY-windows := $(addprefix $(USERSPACE)/,$(LIBRARY) call_vmm_windows.c)
SOURCES := $(wildcard *.c *.h *.cc $(USERSPACE)/call_vmm*) uses.awk combos.mk

PARTS := $(foreach c,$(COMPILERS),$(addprefix $(c)_,$(LEVELS)))
programs := $(foreach w,$(WIDTHS),$(addprefix $(OUT)/$(w)-,\
	$(KINDS-abs) $(KINDS-pie) shared uses))
exes = $(foreach w,$(WIDTHS),$(foreach l,$(LEVELS),\
	$(OUT)/$(w)-$(l).exe $(OUT)/$(w)-$(l)-dll/combo.exe))

posix: $(programs)
windows: $(exes) $(foreach w,$(WIDTHS),$(OUT)/$(w)-uses.exe $(OUT)/$(w)-test.exe)

# $(call compile,DIRECTORY,COMPILER,WIDTH,LEVEL,CODE,SOURCES): objects
compile = mkdir -p $(1) && rm -f $(1)/*.o && set -e; \
	for source in combo.c $(6); do \
		$(CC-$(2)-$(3)) -$(4) $(CODE-$(5)) $(CFLAGS) -DCOMBO=$(2)_$(4) \
			-c $$source -o $(1)/$$(basename $$source).o; \
	done; \
	$(CXX-$(2)-$(3)) -$(4) $(CODE-$(5)) $(CXXFLAGS) -DCOMBO=$(2)_$(4) \
		-c combo_cxx.cc -o $(1)/cxx.o

# $(call part,COMPILER,WIDTH,LEVEL,CODE)
define part
$(OBJ)/$(2)/$(4)/$(1)_$(3).o: $$(SOURCES)
	$$(call compile,$$@.d,$(1),$(2),$(3),$(4),$$(LIBRARY-posix))
	$$(CC-$(1)-$(2)) -r -nostdlib -o $$@ $$@.d/*.o
	objcopy -w -L 'call_vmm_*' $$@
endef
$(foreach c,$(COMPILERS),$(foreach w,$(WIDTHS),$(foreach l,$(LEVELS),\
	$(foreach k,abs pie pic,$(eval $(call part,$(c),$(w),$(l),$(k)))))))

$(OBJ)/combos_list.h: $(SOURCES)
	mkdir -p $(@D)
	printf 'COMBINED(%s)\n' $(PARTS) > $@

# $(call program,WIDTH,CODE,KIND)
define program
$(OUT)/$(1)-$(3): $(OBJ)/combos_list.h $$(PARTS:%=$(OBJ)/$(1)/$(2)/%.o)
	mkdir -p $$(@D)
	$$(CC-gcc-$(1)) -O2 -s $$(CODE-$(2)) $$(LINK-$(3)) $$(CFLAGS) -I$(OBJ) \
		-pthread -o $$@ combos.c $$(filter %.o,$$^)
endef
$(foreach w,$(WIDTHS),$(foreach code,abs pie,$(foreach kind,$(KINDS-$(code)),\
	$(eval $(call program,$(w),$(code),$(kind))))))

# $(call shared,WIDTH): -z text allows not one relocation in the code.
define shared
$(OUT)/lib$(1)/libcombo_%.so: $(OBJ)/$(1)/pic/%.o
	mkdir -p $$(@D)
	$$(CC-gcc-$(1)) -s -shared -Wl,-z,text -Wl,-z,defs -pthread \
		-Wl,-soname,$$(@F) -o $$@ $$<

$(OUT)/$(1)-shared: $(OBJ)/combos_list.h $$(PARTS:%=$(OUT)/lib$(1)/libcombo_%.so)
	$$(CC-gcc-$(1)) -O2 -s $$(CFLAGS) -I$(OBJ) -o $$@ combos.c \
		-Wl,-rpath,'$$$$ORIGIN/lib$(1)' $$(filter %.so,$$^)

$(OUT)/$(1)-uses: $(OBJ)/uses.c $$(SOURCES)
	mkdir -p $$(@D)
	$$(CC-gcc-$(1)) -O2 -s $$(CFLAGS) -I. -pthread -o $$@ $$< uses.c \
		check_block.c $$(LIBRARY-posix)

$(OUT)/$(1)-uses.exe: $(OBJ)/uses.c $$(SOURCES)
	mkdir -p $$(@D)
	$$(CC-windows-$(1)) -O2 -s $$(CFLAGS) -I. -o $$@ $$< uses.c \
		check_block.c $$(LIBRARY-windows)

$(OUT)/$(1)-test.exe: $$(SOURCES)
	mkdir -p $$(@D)
	$$(CC-windows-$(1)) -O2 -s $$(CFLAGS) -o $$@ test_windows.c $$(LIBRARY-windows)
endef
$(foreach w,$(WIDTHS),$(eval $(call shared,$(w))))

$(OBJ)/uses.c: uses.awk
	mkdir -p $(@D)
	awk -v n=$(NR_USES) -f $< > $@

# $(call windows,WIDTH,LEVEL): the library in the program, and in a DLL
define windows
$(OUT)/$(1)-$(2).exe: $(OBJ)/$(1)-$(2)/combos_list.h $$(SOURCES)
	mkdir -p $$(@D)
	$$(call compile,$(OBJ)/$(1)-$(2)/exe,windows,$(1),$(2),windows,\
		$$(LIBRARY-windows) combos.c)
	$$(CC-windows-$(1)) -s -o $$@ $(OBJ)/$(1)-$(2)/exe/*.o

$(OUT)/$(1)-$(2)-dll/combo.exe: $(OBJ)/$(1)-$(2)/combos_list.h $$(SOURCES)
	mkdir -p $$(@D)
	$$(MAKE) -s -C $(USERSPACE) lib CC=$$(CC-windows-$(1)) \
		CFLAGS=-$(2) O=$(abspath $(OBJ))/$(1)-$(2)
	$$(call compile,$(OBJ)/$(1)-$(2)/dll,windows,$(1),$(2),windows,combos.c)
	$$(CC-windows-$(1)) -s -o $$@ $(OBJ)/$(1)-$(2)/dll/*.o \
		$(OBJ)/$(1)-$(2)/libvmmcall.dll.a
	cp $(OBJ)/$(1)-$(2)/libvmmcall-*.dll $$(@D)

$(OBJ)/$(1)-$(2)/combos_list.h: $$(SOURCES)
	mkdir -p $$(@D)
	echo 'COMBINED(windows_$(2))' > $$@

$(OUT)/$(1)-$(2).exe $(OUT)/$(1)-$(2)-dll/combo.exe: CFLAGS += -I$(OBJ)/$(1)-$(2)
endef
$(foreach w,$(WIDTHS),$(foreach l,$(LEVELS),$(eval $(call windows,$(w),$(l)))))

.PHONY: posix windows
.DELETE_ON_ERROR:
