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
static bool is_mounted;

static void unmount(void)
{
	umount(top);
	rmdir(top);
}

const char *nisv_tracefs(struct nisv_check *c)
{
	if (is_mounted)
		return top;
	if (geteuid()) {
		nisv_skip(c, "root, who may trace", "user %u", geteuid());
		return NULL;
	}
	snprintf(top, sizeof(top), "/tmp/nisv-trace-XXXXXX");
	if (!mkdtemp(top)) {
		nisv_fail(c, "%s: %s", top, strerror(errno));
		return NULL;
	}
	if (mount("nodev", top, "tracefs", 0, NULL)) {
		if (errno == ENODEV)
			nisv_skip(c, "tracefs (CONFIG_FTRACE)", "mount: %s",
				  strerror(errno));
		else
			nisv_fail(c, "mount of tracefs: %s", strerror(errno));
		rmdir(top);
		return NULL;
	}
	is_mounted = true;
	atexit(unmount);
	return top;
}

bool nisv_trace_event(struct nisv_check *c, const char *name,
		      const char *requires)
{
	char path[128];

	if (!nisv_tracefs(c))
		return false;
	snprintf(path, sizeof(path), "%s/events/kvm/%s", top, name);
	if (!access(path, F_OK))
		return true;
	if (errno == ENOENT)
		nisv_skip(c, requires, "no events/kvm/%s in tracefs", name);
	else
		nisv_fail(c, "%s: %s", path, strerror(errno));
	return false;
}
