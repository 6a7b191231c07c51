/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before everything else in the image's files (vmm.mk): all symbols are the
 * image's own, so the compiler reaches them directly and no GOT is needed.
 */
#pragma GCC visibility push(hidden)
