// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A combination, in C++: see combo.h. Needs no C++ library, so that it can be linked
 * by a C compiler.
 */
#include "call_vmm.h"
#include "combo.h"

namespace {

template <int N> inline int in_template()
{
	call_vmm_function_t f;
	CALL_VMM_GET_FUNCTION("get_status", &f);
	return N + call_vmm_function_number(&f);
}

struct in_class {
	call_vmm_function_t function;
	in_class() { CALL_VMM_GET_FUNCTION("get_status", &function); }
	int number() { return call_vmm_function_number(&function); }
};

/* Before main(). */
in_class global_object;

} // namespace

void combo_cxx(enum beneath beneath, combo_failed_t *failed)
{
	auto lambda = [](call_vmm_function_t *f) {
		CALL_VMM_GET_FUNCTION("get_status", f);
	};
	int vmm = beneath == BENEATH_UNDERVISOR;
	call_vmm_function_t f, g;
	in_class object;

	lambda(&f); lambda(&g);
	if (call_vmm_function_callable(&f) != vmm)
		failed("callable with Undervisor, not callable without");
	if (f.number != g.number)
		failed("in a lambda, twice");
	if (object.number() != f.number || global_object.number() != f.number)
		failed("in a constructor");
	if (in_template<0>() != f.number || in_template<1>() != f.number + 1)
		failed("in a template");
	if (!vmm)
		return;

	call_vmm_arg_t arg = {};
	call_vmm_ret_t ret;

	call_vmm_call_function(&f, &arg, &ret);
	if (ret.rax != 1 || ret.rcx <= 0)
		failed("get_status tells how long its text is");
}
