/* SPDX-License-Identifier: GPL-2.0-only */
#define min(a, b) ({				\
	__typeof__(a) min_a = (a);		\
	__typeof__(b) min_b = (b);		\
	min_a < min_b ? min_a : min_b;		\
})
