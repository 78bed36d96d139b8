// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases, their comparisons and their results, printed as KTAP through
 * kselftest.h.
 *
 * The cases run in a child process. When the child dies (an assertion of the
 * selftest library, a signal, a case that never ends), its parent reports the
 * case that was running as failed and has another child go on after it: the
 * plan is always fulfilled.
 *
 * A SKIP or XFAIL line is bare and its reason stands on the line before:
 * kselftest's readers take what follows "# SKIP" for a part of the name.
 */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "nisv.h"

/* A case takes milliseconds; one that takes this long never ends. */
#define CASE_SECONDS	60

#define MAX_FIELDS	24
#define MAX_NOTES	4
#define NAME_SIZE	64

struct field {
	char name[NAME_SIZE];
	u64 want;
	u64 got;
	void (*show)(char *buf, size_t size, u64 val);
	const char *rule;
	const struct nisv_deviation *deviation;
	bool stale;
};

struct nisv_check {
	const struct nisv_form *form;
	struct field field[MAX_FIELDS];
	unsigned int nr_fields;
	unsigned int nr_left_out;
	char note[MAX_NOTES][256];
	unsigned int nr_notes;
	bool failed;
	const struct nisv_deviation *deviation;
	bool skipped;
	char skip[256];
};

struct test_case {
	nisv_case_fn *fn;
	const void *arg;
	char name[NAME_SIZE];
};

/* What parent and child both see. */
struct progress {
	unsigned int running;	/* index of the case that runs, or ran last */
	bool done;		/* its result is printed */
	struct ksft_count count;
};

static struct test_case *cases;
static unsigned int nr_cases;

void nisv_case(nisv_case_fn *fn, const void *arg, const char *fmt, ...)
{
	struct test_case *c;
	va_list ap;

	cases = realloc(cases, (nr_cases + 1) * sizeof(*cases));
	if (!cases)
		ksft_exit_fail_msg("no memory\n");
	c = &cases[nr_cases++];
	c->fn = fn;
	c->arg = arg;
	va_start(ap, fmt);
	vsnprintf(c->name, sizeof(c->name), fmt, ap);
	va_end(ap);
}

void nisv_check_form(struct nisv_check *c, const struct nisv_form *form)
{
	c->form = form;
}

static struct field *add_field(struct nisv_check *c, bool differs)
{
	if (c->nr_fields < MAX_FIELDS)
		return &c->field[c->nr_fields++];
	c->nr_left_out += differs;
	return NULL;
}

bool nisv_eq(struct nisv_check *c, const char *field, u64 want, u64 got,
	     void (*show)(char *buf, size_t size, u64 val), const char *rule)
{
	const struct nisv_deviation *d = nisv_deviation(c->form, field);
	bool known = d && got != want &&
		     got == d->predicts(c->form, want, got);
	bool stale = d && got == want;
	struct field *f = add_field(c, got != want);

	if (f) {
		snprintf(f->name, sizeof(f->name), "%s", field);
		f->want = want;
		f->got = got;
		f->show = show;
		f->rule = rule;
		f->deviation = d;
		f->stale = stale;
	}
	if (known)
		c->deviation = d;
	else if (got != want || stale)
		c->failed = true;
	return got == want;
}

void nisv_fail(struct nisv_check *c, const char *fmt, ...)
{
	va_list ap;

	c->failed = true;
	if (c->nr_notes == MAX_NOTES)
		return;
	va_start(ap, fmt);
	vsnprintf(c->note[c->nr_notes++], sizeof(c->note[0]), fmt, ap);
	va_end(ap);
}

void nisv_skip(struct nisv_check *c, const char *requires, const char *found)
{
	c->skipped = true;
	snprintf(c->skip, sizeof(c->skip), "requires %s; found %s", requires,
		 found);
}

bool nisv_failed(const struct nisv_check *c)
{
	return c->failed;
}

static void print_field(const struct field *f)
{
	char want[80], got[80];

	f->show(want, sizeof(want), f->want);
	f->show(got, sizeof(got), f->got);
	printf("#   %-14s want %-24s got %-24s", f->name, want, got);
	if (f->want != f->got) {
		bool iss = f->show == nisv_show_iss;

		printf("<-- %s", iss ? nisv_iss_difference(f->want, f->got) :
				 "differs");
		if (f->deviation)
			printf(" (known: %s)", f->deviation->id);
	} else if (f->stale) {
		printf("<-- passes now: known deviation %s is gone",
		       f->deviation->id);
	}
	putchar('\n');
}

static void print_failure(const struct nisv_check *c, const char *name)
{
	const char *program = program_invocation_short_name;
	const char *last = NULL;
	unsigned int i;

	if (c->form)
		printf("# %s: %s (%08x), %s\n", name, c->form->text,
		       c->form->insn, nisv_classes[c->form->class].title);
	else
		printf("# %s:\n", name);
	for (i = 0; i < c->nr_fields; i++)
		print_field(&c->field[i]);
	if (c->nr_left_out)
		printf("#   and %u more that differ\n", c->nr_left_out);
	for (i = 0; i < c->nr_notes; i++)
		printf("#   %s\n", c->note[i]);
	for (i = 0; i < c->nr_fields; i++) {
		const struct field *f = &c->field[i];

		if (f->want == f->got || f->rule == last)
			continue;
		last = f->rule;
		printf("#   %-14s %s\n", "because", f->rule);
	}
	printf("#   %-14s ./run_tests.sh %s:%s\n", "rerun", program, name);
}

static void print_result(const struct nisv_check *c, const char *name)
{
	if (c->failed) {
		print_failure(c, name);
		ksft_test_result_fail("%s\n", name);
	} else if (c->skipped) {
		ksft_inc_xskip_cnt();
		printf("# SKIP %s: %s\n", name, c->skip);
		printf("ok %u %s # SKIP\n", ksft_test_num(), name);
	} else if (c->deviation) {
		ksft_inc_xfail_cnt();
		printf("# XFAIL %s: known deviation %s: %s\n", name,
		       c->deviation->id, c->deviation->what);
		printf("ok %u %s # XFAIL\n", ksft_test_num(), name);
	} else {
		ksft_test_result_pass("%s\n", name);
	}
}

static void run_cases(struct progress *p, unsigned int first)
{
	struct nisv_check *c = malloc(sizeof(*c));
	unsigned int i;

	if (!c)
		ksft_exit_fail_msg("no memory\n");
	for (i = first; i < nr_cases; i++) {
		p->running = i;
		p->done = false;
		/* its fields are only read up to nr_fields */
		c->form = NULL;
		c->nr_fields = 0;
		c->nr_left_out = 0;
		c->nr_notes = 0;
		c->failed = false;
		c->skipped = false;
		c->deviation = NULL;
		alarm(CASE_SECONDS);
		cases[i].fn(c, cases[i].arg);
		alarm(0);
		if (!c->nr_fields && !c->skipped && !c->failed)
			nisv_fail(c, "the case compared nothing");
		print_result(c, cases[i].name);
		fflush(stdout);
		p->count = ksft_cnt;
		p->done = true;
	}
}

static void print_death(const struct progress *p, int status)
{
	const char *name = cases[p->running].name;
	struct nisv_check *c = calloc(1, sizeof(*c));

	if (!c)
		ksft_exit_fail_msg("no memory\n");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		nisv_fail(c, "no result within %d seconds", CASE_SECONDS);
	else if (WIFSIGNALED(status))
		nisv_fail(c, "killed by signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else
		nisv_fail(c, "the selftest library gave up with status %d: its message is above",
			  WEXITSTATUS(status));
	print_result(c, name);
	free(c);
}

static int run_all(void)
{
	struct progress *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int first = 0;

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	while (first < nr_cases) {
		int status;
		pid_t pid;

		p->running = first;
		p->done = false;
		p->count = ksft_cnt;
		fflush(NULL);
		pid = fork();
		if (pid < 0)
			ksft_exit_fail_msg("fork: %s\n", strerror(errno));
		if (!pid) {
			run_cases(p, first);
			exit(0);
		}
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		ksft_cnt = p->count;
		first = p->running + 1;
		if (!p->done)
			print_death(p, status);
		else if (status)
			ksft_exit_fail_msg("the last case ended, but its process did not: status 0x%x\n",
					   status);
	}
	return 0;
}

static bool matches(const char *program, const char *name, char **patterns)
{
	char full[2 * NAME_SIZE];

	snprintf(full, sizeof(full), "%s:%s", program, name);
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, full, 0) ||
		    !fnmatch(*patterns, program, 0) ||
		    !fnmatch(*patterns, name, 0))
			return true;
	return false;
}

static void select_cases(const char *program, char **patterns)
{
	unsigned int i, n = 0;

	if (!*patterns)
		return;
	for (i = 0; i < nr_cases; i++)
		if (matches(program, cases[i].name, patterns))
			cases[n++] = cases[i];
	nr_cases = n;
}

int nisv_harness(int argc, char **argv)
{
	const char *program = program_invocation_short_name;
	bool list = argc > 1 && !strcmp(argv[1], "-l");
	unsigned int i;

	if (argc > 1 && argv[1][0] == '-' && !list) {
		fprintf(stderr, "usage: %s [-l] [PATTERN...]\n", program);
		return 2;
	}
	select_cases(program, argv + 1 + list);

	if (list) {
		for (i = 0; i < nr_cases; i++)
			printf("%s:%s\n", program, cases[i].name);
		return 0;
	}

	ksft_print_header();
	if (!nr_cases) {
		printf("1..0 # SKIP no case matches\n");
		return KSFT_SKIP;
	}
	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("1..0 # SKIP requires /dev/kvm; found: %s\n",
		       strerror(errno));
		return KSFT_SKIP;
	}
	ksft_set_plan(nr_cases);
	run_all();
	ksft_print_cnts();
	if (ksft_cnt.ksft_pass + ksft_cnt.ksft_xfail + ksft_cnt.ksft_xskip !=
	    nr_cases)
		return KSFT_FAIL;
	return ksft_cnt.ksft_xskip == nr_cases ? KSFT_SKIP : KSFT_PASS;
}
