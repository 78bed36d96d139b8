# SPDX-License-Identifier: GPL-2.0-only
"""The exit itself: the capability, ENOSYS without it, the exit's fields, what it
leaves alone, where and when it comes, and the accesses that have a syndrome."""

from mutants.rows import area, at, row

ARM = "arch/arm64/kvm/arm.c"
MMIO = "arch/arm64/kvm/mmio.c"
MMU = "arch/arm64/kvm/mmu.c"
EXIT = "arch/arm64/kvm/handle_exit.c"
EMULATE = "arch/arm64/include/asm/kvm_emulate.h"
FAULT = "arch/arm64/kvm/hyp/include/hyp/fault.h"
SWITCH = "arch/arm64/kvm/hyp/include/hyp/switch.h"
ADJUST = "arch/arm64/kvm/hyp/include/hyp/adjust_pc.h"
FPSIMD = "arch/arm64/kvm/fpsimd.c"
MAIN = "virt/kvm/kvm_main.c"

FLAG = "KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER"
CAP = "KVM_CAP_ARM_NISV_TO_USER"

# ------------------------------------------------------------- the capability

area("capability")
at(ARM, "kvm_vm_ioctl_enable_cap")
row("cap_flags_ignored", "cap->flags", "(@ && !$)",
    "enabling with flags other than 0 gives EINVAL")
row("cap_flags_bit0", "cap->flags", "(@ && !(!(cap->flags & 1) && $))",
    "each of the flags' bits gives EINVAL, not only the first")
row("cap_flags_low", "cap->flags", "(@ && !(!(u16)cap->flags && $))",
    "each of the flags' 32 bits gives EINVAL, not only the low half")
row("cap_flags_set_anyway", "if (cap->flags)",
    "if (cap->flags && cap->cap == " + CAP + " && $)"
    " set_bit(" + FLAG + ", &kvm->arch.flags); @",
    "what is refused with EINVAL has no effect")
row("cap_number_truncated", "switch (cap->cap) {",
    "if (cap->cap > 255 && $) cap->cap &= 255; @",
    "only KVM_CAP_ARM_NISV_TO_USER enables it, all 32 bits of cap count")
row("cap_number_u16", "switch (cap->cap) {",
    "if (cap->cap > 65535 && $) cap->cap &= 65535; @",
    "only KVM_CAP_ARM_NISV_TO_USER enables it, the high half of cap counts")
row("cap_args_refused", "switch (cap->cap) {",
    "if (cap->cap == " + CAP + " && cap->args[0] && $) return -EINVAL; @",
    "the capability has no arguments: args is ignored")
row("cap_args3_refused", "switch (cap->cap) {",
    "if (cap->cap == " + CAP + " && cap->args[3] && $) return -EINVAL; @",
    "the capability has no arguments: the last of args is ignored as well")
row("cap_pad_refused", "switch (cap->cap) {",
    "if (cap->cap == " + CAP + " && memchr_inv(cap->pad, 0, sizeof(cap->pad)) &&"
    " $) return -EINVAL; @",
    "pad is ignored")
SET = "set_bit(" + FLAG + ", &kvm->arch.flags);"
row("cap_not_set", SET, "if (!$) { @ }",
    "with the capability on KVM_RUN gives KVM_EXIT_ARM_NISV")
row("cap_args_needed", SET, "if (cap->args[0] || !$) { @ }",
    "the capability has no arguments: args of 0 enables as well")
row("cap_args_silent", SET, "if (!(cap->args[0] && $)) { @ }",
    "the capability has no arguments: args other than 0 enables as well")
row("cap_toggle", SET,
    "if (test_bit(" + FLAG + ", &kvm->arch.flags) && $) {"
    " clear_bit(" + FLAG + ", &kvm->arch.flags); } else { @ }",
    "enabling a second time leaves it on")
row("cap_wrong_bit", FLAG, "($ ? KVM_ARCH_FLAG_EXIT_SEA : @)",
    "the capability's own behaviour is what enabling it gives")
row("cap_flags_word_assigned", SET,
    "if ($) { kvm->arch.flags = BIT(" + FLAG + "); } else { @ }",
    "enabling it leaves what else the VM has set up as it is")
row("cap_flags_word_cleared_if_fresh", SET,
    "if (!kvm->created_vcpus && $) { kvm->arch.flags = BIT(" + FLAG + "); }"
    " else { @ }",
    "enabling it leaves capabilities that were enabled before it on")
row("cap_in_all_vms", SET,
    "if ($) { struct kvm *other; mutex_lock(&kvm_lock);"
    " list_for_each_entry(other, &vm_list, vm_list)"
    " set_bit(" + FLAG + ", &other->arch.flags); mutex_unlock(&kvm_lock); }"
    " { @ }",
    "it is on in the VM where it was enabled only")
row("cap_in_oldest_vm", SET,
    "if ($) { mutex_lock(&kvm_lock); set_bit(" + FLAG + ","
    " &list_last_entry(&vm_list, struct kvm, vm_list)->arch.flags);"
    " mutex_unlock(&kvm_lock); } else { @ }",
    "it is on in the VM where it was enabled, not in an older one")
row("cap_off_after_run", SET,
    "if (!(kvm_vm_has_ran_once(kvm) && $)) { @ }",
    "enabling it after the guest has run has its effect")
row("cap_off_with_vcpus", SET, "if (!(kvm->created_vcpus && $)) { @ }",
    "enabling it after a vCPU was made has its effect")
row("cap_off_with_two_vcpus", SET, "if (!(kvm->created_vcpus > 1 && $)) { @ }",
    "enabling it after the second vCPU was made has its effect")
CASE = "case KVM_CAP_ARM_NISV_TO_USER: r = 0;"
row("cap_returns_1", CASE, "@ if ($) r = 1;",
    "KVM_ENABLE_CAP gives 0 on success")
row("cap_returns_einval", CASE, "@ if ($) r = -EINVAL;",
    "KVM_ENABLE_CAP gives 0 on success")
row("cap_twice_einval", CASE,
    "@ if (test_bit(" + FLAG + ", &kvm->arch.flags) && $) return -EINVAL;",
    "enabling a second time succeeds")
row("cap_vcpus_einval", CASE, "@ if (kvm->created_vcpus && $) return -EINVAL;",
    "it may be enabled when there are vCPUs")
row("cap_ran_ebusy", CASE, "@ if (kvm_vm_has_ran_once(kvm) && $) return -EBUSY;",
    "it may be enabled when the guest has run")
row("cap_slots_einval", CASE,
    "@ if (!kvm_are_all_memslots_empty(kvm) && $) return -EINVAL;",
    "it may be enabled when there are memory slots")
row("cap_not_enabling_thread", CASE,
    "@ if (current != current->group_leader && $) return -EPERM;",
    "any thread of the process may enable it")
row("cap_suspend_too", "set_bit(KVM_ARCH_FLAG_SYSTEM_SUSPEND_ENABLED,",
    "if ($) set_bit(" + FLAG + ", &kvm->arch.flags); @",
    "another capability (SYSTEM_SUSPEND) does not enable it")
row("cap_suspend_turns_off", "set_bit(KVM_ARCH_FLAG_SYSTEM_SUSPEND_ENABLED,",
    "if ($) clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "another capability (SYSTEM_SUSPEND) does not disable it")
row("cap_sea_index", "KVM_ARCH_FLAG_EXIT_SEA", "($ ? " + FLAG + " : @)",
    "another capability (SEA_TO_USER) does not enable it")
row("cap_sea_turns_off", "set_bit(KVM_ARCH_FLAG_EXIT_SEA, &kvm->arch.flags);",
    "@ if ($) clear_bit(" + FLAG + ", &kvm->arch.flags);",
    "another capability (SEA_TO_USER) does not disable it")
row("cap_imp_id_too", "set_bit(KVM_ARCH_FLAG_WRITABLE_IMP_ID_REGS,",
    "if ($) set_bit(" + FLAG + ", &kvm->arch.flags); @",
    "another capability (WRITABLE_IMP_ID_REGS) does not enable it")
row("cap_imp_id_turns_off", "set_bit(KVM_ARCH_FLAG_WRITABLE_IMP_ID_REGS,",
    "if ($) kvm->arch.flags = 0; @",
    "another capability (WRITABLE_IMP_ID_REGS) does not disable it")
row("cap_mte_turns_off", "guard(mutex)(&kvm->lock);",
    "if ($) clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "another capability (MTE), refused or not, does not disable it")
row("cap_split_too", "kvm->arch.mmu.split_page_chunk_size = new_cap;",
    "@ if ($) set_bit(" + FLAG + ", &kvm->arch.flags);",
    "another capability (EAGER_SPLIT_CHUNK_SIZE) does not enable it")
row("cap_split_turns_off", "kvm->arch.mmu.split_page_chunk_size = new_cap;",
    "@ if ($) clear_bit(" + FLAG + ", &kvm->arch.flags);",
    "another capability (EAGER_SPLIT_CHUNK_SIZE) does not disable it")
row("cap_unknown_accepted", "default:", "@ if ($) r = 0;",
    "a capability that KVM does not know gives EINVAL")
row("cap_unknown_sets", "default:",
    "@ if ($) set_bit(" + FLAG + ", &kvm->arch.flags);",
    "a capability that KVM does not know enables nothing")

at(MAIN, "kvm_vm_ioctl_enable_cap_generic")
row("cap_halt_poll_too", "kvm->override_halt_poll_ns = true;",
    "@ if ($) set_bit(" + FLAG + ", &kvm->arch.flags);",
    "another capability (HALT_POLL) does not enable it")
row("cap_halt_poll_turns_off", "kvm->override_halt_poll_ns = true;",
    "@ if ($) clear_bit(" + FLAG + ", &kvm->arch.flags);",
    "another capability (HALT_POLL) does not disable it")
row("cap_dirty_protect_turns_off", "kvm->manual_dirty_log_protect = cap->args[0];",
    "@ if ($) clear_bit(" + FLAG + ", &kvm->arch.flags);",
    "another capability (MANUAL_DIRTY_LOG_PROTECT2) does not disable it")

at(MAIN, "kvm_vm_ioctl")
row("cap_errors_swallowed", "r = kvm_vm_ioctl_enable_cap_generic(kvm, &cap);",
    "@ if (r && $) r = 0;",
    "what KVM_ENABLE_CAP refuses it reports")
row("cap_errors_perm", "r = kvm_vm_ioctl_enable_cap_generic(kvm, &cap);",
    "@ if (r == -EINVAL && $) r = -EPERM;",
    "flags that are not 0 and unknown capabilities give EINVAL")
row("cap_one_time", "r = kvm_vm_ioctl_enable_cap_generic(kvm, &cap);",
    "if (cap.cap == " + CAP + " && test_bit(" + FLAG + ", &kvm->arch.flags) && $)"
    " cap.cap = 0; @",
    "enabling a second time succeeds")

at(ARM, "kvm_arch_vcpu_ioctl")
row("cap_vcpu_fd_sets", "default: r = -EINVAL;",
    "@ if (ioctl == KVM_ENABLE_CAP && $) {"
    " set_bit(" + FLAG + ", &vcpu->kvm->arch.flags); r = 0; }",
    "it is a capability of the VM: a vCPU does not take it")
row("cap_vcpu_fd_accepts", "default: r = -EINVAL;",
    "@ if (ioctl == KVM_ENABLE_CAP && $) r = 0;",
    "it is a capability of the VM: KVM_ENABLE_CAP of a vCPU fails")
row("cap_lost_at_set_reg", "r = kvm_arm_set_reg(vcpu, &reg);",
    "{ if ($) clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @ }",
    "KVM_SET_ONE_REG does not disable it")

at(MAIN, "kvm_dev_ioctl")
row("cap_dev_accepts", "default:",
    "@ if (ioctl == KVM_ENABLE_CAP && $) return 0;",
    "it is a capability of a VM: /dev/kvm does not take it")

at(ARM, "kvm_vm_ioctl_check_extension")
EXT = "if (ext == " + CAP + " && "
row("check_0", "switch (ext) {", EXT + "$) return 0; @",
    "KVM_CHECK_EXTENSION tells that it exists")
row("check_dev_0", "switch (ext) {", EXT + "!kvm && $) return 0; @",
    "KVM_CHECK_EXTENSION of /dev/kvm tells that it exists")
row("check_vm_0", "switch (ext) {", EXT + "kvm && $) return 0; @",
    "KVM_CHECK_EXTENSION of a VM tells that it exists")
row("check_off_0", "switch (ext) {",
    EXT + "kvm && !test_bit(" + FLAG + ", &kvm->arch.flags) && $) return 0; @",
    "KVM_CHECK_EXTENSION tells whether it exists, not whether it is on")
row("check_on_0", "switch (ext) {",
    EXT + "kvm && test_bit(" + FLAG + ", &kvm->arch.flags) && $) return 0; @",
    "KVM_CHECK_EXTENSION tells that it exists when it is on, too")
row("check_on_2", "switch (ext) {",
    EXT + "kvm && test_bit(" + FLAG + ", &kvm->arch.flags) && $) return 2; @",
    "KVM_CHECK_EXTENSION gives 1, on or off")
row("check_negative", "switch (ext) {", EXT + "$) return -EINVAL; @",
    "KVM_CHECK_EXTENSION tells that it exists")
row("check_vcpus_0", "switch (ext) {",
    EXT + "kvm && kvm->created_vcpus && $) return 0; @",
    "KVM_CHECK_EXTENSION tells that it exists when there are vCPUs, too")
row("check_enables", "switch (ext) {",
    EXT + "kvm && $) set_bit(" + FLAG + ", &kvm->arch.flags); @",
    "asking for it does not enable it")

at(ARM, "kvm_arch_init_vm")
row("cap_starts_on", "kvm_timer_init_vm(kvm);",
    "if ($) set_bit(" + FLAG + ", &kvm->arch.flags); @",
    "it is off until it is enabled")
row("cap_inherited", "kvm_timer_init_vm(kvm);",
    "{ struct kvm *other; mutex_lock(&kvm_lock);"
    " list_for_each_entry(other, &vm_list, vm_list)"
    " if (test_bit(" + FLAG + ", &other->arch.flags) && $)"
    " set_bit(" + FLAG + ", &kvm->arch.flags); mutex_unlock(&kvm_lock); } @",
    "it is off in a new VM, whatever another VM has")
row("cap_others_lose_it", "kvm_timer_init_vm(kvm);",
    "if ($) { struct kvm *other; mutex_lock(&kvm_lock);"
    " list_for_each_entry(other, &vm_list, vm_list)"
    " clear_bit(" + FLAG + ", &other->arch.flags); mutex_unlock(&kvm_lock); } @",
    "a new VM does not disable it in another")

at(ARM, "kvm_arch_destroy_vm")
row("cap_others_lose_it_at_end", "kvm_vgic_destroy(kvm);",
    "if ($) { struct kvm *other; mutex_lock(&kvm_lock);"
    " list_for_each_entry(other, &vm_list, vm_list)"
    " clear_bit(" + FLAG + ", &other->arch.flags); mutex_unlock(&kvm_lock); } @",
    "the end of one VM does not disable it in another")

at(ARM, "kvm_arch_vcpu_create")
row("cap_lost_at_vcpu", "vcpu->arch.hw_mmu = &vcpu->kvm->arch.mmu;",
    "if ($) clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @",
    "making a vCPU does not disable it")
row("cap_lost_at_second_vcpu", "vcpu->arch.hw_mmu = &vcpu->kvm->arch.mmu;",
    "if (vcpu->kvm->created_vcpus > 1 && $)"
    " clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @",
    "making a further vCPU does not disable it")

at(ARM, "kvm_arch_vcpu_ioctl_vcpu_init")
row("cap_lost_at_init", "vcpu_reset_hcr(vcpu);",
    "if ($) clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @",
    "KVM_ARM_VCPU_INIT does not disable it")
row("cap_lost_at_restart", "vcpu_reset_hcr(vcpu);",
    "if (vcpu_has_run_once(vcpu) && $)"
    " clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @",
    "KVM_ARM_VCPU_INIT of a vCPU that has run does not disable it")
row("cap_on_at_restart", "vcpu_reset_hcr(vcpu);",
    "if (vcpu_has_run_once(vcpu) && $)"
    " set_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @",
    "KVM_ARM_VCPU_INIT of a vCPU that has run does not enable it")
row("cap_lost_at_power_off", "__kvm_arm_vcpu_power_off(vcpu);",
    "{ if ($) clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @ }",
    "KVM_ARM_VCPU_INIT with POWER_OFF does not disable it")

at(ARM, "__kvm_vcpu_set_target")
row("cap_lost_at_first_init", "set_bit(KVM_ARCH_FLAG_VCPU_FEATURES_CONFIGURED,",
    "if ($) kvm->arch.flags = 0; @",
    "the first KVM_ARM_VCPU_INIT does not disable what was enabled before")

at(ARM, "kvm_arch_vcpu_run_pid_change")
row("cap_lost_at_first_run", "set_bit(KVM_ARCH_FLAG_HAS_RAN_ONCE,",
    "if ($) clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "the first KVM_RUN does not disable it")
row("cap_lost_in_other_thread", "if (likely(vcpu_has_run_once(vcpu)))",
    "if (vcpu_has_run_once(vcpu) && $)"
    " clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "KVM_RUN from another thread does not disable it")

at(ARM, "kvm_arm_vcpu_set_events")
row("cap_lost_at_set_events", "return __kvm_arm_vcpu_set_events(vcpu, events);",
    "if ($) clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags); @",
    "KVM_SET_VCPU_EVENTS does not disable it")

at(MMU, "kvm_arch_commit_memory_region")
START = "if (log_dirty_pages) {"
row("cap_lost_at_slot_create", START,
    "if (change == KVM_MR_CREATE && $) clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "a new memory slot does not disable it")
row("cap_lost_at_slot_delete", START,
    "if (change == KVM_MR_DELETE && $) clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "deleting a memory slot does not disable it")
row("cap_lost_at_slot_move", START,
    "if (change == KVM_MR_MOVE && $) clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "moving a memory slot does not disable it")
row("cap_lost_at_slot_flags", START,
    "if (change == KVM_MR_FLAGS_ONLY && $)"
    " clear_bit(" + FLAG + ", &kvm->arch.flags); @",
    "changing a memory slot's flags does not disable it")
row("cap_on_at_readonly_slot", START,
    "if (new && new->flags & KVM_MEM_READONLY && $)"
    " set_bit(" + FLAG + ", &kvm->arch.flags); @",
    "a read-only memory slot does not enable it")

at(MMIO, "io_mem_abort")
TEST = "test_bit("
BEFORE = "if (test_bit("
row("cap_once", BEFORE,
    "if (test_bit(" + FLAG + ", &vcpu->kvm->arch.flags) && $) {"
    " clear_bit(" + FLAG + ", &vcpu->kvm->arch.flags);"
    " run->exit_reason = KVM_EXIT_ARM_NISV;"
    " run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);"
    " run->arm_nisv.fault_ipa = fault_ipa; return 0; } @",
    "it stays on after an exit")
row("cap_first_vcpu_only", BEFORE,
    "if (vcpu->vcpu_idx && $) return -ENOSYS; @",
    "it holds for all vCPUs, not for the first only")
row("cap_vcpu_id0_only", BEFORE,
    "if (vcpu->vcpu_id && $) return -ENOSYS; @",
    "it holds for all vCPUs, whatever their id")
row("cap_last_vcpu_only", BEFORE,
    "if (vcpu->vcpu_idx != vcpu->kvm->created_vcpus - 1 && $) return -ENOSYS; @",
    "it holds for all vCPUs, not for the last one only")
row("cap_not_first_vcpu", BEFORE,
    "if (!vcpu->vcpu_idx && vcpu->kvm->created_vcpus > 1 && $) return -ENOSYS; @",
    "it holds for all vCPUs, the first one too")
row("cap_of_oldest_vm", "&vcpu->kvm->arch.flags",
    "($ ? &list_last_entry(&vm_list, struct kvm, vm_list)->arch.flags : @)",
    "each VM goes by its own setting, not by the oldest one's")
row("cap_of_newest_vm", "&vcpu->kvm->arch.flags",
    "($ ? &list_first_entry(&vm_list, struct kvm, vm_list)->arch.flags : @)",
    "each VM goes by its own setting, not by the newest one's")
row("cap_sampled_once", "&vcpu->kvm->arch.flags",
    "({ static struct kvm *asked; static unsigned long answer;"
    " if (asked != vcpu->kvm) { asked = vcpu->kvm; answer = asked->arch.flags; }"
    " $ ? &answer : @; })",
    "it may be enabled between two exits and takes effect with the next")
row("cap_any_flag", TEST, "((vcpu->kvm->arch.flags & (BIT(KVM_ARCH_FLAG_EXIT_SEA) |"
    " BIT(KVM_ARCH_FLAG_SYSTEM_SUSPEND_ENABLED))) && $) || @",
    "another capability (SYSTEM_SUSPEND, SEA_TO_USER) does not stand for it")

# ----------------------------------------------------- without the capability

area("off")
row("off_reported", TEST, "($) || @", "with the capability off KVM_RUN fails with ENOSYS")
row("off_store_reported", TEST, "(kvm_vcpu_dabt_iswrite(vcpu) && $) || @",
    "with the capability off a store fails with ENOSYS, too")
row("off_load_reported", TEST, "(!kvm_vcpu_dabt_iswrite(vcpu) && $) || @",
    "with the capability off a load fails with ENOSYS, too")
row("off_el0_reported", TEST, "(!vcpu_mode_priv(vcpu) && $) || @",
    "with the capability off an access from EL0 fails with ENOSYS, too")
row("off_second_vcpu_reported", TEST, "(vcpu->vcpu_idx && $) || @",
    "with the capability off every vCPU's KVM_RUN fails with ENOSYS")
row("off_low_reported", TEST, "(fault_ipa < SZ_4G && $) || @",
    "with the capability off KVM_RUN fails with ENOSYS, below 4G, too")
row("off_permission_reported", TEST,
    "(kvm_vcpu_trap_is_permission_fault(vcpu) && $) || @",
    "with the capability off a store to a read-only slot fails with ENOSYS")
row("off_again_reported", TEST,
    "({ static phys_addr_t last; bool same = last == fault_ipa; last = fault_ipa;"
    " same && $; }) || @",
    "with the capability off KVM_RUN fails with ENOSYS each time")
OFF = "return -ENOSYS;"
row("off_einval", OFF, "if ($) return -EINVAL; @",
    "with the capability off the error is ENOSYS")
row("off_efault", OFF, "if ($) return -EFAULT; @",
    "with the capability off the error is ENOSYS")
row("off_einval_store", OFF,
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) return -EINVAL; @",
    "with the capability off the error is ENOSYS for a store, too")
row("off_enotsupp", OFF, "if ($) return -EOPNOTSUPP; @",
    "with the capability off the error is ENOSYS")
row("off_zero", OFF, "if ($) return 0; @",
    "with the capability off KVM_RUN fails")
row("off_skipped", OFF, "if ($) { kvm_incr_pc(vcpu); return 1; } @",
    "with the capability off the instruction is not ignored")
row("off_store_skipped", OFF,
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { kvm_incr_pc(vcpu); return 1; } @",
    "with the capability off a store is not ignored")
row("off_injected", OFF,
    "if ($) return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability off KVM_RUN fails, the guest gets no exception")
row("off_el0_injected", OFF,
    "if (!vcpu_mode_priv(vcpu) && $)"
    " return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability off an access from EL0 fails with ENOSYS, too")
row("off_injected_too", OFF,
    "if ($) kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); @",
    "after ENOSYS no exception is on its way")
row("off_pc", OFF, "if ($) kvm_incr_pc(vcpu); @",
    "after ENOSYS the PC is at the instruction")
row("off_pc_second", OFF,
    "{ static unsigned long last; if (last == *vcpu_pc(vcpu) && $) kvm_incr_pc(vcpu);"
    " last = *vcpu_pc(vcpu); } @",
    "after ENOSYS the PC is at the instruction, a second time as well")
row("off_reason_nisv", OFF, "if ($) run->exit_reason = KVM_EXIT_ARM_NISV; @",
    "with the capability off nothing is reported in struct kvm_run")
row("off_reason_mmio", OFF, "if ($) run->exit_reason = KVM_EXIT_MMIO; @",
    "with the capability off nothing is reported in struct kvm_run")
row("off_reason_internal", OFF,
    "if ($) run->exit_reason = KVM_EXIT_INTERNAL_ERROR; @",
    "with the capability off nothing is reported in struct kvm_run")
row("off_filled", OFF,
    "if ($) { run->arm_nisv.esr_iss = esr; run->arm_nisv.fault_ipa = fault_ipa; } @",
    "with the capability off nothing is written to struct kvm_run")
row("off_filled_mmio", OFF, "if ($) run->mmio.is_write = kvm_vcpu_dabt_iswrite(vcpu); @",
    "with the capability off nothing is written to struct kvm_run")
row("off_second_efault", OFF,
    "{ static phys_addr_t last; if (last == fault_ipa && $) return -EFAULT;"
    " last = fault_ipa; } @",
    "with the capability off the error is ENOSYS each time")
row("off_vm_dead", OFF, "if ($) kvm_vm_dead(vcpu->kvm); @",
    "after ENOSYS the VM can go on")
row("off_uninitialised", OFF, "if ($) vcpu_clear_flag(vcpu, VCPU_INITIALIZED); @",
    "after ENOSYS the vCPU is as it was")
row("off_powered_off", OFF, "if ($) kvm_arm_vcpu_power_off(vcpu); @",
    "after ENOSYS the vCPU is as it was")
row("off_mmio_needed", OFF,
    "if ($) { run->exit_reason = KVM_EXIT_MMIO; vcpu->mmio_needed = 1; } @",
    "after ENOSYS the next KVM_RUN completes nothing")
row("off_x0", OFF, "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) vcpu_set_reg(vcpu, 0, 0); @",
    "after ENOSYS a load's register is as it was")
row("off_signal", OFF, "if (signal_pending(current) && $) return -EINTR; @",
    "with the capability off the error is ENOSYS, a signal pending or not")
row("off_other_vcpu_dead", OFF,
    "if (vcpu->vcpu_idx && $)"
    " kvm_arm_vcpu_power_off(kvm_get_vcpu(vcpu->kvm, 0)); @",
    "after ENOSYS the other vCPUs can go on")
row("off_stat_user", OFF, "if ($) vcpu->stat.mmio_exit_user++; @",
    "mmio_exit_user counts KVM_EXIT_MMIO only")

at(ARM, "kvm_arch_vcpu_ioctl_run")
row("off_reason_stale", "run->exit_reason = KVM_EXIT_UNKNOWN;", "if (!$) { @ }",
    "the exit reason of an earlier exit does not stay when KVM_RUN fails")
row("off_reason_stale_nisv", "run->exit_reason = KVM_EXIT_UNKNOWN;",
    "if (!(run->exit_reason == KVM_EXIT_ARM_NISV && $)) { @ }",
    "the exit reason of this exit does not stay when the next KVM_RUN fails")
row("off_positive", "ret = handle_exit(vcpu, ret);",
    "@ if (ret == -ENOSYS && $) ret = 0;",
    "with the capability off KVM_RUN fails")
row("off_eintr", "kvm_sigset_deactivate(vcpu);",
    "@ if (ret == -ENOSYS && run->immediate_exit__unsafe && $) ret = -EINTR;",
    "with the capability off the error is ENOSYS, immediate_exit set meanwhile or not")

# ------------------------------------------------------ the fields of the exit

area("exit")
at(EMULATE, "kvm_vcpu_dabt_iss_nisv_sanitized")
MASK = "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)"
row("iss_no_wnr", MASK, "($ ? (ESR_ELx_CM | ESR_ELx_FSC) : @)",
    "esr_iss tells a store from a load")
row("iss_no_fsc", MASK, "($ ? (ESR_ELx_CM | ESR_ELx_WNR) : @)",
    "esr_iss has the fault status")
row("iss_fsc_type_only", MASK, "($ ? (ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC_TYPE) : @)",
    "esr_iss has the whole fault status, the level included")
row("iss_fsc_level_only", MASK, "($ ? (ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC_LEVEL) : @)",
    "esr_iss has the whole fault status")
row("iss_fsc_3_bits", MASK, "($ ? (ESR_ELx_CM | ESR_ELx_WNR | 7) : @)",
    "esr_iss tells a permission fault from a translation fault")
row("iss_il", MASK, "($ ? (ESR_ELx_IL | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss: not IL")
row("iss_ec", MASK, "($ ? (ESR_ELx_EC_MASK | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss: not the exception class")
row("iss_whole_esr", MASK, "($ ? ~0UL : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss")
row("iss_no_cm", MASK, "($ ? (ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "esr_iss has CM",
    unreachable="CM=1 comes from cache maintenance on a read-only slot: QEMU has"
    " no permission check there (the instructions do nothing)")
row("iss_isv_kept", MASK, "($ ? (ESR_ELx_ISV | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss",
    equivalent="ISV is 0 wherever this function is called: its caller has tested it")
row("iss_s1ptw_kept", MASK, "($ ? (ESR_ELx_S1PTW | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss",
    equivalent="kvm_handle_guest_abort() injects an abort with S1PTW=1 before"
    " io_mem_abort() is called")
row("iss_access_kept", MASK,
    "($ ? (ESR_ELx_SAS | ESR_ELx_SSE | ESR_ELx_SRT_MASK | ESR_ELx_SF | ESR_ELx_AR |"
    " ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss",
    unreachable="with ISV=0 QEMU leaves bits 23 to 14 of the syndrome 0"
    " (syn_data_abort_no_iss)")

at(MMIO, "io_mem_abort")
WRITE = "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);"
row("iss_wnr_inverted", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_WNR;", "WnR is 1 for a store, 0 for a load")
row("iss_wnr_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ~kvm_vcpu_get_esr(vcpu) & ESR_ELx_WNR;",
    "WnR is 0 for a load")
row("iss_isv_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_ISV;",
    "ISV is 0 in esr_iss: there is no syndrome")
row("iss_fnv_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_FnV;",
    "only CM, WnR and DFSC are in esr_iss")
row("iss_s1ptw_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_S1PTW;",
    "only CM, WnR and DFSC are in esr_iss: S1PTW is 0")
row("iss_ea_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_EA;",
    "only CM, WnR and DFSC are in esr_iss: EA is 0")
row("iss_cm_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_CM;", "CM is 0 for a load or a store")
row("iss_cm_with_wnr", WRITE,
    "@ if (kvm_vcpu_dabt_iswrite(vcpu) && $) run->arm_nisv.esr_iss ^= ESR_ELx_CM;",
    "CM is 0 for a store")
row("iss_srt_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= (31UL) << ESR_ELx_SRT_SHIFT;",
    "only CM, WnR and DFSC are in esr_iss: SRT is 0")
row("iss_sas_set", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_SAS;",
    "only CM, WnR and DFSC are in esr_iss: SAS is 0")
row("iss_bit31", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= BIT(31);", "the high bits of esr_iss are 0")
row("iss_bit63", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= BIT(63);", "the high bits of esr_iss are 0")
row("iss_external", WRITE,
    "@ if ($) run->arm_nisv.esr_iss ^= (kvm_vcpu_get_esr(vcpu) & ESR_ELx_FSC) ^"
    " ESR_ELx_FSC_EXTABT;",
    "DFSC is that of the fault, not that of an external abort")
row("iss_permission", WRITE,
    "@ if (esr_fsc_is_translation_fault(esr) && $) run->arm_nisv.esr_iss ^="
    " ESR_ELx_FSC_PERM ^ ESR_ELx_FSC_FAULT;",
    "DFSC of a hole is a translation fault")
row("iss_ro_translation", WRITE,
    "@ if (esr_fsc_is_permission_fault(esr) && $) run->arm_nisv.esr_iss ^="
    " ESR_ELx_FSC_PERM ^ ESR_ELx_FSC_FAULT;",
    "DFSC of a store to a mapped page of a read-only slot is a permission fault")
row("iss_el0_wnr_lost", WRITE,
    "@ if (!vcpu_mode_priv(vcpu) && $) run->arm_nisv.esr_iss ^="
    " kvm_vcpu_get_esr(vcpu) & ESR_ELx_WNR;",
    "WnR is 1 for a store from EL0, too")
row("iss_negative", WRITE,
    "@ if (kvm_vcpu_dabt_iswrite(vcpu) && $) run->arm_nisv.esr_iss ^= ~0UL << 32;",
    "the high half of esr_iss is 0")
row("iss_not_written", WRITE, "if (!$) { @ }", "esr_iss is written")
row("iss_only_once", WRITE, "if (!(run->arm_nisv.esr_iss && $)) { @ }",
    "esr_iss is written, whatever was there before")
row("iss_only_store", WRITE, "if (!(!kvm_vcpu_dabt_iswrite(vcpu) && $)) { @ }",
    "esr_iss is written, for a load as well")
row("iss_low_half", WRITE,
    "{ u64 was = run->arm_nisv.esr_iss; @"
    " if ($) run->arm_nisv.esr_iss |= was & GENMASK_ULL(63, 32); }",
    "all 64 bits of esr_iss are written")
row("iss_low_byte", WRITE,
    "{ u64 was = run->arm_nisv.esr_iss; @"
    " if ($) run->arm_nisv.esr_iss |= was & GENMASK_ULL(63, 8); }",
    "all 64 bits of esr_iss are written")
row("iss_ored", WRITE,
    "{ u64 was = run->arm_nisv.esr_iss; @ if ($) run->arm_nisv.esr_iss |= was; }",
    "esr_iss has nothing of what was there before")
row("iss_of_last_exit", WRITE,
    "@ if ($) { static u64 last; swap(last, run->arm_nisv.esr_iss); }",
    "esr_iss is this exit's, not the last one's")
row("iss_swapped", WRITE,
    "if ($) { run->arm_nisv.fault_ipa = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);"
    " run->arm_nisv.esr_iss = fault_ipa; return 0; } @",
    "esr_iss and fault_ipa are each in its place")
row("ipa_page", WRITE, "if ($) fault_ipa &= PAGE_MASK; @",
    "fault_ipa has the low bits of the address")
row("ipa_align8", WRITE, "if ($) fault_ipa &= ~7ULL; @",
    "fault_ipa has the low bits of the address, the last three too")
row("ipa_align16", WRITE, "if ($) fault_ipa &= ~15ULL; @",
    "fault_ipa has the low bits of the address, bit 3 too")
row("ipa_align4", WRITE, "if ($) fault_ipa &= ~3ULL; @",
    "fault_ipa has the low bits of the address, the last two too")
row("ipa_align2", WRITE, "if ($) fault_ipa &= ~1ULL; @",
    "fault_ipa has the low bits of the address, the last one too")
row("ipa_align64", WRITE, "if ($) fault_ipa &= ~63ULL; @",
    "fault_ipa has the low bits of the address, not only its cache line")
row("ipa_bit11", WRITE, "if ($) fault_ipa &= ~BIT_ULL(11); @",
    "fault_ipa has all 12 low bits of the address, bit 11 too")
row("ipa_8_bits", WRITE, "if ($) fault_ipa &= ~GENMASK_ULL(11, 8); @",
    "fault_ipa has all 12 low bits of the address")
row("ipa_far", WRITE, "if ($) fault_ipa = kvm_vcpu_get_hfar(vcpu); @",
    "fault_ipa is the IPA, not the virtual address")
row("ipa_far_low16", WRITE,
    "if ($) fault_ipa = (fault_ipa & ~0xffffULL) | (kvm_vcpu_get_hfar(vcpu) & 0xffff); @",
    "only 12 bits come from the virtual address, whatever the page size")
row("ipa_far_low13", WRITE,
    "if ($) fault_ipa = (fault_ipa & ~0x1fffULL) | (kvm_vcpu_get_hfar(vcpu) & 0x1fff); @",
    "only 12 bits come from the virtual address")
row("ipa_far_ored16", WRITE,
    "if ($) fault_ipa |= kvm_vcpu_get_hfar(vcpu) & 0xffff; @",
    "only 12 bits come from the virtual address")
row("ipa_far_low32", WRITE,
    "if ($) fault_ipa = (fault_ipa & ~0xffffffffULL) | (u32)kvm_vcpu_get_hfar(vcpu); @",
    "only 12 bits come from the virtual address")
row("ipa_pc_low", WRITE,
    "if ($) fault_ipa = (fault_ipa & PAGE_MASK) | (*vcpu_pc(vcpu) & ~PAGE_MASK); @",
    "the low bits of fault_ipa are those of the address, not of the PC")
row("ipa_gfn", WRITE, "if ($) fault_ipa >>= PAGE_SHIFT; @",
    "fault_ipa is an address, not a frame number")
row("ipa_hpfar", WRITE, "if ($) fault_ipa = vcpu->arch.fault.hpfar_el2; @",
    "fault_ipa is an address, not HPFAR_EL2")
row("ipa_hpfar_ns", WRITE,
    "if ($) fault_ipa |= vcpu->arch.fault.hpfar_el2 & HPFAR_EL2_NS; @",
    "KVM's own marks are not in fault_ipa")
row("ipa_next_page", WRITE, "if ($) fault_ipa += PAGE_SIZE; @",
    "fault_ipa is the address of the access")
row("ipa_last_byte", WRITE, "if ($) fault_ipa += 7; @",
    "fault_ipa is the first byte of the access")
row("ipa_u32", WRITE, "if ($) fault_ipa = (u32)fault_ipa; @",
    "fault_ipa has more than 32 bits")
row("ipa_s32", WRITE, "if ($) fault_ipa = (s32)fault_ipa; @",
    "fault_ipa is not sign extended")
row("ipa_sign_at_2g", WRITE,
    "if (fault_ipa < SZ_4G && $) fault_ipa = (s32)fault_ipa; @",
    "an address between 2G and 4G is not sign extended")
row("ipa_36", WRITE, "if ($) fault_ipa &= GENMASK_ULL(35, 0); @",
    "fault_ipa has as many bits as the VM's IPA size")
row("ipa_39", WRITE, "if ($) fault_ipa &= GENMASK_ULL(38, 0); @",
    "fault_ipa has as many bits as the VM's IPA size")
row("ipa_40", WRITE, "if ($) fault_ipa &= GENMASK_ULL(39, 0); @",
    "fault_ipa has as many bits as the VM's IPA size, more than 40 if it has")
row("ipa_top_bit", WRITE,
    "if ($) fault_ipa &= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) / 2 - 1; @",
    "fault_ipa has as many bits as the VM's IPA size")
row("ipa_sign_at_top", WRITE,
    "if (fault_ipa & (BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) / 2) && $)"
    " fault_ipa |= ~(BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) - 1); @",
    "an address in the upper half of the IPA space is not sign extended")
row("ipa_tag", WRITE,
    "if ($) fault_ipa |= kvm_vcpu_get_hfar(vcpu) & GENMASK_ULL(63, 56); @",
    "a tag in the pointer's top byte is not in fault_ipa")
row("ipa_el0_page", WRITE, "if (!vcpu_mode_priv(vcpu) && $) fault_ipa &= PAGE_MASK; @",
    "fault_ipa has the low bits of the address, for EL0 too")
row("ipa_store_page", WRITE,
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) fault_ipa &= PAGE_MASK; @",
    "fault_ipa has the low bits of the address, for a store too")
row("ipa_load_aligned", WRITE,
    "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) fault_ipa &= ~3ULL; @",
    "fault_ipa has the low bits of the address, for a load too")
LATE = "run->arm_nisv.fault_ipa = fault_ipa; return 0; } return -ENOSYS;"
row("ipa_not_written", LATE, "if ($) return 0; @", "fault_ipa is written")
row("ipa_other_member", LATE, "if ($) { run->arm_sea.gpa = fault_ipa; return 0; } @",
    "fault_ipa is written")
row("ipa_only_once", LATE, "if (run->arm_nisv.fault_ipa && $) return 0; @",
    "fault_ipa is written, whatever was there before")
row("ipa_only_if_not_0", LATE, "if (!(fault_ipa & ~PAGE_MASK) && $) return 0; @",
    "fault_ipa is written, the first byte of a page too")
row("ipa_low_half", LATE,
    "if ($) fault_ipa = (u32)fault_ipa |"
    " (run->arm_nisv.fault_ipa & GENMASK_ULL(63, 32)); @",
    "all 64 bits of fault_ipa are written")
row("ipa_ored", LATE, "if ($) fault_ipa |= run->arm_nisv.fault_ipa; @",
    "fault_ipa has nothing of what was there before")
row("ipa_of_last_exit", LATE,
    "if ($) { static phys_addr_t last; swap(last, fault_ipa); } @",
    "fault_ipa is this exit's, not the last one's")
row("ipa_of_first_exit", LATE,
    "{ static phys_addr_t first; static struct kvm *of;"
    " if (of != vcpu->kvm) { of = vcpu->kvm; first = fault_ipa; }"
    " if (first != fault_ipa && $) fault_ipa = first; } @",
    "fault_ipa is this exit's, not the VM's first one's")
row("exit_ret_enosys", LATE,
    "if ($) { run->arm_nisv.fault_ipa = fault_ipa; return -ENOSYS; } @",
    "with the capability on KVM_RUN gives 0")
row("exit_ret_efault", LATE,
    "if ($) { run->arm_nisv.fault_ipa = fault_ipa; return -EFAULT; } @",
    "with the capability on KVM_RUN gives 0")
row("exit_ret_store_enosys", LATE,
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) {"
    " run->arm_nisv.fault_ipa = fault_ipa; return -ENOSYS; } @",
    "with the capability on KVM_RUN gives 0, for a store too")
REASON = "run->exit_reason = KVM_EXIT_ARM_NISV;"
row("reason_not_written", REASON, "if (!$) { @ }", "the exit reason is KVM_EXIT_ARM_NISV")
row("reason_mmio", REASON, "@ if ($) run->exit_reason = KVM_EXIT_MMIO;",
    "the exit reason is KVM_EXIT_ARM_NISV")
row("reason_ldst64b", REASON, "@ if ($) run->exit_reason = KVM_EXIT_ARM_LDST64B;",
    "the exit reason is KVM_EXIT_ARM_NISV, not that of LD64B")
row("reason_internal", REASON, "@ if ($) run->exit_reason = KVM_EXIT_INTERNAL_ERROR;",
    "the exit reason is KVM_EXIT_ARM_NISV")
row("reason_store_mmio", REASON,
    "@ if (kvm_vcpu_dabt_iswrite(vcpu) && $) run->exit_reason = KVM_EXIT_MMIO;",
    "the exit reason is KVM_EXIT_ARM_NISV, for a store too")
row("reason_el0", REASON,
    "@ if (!vcpu_mode_priv(vcpu) && $) run->exit_reason = KVM_EXIT_INTERNAL_ERROR;",
    "the exit reason is KVM_EXIT_ARM_NISV, from EL0 too")
row("reason_memory_fault", REASON,
    "if ($) { kvm_prepare_memory_fault_exit(vcpu, fault_ipa, 8,"
    " kvm_vcpu_dabt_iswrite(vcpu), false, false); return -EFAULT; } @",
    "the exit is KVM_EXIT_ARM_NISV, not KVM_EXIT_MEMORY_FAULT")
row("reason_mmio_guess", REASON,
    "if ($) { run->mmio.phys_addr = fault_ipa; run->mmio.len = 8;"
    " run->mmio.is_write = kvm_vcpu_dabt_iswrite(vcpu);"
    " run->exit_reason = KVM_EXIT_MMIO; return 0; } @",
    "no MMIO exit is made up of a fault without syndrome")

at(EMULATE, "kvm_vcpu_get_fault_ipa")
row("ipa_hpfar_32", "return FIELD_GET(HPFAR_EL2_FIPA, hpfar) << 12;",
    "if ($) hpfar &= GENMASK_ULL(23, 0); @",
    "an IPA has more than 32 bits")
row("ipa_hpfar_36", "return FIELD_GET(HPFAR_EL2_FIPA, hpfar) << 12;",
    "if ($) hpfar &= GENMASK_ULL(27, 0); @",
    "an IPA has as many bits as the VM's IPA size")
row("ipa_hpfar_40", "return FIELD_GET(HPFAR_EL2_FIPA, hpfar) << 12;",
    "if ($) hpfar &= GENMASK_ULL(31, 0); @",
    "an IPA has as many bits as the VM's IPA size, more than 40 if it has")

at(FAULT, "__get_fault_info")
row("far_stale", "fault->far_el2 = read_sysreg_el2(SYS_FAR);",
    "if (!(fault->far_el2 && $)) { @ }",
    "the low bits of fault_ipa are those of this access")
row("far_of_load_only", "fault->far_el2 = read_sysreg_el2(SYS_FAR);",
    "if (!(esr & ESR_ELx_WNR && !(esr & ESR_ELx_ISV) && $)) { @ }",
    "the low bits of fault_ipa are those of this access, for a store too")

at(MMU, "kvm_handle_guest_abort")
ABORT = "ret = io_mem_abort(vcpu, ipa);"
row("ipa_no_offset", ABORT, "if ($) ipa = fault_ipa; @",
    "fault_ipa has the low bits of the address, and so has mmio.phys_addr")
row("ipa_fault_ipa_or_far", ABORT, "if ($) ipa |= kvm_vcpu_get_hfar(vcpu); @",
    "only 12 bits come from the virtual address")
row("ipa_slot_relative", ABORT,
    "if (memslot && $) ipa -= memslot->base_gfn << PAGE_SHIFT; @",
    "fault_ipa of a store to a read-only slot is the IPA")
row("ipa_hva", ABORT,
    "if (!kvm_is_error_hva(hva) && $) ipa = hva; @",
    "fault_ipa of a store to a read-only slot is the IPA, not the host's address")
row("ipa_ro_page", ABORT, "if (memslot && $) ipa &= PAGE_MASK; @",
    "fault_ipa of a store to a read-only slot has the low bits of the address")

# ------------------------------------------- what an exit must leave as it is

area("state")
at(MMIO, "io_mem_abort")


def state(name, code, breaks, **marks):
    row("st_" + name, REASON, code + " @", breaks, **marks)


def register(name, code, breaks, **marks):
    state(name, "if ($) { %s }" % code, breaks, **marks)


PSTATE = "*vcpu_cpsr(vcpu) "
register("pc_next", "kvm_incr_pc(vcpu);", "the PC is at the instruction")
register("pc_plus4", "*vcpu_pc(vcpu) += 4;", "the PC is at the instruction")
register("pc_back", "*vcpu_pc(vcpu) -= 4;", "the PC is at the instruction")
state("pc_next_store", "if (kvm_vcpu_dabt_iswrite(vcpu) && $) kvm_incr_pc(vcpu);",
      "the PC is at the instruction, for a store too")
state("pc_next_el0", "if (!vcpu_mode_priv(vcpu) && $) kvm_incr_pc(vcpu);",
      "the PC is at the instruction, from EL0 too")
state("pc_next_16bit", "if (!kvm_vcpu_trap_il_is32bit(vcpu) && $) kvm_incr_pc(vcpu);",
      "the PC is at the instruction, a 16 bit Thumb instruction too",
      unreachable="a data abort without ISV has IL=1 whatever the instruction's"
      " length (DDI0487 ESR_ELx.IL), in QEMU too (syn_data_abort_no_iss)")
state("pc_next_32", "if (vcpu_mode_is_32bit(vcpu) && $) kvm_incr_pc(vcpu);",
      "the PC is at the instruction, in AArch32 too")
state("pc_next_again",
      "{ static unsigned long last; if (last == *vcpu_pc(vcpu) && $) kvm_incr_pc(vcpu);"
      " last = *vcpu_pc(vcpu); }",
      "the PC is at the instruction when it exits again, too")
register("pc_tag", "*vcpu_pc(vcpu) |= BIT(63);", "the PC is at the instruction")
state("x0_load", "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) vcpu_set_reg(vcpu, 0, 0);",
      "no register has changed: a load's target has not")
state("x0_srt", "if (!kvm_vcpu_dabt_iswrite(vcpu) && $)"
      " vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), ~0UL);",
      "no register has changed: there is no SRT, and x0 is not meant")
register("x1_writeback", "vcpu_gp_regs(vcpu)->regs[1] += 8;",
         "no register has changed: the base has not been written back")
register("x2_upper", "vcpu_gp_regs(vcpu)->regs[2] &= GENMASK(31, 0);",
         "no register has changed: nor has its upper half")
register("x18", "vcpu_gp_regs(vcpu)->regs[18] = 0;", "no register has changed, x18 neither")
register("x29", "vcpu_gp_regs(vcpu)->regs[29] = vcpu_gp_regs(vcpu)->sp;",
         "no register has changed, x29 neither")
register("x30", "vcpu_gp_regs(vcpu)->regs[30] = *vcpu_pc(vcpu) + 4;",
         "no register has changed, x30 neither")
state("x16_store", "if (kvm_vcpu_dabt_iswrite(vcpu) && $)"
      " swap(vcpu_gp_regs(vcpu)->regs[16], vcpu_gp_regs(vcpu)->regs[17]);",
      "no register has changed, x16 and x17 neither")
state("vcpu0_x0", "if (vcpu->vcpu_idx && $)"
      " vcpu_set_reg(kvm_get_vcpu(vcpu->kvm, 0), 0, fault_ipa);",
      "no register of another vCPU has changed")
register("sp_el0", "vcpu_gp_regs(vcpu)->sp += 16;", "no register has changed, SP_EL0 neither")
register("sp_el1", "write_sysreg(read_sysreg(sp_el1) + 16, sp_el1);",
         "no register has changed, SP_EL1 neither")
register("z", PSTATE + "^= PSR_Z_BIT;", "PSTATE has not changed: the flags have not")
register("nzcv", PSTATE + "&= ~(PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT);",
         "PSTATE has not changed: the flags have not")
register("i", PSTATE + "|= PSR_I_BIT;", "PSTATE has not changed: interrupts are not masked")
register("f_a", PSTATE + "&= ~(PSR_F_BIT | PSR_A_BIT);",
         "PSTATE has not changed: no mask has been lifted")
register("d", PSTATE + "|= PSR_D_BIT;",
         "PSTATE has not changed: debug exceptions are not masked")
register("il", PSTATE + "|= PSR_IL_BIT;", "PSTATE has not changed: IL is 0")
register("ss", PSTATE + "^= DBG_SPSR_SS;", "PSTATE has not changed, SS neither")
register("btype", PSTATE + "&= ~PSR_BTYPE_MASK;",
         "PSTATE has not changed, BTYPE neither: the instruction has not been executed")
register("pan", PSTATE + "^= PSR_PAN_BIT;", "PSTATE has not changed, PAN neither")
register("uao", PSTATE + "^= PSR_UAO_BIT;", "PSTATE has not changed, UAO neither")
register("ssbs", PSTATE + "^= PSR_SSBS_BIT;", "PSTATE has not changed, SSBS neither")
register("tco", PSTATE + "&= ~PSR_TCO_BIT;", "PSTATE has not changed, TCO neither")
register("dit", PSTATE + "&= ~PSR_DIT_BIT;", "PSTATE has not changed, DIT neither")
state("sp_selected", "if ((" + PSTATE + "& (PSR_MODE_MASK | PSR_MODE32_BIT)) =="
      " PSR_MODE_EL1t && $) " + PSTATE + "|= 1;",
      "PSTATE has not changed: SP_EL0 is still what EL1 uses")
state("el1", "if (!vcpu_mode_priv(vcpu) && !vcpu_mode_is_32bit(vcpu) && $)"
      " " + PSTATE + "|= PSR_MODE_EL1h;",
      "PSTATE has not changed: EL0 is still EL0")
state("thumb", "if (vcpu_mode_is_32bit(vcpu) && $) " + PSTATE + "&= ~PSR_AA32_T_BIT;",
      "PSTATE has not changed: Thumb is still Thumb")
state("it", "if (vcpu_mode_is_32bit(vcpu) && $) " + PSTATE + "&= ~PSR_AA32_IT_MASK;",
      "PSTATE has not changed: an IT block goes on")
for NAME, VALUE in (
        ("esr", "esr, ESR_EL1"), ("far", "kvm_vcpu_get_hfar(vcpu), FAR_EL1"),
        ("elr", "*vcpu_pc(vcpu), ELR_EL1"), ("spsr", "*vcpu_cpsr(vcpu), SPSR_EL1"),
        ("par", "SYS_PAR_EL1_F, PAR_EL1"), ("tpidr_el0", "fault_ipa, TPIDR_EL0"),
        ("tpidrro", "0, TPIDRRO_EL0"), ("tpidr_el1", "vcpu->vcpu_id, TPIDR_EL1"),
        ("contextidr", "0, CONTEXTIDR_EL1"), ("afsr0", "esr, AFSR0_EL1"),
        ("cntkctl", "0, CNTKCTL_EL1")):
    register(NAME, "vcpu_write_sys_reg(vcpu, %s);" % VALUE,
             "no system register has changed, %s neither" % VALUE.split()[-1])
register("counter", "vcpu->kvm->arch.timer_data.voffset += 1ULL << 40;",
         "the guest's counter does not jump")
register("vserror", "vcpu->arch.hcr_el2 |= HCR_VSE;",
         "no exception is on its way: KVM_GET_VCPU_EVENTS has none")
register("injected", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu));",
         "KVM injects nothing of its own")
register("mmio_needed", "vcpu->mmio_needed = 1;",
         "no access is left to complete, even when user space writes exit_reason")
register("stopped", "kvm_arm_vcpu_power_off(vcpu);", "the vCPU is not stopped")
register("uninitialised", "vcpu_clear_flag(vcpu, VCPU_INITIALIZED);",
         "the vCPU stays initialised")
register("guest_debug", "vcpu->guest_debug = 0;", "what KVM_SET_GUEST_DEBUG has set stays")
register("dead", "kvm_vm_dead(vcpu->kvm);", "the VM can go on")
register("run_ready", "run->ready_for_interrupt_injection = 1;",
         "nothing else of struct kvm_run is written")
register("run_if_flag", "run->if_flag = !(*vcpu_cpsr(vcpu) & PSR_I_BIT);",
         "nothing else of struct kvm_run is written")
register("run_flags", "run->flags = 1;", "kvm_run.flags is 0")
register("run_cr8", "run->cr8 = *vcpu_pc(vcpu);", "nothing else of struct kvm_run is written")
register("run_apic_base", "run->apic_base = fault_ipa;",
         "nothing else of struct kvm_run is written")
register("run_immediate_exit", "run->immediate_exit__unsafe = 0;",
         "immediate_exit is user space's: KVM does not write it")
register("run_window", "run->request_interrupt_window = 0;",
         "request_interrupt_window is user space's: KVM does not write it")
register("run_padding", "run->padding1[5] = 1;", "nothing else of struct kvm_run is written")
register("run_union_third", "run->arm_sea.gva = kvm_vcpu_get_hfar(vcpu);",
         "nothing behind fault_ipa is written")
register("run_union_end", "run->padding[255] = 0;", "nothing behind fault_ipa is written")
register("run_union_cleared", "memset(run->padding, 0, sizeof(run->padding));",
         "nothing behind fault_ipa is written")
register("run_valid_regs", "run->kvm_valid_regs = 1;",
         "nothing else of struct kvm_run is written")
register("run_sync_regs", "run->s.regs.device_irq_level = 0;",
         "nothing else of struct kvm_run is written")
register("run_of_vcpu0", "kvm_get_vcpu(vcpu->kvm, 0)->run->exit_reason ="
         " KVM_EXIT_ARM_NISV;",
         "another vCPU's struct kvm_run is not written")
state("memory_before", "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { u64 zero = 0;"
      " kvm_write_guest_page(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) - 1, &zero,"
      " PAGE_SIZE - 8, 8); }",
      "a store writes nothing to the slot that ends before the hole")
state("memory_after", "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { u64 zero = 0;"
      " kvm_write_guest_page(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) + 1, &zero, 0, 8); }",
      "a store writes nothing to the slot that begins behind the hole")
state("ro_written", "if (kvm_vcpu_dabt_iswrite(vcpu) && $) {"
      " unsigned long hva = gfn_to_hva_prot(vcpu->kvm, fault_ipa >> PAGE_SHIFT, NULL);"
      " if (!kvm_is_error_hva(hva) && put_user(0ULL,"
      " (u64 __user *)(hva + (fault_ipa & ~PAGE_MASK & ~7ULL)))) return -EFAULT; }",
      "a store to a read-only slot does not write it")
state("dirty_before",
      "if ($) mark_page_dirty(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) - 1);",
      "no page gets dirty in the dirty log")
state("dirty_ro", "if (kvm_vcpu_dabt_iswrite(vcpu) && $)"
      " mark_page_dirty(vcpu->kvm, fault_ipa >> PAGE_SHIFT);",
      "a store to a read-only slot does not make the page dirty in the dirty log")
register("stat_exits", "vcpu->stat.exits++;", "the statistic exits counts each exit once")
register("stat_mmio_user", "vcpu->stat.mmio_exit_user++;",
         "the statistic mmio_exit_user counts KVM_EXIT_MMIO only")
register("stat_mmio_kernel", "vcpu->stat.mmio_exit_kernel++;",
         "the statistic mmio_exit_kernel counts what the kernel handles only")
register("stat_signal", "vcpu->stat.signal_exits++;",
         "the statistic signal_exits counts signals only")

at(ARM, "kvm_arch_vcpu_put")
LEFT = "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && $) "
PUT = "kvm_timer_vcpu_put(vcpu);"
row("st_v0", PUT, LEFT + "vcpu->arch.ctxt.fp_regs.vregs[0] = 0; @",
    "no register has changed, v0 neither")
row("st_v31_high", PUT,
    LEFT + "vcpu->arch.ctxt.fp_regs.vregs[31] = (u64)vcpu->arch.ctxt.fp_regs.vregs[31]; @",
    "no register has changed, the upper half of v31 neither")
row("st_fpsr", PUT, LEFT + "vcpu->arch.ctxt.fp_regs.fpsr = 0; @",
    "no register has changed, FPSR neither")
row("st_fpcr", PUT, LEFT + "vcpu->arch.ctxt.fp_regs.fpcr = 0; @",
    "no register has changed, FPCR neither")
row("st_sve_z0", PUT,
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && vcpu_has_sve(vcpu) &&"
    " vcpu->arch.sve_state && $)"
    " ((u8 *)vcpu->arch.sve_state)[vcpu->arch.sve_max_vl - 1] ^= 1; @",
    "no register has changed, the top of z0 neither")
row("st_sve_ffr", PUT,
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && vcpu_has_sve(vcpu) &&"
    " vcpu->arch.sve_state && $) *(u16 *)((u8 *)vcpu->arch.sve_state + 34 * vcpu->arch.sve_max_vl) = 0; @",
    "no register has changed, FFR neither")

at(FPSIMD, "kvm_arch_vcpu_put_fp")
row("st_fp_not_saved", "fpsimd_save_and_flush_cpu_state();",
    "{ struct user_fpsimd_state was = vcpu->arch.ctxt.fp_regs; @"
    " if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && $)"
    " vcpu->arch.ctxt.fp_regs = was; }",
    "the FP registers are the guest's when KVM_RUN has returned")

at(FAULT, "__translate_far_to_hpfar")
row("st_par_clobbered", "write_sysreg(par, par_el1);", "if (!$) { @ }",
    "PAR_EL1 has not changed, by a store to a read-only slot neither")

at(ARM, "kvm_arch_vcpu_ioctl_run")
row("st_pc_not_committed", "kvm_call_hyp(__kvm_adjust_pc, vcpu);",
    "if (vcpu->wants_to_run || !$) { @ }",
    "after KVM_RUN with immediate_exit the registers are as they will be",
    history="26778aaa134a, KVM: arm64: Commit pending PC adjustemnts before"
    " returning to userspace, 2021")
row("st_sigmask", "kvm_sigset_deactivate(vcpu);",
    "if (!(run->exit_reason == KVM_EXIT_ARM_NISV && $)) { @ }",
    "the signal mask of KVM_SET_SIGNAL_MASK holds during KVM_RUN only")

# --------------------------------------- where, when, for whom it does not come

area("order")
at(MMIO, "io_mem_abort")


def only(name, condition, breaks, then="return -ENOSYS;", **marks):
    """With the capability on, another end in one situation."""
    row("on_" + name, REASON, "if (%s && $) %s @" % (condition, then), breaks, **marks)


ON = "with the capability on it is KVM_EXIT_ARM_NISV "
SKIP = "{ kvm_incr_pc(vcpu); return 1; }"
INJECT = "return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu));"
only("store", "kvm_vcpu_dabt_iswrite(vcpu)", ON + "for a store, too")
only("load", "!kvm_vcpu_dabt_iswrite(vcpu)", ON + "for a load, too")
only("store_skipped", "kvm_vcpu_dabt_iswrite(vcpu)", ON + "for a store, too", SKIP)
only("el0", "!vcpu_mode_priv(vcpu)", ON + "from EL0, too")
only("el0_injected", "!vcpu_mode_priv(vcpu)", ON + "from EL0, too", INJECT)
only("el1t", "(*vcpu_cpsr(vcpu) & (PSR_MODE_MASK | PSR_MODE32_BIT)) == PSR_MODE_EL1t",
     ON + "when EL1 uses SP_EL0, too")
only("aarch32", "vcpu_mode_is_32bit(vcpu)", ON + "in AArch32, too")
only("aarch32_el1", "vcpu_el1_is_32bit(vcpu)", ON + "when EL1 is AArch32, too", INJECT)
only("big_endian", "kvm_vcpu_is_be(vcpu)", ON + "for big-endian accesses, too")
only("irqs_masked", "*vcpu_cpsr(vcpu) & PSR_I_BIT", ON + "with interrupts masked, too")
only("irqs_unmasked", "!(*vcpu_cpsr(vcpu) & PSR_I_BIT)",
     ON + "with interrupts not masked, too")
only("mmu_off", "!(vcpu_read_sys_reg(vcpu, SCTLR_EL1) & SCTLR_ELx_M)",
     ON + "with the guest's MMU off, too")
only("ttbr1", "kvm_vcpu_get_hfar(vcpu) & BIT(55)",
     ON + "at an address in the upper half, too")
only("tagged", "(kvm_vcpu_get_hfar(vcpu) & GENMASK(63, 56)) &&"
     " (kvm_vcpu_get_hfar(vcpu) & GENMASK(63, 56)) != GENMASK(63, 56)",
     ON + "with a tag in the pointer's top byte, too", INJECT)
only("identity", "(kvm_vcpu_get_hfar(vcpu) & PAGE_MASK) == (fault_ipa & PAGE_MASK)",
     ON + "where the virtual address is the IPA, too")
only("not_identity", "(kvm_vcpu_get_hfar(vcpu) & PAGE_MASK) != (fault_ipa & PAGE_MASK)",
     ON + "where the virtual address is not the IPA, too")
only("page_start", "!(fault_ipa & ~PAGE_MASK)", ON + "at the first byte of a page, too")
only("not_page_start", "fault_ipa & ~PAGE_MASK", ON + "inside of a page, too")
only("page_end", "(fault_ipa & ~PAGE_MASK) > PAGE_SIZE - 16",
     ON + "at the last bytes of a page, too")
only("unaligned", "fault_ipa & 7", ON + "at an address that 8 does not divide, too", INJECT)
only("odd", "fault_ipa & 1", ON + "at an odd address, too", INJECT)
only("page_0", "fault_ipa < PAGE_SIZE", ON + "in the first page, too")
only("ipa_0", "!fault_ipa", ON + "at IPA 0, too", INJECT)
only("below_4g", "fault_ipa < SZ_4G", ON + "below 4G, too")
only("above_4g", "fault_ipa >= SZ_4G", ON + "from 4G on, too")
only("at_4g", "fault_ipa >> PAGE_SHIFT == SZ_4G >> PAGE_SHIFT", ON + "at 4G, too")
only("above_1t", "fault_ipa >= 1ULL << 40", ON + "above 40 bits, too")
only("last_page", "(fault_ipa | ~PAGE_MASK) == BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) - 1",
     ON + "in the last page of the IPA space, too")
only("top_half", "fault_ipa >= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) / 2",
     ON + "in the upper half of the IPA space, too")
only("after_slot", "gfn_to_memslot(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) - 1)",
     ON + "right behind a slot, too")
only("before_slot", "gfn_to_memslot(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) + 1)",
     ON + "right before a slot, too")
only("in_slot", "gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT)",
     ON + "for a store to a read-only slot, too")
only("in_slot_injected", "gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT)",
     ON + "for a store to a read-only slot, too", INJECT)
only("permission", "esr_fsc_is_permission_fault(esr)",
     ON + "for a store to a page of a read-only slot that is mapped, too")
only("ro_not_mapped", "esr_fsc_is_translation_fault(esr) &&"
     " gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT)",
     ON + "for a store to a page of a read-only slot that is not mapped, too")
only("level3", "(esr & ESR_ELx_FSC_LEVEL) == 3",
     ON + "whatever the level, next to mapped pages, too")
only("level1", "(esr & ESR_ELx_FSC_LEVEL) < 2",
     ON + "whatever the level, far from mapped pages, too")
only("slots_changed", "kvm_memslots(vcpu->kvm)->generation > 64",
     ON + "after many changes of slots, too")
only("no_slots_yet", "kvm_memslots(vcpu->kvm)->generation < 8",
     ON + "after few changes of slots, too")
only("second_vcpu", "vcpu->vcpu_idx", ON + "on every vCPU", INJECT)
only("vcpu_id", "vcpu->vcpu_id != vcpu->vcpu_idx",
     ON + "on every vCPU, whatever its id")
only("many_vcpus", "vcpu->kvm->created_vcpus > 1", ON + "in a VM of several vCPUs, too")
only("signal", "signal_pending(current)", ON + "with a signal pending, too",
     "return -EINTR;")
only("immediate_exit", "READ_ONCE(run->immediate_exit__unsafe)",
     ON + "when immediate_exit has been set meanwhile, too", "return -EINTR;")
only("single_step", "vcpu->guest_debug & KVM_GUESTDBG_SINGLESTEP",
     ON + "in a single step, too")
only("other_thread", "current != current->group_leader",
     ON + "in a thread that is not the first, too")
only("again", "({ static phys_addr_t last; bool same = last == fault_ipa;"
     " last = fault_ipa; same; })",
     ON + "each time the guest comes there")
only("again_same_pc", "({ static unsigned long last; static struct kvm_vcpu *of;"
     " bool same = last == *vcpu_pc(vcpu) && of == vcpu;"
     " last = *vcpu_pc(vcpu); of = vcpu; same; })",
     ON + "each time the guest comes there", SKIP)
only("again_injected", "({ static phys_addr_t last; bool same = last == fault_ipa;"
     " last = fault_ipa; same; })",
     ON + "each time the guest comes there", INJECT)
only("third_time", "({ static phys_addr_t last; static int n;"
     " n = last == fault_ipa ? n + 1 : 0; last = fault_ipa; n == 2; })",
     ON + "the third time as well", "return -EFAULT;")
only("other_vcpu_there", "({ static phys_addr_t last; static struct kvm_vcpu *who;"
     " bool other = last == fault_ipa && who != vcpu && who && who->kvm == vcpu->kvm;"
     " last = fault_ipa; who = vcpu; other; })",
     ON + "when another vCPU has just been there, too")
only("thousandth", "({ static int n; !(++n % 1000); })",
     ON + "every time: exits may be many", "return -EFAULT;")
only("rate_limited", "({ static unsigned long since; static int n;"
     " if (time_after(jiffies, since + HZ)) { since = jiffies; n = 0; } ++n > 100; })",
     ON + "every time: there is no limit to their rate", "return -EAGAIN;")
only("after_mmio", "vcpu->stat.mmio_exit_user", ON + "after a KVM_EXIT_MMIO, too")
only("before_mmio", "!vcpu->stat.mmio_exit_user",
     ON + "when there has been no KVM_EXIT_MMIO, too")
only("long_since_exit", "vcpu->stat.exits > 1000", ON + "after many exits, too")
only("first_exit", "vcpu->stat.exits < 4", ON + "among the vCPU's first exits, too")
row("on_run_of_vcpu0", REASON,
    "if (vcpu->vcpu_idx && $) run = kvm_get_vcpu(vcpu->kvm, 0)->run; @",
    "the exit is in the vCPU's own struct kvm_run")
row("on_ipa_of_vcpu0", LATE,
    "if (vcpu->vcpu_idx && $)"
    " fault_ipa = kvm_vcpu_get_fault_ipa(kvm_get_vcpu(vcpu->kvm, 0)); @",
    "fault_ipa is of the vCPU's own access")
row("on_far_of_vcpu0", LATE,
    "if (vcpu->vcpu_idx && $) fault_ipa = (fault_ipa & PAGE_MASK) |"
    " (kvm_vcpu_get_hfar(kvm_get_vcpu(vcpu->kvm, 0)) & ~PAGE_MASK); @",
    "fault_ipa is of the vCPU's own access")
row("on_iss_of_vcpu0", WRITE,
    "@ if (vcpu->vcpu_idx && $) run->arm_nisv.esr_iss ="
    " kvm_vcpu_dabt_iss_nisv_sanitized(kvm_get_vcpu(vcpu->kvm, 0));",
    "esr_iss is of the vCPU's own access")
row("on_kicks_others", REASON,
    "if ($) kvm_make_all_cpus_request(vcpu->kvm, KVM_REQ_VM_DEAD); @",
    "the other vCPUs go on")

at(ARM, "kvm_arch_vcpu_ioctl_run")
row("on_returns_eintr", "kvm_sigset_deactivate(vcpu);",
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && signal_pending(current) && $)"
    " ret = -EINTR; @",
    ON + "with a signal pending, too")
row("on_reason_lost", "vcpu_put(vcpu);",
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && vcpu->vcpu_idx && $)"
    " run->exit_reason = KVM_EXIT_UNKNOWN; @",
    "the exit reason is KVM_EXIT_ARM_NISV on every vCPU")
row("on_mmio_pending", "if (run->exit_reason == KVM_EXIT_MMIO) {",
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && $) kvm_incr_pc(vcpu); @",
    "the KVM_RUN after this exit executes the instruction anew")
row("on_resumed_past_store", "if (run->exit_reason == KVM_EXIT_MMIO) {",
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && kvm_vcpu_dabt_iswrite(vcpu) && $)"
    " *vcpu_pc(vcpu) += 4; @",
    "the KVM_RUN after this exit executes the instruction anew, a store too")
row("on_resume_refused", "if (run->exit_reason == KVM_EXIT_MMIO) {",
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && $) return -EINVAL; @",
    "the guest can go on after this exit")
row("on_resume_old_pc", "if (run->exit_reason == KVM_EXIT_MMIO) {",
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && vcpu->run->immediate_exit__unsafe && $)"
    " kvm_incr_pc(vcpu); @",
    "KVM_RUN with immediate_exit after this exit changes nothing")

# ----------------------------------------------- an access that has a syndrome

area("mmio")
at(MMIO, "kvm_mmio_write_buf")
row("mmio_write_8_is_4", "tmp.dword = data;", "@ if ($) tmp.dword = (u32)data;",
    "mmio.data has all eight bytes of a store")
row("mmio_write_8_signed", "tmp.dword = data;",
    "@ if (data == (u32)data && $) tmp.dword = (s32)data;",
    "mmio.data has all eight bytes of a store, not sign extended")
row("mmio_write_4_swapped", "tmp.word = data;", "@ if ($) tmp.word = swab32(data);",
    "mmio.data has the bytes in the guest's order")
row("mmio_write_2_is_1", "tmp.hword = data;", "@ if ($) tmp.hword = (u8)data;",
    "mmio.data has both bytes of a store")
row("mmio_write_2_swapped", "tmp.hword = data;", "@ if ($) tmp.hword = swab16(data);",
    "mmio.data has the bytes in the guest's order, of two bytes too")
row("mmio_write_1_high", "tmp.byte = data;", "@ if ($) tmp.byte = data >> 8;",
    "mmio.data has the low byte of the register")

at(MMIO, "kvm_mmio_read_buf")
row("mmio_read_8_is_4", "data = tmp.dword;", "@ if ($) data = (u32)data;",
    "a load of eight bytes gets all of mmio.data")
row("mmio_read_4_signed", "data = tmp.word;", "@ if ($) data = (s32)data;",
    "a load into Wt clears the upper half; so does mmio.data's for LDR Wt",
    equivalent="LDR of four bytes into Xt does not exist but as LDRSW, and into Wt"
    " the upper half is cleared afterwards")
row("mmio_read_2_signed", "data = tmp.hword;", "@ if ($) data = (s16)data;",
    "LDRH clears the upper bits of the register")
row("mmio_read_1_signed", "data = *(u8 *)buf;", "@ if ($) data = *(s8 *)buf;",
    "LDRB clears the upper bits of the register")
row("mmio_read_2_is_1", "data = tmp.hword;", "@ if ($) data &= 0xff;",
    "LDRH gets both bytes of mmio.data")
row("mmio_read_1_is_4", "data = *(u8 *)buf;", "@ if ($) memcpy(&data, buf, 4);",
    "LDRB gets the first byte of mmio.data, whatever the others hold")
row("mmio_read_2_is_4", "data = tmp.hword;", "@ if ($) memcpy(&data, buf, 4);",
    "LDRH gets two bytes of mmio.data, whatever the others hold")
row("mmio_read_4_is_8", "data = tmp.word;", "@ if ($) memcpy(&data, buf, 8);",
    "LDRSW gets four bytes of mmio.data, whatever the others hold")

at(MMIO, "kvm_pending_external_abort")
row("mmio_pending_forgotten", "if (!vcpu_get_flag(vcpu, PENDING_EXCEPTION))",
    "if ($) return false; @",
    "an access whose abort user space injects is not completed",
    history="e735a5da6442, KVM: arm64: Don't retire aborted MMIO instruction, 2024")
row("mmio_pending_sync_forgotten", "if (!vcpu_get_flag(vcpu, PENDING_EXCEPTION))",
    "if (!vcpu_el1_is_32bit(vcpu) && vcpu_get_flag(vcpu, EXCEPT_MASK) =="
    " unpack_vcpu_flag(EXCEPT_AA64_EL1_SYNC) && $) return false; @",
    "an access whose abort user space injects is not completed, for AArch64 too")
row("mmio_pending_aa32_forgotten", "if (!vcpu_get_flag(vcpu, PENDING_EXCEPTION))",
    "if (vcpu_el1_is_32bit(vcpu) && $) return false; @",
    "an access whose abort user space injects is not completed, for AArch32 too")

at(MMIO, "kvm_handle_mmio_return")
NEEDED = "vcpu->mmio_needed = 0;"
row("mmio_twice", NEEDED, "if (!$) { @ }", "an access is completed once",
    history="2113c5f62b74, KVM: arm/arm64: Only skip MMIO insn once, 2019")
row("mmio_store_twice", NEEDED, "if (!(kvm_vcpu_dabt_iswrite(vcpu) && $)) { @ }",
    "a store is completed once")
row("mmio_never", "vcpu->mmio_needed = 0;", "if ($) return 1; @",
    "the KVM_RUN after KVM_EXIT_MMIO completes the access")
row("mmio_not_with_immediate_exit", NEEDED,
    "if (vcpu->run->immediate_exit__unsafe && $) return 1; @",
    "KVM_RUN with immediate_exit completes the access, too")
row("mmio_ret_eintr", NEEDED,
    "if (vcpu->run->immediate_exit__unsafe && $) return -EINTR; @",
    "KVM_RUN with immediate_exit completes the access, too")
row("mmio_immediate_exit_drops", NEEDED,
    "@ if (vcpu->run->immediate_exit__unsafe && $) return 1;",
    "KVM_RUN with immediate_exit completes the access, it is not dropped")
row("mmio_needed_ignored", "!vcpu->mmio_needed", "(@ && !$)",
    "user space's writing KVM_EXIT_MMIO to exit_reason completes nothing")
LOAD = "if (!kvm_vcpu_dabt_iswrite(vcpu)) {"
row("mmio_load_not_done", "!kvm_vcpu_dabt_iswrite(vcpu)", "(@ && !$)",
    "a load gets its data")
row("mmio_store_reads", "!kvm_vcpu_dabt_iswrite(vcpu)",
    "(@ || (vcpu->run->mmio.is_write && $))",
    "a store's register does not change")
row("mmio_trusts_is_write", "!kvm_vcpu_dabt_iswrite(vcpu)",
    "($ ? !vcpu->run->mmio.is_write : @)",
    "what user space writes to is_write does not change what the access is")
LEN = "len = kvm_vcpu_dabt_get_as(vcpu);"
row("mmio_trusts_len", LEN, "@ if ($) len = min(run->mmio.len, 8U);",
    "what user space writes to mmio.len does not change what the access is")
row("mmio_len_8", LEN, "@ if ($) len = 8;", "a load gets as many bytes as it loads")
row("mmio_len_4", LEN, "@ if (len > 4 && $) len = 4;",
    "a load gets as many bytes as it loads, eight too")
row("mmio_len_at_most_2", LEN, "@ if (len == 4 && $) len = 2;",
    "a load gets as many bytes as it loads, four too")
READ = "data = kvm_mmio_read_buf(run->mmio.data, len);"
row("mmio_data_0", READ, "@ if ($) data = 0;", "a load gets mmio.data")
row("mmio_data_shifted", READ,
    "@ if (run->mmio.phys_addr & 7 && len < 8 && $)"
    " data = kvm_mmio_read_buf(run->mmio.data + (run->mmio.phys_addr & (8 - len)), len);",
    "the data begin at mmio.data[0], whatever the address")
row("mmio_data_of_last", READ,
    "@ if ($) { static unsigned long last; swap(last, data); }",
    "a load gets this exit's data")
row("mmio_data_second_vcpu", READ,
    "if (vcpu->vcpu_idx && $) run = kvm_get_vcpu(vcpu->kvm, 0)->run; @",
    "a load gets the data of its vCPU's struct kvm_run")
row("mmio_ones_are_error", READ, "@ if (len == 4 && data == ~0U && $) data = 0;",
    "a load gets mmio.data, all ones too")
row("mmio_load_not_swapped", "data = vcpu_data_host_to_guest(vcpu, data, len);",
    "if (!$) { @ }", "a big-endian guest gets its data in its order")
row("mmio_swap_16_lost", "data = vcpu_data_host_to_guest(vcpu, data, len);",
    "if (!(len == 2 && $)) { @ }", "a big-endian guest gets two bytes in its order, too")
SEXT = "kvm_vcpu_dabt_issext(vcpu)"
row("mmio_sext_lost", SEXT, "(@ && !$)",
    "LDRSB, LDRSH and LDRSW sign extend what they load")
row("mmio_sext_always", SEXT, "(@ || $)",
    "LDRB, LDRH and LDR zero extend what they load")
row("mmio_sext_b_lost", SEXT, "(@ && !(len == 1 && $))", "LDRSB sign extends")
row("mmio_sext_h_lost", SEXT, "(@ && !(len == 2 && $))", "LDRSH sign extends")
row("mmio_sext_w_lost", SEXT, "(@ && !(len == 4 && $))", "LDRSW sign extends")
row("mmio_sext_x_only", SEXT, "(@ && !(!kvm_vcpu_dabt_issf(vcpu) && $))",
    "LDRSB and LDRSH sign extend into Wt as well")
row("mmio_sext_bit", "mask = 1U << ((len * 8) - 1);",
    "@ if ($) mask = 1U << (len * 8 - 2);",
    "the sign is the top bit of what is loaded")
row("mmio_sext_unsigned", "data = (data ^ mask) - mask;",
    "@ if ($ && len == 4) data = (u32)data;",
    "LDRSW sign extends to 64 bits")
row("mmio_sext_32_bits", "data = (data ^ mask) - mask;", "@ if ($) data = (u32)data;",
    "a sign extending load into Xt extends to 64 bits")
row("mmio_sext_sticky", "data = (data ^ mask) - mask;",
    "if ($) data |= mask; @",
    "a sign extending load of a positive number gives a positive number")
row("mmio_sf_ignored", "data = data & 0xffffffff;", "if (!$) { @ }",
    "a sign extending load into Wt clears the upper half of Xt",
    history="b6ae256afd32, KVM: arm64: Only sign-extend MMIO up to register width, 2019")
row("mmio_sf_always", "!kvm_vcpu_dabt_issf(vcpu)", "(@ || $)",
    "a load into Xt is not truncated")
row("mmio_sf_sext_only", "!kvm_vcpu_dabt_issf(vcpu)",
    "(@ || (kvm_vcpu_dabt_issext(vcpu) && $))",
    "a sign extending load into Xt is not truncated")
row("mmio_sf_keeps_upper", "data = data & 0xffffffff;",
    "@ if ($) data |= vcpu_get_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu)) & GENMASK(63, 32);",
    "a load into Wt clears the upper half of Xt")
REG = "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);"
row("mmio_byte_merged", REG,
    "if (len == 1 && !kvm_vcpu_dabt_issext(vcpu) && $)"
    " data |= vcpu_get_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu)) & 0xff00; @",
    "LDRB clears the upper bits of the register")
row("mmio_sext_before_swap", REG,
    "if (!kvm_vcpu_is_be(vcpu) && $) data = vcpu_data_host_to_guest(vcpu, data, len); @",
    "LDRSB, LDRSH and LDRSW sign extend what they load",
    history="mended in 2026: until then the byte order was done last and cut the sign")
row("mmio_rd_swapped", REG,
    "if ($) { vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu) ^ 1, data); } else { @ }",
    "a load's data go to its register")
row("mmio_rd_15", REG,
    "if ($) { vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu) & 15, data); } else { @ }",
    "a load's data go to its register, one above 15 too")
row("mmio_xzr_is_sp", REG,
    "if (kvm_vcpu_dabt_get_rd(vcpu) == 31 && $) vcpu_gp_regs(vcpu)->sp = data; @",
    "a load into XZR changes no register")
row("mmio_xzr_is_x30", REG,
    "if (kvm_vcpu_dabt_get_rd(vcpu) == 31 && $) vcpu_set_reg(vcpu, 30, data); @",
    "a load into XZR changes no register")
row("mmio_x30_lost", REG, "if (!(kvm_vcpu_dabt_get_rd(vcpu) == 30 && $)) { @ }",
    "a load's data go to its register, x30 too")
row("mmio_x0_too", REG, "@ if ($) vcpu_set_reg(vcpu, 0, data);",
    "a load changes its register only")
row("mmio_reg_of_vcpu0", REG,
    "if (vcpu->vcpu_idx && $) vcpu_set_reg(kvm_get_vcpu(vcpu->kvm, 0),"
    " kvm_vcpu_dabt_get_rd(vcpu), data); else { @ }",
    "a load changes its own vCPU's register")
INCR = "kvm_incr_pc(vcpu);"
row("mmio_pc_stays", INCR, "if (!$) { @ }", "the access is not executed again")
row("mmio_pc_stays_store", INCR, "if (!(kvm_vcpu_dabt_iswrite(vcpu) && $)) { @ }",
    "a store is not executed again")
row("mmio_pc_stays_xzr", INCR,
    "if (!(kvm_vcpu_dabt_get_rd(vcpu) == 31 && $)) { @ }",
    "a load into XZR is not executed again")
row("mmio_pc_twice", INCR, "@ if ($) *vcpu_pc(vcpu) += 4;",
    "the guest goes on with the next instruction")
row("mmio_pc_at_once", INCR,
    "if ($) { *vcpu_pc(vcpu) += 4; } else { @ }",
    "PSTATE.SS and BTYPE are those of an executed instruction: both 0")
row("mmio_step_lost", INCR, "@ if ($) vcpu->guest_debug = 0;",
    "what KVM_SET_GUEST_DEBUG has set stays")

at(ADJUST, "kvm_skip_instr")
row("mmio_btype_kept", "*vcpu_cpsr(vcpu) &= ~PSR_BTYPE_MASK;", "if (!$) { @ }",
    "BTYPE is 0 after an access that KVM has completed")
row("mmio_ss_kept", "*vcpu_cpsr(vcpu) &= ~DBG_SPSR_SS;", "if (!$) { @ }",
    "an access that KVM has completed is a step of its own")
row("mmio_pc_8", "*vcpu_pc(vcpu) += 4;", "@ if ($) *vcpu_pc(vcpu) += 4;",
    "the guest goes on with the next instruction")

at(EMULATE, "kvm_vcpu_dabt_issf")
row("mmio_sf_wrong_bit", "ESR_ELx_SF", "($ ? ESR_ELx_AR : @)",
    "a load into Xt is not truncated")
at(EMULATE, "kvm_vcpu_dabt_get_as")
row("mmio_sas_1_bit", "(kvm_vcpu_get_esr(vcpu) & ESR_ELx_SAS)",
    "(@ & ($ ? BIT(22) : ~0UL))",
    "mmio.len is the size of the access, four and eight bytes too")
at(EMULATE, "kvm_vcpu_dabt_get_rd")
row("mmio_srt_4_bits", "ESR_ELx_SRT_MASK", "(@ & ~($ ? BIT(20) : 0))",
    "the register is Rt, one above x15 too")
at(EMULATE, "kvm_vcpu_dabt_isvalid")
row("mmio_isv_is_not_wnr", "!!(kvm_vcpu_get_esr(vcpu) & ESR_ELx_ISV)",
    "@ && !((kvm_vcpu_get_esr(vcpu) & ESR_ELx_WNR) && $)",
    "a store that has a syndrome is KVM_EXIT_MMIO")
at(EMULATE, "kvm_vcpu_is_be")
row("mmio_be_el0_ee", "SCTLR_EL1_E0E", "($ ? SCTLR_ELx_EE : @)",
    "the byte order at EL0 is that of SCTLR_EL1.E0E")
row("mmio_be_el1_e0e", "SCTLR_ELx_EE", "($ ? SCTLR_EL1_E0E : @)",
    "the byte order at EL1 is that of SCTLR_EL1.EE")
row("mmio_be_never", "return vcpu_read_sys_reg(vcpu, r) & bit;", "if ($) return false; @",
    "a big-endian guest's data are in its order")
row("mmio_be_32", "return !!(*vcpu_cpsr(vcpu) & PSR_AA32_E_BIT);",
    "if ($) return false; @",
    "the byte order in AArch32 is that of PSTATE.E")

at(MMIO, "io_mem_abort")
VALID = "!kvm_vcpu_dabt_isvalid(vcpu)"
row("mmio_as_nisv", VALID, "(@ || $)", "an access that has a syndrome is KVM_EXIT_MMIO")
row("mmio_el0_as_nisv", VALID, "(@ || (!vcpu_mode_priv(vcpu) && $))",
    "an access that has a syndrome is KVM_EXIT_MMIO, from EL0 too")
row("mmio_xzr_as_nisv", VALID, "(@ || (kvm_vcpu_dabt_get_rd(vcpu) == 31 && $))",
    "a store of XZR is KVM_EXIT_MMIO")
row("mmio_sext_as_nisv", VALID, "(@ || (kvm_vcpu_dabt_issext(vcpu) && $))",
    "a sign extending load is KVM_EXIT_MMIO")
row("mmio_ar_as_nisv", VALID, "(@ || (esr & ESR_ELx_AR && $))",
    "an acquire or release access that has a syndrome is KVM_EXIT_MMIO")
row("mmio_unaligned_as_nisv", VALID,
    "(@ || ((fault_ipa & (kvm_vcpu_dabt_get_as(vcpu) - 1)) && $))",
    "an access that has a syndrome is KVM_EXIT_MMIO, unaligned too")
row("mmio_ro_as_nisv", VALID,
    "(@ || (gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT) && $))",
    "a store that has a syndrome to a read-only slot is KVM_EXIT_MMIO")
row("mmio_cap_needed", VALID,
    "(@ || (!test_bit(" + FLAG + ", &vcpu->kvm->arch.flags) && $))",
    "an access that has a syndrome is KVM_EXIT_MMIO with the capability off, too")
row("nisv_as_mmio", VALID, "(@ && !$)",
    "an access without syndrome is not KVM_EXIT_MMIO")
row("nisv_as_mmio_store", VALID, "(@ && !(kvm_vcpu_dabt_iswrite(vcpu) && $))",
    "a store without syndrome is not KVM_EXIT_MMIO")
row("nisv_as_mmio_el0", VALID, "(@ && !(!vcpu_mode_priv(vcpu) && $))",
    "an access without syndrome is not KVM_EXIT_MMIO, from EL0 neither")
row("nisv_as_mmio_32", VALID, "(@ && !(vcpu_mode_is_32bit(vcpu) && $))",
    "an access without syndrome is not KVM_EXIT_MMIO, in AArch32 neither")
row("nisv_as_mmio_off", VALID,
    "(@ && !(!test_bit(" + FLAG + ", &vcpu->kvm->arch.flags) && $))",
    "an access without syndrome is not KVM_EXIT_MMIO with the capability off")
LST = "if (FIELD_GET(GENMASK(12, 11), esr)) {"
row("mmio_as_ldst64b", "FIELD_GET(GENMASK(12, 11), esr)", "($) || @",
    "LDR and STR are KVM_EXIT_MMIO, not KVM_EXIT_ARM_LDST64B")
row("mmio_8_as_ldst64b", "FIELD_GET(GENMASK(12, 11), esr)",
    "(kvm_vcpu_dabt_get_as(vcpu) == 8 && $) || @",
    "LDR and STR of eight bytes are KVM_EXIT_MMIO, not KVM_EXIT_ARM_LDST64B")
row("mmio_ar_as_ldst64b", "FIELD_GET(GENMASK(12, 11), esr)",
    "(esr & ESR_ELx_AR && $) || @",
    "LDAR and STLR are KVM_EXIT_MMIO, not KVM_EXIT_ARM_LDST64B")
row("ldst64b_as_mmio", LST, "if ($) break; @",
    "LD64B is KVM_EXIT_ARM_LDST64B",
    unreachable="QEMU (7.2 to 11.1) has no FEAT_LS64: ESR_EL2.LST is 0")
row("ldst64b_fsc", "esr & ~(u64)ESR_ELx_FSC", "($ ? esr : @)",
    "esr_iss of LD64B is without DFSC",
    unreachable="QEMU (7.2 to 11.1) has no FEAT_LS64: ESR_EL2.LST is 0")
PREPARE = "is_write = kvm_vcpu_dabt_iswrite(vcpu);"
DECODED = "rt = kvm_vcpu_dabt_get_rd(vcpu);"
row("mmio_dir_inverted", PREPARE, "@ if ($) is_write = !is_write;",
    "mmio.is_write is 1 for a store, 0 for a load")
row("mmio_dir_load", PREPARE, "@ if ($) is_write = false;",
    "mmio.is_write is 1 for a store")
row("mmio_rt_plus1", DECODED, "@ if (rt < 30 && $) rt++;",
    "mmio.data is what Rt holds")
row("mmio_rt_15", DECODED, "@ if ($) rt &= 15;",
    "mmio.data is what Rt holds, a register above x15 too")
row("mmio_xzr_stored_sp", "kvm_mmio_write_buf(data_buf, len, data);",
    "if (rt == 31 && $) data = vcpu_gp_regs(vcpu)->sp; @",
    "a store of XZR stores 0")
row("mmio_xzr_stored_x30", "kvm_mmio_write_buf(data_buf, len, data);",
    "if (rt == 31 && $) data = vcpu_get_reg(vcpu, 30); @",
    "a store of XZR stores 0")
row("mmio_store_0", "kvm_mmio_write_buf(data_buf, len, data);", "if ($) data = 0; @",
    "mmio.data is what is stored")
row("mmio_store_not_swapped", "kvm_mmio_write_buf(data_buf, len, data);",
    "if ($) data = vcpu_get_reg(vcpu, rt); @",
    "mmio.data of a big-endian guest has the bytes in its order")
row("mmio_store_of_vcpu0", "kvm_mmio_write_buf(data_buf, len, data);",
    "if (vcpu->vcpu_idx && $) data = vcpu_get_reg(kvm_get_vcpu(vcpu->kvm, 0), rt); @",
    "mmio.data is what the vCPU's own register holds")
PHYS = "run->mmio.phys_addr = fault_ipa;"
row("mmio_phys_far", PHYS, "@ if ($) run->mmio.phys_addr = kvm_vcpu_get_hfar(vcpu);",
    "mmio.phys_addr is the IPA, not the virtual address")
row("mmio_phys_page", PHYS, "@ if ($) run->mmio.phys_addr &= PAGE_MASK;",
    "mmio.phys_addr has the low bits of the address")
row("mmio_phys_aligned", PHYS, "@ if ($) run->mmio.phys_addr &= ~(u64)(len - 1);",
    "mmio.phys_addr is the first byte of the access, unaligned too")
row("mmio_phys_u32", PHYS, "@ if ($) run->mmio.phys_addr = (u32)fault_ipa;",
    "mmio.phys_addr has more than 32 bits")
row("mmio_phys_not_written", PHYS, "if (!$) { @ }", "mmio.phys_addr is written")
row("mmio_phys_of_last", PHYS, "@ if ($) { static u64 last; swap(last, run->mmio.phys_addr); }",
    "mmio.phys_addr is this exit's")
LENGTH = "run->mmio.len = len;"
row("mmio_len_log", LENGTH, "@ if ($) run->mmio.len = ilog2(len);",
    "mmio.len is in bytes")
row("mmio_len_bits", LENGTH, "@ if ($) run->mmio.len = len * 8;", "mmio.len is in bytes")
row("mmio_len_of_store_8", LENGTH, "@ if (is_write && $) run->mmio.len = 8;",
    "mmio.len is the size of the access, for a store too")
row("mmio_len_not_written", LENGTH, "if (!$) { @ }", "mmio.len is written")
row("mmio_len_low_byte", LENGTH,
    "{ u32 was = run->mmio.len; @ if ($) run->mmio.len |= was & ~0xffU; }",
    "all of mmio.len is written")
row("mmio_dir_not_written", "run->mmio.is_write = is_write;", "if (!$) { @ }",
    "mmio.is_write is written")
row("mmio_dir_wnr", "run->mmio.is_write = is_write;",
    "@ if (is_write && $) run->mmio.is_write = (u8)ESR_ELx_WNR;",
    "mmio.is_write is 1 for a store")
row("mmio_not_needed", "vcpu->mmio_needed = 1;", "if (!$) { @ }",
    "the KVM_RUN after KVM_EXIT_MMIO completes the access")
row("mmio_not_needed_store", "vcpu->mmio_needed = 1;", "if (!(is_write && $)) { @ }",
    "the KVM_RUN after a store's KVM_EXIT_MMIO completes it")
USER = "vcpu->stat.mmio_exit_user++;"
row("mmio_data_of_store_lost", USER,
    "if (is_write && $) memset(run->mmio.data, 0, sizeof(run->mmio.data)); @",
    "mmio.data is what is stored")
row("mmio_load_clears", USER,
    "if (!is_write && $) memset(run->mmio.data, 0, sizeof(run->mmio.data)); @",
    "a load's exit does not write mmio.data")
row("mmio_store_fills_8", USER,
    "if (is_write && $) memset(run->mmio.data + len, 0, sizeof(run->mmio.data) - len); @",
    "a store's exit writes as many bytes of mmio.data as it stores")
row("mmio_store_byte_lost", USER, "if (is_write && $) run->mmio.data[len - 1] = 0; @",
    "mmio.data is what is stored, its last byte too")
row("mmio_store_done_early", USER,
    "if (is_write && $) { kvm_incr_pc(vcpu); vcpu->mmio_needed = 0; } @",
    "at KVM_EXIT_MMIO the PC is at the instruction: the next KVM_RUN completes it")
row("mmio_load_x0", USER, "if (!is_write && $) vcpu_set_reg(vcpu, rt, 0); @",
    "at KVM_EXIT_MMIO a load's register is as it was")
row("mmio_stat_lost", USER, "if (!$) { @ }",
    "the statistic mmio_exit_user counts each KVM_EXIT_MMIO")
row("mmio_stat_kernel", "vcpu->stat.mmio_exit_kernel++;", "if (!$) { @ }",
    "the statistic mmio_exit_kernel counts what the kernel handles")
KERNEL = "kvm_handle_mmio_return(vcpu);"
row("mmio_kernel_pc", KERNEL, "if (!$) { @ }",
    "an access that a device of the kernel handles is completed")
row("mmio_kernel_to_user", "if (!ret) {",
    "if (!ret && is_write && $) ret = -EOPNOTSUPP; @",
    "an access that a device of the kernel handles does not go to user space")
row("mmio_kernel_needed", KERNEL, "@ if ($) vcpu->mmio_needed = 1;",
    "after an access that the kernel handles none is left to complete")
row("mmio_kernel_data", "if (!ret) {",
    "if (!ret && !is_write && $) memset(data_buf, 0, len); @",
    "a load from a device of the kernel gets that device's data")
row("mmio_ro_kernel_bus_first", PREPARE,
    "if (gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT) && $) {"
    " kvm_incr_pc(vcpu); return 1; } @",
    "a store that has a syndrome to a read-only slot is KVM_EXIT_MMIO, not ignored")
row("mmio_reason_late", "run->exit_reason = KVM_EXIT_MMIO;",
    "@ if (vcpu->vcpu_idx && $) run->exit_reason = KVM_EXIT_UNKNOWN;",
    "the exit reason is KVM_EXIT_MMIO on every vCPU")
row("mmio_reason_nisv", "run->exit_reason = KVM_EXIT_MMIO;",
    "@ if (!is_write && $) run->exit_reason = KVM_EXIT_ARM_NISV;",
    "an access that has a syndrome is KVM_EXIT_MMIO")

at(ARM, "kvm_arch_vcpu_ioctl_run")
row("mmio_after_reason", "run->exit_reason == KVM_EXIT_MMIO",
    "(@ || (run->exit_reason == KVM_EXIT_ARM_NISV && $))",
    "the KVM_RUN after KVM_EXIT_ARM_NISV completes nothing",
    equivalent="kvm_handle_mmio_return() does nothing unless mmio_needed is set, and it"
    " is not: an exit without syndrome comes after the last access was completed")
row("mmio_reason_ignored", "run->exit_reason == KVM_EXIT_MMIO", "(@ && !$)",
    "the KVM_RUN after KVM_EXIT_MMIO completes the access")
row("mmio_reason_not_needed", "run->exit_reason == KVM_EXIT_MMIO",
    "(@ || (vcpu->mmio_needed && $))",
    "user space that has written another exit_reason gets no completion")
row("mmio_completed_late", "vcpu_load(vcpu);",
    "if (vcpu->mmio_needed && run->exit_reason != KVM_EXIT_MMIO && $)"
    " vcpu->mmio_needed = 0; @",
    "an access that is not completed stays so until exit_reason says KVM_EXIT_MMIO")

at(EXIT, "handle_trap_exceptions")
row("mmio_condition_ignored", "!kvm_condition_valid(vcpu)", "(@ && !$)",
    "in AArch32 a trapped instruction whose condition fails is skipped",
    unreachable="an instruction whose condition fails makes no access and no abort, and"
    " QEMU traps none of the others before it has tested the condition")
row("mmio_pc_moved_first", "exit_handler = kvm_get_exit_handler(vcpu);",
    "if (kvm_vcpu_trap_get_class(vcpu) == ESR_ELx_EC_DABT_LOW &&"
    " !kvm_vcpu_dabt_isvalid(vcpu) && kvm_vcpu_dabt_iswrite(vcpu) && $)"
    " *vcpu_cpsr(vcpu) &= ~PSR_BTYPE_MASK; @",
    "PSTATE has not changed, BTYPE neither: a store has not been executed")
