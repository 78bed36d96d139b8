// SPDX-License-Identifier: GPL-2.0-only
/*
 * emulate: what lib/emulate.c takes words for, on the host.
 *
 * Reads words in hexadecimal, and prints for each the access, R, W or RW, and
 * how many bytes it is of; "-" if the word is refused. Every register is 0 and
 * so is memory, the MMU is off, a store-exclusive finds its monitor set, and a
 * block of DC ZVA has 64 bytes.
 */
#include <stdio.h>
#include <string.h>

#include "nisv_emulate.h"

struct machine {
	u32 insn;
	unsigned int loaded;
	unsigned int stored;
};

static int get(void *vmm, enum nisv_emulate_reg reg, unsigned int n, u64 *value)
{
	(void)vmm;
	(void)n;
	*value = 0;
	if (reg == NISV_EMULATE_V)
		value[1] = 0;
	if (reg == NISV_EMULATE_DCZID)
		*value = 4;
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
		m.loaded = 0;
		m.stored = 0;
		if (nisv_emulate(&e))
			puts("-");
		else
			printf("%s%s %u\n", m.loaded ? "R" : "",
			       m.stored ? "W" : "",
			       m.loaded ? m.loaded : m.stored);
	}
	return 0;
}
