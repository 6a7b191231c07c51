/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The library as one combination of compiler, width, level of optimization and kind
 * of code makes it: combo.c and combo_cxx.cc are compiled with each, and linked with
 * the library of the same; combos.c is the program that runs many of them.
 */
#ifndef COMBO_H
#define COMBO_H

/* What is beneath the program. */
enum beneath {
	BENEATH_ANYTHING,	/* but Undervisor: nothing is callable */
	BENEATH_NOTHING,	/* both instructions raise a fault */
	BENEATH_UNDERVISOR
};

/* Told what doesn't hold */
typedef void combo_failed_t(const char *what);

typedef void combo_t(enum beneath beneath, combo_failed_t *failed);

#ifdef __cplusplus
extern "C" {
#endif

/* COMBO is this combination's name; it is defined where a combination is compiled. */
#ifdef COMBO
#define COMBO_JOIN(a, b)	a ## b
#define COMBO_NAME(a, b)	COMBO_JOIN(a, b)
#define combo_c			COMBO_NAME(combo_c_, COMBO)
#define combo_cxx		COMBO_NAME(combo_cxx_, COMBO)

combo_t combo_c, combo_cxx;
#endif

#ifdef __cplusplus
}
#endif

#endif /* COMBO_H */
