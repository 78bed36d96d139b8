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
 *	-			BLOCKS_IPA		the hole and what is behind it
 *
 * Both stages have three levels of 4K tables, or two of larger ones: 36 bits and
 * more.
 */
#include <sys/mman.h>

#include "nisv_arch.h"
#include "vm.h"
#include "nisv_nested.h"

#define L2_IPA		0x246800000ul
#define TABLES_IPA	0x310000000ul	/* of L2 */
#define BLOCKS_IPA	0x400000000ul	/* of L2 */
#define TABLES		0x3000000ul	/* of L1, from the hole */
#define HUGE		0x8000000ul	/* of L1, from there or a bit behind */
#define NR_TABLES	64

#define SLOT_TABLES	14
#define SLOT_DECOY	15
#define SLOT_HUGE	16

#define STAGE1_ROOT	0
#define STAGE2_ROOT	1
#define OTHER_ROOT	2	/* of a stage 2 */
#define NR_ROOTS	3

#define DESC_TABLE	3ull		/* or a page: valid */
#define DESC_BLOCK	1ull
#define DESC_AF		BIT_ULL(10)
#define DESC_INNER	(3ull << 8)
#define STAGE1_PAGE	(DESC_TABLE | DESC_AF | DESC_INNER)	/* MAIR entry 0 */
#define STAGE2_ATTRS	(DESC_AF | DESC_INNER | NISV_S2_READ | \
			 NISV_S2_WRITE | 0xfull << 2)	/* Write-Back */

#define TLBI_TG_SHIFT	46

#define MAIR_WB		0xffull
#define TCR_WALKS	0x3500ull	/* IRGN0, ORGN0: Write-Back; SH0: inner */
#define TCR_TG0_SHIFT	14
#define TCR_IPS		GENMASK_ULL(34, 32)
#define TCR_IPS_SHIFT	32
#define TCR_EL2_PS_SHIFT	16
#define TCR_EL2_RES1	(BIT_ULL(31) | BIT_ULL(23))
#define VTCR_SL0_1	BIT_ULL(6)
#define VTCR_RES1	BIT_ULL(31)
#define VTTBR_VMID(id)	((u64)(id) << 48)

#define HCR_VM		BIT_ULL(0)
#define HCR_AMO		BIT_ULL(5)
#define HCR_RW		BIT_ULL(31)
#define HCR_E2H		BIT_ULL(34)
#define HCR_TEA		BIT_ULL(37)
#define CPTR_NO_TRAPS	0x33ffull	/* of FP; E2H=0 */

#define SCTLR_DZE	BIT_ULL(14)
#define SCTLR_EE	BIT_ULL(25)
#define EL1H_MASKED	0x3c5u		/* and D, A, I, F */
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
#define KVM_SP_EL2	ARM64_SYS_REG(3, 6, 4, 1, 0)

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
static_assert(offsetof(struct nisv_l1, tlbi) == NISV_L1_TLBI, "guest");
static_assert(offsetof(struct nisv_l1, tlbi_operand) == NISV_L1_TLBI_OPERAND,
	      "guest");

/* In the program's image, which the library copies into each VM; in one page. */
struct nisv_l1 nisv_l1[NISV_NESTED_VCPUS] __aligned(1024);

static_assert(sizeof(nisv_l1) <= 1024, "more than its alignment");

static u64 get_reg(const struct nisv_nested *n, unsigned int cpu, u64 id)
{
	u64 val = 0;

	TEST_ASSERT(!nisv_get_register(nisv_vcpu_fd(n->vm, cpu), id, &val),
		    "KVM_GET_ONE_REG of 0x%lx", (unsigned long)id);
	return val;
}

static void set_reg(struct nisv_nested *n, unsigned int cpu, u64 id, u64 val)
{
	TEST_ASSERT(!nisv_set_register(nisv_vcpu_fd(n->vm, cpu), id, &val),
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

/* TG of what TLBI takes for a range (DDI0487 C5.5). */
static u64 tlbi_tg(const struct nisv_nested *n)
{
	return (page_shift(n) == 12 ? 1ull : page_shift(n) == 14 ? 2ull : 3ull) <<
	       TLBI_TG_SHIFT;
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

static bool has_stage2(const struct nisv_nested *n)
{
	return n->level != LEVEL_L2_FLAT;
}

/* Where L2 finds the tables' memory. */
static u64 tables_of_l2(const struct nisv_nested *n)
{
	return has_stage2(n) ? TABLES_IPA : n->tables_ipa;
}

u64 *nisv_nested_stage1(struct nisv_nested *n, u64 va, unsigned int above)
{
	return entry_of(n, STAGE1_ROOT, tables_of_l2(n), va, above);
}

u64 *nisv_nested_stage2(struct nisv_nested *n, u64 ipa, unsigned int above)
{
	return entry_of(n, STAGE2_ROOT, n->tables_ipa, ipa, above);
}

u64 nisv_nested_page(u64 ipa)
{
	return ipa | STAGE2_ATTRS | DESC_TABLE;
}

static void map_stage2(struct nisv_nested *n, u64 l2_ipa, u64 ipa)
{
	if (has_stage2(n))
		*nisv_nested_stage2(n, l2_ipa, 0) = nisv_nested_page(ipa);
}

/* An IPA of L2 for what is at @ipa of L1. */
static u64 new_ipa(struct nisv_nested *n, u64 ipa, u64 size)
{
	u64 l2_ipa = n->next_ipa;

	if (!has_stage2(n))
		return ipa;
	n->next_ipa += size;
	return l2_ipa;
}

u64 nisv_nested_map(struct nisv_nested *n, u64 va, u64 ipa, u64 size)
{
	u64 l2_ipa = new_ipa(n, ipa, size);
	u64 at;

	for (at = 0; at < size; at += n->page) {
		*nisv_nested_stage1(n, va + at, 0) = (l2_ipa + at) | STAGE1_PAGE;
		map_stage2(n, l2_ipa + at, ipa + at);
	}
	return l2_ipa;
}

u64 nisv_nested_block_size(const struct nisv_nested *n)
{
	return BIT_ULL(2 * page_shift(n) - 3);
}

u64 nisv_nested_map_block(struct nisv_nested *n, u64 va, u64 ipa)
{
	u64 mask = -nisv_nested_block_size(n);
	u64 l2_ipa = BLOCKS_IPA + ipa - (n->hole & mask);

	*nisv_nested_stage1(n, va, 0) = l2_ipa | STAGE1_PAGE;
	*nisv_nested_stage2(n, l2_ipa, 1) = (ipa & mask) | STAGE2_ATTRS |
					    DESC_BLOCK;
	return l2_ipa;
}

u64 nisv_nested_open_walk(struct nisv_nested *n, u64 va)
{
	u64 *table = nisv_nested_stage1(n, va, 1);
	u64 l2_ipa = new_ipa(n, n->hole, n->page);

	map_stage2(n, l2_ipa, n->hole);
	*table = l2_ipa | DESC_TABLE;
	return l2_ipa;
}

u64 *nisv_nested_move(struct nisv_nested *n, u64 va, u64 ipa,
		      unsigned int above)
{
	*nisv_nested_stage1(n, va, 0) = ipa | STAGE1_PAGE;
	return nisv_nested_stage2(n, ipa, above);
}

u64 *nisv_nested_other_stage2(struct nisv_nested *n, u64 ipa)
{
	const size_t entries = n->page / sizeof(*n->tables);
	u64 *root = n->tables + OTHER_ROOT * entries;
	u64 *own = entry_of(n, OTHER_ROOT, n->tables_ipa, ipa,
			    nisv_nested_levels(n) - 1);
	u64 *entry;
	size_t i;

	for (i = 0; i < entries; i++)
		if (root + i != own)
			root[i] = n->tables[STAGE2_ROOT * entries + i];
	entry = entry_of(n, OTHER_ROOT, n->tables_ipa, ipa, 0);
	*entry = 0;
	return entry;
}

void nisv_nested_use(struct nisv_nested *n, unsigned int cpu, bool other,
		     unsigned int vmid)
{
	n->l1[cpu].vttbr = VTTBR_VMID(vmid) |
			   (n->tables_ipa +
			    (other ? OTHER_ROOT : STAGE2_ROOT) * n->page);
}

void nisv_nested_invalidate(struct nisv_nested *n, unsigned int cpu,
			    unsigned int tlbi, u64 ipa)
{
	/* a range of two pages, the fewest that there can be */
	u64 range = tlbi_tg(n) | ipa >> page_shift(n);

	n->l1[cpu].tlbi = BIT(tlbi);
	n->l1[cpu].tlbi_operand = tlbi == NISV_TLBI_RANGE ? range : ipa >> 12;
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
	n->nr_tables = NR_ROOTS;
	n->next_ipa = L2_IPA;
	add_slot(n, L2_IPA, SLOT_DECOY, CHUNK);

	nisv_nested_map(n, n->vm->va, n->vm->ipa, CHUNK);
	nisv_nested_map(n, n->vm->va + bell, n->vm->ipa + bell, n->page);
	map_own(n, (u64)nisv_guest_entry,
		nisv_guest_end - nisv_guest_entry);
	for (i = 0; i < n->nr_vcpus; i++)
		map_own(n, get_reg(n, i, KVM_ARM64_SYS_REG(SYS_TPIDRRO_EL0)),
			sizeof(struct nisv_mailbox));
	for (i = 0; i < NR_TABLES; i++)
		map_stage2(n, TABLES_IPA + i * n->page,
			   n->tables_ipa + i * n->page);
}

/* The registers that L2 finds, as its firmware would have left them. */
static void set_up_l2(struct nisv_nested *n, unsigned int cpu)
{
	u64 ips = get_reg(n, cpu, ARM64_SYS_REG(3, 0, 2, 0, 2)) & TCR_IPS;

	ips |= 2ull << TCR_IPS_SHIFT;	/* 40 bits */
	set_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_TTBR0_EL1),
		tables_of_l2(n) + STAGE1_ROOT * n->page);
	set_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_TCR_EL1),
		ips | t0sz(n) | TCR_WALKS | tg0(n) | TCR_EPD1);
	set_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_MAIR_EL1), MAIR_WB);
	set_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1),
		get_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1)) |
		SCTLR_ELx_M | SCTLR_ELx_C | SCTLR_ELx_I | SCTLR_DZE);
	set_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_CPACR_EL1), CPACR_FPEN);
}

static void set_up_l1(struct nisv_nested *n, unsigned int cpu, u64 ps)
{
	struct nisv_l1 *l1 = &n->l1[cpu];

	nisv_nested_use(n, cpu, false, NISV_VMID);
	l1->vtcr = VTCR_RES1 | t0sz(n) | VTCR_SL0_1 | TCR_WALKS | tg0(n) |
		   ps << TCR_EL2_PS_SHIFT;
	l1->hcr = HCR_RW;
	if (has_stage2(n))
		l1->hcr |= HCR_VM;
	if (n->level != LEVEL_L2_E2H0)
		l1->hcr |= HCR_E2H;
	l1->elr = (u64)nisv_guest_entry;
	l1->spsr = EL1H_MASKED;
	l1->doorbell = n->vm->va + nisv_nested_doorbell_ipa(n) - n->vm->ipa;
	set_reg(n, cpu, KVM_SP_EL2, (u64)&nisv_l1[cpu]);
	set_reg(n, cpu, KVM_VBAR_EL2, (u64)nisv_l1_vectors);
	set_reg(n, cpu, ARM64_CORE_REG(regs.pc), (u64)nisv_l1_entry);
}

/* SCTLR_EL1 and SCTLR_EL2: so that PSTATE.PAN of a handler says whose it is. */
static void differ_in_span(struct nisv_nested *n, unsigned int cpu)
{
	u64 sctlr = get_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1));

	set_reg(n, cpu, KVM_ARM64_SYS_REG(SYS_SCTLR_EL1),
		(sctlr & ~SCTLR_SPAN) |
		(~get_reg(n, cpu, KVM_SCTLR_EL2) & SCTLR_SPAN));
}

/* TCR_EL2 and others have another format then. */
static void set_up_e2h0(struct nisv_nested *n, unsigned int cpu, u64 tcr)
{
	u64 ps = (tcr & TCR_IPS) >> TCR_IPS_SHIFT;

	set_reg(n, cpu, KVM_HCR_EL2, HCR_RW);
	set_reg(n, cpu, KVM_CPTR_EL2, CPTR_NO_TRAPS);
	set_reg(n, cpu, KVM_TCR_EL2, TCR_EL2_RES1 | ps << TCR_EL2_PS_SHIFT |
				    (tcr & GENMASK_ULL(15, 0)));
	set_reg(n, cpu, KVM_VBAR_EL2, (u64)nisv_guest_el2_vectors);
	set_reg(n, cpu, ARM64_CORE_REG(regs.pc), (u64)nisv_guest_el2_entry);
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

static struct kvm_vcpu *add_vcpu(struct nisv_vm *vm, unsigned int cpu,
				 enum nisv_level level)
{
	struct kvm_vcpu_init init = compat_vcpu_init(vm->vm);

	init.features[0] |= BIT(KVM_ARM_VCPU_HAS_EL2);
	if (is_e2h0(level))
		init.features[0] |= BIT(KVM_ARM_VCPU_HAS_EL2_E2H0);
	return aarch64_vcpu_add(vm->vm, cpu, &init, nisv_guest_entry);
}

/* From here on the guest's registers, for lib/vm.c and the library, are EL1's. */
static void look_at_el1(struct nisv_nested *n, unsigned int cpu)
{
	n->vm->cpu[cpu].vcpu->init.features[0] &= ~BIT(KVM_ARM_VCPU_HAS_EL2);
	n->vm->cpu[cpu].mode = MODE_EL1H;
}

#else

const char *nisv_level_missing(enum nisv_level level, const char **found)
{
	(void)level;
	*found = "an older one";
	return "a KVM selftest library with guests at virtual EL2 (Linux 6.18)";
}

static struct kvm_vcpu *add_vcpu(struct nisv_vm *vm, unsigned int cpu,
				 enum nisv_level level)
{
	(void)vm;
	(void)cpu;
	(void)level;
	return NULL;
}

static void look_at_el1(struct nisv_nested *n, unsigned int cpu)
{
	(void)n;
	(void)cpu;
}

#endif

struct nisv_nested *nisv_nested_new(enum nisv_level level,
				    unsigned int nr_vcpus)
{
	struct nisv_nested *n = calloc(1, sizeof(*n));
	struct kvm_vcpu *vcpu;
	unsigned int cpu;
	u64 tcr;

	TEST_ASSERT(n && nr_vcpus <= NISV_NESTED_VCPUS, "no memory");
	n->level = level;
	n->nr_vcpus = nr_vcpus;
	n->vm = nisv_vm_new_without_vcpus(nr_vcpus);
	nisv_vm_with_fp(n->vm, true);
	n->page = n->vm->vm->page_size;
	for (cpu = 0; cpu < nr_vcpus; cpu++) {
		vcpu = add_vcpu(n->vm, cpu, level);
		TEST_ASSERT(vcpu, "a library without virtual EL2");
		nisv_vm_take_vcpu(n->vm, vcpu);
		differ_in_span(n, cpu);
	}
	tcr = get_reg(n, 0, KVM_TCR_EL2);
	for (cpu = 0; cpu < nr_vcpus && is_e2h0(level); cpu++)
		set_up_e2h0(n, cpu, tcr);
	if (nisv_level_is_l2(level)) {
		n->l1 = addr_gva2hva(n->vm->vm, (u64)nisv_l1);
		make_tables(n);
		for (cpu = 0; cpu < nr_vcpus; cpu++) {
			set_up_l1(n, cpu, (tcr & TCR_IPS) >> TCR_IPS_SHIFT);
			set_up_l2(n, cpu);
			look_at_el1(n, cpu);
		}
	}
	nisv_vm_add_neighbours(n->vm);
	return n;
}

/*
 * What unmaps memory of a VM has KVM look at all of its shadow stage 2s, of 48
 * bits: seconds. So the VM goes first; and its memory is given back without being
 * unmapped, which would touch another VM's beside it.
 */
void nisv_nested_free(struct nisv_nested *n)
{
	struct userspace_mem_region *region;
	struct kvm_vm *vm;
	unsigned int ctr;

	if (!n)
		return;
	vm = n->vm->vm;
	kvm_vm_release(vm);
	hash_for_each(vm->regions.slot_hash, ctr, region, slot_node)
		madvise(region->mmap_start, region->mmap_size, MADV_DONTNEED);
	if (n->vm->huge)
		munmap(n->vm->huge, n->vm->huge_size);
	free(vm);
	free(n->vm);
	free(n);
}

u64 *nisv_nested_huge(struct nisv_nested *n, u64 *ipa, u64 *size)
{
	struct kvm_userspace_memory_region region = { .slot = SLOT_HUGE };
	struct nisv_vm *vm = n->vm;
	bool made = !vm->huge;

	if (made)
		vm->huge = nisv_huge_memory(&vm->huge_size);
	if (!vm->huge)
		return NULL;
	*size = vm->huge_size;
	*ipa = (n->hole + HUGE + *size - 1) & -*size;
	region.guest_phys_addr = *ipa;
	region.memory_size = *size;
	region.userspace_addr = (u64)vm->huge;
	if (made)
		vm_ioctl(vm->vm, KVM_SET_USER_MEMORY_REGION, &region);
	return vm->huge;
}

static void swap(u64 *words, size_t nr)
{
	while (nr--)
		words[nr] = __builtin_bswap64(words[nr]);
}

/* Gives a table of stage 2, and those that it leads to, the other byte order. */
static void swap_tables(struct nisv_nested *n, u64 table, unsigned int above,
			bool is_big)
{
	const size_t entries = n->page / sizeof(*n->tables);
	u64 *first = n->tables + (table - n->tables_ipa) / sizeof(*n->tables);
	size_t i;

	if (is_big)
		swap(first, entries);
	for (i = 0; above && i < entries; i++)
		if ((first[i] & DESC_TABLE) == DESC_TABLE)
			swap_tables(n, first[i] & GENMASK_ULL(47, page_shift(n)),
				    above - 1, is_big);
	if (!is_big)
		swap(first, entries);
}

/* Where L1 has what is at @va: with its MMU off, at the IPA. */
static u64 at_l1(const struct nisv_nested *n, const void *va, bool mmu_off)
{
	return mmu_off ? nisv_vm_ipa(n->vm, (u64)va) : (u64)va;
}

void nisv_nested_set_big_endian(struct nisv_nested *n, bool big)
{
	u64 sctlr = get_reg(n, 0, KVM_SCTLR_EL2);
	u64 bell = nisv_nested_doorbell_ipa(n);
	const size_t words = sizeof(*n->l1) / sizeof(u64);

	if (!big)
		swap((u64 *)n->l1, words);
	n->l1->doorbell = big ? bell : n->vm->va + bell - n->vm->ipa;
	if (big)
		swap((u64 *)n->l1, words);
	swap_tables(n, n->tables_ipa + STAGE2_ROOT * n->page,
		    nisv_nested_levels(n) - 1, !big);
	/* its doorbell is an access that the next KVM_RUN would complete */
	nisv_vcpu_complete(n->vm, 0);
	set_reg(n, 0, KVM_SCTLR_EL2, big ? (sctlr & ~SCTLR_ELx_M) | SCTLR_EE :
					   (sctlr & ~SCTLR_EE) | SCTLR_ELx_M);
	set_reg(n, 0, KVM_SP_EL2, at_l1(n, nisv_l1, big));
	set_reg(n, 0, ARM64_CORE_REG(regs.pc), at_l1(n, nisv_l1_entry, big));
}

static void set_hcr(struct nisv_nested *n, unsigned int cpu, u64 bit, bool on)
{
	n->l1[cpu].hcr &= ~bit;
	if (on)
		n->l1[cpu].hcr |= bit;
}

void nisv_nested_set_tea(struct nisv_nested *n, bool tea)
{
	unsigned int cpu;

	for (cpu = 0; cpu < n->nr_vcpus; cpu++)
		set_hcr(n, cpu, HCR_TEA, tea);
}

void nisv_nested_set_amo(struct nisv_nested *n, unsigned int cpu, bool amo)
{
	set_hcr(n, cpu, HCR_AMO, amo);
}

u64 nisv_nested_doorbell_ipa(const struct nisv_nested *n)
{
	return nisv_doorbell_ipa(n->vm) + sizeof(u64);
}

u64 nisv_nested_sctlr(const struct nisv_nested *n)
{
	return get_reg(n, 0, KVM_SCTLR_EL2);
}

void nisv_nested_entering_l1(struct nisv_nested *n, unsigned int cpu,
			     struct nisv_taken *taken)
{
	taken->vector = (nisv_vcpu_pc(n->vm, cpu) - get_reg(n, cpu, KVM_VBAR_EL2)) /
			0x80;
	taken->esr = get_reg(n, cpu, KVM_ESR_EL2);
	taken->far = get_reg(n, cpu, KVM_FAR_EL2);
	taken->elr = get_reg(n, cpu, KVM_ELR_EL2);
	taken->spsr = get_reg(n, cpu, KVM_SPSR_EL2);
	taken->pstate = nisv_vcpu_pstate(n->vm, cpu);
}
