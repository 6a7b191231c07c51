// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's reset. A triple fault alone won't do: the chipset may answer its
 * shutdown cycle with INIT, and that is blocked in VMX root operation and while GIF is 0.
 */
#include "core/reset.h"
#include "core/backend.h"
#include "core/boot.h"
#include "core/descriptors.h"
#include "core/x86.h"

#define PORT_DELAY		0x80	/* of no meaning: an access takes about 1 us */
#define PORT_KEYBOARD		0x64
#define KEYBOARD_BUSY		BIT(1)	/* it hasn't read the last byte yet */
#define KEYBOARD_RESET		0xfe	/* pulse the reset line */
#define PORT_RESET_CONTROL	0xcf9	/* of most chipsets */
#define RESET_HARD		BIT(1)	/* else INIT */
#define RESET_NOW		BIT(2)	/* when it goes from 0 to 1 */

/* Microseconds that a reset may take, and that the keyboard controller may be busy */
#define RESET_US		15000
#define SETTLE_US		50

static void wait(u32 us)
{
	while (us--)
		in8(PORT_DELAY);
}

/* The firmware's word for it */
static void reset_by_acpi(void)
{
	if (!boot_info.reset_port)
		return;
	debug_puts("reset: by ACPI's register\n");
	out8((u16)boot_info.reset_port, (u8)boot_info.reset_value);
	wait(RESET_US);
}

/* Not the power cycle, FULL_RST: what Linux keeps in RAM for its next boot survives */
static void reset_by_chipset(void)
{
	u8 others = in8(PORT_RESET_CONTROL) & ~(RESET_HARD | RESET_NOW);

	debug_puts("reset: by port 0xcf9\n");
	out8(PORT_RESET_CONTROL, others | RESET_HARD);
	wait(SETTLE_US);
	out8(PORT_RESET_CONTROL, others | RESET_HARD | RESET_NOW);
	wait(RESET_US);
}

static void reset_by_keyboard(void)
{
	u32 us;

	debug_puts("reset: by the keyboard controller\n");
	for (us = 0; us < RESET_US; us++) {
		if (!(in8(PORT_KEYBOARD) & KEYBOARD_BUSY))
			break;
		in8(PORT_DELAY);
	}
	out8(PORT_KEYBOARD, KEYBOARD_RESET);
	wait(RESET_US);
}

void vmm_reset(void)
{
	/* What was held back comes now: an NMI must find a handler that wants nothing */
	descriptors_load_last_idt();
	backend_off(this_cpu());
	reset_by_acpi();
	reset_by_chipset();
	reset_by_keyboard();
	debug_puts("reset: by a triple fault\n");
	triple_fault();
}
