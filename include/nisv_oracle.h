/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two guests that run the same instructions with the same registers on the same
 * bytes, at the same addresses: one in ordinary memory, one where there is none,
 * with lib/emulate.c. Both must end in the same state: lib/oracle.c.
 *
 * Each runs many instructions in a row (lib/oracle_guest.S) and rings the doorbell
 * once. The layout of the control block is the assembler's as well.
 */
#ifndef NISV_ORACLE_H
#define NISV_ORACLE_H

#define NISV_CONTROL_IN		0
#define NISV_CONTROL_OUT	8
#define NISV_CONTROL_LEFT	16
#define NISV_CONTROL_DOORBELL	24
#define NISV_CONTROL_X1		32
#define NISV_CONTROL_VECTOR	40
#define NISV_CONTROL_SVE_IN	48
#define NISV_CONTROL_SVE_OUT	56

#define NISV_VECTORS_P		0x2000
#define NISV_VECTORS_FFR	0x2200
#define NISV_VECTORS_SIZE	0x3000

#ifndef __ASSEMBLER__
#include "nisv.h"
#include "nisv_emulate.h"

#define NISV_BATCH	256	/* instructions in a row, at most */
#define NISV_STUB	16	/* words of code for each */
#define NISV_AREA	256	/* bytes of memory for each */

/* The same with SVE. */
#define NISV_SVE_BATCH	32
#define NISV_SVE_AREA	2048

/* The SVE registers of a trial, one after the other, each as long as they are. */
struct nisv_vectors {
	u8 z[NISV_VECTORS_P];
	u8 p[NISV_VECTORS_FFR - NISV_VECTORS_P];
	u8 ffr[NISV_VECTORS_SIZE - NISV_VECTORS_FFR];
};

/*
 * A prologue that copies @bytes backward, else 0. One that is interrupted is run
 * again, and if what is left then does not overlap the CPU chooses the way anew
 * (DDI0487 C6.2, CPYP): Xd and Xs end as much higher as it goes forward.
 */
struct nisv_way {
	unsigned int d, s;
	u64 bytes;
};

/* An instruction, and where it is run. */
struct nisv_trial {
	u32 insn;
	/* run before and behind it; NOPs if 0 */
	u32 before;
	u32 behind;
	u32 behind_that;
	/*
	 * 0, or what is run in its place where there is no memory, because
	 * it would not exit: this does, at the address in the base register.
	 */
	u32 exits;
	/* what is behind it may exit as well, and each more than once */
	bool again;
	struct nisv_way copy;
	/* of fault_ipa only the page is known */
	bool page_only;
	/* what must be found afterwards: 0, or a load exclusive went before */
	bool monitor;
	const struct nisv_form *form;	/* NULL: none of the table */
};

/* Where memory and no memory meet: the VA there, and the bytes on both sides. */
struct nisv_edge {
	u64 va;
	u8 *before;
	u8 *behind;
};

#define NISV_EDGE	256	/* so many of them */

#define NISV_EMULATES	"nisv_emulate()"

/* What a trial led to that it must not. */
struct nisv_mismatch {
	unsigned int trial;
	const char *what;	/* "x%d", or NISV_EMULATES: the result */
	unsigned int index;
	u64 want;		/* in memory */
	u64 got;		/* emulated */
};

struct nisv_oracle {
	struct nisv_vm *vm[2];	/* with memory, without */
	/* one each: registers at the start, PC left out */
	struct nisv_regs *in;
	struct nisv_trial trial[NISV_BATCH];
	/* SVE: also their vectors, in bytes of nisv_oracle_length(); else NULL */
	struct nisv_vectors *vectors;
	unsigned int batch;	/* how many there may be */
	/* @area bytes each, which may be changed, from this address on */
	unsigned int area;
	bool anywhere;		/* a trial may access any area, not its own alone */
	u8 *memory;
	u64 va;
	u64 low_va;		/* SVE: the same below 4 GiB */
	/* memory with a slot in both guests, of which the trials use */
	bool slots;
	u64 slot_va;		/* NISV_SLOT_BYTES, and NISV_EDGE at the end */
	u8 *slot;
	struct nisv_edge edge[2];
	u64 kernel_va;		/* not for EL0, behind a page of what is none */
	/* the deliberately wrong emulator: */
	enum nisv_emulate_point wrong;	/* NISV_EMULATE_NR_POINTS: none */
	bool was_wrong[NISV_BATCH];	/* in this trial */
	bool differs[NISV_BATCH];	/* what the run led to */
	u64 exits;
};

/* Of all that differs, these are kept; the number is of all. */
#define NISV_MAX_MISMATCHES	16

#define NISV_NO_TRIAL	(~0u)
#define NISV_SLOT_BYTES	0x8000

/* @full: the vCPUs have all features that there are, SVE among them. */
struct nisv_oracle *nisv_oracle_new(bool full);
void nisv_oracle_free(struct nisv_oracle *o);

/* The same as @va, an area's, through a block of stage 1: where one page has all. */
u64 nisv_oracle_block_va(const struct nisv_oracle *o, u64 va);

/* The PC of trial @i, and whether EL0's data are big-endian in the next run. */
u64 nisv_oracle_pc(const struct nisv_oracle *o, unsigned int i);
void nisv_oracle_big_endian(struct nisv_oracle *o, bool big);

/*
 * SVE: the length of vectors in bytes, 0 without it; and another one of those
 * that are there, the same for the same @n.
 */
unsigned int nisv_oracle_length(const struct nisv_oracle *o);
void nisv_oracle_choose_length(struct nisv_oracle *o, unsigned int n);

/* FEAT_MOPS: whether this CPU has option B of these (DDI0487 C6.2). */
enum nisv_mops {
	NISV_SET,
	NISV_COPY,
	NISV_COPY_FORWARD,
	NISV_NR_MOPS
};

bool nisv_oracle_option_b(const struct nisv_oracle *o, enum nisv_mops kind);

/*
 * Runs the first @nr trials in both guests and compares. Returns how many
 * differ, or -1 when a guest does something else; @why then says what.
 */
int nisv_oracle_run(struct nisv_oracle *o, unsigned int nr,
		    struct nisv_mismatch *mismatch, char *why, size_t size);

/*
 * Runs trial 0 where there is no memory, with the MMU off, up to its exit, and
 * emulates it: X0 to X30 then, and how far PC has moved. Returns 0, or -1 and @why.
 */
int nisv_oracle_mmu_off(struct nisv_oracle *o, struct nisv_regs *regs,
			u64 *fault_ipa, char *why, size_t size);

/*
 * Runs trial 0 where there is no memory up to its first exit, and tries to emulate
 * that: what nisv_emulate() says, and whether memory or a device has changed.
 * Returns 0, or -1 and @why.
 */
int nisv_oracle_refuse(struct nisv_oracle *o, int *ret, bool *changed,
		       char *why, size_t size);

/*
 * Runs trial 0 where there is no memory, and nowhere else: its registers then, how
 * often it has exited, and whether memory or a device has changed. Returns 0, or
 * -1 and @why.
 */
int nisv_oracle_alone(struct nisv_oracle *o, struct nisv_regs *regs,
		      unsigned int *exits, bool *changed, char *why, size_t size);

/* The IPA of the first area's page. */
u64 nisv_oracle_ipa(const struct nisv_oracle *o);

/*
 * Emulates without a guest, with stage 1 off: what nisv_emulate() returns, the
 * address, and a hash of all that it would set or change. 0 when that is nothing.
 */
int nisv_oracle_dry(struct nisv_oracle *o, unsigned int trial, u64 *trace,
		    u64 *va);

extern char nisv_oracle_entry[];
#endif

#endif /* NISV_ORACLE_H */
