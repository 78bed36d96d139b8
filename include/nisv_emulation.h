/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the emulator have in common: lib/emulate.c, which has the
 * frame of it all, lib/emulate_sve.c and lib/emulate_mops.c. Who uses the
 * emulator needs include/nisv_emulate.h alone.
 */
#ifndef NISV_EMULATION_H
#define NISV_EMULATION_H

#include <linux/bits.h>
#include <linux/kernel.h>

#include "nisv_emulate.h"

#define EMULATE_SP	31
#define EMULATE_ZR	31
#define EMULATE_PAGE	0x1000ull	/* no translation is finer */

/* What an access does with an address. */
#define EMULATE_READ		0x1u
#define EMULATE_WRITE		0x2u
#define EMULATE_UNPRIVILEGED	0x4u	/* as at EL0, but for PSTATE.UAO */

/* What stage 1 says of an address; all false: whatever is done is allowed. */
struct emulate_page {
	u64 ipa;
	bool checked;		/* and these count: */
	bool no_el0;		/* EL0 has no access, */
	bool el0_not_here;	/* nor anything in that half (E0PD) */
	bool el0_executes;
	bool epan;		/* which keeps EL1 out where there is PAN */
	bool read_only;
	bool unused;		/* the access flag is 0; */
	bool changes;		/* the CPU sets it */
	bool clean;		/* the CPU makes it writable */
};

/* One emulation. The first error stays, and nothing happens after it. */
struct emulation {
	struct nisv_emulate *e;
	const struct access *a;	/* of lib/emulate.c */
	u64 pstate;		/* as it was */
	u64 pc;
	bool stays;		/* which is to run again */
	bool big;
	int err;
	/* of the access; a load does but read, a store but write */
	unsigned int use;
	/* the last translation, and for what use it is permitted */
	bool translated;
	unsigned int permitted;
	u64 va_page;
	struct emulate_page page;
};

static inline u32 bits(u32 insn, unsigned int high, unsigned int low)
{
	return (insn >> low) & ((1u << (high - low + 1)) - 1);
}

static inline bool bit(u32 insn, unsigned int n)
{
	return (insn >> n) & 1;
}

static inline s64 sbits(u32 insn, unsigned int high, unsigned int low)
{
	s64 sign = 1ll << (high - low);

	return ((s64)bits(insn, high, low) ^ sign) - sign;
}

static inline u64 low_bytes(u64 value, unsigned int bytes)
{
	return bytes < 8 ? value & (BIT_ULL(8 * bytes) - 1) : value;
}

static inline s64 sign_extended(u64 value, unsigned int bytes)
{
	unsigned int unused = 64 - 8 * bytes;

	return (s64)(value << unused) >> unused;
}

/* Element @n, of @bytes, of a vector. */
static inline u64 get_element(const u64 *v, unsigned int n, unsigned int bytes)
{
	return low_bytes(v[n * bytes / 8] >> (n * bytes % 8 * 8), bytes);
}

static inline void set_element(u64 *v, unsigned int n, unsigned int bytes,
			       u64 value)
{
	unsigned int shift = n * bytes % 8 * 8;
	u64 mask = low_bytes(~0ull, bytes) << shift;

	v += n * bytes / 8;
	*v = (*v & ~mask) | (value << shift & mask);
}

/* The tests are built with hooks, a VMM is not. */
#ifdef NISV_EMULATE_HOOKS
static inline u64 emulate_hook(struct emulation *r,
			       enum nisv_emulate_point point, u64 value)
{
	const struct nisv_emulate_ops *ops = r->e->ops;

	return ops->hook ? ops->hook(r->e->vmm, point, value) : value;
}

#define HOOK(r, point, value)	\
	emulate_hook(r, NISV_EMULATE_POINT_##point, value)
#else
#define HOOK(r, point, value)	((void)(r), (u64)(value))
#endif

/* ---- lib/emulate.c ---- */

/* A register of the VMM, of as many words as nisv_emulate.h says. */
void emulate_get(struct emulation *r, enum nisv_emulate_reg reg,
		 unsigned int n, u64 *value);
void emulate_set(struct emulation *r, enum nisv_emulate_reg reg,
		 unsigned int n, const u64 *value);

/* One of one word; X31 is XZR, and as a base SP. */
u64 emulate_get_one(struct emulation *r, enum nisv_emulate_reg reg,
		    unsigned int n);
u64 emulate_get_x(struct emulation *r, unsigned int n);
u64 emulate_get_base(struct emulation *r, unsigned int n);

/* Fails in streaming mode. */
void emulate_vectors(struct emulation *r);

/* Fails where stage 1 does not allow that use of one of @bytes, at most a page. */
void emulate_probe(struct emulation *r, u64 va, unsigned int bytes,
		   unsigned int use);

/* @bytes, 1 to 16, in the guest's byte order. */
void emulate_load(struct emulation *r, u64 va, unsigned int bytes, u64 *value);
void emulate_store(struct emulation *r, u64 va, unsigned int bytes,
		   const u64 *value);

/* ---- each takes the word if it is its own; false: it has done nothing ---- */

bool emulate_sve(struct emulation *r);
bool emulate_mops(struct emulation *r);

#endif /* NISV_EMULATION_H */
