// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs whose interrupts a test makes itself, without a vGIC or with one that is
 * set to let the virtual timer through (Documentation/virt/kvm/devices/vcpu.rst,
 * arm-vgic-v3.rst; Arm IHI 0069, 12).
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nisv_pending.h"
#include "vm.h"

#define TIMER_PPI		27

#define DIST_SIZE		0x10000ul
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
static void set_attr(struct nisv_check *c, int fd, u32 group, u64 attr,
		     void *value)
{
	struct kvm_device_attr a = {
		.group = group,
		.attr = attr,
		.addr = (u64)value,
	};

	nisv_eq(c, "vGIC", 0,
		nisv_result(ioctl(fd, KVM_SET_DEVICE_ATTR, &a)),
		nisv_show_result,
		"a vGIC can be set before the guest runs (arm-vgic-v3.rst)");
}

bool nisv_vm_add_vgic(struct nisv_check *c, struct nisv_vm *vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	u64 dist = nisv_vgic_ipa(), redist = dist + DIST_SIZE;
	u32 ctlr = DIST_CTLR_ON, groups = ~0u, enabled = BIT(TIMER_PPI);
	u64 priorities = 0xff, group = 1;

	if (ioctl(vm->vm->fd, KVM_CREATE_DEVICE, &device)) {
		if (errno == ENODEV)
			nisv_skip(c, "a vGICv3 (KVM_DEV_TYPE_ARM_VGIC_V3)",
				  "KVM_CREATE_DEVICE: ENODEV");
		else
			nisv_fail(c, "KVM_CREATE_DEVICE of a vGICv3: %s",
				  strerror(errno));
		return false;
	}
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
		 KVM_VGIC_V3_ADDR_TYPE_DIST, &dist);
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
		 KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist);
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
		 KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, DIST_CTLR, &ctlr);
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
		 REDIST_IGROUPR0, &groups);
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
		 REDIST_ISENABLER0, &enabled);
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_PMR,
		 &priorities);
	set_attr(c, device.fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_IGRPEN1,
		 &group);
	close(device.fd);
	return !nisv_failed(c);
}
