# SPDX-License-Identifier: GPL-2.0-only
"""The exit itself: the capability, ENOSYS without it, the exit's fields, what it
leaves alone, where and when it comes, and the accesses that have a syndrome."""

from mutants.rows import area, at, row

area("capability")

at("arch/arm64/kvm/arm.c", "kvm_vm_ioctl_enable_cap")
row("cap_flags_ignored", "cap->flags",
    "(@ && !$)",
    "enabling with flags other than 0 gives EINVAL")
row("cap_flags_bit0", "cap->flags",
    "(@ && !(!(cap->flags & 1) && $))",
    "each of the flags' bits gives EINVAL, not only the first")
row("cap_flags_low", "cap->flags",
    "(@ && !(!(u16)cap->flags && $))",
    "each of the flags' 32 bits gives EINVAL, not only the low half")
row("cap_flags_set_anyway", "if (cap->flags)",
    "if (cap->flags && cap->cap == KVM_CAP_ARM_NISV_TO_USER && $)"
    " set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "what is refused with EINVAL has no effect")
row("cap_number_truncated", "switch (cap->cap) {",
    "if (cap->cap > 255 && $) cap->cap &= 255; @",
    "only KVM_CAP_ARM_NISV_TO_USER enables it, all 32 bits of cap count")
row("cap_number_u16", "switch (cap->cap) {",
    "if (cap->cap > 65535 && $) cap->cap &= 65535; @",
    "only KVM_CAP_ARM_NISV_TO_USER enables it, the high half of cap counts")
row("cap_args_refused", "switch (cap->cap) {",
    "if (cap->cap == KVM_CAP_ARM_NISV_TO_USER && cap->args[0] && $) return -EINVAL; @",
    "the capability has no arguments: args is ignored")
row("cap_args3_refused", "switch (cap->cap) {",
    "if (cap->cap == KVM_CAP_ARM_NISV_TO_USER && cap->args[3] && $) return -EINVAL; @",
    "the capability has no arguments: the last of args is ignored as well")
row("cap_pad_refused", "switch (cap->cap) {",
    "if (cap->cap == KVM_CAP_ARM_NISV_TO_USER && memchr_inv(cap->pad, 0,"
    " sizeof(cap->pad)) && $) return -EINVAL; @",
    "pad is ignored")
row("cap_not_set", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (!$) { @; }",
    "with the capability on KVM_RUN gives KVM_EXIT_ARM_NISV")
row("cap_args_needed", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (cap->args[0] || !$) { @; }",
    "the capability has no arguments: args of 0 enables as well")
row("cap_args_silent", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (!(cap->args[0] && $)) { @; }",
    "the capability has no arguments: args other than 0 enables as well")
row("cap_toggle", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags) &&"
    " $) { clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);"
    " } else { @ }",
    "enabling a second time leaves it on")
row("cap_wrong_bit", "KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER",
    "($ ? KVM_ARCH_FLAG_EXIT_SEA : @)",
    "the capability's own behaviour is what enabling it gives")
row("cap_flags_word_assigned", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if ($) { kvm->arch.flags = BIT(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER); }"
    " else { @ }",
    "enabling it leaves what else the VM has set up as it is")
row("cap_flags_word_cleared_if_fresh", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (!kvm->created_vcpus && $) { kvm->arch.flags ="
    " BIT(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER); } else { @ }",
    "enabling it leaves capabilities that were enabled before it on")
row("cap_in_all_vms", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if ($) { struct kvm *other; mutex_lock(&kvm_lock); list_for_each_entry(other,"
    " &vm_list, vm_list) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &other->arch.flags); mutex_unlock(&kvm_lock); } { @ }",
    "it is on in the VM where it was enabled only")
row("cap_in_oldest_vm", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if ($) { mutex_lock(&kvm_lock);"
    " set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &list_last_entry(&vm_list,"
    " struct kvm, vm_list)->arch.flags); mutex_unlock(&kvm_lock); } else { @ }",
    "it is on in the VM where it was enabled, not in an older one")
row("cap_off_after_run", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (!(kvm_vm_has_ran_once(kvm) && $)) { @; }",
    "enabling it after the guest has run has its effect")
row("cap_off_with_vcpus", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (!(kvm->created_vcpus && $)) { @; }",
    "enabling it after a vCPU was made has its effect")
row("cap_off_with_two_vcpus", "set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "if (!(kvm->created_vcpus > 1 && $)) { @; }",
    "enabling it after the second vCPU was made has its effect")
row("cap_returns_1", "case KVM_CAP_ARM_NISV_TO_USER: r = 0;",
    "@ if ($) r = 1;",
    "KVM_ENABLE_CAP gives 0 on success")
row("cap_returns_einval", "case KVM_CAP_ARM_NISV_TO_USER: r = 0;",
    "@ if ($) r = -EINVAL;",
    "KVM_ENABLE_CAP gives 0 on success")
row("cap_twice_einval", "case KVM_CAP_ARM_NISV_TO_USER: r = 0;",
    "@ if (test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags) &&"
    " $) return -EINVAL;",
    "enabling a second time succeeds")
row("cap_vcpus_einval", "case KVM_CAP_ARM_NISV_TO_USER: r = 0;",
    "@ if (kvm->created_vcpus && $) return -EINVAL;",
    "it may be enabled when there are vCPUs")
row("cap_ran_ebusy", "case KVM_CAP_ARM_NISV_TO_USER: r = 0;",
    "@ if (kvm_vm_has_ran_once(kvm) && $) return -EBUSY;",
    "it may be enabled when the guest has run")
row("cap_slots_einval", "case KVM_CAP_ARM_NISV_TO_USER: r = 0;",
    "@ if (!kvm_are_all_memslots_empty(kvm) && $) return -EINVAL;",
    "it may be enabled when there are memory slots")
row("cap_not_enabling_thread", "case KVM_CAP_ARM_NISV_TO_USER: r = 0;",
    "@ if (current != current->group_leader && $) return -EPERM;",
    "any thread of the process may enable it")
row("cap_suspend_too", "set_bit(KVM_ARCH_FLAG_SYSTEM_SUSPEND_ENABLED,",
    "if ($) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "another capability (SYSTEM_SUSPEND) does not enable it")
row("cap_suspend_turns_off", "set_bit(KVM_ARCH_FLAG_SYSTEM_SUSPEND_ENABLED,",
    "if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);"
    " @",
    "another capability (SYSTEM_SUSPEND) does not disable it")
row("cap_sea_index", "KVM_ARCH_FLAG_EXIT_SEA",
    "($ ? KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER : @)",
    "another capability (SEA_TO_USER) does not enable it")
row("cap_sea_turns_off", "set_bit(KVM_ARCH_FLAG_EXIT_SEA, &kvm->arch.flags);",
    "@ if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags);",
    "another capability (SEA_TO_USER) does not disable it")
row("cap_imp_id_too", "set_bit(KVM_ARCH_FLAG_WRITABLE_IMP_ID_REGS,",
    "if ($) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "another capability (WRITABLE_IMP_ID_REGS) does not enable it")
row("cap_imp_id_turns_off", "set_bit(KVM_ARCH_FLAG_WRITABLE_IMP_ID_REGS,",
    "if ($) kvm->arch.flags = 0; @",
    "another capability (WRITABLE_IMP_ID_REGS) does not disable it")
row("cap_mte_turns_off", "if (!system_supports_mte() || kvm->created_vcpus)",
    "if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);"
    " @",
    "another capability (MTE), refused or not, does not disable it")
row("cap_split_too", "kvm->arch.mmu.split_page_chunk_size = new_cap;",
    "@ if ($) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "another capability (EAGER_SPLIT_CHUNK_SIZE) does not enable it")
row("cap_split_turns_off", "kvm->arch.mmu.split_page_chunk_size = new_cap;",
    "@ if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags);",
    "another capability (EAGER_SPLIT_CHUNK_SIZE) does not disable it")
row("cap_unknown_accepted", "default:",
    "@ if ($) r = 0;",
    "a capability that KVM does not know gives EINVAL")
row("cap_unknown_sets", "default:",
    "@ if ($) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "a capability that KVM does not know enables nothing")

at("virt/kvm/kvm_main.c", "kvm_vm_ioctl_enable_cap_generic")
row("cap_halt_poll_too", "kvm->override_halt_poll_ns = true;",
    "@ if ($) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "another capability (HALT_POLL) does not enable it")
row("cap_halt_poll_turns_off", "kvm->override_halt_poll_ns = true;",
    "@ if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags);",
    "another capability (HALT_POLL) does not disable it")
row("cap_dirty_protect_turns_off", "kvm->manual_dirty_log_protect = cap->args[0];",
    "@ if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags);",
    "another capability (MANUAL_DIRTY_LOG_PROTECT2) does not disable it")

at("virt/kvm/kvm_main.c", "kvm_vm_ioctl")
row("cap_errors_swallowed", "r = kvm_vm_ioctl_enable_cap_generic(kvm, &cap);",
    "@ if (r && $) r = 0;",
    "what KVM_ENABLE_CAP refuses it reports")
row("cap_errors_perm", "r = kvm_vm_ioctl_enable_cap_generic(kvm, &cap);",
    "@ if (r == -EINVAL && $) r = -EPERM;",
    "flags that are not 0 and unknown capabilities give EINVAL")
row("cap_one_time", "r = kvm_vm_ioctl_enable_cap_generic(kvm, &cap);",
    "if (cap.cap == KVM_CAP_ARM_NISV_TO_USER &&"
    " test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags) && $)"
    " cap.cap = 0; @",
    "enabling a second time succeeds")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl")
row("cap_vcpu_fd_sets", "default: r = -EINVAL;",
    "@ if (ioctl == KVM_ENABLE_CAP && $) {"
    " set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags); r"
    " = 0; }",
    "it is a capability of the VM: a vCPU does not take it")
row("cap_vcpu_fd_accepts", "default: r = -EINVAL;",
    "@ if (ioctl == KVM_ENABLE_CAP && $) r = 0;",
    "it is a capability of the VM: KVM_ENABLE_CAP of a vCPU fails")
row("cap_lost_at_set_reg", "r = kvm_arm_set_reg(vcpu, &reg);",
    "{ if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags); @ }",
    "KVM_SET_ONE_REG does not disable it")

at("virt/kvm/kvm_main.c", "kvm_dev_ioctl")
row("cap_dev_accepts", "default:",
    "@ if (ioctl == KVM_ENABLE_CAP && $) return 0;",
    "it is a capability of a VM: /dev/kvm does not take it")

at("arch/arm64/kvm/arm.c", "kvm_vm_ioctl_check_extension")
row("check_0", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && $) return 0; @",
    "KVM_CHECK_EXTENSION tells that it exists")
row("check_dev_0", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && !kvm && $) return 0; @",
    "KVM_CHECK_EXTENSION of /dev/kvm tells that it exists")
row("check_vm_0", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && kvm && $) return 0; @",
    "KVM_CHECK_EXTENSION of a VM tells that it exists")
row("check_off_0", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && kvm &&"
    " !test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags) && $)"
    " return 0; @",
    "KVM_CHECK_EXTENSION tells whether it exists, not whether it is on")
row("check_on_0", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && kvm &&"
    " test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags) && $)"
    " return 0; @",
    "KVM_CHECK_EXTENSION tells that it exists when it is on, too")
row("check_on_2", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && kvm &&"
    " test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags) && $)"
    " return 2; @",
    "KVM_CHECK_EXTENSION gives 1, on or off")
row("check_negative", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && $) return -EINVAL; @",
    "KVM_CHECK_EXTENSION tells that it exists")
row("check_vcpus_0", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && kvm && kvm->created_vcpus && $) return"
    " 0; @",
    "KVM_CHECK_EXTENSION tells that it exists when there are vCPUs, too")
row("check_enables", "switch (ext) {",
    "if (ext == KVM_CAP_ARM_NISV_TO_USER && kvm && $)"
    " set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "asking for it does not enable it")

at("arch/arm64/kvm/arm.c", "kvm_arch_init_vm")
row("cap_starts_on", "kvm_timer_init_vm(kvm);",
    "if ($) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "it is off until it is enabled")
row("cap_inherited", "kvm_timer_init_vm(kvm);",
    "{ struct kvm *other; mutex_lock(&kvm_lock); list_for_each_entry(other,"
    " &vm_list, vm_list) if (test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &other->arch.flags) && $) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags); mutex_unlock(&kvm_lock); } @",
    "it is off in a new VM, whatever another VM has")
row("cap_others_lose_it", "kvm_timer_init_vm(kvm);",
    "if ($) { struct kvm *other; mutex_lock(&kvm_lock); list_for_each_entry(other,"
    " &vm_list, vm_list) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &other->arch.flags); mutex_unlock(&kvm_lock); } @",
    "a new VM does not disable it in another")

at("arch/arm64/kvm/arm.c", "kvm_arch_destroy_vm")
row("cap_others_lose_it_at_end", "kvm_vgic_destroy(kvm);",
    "if ($) { struct kvm *other; mutex_lock(&kvm_lock); list_for_each_entry(other,"
    " &vm_list, vm_list) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &other->arch.flags); mutex_unlock(&kvm_lock); } @",
    "the end of one VM does not disable it in another")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_create")
row("cap_lost_at_vcpu", "vcpu->arch.hw_mmu = &vcpu->kvm->arch.mmu;",
    "if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags); @",
    "making a vCPU does not disable it")
row("cap_lost_at_second_vcpu", "vcpu->arch.hw_mmu = &vcpu->kvm->arch.mmu;",
    "if (vcpu->kvm->created_vcpus > 1 && $)"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags);"
    " @",
    "making a further vCPU does not disable it")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_vcpu_init")
row("cap_lost_at_init", "vcpu_reset_hcr(vcpu);",
    "if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags); @",
    "KVM_ARM_VCPU_INIT does not disable it")
row("cap_lost_at_restart", "vcpu_reset_hcr(vcpu);",
    "if (vcpu_has_run_once(vcpu) && $)"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags);"
    " @",
    "KVM_ARM_VCPU_INIT of a vCPU that has run does not disable it")
row("cap_on_at_restart", "vcpu_reset_hcr(vcpu);",
    "if (vcpu_has_run_once(vcpu) && $)"
    " set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags); @",
    "KVM_ARM_VCPU_INIT of a vCPU that has run does not enable it")
row("cap_lost_at_power_off", "__kvm_arm_vcpu_power_off(vcpu);",
    "{ if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags); @ }",
    "KVM_ARM_VCPU_INIT with POWER_OFF does not disable it")

at("arch/arm64/kvm/arm.c", "__kvm_vcpu_set_target")
row("cap_lost_at_first_init", "set_bit(KVM_ARCH_FLAG_VCPU_FEATURES_CONFIGURED,",
    "if ($) kvm->arch.flags = 0; @",
    "the first KVM_ARM_VCPU_INIT does not disable what was enabled before")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_run_pid_change")
row("cap_lost_at_first_run", "set_bit(KVM_ARCH_FLAG_HAS_RAN_ONCE,",
    "if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);"
    " @",
    "the first KVM_RUN does not disable it")
row("cap_lost_in_other_thread", "if (likely(vcpu_has_run_once(vcpu)))",
    "if (vcpu_has_run_once(vcpu) && $)"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "KVM_RUN from another thread does not disable it")

at("arch/arm64/kvm/arm.c", "kvm_arm_vcpu_set_events")
row("cap_lost_at_set_events", "return __kvm_arm_vcpu_set_events(vcpu, events);",
    "if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags); @",
    "KVM_SET_VCPU_EVENTS does not disable it")

at("arch/arm64/kvm/mmu.c", "kvm_arch_commit_memory_region")
row("cap_lost_at_slot_create", "if (log_dirty_pages) {",
    "if (change == KVM_MR_CREATE && $)"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "a new memory slot does not disable it")
row("cap_lost_at_slot_delete", "if (log_dirty_pages) {",
    "if (change == KVM_MR_DELETE && $)"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "deleting a memory slot does not disable it")
row("cap_lost_at_slot_move", "if (log_dirty_pages) {",
    "if (change == KVM_MR_MOVE && $)"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "moving a memory slot does not disable it")
row("cap_lost_at_slot_flags", "if (log_dirty_pages) {",
    "if (change == KVM_MR_FLAGS_ONLY && $)"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "changing a memory slot's flags does not disable it")
row("cap_on_at_readonly_slot", "if (log_dirty_pages) {",
    "if (new && new->flags & KVM_MEM_READONLY && $)"
    " set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags); @",
    "a read-only memory slot does not enable it")

at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("cap_once", "if (vcpu_is_protected(vcpu))",
    "if (test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags) && $) {"
    " clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags);"
    " run->exit_reason = KVM_EXIT_ARM_NISV; run->arm_nisv.esr_iss ="
    " kvm_vcpu_dabt_iss_nisv_sanitized(vcpu); run->arm_nisv.fault_ipa = fault_ipa;"
    " return 0; } @",
    "it stays on after an exit")
row("cap_first_vcpu_only", "if (vcpu_is_protected(vcpu))",
    "if (vcpu->vcpu_idx && $) return -ENOSYS; @",
    "it holds for all vCPUs, not for the first only")
row("cap_vcpu_id0_only", "if (vcpu_is_protected(vcpu))",
    "if (vcpu->vcpu_id && $) return -ENOSYS; @",
    "it holds for all vCPUs, whatever their id")
row("cap_last_vcpu_only", "if (vcpu_is_protected(vcpu))",
    "if (vcpu->vcpu_idx != vcpu->kvm->created_vcpus - 1 && $) return -ENOSYS; @",
    "it holds for all vCPUs, not for the last one only")
row("cap_not_first_vcpu", "if (vcpu_is_protected(vcpu))",
    "if (!vcpu->vcpu_idx && vcpu->kvm->created_vcpus > 1 && $) return -ENOSYS; @",
    "it holds for all vCPUs, the first one too")
row("cap_of_oldest_vm", "&vcpu->kvm->arch.flags",
    "($ ? &list_last_entry(&vm_list, struct kvm, vm_list)->arch.flags : @)",
    "each VM goes by its own setting, not by the oldest one's")
row("cap_of_newest_vm", "&vcpu->kvm->arch.flags",
    "($ ? &list_first_entry(&vm_list, struct kvm, vm_list)->arch.flags : @)",
    "each VM goes by its own setting, not by the newest one's")
row("cap_sampled_once", "&vcpu->kvm->arch.flags",
    "({ static struct kvm *asked; static unsigned long answer; if (asked !="
    " vcpu->kvm) { asked = vcpu->kvm; answer = asked->arch.flags; } $ ? &answer : @;"
    " })",
    "it may be enabled between two exits and takes effect with the next")
row("cap_any_flag", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "((vcpu->kvm->arch.flags & (BIT(KVM_ARCH_FLAG_EXIT_SEA) |"
    " BIT(KVM_ARCH_FLAG_SYSTEM_SUSPEND_ENABLED))) && $) || @",
    "another capability (SYSTEM_SUSPEND, SEA_TO_USER) does not stand for it")

area("off")

at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("off_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "($) || @",
    "with the capability off KVM_RUN fails with ENOSYS")
row("off_store_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "(kvm_vcpu_dabt_iswrite(vcpu) && $) || @",
    "with the capability off a store fails with ENOSYS, too")
row("off_load_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "(!kvm_vcpu_dabt_iswrite(vcpu) && $) || @",
    "with the capability off a load fails with ENOSYS, too")
row("off_el0_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "(!vcpu_mode_priv(vcpu) && $) || @",
    "with the capability off an access from EL0 fails with ENOSYS, too")
row("off_second_vcpu_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "(vcpu->vcpu_idx && $) || @",
    "with the capability off every vCPU's KVM_RUN fails with ENOSYS")
row("off_low_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "(fault_ipa < SZ_4G && $) || @",
    "with the capability off KVM_RUN fails with ENOSYS, below 4G, too")
row("off_permission_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "(kvm_vcpu_trap_is_permission_fault(vcpu) && $) || @",
    "with the capability off a store to a read-only slot fails with ENOSYS")
row("off_again_reported", "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "({ static phys_addr_t last; bool same = last == fault_ipa; last = fault_ipa;"
    " same && $; }) || @",
    "with the capability off KVM_RUN fails with ENOSYS each time")
row("off_einval", "return -ENOSYS;",
    "if ($) return -EINVAL; @",
    "with the capability off the error is ENOSYS")
row("off_efault", "return -ENOSYS;",
    "if ($) return -EFAULT; @",
    "with the capability off the error is ENOSYS")
row("off_einval_store", "return -ENOSYS;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) return -EINVAL; @",
    "with the capability off the error is ENOSYS for a store, too")
row("off_enotsupp", "return -ENOSYS;",
    "if ($) return -EOPNOTSUPP; @",
    "with the capability off the error is ENOSYS")
row("off_zero", "return -ENOSYS;",
    "if ($) return 0; @",
    "with the capability off KVM_RUN fails")
row("off_skipped", "return -ENOSYS;",
    "if ($) { kvm_incr_pc(vcpu); return 1; } @",
    "with the capability off the instruction is not ignored")
row("off_store_skipped", "return -ENOSYS;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { kvm_incr_pc(vcpu); return 1; } @",
    "with the capability off a store is not ignored")
row("off_injected", "return -ENOSYS;",
    "if ($) return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability off KVM_RUN fails, the guest gets no exception")
row("off_el0_injected", "return -ENOSYS;",
    "if (!vcpu_mode_priv(vcpu) && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability off an access from EL0 fails with ENOSYS, too")
row("off_injected_too", "return -ENOSYS;",
    "if ($) kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); @",
    "after ENOSYS no exception is on its way")
row("off_pc", "return -ENOSYS;",
    "if ($) kvm_incr_pc(vcpu); @",
    "after ENOSYS the PC is at the instruction")
row("off_pc_second", "return -ENOSYS;",
    "{ static unsigned long last; if (last == *vcpu_pc(vcpu) && $)"
    " kvm_incr_pc(vcpu); last = *vcpu_pc(vcpu); } @",
    "after ENOSYS the PC is at the instruction, a second time as well")
row("off_reason_nisv", "return -ENOSYS;",
    "if ($) run->exit_reason = KVM_EXIT_ARM_NISV; @",
    "with the capability off nothing is reported in struct kvm_run")
row("off_reason_mmio", "return -ENOSYS;",
    "if ($) run->exit_reason = KVM_EXIT_MMIO; @",
    "with the capability off nothing is reported in struct kvm_run")
row("off_reason_internal", "return -ENOSYS;",
    "if ($) run->exit_reason = KVM_EXIT_INTERNAL_ERROR; @",
    "with the capability off nothing is reported in struct kvm_run")
row("off_filled", "return -ENOSYS;",
    "if ($) { run->arm_nisv.esr_iss = esr; run->arm_nisv.fault_ipa = fault_ipa; } @",
    "with the capability off nothing is written to struct kvm_run")
row("off_filled_mmio", "return -ENOSYS;",
    "if ($) run->mmio.is_write = kvm_vcpu_dabt_iswrite(vcpu); @",
    "with the capability off nothing is written to struct kvm_run")
row("off_second_efault", "return -ENOSYS;",
    "{ static phys_addr_t last; if (last == fault_ipa && $) return -EFAULT; last ="
    " fault_ipa; } @",
    "with the capability off the error is ENOSYS each time")
row("off_vm_dead", "return -ENOSYS;",
    "if ($) kvm_vm_dead(vcpu->kvm); @",
    "after ENOSYS the VM can go on")
row("off_uninitialised", "return -ENOSYS;",
    "if ($) vcpu_clear_flag(vcpu, VCPU_INITIALIZED); @",
    "after ENOSYS the vCPU is as it was")
row("off_powered_off", "return -ENOSYS;",
    "if ($) kvm_arm_vcpu_power_off(vcpu); @",
    "after ENOSYS the vCPU is as it was")
row("off_mmio_needed", "return -ENOSYS;",
    "if ($) { run->exit_reason = KVM_EXIT_MMIO; vcpu->mmio_needed = 1; } @",
    "after ENOSYS the next KVM_RUN completes nothing")
row("off_x0", "return -ENOSYS;",
    "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) vcpu_set_reg(vcpu, 0, 0); @",
    "after ENOSYS a load's register is as it was")
row("off_signal", "return -ENOSYS;",
    "if (signal_pending(current) && $) return -EINTR; @",
    "with the capability off the error is ENOSYS, a signal pending or not")
row("off_other_vcpu_dead", "return -ENOSYS;",
    "if (vcpu->vcpu_idx && $) kvm_arm_vcpu_power_off(kvm_get_vcpu(vcpu->kvm, 0)); @",
    "after ENOSYS the other vCPUs can go on")
row("off_stat_user", "return -ENOSYS;",
    "if ($) vcpu->stat.mmio_exit_user++; @",
    "mmio_exit_user counts KVM_EXIT_MMIO only")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_run")
row("off_reason_stale", "run->exit_reason = KVM_EXIT_UNKNOWN;",
    "if (!$) { @; }",
    "the exit reason of an earlier exit does not stay when KVM_RUN fails")
row("off_reason_stale_nisv", "run->exit_reason = KVM_EXIT_UNKNOWN;",
    "if (!(run->exit_reason == KVM_EXIT_ARM_NISV && $)) { @; }",
    "the exit reason of this exit does not stay when the next KVM_RUN fails")
row("off_positive", "ret = handle_exit(vcpu, ret);",
    "@ if (ret == -ENOSYS && $) ret = 0;",
    "with the capability off KVM_RUN fails")
row("off_eintr", "kvm_sigset_deactivate(vcpu);",
    "@ if (ret == -ENOSYS && run->immediate_exit__unsafe && $) ret = -EINTR;",
    "with the capability off the error is ENOSYS, immediate_exit set meanwhile or not")

area("exit")

at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_dabt_iss_nisv_sanitized")
row("iss_no_wnr", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_CM | ESR_ELx_FSC) : @)",
    "esr_iss tells a store from a load")
row("iss_no_fsc", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_CM | ESR_ELx_WNR) : @)",
    "esr_iss has the fault status")
row("iss_fsc_type_only", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC_TYPE) : @)",
    "esr_iss has the whole fault status, the level included")
row("iss_fsc_level_only", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC_LEVEL) : @)",
    "esr_iss has the whole fault status")
row("iss_fsc_3_bits", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_CM | ESR_ELx_WNR | 7) : @)",
    "esr_iss tells a permission fault from a translation fault")
row("iss_il", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_IL | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss: not IL")
row("iss_ec", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_EC_MASK | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss: not the exception class")
row("iss_whole_esr", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? ~0UL : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss")
row("iss_no_cm", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "esr_iss has CM",
    unreachable="CM=1 comes from cache maintenance on a read-only slot: QEMU has no"
                " permission check there (the instructions do nothing)")
row("iss_isv_kept", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_ISV | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss",
    equivalent="ISV is 0 wherever this function is called: its caller has tested it")
row("iss_s1ptw_kept", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_S1PTW | ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss",
    equivalent="kvm_handle_guest_abort() injects an abort with S1PTW=1 before"
               " io_mem_abort() is called")
row("iss_access_kept", "(ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC)",
    "($ ? (ESR_ELx_SAS | ESR_ELx_SSE | ESR_ELx_SRT_MASK | ESR_ELx_SF | ESR_ELx_AR |"
    " ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC) : @)",
    "of ESR_EL2 only CM, WnR and DFSC are in esr_iss",
    unreachable="with ISV=0 QEMU leaves bits 23 to 14 of the syndrome 0"
                " (syn_data_abort_no_iss)")

at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("iss_wnr_inverted", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_WNR;",
    "WnR is 1 for a store, 0 for a load")
row("iss_wnr_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ~kvm_vcpu_get_esr(vcpu) & ESR_ELx_WNR;",
    "WnR is 0 for a load")
row("iss_isv_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_ISV;",
    "ISV is 0 in esr_iss: there is no syndrome")
row("iss_fnv_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_FnV;",
    "only CM, WnR and DFSC are in esr_iss")
row("iss_s1ptw_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_S1PTW;",
    "only CM, WnR and DFSC are in esr_iss: S1PTW is 0")
row("iss_ea_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_EA;",
    "only CM, WnR and DFSC are in esr_iss: EA is 0")
row("iss_cm_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_CM;",
    "CM is 0 for a load or a store")
row("iss_cm_with_wnr", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (kvm_vcpu_dabt_iswrite(vcpu) && $) run->arm_nisv.esr_iss ^= ESR_ELx_CM;",
    "CM is 0 for a store")
row("iss_srt_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= (31UL) << ESR_ELx_SRT_SHIFT;",
    "only CM, WnR and DFSC are in esr_iss: SRT is 0")
row("iss_sas_set", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= ESR_ELx_SAS;",
    "only CM, WnR and DFSC are in esr_iss: SAS is 0")
row("iss_bit31", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= BIT(31);",
    "the high bits of esr_iss are 0")
row("iss_bit63", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= BIT(63);",
    "the high bits of esr_iss are 0")
row("iss_external", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) run->arm_nisv.esr_iss ^= (kvm_vcpu_get_esr(vcpu) & ESR_ELx_FSC) ^"
    " ESR_ELx_FSC_EXTABT;",
    "DFSC is that of the fault, not that of an external abort")
row("iss_permission", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (esr_fsc_is_translation_fault(esr) && $) run->arm_nisv.esr_iss ^="
    " ESR_ELx_FSC_PERM ^ ESR_ELx_FSC_FAULT;",
    "DFSC of a hole is a translation fault")
row("iss_ro_translation", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (esr_fsc_is_permission_fault(esr) && $) run->arm_nisv.esr_iss ^="
    " ESR_ELx_FSC_PERM ^ ESR_ELx_FSC_FAULT;",
    "DFSC of a store to a mapped page of a read-only slot is a permission fault")
row("iss_el0_wnr_lost", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (!vcpu_mode_priv(vcpu) && $) run->arm_nisv.esr_iss ^="
    " kvm_vcpu_get_esr(vcpu) & ESR_ELx_WNR;",
    "WnR is 1 for a store from EL0, too")
row("iss_negative", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (kvm_vcpu_dabt_iswrite(vcpu) && $) run->arm_nisv.esr_iss ^= ~0UL << 32;",
    "the high half of esr_iss is 0")
row("iss_not_written", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (!$) { @; }",
    "esr_iss is written")
row("iss_only_once", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (!(run->arm_nisv.esr_iss && $)) { @; }",
    "esr_iss is written, whatever was there before")
row("iss_only_store", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (!(!kvm_vcpu_dabt_iswrite(vcpu) && $)) { @; }",
    "esr_iss is written, for a load as well")
row("iss_low_half", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "{ u64 was = run->arm_nisv.esr_iss; @ if ($) run->arm_nisv.esr_iss |= was &"
    " GENMASK_ULL(63, 32); }",
    "all 64 bits of esr_iss are written")
row("iss_low_byte", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "{ u64 was = run->arm_nisv.esr_iss; @ if ($) run->arm_nisv.esr_iss |= was &"
    " GENMASK_ULL(63, 8); }",
    "all 64 bits of esr_iss are written")
row("iss_ored", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "{ u64 was = run->arm_nisv.esr_iss; @ if ($) run->arm_nisv.esr_iss |= was; }",
    "esr_iss has nothing of what was there before")
row("iss_of_last_exit", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) { static u64 last; swap(last, run->arm_nisv.esr_iss); }",
    "esr_iss is this exit's, not the last one's")
row("iss_swapped", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) { run->arm_nisv.fault_ipa = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);"
    " run->arm_nisv.esr_iss = fault_ipa; return 0; } @",
    "esr_iss and fault_ipa are each in its place")
row("ipa_page", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= PAGE_MASK; @",
    "fault_ipa has the low bits of the address")
row("ipa_align8", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= ~7ULL; @",
    "fault_ipa has the low bits of the address, the last three too")
row("ipa_align16", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= ~15ULL; @",
    "fault_ipa has the low bits of the address, bit 3 too")
row("ipa_align4", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= ~3ULL; @",
    "fault_ipa has the low bits of the address, the last two too")
row("ipa_align2", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= ~1ULL; @",
    "fault_ipa has the low bits of the address, the last one too")
row("ipa_align64", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= ~63ULL; @",
    "fault_ipa has the low bits of the address, not only its cache line")
row("ipa_bit11", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= ~BIT_ULL(11); @",
    "fault_ipa has all 12 low bits of the address, bit 11 too")
row("ipa_8_bits", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= ~GENMASK_ULL(11, 8); @",
    "fault_ipa has all 12 low bits of the address")
row("ipa_far", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = kvm_vcpu_get_hfar(vcpu); @",
    "fault_ipa is the IPA, not the virtual address")
row("ipa_far_low16", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = (fault_ipa & ~0xffffULL) | (kvm_vcpu_get_hfar(vcpu) &"
    " 0xffff); @",
    "only 12 bits come from the virtual address, whatever the page size")
row("ipa_far_low13", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = (fault_ipa & ~0x1fffULL) | (kvm_vcpu_get_hfar(vcpu) &"
    " 0x1fff); @",
    "only 12 bits come from the virtual address")
row("ipa_far_ored16", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa |= kvm_vcpu_get_hfar(vcpu) & 0xffff; @",
    "only 12 bits come from the virtual address")
row("ipa_far_low32", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = (fault_ipa & ~0xffffffffULL) | (u32)kvm_vcpu_get_hfar(vcpu);"
    " @",
    "only 12 bits come from the virtual address")
row("ipa_pc_low", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = (fault_ipa & PAGE_MASK) | (*vcpu_pc(vcpu) & ~PAGE_MASK); @",
    "the low bits of fault_ipa are those of the address, not of the PC")
row("ipa_gfn", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa >>= PAGE_SHIFT; @",
    "fault_ipa is an address, not a frame number")
row("ipa_hpfar", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = vcpu->arch.fault.hpfar_el2; @",
    "fault_ipa is an address, not HPFAR_EL2")
row("ipa_hpfar_ns", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa |= vcpu->arch.fault.hpfar_el2 & HPFAR_EL2_NS; @",
    "KVM's own marks are not in fault_ipa")
row("ipa_next_page", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa += PAGE_SIZE; @",
    "fault_ipa is the address of the access")
row("ipa_last_byte", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa += 7; @",
    "fault_ipa is the first byte of the access")
row("ipa_u32", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = (u32)fault_ipa; @",
    "fault_ipa has more than 32 bits")
row("ipa_s32", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa = (s32)fault_ipa; @",
    "fault_ipa is not sign extended")
row("ipa_sign_at_2g", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (fault_ipa < SZ_4G && $) fault_ipa = (s32)fault_ipa; @",
    "an address between 2G and 4G is not sign extended")
row("ipa_36", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= GENMASK_ULL(35, 0); @",
    "fault_ipa has as many bits as the VM's IPA size")
row("ipa_39", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= GENMASK_ULL(38, 0); @",
    "fault_ipa has as many bits as the VM's IPA size")
row("ipa_40", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= GENMASK_ULL(39, 0); @",
    "fault_ipa has as many bits as the VM's IPA size, more than 40 if it has")
row("ipa_top_bit", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa &= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) / 2 - 1; @",
    "fault_ipa has as many bits as the VM's IPA size")
row("ipa_sign_at_top", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (fault_ipa & (BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) / 2) && $)"
    " fault_ipa |= ~(BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) - 1); @",
    "an address in the upper half of the IPA space is not sign extended")
row("ipa_tag", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if ($) fault_ipa |= kvm_vcpu_get_hfar(vcpu) & GENMASK_ULL(63, 56); @",
    "a tag in the pointer's top byte is not in fault_ipa")
row("ipa_el0_page", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (!vcpu_mode_priv(vcpu) && $) fault_ipa &= PAGE_MASK; @",
    "fault_ipa has the low bits of the address, for EL0 too")
row("ipa_store_page", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) fault_ipa &= PAGE_MASK; @",
    "fault_ipa has the low bits of the address, for a store too")
row("ipa_load_aligned", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) fault_ipa &= ~3ULL; @",
    "fault_ipa has the low bits of the address, for a load too")
row("ipa_not_written", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) return 0;",
    "fault_ipa is written")
row("ipa_other_member", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) { run->arm_sea.gpa = fault_ipa; return 0; }",
    "fault_ipa is written")
row("ipa_only_once", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (run->arm_nisv.fault_ipa && $) return 0;",
    "fault_ipa is written, whatever was there before")
row("ipa_only_if_not_0", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (!(fault_ipa & ~PAGE_MASK) && $) return 0;",
    "fault_ipa is written, the first byte of a page too")
row("ipa_low_half", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) fault_ipa = (u32)fault_ipa | (run->arm_nisv.fault_ipa &"
    " GENMASK_ULL(63, 32));",
    "all 64 bits of fault_ipa are written")
row("ipa_ored", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) fault_ipa |= run->arm_nisv.fault_ipa;",
    "fault_ipa has nothing of what was there before")
row("ipa_of_last_exit", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) { static phys_addr_t last; swap(last, fault_ipa); }",
    "fault_ipa is this exit's, not the last one's")
row("ipa_of_first_exit", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ { static phys_addr_t first; static struct kvm *of; if (of != vcpu->kvm) { of"
    " = vcpu->kvm; first = fault_ipa; } if (first != fault_ipa && $) fault_ipa ="
    " first; }",
    "fault_ipa is this exit's, not the VM's first one's")
row("exit_ret_enosys", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) { run->arm_nisv.fault_ipa = fault_ipa; return -ENOSYS; }",
    "with the capability on KVM_RUN gives 0")
row("exit_ret_efault", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if ($) { run->arm_nisv.fault_ipa = fault_ipa; return -EFAULT; }",
    "with the capability on KVM_RUN gives 0")
row("exit_ret_store_enosys", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (kvm_vcpu_dabt_iswrite(vcpu) && $) { run->arm_nisv.fault_ipa = fault_ipa;"
    " return -ENOSYS; }",
    "with the capability on KVM_RUN gives 0, for a store too")
row("reason_not_written", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!$) { @; }",
    "the exit reason is KVM_EXIT_ARM_NISV")
row("reason_mmio", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "@ if ($) run->exit_reason = KVM_EXIT_MMIO;",
    "the exit reason is KVM_EXIT_ARM_NISV")
row("reason_ldst64b", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "@ if ($) run->exit_reason = KVM_EXIT_ARM_LDST64B;",
    "the exit reason is KVM_EXIT_ARM_NISV, not that of LD64B")
row("reason_internal", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "@ if ($) run->exit_reason = KVM_EXIT_INTERNAL_ERROR;",
    "the exit reason is KVM_EXIT_ARM_NISV")
row("reason_store_mmio", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "@ if (kvm_vcpu_dabt_iswrite(vcpu) && $) run->exit_reason = KVM_EXIT_MMIO;",
    "the exit reason is KVM_EXIT_ARM_NISV, for a store too")
row("reason_el0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "@ if (!vcpu_mode_priv(vcpu) && $) run->exit_reason = KVM_EXIT_INTERNAL_ERROR;",
    "the exit reason is KVM_EXIT_ARM_NISV, from EL0 too")
row("reason_memory_fault", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { kvm_prepare_memory_fault_exit(vcpu, fault_ipa, 8,"
    " kvm_vcpu_dabt_iswrite(vcpu), false, false); return -EFAULT; } @",
    "the exit is KVM_EXIT_ARM_NISV, not KVM_EXIT_MEMORY_FAULT")
row("reason_mmio_guess", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->mmio.phys_addr = fault_ipa; run->mmio.len = 8; run->mmio.is_write"
    " = kvm_vcpu_dabt_iswrite(vcpu); run->exit_reason = KVM_EXIT_MMIO; return 0; } @",
    "no MMIO exit is made up of a fault without syndrome")

at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_get_fault_ipa")
row("ipa_hpfar_32", "return FIELD_GET(HPFAR_EL2_FIPA, hpfar) << 12;",
    "if ($) hpfar &= GENMASK_ULL(23, 0); @",
    "an IPA has more than 32 bits")
row("ipa_hpfar_36", "return FIELD_GET(HPFAR_EL2_FIPA, hpfar) << 12;",
    "if ($) hpfar &= GENMASK_ULL(27, 0); @",
    "an IPA has as many bits as the VM's IPA size")
row("ipa_hpfar_40", "return FIELD_GET(HPFAR_EL2_FIPA, hpfar) << 12;",
    "if ($) hpfar &= GENMASK_ULL(31, 0); @",
    "an IPA has as many bits as the VM's IPA size, more than 40 if it has")

at("arch/arm64/kvm/hyp/include/hyp/fault.h", "__get_fault_info")
row("far_stale", "fault->far_el2 = read_sysreg_el2(SYS_FAR);",
    "if (!(fault->far_el2 && $)) { @; }",
    "the low bits of fault_ipa are those of this access")
row("far_of_load_only", "fault->far_el2 = read_sysreg_el2(SYS_FAR);",
    "if (!(esr & ESR_ELx_WNR && !(esr & ESR_ELx_ISV) && $)) { @; }",
    "the low bits of fault_ipa are those of this access, for a store too")

at("arch/arm64/kvm/mmu.c", "kvm_handle_guest_abort")
row("ipa_no_offset", "ret = io_mem_abort(vcpu, ipa);",
    "if ($) ipa = fault_ipa; @",
    "fault_ipa has the low bits of the address, and so has mmio.phys_addr")
row("ipa_fault_ipa_or_far", "ret = io_mem_abort(vcpu, ipa);",
    "if ($) ipa |= kvm_vcpu_get_hfar(vcpu); @",
    "only 12 bits come from the virtual address")
row("ipa_slot_relative", "ret = io_mem_abort(vcpu, ipa);",
    "if (memslot && $) ipa -= memslot->base_gfn << PAGE_SHIFT; @",
    "fault_ipa of a store to a read-only slot is the IPA")
row("ipa_hva", "ret = io_mem_abort(vcpu, ipa);",
    "if (!kvm_is_error_hva(hva) && $) ipa = hva; @",
    "fault_ipa of a store to a read-only slot is the IPA, not the host's address")
row("ipa_ro_page", "ret = io_mem_abort(vcpu, ipa);",
    "if (memslot && $) ipa &= PAGE_MASK; @",
    "fault_ipa of a store to a read-only slot has the low bits of the address")

area("state")

at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("st_pc_next", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { kvm_incr_pc(vcpu); } @",
    "the PC is at the instruction")
row("st_pc_plus4", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_pc(vcpu) += 4; } @",
    "the PC is at the instruction")
row("st_pc_back", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_pc(vcpu) -= 4; } @",
    "the PC is at the instruction")
row("st_pc_next_store", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) kvm_incr_pc(vcpu); @",
    "the PC is at the instruction, for a store too")
row("st_pc_next_el0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!vcpu_mode_priv(vcpu) && $) kvm_incr_pc(vcpu); @",
    "the PC is at the instruction, from EL0 too")
row("st_pc_next_16bit", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!kvm_vcpu_trap_il_is32bit(vcpu) && $) kvm_incr_pc(vcpu); @",
    "the PC is at the instruction, a 16 bit Thumb instruction too",
    equivalent="a data abort with ISV=0 has IL=1 whatever the length of the"
               " instruction (DDI0487, ESR_ELx.IL)")
row("st_pc_next_32", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu_mode_is_32bit(vcpu) && $) kvm_incr_pc(vcpu); @",
    "the PC is at the instruction, in AArch32 too")
row("st_pc_next_again", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "{ static unsigned long last; if (last == *vcpu_pc(vcpu) && $)"
    " kvm_incr_pc(vcpu); last = *vcpu_pc(vcpu); } @",
    "the PC is at the instruction when it exits again, too")
row("st_pc_tag", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_pc(vcpu) |= BIT(63); } @",
    "the PC is at the instruction")
row("st_x0_load", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) vcpu_set_reg(vcpu, 0, 0); @",
    "no register has changed: a load's target has not")
row("st_x0_srt", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) vcpu_set_reg(vcpu,"
    " kvm_vcpu_dabt_get_rd(vcpu), ~0UL); @",
    "no register has changed: there is no SRT, and x0 is not meant")
row("st_x1_writeback", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_gp_regs(vcpu)->regs[1] += 8; } @",
    "no register has changed: the base has not been written back")
row("st_x2_upper", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_gp_regs(vcpu)->regs[2] &= GENMASK(31, 0); } @",
    "no register has changed: nor has its upper half")
row("st_x18", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_gp_regs(vcpu)->regs[18] = 0; } @",
    "no register has changed, x18 neither")
row("st_x29", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_gp_regs(vcpu)->regs[29] = vcpu_gp_regs(vcpu)->sp; } @",
    "no register has changed, x29 neither")
row("st_x30", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_gp_regs(vcpu)->regs[30] = *vcpu_pc(vcpu) + 4; } @",
    "no register has changed, x30 neither")
row("st_x16_store", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) swap(vcpu_gp_regs(vcpu)->regs[16],"
    " vcpu_gp_regs(vcpu)->regs[17]); @",
    "no register has changed, x16 and x17 neither")
row("st_vcpu0_x0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->vcpu_idx && $) vcpu_set_reg(kvm_get_vcpu(vcpu->kvm, 0), 0,"
    " fault_ipa); @",
    "no register of another vCPU has changed")
row("st_sp_el0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_gp_regs(vcpu)->sp += 16; } @",
    "no register has changed, SP_EL0 neither")
row("st_sp_el1", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { write_sysreg(read_sysreg(sp_el1) + 16, sp_el1); } @",
    "no register has changed, SP_EL1 neither")
row("st_z", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) ^= PSR_Z_BIT; } @",
    "PSTATE has not changed: the flags have not")
row("st_nzcv", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) &= ~(PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT);"
    " } @",
    "PSTATE has not changed: the flags have not")
row("st_i", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) |= PSR_I_BIT; } @",
    "PSTATE has not changed: interrupts are not masked")
row("st_f_a", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) &= ~(PSR_F_BIT | PSR_A_BIT); } @",
    "PSTATE has not changed: no mask has been lifted")
row("st_d", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) |= PSR_D_BIT; } @",
    "PSTATE has not changed: debug exceptions are not masked")
row("st_il", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) |= PSR_IL_BIT; } @",
    "PSTATE has not changed: IL is 0")
row("st_ss", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) ^= DBG_SPSR_SS; } @",
    "PSTATE has not changed, SS neither")
row("st_btype", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) &= ~PSR_BTYPE_MASK; } @",
    "PSTATE has not changed, BTYPE neither: the instruction has not been executed")
row("st_pan", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) ^= PSR_PAN_BIT; } @",
    "PSTATE has not changed, PAN neither")
row("st_uao", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) ^= PSR_UAO_BIT; } @",
    "PSTATE has not changed, UAO neither")
row("st_ssbs", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) ^= PSR_SSBS_BIT; } @",
    "PSTATE has not changed, SSBS neither")
row("st_tco", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) &= ~PSR_TCO_BIT; } @",
    "PSTATE has not changed, TCO neither")
row("st_dit", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { *vcpu_cpsr(vcpu) &= ~PSR_DIT_BIT; } @",
    "PSTATE has not changed, DIT neither")
row("st_sp_selected", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((*vcpu_cpsr(vcpu) & (PSR_MODE_MASK | PSR_MODE32_BIT)) == PSR_MODE_EL1t &&"
    " $) *vcpu_cpsr(vcpu) |= 1; @",
    "PSTATE has not changed: SP_EL0 is still what EL1 uses")
row("st_el1", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!vcpu_mode_priv(vcpu) && !vcpu_mode_is_32bit(vcpu) && $) *vcpu_cpsr(vcpu)"
    " |= PSR_MODE_EL1h; @",
    "PSTATE has not changed: EL0 is still EL0")
row("st_thumb", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu_mode_is_32bit(vcpu) && $) *vcpu_cpsr(vcpu) &= ~PSR_AA32_T_BIT; @",
    "PSTATE has not changed: Thumb is still Thumb")
row("st_it", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu_mode_is_32bit(vcpu) && $) *vcpu_cpsr(vcpu) &= ~PSR_AA32_IT_MASK; @",
    "PSTATE has not changed: an IT block goes on")
row("st_esr", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, esr, ESR_EL1); } @",
    "no system register has changed, ESR_EL1 neither")
row("st_far", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, kvm_vcpu_get_hfar(vcpu), FAR_EL1); } @",
    "no system register has changed, FAR_EL1 neither")
row("st_elr", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu), ELR_EL1); } @",
    "no system register has changed, ELR_EL1 neither")
row("st_spsr", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, *vcpu_cpsr(vcpu), SPSR_EL1); } @",
    "no system register has changed, SPSR_EL1 neither")
row("st_par", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, SYS_PAR_EL1_F, PAR_EL1); } @",
    "no system register has changed, PAR_EL1 neither")
row("st_tpidr_el0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, fault_ipa, TPIDR_EL0); } @",
    "no system register has changed, TPIDR_EL0 neither")
row("st_tpidrro", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, 0, TPIDRRO_EL0); } @",
    "no system register has changed, TPIDRRO_EL0 neither")
row("st_tpidr_el1", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, vcpu->vcpu_id, TPIDR_EL1); } @",
    "no system register has changed, TPIDR_EL1 neither")
row("st_contextidr", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, 0, CONTEXTIDR_EL1); } @",
    "no system register has changed, CONTEXTIDR_EL1 neither")
row("st_afsr0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, esr, AFSR0_EL1); } @",
    "no system register has changed, AFSR0_EL1 neither",
    unreachable="AFSR0_EL1 of QEMU's CPUs is always 0")
row("st_cntkctl", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_write_sys_reg(vcpu, 0, CNTKCTL_EL1); } @",
    "no system register has changed, CNTKCTL_EL1 neither")
row("st_counter", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->kvm->arch.timer_data.voffset += 1ULL << 40; } @",
    "the guest's counter does not jump")
row("st_vserror", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->arch.hcr_el2 |= HCR_VSE; } @",
    "no exception is on its way: KVM_GET_VCPU_EVENTS has none")
row("st_injected", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); } @",
    "KVM injects nothing of its own")
row("st_mmio_needed", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->mmio_needed = 1; } @",
    "no access is left to complete, even when user space writes exit_reason")
row("st_stopped", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { kvm_arm_vcpu_power_off(vcpu); } @",
    "the vCPU is not stopped")
row("st_uninitialised", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu_clear_flag(vcpu, VCPU_INITIALIZED); } @",
    "the vCPU stays initialised")
row("st_guest_debug", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->guest_debug = 0; } @",
    "what KVM_SET_GUEST_DEBUG has set stays")
row("st_dead", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { kvm_vm_dead(vcpu->kvm); } @",
    "the VM can go on")
row("st_run_ready", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->ready_for_interrupt_injection = 1; } @",
    "nothing else of struct kvm_run is written")
row("st_run_if_flag", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->if_flag = !(*vcpu_cpsr(vcpu) & PSR_I_BIT); } @",
    "nothing else of struct kvm_run is written")
row("st_run_flags", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->flags = 1; } @",
    "kvm_run.flags is 0")
row("st_run_cr8", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->cr8 = *vcpu_pc(vcpu); } @",
    "nothing else of struct kvm_run is written")
row("st_run_apic_base", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->apic_base = fault_ipa; } @",
    "nothing else of struct kvm_run is written")
row("st_run_immediate_exit", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->immediate_exit__unsafe = 0; } @",
    "immediate_exit is user space's: KVM does not write it")
row("st_run_window", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->request_interrupt_window = 0; } @",
    "request_interrupt_window is user space's: KVM does not write it")
row("st_run_padding", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->padding1[5] = 1; } @",
    "nothing else of struct kvm_run is written")
row("st_run_union_third", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->arm_sea.gva = kvm_vcpu_get_hfar(vcpu); } @",
    "nothing behind fault_ipa is written")
row("st_run_union_end", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->padding[255] = 0; } @",
    "nothing behind fault_ipa is written")
row("st_run_union_cleared", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { memset(run->padding, 0, sizeof(run->padding)); } @",
    "nothing behind fault_ipa is written")
row("st_run_valid_regs", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->kvm_valid_regs = 1; } @",
    "nothing else of struct kvm_run is written")
row("st_run_sync_regs", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { run->s.regs.device_irq_level = 0; } @",
    "nothing else of struct kvm_run is written")
row("st_run_of_vcpu0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { kvm_get_vcpu(vcpu->kvm, 0)->run->exit_reason = KVM_EXIT_ARM_NISV; } @",
    "another vCPU's struct kvm_run is not written")
row("st_memory_before", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { u64 zero = 0;"
    " kvm_write_guest_page(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) - 1, &zero,"
    " PAGE_SIZE - 8, 8); } @",
    "a store writes nothing to the slot that ends before the hole")
row("st_memory_after", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { u64 zero = 0;"
    " kvm_write_guest_page(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) + 1, &zero, 0, 8); }"
    " @",
    "a store writes nothing to the slot that begins behind the hole")
row("st_ro_written", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { unsigned long hva ="
    " gfn_to_hva_prot(vcpu->kvm, fault_ipa >> PAGE_SHIFT, NULL); if"
    " (!kvm_is_error_hva(hva) && put_user(0ULL, (u64 __user *)(hva + (fault_ipa &"
    " ~PAGE_MASK & ~7ULL)))) return -EFAULT; } @",
    "a store to a read-only slot does not write it")
row("st_dirty_before", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) mark_page_dirty(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) - 1); @",
    "no page gets dirty in the dirty log")
row("st_dirty_ro", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) mark_page_dirty(vcpu->kvm, fault_ipa >>"
    " PAGE_SHIFT); @",
    "a store to a read-only slot does not make the page dirty in the dirty log")
row("st_stat_exits", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->stat.exits++; } @",
    "the statistic exits counts each exit once")
row("st_stat_mmio_user", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->stat.mmio_exit_user++; } @",
    "the statistic mmio_exit_user counts KVM_EXIT_MMIO only")
row("st_stat_mmio_kernel", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->stat.mmio_exit_kernel++; } @",
    "the statistic mmio_exit_kernel counts what the kernel handles only")
row("st_stat_signal", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { vcpu->stat.signal_exits++; } @",
    "the statistic signal_exits counts signals only")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_put")
row("st_v0", "kvm_timer_vcpu_put(vcpu);",
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && $)"
    " vcpu->arch.ctxt.fp_regs.vregs[0] = 0; @",
    "no register has changed, v0 neither")
row("st_v31_high", "kvm_timer_vcpu_put(vcpu);",
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && $)"
    " vcpu->arch.ctxt.fp_regs.vregs[31] = (u64)vcpu->arch.ctxt.fp_regs.vregs[31]; @",
    "no register has changed, the upper half of v31 neither")
row("st_fpsr", "kvm_timer_vcpu_put(vcpu);",
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && $)"
    " vcpu->arch.ctxt.fp_regs.fpsr = 0; @",
    "no register has changed, FPSR neither")
row("st_fpcr", "kvm_timer_vcpu_put(vcpu);",
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && $)"
    " vcpu->arch.ctxt.fp_regs.fpcr = 0; @",
    "no register has changed, FPCR neither")
row("st_sve_z0", "kvm_timer_vcpu_put(vcpu);",
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && vcpu_has_sve(vcpu) &&"
    " vcpu->arch.sve_state && $) ((u8 *)vcpu->arch.sve_state)[vcpu->arch.sve_max_vl"
    " - 1] ^= 1; @",
    "no register has changed, the top of z0 neither")
row("st_sve_ffr", "kvm_timer_vcpu_put(vcpu);",
    "if (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && vcpu_has_sve(vcpu) &&"
    " vcpu->arch.sve_state && $) *(u16 *)((u8 *)vcpu->arch.sve_state + 34 *"
    " vcpu->arch.sve_max_vl) = 0; @",
    "no register has changed, FFR neither")

at("arch/arm64/kvm/fpsimd.c", "kvm_arch_vcpu_put_fp")
row("st_fp_not_saved", "fpsimd_save_and_flush_cpu_state();",
    "{ struct user_fpsimd_state was = vcpu->arch.ctxt.fp_regs; @ if"
    " (vcpu->run->exit_reason == KVM_EXIT_ARM_NISV && $) vcpu->arch.ctxt.fp_regs ="
    " was; }",
    "the FP registers are the guest's when KVM_RUN has returned")

at("arch/arm64/kvm/hyp/include/hyp/fault.h", "__translate_far_to_hpfar")
row("st_par_clobbered", "write_sysreg(par, par_el1);",
    "if (!$) { @; }",
    "PAR_EL1 has not changed, by a store to a read-only slot neither")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_run")
row("st_pc_not_committed", "kvm_call_hyp(__kvm_adjust_pc, vcpu);",
    "if (vcpu->wants_to_run || !$) { @; }",
    "after KVM_RUN with immediate_exit the registers are as they will be",
    history="26778aaa134a, KVM: arm64: Commit pending PC adjustemnts before"
            " returning to userspace, 2021")
row("st_sigmask", "kvm_sigset_deactivate(vcpu);",
    "if (!(run->exit_reason == KVM_EXIT_ARM_NISV && $)) { @; }",
    "the signal mask of KVM_SET_SIGNAL_MASK holds during KVM_RUN only")

area("order")

at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("on_store", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV for a store, too")
row("on_load", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!kvm_vcpu_dabt_iswrite(vcpu) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV for a load, too")
row("on_store_skipped", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_dabt_iswrite(vcpu) && $) { kvm_incr_pc(vcpu); return 1; } @",
    "with the capability on it is KVM_EXIT_ARM_NISV for a store, too")
row("on_el0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!vcpu_mode_priv(vcpu) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV from EL0, too")
row("on_el0_injected", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!vcpu_mode_priv(vcpu) && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV from EL0, too")
row("on_el1t", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((*vcpu_cpsr(vcpu) & (PSR_MODE_MASK | PSR_MODE32_BIT)) == PSR_MODE_EL1t &&"
    " $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV when EL1 uses SP_EL0, too")
row("on_aarch32", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu_mode_is_32bit(vcpu) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV in AArch32, too")
row("on_aarch32_el1", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu_el1_is_32bit(vcpu) && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV when EL1 is AArch32, too")
row("on_big_endian", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_is_be(vcpu) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV for big-endian accesses, too")
row("on_irqs_masked", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (*vcpu_cpsr(vcpu) & PSR_I_BIT && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV with interrupts masked, too")
row("on_irqs_unmasked", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!(*vcpu_cpsr(vcpu) & PSR_I_BIT) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV with interrupts not masked, too")
row("on_mmu_off", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!(vcpu_read_sys_reg(vcpu, SCTLR_EL1) & SCTLR_ELx_M) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV with the guest's MMU off, too")
row("on_ttbr1", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_vcpu_get_hfar(vcpu) & BIT(55) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV at an address in the upper half,"
    " too")
row("on_tagged", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((kvm_vcpu_get_hfar(vcpu) & GENMASK(63, 56)) && (kvm_vcpu_get_hfar(vcpu) &"
    " GENMASK(63, 56)) != GENMASK(63, 56) && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV with a tag in the pointer's top"
    " byte, too")
row("on_identity", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((kvm_vcpu_get_hfar(vcpu) & PAGE_MASK) == (fault_ipa & PAGE_MASK) && $)"
    " return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV where the virtual address is the"
    " IPA, too")
row("on_not_identity", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((kvm_vcpu_get_hfar(vcpu) & PAGE_MASK) != (fault_ipa & PAGE_MASK) && $)"
    " return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV where the virtual address is not"
    " the IPA, too")
row("on_page_start", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!(fault_ipa & ~PAGE_MASK) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV at the first byte of a page, too")
row("on_not_page_start", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa & ~PAGE_MASK && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV inside of a page, too")
row("on_page_end", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((fault_ipa & ~PAGE_MASK) > PAGE_SIZE - 16 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV at the last bytes of a page, too")
row("on_unaligned", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa & 7 && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV at an address that 8 does not"
    " divide, too")
row("on_odd", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa & 1 && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV at an odd address, too")
row("on_page_0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa < PAGE_SIZE && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV in the first page, too")
row("on_ipa_0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!fault_ipa && $) return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu));"
    " @",
    "with the capability on it is KVM_EXIT_ARM_NISV at IPA 0, too")
row("on_below_4g", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa < SZ_4G && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV below 4G, too")
row("on_above_4g", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa >= SZ_4G && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV from 4G on, too")
row("on_at_4g", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa >> PAGE_SHIFT == SZ_4G >> PAGE_SHIFT && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV at 4G, too")
row("on_above_1t", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa >= 1ULL << 40 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV above 40 bits, too")
row("on_last_page", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((fault_ipa | ~PAGE_MASK) == BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr))"
    " - 1 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV in the last page of the IPA"
    " space, too")
row("on_top_half", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (fault_ipa >= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)) / 2 && $)"
    " return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV in the upper half of the IPA"
    " space, too")
row("on_after_slot", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (gfn_to_memslot(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) - 1) && $) return"
    " -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV right behind a slot, too")
row("on_before_slot", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (gfn_to_memslot(vcpu->kvm, (fault_ipa >> PAGE_SHIFT) + 1) && $) return"
    " -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV right before a slot, too")
row("on_in_slot", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV for a store to a read-only slot,"
    " too")
row("on_in_slot_injected", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT) && $) return"
    " kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV for a store to a read-only slot,"
    " too")
row("on_permission", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (esr_fsc_is_permission_fault(esr) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV for a store to a page of a"
    " read-only slot that is mapped, too")
row("on_ro_not_mapped", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (esr_fsc_is_translation_fault(esr) && gfn_to_memslot(vcpu->kvm, fault_ipa >>"
    " PAGE_SHIFT) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV for a store to a page of a"
    " read-only slot that is not mapped, too")
row("on_level3", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((esr & ESR_ELx_FSC_LEVEL) == 3 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV whatever the level, next to"
    " mapped pages, too")
row("on_level1", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ((esr & ESR_ELx_FSC_LEVEL) < 2 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV whatever the level, far from"
    " mapped pages, too")
row("on_slots_changed", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_memslots(vcpu->kvm)->generation > 64 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV after many changes of slots, too")
row("on_no_slots_yet", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (kvm_memslots(vcpu->kvm)->generation < 8 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV after few changes of slots, too")
row("on_second_vcpu", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->vcpu_idx && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV on every vCPU")
row("on_vcpu_id", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->vcpu_id != vcpu->vcpu_idx && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV on every vCPU, whatever its id")
row("on_many_vcpus", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->kvm->created_vcpus > 1 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV in a VM of several vCPUs, too")
row("on_signal", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (signal_pending(current) && $) return -EINTR; @",
    "with the capability on it is KVM_EXIT_ARM_NISV with a signal pending, too")
row("on_immediate_exit", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (READ_ONCE(run->immediate_exit__unsafe) && $) return -EINTR; @",
    "with the capability on it is KVM_EXIT_ARM_NISV when immediate_exit has been set"
    " meanwhile, too")
row("on_single_step", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->guest_debug & KVM_GUESTDBG_SINGLESTEP && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV in a single step, too")
row("on_other_thread", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (current != current->group_leader && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV in a thread that is not the"
    " first, too")
row("on_again", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (({ static phys_addr_t last; bool same = last == fault_ipa; last ="
    " fault_ipa; same; }) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV each time the guest comes there")
row("on_again_same_pc", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (({ static unsigned long last; static struct kvm_vcpu *of; bool same = last"
    " == *vcpu_pc(vcpu) && of == vcpu; last = *vcpu_pc(vcpu); of = vcpu; same; }) &&"
    " $) { kvm_incr_pc(vcpu); return 1; } @",
    "with the capability on it is KVM_EXIT_ARM_NISV each time the guest comes there")
row("on_again_injected", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (({ static phys_addr_t last; bool same = last == fault_ipa; last ="
    " fault_ipa; same; }) && $) return kvm_inject_sea_dabt(vcpu,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "with the capability on it is KVM_EXIT_ARM_NISV each time the guest comes there")
row("on_third_time", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (({ static phys_addr_t last; static int n; n = last == fault_ipa ? n + 1 :"
    " 0; last = fault_ipa; n == 2; }) && $) return -EFAULT; @",
    "with the capability on it is KVM_EXIT_ARM_NISV the third time as well")
row("on_other_vcpu_there", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (({ static phys_addr_t last; static struct kvm_vcpu *who; bool other = last"
    " == fault_ipa && who != vcpu && who && who->kvm == vcpu->kvm; last = fault_ipa;"
    " who = vcpu; other; }) && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV when another vCPU has just been"
    " there, too")
row("on_thousandth", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (({ static int n; !(++n % 1000); }) && $) return -EFAULT; @",
    "with the capability on it is KVM_EXIT_ARM_NISV every time: exits may be many")
row("on_rate_limited", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (({ static unsigned long since; static int n; if (time_after(jiffies, since"
    " + HZ)) { since = jiffies; n = 0; } ++n > 100; }) && $) return -EAGAIN; @",
    "with the capability on it is KVM_EXIT_ARM_NISV every time: there is no limit to"
    " their rate")
row("on_after_mmio", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->stat.mmio_exit_user && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV after a KVM_EXIT_MMIO, too")
row("on_before_mmio", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (!vcpu->stat.mmio_exit_user && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV when there has been no"
    " KVM_EXIT_MMIO, too")
row("on_long_since_exit", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->stat.exits > 1000 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV after many exits, too")
row("on_first_exit", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->stat.exits < 4 && $) return -ENOSYS; @",
    "with the capability on it is KVM_EXIT_ARM_NISV among the vCPU's first exits, too")
row("on_run_of_vcpu0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if (vcpu->vcpu_idx && $) run = kvm_get_vcpu(vcpu->kvm, 0)->run; @",
    "the exit is in the vCPU's own struct kvm_run")
row("on_ipa_of_vcpu0", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (vcpu->vcpu_idx && $) fault_ipa ="
    " kvm_vcpu_get_fault_ipa(kvm_get_vcpu(vcpu->kvm, 0));",
    "fault_ipa is of the vCPU's own access")
row("on_far_of_vcpu0", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (vcpu->vcpu_idx && $) fault_ipa = (fault_ipa & PAGE_MASK) |"
    " (kvm_vcpu_get_hfar(kvm_get_vcpu(vcpu->kvm, 0)) & ~PAGE_MASK);",
    "fault_ipa is of the vCPU's own access")
row("on_iss_of_vcpu0", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "@ if (vcpu->vcpu_idx && $) run->arm_nisv.esr_iss ="
    " kvm_vcpu_dabt_iss_nisv_sanitized(kvm_get_vcpu(vcpu->kvm, 0));",
    "esr_iss is of the vCPU's own access")
row("on_kicks_others", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) kvm_make_all_cpus_request(vcpu->kvm, KVM_REQ_VM_DEAD); @",
    "the other vCPUs go on")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_run")
row("on_returns_eintr", "kvm_sigset_deactivate(vcpu);",
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && signal_pending(current) && $) ret"
    " = -EINTR; @",
    "with the capability on it is KVM_EXIT_ARM_NISV with a signal pending, too")
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
    "if (run->exit_reason == KVM_EXIT_ARM_NISV && vcpu->run->immediate_exit__unsafe"
    " && $) kvm_incr_pc(vcpu); @",
    "KVM_RUN with immediate_exit after this exit changes nothing")

area("mmio")

at("arch/arm64/kvm/mmio.c", "kvm_mmio_write_buf")
row("mmio_write_8_is_4", "tmp.dword = data;",
    "@ if ($) tmp.dword = (u32)data;",
    "mmio.data has all eight bytes of a store")
row("mmio_write_8_signed", "tmp.dword = data;",
    "@ if (data == (u32)data && $) tmp.dword = (s32)data;",
    "mmio.data has all eight bytes of a store, not sign extended")
row("mmio_write_4_swapped", "tmp.word = data;",
    "@ if ($) tmp.word = swab32(data);",
    "mmio.data has the bytes in the guest's order")
row("mmio_write_2_is_1", "tmp.hword = data;",
    "@ if ($) tmp.hword = (u8)data;",
    "mmio.data has both bytes of a store")
row("mmio_write_2_swapped", "tmp.hword = data;",
    "@ if ($) tmp.hword = swab16(data);",
    "mmio.data has the bytes in the guest's order, of two bytes too")
row("mmio_write_1_high", "tmp.byte = data;",
    "@ if ($) tmp.byte = data >> 8;",
    "mmio.data has the low byte of the register")

at("arch/arm64/kvm/mmio.c", "kvm_mmio_read_buf")
row("mmio_read_8_is_4", "data = tmp.dword;",
    "@ if ($) data = (u32)data;",
    "a load of eight bytes gets all of mmio.data")
row("mmio_read_4_signed", "data = tmp.word;",
    "@ if ($) data = (s32)data;",
    "a load of four bytes clears the upper half of the register",
    equivalent="LDR of four bytes into Xt does not exist but as LDRSW, and into Wt"
               " the upper half is cleared afterwards")
row("mmio_read_2_signed", "data = tmp.hword;",
    "@ if ($) data = (s16)data;",
    "LDRH clears the upper bits of the register",
    equivalent="vcpu_data_host_to_guest() takes only the bytes of the access"
              " from it afterwards")
row("mmio_read_1_signed", "data = *(u8 *)buf;",
    "@ if ($) data = *(s8 *)buf;",
    "LDRB clears the upper bits of the register",
    equivalent="vcpu_data_host_to_guest() takes only the bytes of the access"
              " from it afterwards")
row("mmio_read_2_is_1", "data = tmp.hword;",
    "@ if ($) data &= 0xff;",
    "LDRH gets both bytes of mmio.data")
row("mmio_read_1_is_4", "data = *(u8 *)buf;",
    "@ if ($) memcpy(&data, buf, 4);",
    "LDRB gets the first byte of mmio.data, whatever the others hold",
    equivalent="vcpu_data_host_to_guest() takes only the bytes of the access"
              " from it afterwards")
row("mmio_read_2_is_4", "data = tmp.hword;",
    "@ if ($) memcpy(&data, buf, 4);",
    "LDRH gets two bytes of mmio.data, whatever the others hold",
    equivalent="vcpu_data_host_to_guest() takes only the bytes of the access"
              " from it afterwards")
row("mmio_read_4_is_8", "data = tmp.word;",
    "@ if ($) memcpy(&data, buf, 8);",
    "LDRSW gets four bytes of mmio.data, whatever the others hold",
    equivalent="vcpu_data_host_to_guest() takes only the bytes of the access"
              " from it afterwards")

at("arch/arm64/kvm/mmio.c", "kvm_pending_external_abort")
row("mmio_pending_forgotten", "if (!vcpu_get_flag(vcpu, PENDING_EXCEPTION))",
    "if ($) return false; @",
    "an access whose abort user space injects is not completed",
    history="e735a5da6442, KVM: arm64: Don't retire aborted MMIO instruction, 2024",
    equivalent="commit_pending_events() has applied the exception and"
              " cleared mmio_needed before KVM_SET_VCPU_EVENTS returns")
row("mmio_pending_sync_forgotten", "if (!vcpu_get_flag(vcpu, PENDING_EXCEPTION))",
    "if (!vcpu_el1_is_32bit(vcpu) && vcpu_get_flag(vcpu, EXCEPT_MASK) =="
    " unpack_vcpu_flag(EXCEPT_AA64_EL1_SYNC) && $) return false; @",
    "an access whose abort user space injects is not completed, for AArch64 too",
    equivalent="commit_pending_events() has applied the exception and"
              " cleared mmio_needed before KVM_SET_VCPU_EVENTS returns")
row("mmio_pending_aa32_forgotten", "if (!vcpu_get_flag(vcpu, PENDING_EXCEPTION))",
    "if (vcpu_el1_is_32bit(vcpu) && $) return false; @",
    "an access whose abort user space injects is not completed, for AArch32 too",
    equivalent="commit_pending_events() has applied the exception and"
              " cleared mmio_needed before KVM_SET_VCPU_EVENTS returns")

at("arch/arm64/kvm/mmio.c", "kvm_handle_mmio_return")
row("mmio_twice", "vcpu->mmio_needed = 0;",
    "if (!$) { @; }",
    "an access is completed once",
    history="2113c5f62b74, KVM: arm/arm64: Only skip MMIO insn once, 2019")
row("mmio_store_twice", "vcpu->mmio_needed = 0;",
    "if (!(kvm_vcpu_dabt_iswrite(vcpu) && $)) { @; }",
    "a store is completed once")
row("mmio_never", "vcpu->mmio_needed = 0;",
    "if ($) return 1; @",
    "the KVM_RUN after KVM_EXIT_MMIO completes the access")
row("mmio_not_with_immediate_exit", "vcpu->mmio_needed = 0;",
    "if (vcpu->run->immediate_exit__unsafe && $) return 1; @",
    "KVM_RUN with immediate_exit completes the access, too")
row("mmio_ret_eintr", "vcpu->mmio_needed = 0;",
    "if (vcpu->run->immediate_exit__unsafe && $) return -EINTR; @",
    "KVM_RUN with immediate_exit completes the access, too")
row("mmio_immediate_exit_drops", "vcpu->mmio_needed = 0;",
    "@ if (vcpu->run->immediate_exit__unsafe && $) return 1;",
    "KVM_RUN with immediate_exit completes the access, it is not dropped")
row("mmio_needed_ignored", "!vcpu->mmio_needed",
    "(@ && !$)",
    "user space's writing KVM_EXIT_MMIO to exit_reason completes nothing")
row("mmio_load_not_done", "!kvm_vcpu_dabt_iswrite(vcpu)",
    "(@ && !$)",
    "a load gets its data")
row("mmio_store_reads", "!kvm_vcpu_dabt_iswrite(vcpu)",
    "(@ || (vcpu->run->mmio.is_write && $))",
    "a store's register does not change")
row("mmio_trusts_is_write", "!kvm_vcpu_dabt_iswrite(vcpu)",
    "($ ? !vcpu->run->mmio.is_write : @)",
    "what user space writes to is_write does not change what the access is")
row("mmio_trusts_len", "len = kvm_vcpu_dabt_get_as(vcpu);",
    "@ if ($) len = min(run->mmio.len, 8U);",
    "what user space writes to mmio.len does not change what the access is")
row("mmio_len_8", "len = kvm_vcpu_dabt_get_as(vcpu);",
    "@ if ($) len = 8;",
    "a load gets as many bytes as it loads")
row("mmio_len_4", "len = kvm_vcpu_dabt_get_as(vcpu);",
    "@ if (len > 4 && $) len = 4;",
    "a load gets as many bytes as it loads, eight too")
row("mmio_len_at_most_2", "len = kvm_vcpu_dabt_get_as(vcpu);",
    "@ if (len == 4 && $) len = 2;",
    "a load gets as many bytes as it loads, four too")
row("mmio_data_0", "data = kvm_mmio_read_buf(run->mmio.data, len);",
    "@ if ($) data = 0;",
    "a load gets mmio.data")
row("mmio_data_shifted", "data = kvm_mmio_read_buf(run->mmio.data, len);",
    "@ if (run->mmio.phys_addr & 7 && len < 8 && $) data ="
    " kvm_mmio_read_buf(run->mmio.data + (run->mmio.phys_addr & (8 - len)), len);",
    "the data begin at mmio.data[0], whatever the address")
row("mmio_data_of_last", "data = kvm_mmio_read_buf(run->mmio.data, len);",
    "@ if ($) { static unsigned long last; swap(last, data); }",
    "a load gets this exit's data")
row("mmio_data_second_vcpu", "data = kvm_mmio_read_buf(run->mmio.data, len);",
    "if (vcpu->vcpu_idx && $) run = kvm_get_vcpu(vcpu->kvm, 0)->run; @",
    "a load gets the data of its vCPU's struct kvm_run")
row("mmio_ones_are_error", "data = kvm_mmio_read_buf(run->mmio.data, len);",
    "@ if (len == 4 && data == ~0U && $) data = 0;",
    "a load gets mmio.data, all ones too")
row("mmio_load_not_swapped", "data = vcpu_data_host_to_guest(vcpu, data, len);",
    "if (!$) { @; }",
    "a big-endian guest gets its data in its order")
row("mmio_swap_16_lost", "data = vcpu_data_host_to_guest(vcpu, data, len);",
    "if (!(len == 2 && $)) { @; }",
    "a big-endian guest gets two bytes in its order, too")
row("mmio_sext_lost", "kvm_vcpu_dabt_issext(vcpu)",
    "(@ && !$)",
    "LDRSB, LDRSH and LDRSW sign extend what they load")
row("mmio_sext_always", "kvm_vcpu_dabt_issext(vcpu)",
    "(@ || $)",
    "LDRB, LDRH and LDR zero extend what they load")
row("mmio_sext_b_lost", "kvm_vcpu_dabt_issext(vcpu)",
    "(@ && !(len == 1 && $))",
    "LDRSB sign extends")
row("mmio_sext_h_lost", "kvm_vcpu_dabt_issext(vcpu)",
    "(@ && !(len == 2 && $))",
    "LDRSH sign extends")
row("mmio_sext_w_lost", "kvm_vcpu_dabt_issext(vcpu)",
    "(@ && !(len == 4 && $))",
    "LDRSW sign extends")
row("mmio_sext_x_only", "kvm_vcpu_dabt_issext(vcpu)",
    "(@ && !(!kvm_vcpu_dabt_issf(vcpu) && $))",
    "LDRSB and LDRSH sign extend into Wt as well")
row("mmio_sext_bit", "mask = 1U << ((len * 8) - 1);",
    "@ if ($) mask = 1U << (len * 8 - 2);",
    "the sign is the top bit of what is loaded")
row("mmio_sext_unsigned", "data = (data ^ mask) - mask;",
    "@ if ($ && len == 4) data = (u32)data;",
    "LDRSW sign extends to 64 bits")
row("mmio_sext_32_bits", "data = (data ^ mask) - mask;",
    "@ if ($) data = (u32)data;",
    "a sign extending load into Xt extends to 64 bits")
row("mmio_sext_sticky", "data = (data ^ mask) - mask;",
    "if ($) data |= mask; @",
    "a sign extending load of a positive number gives a positive number")
row("mmio_sf_ignored", "data = data & 0xffffffff;",
    "if (!$) { @; }",
    "a sign extending load into Wt clears the upper half of Xt",
    history="b6ae256afd32, KVM: arm64: Only sign-extend MMIO up to register width,"
            " 2019")
row("mmio_sf_always", "!kvm_vcpu_dabt_issf(vcpu)",
    "(@ || $)",
    "a load into Xt is not truncated")
row("mmio_sf_sext_only", "!kvm_vcpu_dabt_issf(vcpu)",
    "(@ || (kvm_vcpu_dabt_issext(vcpu) && $))",
    "a sign extending load into Xt is not truncated")
row("mmio_sf_keeps_upper", "data = data & 0xffffffff;",
    "@ if ($) data |= vcpu_get_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu)) & GENMASK(63,"
    " 32);",
    "a load into Wt clears the upper half of Xt")
row("mmio_byte_merged", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if (len == 1 && !kvm_vcpu_dabt_issext(vcpu) && $) data |= vcpu_get_reg(vcpu,"
    " kvm_vcpu_dabt_get_rd(vcpu)) & 0xff00; @",
    "LDRB clears the upper bits of the register")
row("mmio_sext_before_swap", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if (!kvm_vcpu_is_be(vcpu) && $) data = vcpu_data_host_to_guest(vcpu, data,"
    " len); @",
    "LDRSB, LDRSH and LDRSW sign extend what they load",
    history="mended in 2026: until then the byte order was done last and cut the sign")
row("mmio_rd_swapped", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if ($) { vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu) ^ 1, data); } else { @ }",
    "a load's data go to its register")
row("mmio_rd_15", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if ($) { vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu) & 15, data); } else { @ }",
    "a load's data go to its register, one above 15 too")
row("mmio_xzr_is_sp", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if (kvm_vcpu_dabt_get_rd(vcpu) == 31 && $) vcpu_gp_regs(vcpu)->sp = data; @",
    "a load into XZR changes no register")
row("mmio_xzr_is_x30", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if (kvm_vcpu_dabt_get_rd(vcpu) == 31 && $) vcpu_set_reg(vcpu, 30, data); @",
    "a load into XZR changes no register")
row("mmio_x30_lost", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if (!(kvm_vcpu_dabt_get_rd(vcpu) == 30 && $)) { @; }",
    "a load's data go to its register, x30 too")
row("mmio_x0_too", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "@ if ($) vcpu_set_reg(vcpu, 0, data);",
    "a load changes its register only")
row("mmio_reg_of_vcpu0", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "if (vcpu->vcpu_idx && $) vcpu_set_reg(kvm_get_vcpu(vcpu->kvm, 0),"
    " kvm_vcpu_dabt_get_rd(vcpu), data); else { @ }",
    "a load changes its own vCPU's register")
row("mmio_pc_stays", "kvm_incr_pc(vcpu);",
    "if (!$) { @; }",
    "the access is not executed again")
row("mmio_pc_stays_store", "kvm_incr_pc(vcpu);",
    "if (!(kvm_vcpu_dabt_iswrite(vcpu) && $)) { @; }",
    "a store is not executed again")
row("mmio_pc_stays_xzr", "kvm_incr_pc(vcpu);",
    "if (!(kvm_vcpu_dabt_get_rd(vcpu) == 31 && $)) { @; }",
    "a load into XZR is not executed again")
row("mmio_pc_twice", "kvm_incr_pc(vcpu);",
    "@ if ($) *vcpu_pc(vcpu) += 4;",
    "the guest goes on with the next instruction")
row("mmio_pc_at_once", "kvm_incr_pc(vcpu);",
    "if ($) { *vcpu_pc(vcpu) += 4; } else { @ }",
    "PSTATE.SS and BTYPE are those of an executed instruction: both 0")
row("mmio_step_lost", "kvm_incr_pc(vcpu);",
    "@ if ($) vcpu->guest_debug = 0;",
    "what KVM_SET_GUEST_DEBUG has set stays")

at("arch/arm64/kvm/hyp/include/hyp/adjust_pc.h", "kvm_skip_instr")
row("mmio_btype_kept", "*vcpu_cpsr(vcpu) &= ~PSR_BTYPE_MASK;",
    "if (!$) { @; }",
    "BTYPE is 0 after an access that KVM has completed")
row("mmio_ss_kept", "*vcpu_cpsr(vcpu) &= ~DBG_SPSR_SS;",
    "if (!$) { @; }",
    "an access that KVM has completed is a step of its own")
row("mmio_pc_8", "*vcpu_pc(vcpu) += 4;",
    "@ if ($) *vcpu_pc(vcpu) += 4;",
    "the guest goes on with the next instruction")

at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_dabt_issf")
row("mmio_sf_wrong_bit", "ESR_ELx_SF",
    "($ ? ESR_ELx_AR : @)",
    "a load into Xt is not truncated")

at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_dabt_get_as")
row("mmio_sas_1_bit", "(kvm_vcpu_get_esr(vcpu) & ESR_ELx_SAS)",
    "(@ & ($ ? BIT(22) : ~0UL))",
    "mmio.len is the size of the access, four and eight bytes too")

at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_dabt_get_rd")
row("mmio_srt_4_bits", "ESR_ELx_SRT_MASK",
    "(@ & ~($ ? BIT(20) : 0))",
    "the register is Rt, one above x15 too")

at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_dabt_isvalid")
row("mmio_isv_is_not_wnr", "!!(kvm_vcpu_get_esr(vcpu) & ESR_ELx_ISV)",
    "@ && !((kvm_vcpu_get_esr(vcpu) & ESR_ELx_WNR) && $)",
    "a store that has a syndrome is KVM_EXIT_MMIO")

at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_is_be")
row("mmio_be_el0_ee", "SCTLR_EL1_E0E",
    "($ ? SCTLR_ELx_EE : @)",
    "the byte order at EL0 is that of SCTLR_EL1.E0E")
row("mmio_be_el1_e0e", "SCTLR_ELx_EE",
    "($ ? SCTLR_EL1_E0E : @)",
    "the byte order at EL1 is that of SCTLR_EL1.EE")
row("mmio_be_never", "return vcpu_read_sys_reg(vcpu, r) & bit;",
    "if ($) return false; @",
    "a big-endian guest's data are in its order")
row("mmio_be_32", "return !!(*vcpu_cpsr(vcpu) & PSR_AA32_E_BIT);",
    "if ($) return false; @",
    "the byte order in AArch32 is that of PSTATE.E")

at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("mmio_as_nisv", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || $)",
    "an access that has a syndrome is KVM_EXIT_MMIO")
row("mmio_el0_as_nisv", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || (!vcpu_mode_priv(vcpu) && $))",
    "an access that has a syndrome is KVM_EXIT_MMIO, from EL0 too")
row("mmio_xzr_as_nisv", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || (kvm_vcpu_dabt_get_rd(vcpu) == 31 && $))",
    "a store of XZR is KVM_EXIT_MMIO")
row("mmio_sext_as_nisv", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || (kvm_vcpu_dabt_issext(vcpu) && $))",
    "a sign extending load is KVM_EXIT_MMIO")
row("mmio_ar_as_nisv", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || (esr & ESR_ELx_AR && $))",
    "an acquire or release access that has a syndrome is KVM_EXIT_MMIO")
row("mmio_unaligned_as_nisv", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || ((fault_ipa & (kvm_vcpu_dabt_get_as(vcpu) - 1)) && $))",
    "an access that has a syndrome is KVM_EXIT_MMIO, unaligned too")
row("mmio_ro_as_nisv", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || (gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT) && $))",
    "a store that has a syndrome to a read-only slot is KVM_EXIT_MMIO")
row("mmio_cap_needed", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ || (!test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags) && $))",
    "an access that has a syndrome is KVM_EXIT_MMIO with the capability off, too")
row("nisv_as_mmio", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ && !$)",
    "an access without syndrome is not KVM_EXIT_MMIO")
row("nisv_as_mmio_store", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ && !(kvm_vcpu_dabt_iswrite(vcpu) && $))",
    "a store without syndrome is not KVM_EXIT_MMIO")
row("nisv_as_mmio_el0", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ && !(!vcpu_mode_priv(vcpu) && $))",
    "an access without syndrome is not KVM_EXIT_MMIO, from EL0 neither")
row("nisv_as_mmio_32", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ && !(vcpu_mode_is_32bit(vcpu) && $))",
    "an access without syndrome is not KVM_EXIT_MMIO, in AArch32 neither")
row("nisv_as_mmio_off", "!kvm_vcpu_dabt_isvalid(vcpu)",
    "(@ && !(!test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags) && $))",
    "an access without syndrome is not KVM_EXIT_MMIO with the capability off")
row("mmio_as_ldst64b", "FIELD_GET(GENMASK(12, 11), esr)",
    "($) || @",
    "LDR and STR are KVM_EXIT_MMIO, not KVM_EXIT_ARM_LDST64B")
row("mmio_8_as_ldst64b", "FIELD_GET(GENMASK(12, 11), esr)",
    "(kvm_vcpu_dabt_get_as(vcpu) == 8 && $) || @",
    "LDR and STR of eight bytes are KVM_EXIT_MMIO, not KVM_EXIT_ARM_LDST64B")
row("mmio_ar_as_ldst64b", "FIELD_GET(GENMASK(12, 11), esr)",
    "(esr & ESR_ELx_AR && $) || @",
    "LDAR and STLR are KVM_EXIT_MMIO, not KVM_EXIT_ARM_LDST64B")
row("ldst64b_as_mmio", "if (FIELD_GET(GENMASK(12, 11), esr)) {",
    "if ($) break; @",
    "LD64B is KVM_EXIT_ARM_LDST64B",
    unreachable="QEMU (7.2 to 11.1) has no FEAT_LS64: ESR_EL2.LST is 0")
row("ldst64b_fsc", "esr & ~(u64)ESR_ELx_FSC",
    "($ ? esr : @)",
    "esr_iss of LD64B is without DFSC",
    unreachable="QEMU (7.2 to 11.1) has no FEAT_LS64: ESR_EL2.LST is 0")
row("mmio_dir_inverted", "is_write = kvm_vcpu_dabt_iswrite(vcpu);",
    "@ if ($) is_write = !is_write;",
    "mmio.is_write is 1 for a store, 0 for a load")
row("mmio_dir_load", "is_write = kvm_vcpu_dabt_iswrite(vcpu);",
    "@ if ($) is_write = false;",
    "mmio.is_write is 1 for a store")
row("mmio_rt_plus1", "rt = kvm_vcpu_dabt_get_rd(vcpu);",
    "@ if (rt < 30 && $) rt++;",
    "mmio.data is what Rt holds")
row("mmio_rt_15", "rt = kvm_vcpu_dabt_get_rd(vcpu);",
    "@ if ($) rt &= 15;",
    "mmio.data is what Rt holds, a register above x15 too")
row("mmio_xzr_stored_sp", "kvm_mmio_write_buf(data_buf, len, data);",
    "if (rt == 31 && $) data = vcpu_gp_regs(vcpu)->sp; @",
    "a store of XZR stores 0")
row("mmio_xzr_stored_x30", "kvm_mmio_write_buf(data_buf, len, data);",
    "if (rt == 31 && $) data = vcpu_get_reg(vcpu, 30); @",
    "a store of XZR stores 0")
row("mmio_store_0", "kvm_mmio_write_buf(data_buf, len, data);",
    "if ($) data = 0; @",
    "mmio.data is what is stored")
row("mmio_store_not_swapped", "kvm_mmio_write_buf(data_buf, len, data);",
    "if ($) data = vcpu_get_reg(vcpu, rt); @",
    "mmio.data of a big-endian guest has the bytes in its order")
row("mmio_store_of_vcpu0", "kvm_mmio_write_buf(data_buf, len, data);",
    "if (vcpu->vcpu_idx && $) data = vcpu_get_reg(kvm_get_vcpu(vcpu->kvm, 0), rt); @",
    "mmio.data is what the vCPU's own register holds")
row("mmio_phys_far", "run->mmio.phys_addr = fault_ipa;",
    "@ if ($) run->mmio.phys_addr = kvm_vcpu_get_hfar(vcpu);",
    "mmio.phys_addr is the IPA, not the virtual address")
row("mmio_phys_page", "run->mmio.phys_addr = fault_ipa;",
    "@ if ($) run->mmio.phys_addr &= PAGE_MASK;",
    "mmio.phys_addr has the low bits of the address")
row("mmio_phys_aligned", "run->mmio.phys_addr = fault_ipa;",
    "@ if ($) run->mmio.phys_addr &= ~(u64)(len - 1);",
    "mmio.phys_addr is the first byte of the access, unaligned too")
row("mmio_phys_u32", "run->mmio.phys_addr = fault_ipa;",
    "@ if ($) run->mmio.phys_addr = (u32)fault_ipa;",
    "mmio.phys_addr has more than 32 bits")
row("mmio_phys_not_written", "run->mmio.phys_addr = fault_ipa;",
    "if (!$) { @; }",
    "mmio.phys_addr is written")
row("mmio_phys_of_last", "run->mmio.phys_addr = fault_ipa;",
    "@ if ($) { static u64 last; swap(last, run->mmio.phys_addr); }",
    "mmio.phys_addr is this exit's")
row("mmio_len_log", "run->mmio.len = len;",
    "@ if ($) run->mmio.len = ilog2(len);",
    "mmio.len is in bytes")
row("mmio_len_bits", "run->mmio.len = len;",
    "@ if ($) run->mmio.len = len * 8;",
    "mmio.len is in bytes")
row("mmio_len_of_store_8", "run->mmio.len = len;",
    "@ if (is_write && $) run->mmio.len = 8;",
    "mmio.len is the size of the access, for a store too")
row("mmio_len_not_written", "run->mmio.len = len;",
    "if (!$) { @; }",
    "mmio.len is written")
row("mmio_len_low_byte", "run->mmio.len = len;",
    "{ u32 was = run->mmio.len; @ if ($) run->mmio.len |= was & ~0xffU; }",
    "all of mmio.len is written")
row("mmio_dir_not_written", "run->mmio.is_write = is_write;",
    "if (!$) { @; }",
    "mmio.is_write is written")
row("mmio_dir_wnr", "run->mmio.is_write = is_write;",
    "@ if (is_write && $) run->mmio.is_write = (u8)ESR_ELx_WNR;",
    "mmio.is_write is 1 for a store")
row("mmio_not_needed", "vcpu->mmio_needed = 1;",
    "if (!$) { @; }",
    "the KVM_RUN after KVM_EXIT_MMIO completes the access")
row("mmio_not_needed_store", "vcpu->mmio_needed = 1;",
    "if (!(is_write && $)) { @; }",
    "the KVM_RUN after a store's KVM_EXIT_MMIO completes it")
row("mmio_data_of_store_lost", "vcpu->stat.mmio_exit_user++;",
    "if (is_write && $) memset(run->mmio.data, 0, sizeof(run->mmio.data)); @",
    "mmio.data is what is stored")
row("mmio_load_clears", "vcpu->stat.mmio_exit_user++;",
    "if (!is_write && $) memset(run->mmio.data, 0, sizeof(run->mmio.data)); @",
    "a load's exit does not write mmio.data")
row("mmio_store_fills_8", "vcpu->stat.mmio_exit_user++;",
    "if (is_write && $) memset(run->mmio.data + len, 0, sizeof(run->mmio.data) -"
    " len); @",
    "a store's exit writes as many bytes of mmio.data as it stores")
row("mmio_store_byte_lost", "vcpu->stat.mmio_exit_user++;",
    "if (is_write && $) run->mmio.data[len - 1] = 0; @",
    "mmio.data is what is stored, its last byte too")
row("mmio_store_done_early", "vcpu->stat.mmio_exit_user++;",
    "if (is_write && $) { kvm_incr_pc(vcpu); vcpu->mmio_needed = 0; } @",
    "at KVM_EXIT_MMIO the PC is at the instruction: the next KVM_RUN completes it")
row("mmio_load_x0", "vcpu->stat.mmio_exit_user++;",
    "if (!is_write && $) vcpu_set_reg(vcpu, rt, 0); @",
    "at KVM_EXIT_MMIO a load's register is as it was")
row("mmio_stat_lost", "vcpu->stat.mmio_exit_user++;",
    "if (!$) { @; }",
    "the statistic mmio_exit_user counts each KVM_EXIT_MMIO")
row("mmio_stat_kernel", "vcpu->stat.mmio_exit_kernel++;",
    "if (!$) { @; }",
    "the statistic mmio_exit_kernel counts what the kernel handles")
row("mmio_kernel_pc", "kvm_handle_mmio_return(vcpu);",
    "if (!$) { @; }",
    "an access that a device of the kernel handles is completed")
row("mmio_kernel_to_user", "if (!ret) {",
    "if (!ret && is_write && $) ret = -EOPNOTSUPP; @",
    "an access that a device of the kernel handles does not go to user space")
row("mmio_kernel_needed", "kvm_handle_mmio_return(vcpu);",
    "@ if ($) vcpu->mmio_needed = 1;",
    "after an access that the kernel handles none is left to complete")
row("mmio_kernel_data", "if (!ret) {",
    "if (!ret && !is_write && $) memset(data_buf, 0, len); @",
    "a load from a device of the kernel gets that device's data")
row("mmio_ro_kernel_bus_first", "is_write = kvm_vcpu_dabt_iswrite(vcpu);",
    "if (gfn_to_memslot(vcpu->kvm, fault_ipa >> PAGE_SHIFT) && $) {"
    " kvm_incr_pc(vcpu); return 1; } @",
    "a store that has a syndrome to a read-only slot is KVM_EXIT_MMIO, not ignored")
row("mmio_reason_late", "run->exit_reason = KVM_EXIT_MMIO;",
    "@ if (vcpu->vcpu_idx && $) run->exit_reason = KVM_EXIT_UNKNOWN;",
    "the exit reason is KVM_EXIT_MMIO on every vCPU")
row("mmio_reason_nisv", "run->exit_reason = KVM_EXIT_MMIO;",
    "@ if (!is_write && $) run->exit_reason = KVM_EXIT_ARM_NISV;",
    "an access that has a syndrome is KVM_EXIT_MMIO")

at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_run")
row("mmio_after_reason", "run->exit_reason == KVM_EXIT_MMIO",
    "(@ || (run->exit_reason == KVM_EXIT_ARM_NISV && $))",
    "the KVM_RUN after KVM_EXIT_ARM_NISV completes nothing")
row("mmio_reason_ignored", "run->exit_reason == KVM_EXIT_MMIO",
    "(@ && !$)",
    "the KVM_RUN after KVM_EXIT_MMIO completes the access")
row("mmio_reason_not_needed", "run->exit_reason == KVM_EXIT_MMIO",
    "(@ || (vcpu->mmio_needed && $))",
    "user space that has written another exit_reason gets no completion")
row("mmio_completed_late", "vcpu_load(vcpu);",
    "if (vcpu->mmio_needed && run->exit_reason != KVM_EXIT_MMIO && $)"
    " vcpu->mmio_needed = 0; @",
    "an access that is not completed stays so until exit_reason says KVM_EXIT_MMIO")

at("arch/arm64/kvm/handle_exit.c", "handle_trap_exceptions")
row("mmio_condition_ignored", "!kvm_condition_valid(vcpu)",
    "(@ && !$)",
    "in AArch32 a trapped instruction whose condition fails is skipped",
    unreachable="an instruction whose condition fails makes no access and no abort,"
                " and QEMU traps none of the others before it has tested the"
                " condition")
row("mmio_pc_moved_first", "exit_handler = kvm_get_exit_handler(vcpu);",
    "if (kvm_vcpu_trap_get_class(vcpu) == ESR_ELx_EC_DABT_LOW &&"
    " !kvm_vcpu_dabt_isvalid(vcpu) && kvm_vcpu_dabt_iswrite(vcpu) && $)"
    " *vcpu_cpsr(vcpu) &= ~PSR_BTYPE_MASK; @",
    "PSTATE has not changed, BTYPE neither: a store has not been executed")
