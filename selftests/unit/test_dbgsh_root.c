// SPDX-License-Identifier: GPL-2.0-only
/*
 * dbgsh=root: who is admitted, by which call of whom, and that nobody else gets as much
 * as a byte of the admitted one's session.
 */
#include "dbgsh_state.h"

#define TABLE	0x12345000ULL
#define OTHER	0x12346000ULL
#define OUT_VA	0x500000ULL
#define OFF	"dbgsh is disabled\n"

static int setup(void **state)
{
	(void)state;
	dbgsh_reset();
	mock_map(OUT_VA, 1, MOCK_USER | MOCK_WRITABLE);
	dbgsh_vouched = DBGSH_NOBODY;
	boot_info.dbgsh_mode = UV_DBGSH_ROOT;
	boot_info.switch_va = 0xffffffffc0100000ULL;
	boot_info.switch_call_start = 0x200;
	boot_info.switch_call_end = 0x203;
	return 0;
}

static s64 vouch_from(u64 rip, u8 cpl, u64 table)
{
	struct guest_regs regs = { .rbx = table };

	regs.rax = mock_number(UV_CALL_VOUCH);
	mock_rip = rip;
	mock_call(&regs, cpl, true);
	return (s64)regs.rax;
}

static s64 vouch(u64 table)
{
	return vouch_from(boot_info.switch_va + 0x203, 0, table);
}

/* A call of "dbgsh" by whoever has @cr3 and @cpl */
static s64 call_as(u64 cr3, u8 cpl, s32 in)
{
	struct guest_regs regs = { .rbx = (u32)in };

	regs.rax = mock_number(VMMCALL_NAME_DBGSH);
	mock_cr3[0] = cr3;
	mock_call(&regs, cpl, true);
	return (s64)regs.rax;
}

/* The same in bulk, without input. Return: the output, which is short */
static const char *bulk_as(u64 cr3, u8 cpl, u32 flags)
{
	static char text[64];
	struct guest_regs regs = {
		.rax = mock_number(VMMCALL_NAME_DBGSH_BULK), .rdx = OUT_VA,
		.rsi = sizeof(text) - 1, .rdi = flags,
	};

	mock_cr3[0] = cr3;
	mock_call(&regs, cpl, true);
	memcpy(text, mock_ram + UV_PAGE_SIZE, regs.rsi);
	text[regs.rsi] = '\0';
	return regs.rax == DBGSH_WANT_INPUT ? "wants input" :
	       regs.rax == DBGSH_ENDED ? text : "?";
}

/* Whether the caller gets the line and the end, and nothing but that, whatever it does */
static bool is_off(u64 cr3, u8 cpl)
{
	const char *c;

	if (strcmp(bulk_as(cr3, cpl, 0), OFF) ||
	    strcmp(bulk_as(cr3, cpl, DBGSH_BULK_RESET), OFF))
		return false;
	if (call_as(cr3, cpl, -1) != OFF[0])
		return false;
	for (c = OFF + 1; *c; c++)
		if (call_as(cr3, cpl, -1) != c[-1] ||
		    call_as(cr3, cpl, 'h') != *c)
			return false;
	return call_as(cr3, cpl, 0) == DBGSH_ENDED &&
	       call_as(cr3, cpl, -1) == DBGSH_ENDED &&
	       call_as(cr3, cpl, 3) == OFF[0];
}

static void test_nobody(void **state)
{
	u8 cpl;

	(void)state;
	for (cpl = 0; cpl < 4; cpl++) {
		assert_true(is_off(TABLE, cpl));
		assert_true(is_off(0, cpl));
		assert_true(is_off(~0ULL, cpl));
		assert_true(is_off(DBGSH_NOBODY, cpl));
	}
	assert_string_equal(dbgsh_mode_name(), "root");
	assert_true(dbgsh_refused() >= 16);
}

static void test_somebody(void **state)
{
	u32 bit;

	(void)state;
	assert_int_equal(vouch(TABLE), 1);
	assert_int_equal(call_as(TABLE, 3, -1), '>');
	/* Level 3 only: the kernel and its threads borrow address spaces */
	assert_true(is_off(TABLE, 0));
	assert_true(is_off(TABLE, 1));
	assert_true(is_off(TABLE, 2));
	/* PCID and the like, and LAM, don't count; every address bit does */
	for (bit = 0; bit < 64; bit++) {
		u64 cr3 = TABLE ^ 1ULL << bit;

		if (bit >= 12 && bit < 52)
			assert_true(is_off(cr3, 3));
		else
			assert_int_equal(call_as(cr3, 3, -1), '>');
	}
	/* Nothing of that was input or took output from the session */
	assert_int_equal(call_as(TABLE, 3, 0), ' ');
	assert_int_equal(call_as(TABLE, 3, 0), DBGSH_WANT_INPUT);
	assert_true(is_off(OTHER, 3));
	assert_string_equal(bulk_as(TABLE, 3, 0), "wants input");
	assert_string_equal(bulk_as(TABLE, 3, DBGSH_BULK_VISIT), "wants input");
	assert_string_equal(bulk_as(OTHER, 3, DBGSH_BULK_VISIT), "");
}

/* The session of one is nothing of the next one's */
static void test_change(void **state)
{
	(void)state;
	vouch(TABLE);
	call_as(TABLE, 3, -1);
	call_as(TABLE, 3, 0);
	call_as(TABLE, 3, 0);
	assert_int_equal(call_as(TABLE, 3, 'x'), 'x');
	assert_int_equal(vouch(0), 1);
	assert_true(is_off(TABLE, 3));
	assert_int_equal(vouch(OTHER), 1);
	assert_true(is_off(TABLE, 3));
	assert_int_equal(call_as(OTHER, 3, -1), '>');
	assert_int_equal(vouch(TABLE), 1);
	assert_true(is_off(OTHER, 3));
}

static void test_who_vouches(void **state)
{
	u64 end = boot_info.switch_va + boot_info.switch_call_end;

	(void)state;
	assert_int_equal(vouch_from(end + 1, 0, TABLE), -EPERM);
	assert_int_equal(vouch_from(end - 3, 0, TABLE), -EPERM);
	assert_int_equal(vouch_from(0, 0, TABLE), -EPERM);
	/* The dispatcher's refusal: nothing changes */
	assert_int_equal(vouch_from(end, 3, TABLE), mock_number(UV_CALL_VOUCH));
	assert_int_equal(vouch(TABLE | 1), -EINVAL);
	assert_int_equal(vouch(TABLE | 1ULL << 52), -EINVAL);
	assert_int_equal(vouch(TABLE | 1ULL << 63), -EINVAL);
	assert_true(is_off(TABLE, 3));
	/* A refused one leaves the former one in place */
	assert_int_equal(vouch(TABLE), 1);
	assert_int_equal(vouch_from(0, 0, 0), -EPERM);
	assert_int_equal(vouch(1), -EINVAL);
	assert_int_equal(call_as(TABLE, 3, -1), '>');
}

static void test_other_modes(void **state)
{
	(void)state;
	boot_info.dbgsh_mode = UV_DBGSH_OFF;
	assert_int_equal(vouch(TABLE), -EPERM);
	assert_true(is_off(TABLE, 3));
	boot_info.dbgsh_mode = UV_DBGSH_ALL;
	assert_int_equal(vouch(TABLE), -EPERM);
	assert_int_equal(call_as(OTHER, 3, -1), '>');
}

static u32 asked;

/* Between the question whether a caller is admitted and the lock, it no longer is */
static void revoke_at_second(void)
{
	if (++asked == 2)
		dbgsh_vouched = DBGSH_NOBODY;
}

/* What happens to be vouched for when the lock is got is what counts */
static void test_revoked_in_flight(void **state)
{
	struct guest_regs regs = { 0 };
	struct vmmcall call = { .cpu = &mock_cpu[0], .regs = &regs,
				.mask = ~0ULL, .cpl = 3 };
	struct dbgsh_session *session;

	(void)state;
	mock_cr3[0] = TABLE;
	vouch(TABLE);
	session = dbgsh_lock(&call);
	assert_ptr_equal(session, &dbgsh_sessions[1]);
	dbgsh_unlock(session);
	vouch(0);
	session = dbgsh_lock(&call);
	assert_ptr_equal(session, &dbgsh_sessions[0]);
	dbgsh_unlock(session);
	assert_int_equal(dbgsh_sessions[1].lock.next,
			 dbgsh_sessions[1].lock.served);
	vouch(TABLE);
	asked = 0;
	mock_before_cr3 = revoke_at_second;
	session = dbgsh_lock(&call);
	assert_int_equal(asked, 2);
	assert_ptr_equal(session, &dbgsh_sessions[0]);
	dbgsh_unlock(session);
	assert_int_equal(dbgsh_sessions[1].lock.next,
			 dbgsh_sessions[1].lock.served);
}

/* Return: whether the log has these words from that position on */
static bool logged(u64 from, const char *words)
{
	static char text[MOCK_LOG_SIZE + 1];

	text[log_read(&from, text, sizeof(text) - 1)] = '\0';
	return strstr(text, words);
}

/* Who tries is told of in the log, and counted; where the shell is off it is no news */
static void test_refusal_is_logged(void **state)
{
	struct log_stats stats;
	u64 refused = dbgsh_refused();

	(void)state;
	log_get_stats(&stats);
	mock_clock += 1ULL << 40;
	call_as(TABLE, 3, 0);
	assert_true(logged(stats.written, "a caller who isn't vouched for"));
	assert_int_equal(dbgsh_refused(), refused + 1);
	boot_info.dbgsh_mode = UV_DBGSH_OFF;
	log_get_stats(&stats);
	call_as(TABLE, 3, 3);
	assert_false(logged(stats.written, "vouched"));
	assert_int_equal(dbgsh_refused(), refused + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nobody, setup),
		cmocka_unit_test_setup(test_somebody, setup),
		cmocka_unit_test_setup(test_change, setup),
		cmocka_unit_test_setup(test_who_vouches, setup),
		cmocka_unit_test_setup(test_other_modes, setup),
		cmocka_unit_test_setup(test_revoked_in_flight, setup),
		cmocka_unit_test_setup(test_refusal_is_logged, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
