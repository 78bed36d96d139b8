// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vGICv3, as any VMM makes it (Documentation/virt/kvm/devices/arm-vgic-v3.rst).
 */
#include <string.h>
#include <sys/ioctl.h>

#include "nisv_arch.h"
#include "nisv_vgic.h"
#include "vm.h"

u64 nisv_vgic_ipa(void)
{
	return GICD_BASE_GPA;
}

int nisv_vgic_fd(const struct nisv_vm *vm)
{
	return vm->vgic ? vm->vgic : compat_vgic_fd(vm->vm);
}

int nisv_vgic_attr(const struct nisv_vm *vm, unsigned long request, u32 group,
		   u64 attr, void *value)
{
	struct kvm_device_attr a = {
		.group = group,
		.attr = attr,
		.addr = (u64)value,
	};

	return nisv_result(ioctl(nisv_vgic_fd(vm), request, &a));
}

int nisv_vgic_make(struct nisv_vm *vm)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	u64 dist = nisv_vgic_ipa(), redist = dist + GICD_SIZE;
	const struct {
		u32 group;
		u64 attr;
		u64 *value;
	} steps[] = {
		{ KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist },
		{ KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
		  &redist },
		{ KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL },
	};
	size_t i;
	int ret;

	if (nisv_vgic_fd(vm) >= 0)
		return 0;
	ret = nisv_result(ioctl(vm->vm->fd, KVM_CREATE_DEVICE, &device));
	if (ret)
		return ret;
	vm->vgic = device.fd;
	for (i = 0; i < ARRAY_SIZE(steps) && !ret; i++)
		ret = nisv_vgic_attr(vm, KVM_SET_DEVICE_ATTR, steps[i].group,
				     steps[i].attr, steps[i].value);
	return ret;
}

bool nisv_vm_add_vgic(struct nisv_check *c, struct nisv_vm *vm)
{
	int ret = nisv_vgic_make(vm);

	if (ret == -ENODEV)
		nisv_skip(c, "a vGICv3 (KVM_DEV_TYPE_ARM_VGIC_V3)",
			  "KVM_CREATE_DEVICE: ENODEV");
	else if (ret)
		nisv_fail(c, "a vGICv3 cannot be made: %s", strerror(-ret));
	return !ret;
}
