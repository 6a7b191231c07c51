/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* There is one session for the machine: clients take turns. */
#ifndef DBGSH_TURN_H
#define DBGSH_TURN_H

/**
 * take_turn() - have the shell to ourselves
 * @no_wait: end the program if another client has it; else wait
 *
 * Until the process ends, and however it ends. Its children don't inherit it.
 */
void take_turn(int no_wait);

#endif /* DBGSH_TURN_H */
