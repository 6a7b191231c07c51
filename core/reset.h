/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's reset, by which the VMM ends it. */
#ifndef CORE_RESET_H
#define CORE_RESET_H

#include "core/types.h"

/**
 * vmm_reset() - reset the machine
 *
 * Leaves VMX or SVM on this CPU first, which holds INIT back (SDM vol. 3 section 25.2,
 * APM vol. 2 section 15.17), and then tries one way after the other: ACPI's reset
 * register, the chipset's, the keyboard controller, a triple fault. Each is named on
 * port 0xe9 before it is tried.
 *
 * Context: root mode, any CPU, any stack; other CPUs may be anywhere, here as well.
 */
void vmm_reset(void) __noreturn;

#endif /* CORE_RESET_H */
