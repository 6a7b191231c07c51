// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dbgsh_bulk": the debug shell, many bytes a call. In: rbx and ecx, address and
 * length of the input; rdx and esi, address and size of a buffer for the output;
 * edi, DBGSH_BULK_* flags. Out: eax as uapi/vmmcall_abi.h has it, ecx and esi, the
 * bytes consumed and the bytes stored, edi, whether the last command failed.
 *
 * Input is copied, and every page of the output buffer walked, before anything
 * happens, so that a refused call has no effect. Output waits in the shell until it
 * has been written: where the guest takes the buffer away in the midst of the call,
 * it gets the rest with the next one.
 */
#include "core/cpu_note.h"
#include "services/dbgsh_session.h"

/**
 * struct bulk - one call
 * @mmu: how the caller's memory is reached
 * @out: where the next byte of output goes
 * @room: bytes left there
 * @stored: bytes stored so far
 * @in_len: bytes in @in
 * @in_pos: bytes consumed so far
 * @failed: whether the shell's last command failed
 * @in: the input
 */
struct bulk {
	struct guest_mmu mmu;
	gva_t out;
	u32 room;
	u32 stored;
	u32 in_len;
	u32 in_pos;
	bool failed;
	u8 in[DBGSH_BULK_IN_MAX];
};

/* A range that 32-bit code could not name: it would begin again at 0 */
static bool wraps(const struct vmmcall *call, u64 addr, u32 len)
{
	return len && len - 1 > call->mask - addr;
}

static bool can_write(const struct guest_mmu *mmu, u64 addr, u32 len)
{
	u64 page = addr & UV_PAGE_MASK;
	u64 bytes = len ? addr - page + len : 0;
	void *host;
	u64 pos;

	for (pos = 0; pos < bytes; pos += UV_PAGE_SIZE)
		if (guest_translate(mmu, gva(page + pos), GUEST_WRITE, &host))
			return false;
	return true;
}

/* Return: whether the call may go on */
static bool take_arguments(const struct vmmcall *call, struct bulk *bulk)
{
	u64 in = vmmcall_rbx(call);
	u64 out = vmmcall_rdx(call);

	bulk->in_len = (u32)vmmcall_rcx(call);
	bulk->in_pos = 0;
	bulk->out = gva(out);
	bulk->room = (u32)vmmcall_rsi(call);
	bulk->stored = 0;
	if (bulk->room > DBGSH_BULK_OUT_MAX)
		bulk->room = DBGSH_BULK_OUT_MAX;
	if (bulk->in_len > DBGSH_BULK_IN_MAX)
		return false;
	if (wraps(call, in, bulk->in_len) || wraps(call, out, bulk->room))
		return false;
	vmmcall_mmu(call, &bulk->mmu);
	if (guest_read(&bulk->mmu, bulk->in, gva(in), bulk->in_len))
		return false;
	return can_write(&bulk->mmu, out, bulk->room);
}

/* Return: false if the caller can't write there any more */
static bool store(struct bulk *bulk, const char *text, u32 len)
{
	if (guest_write(&bulk->mmu, bulk->out, text, len))
		return false;
	bulk->out = gva(gva_raw(bulk->out) + len);
	bulk->room -= len;
	bulk->stored += len;
	return true;
}

/* Output that waits, as far as there is room. Return: whether that was all of it */
static bool deliver(struct dbgsh_session *session, struct bulk *bulk,
		    const char *text, u32 len)
{
	u32 part = len < bulk->room ? len : bulk->room;

	if (!part || !store(bulk, text, part))
		return false;
	dbgsh_skip(session, part);
	return part == len;
}

/*
 * Each turn stores a byte at least, or consumes one, or ends the loop. So does the work
 * that a call may do, wherever it is spent: on commands, or on lines of input.
 * Return: eax
 */
static s32 converse(struct dbgsh_session *session, struct bulk *bulk)
{
	const char *text;

	for (;;) {
		int len = dbgsh_peek(session, &text);

		switch (len) {
		case SHELL_BUSY:
			return DBGSH_BULK_MORE;
		case SHELL_ENDED:
			/* A fresh one for whoever comes next */
			session->bulk = false;
			return DBGSH_ENDED;
		case SHELL_WANTS_INPUT:
			if (bulk->in_pos == bulk->in_len)
				return DBGSH_WANT_INPUT;
			if (shell_is_spent(session->shell))
				return DBGSH_BULK_MORE;
			shell_input(session->shell, bulk->in[bulk->in_pos++]);
			continue;
		}
		if (!deliver(session, bulk, text, (u32)len))
			return DBGSH_BULK_MORE;
	}
}

static s32 use_session(const struct vmmcall *call, struct bulk *bulk,
		       u32 flags)
{
	struct dbgsh_session *session = dbgsh_lock(call);
	s32 ret;

	if (session->shell)
		cpu_note_state(call->cpu, call->regs);
	if (!session->bulk || flags & DBGSH_BULK_RESET)
		dbgsh_start(session, true);
	ret = converse(session, bulk);
	bulk->failed = session->shell && session->shell->failed;
	dbgsh_unlock(session);
	return ret;
}

static void visit(struct vmmcall *call)
{
	bool shell = dbgsh_admits(call);

	if (shell)
		cpu_note_state(call->cpu, call->regs);
	vmmcall_set_rax(call, shell ? DBGSH_WANT_INPUT : DBGSH_ENDED);
	vmmcall_set_rcx(call, 0);
	vmmcall_set_rsi(call, 0);
}

static void dbgsh_bulk(struct vmmcall *call)
{
	u32 flags = (u32)vmmcall_rdi(call);
	struct bulk bulk;

	if (flags == DBGSH_BULK_VISIT) {
		visit(call);
		return;
	}
	if (flags & ~DBGSH_BULK_RESET || !take_arguments(call, &bulk)) {
		vmmcall_set_rax(call, DBGSH_BULK_REFUSED);
		return;
	}
	vmmcall_set_rax(call, use_session(call, &bulk, flags));
	vmmcall_set_rcx(call, bulk.in_pos);
	vmmcall_set_rsi(call, bulk.stored);
	vmmcall_set_rdi(call, bulk.failed ? DBGSH_BULK_FAILED : 0);
}

VMMCALL_DEFINE(dbgsh_bulk, VMMCALL_NAME_DBGSH_BULK, dbgsh_bulk,
	       VMMCALL_LEVEL_ANY);
