// SPDX-License-Identifier: GPL-2.0-only
/*
 * emulate: what lib/emulate.c takes words for, on the host.
 *
 * Reads words in hexadecimal, and prints for each the access, R, W or RW, and
 * how many bytes it is of; "-" if the word is refused. Every register is 0 and
 * so is memory, the MMU is off, a store-exclusive finds its monitor set, a block
 * of DC ZVA has 64 bytes, an SVE vector 32, and all its elements are active. A
 * word that then accesses nothing is asked again with every register -64, which
 * is 64 bytes of a copy or set.
 */
#include <stdio.h>
#include <string.h>

#include "nisv_emulate.h"

#define COPY	64

struct machine {
	u32 insn;
	u64 x;
	unsigned int loaded;
	unsigned int stored;
};

static int get(void *vmm, enum nisv_emulate_reg reg, unsigned int n, u64 *value)
{
	const struct machine *m = vmm;

	(void)n;
	*value = 0;
	switch (reg) {
	case NISV_EMULATE_X:
		*value = m->x;
		break;
	case NISV_EMULATE_V:
		value[1] = 0;
		break;
	case NISV_EMULATE_DCZID:
		*value = 4;
		break;
	case NISV_EMULATE_P:
		memset(value, 0xff, NISV_EMULATE_P_WORDS * sizeof(*value));
		break;
	case NISV_EMULATE_VLS:
		*value = 3;
		break;
	case NISV_EMULATE_ZCR:
		*value = 1;
		break;
	default:
		break;
	}
	return 0;
}

static int set(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
	       const u64 *value)
{
	(void)vmm;
	(void)reg;
	(void)n;
	(void)value;
	return 0;
}

static int memory(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	const struct machine *m = vmm;

	(void)ipa;
	memcpy(data, &m->insn, bytes);
	return 0;
}

static int read(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	struct machine *m = vmm;

	(void)ipa;
	memset(data, 0, bytes);
	m->loaded += bytes;
	return 0;
}

static int write(void *vmm, u64 ipa, const void *data, unsigned int bytes)
{
	struct machine *m = vmm;

	(void)ipa;
	(void)data;
	m->stored += bytes;
	return 0;
}

int main(void)
{
	static const struct nisv_emulate_ops ops = {
		.get = get,
		.set = set,
		.memory = memory,
		.read = read,
		.write = write,
	};
	struct machine m;
	struct nisv_emulate e = { .ops = &ops, .vmm = &m, .monitor = true };

	while (scanf("%x", &m.insn) == 1) {
		int err;

		m.loaded = 0;
		m.stored = 0;
		m.x = 0;
		err = nisv_emulate(&e);
		m.x = -(u64)COPY;
		if (!err && !m.loaded && !m.stored)
			err = nisv_emulate(&e);
		if (err)
			puts("-");
		else
			printf("%s%s %u\n", m.loaded ? "R" : "",
			       m.stored ? "W" : "",
			       m.loaded ? m.loaded : m.stored);
	}
	return 0;
}
