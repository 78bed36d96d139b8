// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_protected: a protected VM, and an ordinary one beside it.
 *
 * Contract (Documentation/virt/kvm/api.rst, 7.x KVM_CAP_ARM_NISV_TO_USER: "This
 * feature isn't available to protected VMs", 4.4 KVM_CHECK_EXTENSION;
 * virt/kvm/arm/pkvm.rst; Arm ARM DDI0487 D1.3, ESR_EL1, FAR_EL1), where
 * KVM_CREATE_VM makes one (kvm-arm.mode=protected, Linux 7.x):
 *
 * - KVM_CHECK_EXTENSION gives 1 on /dev/kvm and 0 on the protected VM, which
 *   refuses the capability with EINVAL.
 * - An access without syndrome outside of the memory slots gives the guest a
 *   synchronous external data abort: FAR is the VA, no register has changed,
 *   and user space sees nothing of it.
 * - A plain one is KVM_EXIT_MMIO, as in any VM.
 * - Slots have neither KVM_MEM_READONLY nor dirty logging, and stay once the
 *   guest has run: EPERM.
 * - Beside it, an ordinary VM is what it is elsewhere.
 *
 * Cases: <form>.abort for the first form of each class and access that every CPU
 * has; the others by name. The selftest library makes no protected VM, whose
 * memory it could not read: the guest here has the vectors of lib/protected.S and
 * the stubs of lib/guest.S, and leaves what it saw in its registers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"
#include "nisv_protected.h"

#define VM_TYPE_PROTECTED	BIT(31)	/* KVM_VM_TYPE_ARM_PROTECTED */
#define TARGET_GENERIC		5		/* KVM_ARM_TARGET_GENERIC_V8 */

/* Blocks of 1 GiB in the guest: its memory where it is, and the hole. */
#define MEMORY		0x80000000ull
#define MEMORY_SIZE	0x20000ul
#define STUBS		0x1000ul
#define TABLE		0x10000ul
#define HOLE_VA		0x140000000ull
#define HOLE_IPA	0x40000000ull
#define HOLE_OFFSET	0x2340ull
#define DOORBELL	0x100000ull

#define DESC_BLOCK	0x701ull	/* Normal memory, shareable, AF */
#define MAIR_NORMAL	0xffull
#define TCR_4K_39	(25ull | BIT_ULL(8) | BIT_ULL(10) | 3ull << 12 | \
			 BIT_ULL(23) | 2ull << 32)
#define SCTLR_M_C_I	0x1005ull
#define PSTATE_EL1H	0x5ull
#define PSTATE		(0xa00003c0ull | PSTATE_EL1H)
#define ESR_SVC_DONE	(0x56000000ull | NISV_SVC_DONE)

#define SYSREG_CPACR	ARM64_SYS_REG(3, 0, 1, 0, 2)
#define SYSREG_TTBR0	ARM64_SYS_REG(3, 0, 2, 0, 0)
#define SYSREG_MAIR	ARM64_SYS_REG(3, 0, 10, 2, 0)

/* A protected VM with one vCPU. */
static struct pvm {
	int vm;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	u8 *memory;
} pvm = { .vm = -1 };

static void pvm_free(void)
{
	if (pvm.vm < 0)
		return;
	munmap(pvm.run, pvm.run_size);
	close(pvm.vcpu);
	close(pvm.vm);
	munmap(pvm.memory, MEMORY_SIZE);
	pvm.vm = -1;
}

static void ok(struct nisv_check *c, const char *what, int ret)
{
	nisv_eq(c, what, 0, ret < 0 ? -errno : ret, nisv_show_result,
		"a protected VM can be made (pkvm.rst)");
}

static void set(u64 id, u64 value)
{
	nisv_set_register(pvm.vcpu, id, &value);
}

static u64 get(u64 id)
{
	u64 value = 0;

	nisv_get_register(pvm.vcpu, id, &value);
	return value;
}

static u64 get_x(unsigned int n)
{
	return get(CORE_REG(regs.regs[n]));
}

/* What a page of the guest's memory holds when the guest first uses it. */
static void fill_memory(struct nisv_check *c)
{
	u64 *table = (u64 *)(pvm.memory + TABLE);
	size_t i;

	for (i = 0; i < (size_t)(nisv_protected_end - nisv_protected_vectors); i++)
		pvm.memory[i] = nisv_protected_vectors[i];
	if (STUBS + 8 * nisv_nr_forms > TABLE)
		nisv_fail(c, "more forms than fit: move TABLE");
	for (i = 0; i < 8 * nisv_nr_forms && !nisv_failed(c); i++)
		pvm.memory[STUBS + i] = nisv_guest_stubs[i];
	table[MEMORY >> 30] = MEMORY | DESC_BLOCK;
	table[HOLE_VA >> 30] = HOLE_IPA | DESC_BLOCK;
	__builtin___clear_cache((char *)pvm.memory,
				(char *)pvm.memory + MEMORY_SIZE);
}

static void make_vcpu(struct nisv_check *c, int kvm)
{
	struct kvm_vcpu_init init = { .target = TARGET_GENERIC };

	pvm.vcpu = ioctl(pvm.vm, KVM_CREATE_VCPU, 0ul);
	ok(c, "KVM_CREATE_VCPU", pvm.vcpu < 0 ? -1 : 0);
	pvm.run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0ul);
	pvm.run = mmap(NULL, pvm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       pvm.vcpu, 0);
	if (pvm.run == MAP_FAILED)
		nisv_fail(c, "struct kvm_run cannot be mapped");
	ok(c, "KVM_ARM_VCPU_INIT", ioctl(pvm.vcpu, KVM_ARM_VCPU_INIT, &init));
	set(SYSREG_VBAR, MEMORY);
	set(SYSREG_MAIR, MAIR_NORMAL);
	set(SYSREG_TCR, TCR_4K_39);
	set(SYSREG_TTBR0, MEMORY + TABLE);
	set(SYSREG_CPACR, CPACR_FPEN);
	set(SYSREG_SCTLR, get(SYSREG_SCTLR) | SCTLR_M_C_I);
}

static int set_slot(u32 slot, u64 ipa, u64 size, u32 flags)
{
	return nisv_set_slot(pvm.vm, slot, flags, ipa, size, pvm.memory);
}

/* The protected VM that the cases share. False: there can be none. */
static bool have_pvm(struct nisv_check *c)
{
	char found[48];
	int kvm;

	if (pvm.vm >= 0)
		return true;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	pvm.vm = ioctl(kvm, KVM_CREATE_VM, VM_TYPE_PROTECTED);
	if (pvm.vm < 0) {
		snprintf(found, sizeof(found), "KVM_CREATE_VM: %s",
			 strerror(errno));
		if (errno == EINVAL && !nisv_kernel_protects())
			nisv_skip(c, "protected VMs (kvm-arm.mode=protected, Linux 7.x)",
				  "%s", found);
		else
			nisv_fail(c, "%s", found);
		close(kvm);
		return false;
	}
	/* the first one taints the kernel, which says so */
	nisv_may_log(c);
	pvm.memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pvm.memory == MAP_FAILED)
		nisv_fail(c, "no memory");
	else
		fill_memory(c);
	nisv_eq(c, "KVM_SET_USER_MEMORY_REGION", 0,
		set_slot(0, MEMORY, MEMORY_SIZE, 0), nisv_show_result,
		"a protected VM has memory slots (pkvm.rst)");
	make_vcpu(c, kvm);
	close(kvm);
	return !nisv_failed(c);
}

static void start(const struct nisv_regs *regs)
{
	int i;

	for (i = 0; i < 31; i++)
		set(CORE_REG(regs.regs[i]), regs->x[i]);
	set(CORE_REG(sp_el1), regs->sp);
	set(CORE_REG(regs.pc), regs->pc);
	set(CORE_REG(regs.pstate), regs->pstate);
}

/* The guest next runs the form, at the hole. */
static void load(const struct nisv_form *form, struct nisv_regs *regs)
{
	unsigned int base = nisv_form_base(form);
	int i;

	for (i = 0; i < 31; i++)
		regs->x[i] = 0x123456789abcdef0ull + i * 0x0101010101010101ull;
	regs->x[NISV_OFFSET_REG] = 0x30;
	regs->x[X_DOORBELL] = HOLE_VA + DOORBELL;
	regs->sp = MEMORY + MEMORY_SIZE;
	*(base == NISV_SP ? &regs->sp : &regs->x[base]) = HOLE_VA + HOLE_OFFSET -
		nisv_form_offset(form, regs->x[NISV_OFFSET_REG]);
	regs->pc = MEMORY + STUBS + 8 * (form - nisv_forms);
	regs->pstate = PSTATE;
	start(regs);
}

static int run(void)
{
	int ret = ioctl(pvm.vcpu, KVM_RUN, 0ul);

	return ret < 0 ? -errno : ret;
}

/* Completes what KVM_EXIT_MMIO left to do, without entering the guest. */
static void complete(struct nisv_check *c)
{
	pvm.run->immediate_exit = 1;
	nisv_eq(c, "completed: KVM_RUN", -EINTR, run(), nisv_show_result,
		"immediate_exit: -EINTR (api.rst 5)");
	pvm.run->immediate_exit = 0;
}

/* KVM_RUN up to the doorbell, with nothing before it. */
static bool to_doorbell(struct nisv_check *c)
{
	nisv_eq(c, "KVM_RUN", 0, run(), nisv_show_result,
		"no access of a protected VM is user space's error");
	nisv_eq(c, "exit", KVM_EXIT_MMIO, pvm.run->exit_reason, nisv_show_exit,
		"a protected VM exits for plain accesses only");
	if (nisv_failed(c))
		return false;
	nisv_eq(c, "phys_addr", HOLE_IPA + DOORBELL, pvm.run->mmio.phys_addr,
		nisv_show_hex, "the first exit is the guest's doorbell");
	nisv_eq(c, "is_write", 1, pvm.run->mmio.is_write, nisv_show_dec,
		"the doorbell is a store");
	complete(c);
	return !nisv_failed(c);
}

/* Registers that the guest does not use to tell what it saw. */
static bool is_kept(unsigned int n)
{
	return n < X_VECTOR || n == X_DOORBELL || n > X_SPSR;
}

static void check_kept(struct nisv_check *c, const struct nisv_regs *regs)
{
	unsigned int i;

	for (i = 0; i < 31; i++)
		if (is_kept(i))
			nisv_eq_many(c, "x%d", i, regs->x[i], get_x(i),
				     "an exception changes no other register (DDI0487 D1.3)");
	nisv_eq_many(c, "sp", 0, regs->sp, get(CORE_REG(sp_el1)),
		     "an exception changes no other register (DDI0487 D1.3)");
}

static void check_abort(struct nisv_check *c, const struct nisv_form *form)
{
	struct nisv_taken want;
	struct nisv_regs regs;

	nisv_check_form(c, form, 0);
	load(form, &regs);
	nisv_expect_abort(regs.pc, regs.pstate, HOLE_VA + HOLE_OFFSET,
			  get(SYSREG_SCTLR), PSTATE_EL1H, &want);
	if (!to_doorbell(c))
		return;
	nisv_eq(c, "vector", want.vector, get_x(X_VECTOR), nisv_show_dec,
		"a protected guest takes a synchronous exception (api.rst 7, KVM_CAP_ARM_NISV_TO_USER)");
	nisv_eq(c, "esr", want.esr, get_x(X_ESR), nisv_show_hex,
		"a synchronous external data abort (DDI0487 ESR_ELx)");
	nisv_eq(c, "far", want.far, get_x(X_FAR), nisv_show_hex,
		"FAR is the VA accessed, with its low bits (DDI0487 FAR_ELx)");
	nisv_eq(c, "elr", want.elr, get_x(X_ELR), nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(c, "spsr", want.spsr, get_x(X_SPSR), nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	check_kept(c, &regs);
}

static void done(struct nisv_check *c)
{
	if (nisv_failed(c))
		pvm_free();
}

/* ---- cases ---- */

static void an_abort(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = arg;

	if (have_pvm(c)) {
		check_abort(c, form);
		/* and once more, as the first time */
		if (!nisv_failed(c))
			check_abort(c, form);
	}
	done(c);
}

static void check_dev(struct nisv_check *c, const void *arg)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	(void)arg;
	if (have_pvm(c))
		nisv_eq(c, "KVM_CHECK_EXTENSION", 1,
			ioctl(kvm, KVM_CHECK_EXTENSION,
			      KVM_CAP_ARM_NISV_TO_USER), nisv_show_result,
			"outside of a protected VM the capability is reported (api.rst 7)");
	close(kvm);
	done(c);
}

static void check_vm(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	(void)arg;
	if (!have_pvm(c))
		return;
	nisv_eq(c, "KVM_CHECK_EXTENSION", 0,
		ioctl(pvm.vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_NISV_TO_USER),
		nisv_show_result,
		"a protected VM does not have the capability (api.rst 7)");
	nisv_eq(c, "KVM_ENABLE_CAP", -EINVAL,
		ioctl(pvm.vm, KVM_ENABLE_CAP, &cap) ? -errno : 0,
		nisv_show_result,
		"a protected VM refuses the capability (api.rst 7)");
	if (!nisv_failed(c))
		check_abort(c, nisv_form_named("ldr_x_post"));
	done(c);
}

/* One that has not run yet is one, too. */
static void check_new_vm(struct nisv_check *c, const void *arg)
{
	(void)arg;
	pvm_free();
	if (!have_pvm(c))
		return;
	nisv_eq(c, "KVM_CHECK_EXTENSION", 0,
		ioctl(pvm.vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_NISV_TO_USER),
		nisv_show_result,
		"a protected VM does not have the capability (api.rst 7)");
	done(c);
}

static void plain_store(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("str_w");
	struct nisv_regs regs;
	u32 data;

	(void)arg;
	if (!have_pvm(c))
		return;
	nisv_check_form(c, form, 0);
	load(form, &regs);
	nisv_eq(c, "KVM_RUN", 0, run(), nisv_show_result,
		"KVM_RUN succeeds (api.rst 4.10)");
	nisv_eq(c, "exit", KVM_EXIT_MMIO, pvm.run->exit_reason, nisv_show_exit,
		"ISV=1 outside of slots: KVM_EXIT_MMIO (api.rst 5)");
	nisv_eq(c, "phys_addr", HOLE_IPA + HOLE_OFFSET, pvm.run->mmio.phys_addr,
		nisv_show_hex, "the IPA accessed (api.rst 5)");
	nisv_eq(c, "len", 4, pvm.run->mmio.len, nisv_show_dec,
		"the size of the access (api.rst 5)");
	nisv_eq(c, "is_write", 1, pvm.run->mmio.is_write, nisv_show_dec,
		"the direction of the access (api.rst 5)");
	memcpy(&data, pvm.run->mmio.data, sizeof(data));
	nisv_eq(c, "data", (u32)regs.x[nisv_form_rt(form)], data, nisv_show_hex,
		"the low bytes of Rt (api.rst 5)");
	if (!nisv_failed(c) && to_doorbell(c)) {
		nisv_eq(c, "esr", ESR_SVC_DONE, get_x(X_ESR), nisv_show_hex,
			"the guest goes on behind the access");
		check_kept(c, &regs);
	}
	done(c);
}

static void plain_load(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldr_x");
	const u64 data = 0xf1e2d3c4b5a69788ull;
	struct nisv_regs regs;

	(void)arg;
	if (!have_pvm(c))
		return;
	nisv_check_form(c, form, 0);
	load(form, &regs);
	nisv_eq(c, "KVM_RUN", 0, run(), nisv_show_result,
		"KVM_RUN succeeds (api.rst 4.10)");
	nisv_eq(c, "exit", KVM_EXIT_MMIO, pvm.run->exit_reason, nisv_show_exit,
		"ISV=1 outside of slots: KVM_EXIT_MMIO (api.rst 5)");
	nisv_eq(c, "is_write", 0, pvm.run->mmio.is_write, nisv_show_dec,
		"the direction of the access (api.rst 5)");
	memcpy(pvm.run->mmio.data, &data, sizeof(data));
	if (!nisv_failed(c) && to_doorbell(c)) {
		nisv_eq(c, "esr", ESR_SVC_DONE, get_x(X_ESR), nisv_show_hex,
			"the guest goes on behind the access");
		regs.x[nisv_form_rt(form)] = data;
		check_kept(c, &regs);
	}
	done(c);
}

static void memory_slots(struct nisv_check *c, const void *arg)
{
	(void)arg;
	if (!have_pvm(c))
		return;
	check_abort(c, nisv_form_named("str_w_pre"));
	nisv_eq(c, "read-only slot", -EPERM,
		set_slot(1, MEMORY + 0x1000000, 0x10000, KVM_MEM_READONLY),
		nisv_show_result,
		"a protected VM has no read-only slots (pkvm.rst)");
	nisv_eq(c, "slot with dirty logging", -EPERM,
		set_slot(1, MEMORY + 0x1000000, 0x10000,
			 KVM_MEM_LOG_DIRTY_PAGES), nisv_show_result,
		"a protected VM has no dirty logging (pkvm.rst)");
	nisv_eq(c, "deleted slot", -EPERM, set_slot(0, MEMORY, 0, 0),
		nisv_show_result,
		"slots stay once a protected VM has run (pkvm.rst)");
	nisv_eq(c, "moved slot", -EPERM,
		set_slot(0, MEMORY + 0x1000000, MEMORY_SIZE, 0),
		nisv_show_result,
		"slots stay once a protected VM has run (pkvm.rst)");
	if (!nisv_failed(c))
		check_abort(c, nisv_form_named("ldr_x_post"));
	done(c);
}

/* An ordinary VM while there is a protected one that has run. */
static void beside(struct nisv_check *c, const void *arg)
{
	const bool cap = arg;
	const struct nisv_form *form;
	struct nisv_vm *vm;

	if (!have_pvm(c))
		return;
	check_abort(c, nisv_form_named("ldr_x_post"));
	vm = nisv_shared_vm(c, cap);
	nisv_vm_with_fp(vm, true);
	nisv_vm_set(vm, SETTING_hole);
	for (form = nisv_forms; form < nisv_forms + nisv_nr_forms; form++)
		if (nisv_form_first(form) && form->feature == FEATURE_NONE &&
		    !nisv_failed(c))
			nisv_check_form_whole(c, vm, 0, form, cap);
	if (!nisv_failed(c))
		check_abort(c, nisv_form_named("ldr_x_post"));
	nisv_shared_vm_done(c, cap);
	done(c);
}

/* What the guest writes to a register is what KVM_GET_ONE_REG gives. */
static void beside_registers(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	struct nisv_trap trap;
	struct nisv_regs regs;
	struct nisv_vm *vm;
	u64 tpidr = 0;

	(void)arg;
	if (!have_pvm(c))
		return;
	vm = nisv_shared_vm(c, true);
	nisv_vm_with_fp(vm, true);
	nisv_vm_set(vm, SETTING_hole);
	if (nisv_check_to_exit(c, vm, 0, form, true, &regs)) {
		nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
		nisv_check_doorbell(c, vm, 0, &trap);
		nisv_get_register(nisv_vcpu_fd(vm, 0), SYSREG_TPIDR, &tpidr);
		/* lib/guest.S keeps X0 there while it stores the others */
		nisv_eq(c, "tpidr_el1", regs.x[0], tpidr, nisv_show_hex,
			"KVM_GET_ONE_REG gives what the guest wrote (api.rst 4.69)");
	}
	nisv_shared_vm_done(c, true);
	done(c);
}

int main(int argc, char **argv)
{
	const struct nisv_form *form;

	for (form = nisv_forms; form < nisv_forms + nisv_nr_forms; form++)
		if (nisv_form_first(form) && form->feature == FEATURE_NONE &&
		    !nisv_classes[form->class].isv)
			nisv_case(an_abort, form, "%s.abort", form->name);
	nisv_case(check_dev, NULL, "check_dev");
	nisv_case(check_vm, NULL, "check_vm");
	nisv_case(check_new_vm, NULL, "check_new_vm");
	nisv_case(plain_store, NULL, "plain_store");
	nisv_case(plain_load, NULL, "plain_load");
	nisv_case(memory_slots, NULL, "slots");
	nisv_case(beside, (void *)true, "beside_on");
	nisv_case(beside, NULL, "beside_off");
	nisv_case(beside_registers, NULL, "beside_registers");
	return nisv_harness(argc, argv);
}
