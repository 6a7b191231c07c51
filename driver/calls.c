// SPDX-License-Identifier: GPL-2.0-only
/* VM calls from the driver, at level 0. */
#include "driver/driver.h"

#include <linux/cpu.h>
#include <linux/slab.h>

#include "uapi/vmmcall_abi.h"

#define TEXT_MAX	SZ_1M
#define NAME_BYTES	64

struct call_regs {
	u64 rax, rbx, rcx, rdx;
};

/*
 * One VM call. The fixup covers the moment at which the VMM is gone from this
 * CPU: #UD then, and RAX is cleared, as for a number that is not registered.
 */
#define DEFINE_VM_CALL(name, opcode)					\
static void name(struct call_regs *r)					\
{									\
	asm volatile("1: .byte 0x0f, 0x01, " opcode "\n\t"		\
		     "jmp 3f\n"						\
		     "2: xorl %%eax, %%eax\n"				\
		     "3:\n"						\
		     _ASM_EXTABLE(1b, 2b)				\
		     : "+a" (r->rax), "+b" (r->rbx), "+c" (r->rcx),	\
		       "+d" (r->rdx)					\
		     : : "memory");					\
}

DEFINE_VM_CALL(vmmcall, "0xd9")
DEFINE_VM_CALL(vmcall, "0xc1")

static void vm_call(struct call_regs *r)
{
	if (uv.vendor == UV_VENDOR_VMX)
		vmcall(r);
	else
		vmmcall(r);
}

/**
 * uv_call_number() - look a function up
 * @name: its name, shorter than 64 bytes
 * Return: its number, 0 if there is none or no VMM on this CPU.
 */
u32 uv_call_number(const char *name)
{
	/* On the stack, so that it lies in memory that is mapped for sure */
	char copy[NAME_BYTES];
	struct call_regs r = {
		.rax = VMMCALL_GET_FUNCTION, .rbx = (u64)copy,
	};

	strscpy(copy, name, sizeof(copy));
	vm_call(&r);
	return (s32)r.rax > 0 ? (u32)r.rax : 0;
}

static s64 call_text(const char *name, char **text)
{
	u32 number = uv_call_number(name);
	size_t size = PAGE_SIZE;

	if (!number)
		return -ENODEV;
	while (size <= TEXT_MAX) {
		char *buf = kvzalloc(size, GFP_KERNEL);
		struct call_regs r = {
			.rax = number, .rbx = (u64)buf, .rcx = size - 1,
		};

		if (!buf)
			return -ENOMEM;
		vm_call(&r);
		if (!r.rax && r.rcx < size) {
			*text = buf;
			return r.rcx;
		}
		kvfree(buf);
		if (r.rcx < size)	/* not a matter of size */
			return -EIO;
		size = roundup_pow_of_two(r.rcx + 1) * 2;
	}
	return -EIO;
}

/**
 * uv_call_text() - get a text from a function like get_status
 * @name: the function's name
 * @text: set to a NUL-terminated text, to be freed with kvfree()
 *
 * No CPU comes or goes meanwhile: on one that goes offline a task may still run when
 * the VMM has left it.
 *
 * Context: may sleep.
 * Return: its length, or -ENODEV, -ENOMEM, -EIO.
 */
s64 uv_call_text(const char *name, char **text)
{
	s64 len;

	cpus_read_lock();
	len = call_text(name, text);
	cpus_read_unlock();
	return len;
}

/**
 * uv_call_status_part() - get a part of the report from get_status_part
 * @buf: where to, memory that is mapped
 * @size: bytes there
 * @position: where to go on, 0 at first; then where to go on the next time, 0 at the end
 *
 * Context: may sleep.
 * Return: its length, or -ENODEV, -EIO.
 */
s64 uv_call_status_part(char *buf, size_t size, u64 *position)
{
	struct call_regs r = {
		.rbx = (u64)buf, .rcx = size, .rdx = *position,
	};

	u32 number;

	cpus_read_lock();
	number = uv_call_number(VMMCALL_NAME_GET_STATUS_PART);
	r.rax = number;
	if (number)
		vm_call(&r);
	cpus_read_unlock();
	if (!number)
		return -ENODEV;
	if (r.rax || r.rcx > size)
		return -EIO;
	*position = r.rdx;
	return r.rcx;
}
