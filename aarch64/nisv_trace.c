// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_trace: what a tracer of the host sees.
 *
 * Contract (include/trace/events/kvm.h: kvm_mmio and kvm_userspace_exit,
 * arch/arm64/kvm/trace_arm.h: kvm_mmio_nisv, kvm_guest_fault and kvm_exit;
 * Documentation/trace/events.rst, ftrace.rst "Instances"; Arm ARM
 * DDI0487, ESR_EL2):
 *
 * - Each access without syndrome outside of the memory slots is one event
 *   kvm_mmio_nisv, with the capability on and off: PC, the IPA, FAR (the VA) and
 *   ESR_EL2, whose ISV is 0 and whose CM, WnR and DFSC are those of the exit.
 * - esr_iss of the exit is CM, WnR and DFSC of that ESR_EL2, bit for bit.
 * - kvm_exit and kvm_guest_fault, before it, have the same PC, and the latter the
 *   same ESR_EL2, FAR and page; kvm_userspace_exit, behind it, the reason or the
 *   error.
 * - Plain accesses, and what is the guest's own, are no such event. A plain store
 *   is one event kvm_mmio; a load is one when it exits, and another one with its
 *   data when it is completed.
 *
 * Cases: <what>_<on|off>. They use an instance of their own in tracefs, which
 * traces this process alone and is gone at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"
#include "nisv_signal.h"

#define ESR_EXIT	(BIT_ULL(8) | BIT_ULL(6) | 0x3full)	/* CM, WnR, DFSC */

#define TRACE_BYTES	16384
#define MAX_MMIO	4

struct trace_case {
	const char *name;
	void (*fn)(struct trace_case *t);
	bool cap;
	/* while it runs: */
	struct nisv_check *c;
	struct nisv_vm *vm;
};

/* One access of a device. */
struct mmio {
	const char *kind;	/* what the line has before the length */
	u64 len;
	u64 gpa;
	u64 val;
};

/* One event as the tracer shows it, and what is before and behind it. */
struct event {
	unsigned int count;	/* of kvm_mmio_nisv; the others are of the last */
	u64 pc;
	u64 esr;
	u64 far;
	u64 ipa;
	u64 exit_pc;
	struct {
		u64 pc;
		u64 esr;
		u64 far;
		u64 ipa;
	} fault;		/* kvm_guest_fault */
	u64 user_exit;		/* kvm_userspace_exit: the reason or errno */
	unsigned int nr_mmio;
	struct mmio mmio[MAX_MMIO];
};

static char instance[64];
static char text[TRACE_BYTES];
static int pipe_fd = -1;	/* reading takes away what is read */

/* Writes to a file of the instance: 0 or the negative errno. */
static int put(const char *name, const char *what)
{
	size_t size = strlen(what);
	char path[128];
	int ret = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, what, size) != (ssize_t)size)
		ret = -errno;
	close(fd);
	return ret;
}

static void tear_down(void)
{
	if (pipe_fd >= 0)
		close(pipe_fd);
	pipe_fd = -1;
	rmdir(instance);
}

/* An instance of tracefs that traces this process, and its trace_pipe. */
static bool start_tracing(struct nisv_check *c)
{
	static const struct {
		const char *name;
		const char *what;	/* NULL: this process */
	} wanted[] = {
		{ "set_event_pid", NULL },
		{ "events/kvm/kvm_mmio_nisv/enable", "1" },
		{ "events/kvm/kvm_exit/enable", "1" },
		{ "events/kvm/kvm_guest_fault/enable", "1" },
		{ "events/kvm/kvm_userspace_exit/enable", "1" },
		{ "events/kvm/kvm_mmio/enable", "1" },
		{ "tracing_on", "1" },
	};
	char path[128];
	char pid[16];
	size_t i;
	int ret;

	snprintf(instance, sizeof(instance), "%s/instances/nisv_trace",
		 nisv_tracefs(c));
	if (mkdir(instance, 0700) && errno != EEXIST) {
		nisv_fail(c, "mkdir %s: %s", instance, strerror(errno));
		return false;
	}
	snprintf(pid, sizeof(pid), "%d", getpid());
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		ret = put(wanted[i].name, wanted[i].what ? wanted[i].what : pid);
		if (ret) {
			nisv_fail(c, "%s of tracefs: %s", wanted[i].name,
				  strerror(-ret));
			return false;
		}
	}
	snprintf(path, sizeof(path), "%s/trace_pipe", instance);
	pipe_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe_fd < 0)
		nisv_fail(c, "%s: %s", path, strerror(errno));
	return pipe_fd >= 0;
}

/* Whether events are traced from now on; else the case is skipped, or failed. */
static bool set_up(struct nisv_check *c)
{
	if (pipe_fd >= 0)
		return true;
	/* an instance takes its time to be made */
	if (!nisv_trace_event(c, "kvm_mmio_nisv",
			      "the event kvm_mmio_nisv (CONFIG_FTRACE, Linux 6.9)"))
		return false;
	if (start_tracing(c)) {
		atexit(tear_down);
		return true;
	}
	tear_down();
	return false;
}

/* The number behind @name in a line. */
static u64 number(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

static const char write_kind[] = "mmio write len ";
static const char asked_kind[] = "mmio unsatisfied-read len ";
static const char read_kind[] = "mmio read len ";

static void traced_mmio(const char *line, struct event *e)
{
	static const char * const kinds[] = { write_kind, asked_kind, read_kind };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *at = strstr(line, kinds[i]);
		struct mmio *mmio = &e->mmio[e->nr_mmio];

		if (!at || e->nr_mmio == MAX_MMIO)
			continue;
		mmio->kind = kinds[i];
		mmio->len = strtoull(at + strlen(kinds[i]), NULL, 10);
		mmio->gpa = number(at, "gpa ");
		mmio->val = number(at, "val ");
		e->nr_mmio++;
	}
}

/* What was traced since the last time. */
static void traced(struct nisv_check *c, struct event *e)
{
	size_t size = 0;
	char *line;
	ssize_t n;

	memset(e, 0, sizeof(*e));
	while (size < sizeof(text) - 1) {
		n = read(pipe_fd, text + size, sizeof(text) - 1 - size);
		if (n <= 0)
			break;
		size += n;
	}
	text[size] = '\0';
	if (size == sizeof(text) - 1)
		nisv_fail(c, "the trace is longer than %d bytes", TRACE_BYTES);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		const char *body = strstr(line, "kvm_mmio_nisv: ");

		if (!e->count && strstr(line, "kvm_exit: "))
			e->exit_pc = number(line, "PC: ");
		if (!e->count && strstr(line, "kvm_guest_fault: ")) {
			e->fault.ipa = number(line, "ipa ");
			e->fault.esr = number(line, "hsr ");
			e->fault.far = number(line, "hxfar ");
			e->fault.pc = number(line, "pc ");
		}
		if (strstr(line, "kvm_userspace_exit: ") && strrchr(line, '('))
			e->user_exit = strtoull(strrchr(line, '(') + 1, NULL, 10);
		if (strstr(line, "kvm_mmio: "))
			traced_mmio(line, e);
		if (!body)
			continue;
		e->count++;
		e->ipa = number(body, "ipa ");
		e->esr = number(body, "esr ");
		e->far = number(body, "far ");
		e->pc = number(body, "pc ");
	}
}

/* What is around it. */
static void check_around(struct trace_case *t, const struct event *e)
{
	struct nisv_exit now;

	nisv_eq(t->c, "kvm_exit's pc", e->pc, e->exit_pc, nisv_show_hex,
		"kvm_exit has the guest's PC");
	nisv_eq(t->c, "kvm_guest_fault's pc", e->pc, e->fault.pc, nisv_show_hex,
		"kvm_guest_fault has the guest's PC");
	nisv_eq(t->c, "kvm_guest_fault's esr", e->esr, e->fault.esr,
		nisv_show_hex, "kvm_guest_fault has ESR_EL2");
	nisv_eq(t->c, "kvm_guest_fault's far", e->far, e->fault.far,
		nisv_show_hex, "kvm_guest_fault has FAR_EL2");
	nisv_eq(t->c, "kvm_guest_fault's ipa", e->ipa & ~0xfffull, e->fault.ipa,
		nisv_show_hex, "kvm_guest_fault has the IPA of HPFAR_EL2");
	nisv_eq(t->c, "kvm_userspace_exit", t->cap ? KVM_EXIT_ARM_NISV : ENOSYS,
		e->user_exit, nisv_show_dec,
		"kvm_userspace_exit has the reason, or the error");
	if (!t->cap)
		return;
	nisv_vcpu_look(t->vm, 0, &now);
	nisv_eq(t->c, "esr_iss", e->esr & ESR_EXIT, now.esr_iss, nisv_show_iss,
		"esr_iss is CM, WnR and DFSC of ESR_EL2 (api.rst 5)");
}

/* One event, which tells what the exit of @form does. */
static void check_event(struct trace_case *t, const struct nisv_form *form,
			const struct nisv_regs *regs)
{
	struct nisv_situation s = {
		.form = form,
		.cap = true,
		.ipa = nisv_form_ipa(t->vm, form),
	};
	struct nisv_want want;
	struct event e;
	u64 iss;

	if (nisv_failed(t->c))
		return;
	nisv_expect(&s, &want);
	traced(t->c, &e);
	nisv_eq(t->c, "events", 1, e.count, nisv_show_dec,
		"each access without syndrome is one event kvm_mmio_nisv");
	if (nisv_failed(t->c))
		return;
	nisv_eq(t->c, "traced pc", regs->pc, e.pc, nisv_show_hex,
		"the event has the guest's PC");
	nisv_eq(t->c, "traced ipa", nisv_form_ipa(t->vm, form), e.ipa,
		nisv_show_hex, "the event has the IPA accessed");
	nisv_eq(t->c, "traced far", nisv_form_va(t->vm, form), e.far,
		nisv_show_hex, "the event has FAR_EL2, the VA accessed");
	nisv_eq(t->c, "traced class", ESR_EC_DABT_LOWER, e.esr & ESR_EC,
		nisv_show_hex, "ESR_EL2 is a data abort's, from a lower level (DDI0487)");
	nisv_eq(t->c, "traced isv", 0, e.esr & ESR_ISV, nisv_show_hex,
		"ISV is 0: that is why (DDI0487 ESR_EL2)");
	iss = want.esr_iss | (want.esr_any & e.esr & ESR_EXIT);
	nisv_eq(t->c, want.iss, iss, e.esr & ESR_EXIT, nisv_show_iss,
		"ESR_EL2 has what the exit's esr_iss has (api.rst 5)");
	check_around(t, &e);
}

static void check_none(struct trace_case *t, const char *rule)
{
	struct event e;

	traced(t->c, &e);
	nisv_eq(t->c, "events", 0, e.count, nisv_show_dec, rule);
}

/* The guest goes on to its doorbell, which is no event. */
static void to_doorbell(struct trace_case *t)
{
	struct nisv_trap trap;

	if (nisv_failed(t->c))
		return;
	nisv_check_doorbell(t->c, t->vm, 0, &trap);
	nisv_check_step(t->c, "");
	check_none(t, "a plain store is no event");
}

static bool is_first(struct trace_case *t, const struct nisv_form *form)
{
	return !nisv_failed(t->c) && nisv_form_first(form) &&
	       nisv_vcpu_feature(t->vm, 0, form->feature) >=
	       nisv_features[form->feature].min;
}

static void without_syndrome(struct trace_case *t)
{
	const struct nisv_form *form;
	struct nisv_regs regs;

	for (form = nisv_forms; form < nisv_forms + nisv_nr_forms; form++) {
		if (nisv_classes[form->class].isv || !is_first(t, form))
			continue;
		if (!nisv_check_to_exit(t->c, t->vm, 0, form, t->cap, &regs))
			return;
		check_event(t, form, &regs);
		nisv_check_exit_again(t->c, t->vm, 0, form, t->cap);
		check_event(t, form, &regs);
		nisv_vcpu_set_pc(t->vm, 0, regs.pc + 4);
		to_doorbell(t);
	}
}

/* The exit of a plain form, or its completion, as kvm_mmio shows it. */
static void check_mmio(struct trace_case *t, const struct nisv_form *form,
		       const char *kind, u64 val)
{
	static const struct mmio none = { .kind = "none" };
	u64 ipa = nisv_form_ipa(t->vm, form);
	const struct mmio *mmio = &none;
	struct event e;
	unsigned int i, n = 0;

	if (nisv_failed(t->c))
		return;
	traced(t->c, &e);
	nisv_eq(t->c, "events", 0, e.count, nisv_show_dec,
		"an access with syndrome is no event kvm_mmio_nisv");
	for (i = 0; i < e.nr_mmio; i++) {
		if (e.mmio[i].gpa != ipa)
			continue;
		mmio = &e.mmio[i];
		n++;
	}
	nisv_eq(t->c, "kvm_mmio", 1, n, nisv_show_dec,
		"a plain access is one event kvm_mmio for each step");
	nisv_eq(t->c, "kvm_mmio's kind", true, mmio->kind == kind, nisv_show_dec,
		"a load is first asked for and then read, a store is written");
	nisv_eq(t->c, "kvm_mmio's len", form->bytes, mmio->len, nisv_show_dec,
		"kvm_mmio has the size of the access");
	nisv_eq(t->c, "kvm_mmio's val", val & GENMASK_ULL(8 * form->bytes - 1, 0),
		mmio->val, nisv_show_hex, "kvm_mmio has the data");
	nisv_eq(t->c, "kvm_userspace_exit", KVM_EXIT_MMIO, e.user_exit,
		nisv_show_dec, "kvm_userspace_exit has the reason");
}

static void plain(struct trace_case *t)
{
	const struct nisv_form *form;
	struct nisv_regs regs;
	struct nisv_trap trap;
	unsigned int rt;

	for (form = nisv_forms; form < nisv_forms + nisv_nr_forms; form++) {
		if (!nisv_classes[form->class].isv || !is_first(t, form))
			continue;
		if (!nisv_check_to_exit(t->c, t->vm, 0, form, t->cap, &regs))
			return;
		rt = nisv_form_rt(form);
		if (form->access == ACCESS_R) {
			check_mmio(t, form, asked_kind, 0);
			nisv_check_doorbell(t->c, t->vm, 0, &trap);
			nisv_check_step(t->c, "");
			/* what was in struct kvm_run before */
			check_mmio(t, form, read_kind, NISV_UNTOUCHED);
		} else {
			check_mmio(t, form, write_kind,
				   rt == NISV_ZR ? 0 : regs.x[rt]);
			to_doorbell(t);
		}
	}
}

static const struct trace_case cases[] = {
	{ .name = "without_syndrome", .fn = without_syndrome },
	{ .name = "plain", .fn = plain },
};

static void run_case(struct nisv_check *c, const void *arg)
{
	struct trace_case t = *(const struct trace_case *)arg;
	struct event e;

	if (!set_up(c))
		return;
	t.c = c;
	t.vm = nisv_shared_vm(c, t.cap);
	nisv_vm_set(t.vm, SETTING_hole);
	nisv_check_form(c, nisv_forms, 0);
	traced(c, &e);
	t.fn(&t);
	nisv_shared_vm_done(c, t.cap);
}

int main(int argc, char **argv)
{
	size_t i;
	int cap;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (cap = 1; cap >= 0; cap--) {
			struct trace_case *t = malloc(sizeof(*t));

			if (!t)
				abort();
			*t = cases[i];
			t->cap = cap;
			nisv_case(run_case, t, "%s_%s", t->name,
				  cap ? "on" : "off");
		}
	}
	return nisv_harness(argc, argv);
}
