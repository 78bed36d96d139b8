// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_other: whatever else user space does after the exit.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.10 KVM_RUN, 5 KVM_EXIT_ARM_NISV:
 * "or take any other appropriate action"): after KVM_EXIT_ARM_NISV, KVM_EXIT_MMIO
 * or -ENOSYS user space may
 *
 * - ignore it and enter the guest again, a thousand times: the same exit each
 *   time, nothing in the kernel's log, no memory and no file descriptor lost;
 * - skip the instruction: the guest goes on with the state that it had;
 * - move the guest elsewhere: it goes on there, and nothing is left of the access;
 * - call KVM_RUN with an argument, which it does not have: EINVAL, and the exit
 *   stays what it was;
 * - print what it was: lib/diagnose.c, for whoever stops a guest there.
 *
 * To put a slot under the address and enter again is nisv_slots:<form>.appears*.
 *
 * Cases: <form>.<what>_<on|off> for what stands for each class and access that
 * exits, <form>.thousand_<on|off> for some; and what is about one form only, by
 * name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_diagnose.h"
#include "nisv_log.h"
#include "nisv_vcpus.h"

#define FEW		4
#define THOUSAND	1000
#define LEAK_ROUNDS	3

struct other_case {
	const struct nisv_form *form;
	bool cap;
	unsigned int times;
};

static const char same[] =
	"ignored, the access exits again, in the same way (api.rst 5)";

/* One vCPU in the middle of something. */
struct other {
	struct nisv_check *c;
	struct nisv_vm *vm;
	const struct nisv_form *form;
	bool cap;
	struct nisv_regs regs;
};

static bool begin_with(struct other *o, struct nisv_check *c,
		       const struct nisv_form *form, bool cap, bool fp)
{
	o->c = c;
	o->vm = nisv_shared_vm_for(c, cap, form, SETTING_hole);
	o->form = form;
	o->cap = cap;
	nisv_vm_set(o->vm, SETTING_hole);
	nisv_vm_with_fp(o->vm, fp);
	return nisv_check_has(c, o->vm, form, SETTING_hole) &&
	       nisv_check_to_exit(c, o->vm, 0, form, cap, &o->regs);
}

static bool begin(struct other *o, struct nisv_check *c,
		  const struct nisv_form *form, bool cap)
{
	return begin_with(o, c, form, cap, false);
}

/* With V, FPSR and FPCR to look at. */
static bool begin_whole(struct other *o, struct nisv_check *c,
			const struct nisv_form *form, bool cap)
{
	return begin_with(o, c, form, cap, true);
}

static void end(struct other *o)
{
	nisv_shared_vm_done(o->c, o->cap);
}

/* Every register, and on to the doorbell from behind the instruction. */
static void check_goes_on(struct other *o, const char *rule)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	struct nisv_regs now;

	if (nisv_failed(o->c))
		return;
	nisv_vcpu_regs(o->vm, 0, o->form, &now, NISV_ALL);
	nisv_check_regs(o->c, o->form, &o->regs, &now, NISV_ALL, rule);
	nisv_vcpu_set_pc(o->vm, 0, o->regs.pc + 4);
	seen = nisv_check_doorbell(o->c, o->vm, 0, &trap);
	if (!seen)
		return;
	nisv_check_step(o->c, "guest: ");
	nisv_eq(o->c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec,
		"the guest takes no exception");
	nisv_check_regs(o->c, o->form, &o->regs, seen, NISV_SEEN, rule);
	nisv_check_step(o->c, "");
	nisv_eq(o->c, "memory changed", 0, nisv_vm_memory_changed(o->vm, false),
		nisv_show_dec, "the access does not happen");
}

/* Entered again, and so many times more: how many did something else then. */
static unsigned int enter_again(struct other *o, unsigned int times)
{
	struct nisv_situation s = {
		.form = o->form,
		.cap = o->cap,
		.ipa = nisv_form_ipa(o->vm, o->form),
	};
	unsigned int others = 0;
	struct nisv_exit first, e;
	struct nisv_want want;
	u64 from, span = 1;

	nisv_expect(&s, &want);
	from = want.fault_ipa;
	if (want.fault_span) {
		from &= -0x1000ull;
		span = want.fault_span;
	}
	nisv_vcpu_run(o->vm, 0, &first);
	nisv_check_exit(o->c, o->form, &want, &first);
	while (times--) {
		nisv_vcpu_run(o->vm, 0, &e);
		if (e.ret == want.ret && e.reason == want.exit_reason &&
		    (!want.nisv ||
		     (e.fault_ipa - from < span &&
		      !((e.esr_iss ^ first.esr_iss) & ~want.esr_any))))
			continue;
		if (!others++)
			nisv_check_exit(o->c, o->form, &want, &e);
	}
	return others;
}

static void ignored_case(struct nisv_check *c, const void *arg)
{
	const struct other_case *a = arg;
	struct other o;

	if (begin(&o, c, a->form, a->cap)) {
		nisv_check_step(c, "again: ");
		nisv_eq(c, "other exits", 0,
			enter_again(&o, a->times * nisv_repeat()),
			nisv_show_dec, same);
		nisv_check_step(c, "");
		check_goes_on(&o, same);
	}
	end(&o);
}

static void skipped_case(struct nisv_check *c, const void *arg)
{
	const struct other_case *a = arg;
	struct other o;

	if (begin_whole(&o, c, a->form, a->cap))
		check_goes_on(&o, "what is skipped changes nothing (api.rst 5)");
	end(&o);
}

/* The next row that is the first of its class and access, which the vCPU has. */
static const struct nisv_form *another(struct other *o)
{
	const struct nisv_form *f = o->form;

	do {
		if (++f == nisv_forms + nisv_nr_forms)
			f = nisv_forms;
	} while (!nisv_form_first(f) ||
		 nisv_vcpu_feature(o->vm, 0, f->feature) <
		 nisv_features[f->feature].min);
	return f;
}

/* To where the guest starts; an access that KVM_RUN would complete is before. */
static void move_to_start(struct other *o)
{
	if (nisv_form_is_mmio(o->form))
		nisv_vcpu_complete(o->vm, 0);
	nisv_vcpu_to_start(o->vm, 0);
}

/* And from there to another instruction. */
static void elsewhere_case(struct nisv_check *c, const void *arg)
{
	const struct other_case *a = arg;
	struct other o;

	if (begin(&o, c, a->form, a->cap)) {
		move_to_start(&o);
		o.form = another(&o);
		if (nisv_check_to_exit(c, o.vm, 0, o.form, a->cap, &o.regs) &&
		    !nisv_form_is_mmio(o.form))
			check_goes_on(&o, "the guest goes on where it was moved to");
		else
			move_to_start(&o);
	}
	end(&o);
}

/* ---- nothing is left behind ---- */

/* Entries of /proc/self/fd: the same ones whenever they are counted. */
static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* A line of /proc/meminfo, in bytes. */
static long long bytes_of(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "r");
	size_t length = strlen(name);
	long long kb = -1;
	char line[128];

	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, length))
			kb = atoll(line + length);
	if (f)
		fclose(f);
	return kb * 1024;
}

/* Has each CPU add what it has counted for itself, where we may. */
static void settle(void)
{
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "1\n", 2) != 2)
		errno = 0;
	close(fd);
}

/*
 * Free pages that a CPU keeps for itself are no free memory, and what is taken of
 * them does not show: this takes them all before, and others.
 */
#define DRAIN		0x800000

static void *drain(void)
{
	u8 *pages = mmap(NULL, DRAIN, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t at;

	if (pages == MAP_FAILED)
		return NULL;
	madvise(pages, DRAIN, MADV_NOHUGEPAGE);
	for (at = 0; at < DRAIN; at += 0x1000)
		pages[at] = 1;
	return pages;
}

struct memory {
	long long slab;		/* what the kernel has allocated and keeps */
	long long used;		/* of all memory, but for caches */
};

static struct memory memory_now(void)
{
	struct memory m;

	settle();
	m.slab = bytes_of("SUnreclaim:");
	m.used = -bytes_of("MemAvailable:");
	return m;
}

/* Of @bytes in a thousand exits, for each of them; less than @least is no leak. */
static long long an_exit(long long bytes, unsigned int least)
{
	return bytes < least * THOUSAND ? 0 : bytes / THOUSAND;
}

/*
 * What grows with each exit grows in each round; what others allocate meanwhile
 * does not: the first round without a leak is enough. Half of the smallest object
 * of the slab allocator, or a quarter of a page, for each exit is a leak.
 */
static void check_leak(struct nisv_check *c, bool cap)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	unsigned int files, round = 0, others = 0;
	long long slab, used;
	struct other o;
	void *pages;

	if (begin(&o, c, form, cap)) {
		pages = drain();
		enter_again(&o, FEW);
		files = open_files();
		do {
			struct memory before = memory_now(), now;

			others += enter_again(&o, THOUSAND);
			now = memory_now();
			slab = an_exit(now.slab - before.slab, 4);
			used = an_exit(now.used - before.used, 1024);
		} while ((slab || used) && ++round < LEAK_ROUNDS);
		nisv_eq(c, "other exits", 0, others, nisv_show_dec, same);
		nisv_eq(c, "open files", files, open_files(), nisv_show_dec,
			"an exit opens nothing");
		nisv_eq(c, "bytes of slab an exit", 0, slab, nisv_show_dec,
			"a guest must not use up the kernel's memory");
		nisv_eq(c, "bytes an exit", 0, used, nisv_show_dec,
			"a guest must not use up the kernel's memory");
		nisv_eq(c, "/proc/self/fd", true, !!files, nisv_show_dec,
			"it has to be there to be looked at");
		nisv_eq(c, "/proc/meminfo", true,
			bytes_of("SUnreclaim:") > 0 &&
			bytes_of("MemAvailable:") > 0, nisv_show_dec,
			"it has to be there to be looked at");
		if (pages)
			munmap(pages, DRAIN);
		check_goes_on(&o, same);
	}
	end(&o);
}

static void no_leak_on(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_leak(c, true);
}

static void no_leak_off(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_leak(c, false);
}

/* ---- the kernel's log ---- */

static void check_log(struct nisv_check *c, bool cap)
{
	static const char * const forms[] = { "ldr_x_post", "str_w_pre", "ldr_x" };
	bool logged = false;
	char line[200];
	struct other o;
	size_t i;
	int fd;

	fd = nisv_log_open();
	if (fd < 0) {
		/* there is none, or it is root's alone (dmesg_restrict) */
		if (errno == ENOENT || errno == EPERM || errno == EACCES)
			nisv_skip(c, "the kernel's log, /dev/kmsg", "%s",
				  strerror(errno));
		else
			nisv_fail(c, "/dev/kmsg: %s", strerror(errno));
		return;
	}
	for (i = 0; i < ARRAY_SIZE(forms) && !nisv_failed(c); i++) {
		if (!begin(&o, c, nisv_form_named(forms[i]), cap))
			continue;
		if (!nisv_form_is_mmio(o.form))
			enter_again(&o, FEW);
		move_to_start(&o);
	}
	while (nisv_log_line(fd, line, sizeof(line)))
		logged = true;
	/* where a rate limit keeps it out of the log, what came before is there */
	if (!cap && !logged && !lseek(fd, 0, SEEK_SET))
		while (!logged && nisv_log_line(fd, line, sizeof(line)))
			logged = strstr(line, NISV_LOG_ENOSYS);
	close(fd);
	nisv_eq(c, cap ? "an exit in the log" : "ENOSYS in the log", 0, logged,
		nisv_show_dec, "a guest cannot write to the host's log at will");
	end(&o);
}

static void log_silent_on(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_log(c, true);
}

static void log_silent_off(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_log(c, false);
}

/* ---- a KVM_RUN that is none ---- */

static void check_argument(struct nisv_check *c, bool cap)
{
	static const char * const forms[] = { "ldr_x_post", "str_w_pre", "ldr_x" };
	static const unsigned long arguments[] = { 1, 1ul << 63 };
	struct nisv_exit before, now;
	struct nisv_regs regs;
	struct other o;
	size_t i, n;
	int ret;

	for (i = 0; i < ARRAY_SIZE(forms) && !nisv_failed(c); i++) {
		if (!begin_whole(&o, c, nisv_form_named(forms[i]), cap))
			continue;
		nisv_vcpu_look(o.vm, 0, &before);
		for (n = 0; n < ARRAY_SIZE(arguments); n++) {
			ret = ioctl(nisv_vcpu_fd(o.vm, 0), KVM_RUN, arguments[n]);
			nisv_eq(c, "KVM_RUN(argument)", -EINVAL,
				ret < 0 ? -errno : ret, nisv_show_result,
				"KVM_RUN has no parameter (api.rst 4.10)");
		}
		nisv_vcpu_look(o.vm, 0, &now);
		nisv_eq(c, "exit", before.reason, now.reason, nisv_show_exit,
			"what is refused leaves the exit as it is");
		nisv_vcpu_regs(o.vm, 0, o.form, &regs, NISV_ALL);
		nisv_check_regs(c, o.form, &o.regs, &regs, NISV_ALL,
				"what is refused changes no register");
		if (nisv_form_is_mmio(o.form))
			move_to_start(&o);
		else
			check_goes_on(&o, same);
	}
	end(&o);
}

static void run_argument_on(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_argument(c, true);
}

static void run_argument_off(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_argument(c, false);
}

/* ---- the diagnosis ---- */

static void check_has_line(struct nisv_check *c, const char *text,
			   const char *line)
{
	nisv_eq(c, line, true, !!strstr(text, line), nisv_show_dec,
		"the diagnosis says so");
}

/* Where the hole is, and what is next to it (lib/vm.c). */
static void diagnosis(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	struct nisv_slot slots[32];
	struct nisv_nearest n;
	char text[1024];
	unsigned int nr;
	struct other o;
	u64 ipa;

	(void)arg;
	if (begin(&o, c, form, true)) {
		ipa = nisv_form_ipa(o.vm, form);
		nr = nisv_vm_slots(o.vm, slots, ARRAY_SIZE(slots));
		nisv_nearest_slots(ipa, slots, nr, &n);
		nisv_eq(c, "inside", 0, !!n.inside, nisv_show_dec,
			"no slot is there");
		if (n.below && n.above) {
			nisv_eq(c, "below", ipa & -NISV_HOLE_SIZE,
				n.below->ipa + n.below->size, nisv_show_hex,
				"a slot ends where the hole begins");
			nisv_eq(c, "above", (ipa & -NISV_HOLE_SIZE) +
				NISV_HOLE_SIZE, n.above->ipa, nisv_show_hex,
				"a slot begins where the hole ends");
			nisv_nearest_slots(n.below->ipa, slots, nr, &n);
			nisv_eq(c, "inside", true, n.inside && n.inside->ipa ==
				(ipa & -NISV_HOLE_SIZE) - NISV_HOLE_SIZE,
				nisv_show_dec, "the first byte of a slot is in it");
		} else {
			nisv_fail(c, "slots are missing: %u were found", nr);
		}
		nisv_diagnose_form(o.vm, form, text, sizeof(text));
		check_has_line(c, text, "instruction     f8408420  ldr x0, [x1], #8\n");
		check_has_line(c, text, "class           writeback\n");
		check_has_line(c, text, "syndrome        none: ");
		check_has_line(c, text, "access          load, 8 bytes\n");
		check_has_line(c, text, "slot below      10: 0x");
		check_has_line(c, text, "slot above      11: 0x");
		check_has_line(c, text, "instead         ");
		check_goes_on(&o, same);
	}
	end(&o);
}

static const struct {
	const char *name;
	void (*fn)(struct nisv_check *c, const void *arg);
} single[] = {
	{ "log_silent_off", log_silent_off },
	{ "log_silent_on", log_silent_on },
	{ "no_leak_on", no_leak_on },
	{ "no_leak_off", no_leak_off },
	{ "run_argument_on", run_argument_on },
	{ "run_argument_off", run_argument_off },
	{ "diagnosis", diagnosis },
};

static void add_case(void (*fn)(struct nisv_check *c, const void *arg),
		     const struct nisv_form *form, const char *what, bool cap,
		     unsigned int times)
{
	struct other_case *a = malloc(sizeof(*a));

	if (!a)
		abort();
	a->form = form;
	a->cap = cap;
	a->times = times;
	nisv_case(fn, a, "%s.%s_%s", form->name, what, cap ? "on" : "off");
}

static bool is_tried(const struct nisv_form *form)
{
	return nisv_form_represents(form) &&
	       nisv_classes[form->class].outcome != OUTCOME_NOTHING;
}

int main(int argc, char **argv)
{
	unsigned int i;
	int cap;

	for (i = 0; i < ARRAY_SIZE(single); i++)
		nisv_case(single[i].fn, NULL, "%s", single[i].name);
	/* and a load in those for leaks */
	for (cap = 1; cap >= 0; cap--)
		add_case(ignored_case, nisv_form_named("str_w_pre"), "thousand",
			 cap, THOUSAND);
	for (i = 0; i < nisv_nr_forms; i++) {
		const struct nisv_form *form = &nisv_forms[i];

		for (cap = 1; cap >= 0 && is_tried(form); cap--) {
			/* KVM_RUN completes a plain access */
			if (!nisv_form_is_mmio(form)) {
				if (!nisv_form_without(form, PART_AGAIN))
					add_case(ignored_case, form, "ignored",
						 cap, FEW);
				add_case(skipped_case, form, "skipped", cap, 0);
			}
			add_case(elsewhere_case, form, "elsewhere", cap, 0);
		}
	}
	return nisv_harness(argc, argv);
}
