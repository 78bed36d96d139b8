// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log (Documentation/ABI/testing/dev-kmsg): a record for each
 * read(), "level,sequence,time,flags;text".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nisv_log.h"

#define RECORD_SIZE	8192	/* longer ones are not read: EINVAL */
#define KERNEL_LEVELS	8	/* facility 0; others are user space's */

int nisv_log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* "kvm [PID]: ...": some other VM's process? */
static bool is_anothers(const char *text)
{
	pid_t pid = 0, session;

	if (!strncmp(text, "kvm [", 5))
		pid = atoi(text + 5);
	session = pid ? getsid(pid) : -1;
	return session > 0 && session != getsid(0);
}

bool nisv_log_line(int fd, char *line, size_t size)
{
	char record[RECORD_SIZE];
	char *text;
	ssize_t n;

	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)	/* some were overwritten */
			continue;
		if (n <= 0)
			return false;
		record[n] = 0;
		text = strchr(record, ';');
		if (!text++ || atoi(record) >= KERNEL_LEVELS ||
		    strncmp(text, "kvm", 3) || is_anothers(text))
			continue;
		text[strcspn(text, "\n")] = 0;
		snprintf(line, size, "%s", text);
		return true;
	}
}
