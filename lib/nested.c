// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest hypervisor and its guest, and guests at virtual EL2 with E2H=0; see
 * nisv_nested.h. Stage 1 of L1 is the selftest library's. What L2 needs for that
 * is made here: its own stage 1, and the stage 2 that L1 gives it.
 *
 *	VA of L2		IPA of L2		IPA of L1
 *	hole			L2_IPA			hole: nothing
 *	doorbell, code,		behind it, page by	as in every VM
 *	mailbox			page
 *	-			TABLES_IPA		tables, SLOT_TABLES
 *	-			-			L2_IPA: memory, SLOT_DECOY
 *
 * Both stages have three levels of 4K tables, or two of larger ones: 36 bits and
 * more.
 */
#include <string.h>
#include <sys/ioctl.h>

#include "vm.h"
#include "nisv_nested.h"

#define L2_IPA		0x246800000ul
#define TABLES_IPA	0x310000000ul	/* of L2 */
#define BLOCKS_IPA	0x400000000ul	/* of L2 */
#define TABLES		0x3000000ul	/* of L1, from the hole */
#define NR_TABLES	32

#define SLOT_TABLES	14
#define SLOT_DECOY	15

#define STAGE1_ROOT	0
#define STAGE2_ROOT	1

#define DESC_TABLE	3ull		/* or a page: valid */
#define DESC_BLOCK	1ull
#define DESC_AF		BIT_ULL(10)
#define DESC_INNER	(3ull << 8)
#define STAGE1_PAGE	(DESC_TABLE | DESC_AF | DESC_INNER)	/* MAIR entry 0 */
#define STAGE2_ATTRS	(DESC_AF | DESC_INNER | NISV_S2_READ | \
			 NISV_S2_WRITE | 0xfull << 2)	/* Write-Back */

#define MAIR_WB		0xffull
#define TCR_WALKS	0x3500ull	/* IRGN0, ORGN0: Write-Back; SH0: inner */
#define TCR_TG0_SHIFT	14
#define TCR_EPD1	BIT_ULL(23)
#define TCR_IPS		GENMASK_ULL(34, 32)
#define TCR_IPS_SHIFT	32
#define TCR_EL2_PS_SHIFT	16
#define TCR_EL2_RES1	(BIT_ULL(31) | BIT_ULL(23))
#define VTCR_SL0_1	BIT_ULL(6)
#define VTCR_RES1	BIT_ULL(31)
#define VTTBR_VMID	BIT_ULL(48)

#define HCR_VM		BIT_ULL(0)
#define HCR_RW		BIT_ULL(31)
#define HCR_E2H		BIT_ULL(34)
#define HCR_TEA		BIT_ULL(37)
#define CPTR_NO_TRAPS	0x33ffull	/* of FP; E2H=0 */
#define CPACR_FPEN	(3ull << 20)

#define SCTLR_SPAN	BIT_ULL(23)
#define PSTATE_EL1H	0x3c5u		/* and D, A, I, F */
#define MODE_EL1H	5

#define KVM_SCTLR_EL2	ARM64_SYS_REG(3, 4, 1, 0, 0)
#define KVM_HCR_EL2	ARM64_SYS_REG(3, 4, 1, 1, 0)
#define KVM_CPTR_EL2	ARM64_SYS_REG(3, 4, 1, 1, 2)
#define KVM_TCR_EL2	ARM64_SYS_REG(3, 4, 2, 0, 2)
#define KVM_SPSR_EL2	ARM64_SYS_REG(3, 4, 4, 0, 0)
#define KVM_ELR_EL2	ARM64_SYS_REG(3, 4, 4, 0, 1)
#define KVM_ESR_EL2	ARM64_SYS_REG(3, 4, 5, 2, 0)
#define KVM_FAR_EL2	ARM64_SYS_REG(3, 4, 6, 0, 0)
#define KVM_VBAR_EL2	ARM64_SYS_REG(3, 4, 12, 0, 0)

static_assert(offsetof(struct nisv_l1, vector) == NISV_L1_VECTOR, "guest");
static_assert(offsetof(struct nisv_l1, esr) == NISV_L1_ESR, "guest");
static_assert(offsetof(struct nisv_l1, far) == NISV_L1_FAR, "guest");
static_assert(offsetof(struct nisv_l1, hpfar) == NISV_L1_HPFAR, "guest");
static_assert(offsetof(struct nisv_l1, elr) == NISV_L1_ELR, "guest");
static_assert(offsetof(struct nisv_l1, spsr) == NISV_L1_SPSR, "guest");
static_assert(offsetof(struct nisv_l1, vttbr) == NISV_L1_VTTBR, "guest");
static_assert(offsetof(struct nisv_l1, vtcr) == NISV_L1_VTCR, "guest");
static_assert(offsetof(struct nisv_l1, hcr) == NISV_L1_HCR, "guest");
static_assert(offsetof(struct nisv_l1, doorbell) == NISV_L1_DOORBELL, "guest");

/* In the program's image, which the library copies into each VM. */
struct nisv_l1 nisv_l1;

static u64 get_reg(const struct nisv_nested *n, u64 id)
{
	u64 val = 0;

	TEST_ASSERT(!nisv_get_register(nisv_vcpu_fd(n->vm, 0), id, &val),
		    "KVM_GET_ONE_REG of 0x%lx", (unsigned long)id);
	return val;
}

static void set_reg(struct nisv_nested *n, u64 id, u64 val)
{
	TEST_ASSERT(!nisv_set_register(nisv_vcpu_fd(n->vm, 0), id, &val),
		    "KVM_SET_ONE_REG of 0x%lx", (unsigned long)id);
}

static unsigned int page_shift(const struct nisv_nested *n)
{
	return n->vm->vm->page_shift;
}

unsigned int nisv_nested_levels(const struct nisv_nested *n)
{
	return page_shift(n) == 12 ? 3 : 2;
}

static u64 t0sz(const struct nisv_nested *n)
{
	return 64 - page_shift(n) - nisv_nested_levels(n) * (page_shift(n) - 3);
}

/* TG0 of TCR_EL1 and of VTCR_EL2. */
static u64 tg0(const struct nisv_nested *n)
{
	return (page_shift(n) == 12 ? 0ull : page_shift(n) == 16 ? 1ull : 2ull) <<
	       TCR_TG0_SHIFT;
}

/*
 * The entry for @address, in the table @above levels above the last one; tables
 * on the way are made. Those that walk it find the tables' memory at @base.
 */
static u64 *entry_of(struct nisv_nested *n, unsigned int root, u64 base,
		     u64 address, unsigned int above)
{
	unsigned int bits = page_shift(n) - 3;
	unsigned int level = nisv_nested_levels(n);
	u64 table = base + root * n->page;
	u64 mask = GENMASK_ULL(47, page_shift(n));
	u64 *entry;

	for (;;) {
		entry = n->tables + (table - base) / sizeof(*entry);
		entry += (address >> (page_shift(n) + bits * --level)) &
			 (BIT_ULL(bits) - 1);
		if (level == above)
			return entry;
		if (!*entry) {
			TEST_ASSERT(n->nr_tables < NR_TABLES, "too few tables");
			*entry = (base + n->nr_tables++ * n->page) | DESC_TABLE;
		}
		table = *entry & mask;
	}
}

u64 *nisv_nested_stage1(struct nisv_nested *n, u64 va, unsigned int above)
{
	return entry_of(n, STAGE1_ROOT, TABLES_IPA, va, above);
}

u64 *nisv_nested_stage2(struct nisv_nested *n, u64 ipa, unsigned int above)
{
	return entry_of(n, STAGE2_ROOT, n->tables_ipa, ipa, above);
}

static void map_stage2(struct nisv_nested *n, u64 l2_ipa, u64 ipa)
{
	*nisv_nested_stage2(n, l2_ipa, 0) = ipa | STAGE2_ATTRS | DESC_TABLE;
}

u64 nisv_nested_map(struct nisv_nested *n, u64 va, u64 ipa, u64 size)
{
	u64 l2_ipa = n->next_ipa;
	u64 at;

	for (at = 0; at < size; at += n->page) {
		*nisv_nested_stage1(n, va + at, 0) = (l2_ipa + at) | STAGE1_PAGE;
		map_stage2(n, l2_ipa + at, ipa + at);
	}
	n->next_ipa += size;
	return l2_ipa;
}

void nisv_nested_map_block(struct nisv_nested *n, u64 va, u64 ipa)
{
	u64 block = BIT_ULL(2 * page_shift(n) - 3);
	u64 l2_ipa = BLOCKS_IPA + (ipa & (block - 1));

	*nisv_nested_stage1(n, va, 0) = l2_ipa | STAGE1_PAGE;
	*nisv_nested_stage2(n, l2_ipa, 1) = (ipa & -block) | STAGE2_ATTRS |
					    DESC_BLOCK;
}

u64 nisv_nested_open_walk(struct nisv_nested *n, u64 va)
{
	u64 *table = nisv_nested_stage1(n, va, 1);
	u64 l2_ipa = n->next_ipa;

	map_stage2(n, l2_ipa, n->hole);
	n->next_ipa += n->page;
	*table = l2_ipa | DESC_TABLE;
	return l2_ipa;
}

u64 *nisv_nested_move(struct nisv_nested *n, u64 va, unsigned int above)
{
	*nisv_nested_stage1(n, va, 0) = NISV_FAR_IPA | STAGE1_PAGE;
	return nisv_nested_stage2(n, NISV_FAR_IPA, above);
}

/* Maps for L2 what is in L1's memory at @va, at the same VA. */
static void map_own(struct nisv_nested *n, u64 va, u64 size)
{
	u64 at;

	for (at = va & -n->page; at < va + size; at += n->page)
		nisv_nested_map(n, at, addr_gva2gpa(n->vm->vm, at), n->page);
}

static void add_slot(struct nisv_nested *n, u64 ipa, u32 slot, u64 size)
{
	vm_userspace_mem_region_add(n->vm->vm, VM_MEM_SRC_ANONYMOUS, ipa, slot,
				    size / n->page, 0);
}

static void make_tables(struct nisv_nested *n)
{
	unsigned int i;
	u64 bell = nisv_doorbell_ipa(n->vm) - n->vm->ipa;

	n->hole = n->vm->ipa;
	n->tables_ipa = n->hole + TABLES;
	add_slot(n, n->tables_ipa, SLOT_TABLES, NR_TABLES * n->page);
	n->tables = addr_gpa2hva(n->vm->vm, n->tables_ipa);
	n->nr_tables = 2;
	n->next_ipa = L2_IPA;
	add_slot(n, L2_IPA, SLOT_DECOY, CHUNK);

	nisv_nested_map(n, n->vm->va, n->vm->ipa, CHUNK);
	nisv_nested_map(n, n->vm->va + bell, n->vm->ipa + bell, n->page);
	map_own(n, (u64)nisv_guest_vectors,
		nisv_guest_end - nisv_guest_vectors);
	map_own(n, get_reg(n, KVM_ARM64_SYS_REG(SYS_TPIDRRO_EL0)),
		sizeof(struct nisv_mailbox));
	for (i = 0; i < NR_TABLES; i++)
		map_stage2(n, TABLES_IPA + i * n->page,
			   n->tables_ipa + i * n->page);
}

/* The registers that L2 finds, as its firmware would have left them. */
static void set_up_l2(struct nisv_nested *n)
{
	u64 ips = get_reg(n, ARM64_SYS_REG(3, 0, 2, 0, 2)) & TCR_IPS;

	ips |= 2ull << TCR_IPS_SHIFT;	/* 40 bits */
	set_reg(n, KVM_ARM64_SYS_REG(SYS_TTBR0_EL1),
		TABLES_IPA + STAGE1_ROOT * n->page);
	set_reg(n, KVM_ARM64_SYS_REG(SYS_TCR_EL1),
		ips | t0sz(n) | TCR_WALKS | tg0(n) | TCR_EPD1);
	set_reg(n, KVM_ARM64_SYS_REG(SYS_MAIR_EL1), MAIR_WB);
	set_reg(n, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1),
		get_reg(n, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1)) |
		SCTLR_ELx_M | SCTLR_ELx_C | SCTLR_ELx_I);
	set_reg(n, KVM_ARM64_SYS_REG(SYS_CPACR_EL1), CPACR_FPEN);
}

static void set_up_l1(struct nisv_nested *n, u64 ps)
{
	struct nisv_l1 *l1 = addr_gva2hva(n->vm->vm, (u64)&nisv_l1);

	n->l1 = l1;
	l1->vttbr = (n->tables_ipa + STAGE2_ROOT * n->page) | VTTBR_VMID;
	l1->vtcr = VTCR_RES1 | t0sz(n) | VTCR_SL0_1 | TCR_WALKS | tg0(n) |
		   ps << TCR_EL2_PS_SHIFT;
	l1->hcr = HCR_VM | HCR_RW;
	if (n->level == LEVEL_L2)
		l1->hcr |= HCR_E2H;
	l1->elr = (u64)nisv_guest_entry;
	l1->spsr = PSTATE_EL1H;
	l1->doorbell = n->vm->va + nisv_nested_doorbell_ipa(n) - n->vm->ipa;
	set_reg(n, KVM_VBAR_EL2, (u64)nisv_l1_vectors);
	set_reg(n, ARM64_CORE_REG(regs.pc), (u64)nisv_l1_entry);
}

/* SCTLR_EL1 and SCTLR_EL2: so that PSTATE.PAN of a handler says whose it is. */
static void differ_in_span(struct nisv_nested *n)
{
	u64 sctlr = get_reg(n, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1));

	set_reg(n, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1), (sctlr & ~SCTLR_SPAN) |
		(~get_reg(n, KVM_SCTLR_EL2) & SCTLR_SPAN));
}

/* TCR_EL2 and others have another format then. */
static void set_up_e2h0(struct nisv_nested *n, u64 tcr)
{
	u64 ps = (tcr & TCR_IPS) >> TCR_IPS_SHIFT;

	set_reg(n, KVM_HCR_EL2, HCR_RW);
	set_reg(n, KVM_CPTR_EL2, CPTR_NO_TRAPS);
	set_reg(n, KVM_TCR_EL2, TCR_EL2_RES1 | ps << TCR_EL2_PS_SHIFT |
			       (tcr & GENMASK_ULL(15, 0)));
	set_reg(n, KVM_VBAR_EL2, (u64)nisv_guest_el2_vectors);
	set_reg(n, ARM64_CORE_REG(regs.pc), (u64)nisv_guest_el2_entry);
}

static bool is_e2h0(enum nisv_level level)
{
	return level == LEVEL_VEL2_E2H0 || level == LEVEL_L2_E2H0;
}

/* MAPPED_EL2_SYSREG: the library knows virtual EL2. */
#ifdef MAPPED_EL2_SYSREG

const char *nisv_level_missing(enum nisv_level level, const char **found)
{
	*found = "0";
	if (!kvm_check_cap(KVM_CAP_ARM_EL2))
		return "nested virtualisation (KVM_CAP_ARM_EL2: FEAT_NV2 and kvm-arm.mode=nested)";
	if (is_e2h0(level) && !kvm_check_cap(KVM_CAP_ARM_EL2_E2H0))
		return "virtual EL2 with E2H=0 (KVM_CAP_ARM_EL2_E2H0)";
	return NULL;
}

static struct kvm_vcpu *add_vcpu(struct nisv_vm *vm, enum nisv_level level)
{
	struct kvm_vcpu_init init = compat_vcpu_init(vm->vm);

	init.features[0] |= BIT(KVM_ARM_VCPU_HAS_EL2);
	if (is_e2h0(level))
		init.features[0] |= BIT(KVM_ARM_VCPU_HAS_EL2_E2H0);
	return aarch64_vcpu_add(vm->vm, 0, &init, nisv_guest_entry);
}

/* From here on the guest's registers, for lib/vm.c and the library, are EL1's. */
static void look_at_el1(struct nisv_nested *n)
{
	n->vm->cpu[0].vcpu->init.features[0] &= ~BIT(KVM_ARM_VCPU_HAS_EL2);
	n->vm->cpu[0].mode = MODE_EL1H;
}

#else

const char *nisv_level_missing(enum nisv_level level, const char **found)
{
	(void)level;
	*found = "an older one";
	return "a KVM selftest library with guests at virtual EL2 (Linux 6.18)";
}

static struct kvm_vcpu *add_vcpu(struct nisv_vm *vm, enum nisv_level level)
{
	(void)vm;
	(void)level;
	return NULL;
}

static void look_at_el1(struct nisv_nested *n)
{
	(void)n;
}

#endif

struct nisv_nested *nisv_nested_new(enum nisv_level level)
{
	struct nisv_nested *n = calloc(1, sizeof(*n));
	struct kvm_vcpu *vcpu;
	u64 tcr;

	TEST_ASSERT(n, "no memory");
	n->level = level;
	n->vm = nisv_vm_new_without_vcpus(1);
	n->page = n->vm->vm->page_size;
	vcpu = add_vcpu(n->vm, level);
	TEST_ASSERT(vcpu, "a library without virtual EL2");
	nisv_vm_take_vcpu(n->vm, vcpu);
	differ_in_span(n);
	tcr = get_reg(n, KVM_TCR_EL2);
	if (is_e2h0(level))
		set_up_e2h0(n, tcr);
	if (nisv_level_is_l2(level)) {
		make_tables(n);
		set_up_l1(n, (tcr & TCR_IPS) >> TCR_IPS_SHIFT);
		set_up_l2(n);
		look_at_el1(n);
	}
	nisv_vm_add_neighbours(n->vm);
	return n;
}

void nisv_nested_set_tea(struct nisv_nested *n, bool tea)
{
	n->l1->hcr &= ~HCR_TEA;
	if (tea)
		n->l1->hcr |= HCR_TEA;
}

u64 nisv_nested_doorbell_ipa(const struct nisv_nested *n)
{
	return nisv_doorbell_ipa(n->vm) + sizeof(u64);
}

u64 nisv_nested_sctlr(const struct nisv_nested *n)
{
	return get_reg(n, KVM_SCTLR_EL2);
}

void nisv_nested_entering_l1(struct nisv_nested *n, struct nisv_taken *taken)
{
	taken->vector = (nisv_vcpu_pc(n->vm, 0) - get_reg(n, KVM_VBAR_EL2)) /
			0x80;
	taken->esr = get_reg(n, KVM_ESR_EL2);
	taken->far = get_reg(n, KVM_FAR_EL2);
	taken->elr = get_reg(n, KVM_ELR_EL2);
	taken->spsr = get_reg(n, KVM_SPSR_EL2);
	taken->pstate = nisv_vcpu_pstate(n->vm, 0);
}
