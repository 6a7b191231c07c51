/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's VM call that is meant for the hypervisor beneath us. See core/backend.h. */
#include "core/outer_call.h"

	.text
	outer_call backend_outer_call .byte 0x0f, 0x01, 0xc1	/* VMCALL */

	.section .note.GNU-stack, "", @progbits
