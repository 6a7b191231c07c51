// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * vmmcall status: the VMM's report as it is, as JSON, or again and again with rates.
 *
 * The report is lines of words. "cpu N" at a line's beginning says whose the line is;
 * the next word is a group. After it comes one value, or names with values; a word in
 * front of these is the group's state.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmmcall.h"

#define MACHINE		(-1)	/* instead of a CPU's number */
#define MAX_WORDS	64	/* of a line; more are left out */
#define MAX_SECONDS	1e6
#define CLEAR_SCREEN	"\033[H\033[2J"

/* One value of the report. The strings belong to its text. */
struct entry {
	long cpu;
	const char *group;
	const char *name;	/* NULL: the group has only this value */
	const char *value;
};

struct report {
	char *text;
	struct entry *entries;
	size_t nr, room;
	struct timespec when;
};

/* Numbers that don't count anything that happens */
static const char * const gauges[] = { "cpus", "khz", "attached", "ring" };

static volatile sig_atomic_t interrupted;

static void add_entry(struct report *report, long cpu, const char *group,
		      const char *name, const char *value)
{
	if (report->nr == report->room) {
		report->room = 2 * report->room + 64;
		report->entries = realloc(report->entries, report->room *
					  sizeof(*report->entries));
		if (!report->entries)
			fail(STATUS_FAILED, "no memory for the report");
	}
	report->entries[report->nr++] =
		(struct entry){ cpu, group, name, value };
}

static void add_line(struct report *report, char *line)
{
	char *words[MAX_WORDS], *save = NULL;
	long cpu = MACHINE;
	int n = 0, i = 0;

	for (line = strtok_r(line, " ", &save); line && n < MAX_WORDS;
	     line = strtok_r(NULL, " ", &save))
		words[n++] = line;
	if (n >= 3 && !strcmp(words[0], "cpu")) {
		cpu = strtol(words[1], NULL, 10);
		i = 2;
	}
	/* "cpu 0 in" has no group's name of its own. */
	if (n - i == 1)
		add_entry(report, cpu, "state", NULL, words[i]);
	if (n - i == 2)
		add_entry(report, cpu, words[i], NULL, words[i + 1]);
	if (n - i < 3)
		return;
	line = words[i++];
	if ((n - i) % 2)
		add_entry(report, cpu, line, "state", words[i++]);
	for (; i < n; i += 2)
		add_entry(report, cpu, line, words[i], words[i + 1]);
}

static void read_report(struct report *report)
{
	char *line, *save = NULL;

	memset(report, 0, sizeof(*report));
	report->text = read_status();
	clock_gettime(CLOCK_MONOTONIC, &report->when);
	for (line = strtok_r(report->text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		add_line(report, line);
}

static void free_report(struct report *report)
{
	free(report->text);
	free(report->entries);
	memset(report, 0, sizeof(*report));
}

static int is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")] &&
	       (text[0] != '0' || !text[1]);
}

static void print_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_json_member(const char *name, const char *value)
{
	print_json_string(name);
	putchar(':');
	if (is_number(value))
		fputs(value, stdout);
	else
		print_json_string(value);
}

static int is_same_group(const struct entry *a, const struct entry *b)
{
	return a->cpu == b->cpu && !strcmp(a->group, b->group);
}

/* Whether no entry before this one is of its group. */
static int is_first_of_group(const struct report *report, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_same_group(&report->entries[i], &report->entries[n]))
			return 0;
	return 1;
}

/* All names of a group, wherever in the report they are */
static void print_json_group(const struct report *report, size_t first)
{
	const struct entry *entry = &report->entries[first];
	const char *separator = "{";
	size_t i;

	if (!entry->name) {
		print_json_member(entry->group, entry->value);
		return;
	}
	print_json_string(entry->group);
	putchar(':');
	for (i = first; i < report->nr; i++) {
		const struct entry *other = &report->entries[i];

		if (!is_same_group(entry, other) || !other->name)
			continue;
		fputs(separator, stdout);
		print_json_member(other->name, other->value);
		separator = ",";
	}
	putchar('}');
}

/* Each with a comma, those of the machine behind it and those of a CPU before it */
static void print_json_groups(const struct report *report, long cpu)
{
	size_t i;

	for (i = 0; i < report->nr; i++) {
		if (report->entries[i].cpu != cpu || !is_first_of_group(report, i))
			continue;
		if (cpu != MACHINE)
			putchar(',');
		print_json_group(report, i);
		if (cpu == MACHINE)
			putchar(',');
	}
}

static int is_first_of_cpu(const struct report *report, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (report->entries[i].cpu == report->entries[n].cpu)
			return 0;
	return report->entries[n].cpu != MACHINE;
}

/* One object on one line; vmmcall(1) has its members. */
static void print_json(const struct report *report)
{
	const char *separator = "";
	size_t i;

	putchar('{');
	print_json_groups(report, MACHINE);
	fputs("\"cpu\":[", stdout);
	for (i = 0; i < report->nr; i++) {
		if (!is_first_of_cpu(report, i))
			continue;
		printf("%s{\"number\":%ld", separator, report->entries[i].cpu);
		print_json_groups(report, report->entries[i].cpu);
		putchar('}');
		separator = ",";
	}
	fputs("]}\n", stdout);
}

static int is_gauge(const struct entry *entry)
{
	const char *name = entry->name ? entry->name : entry->group;
	size_t i;

	for (i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		if (!strcmp(name, gauges[i]))
			return 1;
	return 0;
}

static int is_same_name(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* The count an entry had before. An exit that is new had none then. */
static uintmax_t count_before(const struct report *before,
			      const struct entry *entry)
{
	size_t i;

	for (i = 0; i < before->nr; i++)
		if (is_same_group(&before->entries[i], entry) &&
		    is_same_name(before->entries[i].name, entry->name))
			return strtoumax(before->entries[i].value, NULL, 10);
	return 0;
}

static void print_rate(const struct report *report, const struct report *before,
		       const struct entry *entry)
{
	uintmax_t now = strtoumax(entry->value, NULL, 10);
	uintmax_t then = count_before(before, entry);
	double seconds = report->when.tv_sec - before->when.tv_sec +
			 (report->when.tv_nsec - before->when.tv_nsec) / 1e9;

	/* Fewer than before: the VMM was loaded anew in between. */
	if (seconds > 0 && now >= then)
		printf(" rate %.1f", (double)(now - then) / seconds);
}

static void print_entries(const struct report *report,
			  const struct report *before)
{
	size_t i;

	for (i = 0; i < report->nr; i++) {
		const struct entry *entry = &report->entries[i];

		if (entry->cpu != MACHINE)
			printf("cpu %ld ", entry->cpu);
		printf("%s", entry->group);
		if (entry->name)
			printf(" %s", entry->name);
		printf(" %s", entry->value);
		if (before->nr && is_number(entry->value) && !is_gauge(entry))
			print_rate(report, before, entry);
		putchar('\n');
	}
	putchar('\n');
}

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void wait_for(double seconds)
{
	struct timespec time;

	time.tv_sec = (time_t)seconds;
	time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
	nanosleep(&time, NULL);
}

/* Until Ctrl-C. A terminal is cleared each time; elsewhere, block follows block. */
static void watch(double seconds, int json)
{
	struct sigaction action = { .sa_handler = on_interrupt,
				    .sa_flags = SA_RESTART };
	struct report before = { 0 }, report;

	sigaction(SIGINT, &action, NULL);
	while (!interrupted) {
		read_report(&report);
		if (json) {
			print_json(&report);
		} else {
			if (isatty(STDOUT_FILENO))
				fputs(CLEAR_SCREEN, stdout);
			print_entries(&report, &before);
		}
		flush_output();
		free_report(&before);
		before = report;
		if (!interrupted)
			wait_for(seconds);
	}
	free_report(&before);
}

static double parse_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	/* In this form, not-a-number is refused as well. */
	if (end == text || *end || !(seconds >= 0.01 && seconds <= MAX_SECONDS))
		fail(STATUS_USAGE, "%s: not a number of seconds", text);
	return seconds;
}

static void print_once(int json)
{
	struct report report;
	char *text;

	if (json) {
		read_report(&report);
		print_json(&report);
		free_report(&report);
	} else {
		text = read_status();
		fputs(text, stdout);
		free(text);
	}
}

int do_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", optional_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	double seconds = 0;
	int option, json = 0;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'j':
			json = 1;
			break;
		case 'w':
			seconds = optarg ? parse_seconds(optarg) : 1;
			break;
		default:
			usage_error();
		}
	if (optind < argc)
		usage_error();
	if (seconds > 0)
		watch(seconds, json);
	else
		print_once(json);
	return STATUS_OK;
}
