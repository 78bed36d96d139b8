// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_signal: a signal comes while KVM handles the guest's access.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.10 KVM_RUN: "EINTR an unmasked
 * signal is pending", "ENOSYS data abort outside memslots with no syndrome
 * info", 4.21 KVM_SET_SIGNAL_MASK, 5 KVM_EXIT_MMIO and KVM_EXIT_ARM_NISV; Arm
 * ARM DDI0487 D1.3): when a signal becomes pending after the guest was left and
 * before KVM_RUN returns,
 *
 * - what is for user space is so as ever: KVM_EXIT_MMIO, KVM_EXIT_ARM_NISV and
 *   ENOSYS, not EINTR. The signal is still pending then, and a KVM_RUN that finds
 *   it is EINTR: it completes the access of KVM_EXIT_MMIO, and does nothing else.
 *   No register changes, and the access comes again;
 * - what is not for user space is done, once, and KVM_RUN is EINTR: a store to an
 *   ioeventfd signals it and PC is behind it; a page of a slot is there, and the
 *   access is made by the next KVM_RUN; an exception that KVM gives the guest, for
 *   a fetch from a hole, for a walk or for an IPA beyond the VM's, is in its
 *   registers, from where the guest goes on in its handler.
 *
 * The mask of KVM_SET_SIGNAL_MASK is the thread's in KVM_RUN, but SIGKILL and
 * SIGSTOP cannot be blocked there either.
 *
 * Cases: <form>.exit_<on|off> for the first form of each class and access;
 * <what>_<on|off> for the rest.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv_arch.h"
#include "nisv_signal.h"
#include "nisv_vcpus.h"

#define EXIT_INTR	10

#define DEVICE_DATA	0xf1e2d3c4b5a69788ull
#define PSCI_GET_VERSION	0x84000000ull

#define FSC_EXTERNAL	0x10ull

#define WALK_TRAPS	8	/* more than there are tables on the way */

struct signal_case {
	const char *name;
	void (*fn)(struct signal_case *s);
	const char *form_name;
	enum nisv_setting_id setting;
	bool own_vm;
	unsigned int page_shift;	/* of stage 1, 0: as usual */
	bool cap;
	/* while it runs: */
	struct nisv_check *c;
	struct nisv_vm *vm;
	const struct nisv_form *form;
	struct nisv_alarm *alarm;
	struct nisv_regs regs;
	struct nisv_taken want;
};

static const char stays[] =
	"a signal changes nothing of the guest's state (api.rst 4.10)";

/*
 * What is loaded runs, to the doorbell: the guest's own memory and tables are
 * mapped then, for which it would trap from the same PC.
 */
static void warm_up(struct signal_case *s)
{
	struct nisv_exit e;

	nisv_vcpu_run(s->vm, 0, &e);
	if (!e.ret && e.reason == EXIT_MMIO &&
	    e.phys_addr == nisv_doorbell_ipa(s->vm))
		return;
	if (e.ret || e.reason != EXIT_MMIO)
		nisv_vcpu_set_pc(s->vm, 0, s->regs.pc + 4);
	nisv_vcpu_run(s->vm, 0, &e);
}

static bool set_alarm(struct signal_case *s, unsigned int ec)
{
	if (!nisv_failed(s->c))
		s->alarm = nisv_alarm_set(s->c, s->vm, 0, s->regs.pc, ec);
	return s->alarm;
}

/* It has come, whatever KVM_RUN did. */
static void stop_alarm(struct signal_case *s)
{
	nisv_eq(s->c, "signal pending", true, nisv_alarm_stop(s->alarm),
		nisv_show_dec, "a signal is not lost in KVM_RUN");
	s->alarm = NULL;
}

/* KVM_RUN that a pending signal ends. */
static void is_interrupted(struct signal_case *s)
{
	struct nisv_exit e;

	if (nisv_failed(s->c))
		return;
	nisv_vcpu_run(s->vm, 0, &e);
	nisv_eq(s->c, "KVM_RUN", -EINTR, e.ret, nisv_show_result,
		"an unmasked signal is pending: -EINTR (api.rst 4.10)");
	nisv_eq(s->c, "exit", EXIT_INTR, e.reason, nisv_show_exit,
		"an unmasked signal is pending: KVM_EXIT_INTR (api.rst 5)");
}

static void check_regs(struct signal_case *s, const char *rule)
{
	struct nisv_regs now;

	nisv_vcpu_regs(s->vm, 0, s->form, &now, NISV_ALL);
	nisv_check_regs(s->c, s->form, &s->regs, &now, NISV_ALL, rule);
}

/* Without a signal, the guest goes on to its doorbell with s->regs. */
static void goes_on(struct signal_case *s)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(s->c))
		return;
	seen = nisv_check_doorbell(s->c, s->vm, 0, &trap);
	nisv_check_step(s->c, "guest: ");
	if (seen) {
		nisv_eq(s->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest takes no exception");
		nisv_check_regs(s->c, s->form, &s->regs, seen, NISV_SEEN,
				"the guest goes on with the state that it had");
	}
	nisv_check_step(s->c, "");
}

/* ---- what is for user space ---- */

static void leaves_at_exit(struct signal_case *s)
{
	nisv_check_step(s->c, "again: ");
	nisv_check_exit_again(s->c, s->vm, 0, s->form, s->cap);
	nisv_check_step(s->c, "");
	check_regs(s, stays);
	nisv_vcpu_set_pc(s->vm, 0, s->regs.pc + 4);
}

/* The KVM_RUN that found the signal has completed the access. */
static void expect_completed(struct signal_case *s)
{
	unsigned int rt = nisv_form_rt(s->form);

	s->regs.pc += 4;
	if (s->form->access != ACCESS_R || rt == NISV_ZR)
		return;
	s->regs.x[rt] = nisv_form_loaded(s->form, DEVICE_DATA);
	nisv_eq(s->c, "Rt", s->regs.x[rt], nisv_vcpu_x(s->vm, 0, rt),
		nisv_show_hex,
		"a KVM_RUN that is interrupted completes the access (api.rst 5)");
}

static void access_exits(struct signal_case *s)
{
	bool plain = nisv_classes[s->form->class].isv;
	bool exited;

	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	warm_up(s);
	if (!set_alarm(s, NISV_EC_DABT))
		return;
	exited = nisv_check_to_exit(s->c, s->vm, 0, s->form, s->cap, &s->regs);
	if (exited && plain)
		nisv_vcpu_mmio_data(s->vm, 0, DEVICE_DATA);
	nisv_check_step(s->c, "still pending: ");
	is_interrupted(s);
	stop_alarm(s);
	if (!nisv_failed(s->c) && plain)
		expect_completed(s);
	if (!nisv_failed(s->c))
		check_regs(s, plain ?
			   "an access completes once, and changes nothing else (api.rst 5)" :
			   stays);
	nisv_check_step(s->c, "");
	if (!nisv_failed(s->c) && !plain)
		leaves_at_exit(s);
	goes_on(s);
}

/* A store to a page of a read-only slot is user space's, too. */
static void read_only(struct signal_case *s)
{
	struct nisv_situation situation = {
		.form = s->form,
		.behind = BEHIND_READ_ONLY,
		.cap = s->cap,
		.ipa = nisv_form_ipa(s->vm, s->form),
	};
	struct nisv_want want;
	struct nisv_exit e;
	void *memory;

	memory = mmap(NULL, NISV_HOLE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	warm_up(s);
	nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_vm_slot_in_hole(s->vm, memory, KVM_MEM_READONLY),
		nisv_show_result, "a slot can be added (api.rst 4.35)");
	nisv_expect(&situation, &want);
	if (set_alarm(s, NISV_EC_DABT)) {
		nisv_vcpu_run(s->vm, 0, &e);
		nisv_check_exit(s->c, s->form, &want, &e);
		nisv_check_step(s->c, "still pending: ");
		is_interrupted(s);
		stop_alarm(s);
		check_regs(s, stays);
		nisv_check_step(s->c, "");
		nisv_vcpu_set_pc(s->vm, 0, s->regs.pc + 4);
		goes_on(s);
	}
	nisv_vm_slot_in_hole(s->vm, NULL, 0);
	munmap(memory, NISV_HOLE_SIZE);
}

/* ---- what KVM does itself ---- */

/* PC is @moved on, and no access is left to complete. */
static void check_done(struct signal_case *s, u64 moved, const char *rule)
{
	s->regs.pc += moved;
	check_regs(s, rule);
	nisv_vcpu_claim(s->vm, 0, EXIT_MMIO);
	nisv_eq(s->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(s->vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	check_regs(s, "what KVM has done itself is not done again");
}

static void check_signals(struct signal_case *s, int fd, u64 want)
{
	u64 count = 0;

	if (read(fd, &count, sizeof(count)) < 0)
		count = 0;
	nisv_eq(s->c, "eventfd", want, count, nisv_show_dec,
		"a store signals its ioeventfd once (api.rst 4.59)");
}

static void ioeventfd(struct signal_case *s)
{
	struct kvm_ioeventfd io = {
		.addr = nisv_form_ipa(s->vm, s->form),
		.len = s->form->bytes,
		.fd = eventfd(0, EFD_NONBLOCK),
	};

	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	warm_up(s);
	nisv_eq(s->c, "KVM_IOEVENTFD", 0,
		ioctl(nisv_vm_fd(s->vm), KVM_IOEVENTFD, &io) ? -errno : 0,
		nisv_show_result, "an eventfd can be assigned (api.rst 4.59)");
	if (set_alarm(s, NISV_EC_DABT)) {
		is_interrupted(s);
		stop_alarm(s);
		check_signals(s, io.fd, 1);
		check_done(s, 4, "PC is behind what a device of the kernel took");
		goes_on(s);
		check_signals(s, io.fd, 0);
	}
	io.flags = KVM_IOEVENTFD_FLAG_DEASSIGN;
	ioctl(nisv_vm_fd(s->vm), KVM_IOEVENTFD, &io);
	close(io.fd);
}

/* A page of a slot that nothing has touched yet. */
static void access_slot(struct signal_case *s)
{
	u64 offset = nisv_form_ipa(s->vm, s->form) % NISV_HOLE_SIZE;
	unsigned int rt = nisv_form_rt(s->form);
	u64 *memory, before, after;

	memory = mmap(NULL, NISV_HOLE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	before = nisv_pattern(offset / sizeof(u64));
	memory[offset / sizeof(u64)] = before;
	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	warm_up(s);
	nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_vm_slot_in_hole(s->vm, memory, 0), nisv_show_result,
		"a slot can be added (api.rst 4.35)");
	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	if (set_alarm(s, NISV_EC_DABT)) {
		is_interrupted(s);
		stop_alarm(s);
		check_done(s, 0, stays);
		nisv_eq(s->c, "memory", before, memory[offset / sizeof(u64)],
			nisv_show_hex, "the access was not made yet");
		after = s->form->access == ACCESS_W ? s->regs.x[rt] : before;
		if (s->form->access == ACCESS_R)
			s->regs.x[rt] = before;
		goes_on(s);
		nisv_eq(s->c, "memory", after, memory[offset / sizeof(u64)],
			nisv_show_hex, "the next KVM_RUN makes the access, once");
	}
	nisv_vm_slot_in_hole(s->vm, NULL, 0);
	munmap(memory, NISV_HOLE_SIZE);
}

/* A call of the firmware by SMC, which leaves PC to KVM. */
static void call_firmware(struct signal_case *s)
{
	static const u64 x[4] = { PSCI_GET_VERSION };
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	u64 pc;

	nisv_vcpu_load_smc(s->vm, 0, x);
	s->regs.pc = (u64)nisv_guest_smc;
	if (!set_alarm(s, NISV_EC_SMC64))
		return;
	is_interrupted(s);
	stop_alarm(s);
	pc = nisv_vcpu_pc(s->vm, 0);
	nisv_eq(s->c, "pc", 4, pc - s->regs.pc, nisv_show_delta,
		"SMC returns behind the instruction (SMCCC, DEN0028)");
	nisv_eq(s->c, "x0 changed", true,
		nisv_vcpu_x(s->vm, 0, 0) != PSCI_GET_VERSION, nisv_show_dec,
		"X0 is what the call gives (SMCCC, DEN0028)");
	if (nisv_failed(s->c))
		return;
	seen = nisv_check_doorbell(s->c, s->vm, 0, &trap);
	if (seen)
		nisv_eq(s->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest takes no exception");
	nisv_check_step(s->c, "");
}

/* ---- exceptions that KVM gives the guest ---- */

/* Data or instruction abort for @va at s->regs.pc; @fsc: FSC_*, with the level. */
static void want_abort(struct signal_case *s, u64 va, bool fetch, u64 fsc)
{
	nisv_expect_abort(s->regs.pc, s->regs.pstate, va,
			  nisv_vcpu_sctlr(s->vm, 0), nisv_vcpu_mode(s->vm, 0),
			  &s->want);
	if (fetch)
		s->want.esr -= ESR_EC_FETCH;
	s->want.esr = (s->want.esr & ~ESR_FSC) | fsc;
}

/* @beyond: the IPA, for which some have FAR; else 0. */
static void check_taken(struct signal_case *s, const struct nisv_taken *got,
			u64 beyond)
{
	const struct nisv_taken *want = &s->want;
	bool walk = (want->esr & ESR_FSC) != FSC_EXTERNAL;
	u64 esr = want->esr;

	nisv_eq(s->c, "vector", want->vector, got->vector, nisv_show_dec,
		"a synchronous exception, taken by the guest (DDI0487 D1.3)");
	nisv_eq(s->c, "elr", want->elr, got->elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(s->c, "spsr", want->spsr, got->spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	nisv_eq(s->c, "handler's pstate", want->pstate, got->pstate,
		nisv_show_hex, "PSTATE as exception entry sets it (DDI0487 D1.3)");
	if (beyond)
		nisv_eq(s->c, "far is the IPA", false, got->far == beyond,
			nisv_show_dec, "FAR is the VA accessed (DDI0487 FAR_ELx)");
	if (!beyond || got->far != beyond)
		nisv_eq(s->c, "far", want->far, got->far, nisv_show_hex,
			"FAR is the VA accessed, with its low bits (DDI0487 FAR_ELx)");
	if (walk) {
		nisv_eq(s->c, "fsc of a walk", want->esr & ESR_FSC,
			got->esr & ESR_FSC, nisv_show_hex,
			"external abort on a walk of that level (DDI0487 ESR_ELx)");
		esr = (esr & ~ESR_FSC) | (got->esr & ESR_FSC);
	}
	nisv_eq(s->c, "esr", esr, got->esr, nisv_show_hex,
		"data or instruction abort, synchronous external (DDI0487 ESR_ELx)");
}

/* The guest is in front of its handler, which it then goes on in. */
static void check_enters(struct signal_case *s, u64 beyond)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	struct nisv_taken now;

	if (nisv_failed(s->c))
		return;
	nisv_check_step(s->c, "entry: ");
	nisv_vcpu_entering(s->vm, 0, &now);
	check_taken(s, &now, beyond);
	nisv_check_step(s->c, "");
	if (nisv_failed(s->c))
		return;
	seen = nisv_check_doorbell(s->c, s->vm, 0, &trap);
	nisv_check_step(s->c, "guest: ");
	if (seen) {
		now.vector = trap.vector;
		now.esr = trap.esr;
		now.far = trap.far;
		now.elr = trap.elr;
		now.spsr = trap.spsr;
		check_taken(s, &now, beyond);
		nisv_check_regs(s->c, s->form, &s->regs, seen, NISV_SEEN,
				"an exception changes no other register (DDI0487 D1.3)");
	}
	nisv_check_step(s->c, "");
}

/* The access of the form is at @va instead. */
static void aim(struct signal_case *s, u64 va)
{
	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	s->regs.x[nisv_form_base(s->form)] += va - nisv_form_va(s->vm, s->form);
	nisv_vcpu_start(s->vm, 0, &s->regs);
}

/* The guest is at @pc, where there is nothing. */
static void fetch_at(struct signal_case *s, u64 pc, u64 beyond)
{
	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	s->regs.pc = pc;
	nisv_vcpu_start(s->vm, 0, &s->regs);
	warm_up(s);
	want_abort(s, pc, true, FSC_EXTERNAL);
	if (!set_alarm(s, NISV_EC_IABT))
		return;
	is_interrupted(s);
	stop_alarm(s);
	check_enters(s, beyond);
}

static void fetch(struct signal_case *s)
{
	fetch_at(s, nisv_form_va(s->vm, s->form) & ~3ull, 0);
}

static void walk(struct signal_case *s)
{
	u64 va = nisv_vm_open_walk(s->vm, 1) + 0x240;

	aim(s, va);
	warm_up(s);
	want_abort(s, va, false, FSC_WALK | 3);
	if (!set_alarm(s, NISV_EC_DABT))
		return;
	is_interrupted(s);
	stop_alarm(s);
	check_enters(s, 0);
}

/*
 * The last entry of the table, with pages of another size. Each table on the way
 * is a trap of its own, the first time.
 */
static void walk_last_entry(struct signal_case *s)
{
	u64 va = nisv_vm_open_walk(s->vm, 1) + 0x240;
	int traps = 0;

	va |= GENMASK_ULL(s->page_shift - 4, 0) << s->page_shift;
	aim(s, va);
	want_abort(s, va, false, FSC_WALK | 3);
	do {
		if (!set_alarm(s, NISV_EC_DABT))
			return;
		is_interrupted(s);
		stop_alarm(s);
	} while (!nisv_failed(s->c) && ++traps < WALK_TRAPS &&
		 nisv_vcpu_pc(s->vm, 0) == s->regs.pc);
	check_enters(s, 0);
}

static void beyond(struct signal_case *s)
{
	struct nisv_exit e;
	u64 va, ipa;
	bool limit;

	if (!nisv_check_at_el1(s->c, s->vm))
		return;
	ipa = nisv_vm_open_beyond(s->vm, &va);
	if (!ipa) {
		nisv_skip(s->c, "fewer IPA bits than 48 and than the CPU has PA bits",
			  "%u", nisv_vm_ipa_bits(s->vm));
		return;
	}
	va += 0x240;
	ipa += 0x240;
	aim(s, va);
	warm_up(s);
	want_abort(s, va, false, FSC_EXTERNAL);
	if (!set_alarm(s, NISV_EC_DABT))
		return;
	nisv_vcpu_run(s->vm, 0, &e);
	stop_alarm(s);
	limit = e.ret == -EINTR;
	nisv_eq(s->c, "the IPA size is a limit", true, limit, nisv_show_dec,
		"no exit for an IPA that the VM does not have (api.rst 4.2 KVM_CREATE_VM)");
	if (!limit)
		return;
	check_enters(s, ipa);
	if (!nisv_failed(s->c))
		fetch_at(s, va, ipa);
}

/* ---- the mask of KVM_RUN ---- */

/* Looks at a thread once it sleeps in KVM_RUN, and sends it SIGUSR1. */
struct watch {
	pthread_t thread;
	int tid;
	bool enters;
	bool left;
	u64 blocked;		/* a bit for each signal; 0 when it never slept */
};

#define BIT_OF(sig)	BIT_ULL((sig) - 1)

/* proc(5), /proc/pid/status: SigBlk */
static u64 blocked_in(int tid)
{
	unsigned long long blocked = 0;
	char path[48], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "SigBlk: %llx", &blocked) == 1)
			break;
	if (f)
		fclose(f);
	return blocked;
}

static void *watch(void *arg)
{
	struct watch *w = arg;

	while (!__atomic_load_n(&w->enters, __ATOMIC_SEQ_CST) ||
	       !nisv_thread_sleeps(w->tid)) {
		if (__atomic_load_n(&w->left, __ATOMIC_SEQ_CST))
			return NULL;
		sched_yield();
	}
	w->blocked = blocked_in(w->tid);
	pthread_kill(w->thread, SIGUSR1);
	return NULL;
}

static void set_state(struct signal_case *s, u32 state)
{
	struct kvm_mp_state mp_state = { .mp_state = state };

	nisv_eq(s->c, "KVM_SET_MP_STATE", 0,
		ioctl(nisv_vcpu_fd(s->vm, 0), KVM_SET_MP_STATE, &mp_state) ?
		-errno : 0, nisv_show_result,
		"a vCPU can be stopped (api.rst 4.39)");
}

static void set_mask(struct signal_case *s, void *mask)
{
	nisv_eq(s->c, "KVM_SET_SIGNAL_MASK", 0,
		ioctl(nisv_vcpu_fd(s->vm, 0), KVM_SET_SIGNAL_MASK, mask) ?
		-errno : 0, nisv_show_result,
		"any mask can be set (api.rst 4.21)");
}

/*
 * Of all signals but SIGUSR1, in KVM_RUN of a vCPU that is stopped: it has them
 * blocked but for two, and SIGUSR1 ends it.
 */
static void mask_of_all(struct signal_case *s)
{
	const u64 all = ~BIT_OF(SIGUSR1);
	struct watch w = { .thread = pthread_self(), .tid = gettid() };
	/* struct kvm_signal_mask: the set's size in bytes, and the set */
	u32 mask[3] = { sizeof(all), (u32)all, all >> 32 };
	struct timespec now = { 0, 0 };
	sigset_t usr1, old;
	pthread_t thread;
	struct nisv_exit e;

	set_state(s, KVM_MP_STATE_STOPPED);
	set_mask(s, mask);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, &old);
	if (nisv_failed(s->c) || pthread_create(&thread, NULL, watch, &w)) {
		nisv_fail(s->c, "no thread");
		return;
	}
	__atomic_store_n(&w.enters, true, __ATOMIC_SEQ_CST);
	nisv_vcpu_run(s->vm, 0, &e);
	__atomic_store_n(&w.left, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	nisv_eq(s->c, "signal pending", SIGUSR1,
		sigtimedwait(&usr1, NULL, &now), nisv_show_dec,
		"a signal is not lost in KVM_RUN");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	nisv_eq(s->c, "KVM_RUN", -EINTR, e.ret, nisv_show_result,
		"an unmasked signal is pending: -EINTR (api.rst 4.10)");
	nisv_eq(s->c, "blocked in KVM_RUN",
		all & ~(BIT_OF(SIGKILL) | BIT_OF(SIGSTOP)), w.blocked,
		nisv_show_hex,
		"the mask replaces the thread's, but SIGKILL and SIGSTOP do what they always do (api.rst 4.21)");
	set_mask(s, NULL);
	set_state(s, KVM_MP_STATE_RUNNABLE);
}

/* ---- all cases ---- */

/* Tables that a case changes are those of a VM of its own. */
static struct nisv_vm *own_vm(const struct signal_case *s)
{
	const struct nisv_space space = { .page_shift = s->page_shift };
	struct nisv_vm *vm = nisv_vm_new_in(&space, 1);

	if (s->cap)
		nisv_eq(s->c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
	return vm;
}

static void run_case(struct nisv_check *c, const void *arg)
{
	struct signal_case s = *(const struct signal_case *)arg;
	const struct nisv_space space = { .page_shift = s.page_shift };
	char requires[80], found[32];

	if (nisv_space_missing(&space, requires, sizeof(requires), found,
			       sizeof(found))) {
		nisv_skip(c, requires, "%s", found);
		return;
	}
	s.c = c;
	s.form = nisv_form_named(s.form_name);
	if (!s.form) {
		nisv_fail(c, "no form is called %s", s.form_name);
		return;
	}
	nisv_check_form(c, s.form, 0);
	s.vm = s.own_vm ? own_vm(&s) : nisv_shared_vm(c, s.cap);
	nisv_vm_set(s.vm, s.setting);
	if (nisv_check_has(c, s.vm, s.form, s.setting))
		s.fn(&s);
	if (s.own_vm)
		nisv_vm_free(s.vm);
	else
		nisv_shared_vm_done(c, s.cap);
}

static const struct signal_case cases[] = {
	{ .name = "ioeventfd", .fn = ioeventfd, .form_name = "str_w" },
	{ .name = "slot_load", .fn = access_slot, .form_name = "ldr_x" },
	{ .name = "slot_store", .fn = access_slot, .form_name = "str_x" },
	{ .name = "read_only", .fn = read_only, .form_name = "str_x_post" },
	{ .name = "call", .fn = call_firmware, .form_name = "ldr_x_post" },
	{ .name = "fetch", .fn = fetch, .form_name = "ldr_x_post" },
	{ .name = "fetch_el0", .fn = fetch, .form_name = "ldr_x_post",
	  .setting = SETTING_el0 },
	{ .name = "walk", .fn = walk, .form_name = "ldr_x_post",
	  .own_vm = true },
	{ .name = "walk_16k", .fn = walk_last_entry, .form_name = "ldr_x_post",
	  .own_vm = true, .page_shift = 14 },
	{ .name = "walk_64k", .fn = walk_last_entry, .form_name = "ldr_x_post",
	  .own_vm = true, .page_shift = 16 },
	{ .name = "mask_of_all", .fn = mask_of_all, .form_name = "ldr_x_post",
	  .own_vm = true },
	{ .name = "beyond_the_ipa_space", .fn = beyond, .form_name = "ldr_x_post",
	  .own_vm = true },
};

static void add(const struct signal_case *row, bool cap)
{
	struct signal_case *s = malloc(sizeof(*s));

	if (!s)
		abort();
	*s = *row;
	s->cap = cap;
	nisv_case(run_case, s, "%s_%s", s->name, cap ? "on" : "off");
}

int main(int argc, char **argv)
{
	struct signal_case access = { .fn = access_exits };
	char name[64];
	unsigned int i;

	for (i = 0; i < nisv_nr_forms; i++) {
		if (!nisv_form_first(&nisv_forms[i]))
			continue;
		snprintf(name, sizeof(name), "%s.exit", nisv_forms[i].name);
		access.name = name;
		access.form_name = nisv_forms[i].name;
		add(&access, true);
		add(&access, false);
	}
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		add(&cases[i], true);
		add(&cases[i], false);
	}
	return nisv_harness(argc, argv);
}
