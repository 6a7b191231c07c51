// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * CALL_VMM_GET_FUNCTION in what C++ has of its own. Needs no C++ library, so
 * that it can be linked by a C compiler.
 */
#include "test_macro.h"

namespace {

template <int N> inline int in_template()
{
	call_vmm_function_t f;
	CALL_VMM_GET_FUNCTION("in a template", &f);
	return N + call_vmm_function_callable(&f);
}

struct in_class {
	call_vmm_function_t function;
	in_class() { CALL_VMM_GET_FUNCTION("in a constructor", &function); }
	int callable() { return call_vmm_function_callable(&function); }
};

/* Before main(). */
in_class global_object;

} // namespace

extern "C" int uses_in_cxx(void)
{
	auto lambda = [](call_vmm_function_t *f) {
		CALL_VMM_GET_FUNCTION("in a lambda", f);
	};
	call_vmm_function_t f, g;
	in_class object;
	int sum = 0;

	lambda(&f); lambda(&g);
	CALL_VMM_GET_FUNCTION("x", &f); CALL_VMM_GET_FUNCTION("y", &g);
	sum += in_template<0>() + in_template<0>() + in_template<-1>();
	sum += object.callable() + global_object.callable() + 1;
	/* Nothing was callable, or the sum is not 0. */
	return sum ? -1 : 9;
}
