/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs whose interrupts a test makes itself: lib/pending.c.
 */
#ifndef NISV_PENDING_H
#define NISV_PENDING_H

#include <stdbool.h>

struct nisv_check;
struct nisv_vm;

/*
 * From now on no VM of this program has a vGIC, not even where guests could be at
 * virtual EL2 (compat.h), unless nisv_vm_add_timer_vgic() makes one.
 */
void nisv_without_vgic(void);

/* With one vCPU that has KVM_ARM_VCPU_PMU_V3, without a vGIC. */
struct nisv_vm *nisv_vm_new_with_pmu(void);

/*
 * Adds a vGICv3 to a VM whose one vCPU has not run, and sets it so that the
 * interrupt of the virtual timer (PPI 27) gets to the vCPU. False where there
 * can be none: the case is skipped; or where it failed.
 */
bool nisv_vm_add_timer_vgic(struct nisv_check *c, struct nisv_vm *vm);

#endif /* NISV_PENDING_H */
