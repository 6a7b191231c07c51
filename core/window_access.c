// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and stores through the window that survive a hole in it. The unit
 * tests have a mock in this file's place.
 */
#include "core/nospec.h"
#include "core/window.h"

/* The mask keeps a pointer in the window also where the caller's check was wrong */
void *window_pointer(gpa_t addr)
{
	return (void *)(UV_WINDOW_BASE + (gpa_raw(addr) & (UV_WINDOW_SIZE - 1)));
}

static bool in_window(gpa_t addr)
{
	return gpa_raw(addr) < UV_WINDOW_SIZE && !(gpa_raw(addr) % sizeof(u64));
}

/* After in_window(): stays in the window on a mispredicted path as well */
static u64 *word_pointer(gpa_t addr)
{
	return (u64 *)(UV_WINDOW_BASE +
		       nospec_index(gpa_raw(addr), UV_WINDOW_SIZE));
}

static bool load64(const u64 *from, u64 *value)
{
	bool done = false;
	u64 loaded = 0;

	asm volatile("1:\tmovq %[mem], %[loaded]\n"
		     "\tmovb $1, %[done]\n"
		     "2:\n"
		     EXTABLE("1b", "2b")
		     : [done] "+q" (done), [loaded] "+r" (loaded)
		     : [mem] "m" (*from));
	if (done)
		*value = loaded;
	return done;
}

/**
 * window_load64() - load from the guest's memory
 * @addr: guest-physical address, 8-byte aligned
 * @value: where to put it; left alone on failure
 *
 * Context: root mode, any CPU. Return: whether the address is the guest's RAM.
 */
bool window_load64(gpa_t addr, u64 *value)
{
	return in_window(addr) && load64(word_pointer(addr), value);
}

bool vmm_load64(u64 addr, u64 *value)
{
	return load64((const u64 *)addr, value);
}

/**
 * window_cmpxchg64() - change a word of the guest's memory if it is as expected
 * @addr: guest-physical address, 8-byte aligned
 * @old: what it must hold
 * @new: what to put there
 *
 * Context: root mode, any CPU. Locked: the guest's CPUs see all of it or nothing.
 * Return: whether it was changed; false as well where there is no RAM.
 */
bool window_cmpxchg64(gpa_t addr, u64 old, u64 new)
{
	bool done = false;

	if (!in_window(addr))
		return false;
	/* A fault leaves @done as it is: SETE isn't reached */
	asm volatile("1:\tlock cmpxchgq %[new], %[mem]\n"
		     "\tsete %[done]\n"
		     "2:\n"
		     EXTABLE("1b", "2b")
		     : [done] "+q" (done), [mem] "+m" (*word_pointer(addr)), "+a" (old)
		     : [new] "r" (new)
		     : "cc", "memory");
	return done;
}

void *window_page_probe(gpa_t addr)
{
	if (gpa_raw(addr) >= UV_WINDOW_SIZE)
		return NULL;
	return window_touch(gpa_raw(addr) & (UV_WINDOW_SIZE - 1));
}
