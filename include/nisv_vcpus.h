/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test does to a vCPU while another thread is in KVM_RUN of it.
 */
#ifndef NISV_VCPUS_H
#define NISV_VCPUS_H

#include "nisv.h"

/*
 * After nisv_vcpu_load(): the guest waits in front of its form, within KVM_RUN,
 * until nisv_vcpu_go(). It uses X16 and X17 for that: @regs says so.
 */
void nisv_vcpu_hold(struct nisv_vm *vm, unsigned int cpu,
		    struct nisv_regs *regs);
bool nisv_vcpu_waits(const struct nisv_vm *vm, unsigned int cpu);
void nisv_vcpu_go(struct nisv_vm *vm, unsigned int cpu);

/*
 * Whether thread @tid of this process sleeps in the kernel, where a signal would
 * wake it: what a vCPU does in KVM_RUN that is stopped or suspended.
 */
bool nisv_thread_sleeps(int tid);

/* The same for one that waits where no signal wakes it. */
bool nisv_thread_blocked(int tid);

/* Writes immediate_exit of struct kvm_run: api.rst 5. */
void nisv_vcpu_immediate_exit(struct nisv_vm *vm, unsigned int cpu, bool on);

/*
 * A slot of 64 KiB with these @flags where the hole of SETTING_hole is, of the
 * memory @mem; NULL deletes it. What KVM_SET_USER_MEMORY_REGION returned, or the
 * negative errno.
 */
#define NISV_HOLE_SIZE	0x10000ul

int nisv_vm_slot_in_hole(struct nisv_vm *vm, void *mem, u32 flags);

#endif /* NISV_VCPUS_H */
