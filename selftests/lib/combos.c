// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * combos [--vmm | --bare]: runs all combinations that it was linked with, see combo.h.
 * The caller vouches for what is beneath: Undervisor, or not even another VMM.
 * combos_list.h has a line COMBINED(name) for each.
 */
#include <string.h>

#include "combo.h"
#include "kselftest.h"

#define COMBINED(name)	combo_t combo_c_ ## name, combo_cxx_ ## name;
#include "combos_list.h"
#undef COMBINED

static const struct {
	const char *name;
	combo_t *c, *cxx;
} combos[] = {
#define COMBINED(name)	{ #name, combo_c_ ## name, combo_cxx_ ## name },
#include "combos_list.h"
#undef COMBINED
};

static int nr_failed;

static void failed(const char *what)
{
	ksft_print_msg("does not hold: %s\n", what);
	nr_failed++;
}

static void run(const char *program, const char *name, const char *language,
		combo_t *combo, enum beneath beneath)
{
	nr_failed = 0;
	combo(beneath, failed);
	if (nr_failed)
		ksft_test_result_fail("%s: %s %s\n", program, name, language);
	else
		ksft_test_result_pass("%s: %s %s\n", program, name, language);
}

static enum beneath what_is_beneath(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--vmm"))
		return BENEATH_UNDERVISOR;
	if (argc == 2 && !strcmp(argv[1], "--bare"))
		return BENEATH_NOTHING;
	return BENEATH_ANYTHING;
}

int main(int argc, char **argv)
{
	enum beneath beneath = what_is_beneath(argc, argv);
	unsigned int i;

	setbuf(stdout, NULL);
	ksft_print_header();
	ksft_set_plan(2 * ARRAY_SIZE(combos));
	for (i = 0; i < ARRAY_SIZE(combos); i++) {
		run(argv[0], combos[i].name, "C", combos[i].c, beneath);
		run(argv[0], combos[i].name, "C++", combos[i].cxx, beneath);
	}
	ksft_finished();
}
