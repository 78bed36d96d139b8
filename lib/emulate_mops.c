// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulator's FEAT_MOPS: CPYP, CPYM, CPYE, CPYFP, CPYFM, CPYFE, SETP, SETM
 * and SETE with all their options (DDI0487 C4.1.94 "Memory copy and memory set",
 * C6.2), in the ways that the CPU may have them, option A and option B.
 *
 * How many bytes a prologue and a main part do is IMPLEMENTATION DEFINED, and
 * each may be interrupted: here they go to the next end of a page, of the one or
 * the other address. What then is left to a main part or an epilogue is in the
 * registers, and the instruction is run again.
 *
 * Not known, hence -EOPNOTSUPP: SETG*, which stores tags as well.
 */
#include <errno.h>

#include "nisv_emulation.h"

#define PSTATE_NZCV	0xf0000000ull
#define PSTATE_N	BIT_ULL(31)
#define PSTATE_C	BIT_ULL(29)

#define UNIT		16	/* bytes at once */

enum part {
	PROLOGUE,
	MAIN,
	EPILOGUE,
	NR_PARTS
};

struct mops {
	bool set;
	bool forward_only;
	enum part part;
	unsigned int d, s, n;
	/* the bytes that are left, from their lowest address on */
	bool option_b;
	bool backward;
	u64 to, from;
	u64 left;
};

static bool decode(u32 insn, struct mops *m)
{
	m->set = (insn & 0xffe00c00) == 0x19c00400;
	m->forward_only = !bit(insn, 26);
	m->part = m->set ? bits(insn, 15, 14) : bits(insn, 23, 22);
	m->d = bits(insn, 4, 0);
	m->n = bits(insn, 9, 5);
	m->s = bits(insn, 20, 16);
	if (!m->set && (insn & 0xfb200c00) != 0x19000400)
		return false;
	/* the data of a set may be XZR */
	return m->part < NR_PARTS && m->d != 31 && m->n != 31 &&
	       (m->set || m->s != 31) && m->d != m->n && m->d != m->s &&
	       m->n != m->s;
}

/* A copy goes backward where it would overwrite what is still to be read. */
static bool goes_backward(u64 to, u64 from, u64 size)
{
	to &= GENMASK_ULL(55, 0);
	from &= GENMASK_ULL(55, 0);
	return from < to && from + size > to;
}

static void begin(struct emulation *r, struct mops *m)
{
	u64 most = m->set || m->forward_only ? GENMASK_ULL(62, 0) :
					       GENMASK_ULL(54, 0);

	m->option_b = emulate_get_one(r, NISV_EMULATE_MOPS, 0) & PSTATE_C;
	if (m->left > most)
		m->left = most;
	m->backward = !m->set && !m->forward_only &&
		      goes_backward(m->to, m->from, m->left);
}

/* What a part before has left. False: it was one of another option. */
static bool go_on(struct emulation *r, struct mops *m)
{
	u64 flags = r->pstate & PSTATE_NZCV;
	s64 n = m->left;

	m->option_b = flags & PSTATE_C;
	if (m->option_b) {
		m->backward = flags & PSTATE_N;
		if (m->backward) {
			m->to -= m->left;
			m->from -= m->left;
		}
		return n >= 0 && !(flags & ~(PSTATE_N | PSTATE_C)) &&
		       !(m->backward && (m->set || m->forward_only));
	}
	m->backward = n > 0;
	if (!m->backward) {
		m->left = -n;
		m->to += n;
		m->from += n;
	}
	return !flags && !(m->backward && (m->set || m->forward_only));
}

/* Bytes from @va on, or up to it, that are in its page. */
static u64 in_page(u64 va, bool backward)
{
	u64 at = va & (EMULATE_PAGE - 1);

	return backward ? (at ? at : EMULATE_PAGE) : EMULATE_PAGE - at;
}

static u64 least(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* To the end of a page; bytes have no order. */
static void do_page(struct emulation *r, struct mops *m)
{
	u64 behind = m->backward ? m->left : 0;
	u64 to = m->to + behind, from = m->from + behind;
	u64 value[2], data = m->set ? emulate_get_x(r, m->s) & 0xff : 0;
	u64 bytes = least(m->left, in_page(to, m->backward));
	bool big = r->big;

	if (!m->set)
		bytes = least(bytes, in_page(from, m->backward));
	/* the byte that is next */
	r->e->va = m->backward ? to - 1 : to;
	if (!m->set)
		r->e->from = m->backward ? from - 1 : from;
	to = HOOK(r, address, to);
	m->left -= bytes;
	if (!m->backward) {
		m->to += bytes;
		m->from += bytes;
	}
	if (bytes)
		emulate_probe(r, m->backward ? to - bytes : to, bytes);
	r->big = false;
	while (bytes && !r->err) {
		unsigned int n = least(bytes, UNIT);

		if (m->backward) {
			to -= n;
			from -= n;
		}
		value[0] = data * 0x0101010101010101ull;
		value[1] = value[0];
		if (!m->set)
			emulate_load(r, from, n, value);
		emulate_store(r, to, n, value);
		if (!m->backward) {
			to += n;
			from += n;
		}
		bytes -= n;
	}
	r->big = big;
}

static void end(struct emulation *r, const struct mops *m)
{
	/* where Xd and Xs are of what is left */
	u64 behind = m->backward == m->option_b ? m->left : 0;
	u64 to = HOOK(r, copy_to, m->to + behind);
	u64 from = HOOK(r, copy_from, m->from + behind);
	u64 left = m->backward || m->option_b ? m->left : -m->left;

	left = HOOK(r, copy_left, left);
	emulate_set(r, NISV_EMULATE_X, m->d, &to);
	if (!m->set)
		emulate_set(r, NISV_EMULATE_X, m->s, &from);
	emulate_set(r, NISV_EMULATE_X, m->n, &left);
	if (m->part == PROLOGUE) {
		r->after &= ~PSTATE_NZCV;
		if (m->option_b)
			r->after |= PSTATE_C | (m->backward ? PSTATE_N : 0);
		r->after ^= HOOK(r, copy_option, 0);
	} else {
		r->stays = m->left;
	}
}

bool emulate_mops(struct emulation *r)
{
	struct mops m = {};

	if (!decode(r->e->insn, &m))
		return false;
	m.to = emulate_get_x(r, m.d);
	m.from = m.set ? 0 : emulate_get_x(r, m.s);
	m.left = emulate_get_x(r, m.n);
	if (m.part == PROLOGUE)
		begin(r, &m);
	else if (!go_on(r, &m))
		return false;
	do_page(r, &m);
	end(r, &m);
	return true;
}
