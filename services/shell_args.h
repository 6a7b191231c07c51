/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a command's line. Whatever is wrong with them, the functions here say so
 * in one line, "COMMAND: what is wrong: WORD", and mark the command as failed.
 */
#ifndef SERVICES_SHELL_ARGS_H
#define SERVICES_SHELL_ARGS_H

#include "services/shell.h"

/**
 * shell_number() - take a word for a number
 * @text: decimal digits, or 0x and hexadecimal ones; then K, M or G if it is to be
 *	multiplied by 2^10, 2^20 or 2^30
 * @value: the number
 * Return: whether it is one of at most 64 bits; if not, the shell has said so.
 */
bool shell_number(struct shell *shell, const char *text, u64 *value);

/**
 * shell_option() - take "KEY=VALUE" from the words, wherever it stands
 * @key: the key
 * Return: the value, a text; NULL if no word begins with the key and "=".
 */
const char *shell_option(struct shell *shell, const char *key);

/**
 * shell_positional() - when all options have been taken: what is left
 * @min: words there must be
 * @max: words there may be
 * Return: whether there are that many and none is an option; if not, the shell has
 * said so.
 */
bool shell_positional(struct shell *shell, u32 min, u32 max);

/**
 * shell_cpu() - take a word for the number of a CPU that has a block
 * @cpu: the CPU
 * Return: whether it is; if not, the shell has said so.
 */
bool shell_cpu(struct shell *shell, const char *text, struct cpu **cpu);

/**
 * shell_cpu_option() - take "cpu=N" from the words, wherever it stands
 * @cpu: the CPU, or NULL if there is no such word
 * Return: whether a CPU that is named has a block; if not, the shell has said so.
 */
bool shell_cpu_option(struct shell *shell, struct cpu **cpu);

/**
 * shell_same() - compare texts without regard to capitals
 */
bool shell_same(const char *a, const char *b);

#endif /* SERVICES_SHELL_ARGS_H */
