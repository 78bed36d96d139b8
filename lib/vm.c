// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that runs forms, made with the kernel's KVM selftest library.
 *
 * Its address space around the hole (64 KiB each, so that it fits every page
 * size), with VA and IPA different in every bit field that matters:
 *
 *	VA		IPA
 *	HOLE_VA - 64K	HOLE_IPA - 64K	slot "below"
 *	HOLE_VA		HOLE_IPA	nothing: the hole
 *	HOLE_VA + 64K	HOLE_IPA + 64K	slot "above"
 *	DOORBELL_VA	DOORBELL_IPA	nothing: stores here tell the host
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
#define DOORBELL_IPA	(HOLE_IPA + 0x100000)
#define DOORBELL_VA	(HOLE_VA + 0x100000)

#define SLOT_BELOW	10
#define SLOT_ABOVE	11

#define UNION_POISON	0xa5
#define UNION_BYTES	256	/* struct kvm_run: "char padding[256]" */

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
	struct kvm_vcpu *vcpu[NISV_MAX_VCPUS];
	struct nisv_mailbox *mailbox[NISV_MAX_VCPUS];
	u32 pending[NISV_MAX_VCPUS];	/* MMIO that the next KVM_RUN completes */
	u32 mode[NISV_MAX_VCPUS];
	u64 *below;
	u64 *above;
};

/* In the program's image, which the library copies into each VM. */
static struct nisv_mailbox mailboxes[NISV_MAX_VCPUS] __aligned(64);

static u64 memory_pattern(size_t i)
{
	return 0x5a5a5a5a5a5a5a5aull ^ (i * 0x0001000100010001ull);
}

static u64 *add_slot(struct kvm_vm *vm, u64 va, u64 ipa, u32 slot)
{
	u64 pages = CHUNK / vm->page_size;
	u64 *mem;
	size_t i;

	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, ipa, slot, pages,
				    0);
	virt_map(vm, va, ipa, pages);
	mem = addr_gpa2hva(vm, ipa);
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
	vm->below = add_slot(vm->vm, HOLE_VA - CHUNK, HOLE_IPA - CHUNK,
			     SLOT_BELOW);
	vm->above = add_slot(vm->vm, HOLE_VA + CHUNK, HOLE_IPA + CHUNK,
			     SLOT_ABOVE);
	virt_map(vm->vm, HOLE_VA, HOLE_IPA, CHUNK / vm->vm->page_size);
	virt_map(vm->vm, DOORBELL_VA, DOORBELL_IPA, 1);
	return vm;
}

static u64 get_reg(struct kvm_vcpu *vcpu, u64 id)
{
	u64 val = 0;

	TEST_ASSERT(!__vcpu_get_reg(vcpu, id, &val),
		    "KVM_GET_ONE_REG of 0x%lx", (unsigned long)id);
	return val;
}

void nisv_vm_add_vcpu(struct nisv_vm *vm)
{
	unsigned int i = vm->nr_vcpus++;
	struct kvm_vcpu *vcpu = vm_vcpu_add(vm->vm, i, nisv_guest_entry);

	vm->vcpu[i] = vcpu;
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[0]), (u64)&mailboxes[i]);
	vm->mailbox[i] = addr_gva2hva(vm->vm, (u64)&mailboxes[i]);
	vm->mailbox[i]->doorbell = DOORBELL_VA;
	vm->mode[i] = get_reg(vcpu, ARM64_CORE_REG(regs.pstate)) & PSTATE_MODE;
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

void nisv_vm_free(struct nisv_vm *vm)
{
	if (!vm)
		return;
	kvm_vm_free(vm->vm);
	free(vm);
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
	return vm->vcpu[cpu]->fd;
}

int nisv_vm_enable(struct nisv_vm *vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	return ioctl(vm->vm->fd, KVM_ENABLE_CAP, &cap) ? errno : 0;
}

int nisv_vcpu_reinit(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = vm->vcpu[cpu];
	struct kvm_vcpu_init init = compat_vcpu_init(vcpu);

	if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init))
		return errno;
	/* the library's set-up anew: it begins with the same ioctl */
	aarch64_vcpu_setup(vcpu, &init);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[0]), (u64)&mailboxes[cpu]);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.pc), (u64)nisv_guest_entry);
	vm->pending[cpu] = 0;
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
	return (get_reg(vm->vcpu[cpu], KVM_ARM64_SYS_REG(idreg)) >>
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

u64 nisv_form_ipa(const struct nisv_form *form)
{
	return HOLE_IPA + form_offset(form);
}

u64 nisv_form_va(const struct nisv_form *form)
{
	return HOLE_VA + form_offset(form);
}

u64 nisv_doorbell_ipa(void)
{
	return DOORBELL_IPA;
}

u64 nisv_form_pc(const struct nisv_form *form)
{
	return (u64)nisv_guest_stubs + 8 * (form - nisv_forms);
}

void nisv_vcpu_load(struct nisv_vm *vm, unsigned int cpu,
		    const struct nisv_form *form, struct nisv_regs *regs)
{
	unsigned int base = nisv_form_base(form);
	u64 seed = 0x9e3779b97f4a7c15ull * (form->insn + 1);
	u64 va;
	int i;

	memset(regs, 0, sizeof(*regs));
	for (i = 0; i < 31; i++)
		regs->x[i] = seed ^ (0x0101010101010101ull * (i + 1));
	for (i = 0; i < 32; i++) {
		regs->v[i][0] = ~seed ^ (0x0101010101010101ull * (i + 1));
		regs->v[i][1] = seed + (0x1000000010001001ull * (i + 1));
	}
	/* an index that differs when zero or sign-extended from 32 bits */
	regs->x[NISV_OFFSET_REG] = 0x1fffffff0ull;

	va = nisv_form_va(form) -
		nisv_form_offset(form, regs->x[NISV_OFFSET_REG]);
	regs->sp = 0x123456780ull;
	if (base == NISV_SP)
		regs->sp = va;
	else
		regs->x[base] = va;
	regs->pc = nisv_form_pc(form);
	regs->pstate = PSTATE_NZCV | PSTATE_DAIF | vm->mode[cpu];
	regs->fpsr = 0x0800001full;	/* QC, and the exception flags but IDC */
	regs->fpcr = 0x01000000ull;	/* FZ */
	vm->mailbox[cpu]->in = *regs;
}

static unsigned int touched(const struct kvm_run *run)
{
	const u8 *byte = (const u8 *)&run->hw;
	unsigned int n = UNION_BYTES;

	while (n && byte[n - 1] == UNION_POISON)
		n--;
	return n;
}

void nisv_vcpu_run(struct nisv_vm *vm, unsigned int cpu, struct nisv_exit *e)
{
	struct kvm_vcpu *vcpu = vm->vcpu[cpu];
	struct kvm_run *run = vcpu->run;
	bool fresh = vm->pending[cpu] != MMIO_READ;

	/* KVM takes the data of a load from here */
	if (fresh)
		memset((void *)&run->hw, UNION_POISON, UNION_BYTES);
	/* and completes the access when this still says KVM_EXIT_MMIO */
	if (!vm->pending[cpu])
		run->exit_reason = ~0u;

	memset(e, 0, sizeof(*e));
	e->err = __vcpu_run(vcpu) ? errno : 0;

	e->reason = run->exit_reason;
	e->esr_iss = run->arm_nisv.esr_iss;
	e->fault_ipa = run->arm_nisv.fault_ipa;
	e->phys_addr = run->mmio.phys_addr;
	e->len = run->mmio.len;
	e->is_write = run->mmio.is_write;
	memcpy(&e->data, run->mmio.data, sizeof(e->data));
	e->touched = fresh ? touched(run) : 0;
	vm->pending[cpu] = 0;
	if (!e->err && e->reason == KVM_EXIT_MMIO)
		vm->pending[cpu] = e->is_write ? MMIO_WRITE : MMIO_READ;
}

void nisv_vcpu_mmio_data(struct nisv_vm *vm, unsigned int cpu, u64 data)
{
	memcpy(vm->vcpu[cpu]->run->mmio.data, &data, sizeof(data));
}

static u64 v_reg(int i)
{
	return KVM_REG_ARM64 | KVM_REG_SIZE_U128 | KVM_REG_ARM_CORE |
	       KVM_REG_ARM_CORE_REG(fp_regs.vregs[i]);
}

static u64 fp_reg(struct kvm_vcpu *vcpu, u64 offset)
{
	return (u32)get_reg(vcpu, KVM_REG_ARM64 | KVM_REG_SIZE_U32 |
			    KVM_REG_ARM_CORE | offset);
}

void nisv_vcpu_regs(struct nisv_vm *vm, unsigned int cpu,
		    struct nisv_regs *regs, enum nisv_extent extent)
{
	int nr_x = extent == NISV_ALL ? 31 : NISV_USED_X;
	int nr_v = extent == NISV_ALL ? 32 :
		   extent == NISV_USED_SIMD ? NISV_USED_V : 0;
	struct kvm_vcpu *vcpu = vm->vcpu[cpu];
	int i;

	for (i = 0; i < nr_x; i++)
		regs->x[i] = get_reg(vcpu, ARM64_CORE_REG(regs.regs[i]));
	regs->sp = get_reg(vcpu, compat_sp_reg(vcpu));
	regs->pc = get_reg(vcpu, ARM64_CORE_REG(regs.pc));
	regs->pstate = get_reg(vcpu, ARM64_CORE_REG(regs.pstate));
	for (i = 0; i < nr_v; i++)
		TEST_ASSERT(!__vcpu_get_reg(vcpu, v_reg(i), regs->v[i]),
			    "KVM_GET_ONE_REG of V%d", i);
	if (nr_v) {
		regs->fpsr = fp_reg(vcpu, KVM_REG_ARM_CORE_REG(fp_regs.fpsr));
		regs->fpcr = fp_reg(vcpu, KVM_REG_ARM_CORE_REG(fp_regs.fpcr));
	}
}

u64 nisv_vcpu_pc(struct nisv_vm *vm, unsigned int cpu)
{
	return get_reg(vm->vcpu[cpu], ARM64_CORE_REG(regs.pc));
}

void nisv_vcpu_skip(struct nisv_vm *vm, unsigned int cpu)
{
	vcpu_set_reg(vm->vcpu[cpu], ARM64_CORE_REG(regs.pc),
		     nisv_vcpu_pc(vm, cpu) + 4);
}

void nisv_vcpu_seen(struct nisv_vm *vm, unsigned int cpu,
		    struct nisv_regs *regs, struct nisv_trap *trap)
{
	*regs = vm->mailbox[cpu]->out;
	*trap = vm->mailbox[cpu]->trap;
}

unsigned int nisv_vm_memory_changed(struct nisv_vm *vm)
{
	const size_t words = CHUNK / sizeof(u64);
	const size_t near = 4096 / sizeof(u64);
	unsigned int changed = 0;
	size_t i;

	for (i = 0; i < near; i++) {
		changed += vm->above[i] != memory_pattern(i);
		changed += vm->below[words - 1 - i] !=
			   memory_pattern(words - 1 - i);
	}
	return changed;
}
