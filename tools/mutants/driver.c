// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver - run test programs against one mutant after the other
 *
 *   driver JOBS
 *
 * Each line of the file JOBS is "MUTANT SECONDS SILENCE HOW PROGRAM [ARGUMENT...]":
 * the number of the mutant (0: none), or several with commas; how long the program
 * may take, and for how many milliseconds of that say nothing; "all" to let it run,
 * "first" to end it as soon as one of its cases fails, "else" for the same where the
 * job before it noticed nothing, "left" to let it run with those of its arguments
 * that are no case which failed in an earlier such job; and its command line. Of
 * "left" without an argument these are as they were. Prints of each job, in order:
 *
 *	job NUMBER		it starts; the first one is 0
 *	fail CASE		a case that failed
 *	pass CASE		one that did not, and was not skipped ("all")
 *	skip CASE		one that was ("all")
 *	reached N		a mutant whose place was reached ("all", or several)
 *	kernel TEXT		a line that the kernel logged meanwhile
 *	end HOW N HITS MS SILENCE
 *				it ended: HOW is exit, signal, timeout (or the
 *				kernel holds it), stopped
 *				(at a failure) or skipped ("else", or nothing is
 *				"left"), N the status
 *				or signal, HITS how often the mutant's place was
 *				reached, SILENCE the longest in milliseconds
 *
 * It ends early, and says nothing of the jobs that are left, when the kernel does
 * not let go of a killed program: what that does later would be another mutant's.
 *
 * Knows of the programs that they print "ok N CASE" and "not ok N CASE".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <search.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A test of the driver has others. */
#ifndef PARAMETERS
#define PARAMETERS	"/sys/module/kvm/parameters/"
#define DEBUGFS		"/sys/kernel/debug"
#define MUTANTS		DEBUGFS "/kvm_mutants"
#define KMSG		"/dev/kmsg"
#endif

#define CLEAR_WARN_ONCE	DEBUGFS "/clear_warn_once"
#define MAX_ARGUMENTS	16384
#define MAX_JOB		0x100000

/* Milliseconds in which a killed program is gone, unless the kernel holds it. */
#define DEATH		5000

/*
 * Time counts in so many milliseconds at the most between two looks at the program:
 * that the guest stood still for longer is not its doing.
 */
#define TICK		100

/* Output is line by line; a longer line is no result. */
#define MAX_LINE	4096

struct job {
	const char *mutant;
	int seconds;
	int silence;		/* milliseconds */
	bool first;		/* "first" or "else" */
	bool otherwise;		/* "else" */
	bool left;		/* "left" */
	char *argv[MAX_ARGUMENTS + 1];
};

static int kmsg;

static void die(const char *what)
{
	printf("error %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set_parameter(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, val, strlen(val)) < 0)
		die(path);
	close(fd);
}

static unsigned long hits(void)
{
	char text[32] = "";
	int fd = open(PARAMETERS "mutant_hits", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die(PARAMETERS "mutant_hits");
	close(fd);
	return strtoul(text, NULL, 10);
}

static void print_reached(void)
{
	unsigned char reached[4096];
	int fd = open(MUTANTS, O_RDONLY | O_CLOEXEC);
	ssize_t n, i;

	n = fd < 0 ? -1 : read(fd, reached, sizeof(reached));
	if (n < 0)
		die(MUTANTS);
	close(fd);
	for (i = 0; i < n; i++)
		if (reached[i])
			printf("reached %zd\n", i);
}

static long ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

/*
 * The new records of the kernel log: "priority,number,...;text\n". Returns whether
 * it reports trouble, as far as that is beyond doubt: the host knows more kinds.
 */
static bool print_kernel_log(bool show)
{
	char record[8192], *text;
	bool trouble = false;
	ssize_t n;

	while ((n = read(kmsg, record, sizeof(record) - 1)) > 0 ||
	       errno == EPIPE) {
		if (n <= 0)
			continue;
		record[n] = '\0';
		text = strchr(record, ';');
		if (show && text)
			printf("kernel %.*s\n", (int)strcspn(text + 1, "\n"),
			       text + 1);
		trouble |= text && strstr(text, "[ cut here ]");
	}
	return trouble;
}

static bool parse(char *line, struct job *job)
{
	char *word[4];
	int i;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < 4; i++)
		word[i] = strtok(i ? NULL : line, " ");
	for (i = 0; i < MAX_ARGUMENTS; i++) {
		job->argv[i] = strtok(NULL, " ");
		if (!job->argv[i])
			break;
	}
	if (!i || i == MAX_ARGUMENTS)
		return false;
	job->mutant = word[0];
	job->seconds = atoi(word[1]);
	job->silence = atoi(word[2]);
	job->otherwise = !strcmp(word[3], "else");
	job->first = job->otherwise || !strcmp(word[3], "first");
	job->left = !strcmp(word[3], "left");
	return true;
}

static pid_t start(const struct job *job, int *output)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execv(job->argv[0], job->argv);
		_exit(127);
	}
	setpgid(pid, pid);
	close(fds[1]);
	*output = fds[0];
	return pid;
}

/* ---- "left": the cases, by program, that have not failed yet ---- */

static char *left[MAX_ARGUMENTS + 1];
static void *failed;		/* names of one program's cases */
static char failed_of[256];	/* the program's name */

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void keep_failed(const char *name)
{
	char *copy = strdup(name);

	if (!copy || !tsearch(copy, &failed, compare))
		die("a case's name");
}

/* Another program, or other arguments of it: from now on these. */
static void keep_arguments(const struct job *job)
{
	int i;

	if (strcmp(failed_of, job->argv[0])) {
		tdestroy(failed, free);
		failed = NULL;
		snprintf(failed_of, sizeof(failed_of), "%s", job->argv[0]);
	}
	for (i = 0; left[i]; i++)
		free(left[i]);
	for (i = 0; job->argv[i + 1]; i++) {
		left[i] = strdup(job->argv[i + 1]);
		if (!left[i])
			die("an argument");
	}
	left[i] = NULL;
}

/* Returns how many arguments there are. */
static int take_left(struct job *job)
{
	int i, n = 0;

	if (job->argv[1])
		keep_arguments(job);
	else if (strcmp(failed_of, job->argv[0]))
		return 0;
	for (i = 0; left[i]; i++)
		if (!tfind(left[i], &failed, compare))
			job->argv[1 + n++] = left[i];
	job->argv[1 + n] = NULL;
	return n;
}

/* Returns whether the line says that a case failed. */
static bool judge(const struct job *job, const char *line)
{
	char name[MAX_LINE];

	if (sscanf(line, "not ok %*u %s", name) == 1) {
		printf("fail %s\n", name);
		if (job->left)
			keep_failed(name);
		return true;
	}
	if (!job->first && !job->left && sscanf(line, "ok %*u %s", name) == 1)
		printf("%s %s\n", strstr(line, "# SKIP") ? "skip" : "pass", name);
	return false;
}

static void do_nothing(int signo)
{
	(void)signo;
}

/*
 * Ends all processes of a program (that with the VMs is not the first one): what
 * they do to the kernel as they go is still this mutant's. Returns false where the
 * kernel holds one; else @status is the first one's.
 */
static bool end_all(pid_t pid, int *status)
{
	/* again and again, lest it comes before waitpid() */
	struct itimerval limit = {
		.it_value = { .tv_sec = DEATH / 1000 },
		.it_interval = { .tv_usec = 1000 * TICK },
	};
	const struct itimerval none = { 0 };
	pid_t got;
	int one, err;

	kill(-pid, SIGKILL);
	setitimer(ITIMER_REAL, &limit, NULL);
	while ((got = waitpid(-pid, &one, 0)) > 0) {
		if (got == pid)
			*status = one;
	}
	err = errno;
	setitimer(ITIMER_REAL, &none, NULL);
	return err == ECHILD;
}

/*
 * Reads a program's lines up to their end or a reason to end it: returns "exit",
 * "stopped" or "timeout".
 */
static const char *listen(const struct job *job, int output, long *longest)
{
	struct pollfd fd = { .fd = output, .events = POLLIN };
	struct timespec said, turn;
	long silent = 0, all = 0;	/* milliseconds that count */
	char line[MAX_LINE];
	size_t len = 0;

	clock_gettime(CLOCK_MONOTONIC, &said);
	turn = said;
	while (silent < job->silence && all < job->seconds * 1000L) {
		long silence, passed;
		ssize_t got;
		char *end;
		int ready;

		ready = poll(&fd, 1, TICK);
		silence = ms_since(&said);
		*longest = silence > *longest ? silence : *longest;
		passed = ms_since(&turn);
		if (passed) {
			clock_gettime(CLOCK_MONOTONIC, &turn);
			all += passed < TICK ? passed : TICK;
		}
		silent = ready ? 0 : silent + TICK;
		if (!ready)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &said);
		got = read(output, line + len, sizeof(line) - 1 - len);
		if (got <= 0)
			return "exit";
		len += got;
		line[len] = '\0';
		while ((end = strchr(line, '\n'))) {
			*end = '\0';
			if (judge(job, line) && job->first)
				return "stopped";
			len -= end + 1 - line;
			memmove(line, end + 1, len + 1);
		}
		if (len == sizeof(line) - 1)
			len = 0;
	}
	return "timeout";
}

/* Returns false when the kernel holds the program; @noticed: whether it noticed. */
static bool run(const struct job *job, bool *noticed)
{
	struct timespec begin;
	const char *how;
	long longest = 0;
	int status = SIGKILL, output, n;
	bool ended, trouble;
	pid_t pid;

	/* a warning that comes once only comes once for each mutant */
	if (!access(CLEAR_WARN_ONCE, W_OK))
		set_parameter(CLEAR_WARN_ONCE, "1");
	set_parameter(PARAMETERS "mutant_hits", "0");
	set_parameter(PARAMETERS "mutant", job->mutant);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	pid = start(job, &output);
	how = listen(job, output, &longest);
	close(output);
	/* a program that has closed its output ends by itself */
	if (!strcmp(how, "exit"))
		waitpid(pid, &status, 0);
	ended = end_all(pid, &status);
	n = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
	if (WIFSIGNALED(status) && !strcmp(how, "exit"))
		how = "signal";
	if (!ended)
		how = "timeout";
	trouble = print_kernel_log(true);
	if ((!job->first && !job->left) || strchr(job->mutant, ','))
		print_reached();
	printf("end %s %d %lu %ld %ld\n", how, n, hits(), ms_since(&begin),
	       longest);
	set_parameter(PARAMETERS "mutant", "0");
	/* 4 is a skip */
	*noticed = strcmp(how, "exit") || (n && n != 4) || trouble;
	return ended;
}

int main(int argc, char **argv)
{
	static char line[MAX_JOB];
	static struct job job;
	struct sigaction action = { .sa_handler = do_nothing };
	bool noticed = false;
	int number = 0;
	FILE *jobs;

	jobs = argc == 2 ? fopen(argv[1], "re") : NULL;
	kmsg = open(KMSG, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (!jobs || kmsg < 0)
		die("usage: driver JOBS, and " KMSG);
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	print_kernel_log(false);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigaction(SIGALRM, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), jobs)) {
		if (!parse(line, &job)) {
			errno = EINVAL;
			die("a job");
		}
		printf("job %d\n", number++);
		if ((job.otherwise && noticed) || (job.left && !take_left(&job)))
			puts("end skipped 0 0 0 0");
		else if (!run(&job, &noticed))
			break;
	}
	return 0;
}
