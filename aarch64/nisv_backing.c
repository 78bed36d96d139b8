// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_backing: slots whose memory is not simply there, next to a hole.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.35 KVM_SET_USER_MEMORY_REGION,
 * 4.140 KVM_SET_USER_MEMORY_REGION2, 4.142 KVM_CREATE_GUEST_MEMFD, 5
 * KVM_EXIT_ARM_NISV; admin-guide/mm/userfaultfd.rst):
 *
 * - A page of a slot that is missing and that userfaultfd serves is memory: the
 *   access waits for it and succeeds, without an exit; it is asked for once.
 * - So is a page of a guest_memfd.
 * - Each page of a slot in a hugepage is the one of the memory that the slot was
 *   given, and the hole begins where the slot ends, although there is more of the
 *   hugepage.
 * - The page behind such a slot is a hole like any other: an access without
 *   syndrome is the exit, or ENOSYS, and nobody is asked to serve it.
 * - A slot may be deleted while a vCPU waits for one of its pages. When that has
 *   been done all of it is a hole for each vCPU, whatever they did meanwhile.
 *
 * Cases: <backing>_<on|off>, with the first form of each class and access that
 * has no syndrome; hugepage_<what>_<on|off> and deleted_meanwhile_<on|off> with
 * some.
 *
 * What a form does to memory is taken from a run of the same form on the same
 * bytes in an ordinary slot.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/userfaultfd.h>

#include "nisv_vcpus.h"

/* Pages of the area: an ordinary slot, the one that is tested, the hole. */
#define PAGE_REFERENCE	0
#define PAGE_FIRST	1
#define PAGE_LAST	2
#define PAGE_BEHIND	3
#define NR_PAGES	4

#define SLOT_REFERENCE	20
#define SLOT_TESTED	21

#define AREA_IPA	0x800000	/* from the hole */
#define AREA_VA		0x2c0000000ul
#define OFFSET		0x1c0		/* of an access in its page */
#define TIME_TO_ASK	250		/* milliseconds; later is no failure */
#define PATIENCE	50		/* naps of a millisecond */

/* Numbers of the ABI that older headers lack. */
#define CAP_GUEST_MEMFD		234
#define CAP_GUEST_MEMFD_FLAGS	244
#define MEMFD_MMAP		BIT_ULL(0)
#define MEMFD_INIT_SHARED	BIT_ULL(1)
#define MEM_GUEST_MEMFD		BIT(2)

struct memfd_args {
	u64 size;
	u64 flags;
	u64 reserved[6];
};

struct region2 {
	u32 slot;
	u32 flags;
	u64 guest_phys_addr;
	u64 memory_size;
	u64 userspace_addr;
	u64 guest_memfd_offset;
	u32 guest_memfd;
	u32 pad1;
	u64 pad2[14];
};

#define CREATE_GUEST_MEMFD	_IOWR(KVMIO, 0xd4, struct memfd_args)
#define SET_MEMORY_REGION2	_IOW(KVMIO, 0x49, struct region2)

struct backing;

struct backing_case {
	const char *name;
	/* makes b->memory[1] the memory of the tested slot, and the slot */
	void (*make)(struct backing *b);
	/* the page that is touched next is as it was when it was made */
	void (*renew)(struct backing *b);
	unsigned int served;	/* how often a page is then asked for */
	bool cap;
};

/* While a case runs. */
struct backing {
	const struct backing_case *p;
	bool cap;
	struct nisv_check *c;
	struct nisv_vm *vm;
	const struct nisv_form *form;
	struct nisv_regs regs;		/* what the guest has */
	u64 page;			/* bytes */
	u64 ipa;
	unsigned int cpu;		/* that runs the form */
	u64 *reference;
	u64 *memory;			/* of the tested slot, 2 pages */
	int memfd;
	/* userfaultfd: */
	int uffd;
	int stop;			/* an eventfd */
	pthread_t thread;
	bool has_thread;
	u64 *source;			/* what a page gets */
	unsigned int served;
};

static void fill(const struct backing *b, u64 *page)
{
	u64 i;

	for (i = 0; i < b->page / sizeof(u64); i++)
		page[i] = nisv_pattern(i);
}

static u64 *new_pages(struct backing *b, unsigned int pages)
{
	void *memory = mmap(NULL, pages * b->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	nisv_fail(b->c, "no memory");
	return NULL;
}

static void set_slot(struct backing *b, u32 slot, unsigned int page,
		     unsigned int pages, u64 *memory)
{
	nisv_eq(b->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_set_slot(nisv_vm_fd(b->vm), slot, 0,
			      b->ipa + page * b->page, pages * b->page, memory),
		nisv_show_result, "any memory can be a slot (api.rst 4.35)");
}

/* ---- userfaultfd ---- */

static void serve_page(struct backing *b, u64 address)
{
	struct uffdio_copy copy = {
		.dst = address,
		.src = (u64)b->source,
		.len = b->page,
	};

	ioctl(b->uffd, UFFDIO_COPY, &copy);
}

/* Gives each page that is asked for, until it is told to stop. */
static void *serve(void *arg)
{
	struct backing *b = arg;
	struct pollfd fds[] = {
		{ .fd = b->uffd, .events = POLLIN },
		{ .fd = b->stop, .events = POLLIN },
	};
	struct uffd_msg msg;

	while (poll(fds, ARRAY_SIZE(fds), -1) > 0 && !fds[1].revents) {
		if (read(b->uffd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		__atomic_add_fetch(&b->served, 1, __ATOMIC_SEQ_CST);
		serve_page(b, msg.arg.pagefault.address & -b->page);
	}
	return NULL;
}

/* Memory of two pages that userfaultfd serves. */
static bool new_missing(struct backing *b)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	b->uffd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (b->uffd < 0) {
		/* not configured, or root's alone (userfaultfd(2)) */
		if (errno == ENOSYS || errno == EPERM)
			nisv_skip(b->c, "userfaultfd(2) of faults in the kernel",
				  "%s", strerror(errno));
		else
			nisv_fail(b->c, "userfaultfd: %s", strerror(errno));
		return false;
	}
	b->memory = new_pages(b, 2);
	b->source = new_pages(b, 1);
	if (nisv_failed(b->c))
		return false;
	fill(b, b->source);
	range.range.start = (u64)b->memory;
	range.range.len = 2 * b->page;
	b->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->stop < 0 || ioctl(b->uffd, UFFDIO_API, &api) ||
	    ioctl(b->uffd, UFFDIO_REGISTER, &range))
		nisv_fail(b->c, "userfaultfd: %s", strerror(errno));
	return !nisv_failed(b->c);
}

static void make_missing(struct backing *b)
{
	int err;

	if (!new_missing(b))
		return;
	err = pthread_create(&b->thread, NULL, serve, b);
	if (err) {
		nisv_fail(b->c, "pthread_create: %s", strerror(err));
		return;
	}
	b->has_thread = true;
	set_slot(b, SLOT_TESTED, PAGE_FIRST, 2, b->memory);
}

static void renew_missing(struct backing *b)
{
	if (madvise(b->memory, 2 * b->page, MADV_DONTNEED))
		nisv_fail(b->c, "MADV_DONTNEED: %s", strerror(errno));
}

/* ---- guest_memfd ---- */

static void make_memfd(struct backing *b)
{
	static const char need_flags[] =
		"KVM_CAP_GUEST_MEMFD_FLAGS with MMAP and INIT_SHARED (0x3)";
	const u64 flags = MEMFD_MMAP | MEMFD_INIT_SHARED;
	const size_t size = 2 * b->page;
	/* of which the slot has all but the first page */
	struct memfd_args args = { .size = b->page + size, .flags = flags };
	struct region2 region = {
		.slot = SLOT_TESTED,
		.flags = MEM_GUEST_MEMFD,
		.guest_phys_addr = b->ipa + PAGE_FIRST * b->page,
		.memory_size = size,
		.guest_memfd_offset = b->page,
	};
	int vm = nisv_vm_fd(b->vm);
	void *memory;
	int has;

	if (!nisv_check_extension(b->c, b->vm, CAP_GUEST_MEMFD,
				  "KVM_CAP_GUEST_MEMFD >= 1"))
		return;
	has = nisv_check_extension(b->c, b->vm, CAP_GUEST_MEMFD_FLAGS,
				   need_flags);
	if (!has)
		return;
	if ((has & flags) != flags) {
		nisv_skip(b->c, need_flags, "0x%x", has);
		return;
	}
	b->memfd = ioctl(vm, CREATE_GUEST_MEMFD, &args);
	nisv_eq(b->c, "KVM_CREATE_GUEST_MEMFD", 0, b->memfd < 0 ? -errno : 0,
		nisv_show_result, "flags that KVM reports can be used (api.rst 4.142)");
	if (b->memfd < 0)
		return;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, b->memfd,
		      b->page);
	if (memory == MAP_FAILED) {
		nisv_fail(b->c, "the guest_memfd cannot be mapped: %s",
			  strerror(errno));
		return;
	}
	b->memory = memory;
	region.userspace_addr = (u64)memory;
	region.guest_memfd = b->memfd;
	nisv_eq(b->c, "KVM_SET_USER_MEMORY_REGION2", 0,
		ioctl(vm, SET_MEMORY_REGION2, &region) ? -errno : 0,
		nisv_show_result, "a guest_memfd can be a slot (api.rst 4.140)");
}

static void renew_memfd(struct backing *b)
{
	fill(b, b->memory + b->page / sizeof(u64));
}

/* ---- the form ---- */

static u64 *base_reg(const struct backing *b, struct nisv_regs *regs)
{
	unsigned int base = nisv_form_base(b->form);

	return base == NISV_SP ? &regs->sp : &regs->x[base];
}

/* The guest next runs the form on @page. */
static void aim(struct backing *b, unsigned int page)
{
	nisv_vcpu_load(b->vm, b->cpu, b->form, &b->regs);
	*base_reg(b, &b->regs) += AREA_VA + page * b->page + OFFSET -
				  nisv_form_va(b->vm, b->form);
	nisv_vcpu_start(b->vm, b->cpu, &b->regs);
}

/* To the doorbell: what the guest has then; NULL when it took an exception. */
static const struct nisv_regs *went_on(struct backing *b)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(b->c))
		return NULL;
	seen = nisv_check_doorbell(b->c, b->vm, b->cpu, &trap);
	nisv_check_step(b->c, "");
	if (seen)
		nisv_eq(b->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest goes on and takes no exception");
	return nisv_failed(b->c) ? NULL : seen;
}

static void check_served(struct backing *b, unsigned int want, const char *rule)
{
	nisv_eq(b->c, "pages asked for", want,
		__atomic_exchange_n(&b->served, 0, __ATOMIC_SEQ_CST),
		nisv_show_dec, rule);
}

/* On the last page of the slot it does what it does in an ordinary one. */
static void check_memory(struct backing *b)
{
	const u64 *page = b->memory + b->page / sizeof(u64);
	const struct nisv_regs *seen;
	struct nisv_regs want;
	unsigned int n = 0;
	u64 i;

	fill(b, b->reference);
	aim(b, PAGE_REFERENCE);
	seen = went_on(b);
	if (!seen)
		return;
	want = *seen;
	*base_reg(b, &want) += PAGE_LAST * b->page;
	b->p->renew(b);
	aim(b, PAGE_LAST);
	seen = went_on(b);
	if (!seen)
		return;
	check_served(b, b->p->served,
		     "a missing page is asked for once (userfaultfd.rst)");
	nisv_check_regs(b->c, b->form, &want, seen, NISV_SEEN,
			"in a slot the instruction does what it does to memory (DDI0487 C6.2)");
	for (i = 0; i < b->page / sizeof(u64); i++)
		n += page[i] != b->reference[i];
	nisv_eq(b->c, "words that differ", 0, n, nisv_show_dec,
		"in a slot the instruction does what it does to memory (DDI0487 C6.2)");
}

/* There is nothing. */
static void check_hole(struct backing *b, unsigned int page)
{
	struct nisv_situation s = {
		.form = b->form,
		.cap = b->cap,
		.ipa = b->ipa + page * b->page + OFFSET,
	};
	struct nisv_regs now;
	struct nisv_want want;
	struct nisv_exit e;

	if (nisv_failed(b->c))
		return;
	aim(b, page);
	nisv_expect(&s, &want);
	nisv_vcpu_run(b->vm, b->cpu, &e);
	nisv_check_exit(b->c, b->form, &want, &e);
	if (nisv_failed(b->c))
		return;
	nisv_vcpu_regs(b->vm, b->cpu, b->form, &now, NISV_NAMED);
	nisv_check_regs(b->c, b->form, &b->regs, &now, NISV_NAMED,
			"the exit changes nothing of the guest's state (api.rst 5)");
	nisv_vcpu_set_pc(b->vm, b->cpu, b->regs.pc + 4);
	went_on(b);
	check_served(b, 0, "behind a slot there is no page to ask for");
}

static void enable(struct backing *b)
{
	if (b->cap)
		nisv_eq(b->c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(b->vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
}

static bool set_up(struct backing *b)
{
	b->vm = nisv_vm_new(1);
	b->page = nisv_vm_page_size(b->vm);
	b->ipa = nisv_form_ipa(b->vm, nisv_forms) / 0x10000 * 0x10000 + AREA_IPA;
	nisv_vm_map(b->vm, AREA_VA, b->ipa, NR_PAGES * b->page);
	b->reference = new_pages(b, 1);
	if (!b->reference)
		return false;
	set_slot(b, SLOT_REFERENCE, PAGE_REFERENCE, 1, b->reference);
	b->p->make(b);
	if (!b->memory || nisv_failed(b->c))
		return false;
	enable(b);
	return !nisv_failed(b->c);
}

static void tear_down(struct backing *b)
{
	const u64 one = 1;

	nisv_vm_free(b->vm);
	if (b->has_thread) {
		if (write(b->stop, &one, sizeof(one)) != sizeof(one))
			nisv_fail(b->c, "eventfd: %s", strerror(errno));
		else
			pthread_join(b->thread, NULL);
	}
	if (b->reference)
		munmap(b->reference, b->page);
	if (b->memory)
		munmap(b->memory, 2 * b->page);
	if (b->source)
		munmap(b->source, b->page);
	close(b->memfd);
	close(b->stop);
	close(b->uffd);
}

static void run_case(struct nisv_check *c, const void *arg)
{
	const struct backing_case *p = arg;
	struct backing b = {
		.p = p,
		.cap = p->cap,
		.c = c,
		.memfd = -1,
		.uffd = -1,
		.stop = -1,
	};
	const struct nisv_form *form;

	if (set_up(&b)) {
		for (form = nisv_forms; form < nisv_forms + nisv_nr_forms &&
		     !nisv_failed(c); form++) {
			if (!nisv_form_first(form) ||
			    nisv_classes[form->class].isv ||
			    nisv_vcpu_feature(b.vm, 0, form->feature) <
			    nisv_features[form->feature].min)
				continue;
			b.form = form;
			nisv_check_form(c, form, 0);
			check_memory(&b);
			check_hole(&b, PAGE_BEHIND);
		}
	}
	tear_down(&b);
}

/* ---- a slot that is deleted meanwhile ---- */

/* A thread in KVM_RUN of vCPU @cpu, or in the ioctl that deletes the slot. */
struct worker {
	struct backing *b;
	unsigned int cpu;
	pthread_t thread;
	bool started;
	struct nisv_exit exit;
	int ret;		/* of the ioctl */
	/* shared with the thread: */
	int tid;		/* 0: it does not run yet */
	bool done;
};

static void *run_vcpu(void *arg)
{
	struct worker *w = arg;

	nisv_vcpu_run(w->b->vm, w->cpu, &w->exit);
	__atomic_store_n(&w->done, true, __ATOMIC_SEQ_CST);
	/* for who waits for it, or for what it asks for */
	eventfd_write(w->b->stop, 1);
	return NULL;
}

static void *delete_slot(void *arg)
{
	struct worker *w = arg;

	__atomic_store_n(&w->tid, gettid(), __ATOMIC_SEQ_CST);
	w->ret = nisv_set_slot(nisv_vm_fd(w->b->vm), SLOT_TESTED, 0, 0, 0, NULL);
	__atomic_store_n(&w->done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static bool is_done(const struct worker *w)
{
	return !w->started || __atomic_load_n(&w->done, __ATOMIC_SEQ_CST);
}

static void start(struct worker *w, void *(*fn)(void *arg))
{
	int err = pthread_create(&w->thread, NULL, fn, w);

	w->started = !err;
	if (err)
		nisv_fail(w->b->c, "pthread_create: %s", strerror(err));
}

/*
 * It runs the form on @page, up to where that page is asked for, or the end; or
 * until it is clear that it waits for the deleter, as it may.
 */
static void start_vcpu(struct worker *w, unsigned int page)
{
	struct pollfd fds[] = {
		{ .fd = w->b->uffd, .events = POLLIN },
		{ .fd = w->b->stop, .events = POLLIN },
	};
	struct uffd_msg msg;
	eventfd_t count;

	w->b->cpu = w->cpu;
	aim(w->b, page);
	/* of one that came to its end earlier */
	eventfd_read(w->b->stop, &count);
	start(w, run_vcpu);
	if (w->started && poll(fds, ARRAY_SIZE(fds), TIME_TO_ASK) < 0)
		nisv_fail(w->b->c, "poll: %s", strerror(errno));
	if (fds[0].revents && read(w->b->uffd, &msg, sizeof(msg)) < 0)
		nisv_fail(w->b->c, "userfaultfd: %s", strerror(errno));
}

/* Until the thread waits in the kernel for somebody else there, or is done. */
static void wait_blocked(const struct worker *w)
{
	int tid;

	do {
		sched_yield();
		tid = __atomic_load_n(&w->tid, __ATOMIC_SEQ_CST);
	} while (!is_done(w) && !(tid && nisv_thread_blocked(tid)));
}

/* The access succeeded, or is the exit; and the guest is where it starts. */
static void check_either(struct worker *w, unsigned int page)
{
	struct backing *b = w->b;
	struct nisv_situation s = {
		.form = b->form,
		.cap = b->cap,
		.ipa = b->ipa + page * b->page + OFFSET,
	};
	struct nisv_want want;

	if (nisv_failed(b->c))
		return;
	if (!w->exit.ret && w->exit.reason == KVM_EXIT_MMIO &&
	    w->exit.phys_addr == nisv_doorbell_ipa(b->vm))
		return;
	nisv_expect(&s, &want);
	nisv_check_exit(b->c, b->form, &want, &w->exit);
	nisv_vcpu_to_start(b->vm, w->cpu);
}

/*
 * The first vCPU waits for a page when the slot is deleted, so that the ioctl has
 * begun and does not end (it waits for the vCPU, whose access began earlier). The
 * second vCPU then touches the other page, which is a hole already, or may still
 * be memory. What becomes of both comes out while the ioctl is under way; but
 * when it has ended there is a hole.
 */
static void delete_meanwhile(struct backing *b)
{
	struct worker first = { .b = b }, second = { .b = b, .cpu = 1 };
	struct worker deleter = { .b = b };
	unsigned int tries;

	start_vcpu(&first, PAGE_FIRST);
	start(&deleter, delete_slot);
	wait_blocked(&deleter);
	start_vcpu(&second, PAGE_LAST);
	serve_page(b, (u64)b->memory);
	/* it is not known how far the ioctl gets while that page is missing */
	for (tries = 0; tries < PATIENCE && !is_done(&second) &&
	     !is_done(&deleter); tries++)
		usleep(1000);
	serve_page(b, (u64)b->memory + b->page);
	if (first.started)
		pthread_join(first.thread, NULL);
	if (second.started)
		pthread_join(second.thread, NULL);
	if (deleter.started)
		pthread_join(deleter.thread, NULL);
	nisv_eq(b->c, "KVM_SET_USER_MEMORY_REGION", 0, deleter.ret,
		nisv_show_result, "a slot can be deleted while vCPUs run (api.rst 4.35)");
	check_either(&first, PAGE_FIRST);
	check_either(&second, PAGE_LAST);
}

static void deleted_meanwhile(struct nisv_check *c, const void *arg)
{
	static const char * const names[] = { "ldr_x_post", "str_x_post" };
	struct backing b = {
		.c = c,
		.cap = arg,
		.memfd = -1,
		.uffd = -1,
		.stop = -1,
	};
	size_t i;

	b.vm = nisv_vm_new(2);
	b.page = nisv_vm_page_size(b.vm);
	b.ipa = nisv_form_ipa(b.vm, nisv_forms) / 0x10000 * 0x10000 + AREA_IPA;
	nisv_vm_map(b.vm, AREA_VA, b.ipa, NR_PAGES * b.page);
	enable(&b);
	if (new_missing(&b)) {
		for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(c); i++) {
			b.form = nisv_form_named(names[i]);
			nisv_check_form(c, b.form, 0);
			/* their first KVM_RUN may wait for other ioctls */
			for (b.cpu = 0; b.cpu < 2; b.cpu++)
				check_hole(&b, PAGE_BEHIND);
			renew_missing(&b);
			set_slot(&b, SLOT_TESTED, PAGE_FIRST, 2, b.memory);
			delete_meanwhile(&b);
			for (b.cpu = 0; b.cpu < 2; b.cpu++) {
				check_hole(&b, PAGE_FIRST);
				check_hole(&b, PAGE_LAST);
			}
		}
	}
	tear_down(&b);
}

/* ---- a hugepage ---- */

/* Where a slot of it is: its place in the block and in the hugepage, in pages. */
struct huge_case {
	const char *name;
	unsigned int at;
	unsigned int from;
	unsigned int less;		/* than a hugepage has */
	bool cap;
};

/* The form in that page of the block does what it does to that memory. */
static void check_word(struct backing *b, const char *name, unsigned int page,
		       u64 *word)
{
	static const char rule[] =
		"a page of a slot is the memory that it was given (api.rst 4.35)";
	const struct nisv_regs *seen;
	unsigned int rt;

	if (nisv_failed(b->c))
		return;
	b->form = nisv_form_named(name);
	rt = nisv_form_rt(b->form);
	nisv_check_form(b->c, b->form, 0);
	*word = nisv_pattern(page);
	aim(b, page);
	seen = went_on(b);
	if (!seen)
		return;
	if (b->form->access == ACCESS_R)
		nisv_eq(b->c, "Rt", nisv_pattern(page), seen->x[rt],
			nisv_show_hex, rule);
	else
		nisv_eq(b->c, "memory", b->regs.x[rt], *word, nisv_show_hex,
			rule);
}

static void check_beside(struct backing *b, unsigned int page)
{
	static const char * const names[] = { "ldr_x_post", "str_x_post", "ldp_x" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(b->c); i++) {
		b->form = nisv_form_named(names[i]);
		nisv_check_form(b->c, b->form, 0);
		check_hole(b, page);
	}
}

static void check_inside(struct backing *b, const struct huge_case *p,
			 unsigned int page)
{
	u64 offset = (page - p->at + p->from) * b->page + OFFSET;

	nisv_vm_map(b->vm, AREA_VA + page * b->page, b->ipa + page * b->page,
		    b->page);
	check_word(b, "ldr_x_post", page, b->memory + offset / sizeof(u64));
	check_word(b, "str_x_post", page, b->memory + offset / sizeof(u64));
}

/*
 * A slot that a block would not be right for: it ends before the hugepage does, or
 * begins behind its beginning, or is at another place of the block. KVM maps it
 * by pages, or else holes would be memory, and pages others.
 */
static void huge_case(struct nisv_check *c, const void *arg)
{
	const struct huge_case *p = arg;
	struct backing b = { .c = c, .cap = p->cap };
	unsigned int end, pages, i;
	size_t size;

	b.memory = nisv_huge_memory(&size);
	if (!b.memory) {
		nisv_skip(c, "a transparent hugepage (madvise(2), MADV_HUGEPAGE)",
			  "no AnonHugePages in /proc/self/smaps");
		return;
	}
	b.vm = nisv_vm_new(1);
	b.page = nisv_vm_page_size(b.vm);
	b.ipa = (nisv_form_ipa(b.vm, nisv_forms) / size + 2) * size;
	pages = size / b.page - p->less;
	end = p->at + pages;
	enable(&b);
	set_slot(&b, SLOT_TESTED, p->at, pages,
		 b.memory + p->from * b.page / sizeof(u64));
	for (i = 0; i < 4; i++)
		check_inside(&b, p, i < 2 ? p->at + i : end - i + 1);
	nisv_vm_map(b.vm, AREA_VA + end * b.page, b.ipa + end * b.page, b.page);
	check_beside(&b, end);
	if (p->at) {
		nisv_vm_map(b.vm, AREA_VA, b.ipa, b.page);
		check_beside(&b, p->at - 1);
	}
	nisv_vm_free(b.vm);
	munmap(b.memory, size);
}

static const struct huge_case huge_cases[] = {
	{ "hugepage_end_on", 0, 0, 1, true },
	{ "hugepage_end_off", 0, 0, 1, false },
	{ "hugepage_beginning_on", 1, 1, 1, true },
	{ "hugepage_beginning_off", 1, 1, 1, false },
	{ "hugepage_elsewhere_on", 1, 0, 0, true },
	{ "hugepage_elsewhere_off", 1, 0, 0, false },
};

static const struct backing_case cases[] = {
	{ "userfaultfd_on", make_missing, renew_missing, 1, true },
	{ "userfaultfd_off", make_missing, renew_missing, 1, false },
	{ "guest_memfd_on", make_memfd, renew_memfd, 0, true },
	{ "guest_memfd_off", make_memfd, renew_memfd, 0, false },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		nisv_case(run_case, &cases[i], "%s", cases[i].name);
	nisv_case(deleted_meanwhile, (void *)true, "deleted_meanwhile_on");
	nisv_case(deleted_meanwhile, NULL, "deleted_meanwhile_off");
	for (i = 0; i < ARRAY_SIZE(huge_cases); i++)
		nisv_case(huge_case, &huge_cases[i], "%s", huge_cases[i].name);
	return nisv_harness(argc, argv);
}
