/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said before a reset, so that the next boot can know who and where. */
#ifndef CORE_LAST_WORDS_H
#define CORE_LAST_WORDS_H

/**
 * last_words() - say why the machine is about to be reset, and where each CPU was
 * @reason: a line without its end
 *
 * Goes to the debug port first, which needs no lock, then to the log. Of this CPU it
 * tells the guest's RIP, CS, RSP, CR2, CR3, CR4, the last exit, the event whose delivery
 * that exit interrupted, and the number of the last VM call; of each other CPU the RIP that
 * is known of it (backend_last_rip()).
 *
 * A CPU that comes here a second time, by a fault in this very code, says nothing.
 *
 * Context: root mode, any; interrupts and GIF as they are. Bounded by the number of CPUs.
 */
void last_words(const char *reason);

#endif /* CORE_LAST_WORDS_H */
