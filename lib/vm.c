// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that runs forms, made with the kernel's KVM selftest library.
 *
 * Its address space around the hole (64 KiB each, so that it fits every page
 * size):
 *
 *	VA		IPA
 *	hole - 64K	hole - 64K	slot "below", with neighbours
 *	hole		hole		nothing
 *	hole + 64K	hole + 64K	slot "above", with neighbours
 *	hole + 1M	hole + 1M	nothing: stores here are the doorbell
 *
 * VA and IPA differ in every page bit that matters, and the IPA has the highest
 * bit set that the VM's IPA size allows.
 *
 * The library replaces memcpy() and its like by loops over bytes, because
 * guests use them. Here copies are kept small for that reason.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "compat.h"
#include "nisv.h"

#define CHUNK		0x10000ul
#define HOLE_IPA	0x743210000ul
#define HOLE_VA		0x156780000ul
#define DOORBELL	0x100000ul
#define SPARE_IPA	0x200000ul

#define SLOT_BELOW	10
#define SLOT_ABOVE	11
#define SLOT_SPARE	12

#define UNION_POISON	0xa5
#define UNION_WORDS	32	/* struct kvm_run: "char padding[256]" */

#define MMIO_READ	1
#define MMIO_WRITE	2

#define PSTATE_MODE	0x1fu
#define PSTATE_DAIF	0x3c0u
#define PSTATE_NZCV	0xa0000000u	/* N and C */

static_assert(offsetof(struct nisv_regs, sp) == NISV_REGS_SP, "guest.S");
static_assert(offsetof(struct nisv_regs, pc) == NISV_REGS_PC, "guest.S");
static_assert(offsetof(struct nisv_regs, pstate) == NISV_REGS_PSTATE,
	      "guest.S");
static_assert(offsetof(struct nisv_regs, fpsr) == NISV_REGS_FPSR, "guest.S");
static_assert(offsetof(struct nisv_regs, fpcr) == NISV_REGS_FPCR, "guest.S");
static_assert(offsetof(struct nisv_regs, v) == NISV_REGS_V, "guest.S");
static_assert(sizeof(struct nisv_regs) == NISV_REGS_SIZE, "guest.S");
static_assert(offsetof(struct nisv_mailbox, in) == NISV_MB_IN, "guest.S");
static_assert(offsetof(struct nisv_mailbox, trap) == NISV_MB_TRAP, "guest.S");
static_assert(offsetof(struct nisv_mailbox, doorbell) == NISV_MB_DOORBELL,
	      "guest.S");

struct nisv_vm {
	struct kvm_vm *vm;
	unsigned int nr_vcpus;
	unsigned int max_vcpus;
	u64 va;			/* of the hole */
	u64 ipa;
	u64 *below;
	u64 *above;
	struct {
		struct kvm_vcpu *vcpu;
		struct nisv_mailbox *mailbox;
		u32 pending;	/* MMIO that the next KVM_RUN completes */
		bool claimed;	/* nisv_vcpu_claim_mmio() */
		u32 mode;
	} cpu[NISV_MAX_VCPUS];
};

/* In the program's image, which the library copies into each VM. */
static struct nisv_mailbox mailboxes[NISV_MAX_VCPUS];

/* What an ioctl returned, or the negative errno. */
static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

static u64 memory_pattern(size_t i)
{
	return 0x5a5a5a5a5a5a5a5aull ^ (i * 0x0001000100010001ull);
}

static u64 *add_slot(struct nisv_vm *vm, s64 offset, u32 slot)
{
	u64 pages = CHUNK / vm->vm->page_size;
	u64 *mem;
	size_t i;

	vm_userspace_mem_region_add(vm->vm, VM_MEM_SRC_ANONYMOUS,
				    vm->ipa + offset, slot, pages, 0);
	virt_map(vm->vm, vm->va + offset, vm->ipa + offset, pages);
	mem = addr_gpa2hva(vm->vm, vm->ipa + offset);
	for (i = 0; i < CHUNK / sizeof(*mem); i++)
		mem[i] = memory_pattern(i);
	return mem;
}

struct nisv_vm *nisv_vm_new_without_vcpus(unsigned int max_vcpus)
{
	struct nisv_vm *vm = calloc(1, sizeof(*vm));

	TEST_ASSERT(vm && max_vcpus <= NISV_MAX_VCPUS, "no memory");
	vm->max_vcpus = max_vcpus;
	vm->vm = vm_create(max_vcpus);
	vm->va = HOLE_VA + 5 * vm->vm->page_size;
	vm->ipa = HOLE_IPA | (1ull << (vm->vm->pa_bits - 1));
	virt_map(vm->vm, vm->va, vm->ipa, CHUNK / vm->vm->page_size);
	virt_map(vm->vm, vm->va + DOORBELL, vm->ipa + DOORBELL, 1);
	return vm;
}

static u64 get_reg(struct kvm_vcpu *vcpu, u64 id)
{
	u64 val = 0;

	TEST_ASSERT(!__vcpu_get_reg(vcpu, id, &val),
		    "KVM_GET_ONE_REG of 0x%lx", (unsigned long)id);
	return val;
}

/* What the guest needs to find when it starts. */
static void set_up_guest(struct kvm_vcpu *vcpu, unsigned int cpu)
{
	vcpu_set_reg(vcpu, KVM_ARM64_SYS_REG(SYS_TPIDRRO_EL0),
		     (u64)&mailboxes[cpu]);
	vcpu_set_reg(vcpu, compat_vbar_reg(vcpu), (u64)nisv_guest_vectors);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.pc), (u64)nisv_guest_entry);
}

void nisv_vm_add_vcpu(struct nisv_vm *vm)
{
	unsigned int i = vm->nr_vcpus++;
	struct kvm_vcpu *vcpu = vm_vcpu_add(vm->vm, i, nisv_guest_entry);

	vm->cpu[i].vcpu = vcpu;
	vm->cpu[i].mailbox = addr_gva2hva(vm->vm, (u64)&mailboxes[i]);
	vm->cpu[i].mailbox->doorbell = vm->va + DOORBELL;
	vm->cpu[i].mode = nisv_vcpu_pstate(vm, i) & PSTATE_MODE;
	set_up_guest(vcpu, i);
	if (vm->nr_vcpus == vm->max_vcpus)
		kvm_arch_vm_finalize_vcpus(vm->vm);
}

struct nisv_vm *nisv_vm_new(unsigned int nr_vcpus)
{
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(nr_vcpus);

	while (vm->nr_vcpus < nr_vcpus)
		nisv_vm_add_vcpu(vm);
	return vm;
}

void nisv_vm_add_neighbours(struct nisv_vm *vm)
{
	vm->below = add_slot(vm, -CHUNK, SLOT_BELOW);
	vm->above = add_slot(vm, CHUNK, SLOT_ABOVE);
}

void nisv_vm_free(struct nisv_vm *vm)
{
	if (!vm)
		return;
	kvm_vm_free(vm->vm);
	free(vm);
}

void nisv_vm_add_and_delete_slot(struct nisv_vm *vm)
{
	vm_userspace_mem_region_add(vm->vm, VM_MEM_SRC_ANONYMOUS,
				    vm->ipa + SPARE_IPA, SLOT_SPARE,
				    CHUNK / vm->vm->page_size, 0);
	vm_mem_region_delete(vm->vm, SLOT_SPARE);
}

const char *nisv_vm_missing(void)
{
	return access("/dev/kvm", R_OK | W_OK) ? strerror(errno) : NULL;
}

int nisv_vm_fd(const struct nisv_vm *vm)
{
	return vm->vm->fd;
}

int nisv_vcpu_fd(const struct nisv_vm *vm, unsigned int cpu)
{
	return vm->cpu[cpu].vcpu->fd;
}

int nisv_vm_enable(struct nisv_vm *vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	return result(ioctl(vm->vm->fd, KVM_ENABLE_CAP, &cap));
}

int nisv_vcpu_reinit(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	struct kvm_vcpu_init init = compat_vcpu_init(vcpu);
	int ret = result(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init));

	if (ret)
		return ret;
	/* the library's set-up anew: it begins with the same ioctl */
	aarch64_vcpu_setup(vcpu, &init);
	set_up_guest(vcpu, cpu);
	vm->cpu[cpu].pending = 0;
	return 0;
}

unsigned int nisv_vcpu_feature(const struct nisv_vm *vm, unsigned int cpu,
			       enum nisv_feature feature)
{
	static const u64 idregs[NISV_NR_FEATURES] = {
#define SYS_NONE	0
#define FEATURE(id, title, idreg, field, shift, min)			\
		[FEATURE_##id] = SYS_##idreg,
#include "nisv_features.h"
#undef FEATURE
	};
	u64 idreg = idregs[feature];

	if (!idreg)
		return 0;
	return (get_reg(vm->cpu[cpu].vcpu, KVM_ARM64_SYS_REG(idreg)) >>
		nisv_features[feature].shift) & 0xf;
}

/*
 * Each row has an offset of its own in the hole, never 0, aligned as it must be
 * and no more: low address bits, the page and the row are all told apart.
 */
static u64 form_offset(const struct nisv_form *form)
{
	unsigned int i = form - nisv_forms;
	unsigned int align = nisv_form_align(form);

	return (i * 0x140ul) % (CHUNK - 0x400) / 0x80 * 0x80 + 0x80 +
		(align < 0x40 ? align : 0x40);
}

u64 nisv_form_ipa(const struct nisv_vm *vm, const struct nisv_form *form)
{
	return vm->ipa + form_offset(form);
}

u64 nisv_form_va(const struct nisv_vm *vm, const struct nisv_form *form)
{
	return vm->va + form_offset(form);
}

u64 nisv_doorbell_ipa(const struct nisv_vm *vm)
{
	return vm->ipa + DOORBELL;
}

u64 nisv_form_pc(const struct nisv_form *form)
{
	return (u64)nisv_guest_stubs + 8 * (form - nisv_forms);
}

void nisv_vcpu_load(struct nisv_vm *vm, unsigned int cpu,
		    const struct nisv_form *form, struct nisv_regs *regs)
{
	struct nisv_regs *in = &vm->cpu[cpu].mailbox->in;
	u64 seed = 0x9e3779b97f4a7c15ull * (form->insn + 1);
	unsigned int base = nisv_form_base(form);
	u64 va;
	int i;

	for (i = 0; i < 31; i++)
		regs->x[i] = seed ^ (0x0101010101010101ull * (i + 1));
	/* an index that differs when zero or sign-extended from 32 bits */
	regs->x[NISV_OFFSET_REG] = 0x1fffffff0ull;
	va = nisv_form_va(vm, form) -
		nisv_form_offset(form, regs->x[NISV_OFFSET_REG]);
	regs->sp = 0x123456780ull;
	if (base == NISV_SP)
		regs->sp = va;
	else
		regs->x[base] = va;
	regs->pc = nisv_form_pc(form);
	regs->pstate = PSTATE_NZCV | PSTATE_DAIF | vm->cpu[cpu].mode;
	regs->fpsr = 0x0800001full;	/* QC, and the exception flags but IDC */
	regs->fpcr = 0x01000000ull;	/* FZ */

	for (i = 0; i < 31; i++)
		in->x[i] = regs->x[i];
	in->sp = regs->sp;
	in->pc = regs->pc;
	in->pstate = regs->pstate;
	in->fpsr = regs->fpsr;
	in->fpcr = regs->fpcr;
	for (i = 0; i < 32; i++) {
		in->v[i][0] = ~seed ^ (0x0101010101010101ull * (i + 1));
		in->v[i][1] = seed + (0x1000000010001001ull * (i + 1));
		regs->v[i][0] = in->v[i][0];
		regs->v[i][1] = in->v[i][1];
	}
}

/* The index of the last byte of the union that was written to, plus one. */
static unsigned int touched(const struct kvm_run *run)
{
	const u64 *word = (const u64 *)&run->hw;
	unsigned int n = UNION_WORDS;
	const u8 *byte;

	while (n && word[n - 1] == UNION_POISON * 0x0101010101010101ull)
		n--;
	byte = (const u8 *)(word + n);
	for (n *= 8; n && *--byte == UNION_POISON;)
		n--;
	return n;
}

void nisv_vcpu_run(struct nisv_vm *vm, unsigned int cpu, struct nisv_exit *e)
{
	struct kvm_run *run = vm->cpu[cpu].vcpu->run;
	u64 *word = (u64 *)&run->hw;
	u32 pending = vm->cpu[cpu].pending;
	int i;

	/* KVM takes the data of a load from here */
	for (i = 0; i < UNION_WORDS && pending != MMIO_READ; i++)
		WRITE_ONCE(word[i], UNION_POISON * 0x0101010101010101ull);
	/* and completes the access when this still says KVM_EXIT_MMIO */
	if (!pending && !vm->cpu[cpu].claimed)
		run->exit_reason = ~0u;
	vm->cpu[cpu].claimed = false;

	e->ret = result(__vcpu_run(vm->cpu[cpu].vcpu));

	e->reason = run->exit_reason;
	e->flags = run->flags;
	e->esr_iss = run->arm_nisv.esr_iss;
	e->fault_ipa = run->arm_nisv.fault_ipa;
	e->phys_addr = run->mmio.phys_addr;
	e->len = run->mmio.len;
	e->is_write = run->mmio.is_write;
	memcpy(&e->data, run->mmio.data, sizeof(e->data));
	e->touched = pending == MMIO_READ ? 0 : touched(run);
	vm->cpu[cpu].pending = 0;
	if (!e->ret && e->reason == KVM_EXIT_MMIO)
		vm->cpu[cpu].pending = e->is_write ? MMIO_WRITE : MMIO_READ;
}

int nisv_vcpu_complete(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	int ret;

	vcpu->run->immediate_exit = 1;
	ret = result(__vcpu_run(vcpu));
	vcpu->run->immediate_exit = 0;
	vm->cpu[cpu].pending = 0;
	return ret;
}

void nisv_vcpu_claim_mmio(struct nisv_vm *vm, unsigned int cpu)
{
	vm->cpu[cpu].vcpu->run->exit_reason = KVM_EXIT_MMIO;
	vm->cpu[cpu].claimed = true;
}

void nisv_vcpu_mmio_data(struct nisv_vm *vm, unsigned int cpu, u64 data)
{
	memcpy(vm->cpu[cpu].vcpu->run->mmio.data, &data, sizeof(data));
}

static u64 v_reg(int i)
{
	return KVM_REG_ARM64 | KVM_REG_SIZE_U128 | KVM_REG_ARM_CORE |
	       KVM_REG_ARM_CORE_REG(fp_regs.vregs[i]);
}

#define FP_REG(name)	(KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | \
			 KVM_REG_ARM_CORE_REG(fp_regs.name))

void nisv_vcpu_regs(struct nisv_vm *vm, unsigned int cpu,
		    const struct nisv_form *form, struct nisv_regs *regs,
		    enum nisv_extent extent)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	int i;

	for (i = 0; i < 31; i++)
		if (extent == NISV_ALL || nisv_form_names_x(form, i))
			regs->x[i] = nisv_vcpu_x(vm, cpu, i);
	regs->sp = get_reg(vcpu, compat_sp_reg(vcpu));
	regs->pc = nisv_vcpu_pc(vm, cpu);
	regs->pstate = nisv_vcpu_pstate(vm, cpu);
	for (i = 0; i < 32; i++)
		if (extent == NISV_ALL || nisv_form_names_v(form, i))
			TEST_ASSERT(!__vcpu_get_reg(vcpu, v_reg(i), regs->v[i]),
				    "KVM_GET_ONE_REG of V%d", i);
	if (extent == NISV_ALL) {
		regs->fpsr = (u32)get_reg(vcpu, FP_REG(fpsr));
		regs->fpcr = (u32)get_reg(vcpu, FP_REG(fpcr));
	}
}

u64 nisv_vcpu_pc(struct nisv_vm *vm, unsigned int cpu)
{
	return get_reg(vm->cpu[cpu].vcpu, ARM64_CORE_REG(regs.pc));
}

u64 nisv_vcpu_pstate(struct nisv_vm *vm, unsigned int cpu)
{
	return get_reg(vm->cpu[cpu].vcpu, ARM64_CORE_REG(regs.pstate));
}

u64 nisv_vcpu_x(struct nisv_vm *vm, unsigned int cpu, unsigned int n)
{
	return get_reg(vm->cpu[cpu].vcpu, ARM64_CORE_REG(regs.regs[n]));
}

void nisv_vcpu_set_pc(struct nisv_vm *vm, unsigned int cpu, u64 pc)
{
	vcpu_set_reg(vm->cpu[cpu].vcpu, ARM64_CORE_REG(regs.pc), pc);
}

/* Set by the guest itself on its way to a form, or by time. */
static bool changes_by_itself(u64 id)
{
	static const u64 ids[] = {
		ARM64_CORE_REG(regs.pc),
		ARM64_CORE_REG(regs.pstate),
		ARM64_CORE_REG(sp_el1),
		ARM64_CORE_REG(elr_el1),
		ARM64_CORE_REG(spsr[KVM_SPSR_EL1]),
		FP_REG(fpsr),
		FP_REG(fpcr),
		KVM_ARM64_SYS_REG(SYS_TPIDR_EL1),
		ARM64_SYS_REG(3, 4, 4, 0, 0),	/* SPSR_EL2 */
		ARM64_SYS_REG(3, 4, 4, 0, 1),	/* ELR_EL2 */
		ARM64_SYS_REG(3, 6, 4, 1, 0),	/* SP_EL2 */
		KVM_REG_ARM_TIMER_CNT,
		KVM_REG_ARM_PTIMER_CNT,
	};
	size_t i;

	for (i = 0; i < 31; i++)
		if (id == ARM64_CORE_REG(regs.regs[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		if (id == ids[i])
			return true;
	return false;
}

unsigned int nisv_vcpu_sysregs(struct nisv_vm *vm, unsigned int cpu,
			       struct nisv_sysreg **values)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	struct kvm_reg_list probe = { .n = 0 };
	struct kvm_reg_list *list;
	unsigned int n = 0;
	u64 i;

	TEST_ASSERT(ioctl(vcpu->fd, KVM_GET_REG_LIST, &probe) < 0 &&
		    errno == E2BIG, "KVM_GET_REG_LIST");
	list = calloc(1, sizeof(*list) + probe.n * sizeof(list->reg[0]));
	*values = calloc(probe.n, sizeof(**values));
	TEST_ASSERT(list && *values, "no memory");
	list->n = probe.n;
	TEST_ASSERT(!ioctl(vcpu->fd, KVM_GET_REG_LIST, list),
		    "KVM_GET_REG_LIST");
	for (i = 0; i < list->n; i++) {
		u64 id = list->reg[i];

		if ((id & KVM_REG_SIZE_MASK) > KVM_REG_SIZE_U64 ||
		    changes_by_itself(id))
			continue;
		(*values)[n].id = id;
		(*values)[n++].value = get_reg(vcpu, id);
	}
	free(list);
	return n;
}

unsigned int nisv_vcpu_pending(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu_events events = {};

	TEST_ASSERT(!ioctl(vm->cpu[cpu].vcpu->fd, KVM_GET_VCPU_EVENTS, &events),
		    "KVM_GET_VCPU_EVENTS");
	return events.exception.serror_pending +
	       events.exception.ext_dabt_pending;
}

void nisv_vcpu_return_state(struct nisv_vm *vm, unsigned int cpu, u64 *elr,
			    u64 *spsr)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;

	*elr = get_reg(vcpu, compat_elr_reg(vcpu));
	*spsr = get_reg(vcpu, compat_spsr_reg(vcpu));
}

const struct nisv_regs *nisv_vcpu_seen(struct nisv_vm *vm, unsigned int cpu,
				       struct nisv_trap *trap)
{
	*trap = vm->cpu[cpu].mailbox->trap;
	return &vm->cpu[cpu].mailbox->out;
}

unsigned int nisv_vm_memory_changed(struct nisv_vm *vm, bool all)
{
	const size_t words = CHUNK / sizeof(u64);
	size_t near = all ? words : 512 / sizeof(u64);
	unsigned int changed = 0;
	size_t i;

	for (i = 0; vm->below && i < near; i++) {
		changed += vm->above[i] != memory_pattern(i);
		changed += vm->below[words - 1 - i] !=
			   memory_pattern(words - 1 - i);
	}
	return changed;
}
