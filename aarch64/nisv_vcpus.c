// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_vcpus: several vCPUs, each in a thread of its own.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.10 KVM_RUN, 4.35
 * KVM_SET_USER_MEMORY_REGION, 4.37 KVM_ENABLE_CAP, 5 immediate_exit): what
 * nisv_exit, nisv_cap and nisv_inject say of one vCPU holds for each of many, of
 * one VM and of several, whatever the others do meanwhile:
 *
 * - each has its own exit, with its own address and instruction, in its own
 *   struct kvm_run, where it stays until its own next KVM_RUN;
 * - a slot that appears or goes while they are in the guest: the access
 *   succeeds, or is the exit, and nothing else (EFAULT, say);
 * - the capability that is enabled meanwhile is on for each: ENOSYS before, the
 *   exit afterwards, and never ENOSYS again;
 * - a signal is EINTR, and the access comes with the next KVM_RUN; registers that
 *   user space sets in between are the guest's. immediate_exit that is set while the
 *   guest runs is for the next KVM_RUN, not for this one;
 * - an abort, a reset or a stop of one vCPU is that one's.
 *
 * "inside" in a case's name: the guests wait within KVM_RUN until the host has
 * done its part, so that it is certain what comes first. Without it, host and
 * guests race, for so many rounds, TIMES as many with -r TIMES; what comes first
 * then is up to the machine, and more of it happens where it has more CPUs
 * (./run_tests.sh --smp 4 --repeat 20 nisv_vcpus). No time is measured.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"
#include "nisv_vcpus.h"

#define ROUNDS		4
#define NR_VCPUS	3	/* where so many do as well as more */
#define NR_FEW		4	/* of a VM of cases that need no more */
#define NR_DISTURBED	100	/* times: they must come to an end */
#define MAX_FORMS	64

/* One access of one vCPU: what came of it, to be compared later. */
struct round {
	const struct nisv_form *form;
	struct nisv_regs regs;		/* what the guest has */
	struct nisv_exit exit;
	u64 pc;				/* at the exit */
	unsigned int interrupted;	/* EINTR before the exit */
	bool memory;			/* no exit: the access succeeded */
	struct nisv_taken taken;	/* what it must take */
	struct nisv_exit bell;
	unsigned int interrupted_again;	/* EINTR after the exit */
	struct nisv_regs seen;
	struct nisv_trap trap;
	u64 kept;			/* X0, by the handler's first instruction */
};

/* How a vCPU answers its exit. */
enum answer {
	SKIP,		/* PC moves on, or the access is completed */
	ABORT,		/* KVM_SET_VCPU_EVENTS */
};

struct vcpu {
	struct nisv_vm *vm;
	unsigned int cpu;
	bool cap;
	bool own;		/* the VM was made for this case */
	bool hold;		/* the guest waits before each access */
	bool reset;		/* KVM_ARM_VCPU_INIT before each access */
	enum answer answer;
	pthread_t thread;
	bool started;
	unsigned int nr_rounds;
	struct round *round;
	/* shared with the thread: */
	int tid;		/* 0: it does not run yet */
	unsigned int done;	/* rounds */
	unsigned int eintr;	/* how often KVM_RUN said so */
	bool leave;		/* with EINTR the thread ends */
};

static u64 device_data(const struct vcpu *v, unsigned int r)
{
	return 0x8796a5b4c3d2e1f0ull + v->cpu * 0x0101010101010101ull + r;
}

/* The first form of each class and access that the vCPUs have. */
static unsigned int forms_of(struct nisv_vm *vm,
			     const struct nisv_form *forms[MAX_FORMS])
{
	unsigned int i, nr = 0;

	for (i = 0; i < nisv_nr_forms && nr < MAX_FORMS; i++) {
		const struct nisv_form *f = &nisv_forms[i];

		if (nisv_form_first(f) && nisv_vcpu_feature(vm, 0, f->feature) >=
		    nisv_features[f->feature].min)
			forms[nr++] = f;
	}
	return nr;
}

static void on_signal(int sig)
{
	(void)sig;
}

/* ---- a vCPU's thread ---- */

/* KVM_RUN until it is not EINTR; how often it was is counted. */
static bool run_on(struct vcpu *v, struct nisv_exit *e, unsigned int *eintr)
{
	for (*eintr = 0;; ++*eintr) {
		nisv_vcpu_run(v->vm, v->cpu, e);
		if (e->ret != -EINTR)
			return true;
		nisv_vcpu_immediate_exit(v->vm, v->cpu, false);
		__atomic_add_fetch(&v->eintr, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&v->leave, __ATOMIC_SEQ_CST))
			return false;
	}
}

static bool is_bell(const struct vcpu *v, const struct nisv_exit *e)
{
	return !e->ret && e->reason == KVM_EXIT_MMIO &&
	       e->phys_addr == nisv_doorbell_ipa(v->vm);
}

static void answer_exit(struct vcpu *v, struct round *o, u64 data)
{
	unsigned int rt = nisv_form_rt(o->form);
	bool mmio = !o->exit.ret && o->exit.reason == KVM_EXIT_MMIO;
	u64 tpidr = ~o->regs.x[0];

	if (v->answer == ABORT) {
		nisv_set_register(nisv_vcpu_fd(v->vm, v->cpu), SYSREG_TPIDR,
				  &tpidr);
		nisv_expect_abort(o->regs.pc, o->regs.pstate,
				  nisv_form_va(v->vm, o->form),
				  nisv_vcpu_sctlr(v->vm, v->cpu),
				  nisv_vcpu_mode(v->vm, v->cpu), &o->taken);
		nisv_vcpu_inject(v->vm, v->cpu, true, false, 0);
	} else if (!mmio) {
		nisv_vcpu_set_pc(v->vm, v->cpu, o->pc + 4);
	} else if (!o->exit.is_write) {
		nisv_vcpu_mmio_data(v->vm, v->cpu, data);
		if (rt != NISV_ZR)
			o->regs.x[rt] = nisv_form_loaded(o->form, data);
	}
}

static void prepare_round(struct vcpu *v, unsigned int r)
{
	struct round *o = &v->round[r];

	if (v->reset)
		nisv_vcpu_reinit(v->vm, v->cpu);
	nisv_vcpu_load(v->vm, v->cpu, o->form, &o->regs);
	if (v->hold)
		nisv_vcpu_hold(v->vm, v->cpu, &o->regs);
}

/* One access, and on to the doorbell. */
static bool one_round(struct vcpu *v, unsigned int r)
{
	struct round *o = &v->round[r];

	if (!run_on(v, &o->exit, &o->interrupted))
		return false;
	o->pc = nisv_vcpu_pc(v->vm, v->cpu);
	o->memory = is_bell(v, &o->exit);
	if (o->memory) {
		o->bell = o->exit;
	} else {
		answer_exit(v, o, device_data(v, r));
		if (!run_on(v, &o->bell, &o->interrupted_again))
			return false;
	}
	o->seen = *nisv_vcpu_seen(v->vm, v->cpu, &o->trap);
	nisv_get_register(nisv_vcpu_fd(v->vm, v->cpu), SYSREG_TPIDR, &o->kept);
	return true;
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	unsigned int r;

	__atomic_store_n(&v->tid, gettid(), __ATOMIC_SEQ_CST);
	for (r = 0; r < v->nr_rounds; r++) {
		/* a guest that waits was prepared by who waits for it */
		if (!v->hold)
			prepare_round(v, r);
		if (!one_round(v, r))
			break;
		__atomic_store_n(&v->done, r + 1, __ATOMIC_SEQ_CST);
		sched_yield();
	}
	return NULL;
}

static unsigned int rounds_done(const struct vcpu *v)
{
	return __atomic_load_n(&v->done, __ATOMIC_SEQ_CST);
}

/* ---- what the main thread does with them ---- */

struct group {
	struct nisv_check *c;
	struct vcpu v[NISV_MAX_VCPUS];
	unsigned int nr;
};

static struct nisv_vm *new_vm(struct group *g, unsigned int nr_vcpus, bool cap)
{
	struct nisv_vm *vm = nisv_vm_new(nr_vcpus);

	if (cap)
		nisv_eq(g->c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
	return vm;
}

static void add_vcpus(struct group *g, struct nisv_vm *vm,
		      unsigned int nr_vcpus, bool cap, bool own)
{
	unsigned int cpu;

	nisv_vm_with_fp(vm, true);
	for (cpu = 0; cpu < nr_vcpus; cpu++) {
		struct vcpu *v = &g->v[g->nr++];

		v->vm = vm;
		v->cpu = cpu;
		v->cap = cap;
		v->own = own;
		nisv_vcpu_immediate_exit(vm, cpu, false);
	}
}

/* A VM of the case's own. */
static void add_own_vm(struct group *g, unsigned int nr_vcpus, bool cap)
{
	add_vcpus(g, new_vm(g, nr_vcpus, cap), nr_vcpus, cap, true);
}

/* With the capability off and on: what a case leaves to those after it. */
static struct {
	struct nisv_vm *vm;
	unsigned int nr_vcpus;
} kept[2];

static void drop_kept(bool cap)
{
	nisv_vm_free(kept[cap].vm);
	kept[cap].vm = NULL;
	kept[cap].nr_vcpus = 0;
}

/* The first vCPUs of a VM that may have more; those are not run. */
static void add_vm(struct group *g, unsigned int nr_vcpus, bool cap)
{
	if (kept[cap].nr_vcpus < nr_vcpus) {
		drop_kept(cap);
		kept[cap].nr_vcpus = nr_vcpus > NR_FEW ? NISV_MAX_VCPUS : NR_FEW;
		kept[cap].vm = new_vm(g, kept[cap].nr_vcpus, cap);
	}
	add_vcpus(g, kept[cap].vm, nr_vcpus, cap, false);
}

/* Where it is about exits, and not what each vCPU has: its vectors take time. */
static void without_fp(struct group *g)
{
	nisv_vm_with_fp(g->v[0].vm, false);
}

static void begin(struct group *g, struct nisv_check *c)
{
	struct sigaction act = { .sa_handler = on_signal };

	memset(g, 0, sizeof(*g));
	g->c = c;
	/* without SA_RESTART */
	sigaction(SIGUSR1, &act, NULL);
}

/* Each vCPU another form in each round, so that they never agree. */
static void set_rounds(struct group *g, unsigned int rounds)
{
	const struct nisv_form *forms[MAX_FORMS];
	unsigned int nr_forms = forms_of(g->v[0].vm, forms);
	unsigned int i, r;

	for (i = 0; i < g->nr; i++) {
		struct vcpu *v = &g->v[i];

		v->nr_rounds = rounds;
		v->round = calloc(rounds, sizeof(*v->round));
		if (!v->round)
			abort();
		for (r = 0; r < rounds; r++)
			v->round[r].form = forms[(i + 3 * r) % nr_forms];
	}
}

static void start_one(struct group *g, struct vcpu *v)
{
	int err = pthread_create(&v->thread, NULL, vcpu_thread, v);

	v->started = !err;
	if (err)
		nisv_fail(g->c, "pthread_create: %s", strerror(err));
}

static void start(struct group *g)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++) {
		if (g->v[i].hold)
			prepare_round(&g->v[i], 0);
		start_one(g, &g->v[i]);
	}
}

static void join(struct group *g)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++)
		if (g->v[i].started)
			pthread_join(g->v[i].thread, NULL);
}

/*
 * A guest that waits keeps its CPU until the scheduler's next tick, if others only
 * yield to it. Who has slept gets it back at once.
 */
static void let_others_run(void)
{
	const struct timespec little = { .tv_nsec = 20000 };

	nanosleep(&little, NULL);
}

/* Until all guests are in front of their form. */
static void wait_inside(struct group *g)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++)
		while (g->v[i].started &&
		       !nisv_vcpu_waits(g->v[i].vm, g->v[i].cpu))
			let_others_run();
}

static void go(struct group *g)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++)
		nisv_vcpu_go(g->v[i].vm, g->v[i].cpu);
}

static void end(struct group *g)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++) {
		free(g->v[i].round);
		if (g->v[i].own && !g->v[i].cpu)
			nisv_vm_free(g->v[i].vm);
		else if (!g->v[i].own && nisv_failed(g->c))
			drop_kept(g->v[i].cap);
	}
}

/* ---- what must have come of it ---- */

static void check_exit_from(struct group *g, const struct vcpu *v,
			    struct round *o, bool cap, enum nisv_behind behind)
{
	struct nisv_situation s = {
		.form = o->form,
		.behind = behind,
		.cap = cap,
		.ipa = nisv_form_ipa(v->vm, o->form),
	};
	unsigned int rt = nisv_form_rt(o->form);
	struct nisv_want want;

	s.store = rt == NISV_ZR ? 0 : o->regs.x[rt];
	nisv_expect(&s, &want);
	nisv_check_exit(g->c, o->form, &want, &o->exit);
	nisv_eq(g->c, "pc", 0, o->pc - o->regs.pc, nisv_show_delta,
		"PC stays at the instruction (api.rst 5)");
}

static void check_exit(struct group *g, const struct vcpu *v, struct round *o,
		       bool cap)
{
	check_exit_from(g, v, o, cap, BEHIND_NOTHING);
}

static void check_taken(struct group *g, struct round *o)
{
	bool all;

	nisv_eq(g->c, "vector", o->taken.vector, o->trap.vector, nisv_show_dec,
		"the abort is taken by the vCPU that it is for (api.rst 4.31)");
	nisv_eq(g->c, "esr", o->taken.esr, o->trap.esr, nisv_show_hex,
		"EC, IL, a synchronous external abort (DDI0487 ESR_ELx)");
	nisv_eq(g->c, "far", o->taken.far, o->trap.far, nisv_show_hex,
		"FAR is this vCPU's VA (DDI0487 FAR_ELx)");
	nisv_eq(g->c, "elr", o->taken.elr, o->trap.elr, nisv_show_hex,
		"ELR is this vCPU's instruction (DDI0487 D1.3)");
	nisv_eq(g->c, "spsr", o->taken.spsr, o->trap.spsr, nisv_show_hex,
		"SPSR is this vCPU's PSTATE (DDI0487 D1.3)");
	all = nisv_eq(g->c, "the handler's first instruction runs", true,
		      o->kept == o->regs.x[0], nisv_show_dec,
		      "the handler starts at its vector (DDI0487 D1.3)");
	if (!all)
		o->regs.x[0] = o->seen.x[0];
}

/* The doorbell came, and the guest has what it must have. */
static void check_bell(struct group *g, const struct vcpu *v, struct round *o)
{
	struct nisv_want bell;

	nisv_expect_doorbell(v->vm, &bell);
	nisv_check_step(g->c, "doorbell: ");
	nisv_check_exit(g->c, NULL, &bell, &o->bell);
	nisv_check_step(g->c, "guest: ");
	if (v->answer == ABORT && !o->memory)
		check_taken(g, o);
	else
		nisv_eq(g->c, "vector", NISV_NO_VECTOR, o->trap.vector,
			nisv_show_dec, "the guest takes no exception");
	/* what an access to memory loads is not looked at here */
	if (!o->memory)
		nisv_check_regs(g->c, o->form, &o->regs, &o->seen, NISV_SEEN,
				"each vCPU goes on with the state that it had");
	nisv_check_step(g->c, "");
}

static void check_round(struct group *g, const struct vcpu *v, unsigned int r,
			bool cap)
{
	struct round *o = &v->round[r];

	nisv_check_form(g->c, o->form, v->cpu);
	check_exit(g, v, o, cap);
	if (!nisv_failed(g->c))
		check_bell(g, v, o);
}

static void check_all(struct group *g)
{
	unsigned int i, r;

	for (i = 0; i < g->nr; i++)
		for (r = 0; r < g->v[i].nr_rounds && !nisv_failed(g->c); r++)
			check_round(g, &g->v[i], r, g->v[i].cap);
}

/* No guest got to its access before the main thread said so. */
static void check_interrupted(struct group *g, const struct vcpu *v,
			      unsigned int want, const char *rule)
{
	nisv_eq(g->c, "times EINTR", want, v->round[0].interrupted,
		nisv_show_dec, rule);
}

/* ---- all at once ---- */

struct at_once {
	unsigned int nr_vcpus;
	bool cap;
};

static void at_once(struct nisv_check *c, const void *arg)
{
	const struct at_once *a = arg;
	struct group g;

	begin(&g, c);
	add_vm(&g, a->nr_vcpus, a->cap);
	set_rounds(&g, ROUNDS * nisv_repeat());
	start(&g);
	join(&g);
	check_all(&g);
	end(&g);
}

/* The middle one has the capability off. */
static void several_vms(struct nisv_check *c, const void *arg)
{
	struct group g;

	(void)arg;
	begin(&g, c);
	add_vm(&g, 2, true);
	add_vm(&g, 2, false);
	add_own_vm(&g, 2, true);
	set_rounds(&g, ROUNDS * nisv_repeat());
	start(&g);
	join(&g);
	check_all(&g);
	end(&g);
}

/* What one KVM_RUN reported stays there while the others run. */
static void exits_stay(struct nisv_check *c, const void *arg)
{
	struct group g;
	unsigned int i;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NISV_MAX_VCPUS, true);
	set_rounds(&g, 1);
	for (i = 0; i < g.nr; i++) {
		struct vcpu *v = &g.v[i];

		prepare_round(v, 0);
		nisv_vcpu_run(v->vm, v->cpu, &v->round[0].exit);
	}
	for (i = 0; i < g.nr; i++) {
		struct vcpu *v = &g.v[i];
		struct round *o = &v->round[0];

		nisv_vcpu_look(v->vm, v->cpu, &o->exit);
		o->pc = nisv_vcpu_pc(v->vm, v->cpu);
		nisv_check_form(c, o->form, v->cpu);
		check_exit(&g, v, o, true);
	}
	/* and in the other order they go on */
	for (i = g.nr; i-- && !nisv_failed(c);) {
		struct vcpu *v = &g.v[i];
		struct round *o = &v->round[0];

		answer_exit(v, o, device_data(v, 0));
		nisv_vcpu_run(v->vm, v->cpu, &o->bell);
		o->seen = *nisv_vcpu_seen(v->vm, v->cpu, &o->trap);
		nisv_check_form(c, o->form, v->cpu);
		check_bell(&g, v, o);
	}
	end(&g);
}

/* vCPU IDs that are not in the order in which the vCPUs were made. */
static void ids_in_disorder(struct nisv_check *c, const void *arg)
{
	static const u32 ids[] = { 3, 1, 7, 0 };
	static const char * const forms[ARRAY_SIZE(ids)] = {
		"ldr_x_post", "str_w_pre", "ldp_x_post", "str_x",
	};
	const int nr = ARRAY_SIZE(ids);
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(nr);
	unsigned int cpu;
	int cap;

	(void)arg;
	for (cpu = 0; cpu < ARRAY_SIZE(ids); cpu++)
		nisv_vm_add_vcpu_id(vm, ids[cpu]);
	for (cap = 0; cap < 2; cap++) {
		if (cap)
			nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(vm),
				nisv_show_result,
				"the capability can be enabled (api.rst 4.37)");
		for (cpu = 0; cpu < ARRAY_SIZE(ids) && !nisv_failed(c); cpu++)
			nisv_check_form_run(c, vm, cpu,
					    nisv_form_named(forms[cpu]), cap);
	}
	nisv_vm_free(vm);
}

/* ---- slots ---- */

static void *hole_memory(struct nisv_check *c)
{
	void *mem = mmap(NULL, 2 * NISV_HOLE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		nisv_fail(c, "mmap: %s", strerror(errno));
		return NULL;
	}
	return (void *)(((unsigned long)mem + NISV_HOLE_SIZE - 1) &
			-NISV_HOLE_SIZE);
}

static void set_slot(struct group *g, void *mem, u32 flags)
{
	nisv_eq(g->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_vm_slot_in_hole(g->v[0].vm, mem, flags), nisv_show_result,
		"a slot can be made and deleted while vCPUs run (api.rst 4.35)");
}

/* It was there, and the guests have used it, or it was not. */
static void slot_inside(struct nisv_check *c, bool there)
{
	void *mem = hole_memory(c);
	struct group g;
	unsigned int i;

	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	without_fp(&g);
	if (there)
		set_slot(&g, mem, 0);
	set_rounds(&g, 1);
	/* KVM's tables map it then */
	for (i = 0; i < g.nr && there; i++) {
		prepare_round(&g.v[i], 0);
		one_round(&g.v[i], 0);
		nisv_eq(c, "memory", true, g.v[i].round[0].memory,
			nisv_show_dec, "where there is a slot the access happens");
	}
	for (i = 0; i < g.nr; i++)
		g.v[i].hold = true;
	start(&g);
	wait_inside(&g);
	set_slot(&g, there ? NULL : mem, 0);
	go(&g);
	join(&g);
	for (i = 0; i < g.nr && !nisv_failed(c); i++) {
		struct round *o = &g.v[i].round[0];

		nisv_check_form(c, o->form, i);
		check_interrupted(&g, &g.v[i], 0, "no signal came");
		nisv_eq(c, "memory", !there, o->memory, nisv_show_dec,
			"what is done before the access counts for it (api.rst 4.35)");
		if (!o->memory)
			check_exit(&g, &g.v[i], o, true);
		check_bell(&g, &g.v[i], o);
	}
	if (!there)
		set_slot(&g, NULL, 0);
	end(&g);
}

static void slot_deleted_inside(struct nisv_check *c, const void *arg)
{
	(void)arg;
	slot_inside(c, true);
}

static void slot_appears_inside(struct nisv_check *c, const void *arg)
{
	(void)arg;
	slot_inside(c, false);
}

static bool all_done(const struct group *g)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++)
		if (rounds_done(&g->v[i]) < g->v[i].nr_rounds)
			return false;
	return true;
}

/*
 * A store may have faulted when its page was there for reads, and KVM have looked
 * for the slot when it was gone.
 */
static enum nisv_behind what_was_behind(const struct round *o)
{
	bool permission = (o->exit.esr_iss & ESR_FSC_TYPE) == FSC_PERMISSION;

	return o->form->access != ACCESS_R && permission ? BEHIND_READ_BEFORE :
							  BEHIND_NOTHING;
}

/* Exits or success, whatever comes first; nothing else. */
static void slot_races(struct nisv_check *c, const void *arg)
{
	void *mem = hole_memory(c);
	struct group g;
	unsigned int i, r;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	without_fp(&g);
	set_rounds(&g, 4 * ROUNDS * nisv_repeat());
	start(&g);
	while (!all_done(&g) && !nisv_failed(c)) {
		set_slot(&g, mem, 0);
		sched_yield();
		set_slot(&g, NULL, 0);
		sched_yield();
	}
	join(&g);
	for (i = 0; i < g.nr; i++)
		for (r = 0; r < g.v[i].nr_rounds && !nisv_failed(c); r++) {
			struct round *o = &g.v[i].round[r];

			nisv_check_form(c, o->form, i);
			if (!o->memory)
				check_exit_from(&g, &g.v[i], o, true,
						what_was_behind(o));
			check_bell(&g, &g.v[i], o);
		}
	end(&g);
}

/* A store to a page of a read-only slot that no vCPU has touched. */
static void read_only_on_each(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("str_x_post");
	struct nisv_situation s = {
		.form = form,
		.behind = BEHIND_READ_ONLY,
		.cap = true,
	};
	void *mem = hole_memory(c);
	struct nisv_want want;
	struct nisv_regs regs;
	struct nisv_exit e;
	struct group g;
	unsigned int cpu;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	without_fp(&g);
	set_slot(&g, mem, KVM_MEM_READONLY);
	s.ipa = nisv_form_ipa(g.v[0].vm, form);
	nisv_expect(&s, &want);
	for (cpu = 0; cpu < g.nr && !nisv_failed(c); cpu++) {
		nisv_check_form(c, form, cpu);
		nisv_vcpu_load(g.v[0].vm, cpu, form, &regs);
		nisv_vcpu_run(g.v[0].vm, cpu, &e);
		nisv_check_exit(c, form, &want, &e);
		nisv_vcpu_to_start(g.v[0].vm, cpu);
	}
	set_slot(&g, NULL, 0);
	end(&g);
}

/* ---- the capability ---- */

static void enabled_inside(struct nisv_check *c, const void *arg)
{
	struct group g;
	unsigned int i;

	(void)arg;
	begin(&g, c);
	add_own_vm(&g, NR_VCPUS, false);
	without_fp(&g);
	set_rounds(&g, 1);
	for (i = 0; i < g.nr; i++)
		g.v[i].hold = true;
	start(&g);
	wait_inside(&g);
	nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(g.v[0].vm),
		nisv_show_result, "it may be enabled at any time (api.rst 4.37)");
	go(&g);
	join(&g);
	for (i = 0; i < g.nr && !nisv_failed(c); i++) {
		check_interrupted(&g, &g.v[i], 0, "no signal came");
		check_round(&g, &g.v[i], 0, true);
	}
	end(&g);
}

/*
 * ENOSYS first; then the exit and never ENOSYS again. Plain accesses do not tell,
 * they are the same in both.
 */
static void check_switch(struct group *g, const struct vcpu *v,
			 unsigned int certain)
{
	bool on = false;
	unsigned int r;

	for (r = 0; r < v->nr_rounds && !nisv_failed(g->c); r++) {
		const struct nisv_exit *e = &v->round[r].exit;
		bool isv = nisv_classes[v->round[r].form->class].isv;

		if (!isv)
			on |= e->ret != -ENOSYS;
		check_round(g, v, r, on);
		if (r >= certain && !isv)
			nisv_eq(g->c, "on", true, on, nisv_show_dec,
				"once it is enabled it is on for each vCPU (api.rst 4.37)");
	}
}

static void enabled_races(struct nisv_check *c, const void *arg)
{
	unsigned int certain[NISV_MAX_VCPUS], i;
	struct group g;

	(void)arg;
	begin(&g, c);
	add_own_vm(&g, NR_VCPUS, false);
	without_fp(&g);
	set_rounds(&g, 4 * ROUNDS * nisv_repeat());
	start(&g);
	while (rounds_done(&g.v[0]) < ROUNDS)
		sched_yield();
	nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(g.v[0].vm),
		nisv_show_result, "it may be enabled at any time (api.rst 4.37)");
	/* one round may be under way */
	for (i = 0; i < g.nr; i++)
		certain[i] = rounds_done(&g.v[i]) + 1;
	join(&g);
	for (i = 0; i < g.nr; i++)
		check_switch(&g, &g.v[i], certain[i]);
	end(&g);
}

/* ---- signals and immediate_exit ---- */

static void signal_inside(struct nisv_check *c, const void *arg)
{
	struct group g;
	unsigned int i;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	set_rounds(&g, 1);
	for (i = 0; i < g.nr; i++)
		g.v[i].hold = true;
	start(&g);
	wait_inside(&g);
	for (i = 0; i < g.nr; i++)
		pthread_kill(g.v[i].thread, SIGUSR1);
	for (i = 0; i < g.nr; i++)
		while (!__atomic_load_n(&g.v[i].eintr, __ATOMIC_SEQ_CST))
			let_others_run();
	go(&g);
	join(&g);
	for (i = 0; i < g.nr && !nisv_failed(c); i++) {
		check_interrupted(&g, &g.v[i], 1,
				  "a signal ends KVM_RUN once: EINTR (api.rst 4.10)");
		check_round(&g, &g.v[i], 0, true);
	}
	end(&g);
}

/* The guest next goes on with these, but for its stack pointers and V. */
static void set_registers(const struct vcpu *v, const struct nisv_regs *regs)
{
	int fd = nisv_vcpu_fd(v->vm, v->cpu), i;

	for (i = 0; i < 31; i++)
		nisv_set_register(fd, CORE_REG(regs.regs[0]) + 2 * i, &regs->x[i]);
	nisv_set_register(fd, CORE_REG(regs.pstate), &regs->pstate);
	nisv_vcpu_set_pc(v->vm, v->cpu, regs->pc);
	nisv_vcpu_scramble(v->vm, v->cpu, 5);
}

/* All of them are the guest's, and still so at the exit of @form. */
static void check_registers_set(struct group *g, const struct vcpu *v,
				const struct nisv_form *form)
{
	static const char rule[] =
		"the guest has what user space has set (api.rst 4.68)";
	struct round o = { .form = form };
	struct nisv_sysreg *before, *now;
	struct nisv_regs regs;
	unsigned int nr, i;

	nisv_check_form(g->c, form, v->cpu);
	nisv_vcpu_load(v->vm, v->cpu, form, &o.regs);
	set_registers(v, &o.regs);
	nisv_vcpu_regs(v->vm, v->cpu, form, &o.regs, NISV_ALL);
	nr = nisv_vcpu_sysregs(v->vm, v->cpu, false, &before);
	nisv_vcpu_run(v->vm, v->cpu, &o.exit);
	o.pc = nisv_vcpu_pc(v->vm, v->cpu);
	check_exit(g, v, &o, v->cap);
	nisv_vcpu_regs(v->vm, v->cpu, form, &regs, NISV_ALL);
	nisv_check_regs(g->c, form, &o.regs, &regs, NISV_ALL, rule);
	nisv_vcpu_sysregs(v->vm, v->cpu, false, &now);
	for (i = 0; i < nr && !nisv_failed(g->c); i++)
		if (!nisv_eq_many(g->c, "sysreg", 0, before[i].value,
				  now[i].value, rule))
			nisv_fail(g->c, "the register's ID for KVM_GET_ONE_REG is 0x%llx",
				  (unsigned long long)now[i].id);
	free(before);
	free(now);
	if (nisv_failed(g->c))
		return;
	nisv_vcpu_set_pc(v->vm, v->cpu, o.pc + 4);
	nisv_vcpu_run(v->vm, v->cpu, &o.bell);
	o.seen = *nisv_vcpu_seen(v->vm, v->cpu, &o.trap);
	check_bell(g, v, &o);
}

/* Registers that user space sets when a signal has ended KVM_RUN. */
static void registers_after_signal(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("stp_x");
	struct group g;
	unsigned int i;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	set_rounds(&g, 1);
	for (i = 0; i < g.nr; i++) {
		g.v[i].hold = true;
		g.v[i].leave = true;
	}
	start(&g);
	wait_inside(&g);
	for (i = 0; i < g.nr; i++)
		pthread_kill(g.v[i].thread, SIGUSR1);
	join(&g);
	/* a guest with its old registers would get to another form */
	go(&g);
	for (i = 0; i < g.nr && !nisv_failed(c); i++) {
		nisv_eq(c, "times EINTR", 1, g.v[i].eintr, nisv_show_dec,
			"a signal ends KVM_RUN: EINTR (api.rst 4.10)");
		check_registers_set(&g, &g.v[i], form);
	}
	end(&g);
}

static void signals_race(struct nisv_check *c, const void *arg)
{
	unsigned int i, n = NR_DISTURBED * nisv_repeat();
	struct group g;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	set_rounds(&g, 4 * ROUNDS * nisv_repeat());
	start(&g);
	while (n-- && !all_done(&g)) {
		for (i = 0; i < g.nr; i++)
			if (rounds_done(&g.v[i]) < g.v[i].nr_rounds)
				pthread_kill(g.v[i].thread, SIGUSR1);
		sched_yield();
	}
	join(&g);
	check_all(&g);
	end(&g);
}

/* It is set while the guest runs: this KVM_RUN goes on, the next one does not. */
static void check_immediate_exit_inside(struct nisv_check *c, bool cap)
{
	struct group g;
	unsigned int i;

	begin(&g, c);
	add_vm(&g, NR_VCPUS, cap);
	without_fp(&g);
	set_rounds(&g, 1);
	for (i = 0; i < g.nr; i++)
		g.v[i].hold = true;
	start(&g);
	wait_inside(&g);
	for (i = 0; i < g.nr; i++)
		nisv_vcpu_immediate_exit(g.v[i].vm, g.v[i].cpu, true);
	go(&g);
	join(&g);
	for (i = 0; i < g.nr && !nisv_failed(c); i++) {
		struct round *o = &g.v[i].round[0];

		nisv_check_form(c, o->form, i);
		check_interrupted(&g, &g.v[i], 0,
				  "immediate_exit is looked at when KVM_RUN begins (api.rst 5)");
		/* what user space wrote is what differs */
		nisv_eq(c, "immediate_exit", sizeof(u64), o->exit.strayed,
			nisv_show_dec, "KVM does not write immediate_exit (api.rst 5)");
		o->exit.strayed = 0;
		nisv_eq(c, "times EINTR at the next", 1, o->interrupted_again,
			nisv_show_dec, "immediate_exit: EINTR (api.rst 5)");
		check_round(&g, &g.v[i], 0, cap);
	}
	end(&g);
}

static void immediate_exit_inside_on(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_immediate_exit_inside(c, true);
}

static void immediate_exit_inside_off(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_immediate_exit_inside(c, false);
}

static void immediate_exit_races(struct nisv_check *c, const void *arg)
{
	unsigned int i, r, n = NR_DISTURBED * nisv_repeat();
	struct group g;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	without_fp(&g);
	set_rounds(&g, 4 * ROUNDS * nisv_repeat());
	start(&g);
	while (n-- && !all_done(&g)) {
		for (i = 0; i < g.nr; i++)
			nisv_vcpu_immediate_exit(g.v[i].vm, g.v[i].cpu, true);
		sched_yield();
	}
	join(&g);
	for (i = 0; i < g.nr; i++)
		for (r = 0; r < g.v[i].nr_rounds; r++) {
			struct round *o = &g.v[i].round[r];

			/* immediate_exit itself is what may differ */
			if (o->exit.strayed == sizeof(u64))
				o->exit.strayed = 0;
			if (o->bell.strayed == sizeof(u64))
				o->bell.strayed = 0;
		}
	check_all(&g);
	end(&g);
}

/* ---- what is one vCPU's ---- */

static void aborts(struct nisv_check *c, const void *arg)
{
	struct group g;
	unsigned int i;

	(void)arg;
	begin(&g, c);
	add_vm(&g, 4, true);
	set_rounds(&g, 2 * ROUNDS * nisv_repeat());
	for (i = 0; i < g.nr; i++)
		g.v[i].answer = i % 2 ? ABORT : SKIP;
	start(&g);
	join(&g);
	check_all(&g);
	end(&g);
}

/* The first vCPU is reset over and over while the others exit. */
static void resets(struct nisv_check *c, const void *arg)
{
	struct group g;

	(void)arg;
	begin(&g, c);
	add_vm(&g, NR_VCPUS, true);
	set_rounds(&g, 2 * ROUNDS * nisv_repeat());
	g.v[0].reset = true;
	start(&g);
	join(&g);
	check_all(&g);
	end(&g);
}

static void set_state(struct group *g, unsigned int cpu, u32 state)
{
	struct kvm_mp_state mp = { .mp_state = state };

	nisv_eq(g->c, "KVM_SET_MP_STATE", 0,
		ioctl(nisv_vcpu_fd(g->v[0].vm, cpu), KVM_SET_MP_STATE, &mp) ?
		-errno : 0, nisv_show_result,
		"user space can set the state at the exit (api.rst 4.39)");
}

/* Until the thread sleeps in KVM_RUN, or has left it. */
static void wait_asleep(const struct vcpu *v)
{
	int tid;

	do {
		let_others_run();
		tid = __atomic_load_n(&v->tid, __ATOMIC_SEQ_CST);
	} while (v->started && !rounds_done(v) &&
		 !(tid && nisv_thread_sleeps(tid)));
}

/* The first vCPU stays at its exit, in KVM_RUN, while the others exit. */
static void check_beside(struct nisv_check *c, u32 state)
{
	struct group g, first = { .nr = 1 };
	struct nisv_regs regs;
	struct vcpu *v;

	begin(&g, c);
	first.c = c;
	add_vm(&g, NR_VCPUS, true);
	set_rounds(&g, 2 * ROUNDS * nisv_repeat());
	v = &first.v[0];
	*v = g.v[0];
	v->round[0].form = nisv_form_named("ldr_x_post");
	nisv_check_to_exit(c, v->vm, 0, v->round[0].form, true, &regs);
	v->round[0].regs = regs;
	set_state(&g, 0, state);
	/* at the exit already: nothing is loaded */
	v->hold = true;
	v->nr_rounds = 1;
	start_one(&first, v);
	wait_asleep(v);
	memmove(&g.v[0], &g.v[1], --g.nr * sizeof(g.v[0]));
	start(&g);
	join(&g);
	check_all(&g);
	nisv_eq(c, "left KVM_RUN", 0, rounds_done(v) + v->eintr, nisv_show_dec,
		"a vCPU that is stopped or suspended does not run (api.rst 4.38)");
	__atomic_store_n(&v->leave, true, __ATOMIC_SEQ_CST);
	nisv_vcpu_immediate_exit(v->vm, 0, true);
	pthread_kill(v->thread, SIGUSR1);
	join(&first);
	nisv_check_form(c, v->round[0].form, 0);
	nisv_eq(c, "left KVM_RUN", 1, rounds_done(v) + v->eintr, nisv_show_dec,
		"a signal ends KVM_RUN of it: EINTR (api.rst 4.10)");
	nisv_vcpu_immediate_exit(v->vm, 0, false);
	set_state(&first, 0, KVM_MP_STATE_RUNNABLE);
	v->leave = false;
	if (!nisv_failed(c)) {
		v->round[0].regs = regs;
		one_round(v, 0);
		check_round(&first, v, 0, true);
	}
	end(&g);
	end(&first);
}

static void stopped_beside(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_beside(c, KVM_MP_STATE_STOPPED);
}

static void suspended_beside(struct nisv_check *c, const void *arg)
{
	(void)arg;
	if (nisv_check_extension(c, NULL, KVM_CAP_ARM_SYSTEM_SUSPEND,
				 "KVM_MP_STATE_SUSPENDED (KVM_CAP_ARM_SYSTEM_SUSPEND >= 1)"))
		check_beside(c, KVM_MP_STATE_SUSPENDED);
}

static const struct {
	const char *name;
	void (*fn)(struct nisv_check *c, const void *arg);
} single[] = {
	{ "several_vms", several_vms },
	{ "exits_stay", exits_stay },
	{ "ids_in_disorder", ids_in_disorder },
	{ "slot_deleted_inside", slot_deleted_inside },
	{ "slot_appears_inside", slot_appears_inside },
	{ "slot_races", slot_races },
	{ "read_only_on_each", read_only_on_each },
	{ "enabled_inside", enabled_inside },
	{ "enabled_races", enabled_races },
	{ "signal_inside", signal_inside },
	{ "registers_after_signal", registers_after_signal },
	{ "signals_race", signals_race },
	{ "immediate_exit_inside_on", immediate_exit_inside_on },
	{ "immediate_exit_inside_off", immediate_exit_inside_off },
	{ "immediate_exit_races", immediate_exit_races },
	{ "aborts", aborts },
	{ "resets", resets },
	{ "stopped_beside", stopped_beside },
	{ "suspended_beside", suspended_beside },
};

int main(int argc, char **argv)
{
	static const struct at_once all[] = {
		{ 2, true }, { 2, false }, { 4, true }, { 4, false },
		{ 16, true }, { 16, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		nisv_case(at_once, &all[i], "at_once.%u_vcpus_%s",
			  all[i].nr_vcpus, all[i].cap ? "on" : "off");
	for (i = 0; i < ARRAY_SIZE(single); i++)
		nisv_case(single[i].fn, NULL, "%s", single[i].name);
	return nisv_harness(argc, argv);
}
