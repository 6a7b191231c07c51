# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# awk -v n=4096 -f uses.awk - the source of a program with n uses of the macro
#
# The lengths of the names wander, so that blocks begin all over a page. Each 16th
# is a name that Undervisor knows. uses.c is the rest of the program.

function name(i,    length_, text) {
	if (i % 16 == 0)
		return "get_status"
	text = "use" i "_"
	length_ = (i * 97 + int(i / 7) * 13) % 120
	while (length(text) < length_)
		text = text "0123456789abcdef"
	return substr(text, 1, length_ > 9 ? length_ : 9)
}

BEGIN {
	print "#include \"uses.h\"\n"
	for (i = 0; i < n; i++) {
		if (i % 64 == 0)
			print "static void uses_" i "(void)\n{\n\tcall_vmm_function_t f;\n"
		printf "\tCALL_VMM_GET_FUNCTION(\"%s\", &f); seen(&f, %d);\n", \
			name(i), i % 16 == 0
		if (i % 64 == 63)
			print "}\n"
	}
	print "int use_all(void)\n{"
	for (i = 0; i < n; i += 64)
		print "\tuses_" i "();"
	print "\treturn " n ";\n}"
}
