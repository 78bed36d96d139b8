// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs whose interrupts a test makes itself, without a vGIC or with one that is
 * set to let the virtual timer through (Documentation/virt/kvm/devices/vcpu.rst,
 * arm-vgic-v3.rst; Arm IHI 0069, 12).
 */
#include <string.h>
#include <sys/ioctl.h>

#include "nisv_pending.h"
#include "nisv_vgic.h"
#include "vm.h"

#define TIMER_PPI		27

#define DIST_CTLR		0x0ul
#define DIST_CTLR_ON		0x12u		/* ARE, EnableGrp1 */
#define REDIST_IGROUPR0		0x10080ul	/* in its second frame */
#define REDIST_ISENABLER0	0x10100ul

#define CPU_REG(crn, crm, op2)	(3ull << 14 | (crn) << 7 | (crm) << 3 | (op2))
#define ICC_PMR			CPU_REG(4, 6, 0)
#define ICC_IGRPEN1		CPU_REG(12, 12, 7)

void nisv_without_vgic(void)
{
	test_disable_default_vgic();
}

struct nisv_vm *nisv_vm_new_with_pmu(void)
{
	struct kvm_device_attr init = {
		.group = KVM_ARM_VCPU_PMU_V3_CTRL,
		.attr = KVM_ARM_VCPU_PMU_V3_INIT,
	};
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(1);

	vm->features |= BIT(KVM_ARM_VCPU_PMU_V3);
	nisv_vm_add_vcpu(vm);
	TEST_ASSERT(!ioctl(vm->cpu[0].vcpu->fd, KVM_SET_DEVICE_ATTR, &init),
		    "KVM_ARM_VCPU_PMU_V3_INIT: %s", strerror(errno));
	return vm;
}

/* Of the only vCPU, whose affinity is 0. */
static void set_attr(struct nisv_check *c, struct nisv_vm *vm, u32 group,
		     u64 attr, void *value)
{
	nisv_eq(c, "vGIC", 0,
		nisv_vgic_attr(vm, KVM_SET_DEVICE_ATTR, group, attr, value),
		nisv_show_result,
		"a vGIC can be set before the guest runs (arm-vgic-v3.rst)");
}

bool nisv_vm_add_timer_vgic(struct nisv_check *c, struct nisv_vm *vm)
{
	u32 ctlr = DIST_CTLR_ON, groups = ~0u, enabled = BIT(TIMER_PPI);
	u64 priorities = 0xff, group = 1;

	if (!nisv_vm_add_vgic(c, vm))
		return false;
	set_attr(c, vm, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, DIST_CTLR, &ctlr);
	set_attr(c, vm, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, REDIST_IGROUPR0,
		 &groups);
	set_attr(c, vm, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, REDIST_ISENABLER0,
		 &enabled);
	set_attr(c, vm, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_PMR, &priorities);
	set_attr(c, vm, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_IGRPEN1, &group);
	return !nisv_failed(c);
}
