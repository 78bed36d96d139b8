/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest hypervisor and its guest: lib/nested.c, lib/nested_guest.S.
 *
 * L1 runs at virtual EL2 and has a stage 2 of its own. It does nothing but run
 * L2, at EL1, which is the guest that every other VM has (lib/guest.S); what L2
 * does that is L1's to handle, L1 writes down, and rings a doorbell of its own.
 * Then it enters L2 again, with what the host may have changed.
 */
#ifndef NISV_NESTED_H
#define NISV_NESTED_H

/* Offsets in struct nisv_l1 for the assembler. */
#define NISV_L1_VECTOR		248
#define NISV_L1_ESR		256
#define NISV_L1_FAR		264
#define NISV_L1_HPFAR		272
#define NISV_L1_ELR		280
#define NISV_L1_SPSR		288
#define NISV_L1_VTTBR		296
#define NISV_L1_VTCR		304
#define NISV_L1_HCR		312
#define NISV_L1_DOORBELL	320
#define NISV_L1_TLBI		328
#define NISV_L1_TLBI_OPERAND	336

/* What L1 can invalidate (DDI0487 C5.5): a bit each of "tlbi". */
#define NISV_TLBI_IPA		0	/* TLBI IPAS2E1IS */
#define NISV_TLBI_RANGE		1	/* TLBI RIPAS2E1IS */
#define NISV_TLBI_VMID		2	/* TLBI VMALLS12E1IS */

#ifndef __ASSEMBLER__
#include "nisv.h"

/* What L1 has. */
struct nisv_l1 {
	u64 x[31];	/* of L2, when it came to L1, and when L1 enters it */
	u64 vector;	/* the exception that L1 took: into its vector table */
	u64 esr;
	u64 far;
	u64 hpfar;
	u64 elr;	/* of it, and where L1 enters L2 */
	u64 spsr;
	u64 vttbr;	/* with what L1 enters L2 */
	u64 vtcr;
	u64 hcr;
	u64 doorbell;	/* VA in L1 */
	u64 tlbi;	/* what it invalidates when it next enters L2 */
	u64 tlbi_operand;
};

#define NISV_NESTED_VCPUS	2

extern struct nisv_l1 nisv_l1[NISV_NESTED_VCPUS];
extern char nisv_l1_vectors[];
extern char nisv_l1_entry[];

/* lib/guest.S once more, with the names of EL2 */
extern char nisv_guest_el2_vectors[];
extern char nisv_guest_el2_entry[];

/* Who runs the forms. */
enum nisv_level {
	LEVEL_VEL2,		/* a guest at virtual EL2 with E2H=1 */
	LEVEL_VEL2_E2H0,	/* with E2H=0 */
	LEVEL_L2,		/* a guest at EL1 of one at virtual EL2, E2H=1 */
	LEVEL_L2_E2H0,
	LEVEL_L2_FLAT,		/* L1 (E2H=1) has HCR_EL2.VM=0: no stage 2 */
	NISV_NR_LEVELS
};

static inline bool nisv_level_is_l2(enum nisv_level level)
{
	return level == LEVEL_L2 || level == LEVEL_L2_E2H0 ||
	       level == LEVEL_L2_FLAT;
}

static inline bool nisv_level_has_stage2(enum nisv_level level)
{
	return level == LEVEL_L2 || level == LEVEL_L2_E2H0;
}

struct nisv_nested {
	/*
	 * Forms run in it as in any other: at L2 its VAs are those of L2, its
	 * IPAs those of L1.
	 */
	struct nisv_vm *vm;
	enum nisv_level level;
	unsigned int nr_vcpus;
	struct nisv_l1 *l1;	/* of each vCPU */
	u64 page;
	u64 hole;		/* the first page where no slot is, IPA of L1 */
	u64 *tables;		/* memory of the tables of L2 and of stage 2 */
	u64 tables_ipa;
	unsigned int nr_tables;
	u64 next_ipa;		/* of L2, where nothing is yet */
};

/*
 * What is needed for that level and is not there, and what is there instead;
 * NULL when all is there.
 */
const char *nisv_level_missing(enum nisv_level level, const char **found);

/*
 * A VM for that level, with so many vCPUs, and memory on both sides of the hole.
 * For L2 the hole is mapped in stage 1 of L2 and in stage 2 of L1, where there is
 * one; what is L2's IPA of it then is memory of L1. All vCPUs have the same
 * tables.
 */
struct nisv_nested *nisv_nested_new(enum nisv_level level,
				    unsigned int nr_vcpus);
void nisv_nested_free(struct nisv_nested *n);

/* HCR_EL2.TEA of L1, from when it next enters L2. */
void nisv_nested_set_tea(struct nisv_nested *n, bool tea);

/* The same of HCR_EL2.AMO, for one vCPU. */
void nisv_nested_set_amo(struct nisv_nested *n, unsigned int cpu, bool amo);

/*
 * Maps @va of L2 to an IPA of L2, and that to @ipa of L1: L2's IPA, which is @ipa
 * where L1 has no stage 2.
 */
u64 nisv_nested_map(struct nisv_nested *n, u64 va, u64 ipa, u64 size);

/*
 * Maps the page at @va of L2 to an IPA of L2 that a block of stage 2 maps, so
 * that L1's IPA is @ipa. Returns the IPA of L2; each block of L1's IPAs has one
 * in L2.
 */
u64 nisv_nested_map_block(struct nisv_nested *n, u64 va, u64 ipa);
u64 nisv_nested_block_size(const struct nisv_nested *n);

/*
 * The last table of the translation of @va in L2's stage 1 is then where no slot
 * is, in a VM that has not used it: L2's IPA of the table, which L1's stage 2
 * maps.
 */
u64 nisv_nested_open_walk(struct nisv_nested *n, u64 va);

/*
 * The page at @va of L2 gets @ipa of L2: the descriptor for that in L1's stage 2,
 * @above levels above the page's. There are IPAs that share no table with others.
 */
u64 *nisv_nested_move(struct nisv_nested *n, u64 va, u64 ipa,
		      unsigned int above);
#define NISV_FAR_IPA		0x800000000ul
#define NISV_HUGE_IPA		0x840000000ul	/* and aligned as any block */
#define NISV_OTHER_IPA		0x880000000ul

/*
 * Makes L1's other stage 2, which maps what the usual one maps now: the descriptor
 * in it for @ipa, which shares no table with what was mapped; it is 0.
 */
u64 *nisv_nested_other_stage2(struct nisv_nested *n, u64 ipa);

/*
 * With which stage 2, and with which VMID, L1 next enters L2 on vCPU @cpu; it
 * begins with the usual one and NISV_VMID.
 */
void nisv_nested_use(struct nisv_nested *n, unsigned int cpu, bool other,
		     unsigned int vmid);
#define NISV_VMID		1

/* L1 invalidates that, NISV_TLBI_*, when it next enters L2: @ipa of L2, or all. */
void nisv_nested_invalidate(struct nisv_nested *n, unsigned int cpu,
			    unsigned int tlbi, u64 ipa);

/*
 * L1 of vCPU 0, which has rung and goes on, is then big-endian with its MMU off,
 * or as it was. It finds the usual stage 2 and struct nisv_l1 in its byte order:
 * the functions above are for a little-endian one.
 */
void nisv_nested_set_big_endian(struct nisv_nested *n, bool big);

/*
 * Memory of a slot that is a hugepage, its size, and where it is for L1; NULL
 * where there is none.
 */
u64 *nisv_nested_huge(struct nisv_nested *n, u64 *ipa, u64 *size);

/* A descriptor of stage 2 that maps a page to @ipa of L1. */
u64 nisv_nested_page(u64 ipa);

/*
 * The descriptors of @va in L2's stage 1, and of @ipa in L1's stage 2: of the
 * page (@above 0), or of a table above it. nisv_nested_levels() says how many
 * there are. What L2 has used must stay as it is until L1 invalidates it, but for
 * an entry that was invalid or without AF.
 */
u64 *nisv_nested_stage1(struct nisv_nested *n, u64 va, unsigned int above);
u64 *nisv_nested_stage2(struct nisv_nested *n, u64 ipa, unsigned int above);
unsigned int nisv_nested_levels(const struct nisv_nested *n);

/* Bits of a descriptor of stage 1, and of stage 2 (DDI0487 D8.3.2). */
#define NISV_S1_EL0		BIT_ULL(6)
#define NISV_S2_VALID		BIT_ULL(0)
#define NISV_S2_TABLE		3ull
#define NISV_S2_READ		BIT_ULL(6)
#define NISV_S2_WRITE		BIT_ULL(7)
#define NISV_S2_AF		BIT_ULL(10)
#define NISV_S2_NO_EXEC		BIT_ULL(54)

/* Where L1 rings. */
u64 nisv_nested_doorbell_ipa(const struct nisv_nested *n);

/*
 * Whether the host survives KVM_SET_VCPU_EVENTS that gives L1 an abort while L2
 * runs, as far as one can say without trying: the version decides.
 */
bool nisv_nested_survives_abort_to_l1(void);

/* The exception to L1 that the vCPU is entering: see nisv_vcpu_entering(). */
void nisv_nested_entering_l1(struct nisv_nested *n, unsigned int cpu,
			     struct nisv_taken *taken);

/* SCTLR_EL2 and PSTATE.M of L1's handlers. */
u64 nisv_nested_sctlr(const struct nisv_nested *n);
#define NISV_MODE_EL2H		9
#endif

#endif /* NISV_NESTED_H */
