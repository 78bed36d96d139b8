// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_cap: the rules of KVM_CAP_ARM_NISV_TO_USER itself.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.4 KVM_CHECK_EXTENSION, 4.37
 * KVM_ENABLE_CAP, 5 KVM_EXIT_ARM_NISV):
 *
 * - KVM_CHECK_EXTENSION says 1, on /dev/kvm and on a VM, whatever the VM has
 *   enabled.
 * - It is a VM's: each VM starts with it off, and one VM's says nothing about
 *   another's. The ioctl exists on the VM's file descriptor only.
 * - KVM_ENABLE_CAP takes no flags: any flag is EINVAL and enables nothing.
 *   args and pad have no meaning and are ignored. Enabling again changes nothing.
 * - It may be enabled at any time in the life of a VM, and holds from the next
 *   exit on: before, between and after the creation of vCPUs, after they ran,
 *   for all of them.
 * - Nothing else turns it on or off: not another capability, enabled or refused,
 *   not KVM_ARM_VCPU_INIT, not a change of the memory slots. And it leaves other
 *   capabilities as they are.
 *
 * "on" and "off" are always found out by a whole run of a form (lib/run.c) that
 * has no syndrome, and of a control that has one.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"

/* Not from the kernel's header: a number of the ABI must not move with it. */
#define CAP_ARM_NISV_TO_USER	177
#define CAP_ARM_WRITABLE_IMP_ID_REGS	239

#define PSCI_FEATURES		0x8400000aull	/* Arm DEN0022, 5.1 */
#define PSCI_NOT_SUPPORTED	(-1ull)

/* A VM that stays off, for the cases that must leave it so. */
static struct nisv_vm *never_on;

static struct nisv_vm *vm_never_on(void)
{
	if (!never_on)
		never_on = nisv_vm_new(1);
	return never_on;
}

/* After a failure it may be in any state: the next case gets another one. */
static void put_vm_never_on(struct nisv_check *c)
{
	if (!nisv_failed(c))
		return;
	nisv_vm_free(never_on);
	never_on = NULL;
}

/* On vCPU @cpu the capability is @on, and ISV=1 does not care. */
static void check_state(struct nisv_check *c, struct nisv_vm *vm,
			unsigned int cpu, bool on)
{
	static const char * const names[] = {
		"ldr_x_post", "str_w_pre", "ldr_x", "str_x",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(c); i++) {
		const struct nisv_form *form = nisv_form_named(names[i]);

		if (form)
			nisv_check_form_run(c, vm, cpu, form, on);
		else
			nisv_fail(c, "no form is called %s", names[i]);
	}
}

static void check_enable(struct nisv_check *c, struct nisv_vm *vm)
{
	nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(vm), nisv_show_result,
		"it can be enabled at any time (api.rst 5 KVM_EXIT_ARM_NISV)");
}

/* KVM_ENABLE_CAP of @cap on @fd must return @ret, or fail with -@ret. */
static void check_ioctl(struct nisv_check *c, int fd,
			struct kvm_enable_cap *cap, int ret, const char *rule)
{
	int got = ioctl(fd, KVM_ENABLE_CAP, cap);

	nisv_eq(c, "KVM_ENABLE_CAP", ret, got < 0 ? -errno : got,
		nisv_show_result, rule);
}

/* So is that of the abort which user space may answer the exit with. */
static void check_extension(struct nisv_check *c, int fd, const char *field)
{
	int got = ioctl(fd, KVM_CHECK_EXTENSION, CAP_ARM_NISV_TO_USER);

	nisv_eq(c, field, 1, got < 0 ? -errno : got, nisv_show_result,
		"the capability is reported as 1 (api.rst 4.4)");
	got = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_INJECT_EXT_DABT);
	nisv_eq(c, "KVM_CAP_ARM_INJECT_EXT_DABT", 1, got < 0 ? -errno : got,
		nisv_show_result,
		"events can be injected where it is reported (api.rst 4.32)");
}

static void check_dev(struct nisv_check *c, const void *arg)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	(void)arg;
	if (fd < 0) {
		nisv_fail(c, "/dev/kvm: %s", strerror(errno));
		return;
	}
	check_extension(c, fd, "/dev/kvm");
	close(fd);
}

static void check_vm(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(1);

	(void)arg;
	check_extension(c, nisv_vm_fd(vm), "VM without vCPU");
	nisv_vm_add_vcpu(vm);
	check_extension(c, nisv_vm_fd(vm), "VM, off");
	check_enable(c, vm);
	check_extension(c, nisv_vm_fd(vm), "VM, on");
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

static void starts_off(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_state(c, vm_never_on(), 0, false);
	put_vm_never_on(c);
}

/* Asking is not enabling. */
static void check_enables_nothing(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = vm_never_on();

	(void)arg;
	check_extension(c, nisv_vm_fd(vm), "VM");
	check_state(c, vm, 0, false);
	put_vm_never_on(c);
}

static void starts_off_after_another(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(1);

	(void)arg;
	check_enable(c, vm);
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);

	vm = nisv_vm_new(1);
	check_state(c, vm, 0, false);
	nisv_vm_free(vm);
}

/* Each bit of the flags alone, then all of them. */
static void enable_flags(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = { .cap = CAP_ARM_NISV_TO_USER };
	struct nisv_vm *vm = vm_never_on();
	int bit;

	(void)arg;
	for (bit = 0; bit <= 32; bit++) {
		cap.flags = bit < 32 ? 1u << bit : ~0u;
		check_ioctl(c, nisv_vm_fd(vm), &cap, -EINVAL,
			    "no flag is defined: any is EINVAL (api.rst 4.37)");
		if (nisv_failed(c)) {
			nisv_fail(c, "flags were 0x%x", cap.flags);
			break;
		}
	}
	check_state(c, vm, 0, false);
	put_vm_never_on(c);
}

static void enable_flags_when_on(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = {
		.cap = CAP_ARM_NISV_TO_USER,
		.flags = 1,
	};
	struct nisv_vm *vm = nisv_vm_new(1);

	(void)arg;
	check_enable(c, vm);
	check_ioctl(c, nisv_vm_fd(vm), &cap, -EINVAL,
		    "no flag is defined: any is EINVAL (api.rst 4.37)");
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

static void enable_args_ignored(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = { .cap = CAP_ARM_NISV_TO_USER };
	struct nisv_vm *vm = nisv_vm_new(1);
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(cap.args); i++)
		cap.args[i] = ~0ull;
	for (i = 0; i < ARRAY_SIZE(cap.pad); i++)
		cap.pad[i] = 0xff;
	check_ioctl(c, nisv_vm_fd(vm), &cap, 0,
		    "args have no meaning here and are ignored (api.rst 4.37)");
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

static void enable_twice(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(1);

	(void)arg;
	check_enable(c, vm);
	check_enable(c, vm);
	check_state(c, vm, 0, true);
	check_enable(c, vm);
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

static void enable_before_vcpus(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(2);

	(void)arg;
	check_enable(c, vm);
	nisv_vm_add_vcpu(vm);
	nisv_vm_add_vcpu(vm);
	check_state(c, vm, 0, true);
	check_state(c, vm, 1, true);
	nisv_vm_free(vm);
}

static void enable_between_vcpus(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(2);

	(void)arg;
	nisv_vm_add_vcpu(vm);
	check_enable(c, vm);
	nisv_vm_add_vcpu(vm);
	check_state(c, vm, 1, true);
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

static void enable_after_vcpus(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(2);

	(void)arg;
	check_enable(c, vm);
	check_state(c, vm, 0, true);
	check_state(c, vm, 1, true);
	nisv_vm_free(vm);
}

static void enable_after_run(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(2);

	(void)arg;
	check_state(c, vm, 0, false);
	check_enable(c, vm);
	check_state(c, vm, 0, true);
	check_state(c, vm, 1, true);
	nisv_vm_free(vm);
}

/* The access that failed with ENOSYS is the one that exits when entered again. */
static void enable_between_exits(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldp_x_post");
	struct nisv_vm *vm = nisv_vm_new(1);
	struct nisv_situation s = {
		.form = form,
		.ipa = nisv_form_ipa(vm, form),
	};
	struct nisv_regs regs;
	struct nisv_want want;
	struct nisv_exit e;

	(void)arg;
	nisv_check_form(c, form, 0);
	nisv_vcpu_load(vm, 0, form, &regs);
	nisv_expect(&s, &want);
	nisv_vcpu_run(vm, 0, &e);
	nisv_check_step(c, "off: ");
	nisv_check_exit(c, form, &want, &e);

	check_enable(c, vm);
	s.cap = true;
	nisv_expect(&s, &want);
	nisv_vcpu_run(vm, 0, &e);
	nisv_check_step(c, "on: ");
	nisv_check_exit(c, form, &want, &e);
	nisv_eq(c, "pc", 0, nisv_vcpu_pc(vm, 0) - regs.pc, nisv_show_delta,
		"the instruction is still to be run (api.rst 5)");
	nisv_vm_free(vm);
}

static void refused_on_vcpu(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = { .cap = CAP_ARM_NISV_TO_USER };
	struct nisv_vm *vm = vm_never_on();

	(void)arg;
	check_ioctl(c, nisv_vcpu_fd(vm, 0), &cap, -EINVAL,
		    "it is a capability of the VM: a vCPU does not take it (api.rst 4.37)");
	check_state(c, vm, 0, false);
	put_vm_never_on(c);
}

static void refused_on_dev(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = { .cap = CAP_ARM_NISV_TO_USER };
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct nisv_vm *vm = vm_never_on();

	(void)arg;
	check_ioctl(c, fd, &cap, -EINVAL,
		    "it is a capability of the VM: /dev/kvm does not take it (api.rst 4.37)");
	check_state(c, vm, 0, false);
	close(fd);
	put_vm_never_on(c);
}

/* Numbers near it, or equal in some of their bits, that nobody can enable. */
static void unknown_cap_refused(struct nisv_check *c, const void *arg)
{
	static const u32 numbers[] = {
		KVM_CAP_ARM_INJECT_EXT_DABT,
		CAP_ARM_NISV_TO_USER + 0x100,
		CAP_ARM_NISV_TO_USER + 0x10000,
		CAP_ARM_NISV_TO_USER + 0x80000000,
		0x7fffffff,
	};
	struct nisv_vm *vm = vm_never_on();
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(numbers) && !nisv_failed(c); i++) {
		struct kvm_enable_cap cap = { .cap = numbers[i] };

		check_ioctl(c, nisv_vm_fd(vm), &cap, -EINVAL,
			    "what cannot be enabled is EINVAL (api.rst 4.37)");
		if (nisv_failed(c))
			nisv_fail(c, "the capability was 0x%x", numbers[i]);
	}
	check_state(c, vm, 0, false);
	put_vm_never_on(c);
}

static void two_vms_interleaved(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *off = vm_never_on();
	struct nisv_vm *on = nisv_vm_new(1);
	int i;

	(void)arg;
	check_enable(c, on);
	for (i = 0; i < 3; i++) {
		check_state(c, on, 0, true);
		check_state(c, off, 0, false);
	}
	nisv_vm_free(on);
	check_state(c, off, 0, false);
	put_vm_never_on(c);
}

/* The one that was enabled first is not forgotten for the second. */
static void two_vms_both_on(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *first = nisv_vm_new(1);
	struct nisv_vm *second = nisv_vm_new(1);

	(void)arg;
	check_enable(c, first);
	check_enable(c, second);
	check_state(c, first, 0, true);
	check_state(c, second, 0, true);
	check_state(c, first, 0, true);
	nisv_vm_free(first);
	check_state(c, second, 0, true);
	nisv_vm_free(second);
}

/* A VM made while another has it on, which then outlives that other. */
static void made_while_another_is_on(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *off = nisv_vm_new(1);
	struct nisv_vm *on;

	(void)arg;
	check_enable(c, off);
	on = off;
	off = nisv_vm_new(1);
	check_state(c, off, 0, false);
	check_state(c, on, 0, true);
	nisv_vm_free(off);
	check_state(c, on, 0, true);
	nisv_vm_free(on);
}

/*
 * Other capabilities of a VM, and which one says whether KVM has it; numbers that
 * older headers do not have.
 */
static const struct other_cap {
	u32 cap;
	u32 check;
	u64 arg;
	const char *name;
	enum { ANY_TIME, BEFORE_VCPUS, BEFORE_SLOTS } when;
} other_caps[] = {
	{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
	  1, "dirty_log_protect2", ANY_TIME },
	{ KVM_CAP_ARM_SYSTEM_SUSPEND, KVM_CAP_ARM_SYSTEM_SUSPEND, 0,
	  "system_suspend", ANY_TIME },
	{ KVM_CAP_HALT_POLL, KVM_CAP_HALT_POLL, 1, "halt_poll", ANY_TIME },
	{ KVM_CAP_ARM_MTE, KVM_CAP_ARM_MTE, 0, "mte", BEFORE_VCPUS },
	{ 245, 245, 0, "sea_to_user", ANY_TIME },
	{ 239, 239, 0, "writable_imp_id_regs", BEFORE_VCPUS },
	/* it is 0 by itself; KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES came with it */
	{ 228, 229, 0, "eager_split_chunk_size", BEFORE_SLOTS },
};

/*
 * Enables the other one, or has it refused, on a new VM, which is @on, and stays
 * so.
 */
static void other_cap(struct nisv_check *c, const struct other_cap *other,
		      bool on)
{
	struct kvm_enable_cap cap = {
		.cap = other->cap,
		.args = { other->arg },
	};
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(1);
	int has;

	if (on)
		check_enable(c, vm);
	if (other->when == ANY_TIME)
		nisv_vm_add_vcpu(vm);
	has = ioctl(nisv_vm_fd(vm), KVM_CHECK_EXTENSION, other->check);
	if (other->when == BEFORE_SLOTS)
		nisv_vm_without_slots(vm, true);
	check_ioctl(c, nisv_vm_fd(vm), &cap, has > 0 ? 0 : -EINVAL,
		    "a capability that KVM reports can be enabled, another one is EINVAL (api.rst 4.37)");
	if (other->when == BEFORE_SLOTS)
		nisv_vm_without_slots(vm, false);
	if (other->when != ANY_TIME)
		nisv_vm_add_vcpu(vm);
	check_state(c, vm, 0, on);
	nisv_vm_free(vm);
}

static void other_cap_leaves_on(struct nisv_check *c, const void *arg)
{
	other_cap(c, arg, true);
}

static void other_cap_leaves_off(struct nisv_check *c, const void *arg)
{
	other_cap(c, arg, false);
}

/*
 * PSCI_FEATURES of SYSTEM_SUSPEND, in a VM with that capability, if KVM has it, or
 * without.
 */
static void check_suspend(struct nisv_check *c, bool suspend)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_SYSTEM_SUSPEND };
	const u64 x[4] = { PSCI_FEATURES, PSCI_SYSTEM_SUSPEND };
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(1);
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (suspend) {
		suspend = ioctl(nisv_vm_fd(vm), KVM_CHECK_EXTENSION,
				cap.cap) > 0;
		check_ioctl(c, nisv_vm_fd(vm), &cap, suspend ? 0 : -EINVAL,
			    "a capability that KVM reports can be enabled, another one is EINVAL (api.rst 4.37)");
	}
	check_enable(c, vm);
	nisv_vm_add_vcpu(vm);
	nisv_vcpu_load_call(vm, 0, x);
	seen = nisv_check_doorbell(c, vm, 0, &trap);
	if (seen)
		nisv_eq(c, "SYSTEM_SUSPEND", suspend ? 0 : PSCI_NOT_SUPPORTED,
			seen->x[0], nisv_show_dec,
			"the guest has it when KVM_CAP_ARM_SYSTEM_SUSPEND is enabled (api.rst 7.41)");
	nisv_vm_free(vm);
}

/*
 * What KVM_CAP_ARM_WRITABLE_IMP_ID_REGS lets user space set it can still set: a
 * revision in MIDR_EL1.
 */
static void leaves_writable_ids(struct nisv_check *c, const void *arg)
{
	const u64 midr = ARM64_SYS_REG(3, 0, 0, 0, 0);
	struct kvm_enable_cap cap = { .cap = CAP_ARM_WRITABLE_IMP_ID_REGS };
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(1);
	u64 value = 0, now = 0;

	(void)arg;
	if (ioctl(nisv_vm_fd(vm), KVM_CHECK_EXTENSION, (long)cap.cap) <= 0) {
		nisv_skip(c, "KVM_CAP_ARM_WRITABLE_IMP_ID_REGS >= 1", "0");
	} else {
		check_ioctl(c, nisv_vm_fd(vm), &cap, 0,
			    "a capability that KVM reports can be enabled (api.rst 4.37)");
		check_enable(c, vm);
		nisv_vm_add_vcpu(vm);
		nisv_get_register(nisv_vcpu_fd(vm, 0), midr, &value);
		value ^= 1;
		nisv_eq(c, "KVM_SET_ONE_REG", 0,
			nisv_set_register(nisv_vcpu_fd(vm, 0), midr, &value),
			nisv_show_result,
			"it leaves other capabilities as they are (api.rst 4.37)");
		nisv_get_register(nisv_vcpu_fd(vm, 0), midr, &now);
		nisv_eq(c, "midr_el1", value, now, nisv_show_hex,
			"a register is what user space sets (api.rst 4.68)");
	}
	nisv_vm_free(vm);
}

static void leaves_other_cap(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_suspend(c, false);
	check_suspend(c, true);
}

/* Off is off for each vCPU, and what one was told is not the others' end. */
static void off_for_all_vcpus(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(2);

	(void)arg;
	check_state(c, vm, 1, false);
	check_state(c, vm, 0, false);
	check_state(c, vm, 1, false);
	check_enable(c, vm);
	check_state(c, vm, 1, true);
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

struct threaded {
	struct nisv_check *c;
	struct nisv_vm *vm;
	void (*fn)(struct threaded *t);
};

static void *start_threaded(void *arg)
{
	struct threaded *t = arg;

	t->fn(t);
	return NULL;
}

/* Runs @fn in a thread of its own, to its end. */
static void in_a_thread(struct nisv_check *c, struct nisv_vm *vm,
			void (*fn)(struct threaded *t))
{
	struct threaded t = { .c = c, .vm = vm, .fn = fn };
	pthread_t thread;
	int err = pthread_create(&thread, NULL, start_threaded, &t);

	if (err)
		nisv_fail(c, "pthread_create: %s", strerror(err));
	else
		pthread_join(thread, NULL);
}

static void thread_enables(struct threaded *t)
{
	check_enable(t->c, t->vm);
}

static void thread_finds_on(struct threaded *t)
{
	check_state(t->c, t->vm, 0, true);
}

/* Any thread may enable it, and any may run the vCPUs. */
static void any_thread(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(2);

	(void)arg;
	check_state(c, vm, 0, false);
	in_a_thread(c, vm, thread_enables);
	check_state(c, vm, 0, true);
	check_state(c, vm, 1, true);
	if (!nisv_failed(c))
		in_a_thread(c, vm, thread_finds_on);
	if (!nisv_failed(c))
		check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

/* With no MMIO access left to complete: what becomes of it is not the subject. */
static void check_reinit(struct nisv_check *c, struct nisv_vm *vm,
			 unsigned int cpu)
{
	nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_complete(vm, cpu),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	nisv_eq(c, "KVM_ARM_VCPU_INIT", 0, nisv_vcpu_reinit(vm, cpu),
		nisv_show_result,
		"a vCPU can be initialised again (api.rst 4.82)");
}

/* Another process that has the file descriptors has no VM. */
static void other_process(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = { .cap = CAP_ARM_NISV_TO_USER };
	struct nisv_vm *vm = nisv_vm_new(1);
	int *got = mmap(NULL, 2 * sizeof(*got), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = got == MAP_FAILED ? -1 : fork();

	(void)arg;
	if (!pid) {
		got[0] = ioctl(nisv_vm_fd(vm), KVM_ENABLE_CAP, &cap) ? -errno : 0;
		got[1] = ioctl(nisv_vcpu_fd(vm, 0), KVM_RUN, NULL) ? -errno : 0;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
		nisv_fail(c, "no other process: %s", strerror(errno));
	} else {
		nisv_eq(c, "KVM_ENABLE_CAP", -EIO, got[0], nisv_show_result,
			"a VM is one process's: EIO in others (api.rst 1)");
		nisv_eq(c, "KVM_RUN", -EIO, got[1], nisv_show_result,
			"a VM is one process's: EIO in others (api.rst 1)");
		check_state(c, vm, 0, false);
	}
	munmap(got, 2 * sizeof(*got));
	nisv_vm_free(vm);
}

static void survives_vcpu_init(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(2);

	(void)arg;
	check_enable(c, vm);
	check_reinit(c, vm, 0);
	check_state(c, vm, 0, true);
	check_state(c, vm, 1, true);
	check_reinit(c, vm, 0);
	check_reinit(c, vm, 1);
	check_state(c, vm, 0, true);
	check_state(c, vm, 1, true);
	nisv_vm_free(vm);
}

static void vcpu_init_leaves_off(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = vm_never_on();

	(void)arg;
	check_state(c, vm, 0, false);
	check_reinit(c, vm, 0);
	check_state(c, vm, 0, false);
	put_vm_never_on(c);
}

static void slots_leave_on(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(1);

	(void)arg;
	check_enable(c, vm);
	nisv_vm_add_and_delete_slot(vm);
	check_state(c, vm, 0, true);
	nisv_vm_free(vm);
}

int main(int argc, char **argv)
{
	size_t i;

	nisv_case(check_dev, NULL, "check_dev");
	nisv_case(check_vm, NULL, "check_vm");
	nisv_case(starts_off, NULL, "starts_off");
	nisv_case(check_enables_nothing, NULL, "check_enables_nothing");
	nisv_case(starts_off_after_another, NULL, "starts_off_after_another");
	nisv_case(enable_flags, NULL, "enable_flags");
	nisv_case(enable_flags_when_on, NULL, "enable_flags_when_on");
	nisv_case(enable_args_ignored, NULL, "enable_args_ignored");
	nisv_case(enable_twice, NULL, "enable_twice");
	nisv_case(enable_before_vcpus, NULL, "enable_before_vcpus");
	nisv_case(enable_between_vcpus, NULL, "enable_between_vcpus");
	nisv_case(enable_after_vcpus, NULL, "enable_after_vcpus");
	nisv_case(enable_after_run, NULL, "enable_after_run");
	nisv_case(enable_between_exits, NULL, "enable_between_exits");
	nisv_case(refused_on_vcpu, NULL, "refused_on_vcpu");
	nisv_case(refused_on_dev, NULL, "refused_on_dev");
	nisv_case(unknown_cap_refused, NULL, "unknown_cap_refused");
	nisv_case(two_vms_interleaved, NULL, "two_vms_interleaved");
	nisv_case(two_vms_both_on, NULL, "two_vms_both_on");
	nisv_case(made_while_another_is_on, NULL, "made_while_another_is_on");
	for (i = 0; i < ARRAY_SIZE(other_caps); i++) {
		nisv_case(other_cap_leaves_on, &other_caps[i],
			  "other_cap_leaves_on.%s", other_caps[i].name);
		nisv_case(other_cap_leaves_off, &other_caps[i],
			  "other_cap_leaves_off.%s", other_caps[i].name);
	}
	nisv_case(leaves_other_cap, NULL, "leaves_other_cap");
	nisv_case(leaves_writable_ids, NULL, "leaves_writable_ids");
	nisv_case(off_for_all_vcpus, NULL, "off_for_all_vcpus");
	nisv_case(any_thread, NULL, "any_thread");
	nisv_case(other_process, NULL, "other_process");
	nisv_case(survives_vcpu_init, NULL, "survives_vcpu_init");
	nisv_case(vcpu_init_leaves_off, NULL, "vcpu_init_leaves_off");
	nisv_case(slots_leave_on, NULL, "slots_leave_on");
	return nisv_harness(argc, argv);
}
