// SPDX-License-Identifier: GPL-2.0-only
/*
 * channel - run the test programs and report on a channel of its own
 *
 *   channel [-s] NONCE SECONDS PROGRAM... [-- ARGUMENT...]
 *
 * Runs each PROGRAM (a path) with the ARGUMENTs, one after the other and each
 * for at most SECONDS, and writes what happens, one line each:
 *
 *   @hello NONCE RELEASE	first line
 *   @kvm ok | ERROR		can /dev/kvm be opened
 *   @boot TEXT			the kernel log up to here
 *   @nolog ERROR		the kernel log cannot be read
 *   @start NAME		a program starts
 *   NAME|TEXT			a line of its stdout
 *   NAME!TEXT			a line of its stderr
 *   @kernel TEXT		a line of the kernel log since then
 *   @exit NAME HOW N MS	it ended: HOW is exit, signal or timeout, N the
 *				status, the signal, or SECONDS
 *   @end NONCE LINES		last line; LINES were written before it
 *
 * What a program prints always carries its name, so that it cannot be taken
 * for a line of this program.
 *
 * Without -s the lines go to stdout. With -s, as the last thing of a guest's
 * init, they go to QEMU's own stdout by semihosting from user space, which
 * needs no device and no driver, and which neither the console nor the kernel
 * log can reach; QEMU is told to exit after the last line. Where semihosting
 * is off, the first line ends this program with SIGILL.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN	8000

struct lines {			/* a stream that is cut into lines */
	int fd;
	char mark;		/* '|' or '!' */
	size_t len;
	char buf[LINE_MAX_LEN];
};

static bool semihosting;
static pid_t running;		/* the program that runs, or 0 */
static unsigned long lines_sent;
static char out[65536];
static size_t out_len;

#ifdef __aarch64__
#define SYS_OPEN		0x01
#define SYS_WRITE		0x05
#define SYS_EXIT_EXTENDED	0x20
#define APPLICATION_EXIT	0x20026

static long semihost(long op, const void *args)
{
	register long x0 asm("x0") = op;
	register const void *x1 asm("x1") = args;

	asm volatile(".inst 0xd45e0000" /* hlt #0xf000 */
		     : "+r"(x0) : "r"(x1) : "memory");
	return x0;
}

static void semihost_write(const char *buf, size_t len)
{
	static long fd = -1;
	long open_args[3] = { (long)":tt", 4 /* write: stdout */, 3 };
	long args[3];
	long left;

	if (fd < 0)
		fd = semihost(SYS_OPEN, open_args);
	while (len) {
		args[0] = fd;
		args[1] = (long)buf;
		args[2] = len;
		left = semihost(SYS_WRITE, args);
		if (fd < 0 || left < 0 || (size_t)left >= len)
			_exit(2);
		buf += len - left;
		len = left;
	}
}

static void semihost_exit(void)
{
	long args[2] = { APPLICATION_EXIT, 0 };

	semihost(SYS_EXIT_EXTENDED, args);
}
#else
static void semihost_write(const char *buf, size_t len)
{
	(void)buf;
	(void)len;
	_exit(2);
}

static void semihost_exit(void)
{
}
#endif

static void flush(void)
{
	size_t done = 0;
	ssize_t n;

	if (semihosting) {
		if (out_len)
			semihost_write(out, out_len);
		done = out_len;
	}
	while (done < out_len) {
		n = write(STDOUT_FILENO, out + done, out_len - done);
		if (n < 0 && errno != EINTR)
			_exit(2);
		if (n > 0)
			done += n;
	}
	out_len = 0;
}

/* Send one line: the prefix, then len bytes of text with no newline in it. */
static void send(const char *prefix, const char *text, size_t len)
{
	size_t prefix_len = strlen(prefix);

	if (out_len + prefix_len + len + 1 > sizeof(out))
		flush();
	memcpy(out + out_len, prefix, prefix_len);
	memcpy(out + out_len + prefix_len, text, len);
	out_len += prefix_len + len;
	out[out_len++] = '\n';
	lines_sent++;
}

static void report(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	send("@", text, strlen(text));
}

static long ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

/* Forward the new records of the kernel log: "priority,number,...;text\n". */
static void forward_log(int log, const char *what)
{
	char record[LINE_MAX_LEN];
	char *text, *end;
	ssize_t n;

	while (log >= 0) {
		n = read(log, record, sizeof(record) - 1);
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;	/* EPIPE: older records were lost */
		if (n <= 0)
			return;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text)
			continue;
		end = strchr(++text, '\n');
		send(what, text, end ? (size_t)(end - text) : strlen(text));
	}
}

static void send_line(const struct lines *s, const char *name, size_t len)
{
	char prefix[300];

	snprintf(prefix, sizeof(prefix), "%s%c", name, s->mark);
	send(prefix, s->buf, len);
}

/* Read once; send whole lines. At the end close, and send what is left. */
static void forward_output(struct lines *s, const char *name)
{
	char *newline;
	size_t len;
	ssize_t n;

	n = read(s->fd, s->buf + s->len, sizeof(s->buf) - s->len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (s->len)
			send_line(s, name, s->len);
		close(s->fd);
		s->fd = -1;
		return;
	}
	s->len += n;
	while ((newline = memchr(s->buf, '\n', s->len))) {
		len = newline - s->buf;
		send_line(s, name, len);
		s->len -= len + 1;
		memmove(s->buf, newline + 1, s->len);
	}
	if (s->len == sizeof(s->buf)) {
		send_line(s, name, s->len);
		s->len = 0;
	}
}

/* Who ends us ends the program, and what it started, as well. */
static void on_sigterm(int sig)
{
	if (running > 0)
		kill(-running, SIGKILL);
	_exit(128 + sig);
}

/* Start the program in a process group of its own; it dies with us. */
static pid_t start(char **argv, struct lines *streams)
{
	int pipes[2][2];
	pid_t pid;
	int i;

	for (i = 0; i < 2; i++) {
		if (pipe(pipes[i]))
			_exit(2);
		streams[i].fd = pipes[i][0];
		streams[i].len = 0;
		fcntl(pipes[i][0], F_SETFL, O_NONBLOCK);
		fcntl(pipes[i][0], F_SETFD, FD_CLOEXEC);
	}
	streams[0].mark = '|';
	streams[1].mark = '!';
	pid = fork();
	if (pid < 0)
		_exit(2);
	if (!pid) {
		setpgid(0, 0);
		signal(SIGTERM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(pipes[0][1], STDOUT_FILENO);
		dup2(pipes[1][1], STDERR_FILENO);
		close(pipes[0][1]);
		close(pipes[1][1]);
		execv(argv[0], argv);
		dprintf(STDERR_FILENO, "cannot execute %s: %s\n",
			argv[0], strerror(errno));
		_exit(127);
	}
	setpgid(pid, pid);
	running = pid;
	close(pipes[0][1]);
	close(pipes[1][1]);
	return pid;
}

static void run(char **argv, int seconds, int log)
{
	static struct lines streams[2];
	struct timespec begin;
	char path[4096];
	bool timeout = false;
	const char *name;
	int status, i;
	pid_t pid;
	long left;

	snprintf(path, sizeof(path), "%s", argv[0]);
	name = basename(path);
	report("start %s", name);
	flush();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	pid = start(argv, streams);
	/* All output has come when both pipes are closed. */
	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		struct pollfd fds[3] = {
			{ .fd = streams[0].fd, .events = POLLIN },
			{ .fd = streams[1].fd, .events = POLLIN },
			{ .fd = log, .events = POLLIN },
		};

		left = seconds * 1000L - ms_since(&begin);
		if (left <= 0) {
			timeout = true;
			break;
		}
		poll(fds, 3, left);
		if (fds[2].revents)
			forward_log(log, "@kernel ");
		for (i = 0; i < 2; i++)
			if (fds[i].revents)
				forward_output(&streams[i], name);
		flush();
	}
	while (!timeout && !waitpid(pid, &status, WNOHANG)) {
		/* It closed its output, and lives on: give it its time. */
		poll(NULL, 0, 1);
		timeout = ms_since(&begin) >= seconds * 1000L;
	}
	kill(-pid, SIGKILL);
	running = 0;
	if (timeout)
		waitpid(pid, &status, 0);
	for (i = 0; i < 2; i++)
		while (streams[i].fd >= 0)
			forward_output(&streams[i], name);
	forward_log(log, "@kernel ");
	if (timeout)
		report("exit %s timeout %d %ld", name, seconds, ms_since(&begin));
	else if (WIFSIGNALED(status))
		report("exit %s signal %d %ld", name, WTERMSIG(status),
		       ms_since(&begin));
	else
		report("exit %s exit %d %ld", name, WEXITSTATUS(status),
		       ms_since(&begin));
	flush();
}

/* Returns the number of strings before "--" or the end. */
static int count_programs(char **argv)
{
	int n = 0;

	while (argv[n] && strcmp(argv[n], "--"))
		n++;
	return n;
}

int main(int argc, char **argv)
{
	char *program_argv[argc + 1];
	int programs, i, kvm, log;
	struct utsname uts;

	argv++;
	if (*argv && !strcmp(*argv, "-s")) {
		semihosting = true;
		argv++;
	}
	if (!argv[0] || !argv[1] || !argv[2]) {
		fprintf(stderr,
			"usage: channel [-s] NONCE SECONDS PROGRAM... [-- ARGUMENT...]\n");
		return 2;
	}
	signal(SIGTERM, on_sigterm);
	/* What a program said is out before it can bring the kernel down. */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK,
			   &(struct sched_param){ .sched_priority = 1 });
	uname(&uts);
	report("hello %s %s", argv[0], uts.release);
	flush();
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	report("kvm %s", kvm < 0 ? strerror(errno) : "ok");
	close(kvm);
	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log < 0)
		report("nolog %s", strerror(errno));
	forward_log(log, "@boot ");

	programs = count_programs(argv + 2);
	memset(program_argv, 0, sizeof(program_argv));
	for (i = 2 + programs + !!argv[2 + programs]; argv[i]; i++)
		program_argv[i - 1 - programs - 1] = argv[i];
	for (i = 0; i < programs; i++) {
		program_argv[0] = argv[2 + i];
		run(program_argv, atoi(argv[1]), log);
	}
	forward_log(log, "@kernel ");
	report("end %s %lu", argv[0], lines_sent);
	flush();
	if (semihosting)
		semihost_exit();
	return 0;
}
