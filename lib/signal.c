// SPDX-License-Identifier: GPL-2.0-only
/*
 * A signal at a trap of the guest. The event is counted in the host, with
 * interrupts on, before KVM looks at why the guest came; the interrupt that it
 * raises sends the signal.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "nisv_signal.h"
#include "vm.h"

#define NEEDED	"perf events at the trace point kvm_exit (CONFIG_PERF_EVENTS)"

struct nisv_alarm {
	int fd;
	int vcpu_fd;
	sigset_t old;
};

/* The number of the event kvm_exit, or 0. */
static u64 event_id(struct nisv_check *c)
{
	unsigned int id = 0;
	char path[128];
	FILE *f;

	if (!nisv_trace_event(c, "kvm_exit", NEEDED))
		return 0;
	snprintf(path, sizeof(path), "%s/events/kvm/kvm_exit/id",
		 nisv_tracefs(c));
	f = fopen(path, "r");
	if (!f) {
		/* tracers have the event, perf has not */
		if (errno == ENOENT)
			nisv_skip(c, NEEDED, "no events/kvm/kvm_exit/id in tracefs");
		else
			nisv_fail(c, "%s: %s", path, strerror(errno));
		return 0;
	}
	if (fscanf(f, "%u", &id) != 1)
		nisv_fail(c, "%s has no number", path);
	fclose(f);
	return id;
}

/* An event of this thread, which is off; -1: the case is skipped, or failed. */
static int new_event(struct nisv_check *c)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.sample_period = 1,
		.disabled = 1,
	};
	static u64 id;
	int fd;

	if (!id)
		id = event_id(c);
	if (!id)
		return -1;
	attr.config = id;
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
		     PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOSYS || errno == ENOENT)
		nisv_skip(c, NEEDED, "perf_event_open: %s", strerror(errno));
	else
		nisv_fail(c, "perf_event_open: %s", strerror(errno));
	return -1;
}

/* Each overflow of the event is SIGUSR1 for this thread. */
static bool set_up(int fd, u64 pc, unsigned int ec)
{
	struct f_owner_ex owner = {
		.type = F_OWNER_TID,
		.pid = syscall(SYS_gettid),
	};
	char filter[64];

	snprintf(filter, sizeof(filter), "vcpu_pc == 0x%llx && esr_ec == 0x%x",
		 (unsigned long long)pc, ec);
	return !ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter) &&
	       !fcntl(fd, F_SETOWN_EX, &owner) &&
	       !fcntl(fd, F_SETSIG, SIGUSR1) &&
	       !fcntl(fd, F_SETFL, O_ASYNC);
}

static void set_mask(int vcpu_fd, void *mask)
{
	TEST_ASSERT(!ioctl(vcpu_fd, KVM_SET_SIGNAL_MASK, mask),
		    "KVM_SET_SIGNAL_MASK");
}

struct nisv_alarm *nisv_alarm_set(struct nisv_check *c, struct nisv_vm *vm,
				  unsigned int cpu, u64 pc, unsigned int ec)
{
	/* struct kvm_signal_mask: the set's size in bytes, and the set */
	u32 none[3] = { sizeof(u64) };
	static struct nisv_alarm a;
	static int keeper = -1;
	sigset_t usr1;

	/* to take the last event away from a trace point takes its time */
	if (keeper < 0)
		keeper = new_event(c);
	a.fd = keeper < 0 ? -1 : new_event(c);
	if (a.fd < 0)
		return NULL;
	if (!set_up(a.fd, pc, ec)) {
		nisv_fail(c, "the event kvm_exit sends no signal: %s",
			  strerror(errno));
		close(a.fd);
		return NULL;
	}
	a.vcpu_fd = vm->cpu[cpu].vcpu->fd;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &a.old);
	set_mask(a.vcpu_fd, none);
	TEST_ASSERT(!ioctl(a.fd, PERF_EVENT_IOC_ENABLE, 0),
		    "PERF_EVENT_IOC_ENABLE");
	return &a;
}

bool nisv_alarm_stop(struct nisv_alarm *a)
{
	struct timespec now = { 0, 0 };
	sigset_t usr1;
	bool came;

	close(a->fd);
	set_mask(a->vcpu_fd, NULL);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	came = sigtimedwait(&usr1, NULL, &now) == SIGUSR1;
	sigprocmask(SIG_SETMASK, &a->old, NULL);
	return came;
}
