// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracefs at a place of its own (Documentation/trace/ftrace.rst).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "nisv_signal.h"

static char top[32];

static void unmount(void)
{
	umount(top);
	rmdir(top);
}

const char *nisv_tracefs(const char **why)
{
	static const char *missing;
	static bool is_tried;

	if (!is_tried) {
		is_tried = true;
		snprintf(top, sizeof(top), "/tmp/nisv-trace-XXXXXX");
		if (!mkdtemp(top)) {
			missing = strerror(errno);
		} else if (mount("nodev", top, "tracefs", 0, NULL)) {
			missing = strerror(errno);
			rmdir(top);
		} else {
			atexit(unmount);
		}
	}
	*why = missing;
	return missing ? NULL : top;
}
