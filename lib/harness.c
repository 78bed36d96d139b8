// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases, their comparisons and their results, printed as KTAP through
 * kselftest.h.
 *
 * The cases run in a child process, which prints results some at a time: a
 * write for each would take longer than the case. When the child dies (an
 * assertion of the selftest library, a signal, a case that never ends), another
 * runs what has no result yet and prints each at once; when that one dies as
 * well, the parent reports the case that was running as failed and has a third
 * go on after it. The plan is always fulfilled.
 *
 * A SKIP or XFAIL line is bare and its reason stands on the line before:
 * kselftest's readers take what follows "# SKIP" for a part of the name.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "nisv.h"
#include "nisv_log.h"

/* A case takes milliseconds; one that takes this long never ends. */
#ifndef CASE_SECONDS
#define CASE_SECONDS	20
#endif

/* When so many in a row never end, the others would not either. */
#define MAX_HANGS	3

/* How long results may wait to be printed, and how many. */
#define FLUSH_NS	50000000
#define FLUSH_CASES	128

/* Groups of cases of which a part takes the same one: select_part(). */
#define SAME_PART	32

/* They must fit: a result that is out before the parent knows comes twice. */
#define STDOUT_SIZE	0x10000

#define MAX_FIELDS	24
#define MAX_NOTES	4
#define NAME_SIZE	64
#define EXPLANATION_SIZE	1024

struct field {
	const char *step;	/* "again: " */
	const char *name;
	int index;		/* for a name like "x%d" */
	u64 want;
	u64 got;
	void (*show)(char *buf, size_t size, u64 val);
	const char *rule;
	const struct nisv_deviation_info *deviation;
};

struct nisv_check {
	const struct nisv_form *form;
	unsigned int cpu;
	const char *step;
	unsigned int nr_compared;
	struct field field[MAX_FIELDS];
	unsigned int nr_fields;
	unsigned int nr_left_out;
	char note[MAX_NOTES][256];
	unsigned int nr_notes;
	char diagnosis[EXPLANATION_SIZE];
	bool failed;
	const struct nisv_deviation_info *deviation;
	bool may_log;
	bool skipped;
	char skip[256];
};

struct test_case {
	void (*fn)(struct nisv_check *c, const void *arg);
	const void *arg;
	char name[NAME_SIZE];
};

/* What parent and child both see. */
struct progress {
	unsigned int next;	/* the first case without a printed result */
	struct ksft_count count;
	bool careful;		/* print each result at once */
};

static struct test_case *cases;
static unsigned int nr_cases;
static unsigned int running;	/* the case that runs, */
static bool alone;		/* and no other one's trials */
static unsigned int repeat = 1;

unsigned int nisv_repeat(void)
{
	return repeat;
}

void nisv_case(void (*fn)(struct nisv_check *c, const void *arg),
	       const void *arg, const char *fmt, ...)
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

const void *nisv_case_ahead(void (*fn)(struct nisv_check *c, const void *arg),
			    unsigned int n)
{
	if (running + n >= nr_cases || cases[running + n].fn != fn || (n && alone))
		return NULL;
	return cases[running + n].arg;
}

void nisv_check_form(struct nisv_check *c, const struct nisv_form *form,
		     unsigned int cpu)
{
	c->form = form;
	c->cpu = cpu;
	c->step = "";
	if (!c->failed)
		c->nr_fields = 0;
}

void nisv_check_goes_on(void)
{
	alarm(CASE_SECONDS);
}

void nisv_check_step(struct nisv_check *c, const char *step)
{
	c->step = step;
}

/* A place for one more; what differs takes that of what does not. */
static struct field *add_field(struct nisv_check *c, bool differs)
{
	unsigned int i;

	if (c->nr_fields < MAX_FIELDS)
		return &c->field[c->nr_fields++];
	for (i = 0; differs && i < MAX_FIELDS; i++)
		if (c->field[i].want == c->field[i].got)
			return &c->field[i];
	c->nr_left_out += differs;
	return NULL;
}

static bool compare(struct nisv_check *c, const char *name, int index,
		    u64 want, u64 got,
		    void (*show)(char *buf, size_t size, u64 val),
		    const char *rule)
{
	struct nisv_deviates d = { NULL, 0 };
	bool known = nisv_deviation(c->form, name, want, &d);
	struct field *f = add_field(c, got != want);

	if (f) {
		f->step = c->step;
		f->name = name;
		f->index = index;
		f->want = want;
		f->got = got;
		f->show = show;
		f->rule = rule;
		f->deviation = known ? d.row : NULL;
	}
	c->nr_compared++;
	if (known && got == d.predicted)
		c->deviation = d.row;
	else if (known || got != want)
		c->failed = true;
	return got == want;
}

bool nisv_eq(struct nisv_check *c, const char *field, u64 want, u64 got,
	     void (*show)(char *buf, size_t size, u64 val), const char *rule)
{
	return compare(c, field, 0, want, got, show, rule);
}

bool nisv_eq_many(struct nisv_check *c, const char *fmt, int index, u64 want,
		  u64 got, const char *rule)
{
	if (want == got)
		return true;
	return compare(c, fmt, index, want, got, nisv_show_hex, rule);
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

void nisv_explain(struct nisv_check *c, const char *text)
{
	snprintf(c->diagnosis, sizeof(c->diagnosis), "%s", text);
}

void nisv_may_log(struct nisv_check *c)
{
	c->may_log = true;
}

void nisv_skip(struct nisv_check *c, const char *requires, const char *found,
	       ...)
{
	char text[128];
	va_list ap;

	c->skipped = true;
	va_start(ap, found);
	vsnprintf(text, sizeof(text), found, ap);
	va_end(ap);
	snprintf(c->skip, sizeof(c->skip), "requires %s; found %s", requires,
		 text);
}

bool nisv_failed(const struct nisv_check *c)
{
	return c->failed;
}

static void print_field(const struct field *f)
{
	char want[80], got[80], reg[24], name[NAME_SIZE];

	/* a name without %d ignores the index */
	snprintf(reg, sizeof(reg), f->name, f->index);
	snprintf(name, sizeof(name), "%s%s", f->step, reg);
	f->show(want, sizeof(want), f->want);
	f->show(got, sizeof(got), f->got);
	printf("#   %-19s want %-25s got ", name, want);
	if (f->want != f->got) {
		bool iss = f->show == nisv_show_iss;

		printf("%-25s <-- %s", got,
		       iss ? nisv_iss_difference(f->want, f->got) : "differs");
		if (f->deviation)
			printf(" (known: %s)", f->deviation->id);
	} else if (f->deviation) {
		printf("%-25s <-- passes now: known deviation %s is gone", got,
		       f->deviation->id);
	} else {
		printf("%s", got);
	}
	putchar('\n');
}

static void print_lines(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		printf("#   %-19s %.*s\n", "", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void print_failure(const struct nisv_check *c, const char *name)
{
	const char *program = program_invocation_short_name;
	const char *last = NULL;
	unsigned int i;

	if (c->form)
		printf("# %s: %s (%08x), %s, vCPU %u\n", name, c->form->text,
		       c->form->insn, nisv_classes[c->form->class].title,
		       c->cpu);
	else
		printf("# %s:\n", name);
	for (i = 0; i < c->nr_fields; i++)
		print_field(&c->field[i]);
	if (c->nr_left_out)
		printf("#   and %u more that differ\n", c->nr_left_out);
	for (i = 0; i < c->nr_notes; i++)
		printf("#   %s\n", c->note[i]);
	print_lines(c->diagnosis);
	for (i = 0; i < c->nr_fields; i++) {
		const struct field *f = &c->field[i];

		if (f->want == f->got || f->rule == last)
			continue;
		last = f->rule;
		printf("#   %-19s %s\n", "because", f->rule);
	}
	printf("#   %-19s ./run_tests.sh %s:%s\n", "rerun", program, name);
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

/* All results up to @next are out; the parent knows. */
static void flush_results(struct progress *p, unsigned int next)
{
	fflush(stdout);
	p->count = ksft_cnt;
	p->next = next;
}

/* exit() in the library must not print what the parent takes for lost. */
static void drop_results(void)
{
	__fpurge(stdout);
}

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void run_cases(struct progress *p)
{
	/* shared: what a process of a case's own finds is the case's */
	struct nisv_check *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	u64 flushed = now_ns();
	int log = nisv_log_open();
	char line[200];
	unsigned int i;

	if (c == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	atexit(drop_results);
	alarm(CASE_SECONDS);
	for (i = p->next; i < nr_cases; i++) {
		/* its fields are only read up to nr_fields */
		c->form = NULL;
		c->step = "";
		c->nr_compared = 0;
		c->nr_fields = 0;
		c->nr_left_out = 0;
		c->nr_notes = 0;
		c->diagnosis[0] = 0;
		c->failed = false;
		c->skipped = false;
		c->may_log = false;
		c->deviation = NULL;
		running = i;
		alone = p->careful;
		cases[i].fn(c, cases[i].arg);
		if (!c->nr_compared && !c->skipped && !c->failed)
			nisv_fail(c, "the case compared nothing");
		while (nisv_log_line(log, line, sizeof(line)))
			if (!c->may_log && !nisv_deviation_logs(line))
				nisv_fail(c, "the kernel's log: %s", line);
		print_result(c, cases[i].name);
		if (c->failed || p->careful ||
		    i - p->next >= FLUSH_CASES ||
		    now_ns() - flushed > FLUSH_NS) {
			flush_results(p, i + 1);
			flushed = now_ns();
			/* not for each case: to set a timer takes its time */
			alarm(CASE_SECONDS);
		}
	}
	alarm(0);
	flush_results(p, nr_cases);
}

/* Reports a case that gave no result itself. */
static void print_death(unsigned int i, int status, bool given_up)
{
	const char *name = cases[i].name;
	struct nisv_check *c = calloc(1, sizeof(*c));

	if (!c)
		ksft_exit_fail_msg("no memory\n");
	if (given_up)
		nisv_fail(c, "not run: %d cases in a row never ended",
			  MAX_HANGS);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		nisv_fail(c, "no result within %d seconds", CASE_SECONDS);
	else if (WIFSIGNALED(status))
		nisv_fail(c, "killed by signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else
		nisv_fail(c, "the library gave up, its message is above: status %d",
			  WEXITSTATUS(status));
	print_result(c, name);
	free(c);
}

static void run_all(void)
{
	struct progress *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	unsigned int hangs = 0;

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	while (p->next < nr_cases) {
		unsigned int first = p->next;
		int status;
		pid_t pid;

		fflush(NULL);
		pid = fork();
		if (pid < 0)
			ksft_exit_fail_msg("fork: %s\n", strerror(errno));
		if (!pid) {
			run_cases(p);
			exit(0);
		}
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		ksft_cnt = p->count;
		if (p->next == nr_cases && status)
			ksft_exit_fail_msg("the cases ended badly: status 0x%x\n",
					   status);
		if (p->next > first)
			hangs = 0;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
			hangs += p->careful;
		if (p->next < nr_cases && p->careful) {
			print_death(p->next, status, false);
			flush_results(p, p->next + 1);
		}
		p->careful = !p->careful;
		while (hangs == MAX_HANGS && p->next < nr_cases) {
			print_death(p->next, status, true);
			flush_results(p, p->next + 1);
		}
	}
}

static bool is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[\\");
}

/* Names before globs. */
static int compare_patterns(const void *a, const void *b)
{
	const char *one = *(char * const *)a, *other = *(char * const *)b;

	if (is_glob(one) != is_glob(other))
		return is_glob(one) ? 1 : -1;
	return strcmp(one, other);
}

static bool matches(const char *text, char **patterns, unsigned int nr_names)
{
	if (bsearch(&text, patterns, nr_names, sizeof(*patterns),
		    compare_patterns))
		return true;
	for (patterns += nr_names; *patterns; patterns++)
		if (!fnmatch(*patterns, text, 0))
			return true;
	return false;
}

/* Most of a program's cases may be named one by one: no pattern for each case. */
static void select_cases(const char *program, char **patterns,
			 unsigned int nr_patterns)
{
	unsigned int nr_names = 0, i, n = 0;

	if (!nr_patterns)
		return;
	qsort(patterns, nr_patterns, sizeof(*patterns), compare_patterns);
	while (nr_names < nr_patterns && !is_glob(patterns[nr_names]))
		nr_names++;
	for (i = 0; i < nr_cases; i++) {
		char full[2 * NAME_SIZE];

		snprintf(full, sizeof(full), "%s:%s", program, cases[i].name);
		if (matches(full, patterns, nr_names) ||
		    matches(program, patterns, nr_names) ||
		    matches(cases[i].name, patterns, nr_names))
			cases[n++] = cases[i];
	}
	nr_cases = n;
}

/*
 * One of each @parts cases, the @part-th, which counts from 1; and after some time
 * the one behind it: what alternates, on and off, is not the same for one part.
 * tools/ktap.py puts them together again.
 */
static void select_part(unsigned int part, unsigned int parts)
{
	unsigned int group, i, n = 0;

	for (group = 0; group * parts < nr_cases; group++) {
		i = group * parts + (part - 1 + group / SAME_PART) % parts;
		if (i < nr_cases)
			cases[n++] = cases[i];
	}
	nr_cases = n;
}

/* A whole number from 1 to INT_MAX; 0 if @text is none. */
static unsigned int number(const char *text)
{
	unsigned long n;
	char *end;

	n = strtoul(text, &end, 10);
	return isdigit(*text) && !*end && n <= INT_MAX ? n : 0;
}

/* "PART/PARTS": see select_part() */
static bool read_part(char *text, unsigned int *part, unsigned int *parts)
{
	char *slash = strchr(text, '/');

	if (!slash)
		return false;
	*slash = '\0';
	*part = number(text);
	*parts = number(slash + 1);
	return *part && *part <= *parts;
}

int nisv_harness(int argc, char **argv)
{
	const char *program = program_invocation_short_name;
	unsigned int part = 1, parts = 1;
	const char *missing;
	const char *wrong = NULL;
	bool list = false;
	unsigned int i;
	int opt;

	while (!wrong && (opt = getopt(argc, argv, "lr:s:")) != -1) {
		if (opt == 'l') {
			list = true;
		} else if (opt == 'r') {
			repeat = number(optarg);
			wrong = repeat ? NULL : "TIMES is a number from 1";
		} else if (opt == 's') {
			wrong = read_part(optarg, &part, &parts) ? NULL :
				"PART and PARTS are numbers, from 1";
		} else {
			wrong = "no such option, or it lacks its argument";
		}
	}
	if (wrong) {
		fprintf(stderr, "usage: %s [-l] [-r TIMES] [-s PART/PARTS] [PATTERN...]: %s\n",
			program, wrong);
		return 2;
	}
	select_cases(program, argv + optind, argc - optind);
	select_part(part, parts);

	if (list) {
		for (i = 0; i < nr_cases; i++)
			printf("%s:%s\n", program, cases[i].name);
		return 0;
	}

	ksft_print_header();
	/* newer headers have just made it line-buffered */
	setvbuf(stdout, malloc(STDOUT_SIZE), _IOFBF, STDOUT_SIZE);
	if (!nr_cases) {
		printf("1..0 # SKIP no case matches\n");
		return KSFT_SKIP;
	}
	missing = nisv_vm_missing();
	if (missing) {
		printf("1..0 # SKIP requires /dev/kvm; found: %s\n", missing);
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
