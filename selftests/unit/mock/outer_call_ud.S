/* SPDX-License-Identifier: GPL-2.0-only */
/* core/outer_call.h where the hypervisor doesn't know the instruction: #UD */
#include "core/outer_call.h"

	.text
	outer_call call_refused ud2

	.section .note.GNU-stack, "", @progbits
