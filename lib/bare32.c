// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit guest without a library: one page of code, MMU off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv_arch.h"
#include "nisv_bare32.h"

static u64 x_reg(unsigned int n)
{
	return CORE_REG(regs.regs[0]) + 2 * n;
}

bool nisv_bare32_new(struct nisv_check *c, struct nisv_bare32 *b,
		     const u32 *code, unsigned int words)
{
	long page = sysconf(_SC_PAGESIZE);
	struct kvm_mp_state off = { .mp_state = KVM_MP_STATE_STOPPED };
	const u64 pc = NISV_BARE32_CODE;
	struct kvm_vcpu_init init = {};
	int i;

	b->dev = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (ioctl(b->dev, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL1_32BIT) <= 0) {
		nisv_skip(c, "the vCPU feature (KVM_CHECK_EXTENSION >= 1)", "0");
		close(b->dev);
		return false;
	}
	b->vm = ioctl(b->dev, KVM_CREATE_VM, 0l);
	b->memory = mmap(NULL, page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->memory == MAP_FAILED)
		abort();
	memcpy(b->memory, code, words * sizeof(*code));
	__builtin___clear_cache((char *)b->memory, (char *)(b->memory + words));
	nisv_set_slot(b->vm, 0, 0, NISV_BARE32_CODE, page, b->memory);
	ioctl(b->vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= 1u << KVM_ARM_VCPU_EL1_32BIT;
	for (i = 0; i < NISV_BARE32_VCPUS; i++) {
		b->vcpu[i] = ioctl(b->vm, KVM_CREATE_VCPU, (long)i);
		nisv_eq(c, "KVM_ARM_VCPU_INIT", 0,
			ioctl(b->vcpu[i], KVM_ARM_VCPU_INIT, &init) ? -errno : 0,
			nisv_show_result, "a vCPU can be initialised (api.rst 4.82)");
	}
	ioctl(b->vcpu[1], KVM_SET_MP_STATE, &off);
	nisv_set_register(b->vcpu[0], CORE_REG(regs.pc), &pc);
	return true;
}

void nisv_bare32_free(struct nisv_bare32 *b)
{
	int i;

	for (i = 0; i < NISV_BARE32_VCPUS; i++)
		close(b->vcpu[i]);
	close(b->vm);
	close(b->dev);
	munmap(b->memory, sysconf(_SC_PAGESIZE));
}

void nisv_bare32_run(struct nisv_check *c, struct nisv_bare32 *b)
{
	nisv_eq(c, "KVM_RUN", 0, ioctl(b->vcpu[0], KVM_RUN, NULL) ? -errno : 0,
		nisv_show_result, "KVM_RUN succeeds (api.rst 4.10)");
}

void nisv_bare32_set_x(struct nisv_bare32 *b, unsigned int n, u64 value)
{
	nisv_set_register(b->vcpu[0], x_reg(n), &value);
}

u64 nisv_bare32_get(struct nisv_bare32 *b, unsigned int cpu, u64 id)
{
	u64 value = 0;

	nisv_get_register(b->vcpu[cpu], id, &value);
	return value;
}

u64 nisv_bare32_x(struct nisv_bare32 *b, unsigned int cpu, unsigned int n)
{
	return nisv_bare32_get(b, cpu, x_reg(n));
}
