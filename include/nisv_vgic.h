/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vGICv3 of a VM. Who wants one makes it, but where guests are at virtual EL2,
 * and the selftest library has: lib/vgic.c.
 */
#ifndef NISV_VGIC_H
#define NISV_VGIC_H

#include "nisv.h"

/* Where the distributor is; the redistributors are right behind it. */
u64 nisv_vgic_ipa(void);

/* The vGIC's file, which goes with the VM; -1: there is none. */
int nisv_vgic_fd(const struct nisv_vm *vm);

/*
 * Makes one for a VM that has all its vCPUs and has not run, unless the library
 * has: 0 or the negative errno.
 */
int nisv_vgic_make(struct nisv_vm *vm);

/* The same; false where there can be none: the case is skipped, or has failed. */
bool nisv_vm_add_vgic(struct nisv_check *c, struct nisv_vm *vm);

/*
 * KVM_GET_DEVICE_ATTR or KVM_SET_DEVICE_ATTR of the vGIC: 0 or the negative
 * errno.
 */
int nisv_vgic_attr(const struct nisv_vm *vm, unsigned long request, u32 group,
		   u64 attr, void *value);

#endif /* NISV_VGIC_H */
