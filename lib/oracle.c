// SPDX-License-Identifier: GPL-2.0-only
/*
 * The differential oracle of include/nisv_oracle.h, and how a VMM lends KVM's
 * vCPU to lib/emulate.c.
 *
 * Both guests have this, at VA and IPA that differ:
 *
 *	WINDOW	what the trials access: a slot in one, nothing in the other
 *	CODE	the trials' stubs, the same memory in both
 *	IN	the trials' registers, the same memory in both
 *	OUT	what they become, each guest's own
 *	CONTROL	see lib/oracle_guest.S, each guest's own
 *	SLOT	memory behind WINDOW, each guest's own, for accesses that leave
 *		the one for the other
 *	SVE_IN, SVE_OUT
 *		as IN and OUT, where there is SVE
 *
 * IPAs are as far apart as VAs, but for the pages of WINDOW: these are in reverse
 * order, so that what goes on in a second page goes on elsewhere. The host has
 * WINDOW, and what is a device instead, in the order of VAs; the slot is a copy, as
 * one for each page would take longer to make than all the rest.
 *
 * EL0 may read CODE, and read and write WINDOW and SLOT. Behind the instruction a stub
 * is full of SVCs with numbers of their own, so that a wrong PC shows.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "nisv_arch.h"
#include "vm.h"
#include "nisv_oracle.h"

#define ORACLE_VA	0x3a0050000ul
#define ORACLE_IPA	0x1000000ul	/* from the hole */

/* A VA where a block of stage 1 maps what has WINDOW in it. */
#define BLOCK_VA	0x5a0000000ul
#define PTE_PAGE	0x2u		/* and a block has not */

/* VAs of pages in another order: the last one of SLOT and the first of WINDOW, */
#define LEAVE_VA	0x3a0850000ul
/* and the first one of WINDOW and, not for EL0, of SLOT. */
#define KERNEL_VA	0x3a0890000ul

#define FIRST_SLOT	40
#define NOP		0xd503201fu
#define SVC(n)		(0xd4000001u | (n) << 5)

#define SCTLR_MSCEN	BIT_ULL(33)	/* EL0 may copy and set */
#define PSTATE_C	BIT_ULL(29)
#define PSTATE_N	BIT_ULL(31)

/* A VA of 32 bits of WINDOW. */
#define LOW_VA		0xa0000000ul

/* The areas begin so that some have a page's end in their middle. */
#define AREAS		(0x1000 + NISV_AREA / 2)
#define SVE_AREAS	(0x4000 + NISV_SVE_AREA / 2)

enum block {
	WINDOW,
	CODE,
	IN,
	OUT,
	CONTROL,
	SLOT,
	SVE_IN,
	SVE_OUT,
	NR_BLOCKS
};

static const struct {
	u64 offset;
	u64 size;
	bool own;	/* of each guest */
	u64 pte;
	bool sve;	/* there with SVE only */
} layout[NR_BLOCKS] = {
	[WINDOW] = { 0, 0x20000, true, PTE_EL0, false },
	[SLOT] = { 0x20000, 0x10000, true, PTE_EL0, false },
	[CODE] = { 0x40000, 0x10000, false, PTE_EL0 | PTE_READ_ONLY, false },
	[IN] = { 0x80000, 0x40000, false, 0, false },
	[OUT] = { 0x100000, 0x40000, true, 0, false },
	[CONTROL] = { 0x180000, 0x10000, true, 0, false },
	[SVE_IN] = { 0x200000, 0x60000, false, 0, true },
	[SVE_OUT] = { 0x280000, 0x60000, true, 0, true },
};

#define SLOT_END	(layout[SLOT].size - NISV_EDGE)

static_assert(NISV_BATCH * sizeof(struct nisv_regs) <= 0x40000, "IN, OUT");
static_assert(NISV_BATCH * NISV_STUB * sizeof(u32) <= 0x10000, "CODE");
static_assert(AREAS + (NISV_BATCH + 1) * NISV_AREA <= 0x20000, "WINDOW");
static_assert(SVE_AREAS + (NISV_SVE_BATCH + 1) * NISV_SVE_AREA <= 0x20000, "WINDOW");
static_assert(NISV_SVE_BATCH * sizeof(struct nisv_vectors) <= 0x60000,
	      "SVE_IN, SVE_OUT");

struct control {
	u64 in;
	u64 out;
	u64 left;
	u64 doorbell;
	u64 x1;
	u64 vector;
	u64 sve_in;	/* 0: no SVE */
	u64 sve_out;
};

static_assert(offsetof(struct control, in) == NISV_CONTROL_IN, "oracle_guest.S");
static_assert(offsetof(struct control, out) == NISV_CONTROL_OUT, "oracle_guest.S");
static_assert(offsetof(struct control, left) == NISV_CONTROL_LEFT, "oracle_guest.S");
static_assert(offsetof(struct control, doorbell) == NISV_CONTROL_DOORBELL,
	      "oracle_guest.S");
static_assert(offsetof(struct control, x1) == NISV_CONTROL_X1, "oracle_guest.S");
static_assert(offsetof(struct control, vector) == NISV_CONTROL_VECTOR,
	      "oracle_guest.S");
static_assert(offsetof(struct control, sve_in) == NISV_CONTROL_SVE_IN,
	      "oracle_guest.S");
static_assert(offsetof(struct control, sve_out) == NISV_CONTROL_SVE_OUT,
	      "oracle_guest.S");
static_assert(offsetof(struct nisv_vectors, p) == NISV_VECTORS_P, "oracle_guest.S");
static_assert(offsetof(struct nisv_vectors, ffr) == NISV_VECTORS_FFR,
	      "oracle_guest.S");
static_assert(sizeof(struct nisv_vectors) == NISV_VECTORS_SIZE, "oracle_guest.S");
static_assert(offsetof(struct nisv_regs, vector) == NISV_REGS_SP_EL0 + 8,
	      "oracle_guest.S");

/* The registers in the order of struct nisv_regs; no index: a name. */
static const struct {
	const char *name;
	unsigned int first;	/* word */
} names[] = {
	{ "x%d", 0 },
	{ "sp", offsetof(struct nisv_regs, sp) / 8 },
	{ "pc", offsetof(struct nisv_regs, pc) / 8 },
	{ "pstate", offsetof(struct nisv_regs, pstate) / 8 },
	{ "fpsr", offsetof(struct nisv_regs, fpsr) / 8 },
	{ "fpcr", offsetof(struct nisv_regs, fpcr) / 8 },
	{ "sp_el0", offsetof(struct nisv_regs, sp_el0) / 8 },
	{ "vector, ESR", offsetof(struct nisv_regs, vector) / 8 },
	{ "v%d.d[0]", offsetof(struct nisv_regs, v) / 8 },
};

/* The whole oracle; the two guests are [0], with memory, and [1]. */
struct oracle {
	struct nisv_oracle o;
	u8 *host[2][NR_BLOCKS];
	u8 *slot;			/* WINDOW of [0], in the order of IPAs */
	/*
	 * What each exit needs, next to each other: an ioctl of a vCPU empties the
	 * TLB, and under TCG each page that is used behind it costs a walk.
	 */
	int fd[2];
	struct kvm_run *run[2];
	struct nisv_emulate e;
	struct nisv_emulate_ops ops;
	u64 flip;			/* from VAs in WINDOW to IPAs */
	u64 block;			/* VA of the block's WINDOW */
	/* where [1] is: */
	unsigned int now;
	u64 pc;
	u64 pstate;
	u64 system[4];			/* SCTLR, TCR, TTBR0, TTBR1 */
	u64 lengths;			/* of SVE: a bit for each 16 bytes */
	unsigned int quadwords;		/* of these, now */
	/* what each guest has, as start() has set it; 0: it has not */
	u64 sctlr[2];
	unsigned int zcr[2];		/* in quadwords */
	unsigned int starts;
	const struct userspace_mem_region *tables;	/* where stage 1 is */
	u64 tcr2;
	bool has_mops;
	u64 mops[NISV_NR_MOPS];		/* PSTATE behind a prologue */
	unsigned int exited[NISV_BATCH];
	bool big_endian;
	/* without a guest: what was set and stored, and where */
	u64 trace;
	unsigned int dry[4096];
	unsigned int nr_dry;
	u8 device[0x20000];		/* what [1] has for a WINDOW */
	/* of this run */
	struct nisv_mismatch *mismatch;
	int nr;
	char *why;
	size_t size;
};

static struct oracle *whole(struct nisv_oracle *o)
{
	return container_of(o, struct oracle, o);
}

static u64 block_va(enum block b)
{
	return ORACLE_VA + layout[b].offset;
}

static u64 block_ipa(const struct oracle *o, enum block b)
{
	return o->o.vm[0]->ipa + ORACLE_IPA + layout[b].offset;
}

static u64 stub_va(unsigned int i)
{
	return block_va(CODE) + i * NISV_STUB * sizeof(u32);
}

u64 nisv_oracle_pc(const struct nisv_oracle *o, unsigned int i)
{
	return stub_va(i) + (o->trial[i].before ? sizeof(u32) : 0);
}

/* Maps for EL0, or with what other bits descriptors have then. */
static void map(struct nisv_vm *vm, u64 va, u64 ipa, u64 size, u64 pte)
{
	u64 at;

	nisv_vm_map(vm, va, ipa, size);
	for (at = 0; pte && at < size; at += vm->vm->page_size)
		*nisv_vm_descriptor(vm, va + at, 0) |= pte;
}

static void add_slot(struct oracle *o, unsigned int cpu, unsigned int slot,
		     u64 ipa, u8 *host, u64 size)
{
	TEST_ASSERT(!nisv_set_slot(o->o.vm[cpu]->vm->fd, FIRST_SLOT + slot, 0,
				   ipa, size, host),
		    "KVM_SET_USER_MEMORY_REGION");
}

static void add_block(struct oracle *o, unsigned int cpu, enum block b)
{
	map(o->o.vm[cpu], block_va(b), block_ipa(o, b), layout[b].size,
	    layout[b].pte);
	add_slot(o, cpu, b, block_ipa(o, b), o->host[cpu][b], layout[b].size);
}

static u8 *new_memory(enum block b)
{
	void *memory = mmap(NULL, layout[b].size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	TEST_ASSERT(memory != MAP_FAILED, "no memory");
	return memory;
}

/* Page by page, at @va. */
static void map_window(struct oracle *o, unsigned int cpu, u64 va)
{
	struct nisv_vm *vm = o->o.vm[cpu];
	u64 page = nisv_vm_page_size(vm), at;

	o->flip = layout[WINDOW].size - page;
	for (at = 0; at < layout[WINDOW].size; at += page)
		map(vm, va + at, block_ipa(o, WINDOW) + (at ^ o->flip), page,
		    layout[WINDOW].pte);
}

static void add_window(struct oracle *o)
{
	o->slot = new_memory(WINDOW);
	add_slot(o, 0, WINDOW, block_ipa(o, WINDOW), o->slot, layout[WINDOW].size);
}

/* The first @size bytes of WINDOW, to the slot or from there. */
static void copy_window(struct oracle *o, unsigned int size, bool to_slot)
{
	u64 page = nisv_vm_page_size(o->o.vm[0]), at;

	for (at = 0; at < size; at += page) {
		u8 *host = o->host[0][WINDOW] + at;
		u8 *slot = o->slot + (at ^ o->flip);

		memcpy(to_slot ? slot : host, to_slot ? host : slot, page);
	}
}

/* Pages of WINDOW and SLOT next to each other, as they are not elsewhere. */
static void map_edges(struct oracle *o, unsigned int cpu)
{
	struct nisv_vm *vm = o->o.vm[cpu];
	u64 page = nisv_vm_page_size(vm);
	u64 window = block_ipa(o, WINDOW) + o->flip, slot = block_ipa(o, SLOT);

	map(vm, LEAVE_VA, slot + layout[SLOT].size - page, page, PTE_EL0);
	map(vm, LEAVE_VA + page, window, page, PTE_EL0);
	map(vm, KERNEL_VA, window, page, PTE_EL0);
	map(vm, KERNEL_VA + page, slot, page, 0);
	o->o.edge[0] = (struct nisv_edge) {
		block_va(SLOT), o->host[0][WINDOW] + layout[WINDOW].size,
		o->host[0][SLOT],
	};
	o->o.edge[1] = (struct nisv_edge) {
		LEAVE_VA + page, o->host[0][SLOT] + layout[SLOT].size,
		o->host[0][WINDOW],
	};
	o->o.kernel_va = KERNEL_VA + page;
}

/* The areas, from the start of WINDOW on. */
static unsigned int areas(const struct oracle *o)
{
	return o->o.vectors ? SVE_AREAS : AREAS;
}

static void add_window_block(struct oracle *o, unsigned int cpu)
{
	struct nisv_vm *vm = o->o.vm[cpu];
	u64 size = vm->vm->page_size * (vm->vm->page_size / sizeof(u64));
	u64 ipa = block_ipa(o, WINDOW);
	u64 *page;

	nisv_vm_map(vm, BLOCK_VA, ipa & -size, vm->vm->page_size);
	page = nisv_vm_descriptor(vm, BLOCK_VA, 0);
	*nisv_vm_descriptor(vm, BLOCK_VA, 1) =
		(*page & ~(u64)PTE_PAGE) | PTE_EL0;
	o->block = BLOCK_VA + (ipa & (size - 1));
}

u64 nisv_oracle_block_va(const struct nisv_oracle *oracle, u64 va)
{
	const struct oracle *o = container_of(oracle, const struct oracle, o);

	return o->block + ((va - block_va(WINDOW)) ^ o->flip);
}

/* PSTATE after @prologue of [X1]!, X2! or [X3]!, and X3 or X2! with X2 = 0. */
#define MOPS_OPTION(prologue) ({					\
	u64 pstate;							\
									\
	asm volatile("mov x1, #0\n"					\
		     "mov x2, #0\n"					\
		     "mov x3, #0\n"					\
		     ".inst " prologue "\n"				\
		     "mrs %0, nzcv" : "=r"(pstate) : :			\
		     "x1", "x2", "x3", "cc");				\
	pstate;								\
})

static void find_features(struct oracle *o)
{
	struct nisv_vm *vm = o->o.vm[1];
	u64 lengths[8];
	int err;

	err = nisv_get_register(nisv_vcpu_fd(vm, 0), nisv_vm_at_el2(vm) ?
				ARM64_SYS_REG(3, 4, 2, 0, 3) :
				ARM64_SYS_REG(3, 0, 2, 0, 3), &o->tcr2);
	TEST_ASSERT(!err || err == -ENOENT, "TCR2");
	if (nisv_vcpu_feature(vm, 0, FEATURE_SVE) >=
	    nisv_features[FEATURE_SVE].min) {
		TEST_ASSERT(!nisv_get_register(nisv_vcpu_fd(vm, 0),
					       KVM_REG_ARM64_SVE_VLS, lengths),
			    "KVM_REG_ARM64_SVE_VLS");
		o->lengths = lengths[0];
		o->quadwords = 64 - __builtin_clzll(o->lengths);
	}
	o->has_mops = nisv_vcpu_feature(vm, 0, FEATURE_MOPS) >=
		      nisv_features[FEATURE_MOPS].min;
	if (!o->has_mops)
		return;
	o->mops[NISV_SET] = MOPS_OPTION("0x19c30441");
	o->mops[NISV_COPY] = MOPS_OPTION("0x1d030441");
	o->mops[NISV_COPY_FORWARD] = MOPS_OPTION("0x19030441");
}

struct nisv_oracle *nisv_oracle_new(bool full)
{
	struct oracle *o = calloc(1, sizeof(*o));
	struct control *control;
	struct kvm_vcpu *vcpu;
	enum block b;
	int cpu;

	TEST_ASSERT(o, "no memory");
	for (cpu = 0; cpu < 2; cpu++) {
		o->o.vm[cpu] = full ? nisv_vm_new_full() : nisv_vm_new(1);
		for (b = 0; b < NR_BLOCKS; b++) {
			if (layout[b].sve && !full)
				continue;
			o->host[cpu][b] = cpu && !layout[b].own ?
				o->host[0][b] : new_memory(b);
			if (b != WINDOW)
				add_block(o, cpu, b);
		}
		map_window(o, cpu, block_va(WINDOW));
		if (!cpu)
			add_window(o);
		add_window_block(o, cpu);
		map_edges(o, cpu);
		if (full)
			map_window(o, cpu, LOW_VA);
		control = (void *)o->host[cpu][CONTROL];
		control->doorbell = nisv_doorbell_ipa(o->o.vm[cpu]) -
				    o->o.vm[cpu]->ipa + o->o.vm[cpu]->va;
		vcpu = o->o.vm[cpu]->cpu[0].vcpu;
		vcpu_set_reg(vcpu, KVM_ARM64_SYS_REG(SYS_TPIDRRO_EL0),
			     block_va(CONTROL));
		vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.pc),
			     (u64)nisv_oracle_entry);
		o->fd[cpu] = vcpu->fd;
		o->run[cpu] = vcpu->run;
	}
	TEST_ASSERT(!nisv_vm_enable(o->o.vm[1]), "KVM_ENABLE_CAP");
	find_features(o);
	o->tables = memslot2region(o->o.vm[1]->vm, 0);
	o->o.in = (void *)o->host[0][IN];
	o->o.vectors = (void *)o->host[0][SVE_IN];
	o->o.batch = full ? NISV_SVE_BATCH : NISV_BATCH;
	o->o.area = full ? NISV_SVE_AREA : NISV_AREA;
	o->o.memory = o->host[0][WINDOW] + areas(o);
	o->o.va = block_va(WINDOW) + areas(o);
	o->o.low_va = LOW_VA + areas(o);
	o->o.slot = o->host[0][SLOT];
	o->o.slot_va = block_va(SLOT);
	o->o.wrong = NISV_EMULATE_NR_POINTS;
	return &o->o;
}

void nisv_oracle_free(struct nisv_oracle *oracle)
{
	struct oracle *o;
	enum block b;
	int cpu;

	if (!oracle)
		return;
	o = whole(oracle);
	for (cpu = 0; cpu < 2; cpu++) {
		nisv_vm_free(oracle->vm[cpu]);
		for (b = 0; b < NR_BLOCKS; b++)
			if (o->host[cpu][b] && (!cpu || layout[b].own))
				munmap(o->host[cpu][b], layout[b].size);
	}
	munmap(o->slot, layout[WINDOW].size);
	free(o);
}

static void differs(struct oracle *o, unsigned int trial, const char *what,
		    unsigned int index, u64 want, u64 got)
{
	if (trial < NISV_BATCH)
		o->o.differs[trial] = true;
	if (o->nr++ < NISV_MAX_MISMATCHES)
		o->mismatch[o->nr - 1] = (struct nisv_mismatch) {
			trial, what, index, want, got
		};
}

/* ---- a vCPU of KVM and a device, lent to the emulator ---- */

static u64 reg_id(const struct oracle *o, enum nisv_emulate_reg reg,
		  unsigned int n)
{
	switch (reg) {
	case NISV_EMULATE_X:
		return ARM64_CORE_REG(regs.regs[0]) + 2 * n;
	case NISV_EMULATE_V:
		return (KVM_REG_ARM64 | KVM_REG_SIZE_U128 | KVM_REG_ARM_CORE |
			KVM_REG_ARM_CORE_REG(fp_regs.vregs[0])) + 4 * n;
	case NISV_EMULATE_Z:
		return KVM_REG_ARM64_SVE_ZREG(n, 0);
	case NISV_EMULATE_P:
		return KVM_REG_ARM64_SVE_PREG(n, 0);
	case NISV_EMULATE_SP_EL0:
		return ARM64_CORE_REG(regs.sp);
	case NISV_EMULATE_SP_ELX:
		return compat_sp_reg(o->o.vm[1]->cpu[0].vcpu);
	case NISV_EMULATE_PC:
		return ARM64_CORE_REG(regs.pc);
	case NISV_EMULATE_PSTATE:
		return ARM64_CORE_REG(regs.pstate);
	case NISV_EMULATE_SCTLR:
		return compat_alias(o->o.vm[1]->cpu[0].vcpu, SYS_SCTLR_EL1);
	case NISV_EMULATE_TCR:
		return compat_alias(o->o.vm[1]->cpu[0].vcpu, SYS_TCR_EL1);
	case NISV_EMULATE_TTBR0:
		return compat_alias(o->o.vm[1]->cpu[0].vcpu, SYS_TTBR0_EL1);
	case NISV_EMULATE_TTBR1:
		return compat_alias(o->o.vm[1]->cpu[0].vcpu, SYS_TTBR1_EL1);
	default:
		return 0;
	}
}

static int get_one(struct oracle *o, enum nisv_emulate_reg reg, unsigned int n,
		   u64 *value)
{
	struct kvm_one_reg one = { reg_id(o, reg, n), (u64)value };

	return nisv_result(ioctl(o->fd[1], KVM_GET_ONE_REG, &one));
}

static int set_one(struct oracle *o, enum nisv_emulate_reg reg, unsigned int n,
		   const u64 *value)
{
	struct kvm_one_reg one = { reg_id(o, reg, n), (u64)value };

	return nisv_result(ioctl(o->fd[1], KVM_SET_ONE_REG, &one));
}

static u64 dczid(void)
{
	u64 value;

	asm("mrs %0, dczid_el0" : "=r"(value));
	return value;
}

/* Where there is SVE, V is the low end of Z. */
static int get_v(struct oracle *o, unsigned int n, u64 *value)
{
	u64 z[NISV_EMULATE_Z_WORDS];
	int err;

	if (!o->lengths)
		return get_one(o, NISV_EMULATE_V, n, value);
	err = get_one(o, NISV_EMULATE_Z, n, z);
	value[0] = z[0];
	value[1] = z[1];
	return err;
}

static int set_v(struct oracle *o, unsigned int n, const u64 *value)
{
	u64 z[NISV_EMULATE_Z_WORDS] = { value[0], value[1] };

	return o->lengths ? set_one(o, NISV_EMULATE_Z, n, z) :
			    set_one(o, NISV_EMULATE_V, n, value);
}

/* What this guest does not change, start() has read. */
static int get(void *vmm, enum nisv_emulate_reg reg, unsigned int n, u64 *value)
{
	struct oracle *o = vmm;

	switch (reg) {
	case NISV_EMULATE_V:
		return get_v(o, n, value);
	case NISV_EMULATE_VLS:
		*value = o->lengths;
		return 0;
	case NISV_EMULATE_ZCR:
		*value = o->quadwords - 1;
		return 0;
	case NISV_EMULATE_SVCR:		/* KVM has no SME */
		*value = 0;
		return 0;
	case NISV_EMULATE_TCR2:
		*value = o->tcr2;
		return 0;
	case NISV_EMULATE_PC:
		*value = o->pc;
		return 0;
	case NISV_EMULATE_PSTATE:
		*value = o->pstate;
		return 0;
	case NISV_EMULATE_SCTLR:
	case NISV_EMULATE_TCR:
	case NISV_EMULATE_TTBR0:
	case NISV_EMULATE_TTBR1:
		*value = o->system[reg - NISV_EMULATE_SCTLR];
		return 0;
	case NISV_EMULATE_DCZID:
		*value = dczid();
		return 0;
	default:
		return get_one(o, reg, n, value);
	}
}

static int set(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
	       const u64 *value)
{
	return reg == NISV_EMULATE_V ? set_v(vmm, n, value) :
				       set_one(vmm, reg, n, value);
}

/* Without libc's SVE, which is trapped once behind each system call. */
static int copy(u8 *to, const u8 *from, unsigned int bytes)
{
	switch (bytes) {
	case 1:
		*to = *from;
		break;
	case 2:
		memcpy(to, from, 2);
		break;
	case 4:
		memcpy(to, from, 4);
		break;
	case 8:
		memcpy(to, from, 8);
		break;
	case 16:
		memcpy(to, from, 16);
		break;
	default:
		memcpy(to, from, bytes);
	}
	return 0;
}

static int memory(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	struct oracle *o = vmm;
	u64 code = block_ipa(o, CODE);
	u64 start = o->tables->region.guest_phys_addr;

	if (ipa >= code && ipa + bytes <= code + layout[CODE].size) {
		/* the instruction, where another one exits for it */
		if (ipa - code == nisv_oracle_pc(&o->o, o->now) - block_va(CODE))
			return copy(data, (u8 *)&o->o.trial[o->now].insn, bytes);
		return copy(data, o->host[1][CODE] + ipa - code, bytes);
	}
	if (ipa < start || ipa + bytes > start + o->tables->region.memory_size)
		return -EFAULT;
	return copy(data, (u8 *)o->tables->host_mem + ipa - start, bytes);
}

static bool in_slot(const struct oracle *o, u64 ipa, unsigned int bytes)
{
	u64 slot = block_ipa(o, SLOT);

	return ipa >= slot && ipa + bytes <= slot + layout[SLOT].size;
}

/* What a device has, or a slot. */
static u8 *device(struct oracle *o, u64 ipa, unsigned int bytes)
{
	u64 window = block_ipa(o, WINDOW);

	if (ipa >= window && ipa + bytes <= window + layout[WINDOW].size)
		return o->device + ((ipa - window) ^ o->flip);
	if (in_slot(o, ipa, bytes))
		return o->host[1][SLOT] + ipa - block_ipa(o, SLOT);
	return NULL;
}

static int read_device(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	u8 *at = device(vmm, ipa, bytes);

	return at ? copy(data, at, bytes) : -EFAULT;
}

static int write_device(void *vmm, u64 ipa, const void *data,
			unsigned int bytes)
{
	u8 *at = device(vmm, ipa, bytes);

	return at ? copy(at, data, bytes) : -EFAULT;
}

static u64 get_it_wrong(void *vmm, enum nisv_emulate_point point, u64 value)
{
	static const u64 bits[] = {
#define POINT(id, wrong, needs, text)					\
		[NISV_EMULATE_POINT_##id] = (wrong),
#include "nisv_emulate_points.h"
#undef POINT
	};
	struct oracle *o = vmm;

	if (point != o->o.wrong)
		return value;
	o->o.was_wrong[o->now] = true;
	return value ^ bits[point];
}

static const struct nisv_emulate_ops ops = {
	.get = get,
	.set = set,
	.memory = memory,
	.read = read_device,
	.write = write_device,
};

/* A hook takes its time: there is one where something is to be wrong. */
static void lend(struct oracle *o, const struct nisv_emulate_ops *ops)
{
	o->ops = *ops;
	if (o->o.wrong != NISV_EMULATE_NR_POINTS)
		o->ops.hook = get_it_wrong;
	o->e.ops = &o->ops;
	o->e.vmm = o;
}

/* ---- runs ---- */

#define SIMD		BIT(26)		/* of an instruction that has such registers */
#define ONE_IN		4		/* of those that need not: each row has one */

/* Whether V, FPSR and FPCR are loaded and looked at: not for each that has none. */
static bool has_fp(const struct oracle *o, unsigned int i)
{
	return o->o.vectors || (o->o.trial[i].insn & SIMD) || !(i % ONE_IN);
}

/* A word that is there already is left alone: under TCG each costs as a fault does. */
static void write_word(u32 *code, u32 word)
{
	if (*code != word)
		*code = word;
}

static void write_code(struct oracle *o, unsigned int cpu, unsigned int nr)
{
	u32 *code = (u32 *)o->host[cpu][CODE];
	unsigned int i, n;

	for (i = 0; i < nr; i++, code += NISV_STUB) {
		const struct nisv_trial *t = &o->o.trial[i];

		if (cpu && !t->exits)
			continue;
		n = 0;
		if (t->before)
			write_word(&code[n++], cpu ? NOP : t->before);
		write_word(&code[n++], cpu ? t->exits : t->insn);
		if (t->behind)
			write_word(&code[n++], t->behind);
		if (t->behind_that)
			write_word(&code[n++], t->behind_that);
		for (; n < NISV_STUB; n++)
			write_word(&code[n], SVC(NISV_SVC_DONE + n));
		o->o.in[i].pc = stub_va(i);
		o->o.in[i].fp = has_fp(o, i);
	}
}

static int failed(struct oracle *o, const char *what, u64 value)
{
	snprintf(o->why, o->size, "%s (0x%llx)", what,
		 (unsigned long long)value);
	return -1;
}

/* KVM_RUN to what is no signal's doing. */
static int enter(struct oracle *o, unsigned int cpu)
{
	int ret;

	do
		ret = nisv_result(ioctl(o->fd[cpu], KVM_RUN, NULL));
	while (ret == -EINTR);
	return ret ? failed(o, "KVM_RUN failed", -ret) : 0;
}

static bool is_doorbell(struct oracle *o, const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
	       run->mmio.phys_addr == nisv_doorbell_ipa(o->o.vm[0]);
}

/*
 * A plain access, with a syndrome: KVM wants to complete it, and does so when it
 * finds the reason in kvm_run. That is another one now (nisv_exit:completed_by_reason);
 * but for the rows of the table, and some, which KVM completes: what it has changed
 * is as it was then, the register of a load and PSTATE.BTYPE. The emulator sets PC,
 * whatever it is.
 */
static int undo_mmio(struct oracle *o, const struct nisv_trial *t, bool write)
{
	unsigned int rt = t->insn & 31;
	int err = 0;

	if (!t->form && o->now % ONE_IN) {
		o->run[1]->exit_reason = KVM_EXIT_UNKNOWN;
		return 0;
	}
	nisv_vcpu_complete(o->o.vm[1], 0);
	if (!write && rt != NISV_ZR)
		err = set_one(o, NISV_EMULATE_X, rt, &o->o.in[o->now].x[rt]);
	if (o->pstate & PSTATE_BTYPE)
		err = err ?: set_one(o, NISV_EMULATE_PSTATE, 0, &o->pstate);
	return err;
}

/* Exits of a copy in its area, at most. */
#define MANY		32

/*
 * What fault_ipa must be: the first byte that is in no slot, of the access, or of
 * that one of a copy that the exit says.
 */
static int expected_ipa(struct oracle *o, bool write, u64 *ipa)
{
	u64 va = o->e.from && !write ? o->e.from : o->e.va;
	int err = nisv_emulate_translate(&o->e, va, false, ipa);

	if (!err && !o->e.from && in_slot(o, *ipa, 1))
		err = nisv_emulate_translate(&o->e, (va | 0xfff) + 1, false, ipa);
	return err;
}

/* One exit of [1]: the emulator, and what it does not do itself. */
static int one_exit(struct oracle *o, u64 fault_ipa, bool write, bool mmio)
{
	const struct nisv_trial *t;
	u64 ipa = 0, next, mask;
	int err;

	if (get_one(o, NISV_EMULATE_PC, 0, &o->pc) ||
	    get_one(o, NISV_EMULATE_PSTATE, 0, &o->pstate))
		return failed(o, "KVM_GET_ONE_REG of PC and PSTATE", 0);
	o->now = (o->pc - block_va(CODE)) / sizeof(u32) / NISV_STUB;
	if (o->now >= o->o.batch || (!o->o.trial[o->now].again &&
				     o->pc != nisv_oracle_pc(&o->o, o->now)))
		return failed(o, "an exit at a PC that is no trial's", o->pc);
	if (o->exited[o->now] && !o->o.trial[o->now].again)
		return failed(o, "a second exit of one trial", o->now);
	o->o.exits++;
	if (o->exited[o->now]++ > MANY) {
		differs(o, o->now, "exits", 0, 1, o->exited[o->now]);
		next = stub_va(o->now + 1) - sizeof(u32);
		set_one(o, NISV_EMULATE_PC, 0, &next);
		return 0;
	}
	t = &o->o.trial[o->now];
	if (mmio && undo_mmio(o, t, write))
		return failed(o, "KVM_SET_ONE_REG", o->now);
	o->e.monitor = t->monitor;
	err = nisv_emulate(&o->e);
	if (err) {
		differs(o, o->now, NISV_EMULATES, 0, 0, err);
		next = o->pc + sizeof(u32);
		set_one(o, NISV_EMULATE_PC, 0, &next);
		return 0;
	}
	/* nothing was active, and another instruction exited */
	if (!o->e.va && t->exits)
		return 0;
	mask = t->page_only ? -0x1000ull : ~0ull;
	err = expected_ipa(o, write, &ipa);
	if (err || ((ipa ^ fault_ipa) & mask))
		differs(o, o->now, "fault_ipa", 0, ipa, fault_ipa);
	return 0;
}

static struct control *start_control(struct oracle *o, unsigned int cpu,
				     unsigned int nr)
{
	struct control *control = (void *)o->host[cpu][CONTROL];

	control->in = block_va(IN);
	control->out = block_va(OUT);
	control->sve_in = o->lengths ? block_va(SVE_IN) : 0;
	control->sve_out = o->lengths ? block_va(SVE_OUT) : 0;
	control->left = nr;
	return control;
}

static int run_one(struct oracle *o, unsigned int cpu, unsigned int nr)
{
	struct kvm_run *run = o->run[cpu];
	struct control *control = start_control(o, cpu, nr);
	u64 exits = 0;
	int err;

	for (;;) {
		if (enter(o, cpu))
			return -1;
		if (is_doorbell(o, run))
			return control->left ?
			       failed(o, "the doorbell too early",
				      control->left) : 0;
		if (!cpu)
			return failed(o, "an exit of the guest with memory",
				      run->exit_reason);
		if (exits++ > (o->o.vectors ? 2 * MANY : 1) * nr)
			return failed(o, "more exits than trials", exits);
		if (run->exit_reason == KVM_EXIT_ARM_NISV)
			err = one_exit(o, run->arm_nisv.fault_ipa,
				       run->arm_nisv.esr_iss & ESR_WNR, false);
		else if (run->exit_reason == KVM_EXIT_MMIO)
			err = one_exit(o, run->mmio.phys_addr,
				       run->mmio.is_write, true);
		else
			return failed(o, "an exit of another kind",
				      run->exit_reason);
		if (err)
			return err;
	}
}

/* Whether a difference is that of struct nisv_way, which option B has in N as well. */
static bool is_other_way(const struct oracle *o, const struct nisv_way *copy,
			 unsigned int word, const u64 *want, const u64 *got)
{
	u64 higher = got[copy->d] - want[copy->d];

	if (!copy->bytes)
		return false;
	if (word == offsetof(struct nisv_regs, pstate) / 8)
		return (want[word] ^ got[word]) == PSTATE_N && (o->mops[NISV_COPY] & PSTATE_C);
	return (word == copy->d || word == copy->s) && higher <= copy->bytes &&
	       got[copy->s] - want[copy->s] == higher;
}

static void compare_registers(struct oracle *o, unsigned int nr)
{
	const struct nisv_regs *with = (void *)o->host[0][OUT];
	const struct nisv_regs *without = (void *)o->host[1][OUT];
	unsigned int i, w, n;

	for (i = 0; i < nr; i++) {
		const u64 *want = (u64 *)&with[i], *got = (u64 *)&without[i];
		unsigned int bytes = has_fp(o, i) ? sizeof(*with) :
						    offsetof(struct nisv_regs, v);

		if (!memcmp(want, got, bytes))
			continue;
		for (w = 0; w < bytes / sizeof(u64); w++) {
			if (want[w] == got[w] ||
			    is_other_way(o, &o->o.trial[i].copy, w, want, got))
				continue;
			for (n = ARRAY_SIZE(names) - 1; names[n].first > w;)
				n--;
			if (n < ARRAY_SIZE(names) - 1)
				differs(o, i, names[n].name,
					w - names[n].first, want[w], got[w]);
			else
				differs(o, i, (w - names[n].first) % 2 ?
					"v%d.d[1]" : names[n].name,
					(w - names[n].first) / 2, want[w],
					got[w]);
		}
	}
}

/* Bytes of SVE registers of @size each, by words. */
static void compare_each(struct oracle *o, unsigned int trial, const char *name,
			 const u8 *want, const u8 *got, unsigned int size,
			 unsigned int nr)
{
	unsigned int i;

	if (!memcmp(want, got, nr * size))
		return;
	for (i = 0; i < nr; i++, want += size, got += size) {
		unsigned int at = 0;
		u64 a = 0, b = 0;

		while (at < size && want[at] == got[at])
			at++;
		if (at == size)
			continue;
		at &= -8u;
		memcpy(&a, want + at, size - at < 8 ? size - at : 8);
		memcpy(&b, got + at, size - at < 8 ? size - at : 8);
		differs(o, trial, name, i, a, b);
	}
}

static void compare_vectors(struct oracle *o, unsigned int nr)
{
	const struct nisv_vectors *want = (void *)o->host[0][SVE_OUT];
	const struct nisv_vectors *got = (void *)o->host[1][SVE_OUT];
	unsigned int length = nisv_oracle_length(&o->o), i;

	for (i = 0; i < nr; i++, want++, got++) {
		compare_each(o, i, "z%d, a word", want->z, got->z, length, 32);
		compare_each(o, i, "p%d, a word", want->p, got->p, length / 8, 16);
		compare_each(o, i, "ffr, a word", want->ffr, got->ffr,
			     length / 8, 1);
	}
}

/*
 * How much of WINDOW the first @nr trials may access. That they access nothing
 * else is known from fault_ipa, and for the bytes behind one more area is compared.
 */
static unsigned int reach(const struct oracle *o, unsigned int nr)
{
	return o->o.anywhere ? layout[WINDOW].size :
			       areas(o) + (nr + 1) * o->o.area;
}

static void compare_memory(struct oracle *o, unsigned int nr)
{
	const u64 *want = (u64 *)o->host[0][WINDOW];
	const u64 *got = (u64 *)o->device;
	unsigned int w, size = reach(o, nr);

	if (o->o.slots) {
		compare_each(o, NISV_NO_TRIAL, "slot", o->host[0][SLOT],
			     o->host[1][SLOT], NISV_SLOT_BYTES, 1);
		compare_each(o, NISV_NO_TRIAL, "slot, end",
			     o->host[0][SLOT] + SLOT_END,
			     o->host[1][SLOT] + SLOT_END, NISV_EDGE, 1);
	}
	if (!memcmp(want, got, size))
		return;
	for (w = 0; w < size / sizeof(u64); w++) {
		unsigned int at = w * sizeof(u64) - areas(o);

		if (want[w] != got[w])
			differs(o, at / o->o.area < o->o.batch ?
				at / o->o.area : NISV_NO_TRIAL,
				"memory + %d", at % o->o.area,
				want[w], got[w]);
	}
}

static void start(struct oracle *o, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = o->o.vm[cpu]->cpu[0].vcpu;
	u64 id = compat_alias(vcpu, SYS_SCTLR_EL1), wanted;
	u64 zcr = o->quadwords - 1;
	unsigned int i;

	if (!o->sctlr[cpu])
		TEST_ASSERT(!nisv_get_register(vcpu->fd, id, &o->sctlr[cpu]),
			    "SCTLR");
	wanted = o->sctlr[cpu] & ~SCTLR_E0E;
	if (o->big_endian)
		wanted |= SCTLR_E0E;
	if (o->has_mops)
		wanted |= SCTLR_MSCEN;
	if (o->sctlr[cpu] != wanted)
		TEST_ASSERT(!nisv_set_register(vcpu->fd, id, &wanted), "SCTLR");
	o->sctlr[cpu] = wanted;
	if (o->zcr[cpu] != o->quadwords)
		TEST_ASSERT(!nisv_set_register(vcpu->fd,
					       compat_alias(vcpu, SYS_ZCR_EL1),
					       &zcr), "ZCR");
	o->zcr[cpu] = o->quadwords;
	if (!cpu)
		return;
	o->system[0] = wanted;
	/* all of them, and then one after the other: nobody has changed it */
	for (i = 0; i < ARRAY_SIZE(o->system); i++)
		if (!o->starts || o->starts % ARRAY_SIZE(o->system) == i)
			TEST_ASSERT(!get_one(o, NISV_EMULATE_SCTLR + i, 0,
					     &o->system[i]), "system registers");
	o->starts++;
}

/* The device has what memory has, and both slots. */
static void fill_device(struct oracle *o, unsigned int nr)
{
	memcpy(o->device, o->host[0][WINDOW], reach(o, nr));
	if (!o->o.slots)
		return;
	memcpy(o->host[1][SLOT], o->host[0][SLOT], NISV_SLOT_BYTES);
	memcpy(o->host[1][SLOT] + SLOT_END, o->host[0][SLOT] + SLOT_END,
	       NISV_EDGE);
}

unsigned int nisv_oracle_length(const struct nisv_oracle *o)
{
	return 16 * container_of(o, const struct oracle, o)->quadwords;
}

void nisv_oracle_choose_length(struct nisv_oracle *oracle, unsigned int n)
{
	struct oracle *o = whole(oracle);

	if (!o->lengths)
		return;
	n %= __builtin_popcountll(o->lengths);
	for (o->quadwords = 1; n || !(o->lengths & BIT_ULL(o->quadwords - 1));
	     o->quadwords++)
		n -= o->lengths >> (o->quadwords - 1) & 1;
}

bool nisv_oracle_option_b(const struct nisv_oracle *o, enum nisv_mops kind)
{
	return container_of(o, const struct oracle, o)->mops[kind] & PSTATE_C;
}

void nisv_oracle_big_endian(struct nisv_oracle *o, bool big)
{
	whole(o)->big_endian = big;
}

int nisv_oracle_run(struct nisv_oracle *oracle, unsigned int nr,
		    struct nisv_mismatch *mismatch, char *why, size_t size)
{
	struct oracle *o = whole(oracle);
	unsigned int i;

	o->mismatch = mismatch;
	o->nr = 0;
	o->why = why;
	o->size = size;
	lend(o, &ops);
	fill_device(o, nr);
	for (i = 0; i < NISV_BATCH; i++) {
		oracle->differs[i] = false;
		oracle->was_wrong[i] = false;
		o->exited[i] = 0;
	}
	start(o, 0);
	start(o, 1);
	write_code(o, 0, nr);
	copy_window(o, reach(o, nr), true);
	if (run_one(o, 0, nr))
		return -1;
	copy_window(o, reach(o, nr), false);
	write_code(o, 1, nr);
	if (run_one(o, 1, nr))
		return -1;
	for (i = 0; i < nr; i++)
		if (!o->exited[i])
			differs(o, i, "exits", 0, 1, 0);
	compare_registers(o, nr);
	if (o->lengths)
		compare_vectors(o, nr);
	compare_memory(o, nr);
	return o->nr;
}

/* ---- without stage 1, and without a guest ---- */

/* What else there is at an exit of [1], and the emulator's result. */
static int emulate_exit(struct oracle *o, u64 *fault_ipa)
{
	struct kvm_run *run = o->o.vm[1]->cpu[0].vcpu->run;

	*fault_ipa = run->arm_nisv.fault_ipa;
	o->now = 0;
	o->e.monitor = o->o.trial[0].monitor;
	return get_one(o, NISV_EMULATE_PC, 0, &o->pc) ?:
	       get_one(o, NISV_EMULATE_PSTATE, 0, &o->pstate) ?:
	       nisv_emulate(&o->e);
}

int nisv_oracle_mmu_off(struct nisv_oracle *oracle, struct nisv_regs *regs,
			u64 *fault_ipa, char *why, size_t size)
{
	struct oracle *o = whole(oracle);
	struct kvm_vcpu *vcpu = oracle->vm[1]->cpu[0].vcpu;
	u64 pc = block_ipa(o, CODE) + nisv_oracle_pc(oracle, 0) - block_va(CODE);
	u64 entry = (u64)nisv_oracle_entry, sctlr;
	unsigned int i;
	int err = 0;

	o->why = why;
	o->size = size;
	lend(o, &ops);
	/* the last doorbell */
	nisv_vcpu_complete(oracle->vm[1], 0);
	fill_device(o, 1);
	start(o, 1);
	sctlr = o->system[0];
	o->system[0] &= ~SCTLR_M;
	for (i = 0; i < 31; i++)
		err = err ?: set_one(o, NISV_EMULATE_X, i, &oracle->in[0].x[i]);
	err = err ?: set_one(o, NISV_EMULATE_PSTATE, 0, &oracle->in[0].pstate);
	err = err ?: set_one(o, NISV_EMULATE_PC, 0, &pc);
	err = err ?: set_one(o, NISV_EMULATE_SCTLR, 0, &o->system[0]);
	if (err)
		return failed(o, "KVM_SET_ONE_REG", -err);
	write_code(o, 0, 1);
	if (enter(o, 1))
		return -1;
	if (vcpu->run->exit_reason != KVM_EXIT_ARM_NISV)
		return failed(o, "the exit is another", vcpu->run->exit_reason);
	err = emulate_exit(o, fault_ipa);
	if (err)
		return failed(o, "the emulator's result", -err);
	for (i = 0; i < 31; i++)
		err = err ?: get_one(o, NISV_EMULATE_X, i, &regs->x[i]);
	err = err ?: get_one(o, NISV_EMULATE_PC, 0, &regs->pc);
	regs->pc -= pc;
	err = err ?: set_one(o, NISV_EMULATE_PC, 0, &entry);
	err = err ?: set_one(o, NISV_EMULATE_SCTLR, 0, &sctlr);
	return err ? failed(o, "KVM_GET_ONE_REG", -err) : 0;
}

/* The first guest has not run: its memory is what the other one began with. */
static bool has_changed(struct oracle *o)
{
	struct nisv_mismatch m[NISV_MAX_MISMATCHES];

	o->mismatch = m;
	o->nr = 0;
	compare_memory(o, 1);
	return o->nr;
}

static void start_alone(struct oracle *o, char *why, size_t size)
{
	o->why = why;
	o->size = size;
	lend(o, &ops);
	o->exited[0] = 0;
	fill_device(o, 1);
	start(o, 1);
	write_code(o, 0, 1);
}

int nisv_oracle_alone(struct nisv_oracle *oracle, struct nisv_regs *regs,
		      unsigned int *exits, bool *changed, char *why, size_t size)
{
	struct oracle *o = whole(oracle);

	start_alone(o, why, size);
	if (run_one(o, 1, 1))
		return -1;
	*exits = o->exited[0];
	*regs = *(struct nisv_regs *)o->host[1][OUT];
	*changed = has_changed(o);
	return 0;
}

int nisv_oracle_refuse(struct nisv_oracle *oracle, int *ret, bool *changed,
		       char *why, size_t size)
{
	struct oracle *o = whole(oracle);
	struct kvm_vcpu *vcpu = oracle->vm[1]->cpu[0].vcpu;
	u64 entry = (u64)nisv_oracle_entry, fault_ipa;
	u64 pstate = PSTATE_DAIF | nisv_vcpu_mode(oracle->vm[1], 0);
	int err;

	start_alone(o, why, size);
	start_control(o, 1, 1);
	if (enter(o, 1))
		return -1;
	if (vcpu->run->exit_reason != KVM_EXIT_ARM_NISV)
		return failed(o, "the exit is another", vcpu->run->exit_reason);
	*ret = emulate_exit(o, &fault_ipa);
	*changed = has_changed(o);
	err = set_one(o, NISV_EMULATE_PC, 0, &entry) ?:
	      set_one(o, NISV_EMULATE_PSTATE, 0, &pstate);
	return err ? failed(o, "KVM_SET_ONE_REG", -err) : 0;
}

u64 nisv_oracle_ipa(const struct nisv_oracle *o)
{
	const struct oracle *whole = container_of(o, const struct oracle, o);

	return block_ipa(whole, WINDOW) + (areas(whole) ^ whole->flip);
}

static void add_to_trace(struct oracle *o, u64 x)
{
	o->trace = (o->trace ^ x) * 0x100000001b3ull;
}

static int dry_get(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
		   u64 *value)
{
	struct oracle *o = vmm;
	const struct nisv_regs *in = &o->o.in[o->now];
	unsigned int length = nisv_oracle_length(&o->o);

	switch (reg) {
	case NISV_EMULATE_X:
		*value = in->x[n];
		break;
	case NISV_EMULATE_V:
		value[0] = in->v[n][0];
		value[1] = in->v[n][1];
		break;
	case NISV_EMULATE_Z:
		if (length)
			memcpy(value, o->o.vectors[o->now].z + n * length,
			       length);
		break;
	case NISV_EMULATE_P:
		if (length)
			memcpy(value, o->o.vectors[o->now].p + n * length / 8,
			       length / 8);
		break;
	case NISV_EMULATE_VLS:		/* the shortest, without a vCPU's */
		*value = length ? o->lengths : 1;
		break;
	case NISV_EMULATE_ZCR:
		*value = length ? o->quadwords - 1 : 0;
		break;
	case NISV_EMULATE_SP_EL0:
		*value = in->sp_el0;
		break;
	case NISV_EMULATE_SP_ELX:
		*value = in->sp;
		break;
	case NISV_EMULATE_PC:
		*value = nisv_oracle_pc(&o->o, o->now);
		break;
	case NISV_EMULATE_PSTATE:
		*value = in->pstate;
		break;
	case NISV_EMULATE_DCZID:
		*value = dczid();
		break;
	default:		/* stage 1 is off */
		*value = 0;
		break;
	}
	return 0;
}

static int dry_set(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
		   const u64 *value)
{
	unsigned int words = 1, i;

	if (reg == NISV_EMULATE_V)
		words = 2;
	if (reg == NISV_EMULATE_Z)
		words = nisv_oracle_length(&((struct oracle *)vmm)->o) /
			sizeof(*value);
	add_to_trace(vmm, reg << 8 | n);
	for (i = 0; i < words; i++)
		add_to_trace(vmm, value[i]);
	return 0;
}

static int dry_memory(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	struct oracle *o = vmm;

	(void)ipa;
	return copy(data, (u8 *)&o->o.trial[o->now].insn, bytes);
}

/* Where WINDOW has @va, whatever the way to it; else a place in it. */
static u8 *dry_window(struct oracle *o, u64 va)
{
	u64 at = va & GENMASK_ULL(47, 0);

	if (at >= BLOCK_VA)
		at = (at - o->block) ^ o->flip;
	else
		at -= at >> 32 ? block_va(WINDOW) : LOW_VA;
	return o->host[0][WINDOW] + at % (layout[WINDOW].size - 32);
}

static int dry_read(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	return copy(data, dry_window(vmm, ipa), bytes);
}

static int dry_write(void *vmm, u64 ipa, const void *data, unsigned int bytes)
{
	struct oracle *o = vmm;
	const u8 *from = data;

	for (; bytes-- && o->nr_dry < ARRAY_SIZE(o->dry); from++, ipa++) {
		unsigned int at = dry_window(o, ipa) - o->host[0][WINDOW];

		o->device[at] = *from;
		o->dry[o->nr_dry++] = at;
	}
	return 0;
}

/* A store of what is there already does not show. */
static void add_stores_to_trace(struct oracle *o)
{
	unsigned int i;

	for (i = 0; i < o->nr_dry; i++) {
		unsigned int at = o->dry[i];

		if (o->device[at] != o->host[0][WINDOW][at]) {
			add_to_trace(o, at);
			add_to_trace(o, o->device[at]);
		}
		o->device[at] = o->host[0][WINDOW][at];
	}
}

int nisv_oracle_dry(struct nisv_oracle *oracle, unsigned int trial, u64 *trace,
		    u64 *va)
{
	static const struct nisv_emulate_ops dry = {
		.get = dry_get,
		.set = dry_set,
		.memory = dry_memory,
		.read = dry_read,
		.write = dry_write,
	};
	struct oracle *o = whole(oracle);
	int ret;

	lend(o, &dry);
	o->e.monitor = oracle->trial[trial].monitor;
	o->now = trial;
	o->trace = 0;
	o->nr_dry = 0;
	ret = nisv_emulate(&o->e);
	add_stores_to_trace(o);
	*trace = o->trace;
	*va = o->e.va;
	return ret;
}
