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
 * bit set that the VM's IPA size allows (lib/space.c). The other holes are made
 * when a setting first asks for them. Code and holes that EL0 uses are mapped
 * once more for it, USER higher.
 *
 * A literal is at a fixed distance from its code: each hole is mapped once more
 * for these, and LITERAL behind each of its pages is the one that the code is
 * written to.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nisv_arch.h"
#include "vm.h"

#define HOLE_IPA	0x743210000ul
#define HOLE_VA		0x156780000ul
#define DOORBELL	0x100000ul
#define SPARE_IPA	0x200000ul
#define LITERAL		0x100000ul	/* before the instruction, as the table has it */
#define LITERAL_VA	0x240000000ul	/* 4 MiB for each hole */
#define CODE_IPA	0x180000ul	/* the library has its tables there, too */
#define BLOCK_VA	0x400000000ul

#define USER		0x10000000000ul
#define LOW_IPA		0xe540000ul
#define SIZE_4G		0x100000000ul
#define OTHER_VA	0x2b0000000ul
#define SAME		0x300000ul
#define TAG		0xa500000000000000ul

#define VA_32		0x70000000ul
#define TABLE_VA	0x80000000ul

#define WALK_VA		0x540000000000ul	/* shares no table */
#define WALK_TABLES	0x900000ul

#define SLOT_BELOW	10
#define SLOT_ABOVE	11
#define SLOT_SPARE	12

#define UNION_WORDS	32	/* struct kvm_run: "char padding[256]" */

/* Where things are in struct kvm_run, in words of 8 bytes. */
#define RUN_UNION	4
#define RUN_VALID_REGS	(RUN_UNION + UNION_WORDS)
#define RUN_DIRTY_REGS	(RUN_VALID_REGS + 1)
#define RUN_IRQ_LEVEL	(RUN_VALID_REGS + 2)
#define RUN_WORDS	(sizeof(struct kvm_run) / sizeof(u64))
#define IRQ_LEVELS	GENMASK_ULL(7, 0)

#define MMIO_READ	1
#define MMIO_WRITE	2

#define PSTATE_MODE	0x1fu
#define PTE_TABLE	0x2u		/* or a page, not a block */
#define PTE_MEMORY(i)	((u64)(i) << 2)	/* AttrIndx */
#define MAIR_NGNRNE	0		/* in the library's DEFAULT_MAIR_EL1 */
#define MAIR_NGNRE	1
#define MAIR_NC		3
#define MAIR_TAGGED	7		/* not in it */
#define TAGGED		0xf0ull		/* Normal Write-Back, with tags */
#define IPS_SHIFT	32
#define IPS_MASK		GENMASK_ULL(34, 32)
#define ESR_SVC		0x56000000u	/* EC, IL */
#define INSN_SVC_DONE	(0xd4000001u | NISV_SVC_DONE << 5)
#define VECTOR_SIZE	0x80u
#define SCTLR_DZE	BIT_ULL(14)	/* DC ZVA at EL0 */
#define SCTLR_MSCEN	BIT_ULL(33)	/* MOPS at EL0 */
#define ISAR2_MOPS	GENMASK_ULL(19, 16)
#define SCTLR_ATA	(BIT_ULL(43) | BIT_ULL(42))	/* and ATA0 */
#define CPACR_ZEN	(3ull << 16)
#define ZCR_LEN		0xfull		/* the longest that there is */
#define COPY_HERE	0x1080ul	/* in the slot above the hole */
#define COPY_THERE	0x8040ul
#define TCR_TBI0	BIT_ULL(37)
#define TCR_HALF_0	GENMASK_ULL(13, 0)	/* T0SZ, IRGN0, ORGN0, SH0 */
#define TCR_TG0		GENMASK_ULL(15, 14)
#define PSTATE_TCO_BIT	0x2000000u
#define FLAGS_N_C	0xa0000000u

/* Those that not every library names. */
#ifndef SYS_ID_AA64ISAR2_EL1
#define SYS_ID_AA64ISAR2_EL1	sys_reg(3, 0, 0, 6, 2)
#endif
#ifndef SYS_ID_AA64ISAR3_EL1
#define SYS_ID_AA64ISAR3_EL1	sys_reg(3, 0, 0, 6, 3)
#endif
#ifndef SYS_ID_AA64MMFR3_EL1
#define SYS_ID_AA64MMFR3_EL1	sys_reg(3, 0, 0, 7, 3)
#endif
#ifndef SYS_ID_AA64MMFR4_EL1
#define SYS_ID_AA64MMFR4_EL1	sys_reg(3, 0, 0, 7, 4)
#endif

static_assert(offsetof(struct nisv_regs, sp) == NISV_REGS_SP, "guest.S");
static_assert(offsetof(struct nisv_regs, pc) == NISV_REGS_PC, "guest.S");
static_assert(offsetof(struct nisv_regs, pstate) == NISV_REGS_PSTATE,
	      "guest.S");
static_assert(offsetof(struct nisv_regs, fpsr) == NISV_REGS_FPSR, "guest.S");
static_assert(offsetof(struct nisv_regs, fpcr) == NISV_REGS_FPCR, "guest.S");
static_assert(offsetof(struct nisv_regs, sp_el0) == NISV_REGS_SP_EL0,
	      "guest.S");
static_assert(offsetof(struct nisv_regs, fp) == NISV_REGS_FP, "guest.S");
static_assert(offsetof(struct nisv_regs, v) == NISV_REGS_V, "guest.S");
static_assert(sizeof(struct nisv_regs) == NISV_REGS_SIZE, "guest.S");
static_assert(offsetof(struct kvm_run, hw) == 8 * RUN_UNION, "kvm.h");
static_assert(offsetof(struct kvm_run, kvm_valid_regs) == 8 * RUN_VALID_REGS,
	      "kvm.h");
static_assert(offsetof(struct nisv_mailbox, in) == NISV_MB_IN, "guest.S");
static_assert(offsetof(struct nisv_mailbox, trap) == NISV_MB_TRAP, "guest.S");
static_assert(offsetof(struct nisv_mailbox, doorbell) == NISV_MB_DOORBELL,
	      "guest.S");
static_assert(offsetof(struct nisv_mailbox, go) == NISV_MB_GO, "guest.S");
static_assert(offsetof(struct nisv_mailbox, waits) ==
	      NISV_MB_GO + NISV_MB_WAITS, "guest.S");
static_assert(offsetof(struct nisv_mailbox, sve) == NISV_MB_SVE, "guest.S");
static_assert(offsetof(struct nisv_sve, p) == NISV_SVE_P, "guest.S");

/* In the program's image, which the library copies into each VM. */
static struct nisv_mailbox mailboxes[NISV_MAX_VCPUS];

static u64 get_reg(struct kvm_vcpu *vcpu, u64 id)
{
	u64 val = 0;

	TEST_ASSERT(!__vcpu_get_reg(vcpu, id, &val),
		    "KVM_GET_ONE_REG of 0x%lx", (unsigned long)id);
	return val;
}

unsigned int nisv_vm_levels(const struct nisv_vm *vm)
{
	unsigned int page_shift = vm->vm->page_shift;

	return DIV_ROUND_UP(vm->vm->va_bits - page_shift, page_shift - 3);
}

u64 *nisv_vm_descriptor(struct nisv_vm *vm, u64 va, unsigned int above)
{
	struct kvm_vcpu *vcpu = vm->cpu[0].vcpu;
	u64 table = get_reg(vcpu, compat_alias(vcpu, SYS_TTBR0_EL1));
	unsigned int page_shift = vm->vm->page_shift;
	unsigned int bits = page_shift - 3;
	unsigned int levels = nisv_vm_levels(vm);
	u64 mask = GENMASK_ULL(47, page_shift);
	u64 *entry;

	for (;;) {
		entry = addr_gpa2hva(vm->vm, table & mask);
		entry += (va >> (page_shift + bits * --levels)) &
			 (BIT_ULL(bits) - 1);
		if (levels == above)
			return entry;
		table = *entry;
	}
}

/* The output address of a descriptor (DDI0487 D8.3). */
static void set_address(struct nisv_vm *vm, u64 *entry, u64 address)
{
	u64 mask = GENMASK_ULL(47, vm->vm->page_shift);

	*entry = (*entry & ~mask) | (address & mask);
	/* pages of 64K have room for bits 51 to 48 */
	if (vm->vm->pa_bits > 48) {
		*entry &= GENMASK_ULL(47, 16) | ~GENMASK_ULL(51, 12);
		*entry |= (address >> 48) << 12;
	}
}

/* Older libraries do not know where bits 51 to 48 belong. */
static void set_addresses(struct nisv_vm *vm, u64 va, u64 ipa, u64 size)
{
	u64 at;

	for (at = 0; at < size; at += vm->vm->page_size)
		set_address(vm, nisv_vm_descriptor(vm, va + at, 0), ipa + at);
}

static void map(struct nisv_vm *vm, u64 va, u64 ipa, u64 size)
{
	virt_map(vm->vm, va, ipa, size / vm->vm->page_size);
	if (vm->nr_vcpus && vm->vm->pa_bits > 48)
		set_addresses(vm, va, ipa, size);
}

/* A chunk of memory near the hole. */
static u64 *map_memory(struct nisv_vm *vm, s64 offset, u64 *mem)
{
	size_t i;

	map(vm, vm->va + offset, vm->ipa + offset, CHUNK);
	for (i = 0; i < CHUNK / sizeof(*mem); i++)
		mem[i] = nisv_pattern(i);
	return mem;
}

static u64 *add_slot(struct nisv_vm *vm, s64 offset, u32 slot)
{
	vm_userspace_mem_region_add(vm->vm, VM_MEM_SRC_ANONYMOUS,
				    vm->ipa + offset, slot,
				    CHUNK / vm->vm->page_size, 0);
	return map_memory(vm, offset, addr_gpa2hva(vm->vm, vm->ipa + offset));
}

/* Of all vCPUs of a VM that has none yet, whatever KVM can give them. */
static void add_features(struct nisv_vm *vm)
{
	static const struct {
		int cap;
		u32 features;
	} all[] = {
		{ KVM_CAP_ARM_SVE, BIT(KVM_ARM_VCPU_SVE) },
		{ KVM_CAP_ARM_PTRAUTH_ADDRESS,
		  BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) },
		{ KVM_CAP_ARM_PTRAUTH_GENERIC,
		  BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC) },
	};
	struct kvm_vcpu_init init;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (vm_check_cap(vm->vm, all[i].cap) > 0)
			vm->features |= all[i].features;
	/* a guest at virtual EL2 has no FEAT_MTE, whatever the VM has */
	compat_default_init(vm->vm, &init);
	vm->tags = !compat_init_has_el2(&init) &&
		   vm_check_cap(vm->vm, KVM_CAP_ARM_MTE) > 0;
	if (vm->tags)
		vm_enable_cap(vm->vm, KVM_CAP_ARM_MTE, 0);
}

static struct nisv_vm *new_without_vcpus(const struct nisv_space *space,
					 unsigned int max_vcpus)
{
	struct nisv_vm *vm = calloc(1, sizeof(*vm));
	u64 upper;

	TEST_ASSERT(vm && max_vcpus <= NISV_MAX_VCPUS, "no memory");
	vm->max_vcpus = max_vcpus;
	vm->space = *space;
	vm->vm = nisv_create_vm(space, max_vcpus);
	if (space->full)
		add_features(vm);
	vm->va = HOLE_VA + 5 * vm->vm->page_size;
	upper = BIT_ULL(vm->vm->pa_bits - 1);
	vm->ipa = (HOLE_IPA & (upper - 1)) | upper;
	if (space->huge)
		vm->ipa &= -((u64)getpagesize() * getpagesize() / sizeof(u64));
	nisv_vm_set(vm, SETTING_hole);
	map(vm, vm->va + DOORBELL, vm->ipa + DOORBELL, vm->vm->page_size);
	return vm;
}

struct nisv_vm *nisv_vm_new_without_vcpus(unsigned int max_vcpus)
{
	const struct nisv_space usual = {};

	return new_without_vcpus(&usual, max_vcpus);
}

struct nisv_vm *nisv_vm_new_like(const struct nisv_vm *vm,
				 unsigned int max_vcpus)
{
	return new_without_vcpus(&vm->space, max_vcpus);
}

int nisv_vm_bare_like(const struct nisv_vm *vm)
{
	return nisv_result(ioctl(vm->vm->kvm_fd, KVM_CREATE_VM, vm->vm->type));
}

/* Maps again what is at @va, for EL0, with @ap in the descriptors. */
static void map_for_el0(struct nisv_vm *vm, u64 va, u64 ipa, u64 size, u64 ap)
{
	u64 page = vm->vm->page_size;
	u64 at;

	for (at = 0; at < size; at += page) {
		map(vm, va + at + USER, ipa + at, page);
		*nisv_vm_descriptor(vm, va + at + USER, 0) |= ap;
	}
}

u64 nisv_vm_map_for_el0(struct nisv_vm *vm, u64 va, u64 ipa, u64 size)
{
	map_for_el0(vm, va, ipa, size, PTE_EL0);
	return va + USER;
}

int nisv_set_slot(int vm_fd, u32 slot, u32 flags, u64 ipa, u64 size,
		  void *memory)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = ipa,
		.memory_size = size,
		.userspace_addr = (u64)memory,
	};

	return nisv_result(ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region));
}

/* A slot of the VM's own, which there must be. */
static void set_own_slot(struct nisv_vm *vm, u32 slot, u64 ipa, u64 size,
			 void *memory)
{
	TEST_ASSERT(!nisv_set_slot(vm->vm->fd, slot, 0, ipa, size, memory),
		    "KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
}

/* Slot 0 holds all of the guest: it goes, */
static void delete_slot_0(struct nisv_vm *vm)
{
	set_own_slot(vm, 0, 0, 0, NULL);
}

/* and comes back without its first @skip bytes. */
static void restore_slot_0(struct nisv_vm *vm, u64 skip)
{
	u64 size = memslot2region(vm->vm, 0)->region.memory_size;

	set_own_slot(vm, 0, skip, size - skip, addr_gpa2hva(vm->vm, 0) + skip);
}

void nisv_vm_without_slots(struct nisv_vm *vm, bool without)
{
	if (without)
		delete_slot_0(vm);
	else
		restore_slot_0(vm, 0);
}

const char *nisv_vm_hole_missing(const struct nisv_vm *vm, enum nisv_hole hole)
{
	if (hole == HOLE_BLOCK_1G && vm->vm->page_size != SZ_4K)
		return "a guest with pages of 4K";
	if (hole == HOLE_ZERO && vm->vm->page_size < (u64)getpagesize())
		return "a guest with pages as large as the host's";
	if (hole == HOLE_AT_4G && vm->vm->pa_bits <= 32)
		return "an IPA space of more than 32 bits";
	if (hole == HOLE_SAME && vm->vm->pa_bits >= vm->vm->va_bits)
		return "an IPA space smaller than the library's VA space";
	return NULL;
}

/*
 * Maps a block of stage 1, @above levels above pages, without slots and without
 * the main hole: its IPA. What of it is the hole begins @offset later.
 */
static u64 map_block(struct nisv_vm *vm, u64 va, unsigned int above,
		     u64 *offset)
{
	u64 size = BIT_ULL(vm->vm->page_shift +
			   above * (vm->vm->page_shift - 3));
	u64 ipa = (vm->ipa & -size) ^ (2 * size);
	u64 *entry;

	/* a page behind the block needs the same tables */
	map(vm, va + size, ipa, vm->vm->page_size);
	entry = nisv_vm_descriptor(vm, va + size, above) - 1;
	*entry = *nisv_vm_descriptor(vm, va + size, 0) & ~(u64)PTE_TABLE;
	*offset = size / 4 * 3;
	return ipa;
}

/* What is mapped at @va gets that entry of MAIR_ELx. */
static void set_memory(struct nisv_vm *vm, u64 va, u64 size, unsigned int entry)
{
	u64 at, *descriptor;

	for (at = va; at < va + size; at += vm->vm->page_size) {
		descriptor = nisv_vm_descriptor(vm, at, 0);
		*descriptor &= ~PTE_MEMORY(7);
		*descriptor |= PTE_MEMORY(entry);
	}
}

static void map_hole(struct nisv_vm *vm, enum nisv_hole hole, u64 va, u64 ipa,
		     u64 size)
{
	map(vm, va, ipa, size);
	if (hole == HOLE_NC)
		set_memory(vm, va, size, MAIR_NC);
	else if (hole == HOLE_NGNRE)
		set_memory(vm, va, size, MAIR_NGNRE);
	else if (hole == HOLE_NGNRNE)
		set_memory(vm, va, size, MAIR_NGNRNE);
	else if (hole == HOLE_TAGS && vm->tags)
		set_memory(vm, va, size, MAIR_TAGGED);
}

/* Where the guest can write to that translation table. */
static u64 table_va(struct nisv_vm *vm, u64 ipa)
{
	u64 page = vm->vm->page_size;
	size_t i;

	for (i = 0; vm->tables[i] && vm->tables[i] != ipa; i++)
		TEST_ASSERT(i + 1 < ARRAY_SIZE(vm->tables), "too many tables");
	if (!vm->tables[i])
		virt_map(vm->vm, TABLE_VA + i * page, ipa, 1);
	vm->tables[i] = ipa;
	return TABLE_VA + i * page;
}

/*
 * What a store-exclusive to @va needs: two descriptors for its page, of the slot
 * above the hole and of the hole, and a VA at which the guest exchanges them.
 */
static void make_exchange(struct nisv_vm *vm, u64 va)
{
	u64 page = vm->vm->page_size;
	u64 *descriptor = nisv_vm_descriptor(vm, va & (BIT_ULL(48) - page), 0);
	u64 at = addr_hva2gpa(vm->vm, descriptor);

	vm->exchange.at = table_va(vm, at & -page) + (at & (page - 1));
	vm->exchange.hole = *descriptor;
	vm->exchange.slot = *descriptor;
	set_address(vm, &vm->exchange.slot, vm->ipa + CHUNK);
}

static void make_hole(struct nisv_vm *vm, enum nisv_hole hole)
{
	u64 page = vm->vm->page_size;
	u64 ipa = vm->ipa, size = CHUNK;
	u64 va = OTHER_VA + hole * 2 * CHUNK;
	u64 offset = 0;
	bool mapped = false;

	if (nisv_vm_hole_missing(vm, hole))
		return;
	switch (hole) {
	case HOLE_MAIN:
		va = vm->va;
		break;
	case HOLE_FIRST:
		size = page;
		break;
	case HOLE_LAST:
		ipa += CHUNK - page;
		size = page;
		break;
	case HOLE_ZERO:
		ipa = 0;
		size = page;
		/* the library uses neither of the first two pages */
		delete_slot_0(vm);
		restore_slot_0(vm, page);
		break;
	case HOLE_LOW:
		ipa = LOW_IPA;
		break;
	case HOLE_BELOW_4G:
		ipa = SIZE_4G - CHUNK;
		break;
	case HOLE_AT_4G:
		ipa = SIZE_4G;
		break;
	case HOLE_TOP:
		ipa = (1ull << vm->vm->pa_bits) - CHUNK;
		break;
	case HOLE_SAME:
		ipa += SAME;
		va = ipa;
		break;
	case HOLE_TAGGED:
		va = vm->va | TAG;
		mapped = true;
		break;
	case HOLE_UPPER:
		va = vm->va | UPPER_HALF;
		mapped = true;
		break;
	case HOLE_BLOCK:
	case HOLE_BLOCK_1G:
		va = BLOCK_VA + hole * 2ull * SZ_1G;
		ipa = map_block(vm, va, hole == HOLE_BLOCK ? 1 : 2, &offset);
		mapped = true;
		break;
	case HOLE_32:
		va = VA_32;
		break;
	case HOLE_NC:
	case HOLE_NGNRE:
	case HOLE_NGNRNE:
	case HOLE_TAGS:
	case NISV_NR_HOLES:
		break;
	}
	if (!mapped)
		map_hole(vm, hole, va, ipa, size);
	if (hole == HOLE_TAGS && vm->above)	/* memory that has tags */
		map_hole(vm, hole, va + CHUNK, ipa + CHUNK, CHUNK);
	vm->hole[hole].va = va + offset;
	vm->hole[hole].ipa = ipa + offset;
	vm->hole[hole].size = size;
}

/* The VA of a hole with the same tables, lower half and no tag. */
static enum nisv_hole mapped_as(enum nisv_hole hole)
{
	return hole == HOLE_TAGGED || hole == HOLE_UPPER ? HOLE_MAIN : hole;
}

/* Maps again, for EL0, what forms touch there. */
static void map_hole_for_el0(struct nisv_vm *vm, enum nisv_hole hole)
{
	u64 va, offset, at;

	hole = mapped_as(hole);
	va = vm->hole[hole].va + USER;
	if (vm->hole[hole].user)
		return;
	vm->hole[hole].user = true;
	if (hole == HOLE_BLOCK || hole == HOLE_BLOCK_1G) {
		unsigned int above = hole == HOLE_BLOCK ? 1 : 2;

		/* more than any offset in one */
		va &= -(u64)SZ_1G;
		map_block(vm, va, above, &offset);
		*nisv_vm_descriptor(vm, va, above) |= PTE_EL0;
		return;
	}
	map_hole(vm, hole, va, vm->hole[hole].ipa, vm->hole[hole].size);
	for (at = va; at < va + vm->hole[hole].size; at += vm->vm->page_size)
		*nisv_vm_descriptor(vm, at, 0) |= PTE_EL0;
}

/* Where literals of a hole are, in the lower half. */
static u64 literal_va(const struct nisv_vm *vm, enum nisv_hole hole)
{
	hole = mapped_as(hole);
	return hole == HOLE_SAME ? vm->hole[hole].va :
	       LITERAL_VA + hole * 0x400000ull;
}

/* Where the code for literals at [@va, @va + @size) is, and the SVC of the last. */
static void map_code(struct nisv_vm *vm, u64 va, u64 size, bool user)
{
	u64 at;

	if (!vm->literal_code)
		vm->literal_code = vm_phy_page_alloc(vm->vm, CODE_IPA, 0);
	for (at = va + LITERAL; at <= va + LITERAL + size;
	     at += vm->vm->page_size) {
		map(vm, at, vm->literal_code, vm->vm->page_size);
		if (user)
			*nisv_vm_descriptor(vm, at, 0) |=
				PTE_EL0 | PTE_READ_ONLY;
	}
}

void nisv_vm_map_code(struct nisv_vm *vm, u64 va, u64 size)
{
	map_code(vm, va, size, false);
}

/* The form and its SVC, in any of these pages; the offset is that of the literal. */
static void write_code(struct nisv_vm *vm, const struct nisv_form *form,
		       u64 offset)
{
	size_t words = vm->vm->page_size / sizeof(u32);
	size_t at = offset / sizeof(u32);
	u32 *code = addr_gpa2hva(vm->vm, vm->literal_code);

	code[at % words] = form->insn;
	code[(at + 1) % words] = INSN_SVC_DONE;
	__builtin___clear_cache((char *)code, (char *)(code + words));
}

void nisv_vcpu_aim_literal(struct nisv_vm *vm, const struct nisv_form *form,
			   struct nisv_regs *regs, u64 va)
{
	write_code(vm, form, va);
	regs->pc = va + LITERAL;
}

/* Maps a hole for literals, and their code, once and once more for EL0. */
static void map_literals(struct nisv_vm *vm, enum nisv_hole hole, bool user)
{
	u64 page = vm->vm->page_size;
	u64 va = literal_va(vm, hole), at;

	hole = mapped_as(hole);
	if (user ? vm->hole[hole].user_literal : vm->hole[hole].literal)
		return;
	*(user ? &vm->hole[hole].user_literal : &vm->hole[hole].literal) = true;
	if (user)
		va += USER;
	if (user || hole != HOLE_SAME)
		map_hole(vm, hole, va, vm->hole[hole].ipa, vm->hole[hole].size);
	for (at = va; user && at < va + vm->hole[hole].size; at += page)
		*nisv_vm_descriptor(vm, at, 0) |= PTE_EL0;
	map_code(vm, va, vm->hole[hole].size, user);
}

static bool from_el0(const struct nisv_vm *vm)
{
	return vm->setting->from == FROM_EL0 || vm->setting->from == FROM_EL0_BE;
}

bool nisv_vm_is_set(const struct nisv_vm *vm, enum nisv_setting_id setting)
{
	return vm->setting == &nisv_settings[setting];
}

enum nisv_memory nisv_vm_memory(const struct nisv_vm *vm)
{
	return nisv_hole_memory(vm->setting->hole);
}

void nisv_vm_with_fp(struct nisv_vm *vm, bool on)
{
	vm->with_fp = on;
}

bool nisv_vm_big_endian(const struct nisv_vm *vm)
{
	return vm->setting->from == FROM_EL0_BE;
}

static void set_e0e(struct nisv_vm *vm, bool on)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus && on != vm->e0e; i++)
		vcpu_set_reg(vm->cpu[i].vcpu,
			     compat_alias(vm->cpu[i].vcpu, SYS_SCTLR_EL1),
			     nisv_vcpu_sctlr(vm, i) ^ SCTLR_E0E);
	vm->e0e = on;
}

void nisv_vm_set(struct nisv_vm *vm, enum nisv_setting_id setting)
{
	const struct nisv_setting *s = &nisv_settings[setting];
	u64 page = vm->vm->page_size;
	u64 code = (u64)nisv_guest_vectors & -page;
	u64 at;

	vm->setting = s;
	if (!vm->hole[s->hole].va)
		make_hole(vm, s->hole);
	set_e0e(vm, s->from == FROM_EL1_E0E || s->from == FROM_EL0_BE);
	if (!from_el0(vm))
		return;
	map_hole_for_el0(vm, s->hole);
	/* what EL0 may write is not executable at EL1, hence a second mapping */
	for (at = code; !vm->user_code && at < (u64)nisv_guest_end; at += page)
		map_for_el0(vm, at, addr_gva2gpa(vm->vm, at), page,
			    PTE_EL0 | PTE_READ_ONLY);
	vm->user_code = true;
}

void nisv_vm_map(struct nisv_vm *vm, u64 va, u64 ipa, u64 size)
{
	map(vm, va, ipa, size);
}

u64 nisv_vm_open_walk(struct nisv_vm *vm, unsigned int above)
{
	unsigned int bits = vm->vm->page_shift - 3;
	unsigned int shift = vm->vm->page_shift + above * bits;

	if (WALK_VA >> shift == vm->va >> shift)
		return 0;
	map(vm, WALK_VA, vm->ipa, vm->vm->page_size);
	set_address(vm, nisv_vm_descriptor(vm, WALK_VA, above),
		    vm->ipa + WALK_TABLES);
	return WALK_VA;
}

void nisv_vm_move_table(struct nisv_vm *vm, u64 va, u64 *copy, u64 ipa)
{
	u64 entries = vm->vm->page_size / sizeof(*copy);
	u64 first = va & -(entries * vm->vm->page_size);

	memcpy(copy, nisv_vm_descriptor(vm, first, 0), vm->vm->page_size);
	set_address(vm, nisv_vm_descriptor(vm, va, 1), ipa);
}

/* ID_AA64MMFR0_EL1.PARange and TCR_ELx.IPS (DDI0487 D24.2.82, D24.2.188) */
static const unsigned int pa_bits[] = { 32, 36, 40, 42, 44, 48, 52 };

u64 nisv_vm_open_beyond(struct nisv_vm *vm, u64 *va)
{
	struct kvm_vcpu *vcpu = vm->cpu[0].vcpu;
	unsigned int range = get_reg(vcpu, KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR0_EL1)) &
			     0xf;
	u64 tcr = get_reg(vcpu, compat_alias(vcpu, SYS_TCR_EL1));
	u64 ipa = BIT_ULL(vm->vm->pa_bits);

	/* 52 bits are not for all page sizes */
	if (range >= ARRAY_SIZE(pa_bits) - 1)
		range = ARRAY_SIZE(pa_bits) - 2;
	if (compat_has_el2(vcpu) || vm->vm->pa_bits >= pa_bits[range])
		return 0;
	*va = WALK_VA;
	map(vm, *va, vm->ipa, vm->vm->page_size);
	set_address(vm, nisv_vm_descriptor(vm, *va, 0), ipa);
	vcpu_set_reg(vcpu, KVM_ARM64_SYS_REG(SYS_TCR_EL1),
		     (tcr & ~IPS_MASK) | ((u64)range << IPS_SHIFT));
	return ipa;
}

u64 nisv_vm_page_size(const struct nisv_vm *vm)
{
	u64 host = getpagesize();

	return host > vm->vm->page_size ? host : vm->vm->page_size;
}

bool nisv_vm_is_full(const struct nisv_vm *vm)
{
	return vm->space.full;
}

unsigned int nisv_vm_vl(const struct nisv_vm *vm)
{
	return vm->vl;
}

unsigned int nisv_vm_ipa_bits(const struct nisv_vm *vm)
{
	return vm->vm->pa_bits;
}

bool nisv_vm_at_el2(const struct nisv_vm *vm)
{
	return compat_has_el2(vm->cpu[0].vcpu);
}

/*
 * Tags in pointers are ignored, the upper half shows the same tables, and
 * stage 1 can give all of the VM's IPAs.
 */
static void set_up_translation(struct kvm_vcpu *vcpu)
{
	static const u64 tg1[] = { 2, 3, 1, 0 };	/* of TG0: 4K, 64K, 16K */
	u64 tcr = get_reg(vcpu, compat_alias(vcpu, SYS_TCR_EL1));
	u64 ips = 0;

	while (pa_bits[ips] < vcpu->vm->pa_bits)
		ips++;
	tcr = (tcr & ~IPS_MASK) | (ips << IPS_SHIFT);
	tcr &= ~(TCR_EPD1 | TCR_HALF_0 << 16 | 3ull << 30);
	tcr |= (tcr & GENMASK_ULL(5, 0)) << 16 |
	       (tcr & GENMASK_ULL(13, 8)) << 16 |
	       tg1[(tcr & TCR_TG0) >> 14] << 30 | TCR_TBI0;
	vcpu_set_reg(vcpu, compat_alias(vcpu, SYS_TCR_EL1), tcr);
	vcpu_set_reg(vcpu, compat_alias(vcpu, SYS_TTBR1_EL1),
		     get_reg(vcpu, compat_alias(vcpu, SYS_TTBR0_EL1)));
}

static void set_bits(struct kvm_vcpu *vcpu, u64 id, u64 mask)
{
	vcpu_set_reg(vcpu, id, get_reg(vcpu, id) | mask);
}

void nisv_vcpu_finalize(struct nisv_vm *vm, int vcpu_fd)
{
	u64 lengths[KVM_ARM64_SVE_VLS_WORDS] = {};
	unsigned int quads = KVM_ARM64_SVE_VQ_MAX;
	int sve = KVM_ARM_VCPU_SVE;

	if (!(vm->features & BIT(KVM_ARM_VCPU_SVE)))
		return;
	TEST_ASSERT(!nisv_get_register(vcpu_fd, KVM_REG_ARM64_SVE_VLS, lengths),
		    "KVM_REG_ARM64_SVE_VLS");
	if (vm->space.vl) {
		lengths[0] &= GENMASK_ULL(vm->space.vl / 16 - 1, 0);
		memset(lengths + 1, 0, sizeof(lengths) - sizeof(lengths[0]));
		TEST_ASSERT(!nisv_set_register(vcpu_fd, KVM_REG_ARM64_SVE_VLS,
					       lengths), "KVM_REG_ARM64_SVE_VLS");
	}
	while (quads && !(lengths[(quads - 1) / 64] >> (quads - 1) % 64 & 1))
		quads--;
	vm->vl = 16 * quads;
	TEST_ASSERT(!ioctl(vcpu_fd, KVM_ARM_VCPU_FINALIZE, &sve),
		    "KVM_ARM_VCPU_FINALIZE");
}

/* What the features of nisv_vm_new_full() need besides. */
static void set_up_features(const struct nisv_vm *vm, struct kvm_vcpu *vcpu)
{
	if (vm->features & BIT(KVM_ARM_VCPU_SVE)) {
		set_bits(vcpu, compat_alias(vcpu, SYS_CPACR_EL1), CPACR_ZEN);
		set_bits(vcpu, compat_alias(vcpu, SYS_ZCR_EL1), ZCR_LEN);
	}
	if (vm->tags) {
		set_bits(vcpu, compat_alias(vcpu, SYS_SCTLR_EL1), SCTLR_ATA);
		set_bits(vcpu, compat_alias(vcpu, SYS_MAIR_EL1),
			 TAGGED << (8 * MAIR_TAGGED));
	}
}

/* What the guest needs to find when it starts. */
static void set_up_guest(struct kvm_vcpu *vcpu, unsigned int cpu)
{
	vcpu_set_reg(vcpu, KVM_ARM64_SYS_REG(SYS_TPIDRRO_EL0),
		     (u64)&mailboxes[cpu]);
	vcpu_set_reg(vcpu, compat_vbar_reg(vcpu), (u64)nisv_guest_vectors);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.pc), (u64)nisv_guest_entry);
	set_bits(vcpu, compat_alias(vcpu, SYS_SCTLR_EL1), SCTLR_DZE);
	if (get_reg(vcpu, KVM_ARM64_SYS_REG(SYS_ID_AA64ISAR2_EL1)) & ISAR2_MOPS)
		set_bits(vcpu, compat_alias(vcpu, SYS_SCTLR_EL1), SCTLR_MSCEN);
	set_up_translation(vcpu);
}

/*
 * What KVM on arm64 does not write of struct kvm_run: all but exit_reason, flags
 * and the union. What it reads stays 0, the rest has a pattern.
 */
static u64 run_pattern(size_t word)
{
	u64 pattern = NISV_UNTOUCHED;

	switch (word) {
	case 0:		/* request_interrupt_window, immediate_exit, padding */
		return pattern & ~GENMASK_ULL(15, 8);
	case RUN_VALID_REGS:
	case RUN_DIRTY_REGS:
		return 0;
	case RUN_IRQ_LEVEL:	/* KVM has bits for timers and PMU */
		return pattern & ~IRQ_LEVELS;
	case 1:		/* exit_reason, ready_for_interrupt_injection, if_flag */
		return pattern & GENMASK_ULL(47, 32);
	default:
		return pattern;
	}
}

void nisv_poison_run(struct kvm_run *run)
{
	u64 *word = (u64 *)run;
	size_t i;

	for (i = 0; i < RUN_WORDS; i++)
		if (i < RUN_UNION || i >= RUN_VALID_REGS)
			word[i] = run_pattern(i);
}

static unsigned int strayed(const struct kvm_run *run)
{
	const u64 *word = (const u64 *)run;
	unsigned int n = 0;
	size_t i;

	for (i = RUN_IRQ_LEVEL + 1; i < RUN_WORDS; i++)
		n += word[i] != NISV_UNTOUCHED;
	for (i = 0; i <= RUN_IRQ_LEVEL; i++) {
		u64 mask = i == 1 ? GENMASK_ULL(47, 32) :
			   i == RUN_IRQ_LEVEL ? ~IRQ_LEVELS : ~0ull;

		if (i == RUN_UNION)
			i = RUN_VALID_REGS;
		n += (word[i] & mask) != run_pattern(i);
	}
	return n * sizeof(u64);
}

static struct kvm_vcpu_init init_args(const struct nisv_vm *vm)
{
	struct kvm_vcpu_init init = compat_vcpu_init(vm->vm);

	init.features[0] |= vm->features;
	return init;
}

void nisv_vm_take_vcpu(struct nisv_vm *vm, struct kvm_vcpu *vcpu)
{
	unsigned int i = vm->nr_vcpus++;

	vm->cpu[i].vcpu = vcpu;
	vm->cpu[i].mailbox = addr_gva2hva(vm->vm, (u64)&mailboxes[i]);
	vm->cpu[i].mailbox->doorbell = vm->va + DOORBELL;
	vm->cpu[i].mode = nisv_vcpu_pstate(vm, i) & PSTATE_MODE;
	nisv_poison_run(vcpu->run);
	set_up_guest(vcpu, i);
	if (!i && vm->vm->pa_bits > 48) {
		set_addresses(vm, vm->va, vm->ipa, CHUNK);
		set_addresses(vm, vm->va + DOORBELL, vm->ipa + DOORBELL,
			      vm->vm->page_size);
	}
	nisv_vcpu_finalize(vm, vcpu->fd);
	set_up_features(vm, vcpu);
	if (vm->nr_vcpus == vm->max_vcpus)
		kvm_arch_vm_finalize_vcpus(vm->vm);
}

void nisv_vm_add_vcpu_id(struct nisv_vm *vm, u32 id)
{
	struct kvm_vcpu_init init = init_args(vm);

	nisv_vm_take_vcpu(vm, aarch64_vcpu_add(vm->vm, id, &init,
					       nisv_guest_entry));
}

void nisv_vm_add_vcpu(struct nisv_vm *vm)
{
	nisv_vm_add_vcpu_id(vm, vm->nr_vcpus);
}

struct nisv_vm *nisv_vm_new_in(const struct nisv_space *space,
			       unsigned int nr_vcpus)
{
	struct nisv_vm *vm = new_without_vcpus(space, nr_vcpus);

	while (vm->nr_vcpus < nr_vcpus)
		nisv_vm_add_vcpu(vm);
	return vm;
}

struct nisv_vm *nisv_vm_new_full(void)
{
	const struct nisv_space space = { .full = true };

	return nisv_vm_new_in(&space, 1);
}

struct nisv_vm *nisv_vm_new(unsigned int nr_vcpus)
{
	const struct nisv_space usual = {};

	return nisv_vm_new_in(&usual, nr_vcpus);
}

void nisv_vm_add_neighbours(struct nisv_vm *vm)
{
	vm->below = add_slot(vm, -CHUNK, SLOT_BELOW);
	vm->above = add_slot(vm, CHUNK, SLOT_ABOVE);
}

bool nisv_vm_add_huge_neighbour(struct nisv_vm *vm)
{
	vm->huge = nisv_huge_memory(&vm->huge_size);
	if (!vm->huge)
		return false;
	set_own_slot(vm, SLOT_BELOW, vm->ipa - vm->huge_size, vm->huge_size,
		     vm->huge);
	vm->below = map_memory(vm, -CHUNK, vm->huge + vm->huge_size - CHUNK);
	vm->above = add_slot(vm, CHUNK, SLOT_ABOVE);
	return true;
}

void nisv_vm_free(struct nisv_vm *vm)
{
	if (!vm)
		return;
	kvm_vm_free(vm->vm);
	if (vm->vgic)
		close(vm->vgic);
	if (vm->huge)
		munmap(vm->huge, vm->huge_size);
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

	return nisv_result(ioctl(vm->vm->fd, KVM_ENABLE_CAP, &cap));
}

int nisv_vcpu_reinit(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	struct kvm_vcpu_init init = init_args(vm);
	int ret = nisv_result(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init));

	if (ret)
		return ret;
	/* the library's set-up anew: it begins with the same ioctl */
	aarch64_vcpu_setup(vcpu, &init);
	set_up_guest(vcpu, cpu);
	set_up_features(vm, vcpu);
	vm->cpu[cpu].pending = 0;
	return 0;
}

#define SYS_NONE	0

/* Each KVM_GET_ONE_REG costs time, and every case asks for some. */
static u64 id_register(struct nisv_vm *vm, unsigned int cpu, u64 idreg)
{
	struct nisv_ids *ids = &vm->cpu[cpu].ids;
	unsigned int i;

	for (i = 0; i < ids->n && ids->reg[i].id != idreg; i++)
		;
	if (i == ids->n) {
		TEST_ASSERT(i < ARRAY_SIZE(ids->reg), "too many ID registers");
		ids->reg[i].id = idreg;
		ids->reg[i].value = get_reg(vm->cpu[cpu].vcpu,
					    KVM_ARM64_SYS_REG(idreg));
		ids->n++;
	}
	return ids->reg[i].value;
}

static unsigned int id_field(struct nisv_vm *vm, unsigned int cpu,
			     u64 idreg, unsigned int shift)
{
	if (idreg == SYS_NONE)
		return 0;
	return (id_register(vm, cpu, idreg) >> shift) & 0xf;
}

unsigned int nisv_vcpu_feature(struct nisv_vm *vm, unsigned int cpu,
			       enum nisv_feature feature)
{
	static const u64 idregs[NISV_NR_FEATURES] = {
#define FEATURE(id, title, emulator, idreg, field, shift, min)		\
		[FEATURE_##id] = SYS_##idreg,
#include "nisv_features.h"
#undef FEATURE
	};

	static const struct {
		enum nisv_feature feature;
		u64 idreg;
		unsigned int shift;
		unsigned int min;	/* 0: instead of the first */
	} others[] = {
#define FEATURE(...)
#define FEATURE_OR(id, idreg, shift)					\
		{ FEATURE_##id, SYS_##idreg, shift, 0 },
#define FEATURE_AND(id, idreg, shift, minimum)				\
		{ FEATURE_##id, SYS_##idreg, shift, minimum },
#include "nisv_features.h"
#undef FEATURE
	};
	unsigned int value = id_field(vm, cpu, idregs[feature],
				      nisv_features[feature].shift);
	unsigned int other;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (others[i].feature != feature)
			continue;
		other = id_field(vm, cpu, others[i].idreg, others[i].shift);
		if (!others[i].min && value < nisv_features[feature].min)
			value = other;
		if (other < others[i].min)
			value = 0;
	}
	return value;
}

unsigned int nisv_vcpu_setting(struct nisv_vm *vm, unsigned int cpu,
			       enum nisv_setting_id setting)
{
	static const u64 idregs[NISV_NR_SETTINGS] = {
#define SETTING(id, from, pstate, idreg, shift, min, hole, offset, text) \
		[SETTING_##id] = SYS_##idreg,
#include "nisv_settings.h"
#undef SETTING
	};

	return id_field(vm, cpu, idregs[setting], nisv_settings[setting].shift);
}

/*
 * Each row has an offset of its own in the hole, never 0, aligned as it must be
 * and no more: low address bits, the page and the row are all told apart.
 */
static u64 own_offset(const struct nisv_form *form)
{
	unsigned int i = form - nisv_forms;
	unsigned int align = nisv_form_align(form);

	return ((i * 0x140ul) % (CHUNK - 0x600) / 0x80 * 0x80 + 0x80 +
		(align < 0x40 ? align : 0x40)) & -(u64)align;
}

/* The hole that a form touches now. */
static enum nisv_hole hole_of(const struct nisv_vm *vm,
			      const struct nisv_form *form)
{
	return vm->setting->hole == HOLE_MAIN ? nisv_form_hole(form) :
						vm->setting->hole;
}

unsigned int nisv_form_reach(const struct nisv_vm *vm,
			     const struct nisv_form *form)
{
	switch (nisv_form_unit(form)) {
	case UNIT_VL:
	case UNIT_PL:
		return vm->vl ? form->bytes * vm->vl / NISV_VL_MAX :
				form->bytes;
	case UNIT_NO_BYTES:
		return nisv_form_is_mops(form) ? nisv_form_copies(form) : 1;
	default:
		return form->bytes;
	}
}

/* Whether the form uses what is mapped for EL0. */
static bool at_user(const struct nisv_vm *vm, const struct nisv_form *form)
{
	return from_el0(vm) || nisv_form_unprivileged(form);
}

static u64 stub(const struct nisv_form *form)
{
	return (u64)nisv_guest_stubs + 8 * (form - nisv_forms);
}

static u64 form_offset(const struct nisv_vm *vm, const struct nisv_form *form)
{
	s32 offset = vm->setting->offset;
	u64 size = vm->hole[hole_of(vm, form)].size;
	u64 align = nisv_form_align(form);
	unsigned int bytes = nisv_form_reach(vm, form);

	if (nisv_form_goes_on(form))
		return COPY_HERE;
	if (offset == NISV_OWN_OFFSET)
		return own_offset(form) % size;
	if (offset < 0)		/* so that the access ends with the hole */
		return (size - bytes) & -align;
	if (nisv_form_may_be_unaligned(form))
		align = 1;
	if (offset == NISV_ACROSS_PAGES)
		offset = nisv_vm_page_size(vm) - DIV_ROUND_UP(bytes, 2);
	return offset & -align;
}

u64 nisv_form_ipa(const struct nisv_vm *vm, const struct nisv_form *form)
{
	return vm->hole[hole_of(vm, form)].ipa + form_offset(vm, form);
}

u64 nisv_form_va(const struct nisv_vm *vm, const struct nisv_form *form)
{
	enum nisv_hole hole = hole_of(vm, form);
	u64 va = vm->hole[hole].va;

	if (nisv_form_is_literal(form))
		va = literal_va(vm, hole) | (hole == HOLE_UPPER ? UPPER_HALF : 0);
	return va + form_offset(vm, form) + (at_user(vm, form) ? USER : 0);
}

u64 nisv_doorbell_ipa(const struct nisv_vm *vm)
{
	return vm->ipa + DOORBELL;
}

u64 nisv_form_pc(const struct nisv_vm *vm, const struct nisv_form *form)
{
	if (nisv_form_is_literal(form))
		return nisv_form_va(vm, form) + LITERAL;
	return stub(form) + (from_el0(vm) ? USER : 0);
}

static u64 setting_pstate(const struct nisv_vm *vm, unsigned int cpu)
{
	u64 pstate = (FLAGS_N_C | PSTATE_DAIF) ^ vm->setting->pstate;

	if (from_el0(vm))
		return pstate;
	pstate |= vm->cpu[cpu].mode;
	return vm->setting->from == FROM_EL1T ? pstate & ~PSTATE_SP_ELX : pstate;
}

/* The form and its SVC, where its literal is in the hole. */
static void write_literal(struct nisv_vm *vm, const struct nisv_form *form)
{
	map_literals(vm, hole_of(vm, form), from_el0(vm));
	write_code(vm, form, form_offset(vm, form));
}

/* Makes what is mapped where the form is the first that needs it. */
static void prepare(struct nisv_vm *vm, const struct nisv_form *form)
{
	enum nisv_hole hole = hole_of(vm, form);

	if (!vm->hole[hole].va)
		make_hole(vm, hole);
	if (at_user(vm, form))
		map_hole_for_el0(vm, hole);
	if (nisv_form_is_literal(form))
		write_literal(vm, form);
	if (form->class == CLASS_EXCLUSIVE_STORE)
		make_exchange(vm, nisv_form_va(vm, form));
	if (nisv_form_is_mops(form) && !vm->user_above) {
		map_for_el0(vm, vm->va + CHUNK, vm->ipa + CHUNK, CHUNK, PTE_EL0);
		vm->user_above = true;
	}
}

/* Where the guest starts instead, to get to the store-exclusive. */
static u64 monitor_opener(const struct nisv_form *form)
{
	static char * const single[] = {
		nisv_guest_ldxrb, nisv_guest_ldxrh, nisv_guest_ldxr_w,
		nisv_guest_ldxr_x,
	};
	static char * const pair[] = { nisv_guest_ldxp_w, nisv_guest_ldxp_x };
	unsigned int size = form->insn >> 30;

	return (u64)(form->insn & BIT(21) ? pair[size & 1] : single[size]);
}

/* The registers with which a form of such a class does what it should. */
static void load_class(struct nisv_vm *vm, unsigned int cpu,
		       const struct nisv_form *form, struct nisv_regs *regs)
{
	vm->cpu[cpu].mailbox->sve.wanted = nisv_form_is_sve(form);
	if (nisv_form_is_sve(form)) {
		regs->x[NISV_OFFSET_REG] = 0;
		regs->v[NISV_OFFSET_REG][0] = 0;
	}
	if (form->class == CLASS_SVE_VECTOR)
		regs->v[1][0] = nisv_form_va(vm, form);
	if (nisv_form_is_mops(form)) {
		regs->x[3] = nisv_form_copies(form);
		regs->x[5] = vm->va + CHUNK + COPY_THERE;
		if (from_el0(vm) || nisv_form_unprivileged_there(form))
			regs->x[5] += USER;
	}
	if (form->class != CLASS_EXCLUSIVE_STORE)
		return;
	regs->x[15] = vm->exchange.slot;
	regs->x[16] = vm->exchange.hole;
	regs->x[17] = vm->exchange.at;
	regs->x[18] = regs->pc;
	regs->x[20] = regs->x[22];
	regs->x[21] = regs->x[23];
}

static void load(struct nisv_vm *vm, unsigned int cpu,
		 const struct nisv_form *form, struct nisv_regs *regs,
		 bool small)
{
	u64 seed = 0x9e3779b97f4a7c15ull * (form->insn + 1);
	unsigned int base = nisv_form_base(form);
	u64 va;
	int i;

	prepare(vm, form);
	for (i = 0; i < 31; i++)
		regs->x[i] = seed ^ (0x0101010101010101ull * (i + 1));
	if (small && nisv_form_rt(form) != NISV_ZR)
		regs->x[nisv_form_rt(form)] = 0x89abcdefull;
	/* an index that differs when zero or sign-extended from 32 bits */
	regs->x[NISV_OFFSET_REG] = 0x1fffffff0ull;
	va = nisv_form_va(vm, form) -
		nisv_form_offset(form, regs->x[NISV_OFFSET_REG]);
	regs->sp = 0x123456780ull;
	regs->sp_el0 = 0x2468ace10ull;
	if (base < NISV_SP)
		regs->x[base] = va;
	else if (base == NISV_NO_BASE)
		;
	else if (vm->setting->from == FROM_EL1H ||
		 vm->setting->from == FROM_EL1_E0E)
		regs->sp = va;
	else
		regs->sp_el0 = va;
	regs->pc = nisv_form_pc(vm, form);
	regs->pstate = setting_pstate(vm, cpu);
	regs->fpsr = 0x0800001full;	/* QC, and the exception flags but IDC */
	regs->fpcr = 0x01000000ull;	/* FZ */
	for (i = 0; i < 32; i++) {
		regs->v[i][0] = ~seed ^ (0x0101010101010101ull * (i + 1));
		regs->v[i][1] = seed + (0x1000000010001001ull * (i + 1));
	}
	regs->fp = small || vm->with_fp || nisv_form_uses_v(form);
	load_class(vm, cpu, form, regs);
	nisv_vcpu_start(vm, cpu, regs);
	if (form->class == CLASS_EXCLUSIVE_STORE)
		vm->cpu[cpu].mailbox->in.pc = monitor_opener(form);
}

void nisv_vcpu_aim_copy(struct nisv_vm *vm, const struct nisv_form *form,
			struct nisv_regs *regs)
{
	regs->x[1] = nisv_form_va(vm, form) + CHUNK;
}

void nisv_vcpu_move_copy(struct nisv_regs *regs)
{
	regs->x[1] -= CHUNK;
}

void nisv_vm_restore_copy(struct nisv_vm *vm)
{
	static const size_t from[] = { COPY_HERE, COPY_THERE };
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(from); i++)
		for (at = from[i] / 8; at <= (from[i] + NISV_COPY_BYTES) / 8; at++)
			vm->above[at] = nisv_pattern(at);
}

void nisv_vcpu_start(struct nisv_vm *vm, unsigned int cpu,
		     const struct nisv_regs *regs)
{
	struct nisv_regs *in = &vm->cpu[cpu].mailbox->in;
	int i;

	for (i = 0; i < 31; i++)
		in->x[i] = regs->x[i];
	in->sp = regs->sp;
	in->sp_el0 = regs->sp_el0;
	in->pc = regs->pc;
	in->pstate = regs->pstate;
	in->fpsr = regs->fpsr;
	in->fpcr = regs->fpcr;
	in->fp = regs->fp;
	for (i = 0; i < 32 && regs->fp; i++) {
		in->v[i][0] = regs->v[i][0];
		in->v[i][1] = regs->v[i][1];
	}
}

void nisv_vcpu_load(struct nisv_vm *vm, unsigned int cpu,
		    const struct nisv_form *form, struct nisv_regs *regs)
{
	load(vm, cpu, form, regs, false);
}

void nisv_vcpu_load_small(struct nisv_vm *vm, unsigned int cpu,
			  const struct nisv_form *form, struct nisv_regs *regs)
{
	load(vm, cpu, form, regs, true);
}

/* The index of the last byte of the union that was written to, plus one. */
static unsigned int touched(const struct kvm_run *run)
{
	const u64 *word = (const u64 *)&run->hw;
	unsigned int n = UNION_WORDS;
	const u8 *byte;

	while (n && word[n - 1] == NISV_UNTOUCHED)
		n--;
	byte = (const u8 *)(word + n);
	for (n *= 8; n && *--byte == (u8)NISV_UNTOUCHED;)
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
		WRITE_ONCE(word[i], NISV_UNTOUCHED);
	/* and completes the access when this still says KVM_EXIT_MMIO */
	if (!pending && !vm->cpu[cpu].claimed)
		run->exit_reason = ~0u;
	vm->cpu[cpu].claimed = false;

	e->ret = nisv_result(__vcpu_run(vm->cpu[cpu].vcpu));
	nisv_vcpu_look(vm, cpu, e);
	if (pending == MMIO_READ)
		e->touched = 0;
	vm->cpu[cpu].pending = 0;
	if (!e->ret && e->reason == KVM_EXIT_MMIO)
		vm->cpu[cpu].pending = e->is_write ? MMIO_WRITE : MMIO_READ;
}

void nisv_vcpu_look(const struct nisv_vm *vm, unsigned int cpu,
		    struct nisv_exit *e)
{
	const struct kvm_run *run = vm->cpu[cpu].vcpu->run;

	e->reason = run->exit_reason;
	e->flags = run->flags;
	e->esr_iss = run->arm_nisv.esr_iss;
	e->fault_ipa = run->arm_nisv.fault_ipa;
	e->phys_addr = run->mmio.phys_addr;
	e->len = run->mmio.len;
	e->is_write = run->mmio.is_write;
	memcpy(&e->data, run->mmio.data, sizeof(e->data));
	e->touched = touched(run);
	e->strayed = strayed(run);
	e->irq_level = run->s.regs.device_irq_level & IRQ_LEVELS;
}

int nisv_vcpu_complete(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	int ret;

	vcpu->run->immediate_exit = 1;
	ret = nisv_result(__vcpu_run(vcpu));
	vcpu->run->immediate_exit = 0;
	vm->cpu[cpu].pending = 0;
	return ret;
}

void nisv_vcpu_claim(struct nisv_vm *vm, unsigned int cpu, u32 exit_reason)
{
	vm->cpu[cpu].vcpu->run->exit_reason = exit_reason;
	vm->cpu[cpu].claimed = true;
}

void nisv_vcpu_mmio_data(struct nisv_vm *vm, unsigned int cpu, u64 data)
{
	struct kvm_run *run = vm->cpu[cpu].vcpu->run;

	memcpy(run->mmio.data, &data, sizeof(data));
	run->mmio.phys_addr = ~0ull;
	run->mmio.len = 3;
	run->mmio.is_write = !run->mmio.is_write;
}

int nisv_run_unblocked(struct kvm_vcpu *vcpu)
{
	/* struct kvm_signal_mask: the set's size in bytes, and the set */
	u32 mask[3] = { sizeof(u64) };
	int ret;

	TEST_ASSERT(!ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, mask),
		    "KVM_SET_SIGNAL_MASK");
	ret = nisv_result(__vcpu_run(vcpu));
	TEST_ASSERT(!ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, NULL),
		    "KVM_SET_SIGNAL_MASK");
	return ret;
}

int nisv_vcpu_run_interrupted(struct nisv_vm *vm, unsigned int cpu)
{
	sigset_t usr1, old;
	int ret;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &old);
	raise(SIGUSR1);
	ret = nisv_run_unblocked(vm->cpu[cpu].vcpu);
	sigwaitinfo(&usr1, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	vm->cpu[cpu].pending = 0;
	return ret;
}

void nisv_vcpu_next_skips(struct nisv_vm *vm, unsigned int cpu,
			  const struct nisv_regs *regs)
{
	vm->cpu[cpu].mailbox->in.pc = regs->pc + 4;
}

static u64 v_reg(int i)
{
	return CORE_REG_OF(fp_regs.vregs[i], U128);
}

/* Where there is SVE, it is the low end of Zn, which has 2048 bits. */
static void get_v(const struct nisv_vm *vm, struct kvm_vcpu *vcpu, int i,
		  u64 v[2])
{
	u64 z[32];

	if (!(vm->features & BIT(KVM_ARM_VCPU_SVE))) {
		TEST_ASSERT(!__vcpu_get_reg(vcpu, v_reg(i), v),
			    "KVM_GET_ONE_REG of V%d", i);
		return;
	}
	TEST_ASSERT(!__vcpu_get_reg(vcpu, KVM_REG_ARM64_SVE_ZREG(i, 0), z),
		    "KVM_GET_ONE_REG of Z%d", i);
	v[0] = z[0];
	v[1] = z[1];
}

#define FP_REG(name)	CORE_REG_OF(fp_regs.name, U32)

void nisv_vcpu_regs(struct nisv_vm *vm, unsigned int cpu,
		    const struct nisv_form *form, struct nisv_regs *regs,
		    enum nisv_extent extent)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	int i;

	for (i = 0; i < 31; i++)
		if (extent == NISV_ALL || nisv_form_names_x(form, i))
			regs->x[i] = nisv_vcpu_x(vm, cpu, i);
	if (extent == NISV_ALL || nisv_form_base(form) == NISV_SP) {
		regs->sp = get_reg(vcpu, compat_sp_reg(vcpu));
		regs->sp_el0 = get_reg(vcpu, ARM64_CORE_REG(regs.sp));
	}
	regs->pc = nisv_vcpu_pc(vm, cpu);
	regs->pstate = nisv_vcpu_pstate(vm, cpu);
	regs->fp = vm->cpu[cpu].mailbox->in.fp;
	for (i = 0; i < 32 && regs->fp; i++)
		if (extent == NISV_ALL || nisv_form_names_v(form, i))
			get_v(vm, vcpu, i, regs->v[i]);
	if (extent == NISV_ALL && regs->fp) {
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

void nisv_vcpu_to_start(struct nisv_vm *vm, unsigned int cpu)
{
	vcpu_set_reg(vm->cpu[cpu].vcpu, ARM64_CORE_REG(regs.pstate),
		     vm->cpu[cpu].mode | PSTATE_DAIF);
	nisv_vcpu_set_pc(vm, cpu, (u64)nisv_guest_entry);
}

static bool is_one_of(u64 id, const u64 *ids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (id == ids[i])
			return true;
	return false;
}

static bool changes_with_time(u64 id)
{
	static const u64 ids[] = {
		KVM_REG_ARM_TIMER_CNT,
		KVM_REG_ARM_PTIMER_CNT,
	};

	return is_one_of(id, ids, ARRAY_SIZE(ids));
}

/* By the guest itself on its way from the doorbell to a form. */
static bool changes_on_the_way(u64 id)
{
	static const u64 ids[] = {
		ARM64_CORE_REG(regs.pc),
		ARM64_CORE_REG(regs.pstate),
		ARM64_CORE_REG(regs.sp),
		ARM64_CORE_REG(sp_el1),
		ARM64_CORE_REG(elr_el1),
		ARM64_CORE_REG(spsr[KVM_SPSR_EL1]),
		FP_REG(fpsr),
		FP_REG(fpcr),
		KVM_ARM64_SYS_REG(SYS_TPIDR_EL1),
		KVM_ARM64_SYS_REG(SYS_VBAR_EL1),
		ARM64_SYS_REG(3, 4, 12, 0, 0),	/* VBAR_EL2 */
		ARM64_SYS_REG(3, 4, 4, 0, 0),	/* SPSR_EL2 */
		ARM64_SYS_REG(3, 4, 4, 0, 1),	/* ELR_EL2 */
		ARM64_SYS_REG(3, 6, 4, 1, 0),	/* SP_EL2 */
	};
	size_t i;

	for (i = 0; i < 31; i++)
		if (id == ARM64_CORE_REG(regs.regs[i]))
			return true;
	return is_one_of(id, ids, ARRAY_SIZE(ids));
}

unsigned int nisv_vcpu_sysregs(struct nisv_vm *vm, unsigned int cpu,
			       bool on_the_way, struct nisv_sysreg **values)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	struct kvm_reg_list *list = nisv_reg_list(vcpu->fd);
	unsigned int n = 0;
	u64 i;

	*values = calloc(list->n, sizeof(**values));
	TEST_ASSERT(*values, "no memory");
	for (i = 0; i < list->n; i++) {
		u64 id = list->reg[i];

		if ((id & KVM_REG_SIZE_MASK) > KVM_REG_SIZE_U64 ||
		    changes_with_time(id) ||
		    (on_the_way && changes_on_the_way(id)))
			continue;
		(*values)[n].id = id;
		(*values)[n++].value = get_reg(vcpu, id);
	}
	free(list);
	return n;
}

void nisv_vcpu_write_back(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	struct kvm_reg_list *list = nisv_reg_list(vcpu->fd);
	u64 value[256 / sizeof(u64)];	/* the longest: an SVE register */
	u64 i;

	for (i = 0; i < list->n; i++) {
		struct kvm_one_reg reg = {
			.id = list->reg[i],
			.addr = (u64)value,
		};

		TEST_ASSERT(!ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg) &&
			    !ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg),
			    "register 0x%lx", (unsigned long)reg.id);
	}
	free(list);
}

void nisv_vcpu_scramble(struct nisv_vm *vm, unsigned int cpu, u64 seed)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;
	const u64 ids[] = {
		compat_alias(vcpu, SYS_FAR_EL1),
		compat_alias(vcpu, SYS_ESR_EL1),
		compat_alias(vcpu, SYS_CONTEXTIDR_EL1),
		KVM_ARM64_SYS_REG(SYS_CNTKCTL_EL1),
		compat_elr_reg(vcpu),
		compat_spsr_reg(vcpu),
		KVM_ARM64_SYS_REG(SYS_PAR_EL1),
		KVM_ARM64_SYS_REG(SYS_TPIDR_EL0),
		KVM_ARM64_SYS_REG(SYS_TPIDR_EL1),
	};
	size_t i;

	/* what is RES0 of it is not stored, or stored: it is read back anyway */
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		vcpu_set_reg(vcpu, ids[i], (seed + i) * 0x0000000101030107ull);
}

/* Where a vCPU's statistics have the value that is called @name: in all the same. */
static u64 stat_offset(int fd, const char *name)
{
	static struct {
		const char *name;
		u64 offset;
	} known[8];
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	u64 offset = 0;
	size_t size, n;
	u32 i;

	for (n = 0; n < ARRAY_SIZE(known) && known[n].name; n++)
		if (!strcmp(known[n].name, name))
			return known[n].offset;
	TEST_ASSERT(n < ARRAY_SIZE(known), "too many statistics");
	TEST_ASSERT(read(fd, &header, sizeof(header)) == sizeof(header),
		    "the header of the statistics");
	size = sizeof(*desc) + header.name_size;
	desc = calloc(1, size);
	TEST_ASSERT(desc, "no memory");
	for (i = 0; i < header.num_desc && !offset; i++) {
		TEST_ASSERT(pread(fd, desc, size, header.desc_offset + i * size)
			    == (ssize_t)size, "a statistic");
		if (!strcmp(desc->name, name))
			offset = header.data_offset + desc->offset;
	}
	TEST_ASSERT(offset, "no statistic is called %s", name);
	free(desc);
	known[n].name = name;
	known[n].offset = offset;
	return offset;
}

u64 nisv_vcpu_stat(struct nisv_vm *vm, unsigned int cpu, const char *name)
{
	static int has = -1;
	u64 value;
	int fd;

	if (has < 0)
		has = kvm_check_cap(KVM_CAP_BINARY_STATS_FD);
	if (!has)
		return NISV_NO_STAT;
	fd = ioctl(vm->cpu[cpu].vcpu->fd, KVM_GET_STATS_FD, NULL);
	TEST_ASSERT(fd >= 0, "KVM_GET_STATS_FD");
	TEST_ASSERT(pread(fd, &value, sizeof(value), stat_offset(fd, name)) ==
		    sizeof(value), "a statistic's value");
	close(fd);
	return value;
}

unsigned int nisv_vcpu_pending(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu_events events = {};

	TEST_ASSERT(!ioctl(vm->cpu[cpu].vcpu->fd, KVM_GET_VCPU_EVENTS, &events),
		    "KVM_GET_VCPU_EVENTS");
	return events.exception.serror_pending +
	       events.exception.ext_dabt_pending;
}

int nisv_vcpu_inject(struct nisv_vm *vm, unsigned int cpu, bool abort,
		     bool serror, s64 iss)
{
	struct kvm_vcpu_events events = {};

	events.exception.ext_dabt_pending = abort;
	events.exception.serror_pending = serror;
	if (serror && iss >= 0) {
		events.exception.serror_has_esr = 1;
		events.exception.serror_esr = iss;
	}
	return nisv_result(ioctl(vm->cpu[cpu].vcpu->fd, KVM_SET_VCPU_EVENTS,
			    &events));
}

void nisv_vcpu_single_step(struct nisv_vm *vm, unsigned int cpu, bool on)
{
	struct kvm_guest_debug debug = {
		.control = on ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP : 0,
	};

	TEST_ASSERT(!ioctl(vm->cpu[cpu].vcpu->fd, KVM_SET_GUEST_DEBUG, &debug),
		    "KVM_SET_GUEST_DEBUG");
}

u64 nisv_vcpu_sctlr(struct nisv_vm *vm, unsigned int cpu)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;

	return get_reg(vcpu, compat_alias(vcpu, SYS_SCTLR_EL1));
}

u64 nisv_vcpu_mode(struct nisv_vm *vm, unsigned int cpu)
{
	bool mte = nisv_vcpu_feature(vm, cpu, FEATURE_MTE) >=
		   nisv_features[FEATURE_MTE].min;

	return vm->cpu[cpu].mode | (mte ? PSTATE_TCO_BIT : 0);
}

void nisv_vcpu_entering(struct nisv_vm *vm, unsigned int cpu,
			struct nisv_taken *taken)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;

	taken->vector = (nisv_vcpu_pc(vm, cpu) -
			 get_reg(vcpu, compat_vbar_reg(vcpu))) / VECTOR_SIZE;
	taken->esr = get_reg(vcpu, compat_alias(vcpu, SYS_ESR_EL1));
	taken->far = get_reg(vcpu, compat_alias(vcpu, SYS_FAR_EL1));
	taken->elr = get_reg(vcpu, compat_elr_reg(vcpu));
	taken->spsr = get_reg(vcpu, compat_spsr_reg(vcpu));
	taken->pstate = nisv_vcpu_pstate(vm, cpu);
}

void nisv_vcpu_make_enter(struct nisv_vm *vm, unsigned int cpu,
			  const struct nisv_taken *taken)
{
	struct kvm_vcpu *vcpu = vm->cpu[cpu].vcpu;

	vcpu_set_reg(vcpu, compat_alias(vcpu, SYS_ESR_EL1), taken->esr);
	vcpu_set_reg(vcpu, compat_alias(vcpu, SYS_FAR_EL1), taken->far);
	vcpu_set_reg(vcpu, compat_elr_reg(vcpu), taken->elr);
	vcpu_set_reg(vcpu, compat_spsr_reg(vcpu), taken->spsr);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.pstate), taken->pstate);
	nisv_vcpu_set_pc(vm, cpu, get_reg(vcpu, compat_vbar_reg(vcpu)) +
				  VECTOR_SIZE * taken->vector);
}

const struct nisv_regs *nisv_vcpu_seen(struct nisv_vm *vm, unsigned int cpu,
				       struct nisv_trap *trap)
{
	struct nisv_mailbox *mailbox = vm->cpu[cpu].mailbox;

	*trap = mailbox->trap;
	mailbox->out.fp = mailbox->in.fp;
	/* SVC itself, like any other instruction, clears BTYPE */
	mailbox->out.pstate = trap->spsr & ~PSTATE_BTYPE;
	if (trap->esr == (ESR_SVC | NISV_SVC_DONE))
		trap->vector = NISV_NO_VECTOR;
	return &mailbox->out;
}

const struct nisv_sve *nisv_vcpu_sve(struct nisv_vm *vm, unsigned int cpu)
{
	return &vm->cpu[cpu].mailbox->sve;
}

unsigned int nisv_vm_memory_changed(struct nisv_vm *vm, bool all)
{
	const size_t words = CHUNK / sizeof(u64);
	size_t near = all ? words : 512 / sizeof(u64);
	unsigned int changed = 0;
	size_t i;

	for (i = 0; vm->below && i < near; i++) {
		changed += vm->above[i] != nisv_pattern(i);
		changed += vm->below[words - 1 - i] !=
			   nisv_pattern(words - 1 - i);
	}
	return changed;
}
