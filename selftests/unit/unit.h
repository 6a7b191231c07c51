/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every unit test includes. The VMM's own types come first: the C library
 * redefines some of their macros, and may.
 */
#ifndef UNIT_H
#define UNIT_H

#include "core/types.h"

#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif /* UNIT_H */
