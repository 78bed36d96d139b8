// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulator's FEAT_MOPS: CPYP, CPYM, CPYE, CPYFP, CPYFM, CPYFE, SETP, SETM
 * and SETE with all their options (DDI0487 C4.1.94 "Memory copy and memory set",
 * C6.2).
 *
 * Each is left as though an abort behind the next end of a page, of the one or
 * the other address, had interrupted it: the registers say what is left, in the
 * way that they have it then (C6.2, "UpdateCpyRegisters"), and PC stays, also
 * when nothing is left. So it is the CPU that ends each part: how much is whose,
 * and whether it is option A or B, which a prologue chooses, is its own.
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
	bool to_unprivileged, from_unprivileged;
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
	m->to_unprivileged = bit(insn, 12);
	m->from_unprivileged = !m->set && bit(insn, 13);
	if (!m->set && (insn & 0xfb200c00) != 0x19000400)
		return false;
	/* the data of a set may be XZR */
	return m->part < NR_PARTS && m->d != 31 && m->n != 31 &&
	       (m->set || m->s != 31) && m->d != m->n && m->d != m->s &&
	       m->n != m->s;
}

/*
 * A copy goes backward where it would overwrite what is still to be read. What a
 * prologue finds and what it leaves are the same: the lowest addresses, and how
 * many bytes there are (C6.2, "undo any formatting").
 */
static bool goes_backward(u64 to, u64 from, u64 size)
{
	to &= GENMASK_ULL(55, 0);
	from &= GENMASK_ULL(55, 0);
	return from < to && from + size > to;
}

static void begin(struct mops *m)
{
	u64 most = m->set || m->forward_only ? GENMASK_ULL(62, 0) :
					       GENMASK_ULL(54, 0);

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
	unsigned int write = EMULATE_WRITE, read = EMULATE_READ;
	bool big = r->big;

	if (m->to_unprivileged)
		write |= EMULATE_UNPRIVILEGED;
	if (m->from_unprivileged)
		read |= EMULATE_UNPRIVILEGED;
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
		emulate_probe(r, m->backward ? to - bytes : to, bytes, write);
	if (bytes && !m->set)
		emulate_probe(r, m->backward ? from - bytes : from, bytes, read);
	r->big = false;
	while (bytes && !r->err) {
		unsigned int n = least(bytes, UNIT);

		if (m->backward) {
			to -= n;
			from -= n;
		}
		value[0] = data * 0x0101010101010101ull;
		value[1] = value[0];
		r->use = read;
		if (!m->set)
			emulate_load(r, from, n, value);
		r->use = write;
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
	bool begins = m->part == PROLOGUE;
	/* where Xd and Xs are of what is left */
	u64 behind = !begins && m->backward == m->option_b ? m->left : 0;
	u64 to = HOOK(r, copy_to, m->to + behind);
	u64 from = HOOK(r, copy_from, m->from + behind);
	u64 left = begins || m->backward || m->option_b ? m->left : -m->left;

	left = HOOK(r, copy_left, left);
	emulate_set(r, NISV_EMULATE_X, m->d, &to);
	if (!m->set)
		emulate_set(r, NISV_EMULATE_X, m->s, &from);
	emulate_set(r, NISV_EMULATE_X, m->n, &left);
	r->stays = true;
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
		begin(&m);
	else if (!go_on(r, &m))
		return false;
	do_page(r, &m);
	end(r, &m);
	return true;
}
