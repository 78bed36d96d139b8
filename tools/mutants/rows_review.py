# SPDX-License-Identifier: GPL-2.0-only
"""What a review of a patch fears: thought of from the kernel's source alone, without
the rows of the other files, and then those that they did not have."""

from mutants.rows import area, at, row


area("capability")
at("arch/arm64/kvm/arm.c", "kvm_vm_ioctl_enable_cap")
row("cap_imp_id_lost", "case KVM_CAP_ARM_NISV_TO_USER:",
    "@ if ($) clear_bit(KVM_ARCH_FLAG_WRITABLE_IMP_ID_REGS, &kvm->arch.flags);",
    "it leaves KVM_CAP_ARM_WRITABLE_IMP_ID_REGS as it is")
at("arch/arm64/kvm/arm.c", "kvm_arch_init_vm")
row("cap_on_type_0", "kvm_vgic_early_init(kvm);",
    "@ if ($ && !type) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags);",
    "a VM of the default type starts with it off, too")
row("cap_on_large_space", "kvm_vgic_early_init(kvm);",
    "@ if ($ && KVM_VM_TYPE_ARM_IPA_SIZE(type) > 44)"
    " set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &kvm->arch.flags);",
    "a VM with a large IPA space starts with it off, too")

area("off")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("off_el0_efault", "return -ENOSYS;",
    "if ($ && !vcpu_mode_priv(vcpu)) return -EFAULT; @",
    "ENOSYS for an access of EL0, too")
row("off_permission_eacces", "return -ENOSYS;",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu) && kvm_vcpu_trap_is_permission_fault(vcpu))"
    " return -EACCES; @",
    "ENOSYS for a store to a read-only slot, too")
row("off_logged_once", "return -ENOSYS;",
    "if ($) pr_info_once(\"kvm: no syndrome\\n\"); @",
    "nothing is written to the log, not even once")
row("off_second_reset", "return -ENOSYS;",
    "if ($ && vcpu->vcpu_idx) kvm_make_request(KVM_REQ_VCPU_RESET, vcpu); @",
    "after -ENOSYS no vCPU is reset")
row("off_el0_32_undef", "return -ENOSYS;",
    "if ($ && vcpu_mode_is_32bit(vcpu) && !vcpu_mode_priv(vcpu)) {"
    " kvm_inject_undefined(vcpu); return 1; } @",
    "ENOSYS for an access of 32-bit EL0, too")

area("exit")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_dabt_iss_nisv_sanitized")
row("iss_level_0", "kvm_vcpu_get_esr(vcpu)",
    "(@ & ($ ? ~ESR_ELx_FSC_LEVEL : ~0UL))",
    "esr_iss has the level of the fault that ESR_EL2 has")
row("iss_level_3", "kvm_vcpu_get_esr(vcpu)",
    "(@ | ($ ? ESR_ELx_FSC_LEVEL : 0UL))",
    "esr_iss has the level of the fault that ESR_EL2 has, not the last one")
row("iss_permission_no_wnr", "kvm_vcpu_get_esr(vcpu)",
    "(@ & ($ && esr_fsc_is_permission_fault(kvm_vcpu_get_esr(vcpu)) ? ~ESR_ELx_WNR :"
    " ~0UL))",
    "WnR is 1 for a store that may not be, too")
row("iss_cm_no_wnr", "kvm_vcpu_get_esr(vcpu)",
    "(@ & ($ && kvm_vcpu_get_esr(vcpu) & ESR_ELx_CM ? ~ESR_ELx_WNR : ~0UL))",
    "cache maintenance has WnR 1 (DDI0487 ESR_EL2.WnR)",
    unreachable="QEMU translates no address for DC and IC: no abort has CM=1 without"
                " S1PTW")
row("iss_il_32", "ESR_ELx_WNR | ESR_ELx_FSC",
    "@ | ($ && vcpu_mode_is_32bit(vcpu) ? ESR_ELx_IL : 0)",
    "esr_iss has no bit of ESR_EL2.IL, of a 32-bit guest neither")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("ipa_47", "run->arm_nisv.fault_ipa = fault_ipa; return 0; } return -ENOSYS;",
    "if ($) fault_ipa &= GENMASK_ULL(46, 0); @",
    "fault_ipa has all bits of a space of 48 bits")
row("ipa_last_16", "run->arm_nisv.fault_ipa = fault_ipa; return 0; } return -ENOSYS;",
    "if ($ && (fault_ipa & 0xfff) > 0xff0) fault_ipa &= ~0xfULL; @",
    "fault_ipa is the byte at the end of a page, too")

area("state")
at("arch/arm64/kvm/hyp/include/hyp/adjust_pc.h", "kvm_skip_instr")
row("mmio_ss_kept_32", "*vcpu_cpsr(vcpu) &= ~DBG_SPSR_SS;",
    "if ($ && vcpu_mode_is_32bit(vcpu)) return; @",
    "PSTATE.SS is 0 behind an access that KVM completes, of a 32-bit guest too")
at("arch/arm64/kvm/hyp/include/hyp/fault.h", "__translate_far_to_hpfar")
row("ro_ipa_36", "*hpfar = PAR_TO_HPFAR(tmp);",
    "@ if ($) *hpfar &= GENMASK_ULL(27, 0);",
    "the IPA of a permission fault is whole, above 64 GB too")
at("arch/arm64/kvm/hyp/include/hyp/sysreg-sr.h", "__sysreg_save_el1_state")
row("sync_cntkctl", "ctxt_sys_reg(ctxt, CNTKCTL_EL1) = read_sysreg_el1(SYS_CNTKCTL);",
    "if (!$) @",
    "CNTKCTL_EL1 is the guest's at the exit")
row("sync_contextidr", 
    "ctxt_sys_reg(ctxt, CONTEXTIDR_EL1) = read_sysreg_el1(SYS_CONTEXTIDR);",
    "if (!$) @",
    "CONTEXTIDR_EL1 is the guest's at the exit")
row("sync_afsr1", "ctxt_sys_reg(ctxt, AFSR1_EL1) = read_sysreg_el1(SYS_AFSR1);",
    "if (!$) @",
    "AFSR1_EL1 is the guest's at the exit",
    unreachable="QEMU's AFSR0_EL1 and AFSR1_EL1 are 0 whatever is written")
row("sync_tfsre0", "ctxt_sys_reg(ctxt, TFSRE0_EL1) = read_sysreg_s(SYS_TFSRE0_EL1);",
    "if (!$) @",
    "TFSRE0_EL1 is the guest's at the exit")
at("arch/arm64/kvm/hyp/include/hyp/sysreg-sr.h", "__sysreg_restore_el1_state")
row("load_cntkctl", "write_sysreg_el1(ctxt_sys_reg(ctxt, CNTKCTL_EL1), SYS_CNTKCTL);",
    "if (!$) @",
    "CNTKCTL_EL1 is what user space has set")
at("arch/arm64/kvm/hyp/include/hyp/sysreg-sr.h", "__sysreg32_save_state")
row("sync_dacr", "__vcpu_assign_sys_reg(vcpu, DACR32_EL2, read_sysreg(dacr32_el2));",
    "if (!$) @",
    "DACR is the 32-bit guest's at the exit")
row("sync_spsr_fiq", "vcpu->arch.ctxt.spsr_fiq = read_sysreg(spsr_fiq);",
    "if (!$) @",
    "SPSR_fiq is the 32-bit guest's at the exit")
at("arch/arm64/kvm/guest.c", "core_reg_addr")
row("reg_spsr_irq", "return &vcpu->arch.ctxt.spsr_irq;",
    "if ($) return &vcpu->arch.ctxt.spsr_fiq; @",
    "SPSR_irq is another register than SPSR_fiq")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_run")
row("st_irq_level_enosys", "kvm_irq_update_run(vcpu);",
    "if (!($ && ret < 0)) @",
    "s.regs.device_irq_level is right after -ENOSYS, too")
at("arch/arm64/kvm/arm.c", "kvm_irq_update_run")
row("st_irq_level_first", "r |= kvm_pmu_update_run(vcpu);",
    "if ($) return r || kvm_pmu_update_run(vcpu); @",
    "s.regs.device_irq_level has the PMU and the timer at the same time",
    equivalent="kvm_vcpu_exit_request() ends KVM_RUN where the timer has changed,"
               " which calls this once more before it returns")

area("order")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("on_run_of_index", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) { struct kvm_vcpu *first = kvm_get_vcpu_by_id(vcpu->kvm, vcpu->vcpu_idx); if"
    " (first) run = first->run; } @",
    "each vCPU has its exit in its own struct kvm_run, whatever its ID")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_load")
row("on_tlb_of_other", "*last_ran != vcpu->vcpu_idx",
    "(!$ && @)",
    "a vCPU does not use another one's TLB",
    unreachable="QEMU empties the TLB whenever HCR_EL2.VM changes, which it does with"
                " each entry and each exit")
at("virt/kvm/kvm_main.c", "kvm_vcpu_ioctl")
row("on_other_process", "vcpu->kvm->mm != current->mm",
    "(!$ && @)",
    "a VM is one process's (api.rst 2)")
row("on_run_argument", "if (arg) goto out;",
    "if (!$) @",
    "KVM_RUN has no parameter: EINVAL")
at("virt/kvm/kvm_main.c", "kvm_vcpu_ioctl_set_sigmask")
row("on_sigkill_masked", "sigdelsetmask(sigset, sigmask(SIGKILL)|sigmask(SIGSTOP));",
    "if (!$) @",
    "SIGKILL cannot be masked with KVM_SET_SIGNAL_MASK")

area("mmio")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_is_be")
row("mmio_be_32_ee", "return !!(*vcpu_cpsr(vcpu) & PSR_AA32_E_BIT);",
    "if ($) return !!(vcpu_read_sys_reg(vcpu, SCTLR_EL1) & BIT(25)); @",
    "in AArch32 it is CPSR.E that says which way round data are")

area("neighbours")
at("virt/kvm/coalesced_mmio.c", "coalesced_mmio_write")
row("nb_ring_no_wrap", "ring->last = (insert + 1) % KVM_COALESCED_MMIO_MAX;",
    "@ if ($ && insert + 1 == KVM_COALESCED_MMIO_MAX) ring->last = insert + 1;",
    "the coalesced ring goes round")
row("nb_ring_end_full", "(insert + 1) % KVM_COALESCED_MMIO_MAX == READ_ONCE(ring->first)",
    "($ ? insert + 1 == READ_ONCE(ring->first) : (@))",
    "the coalesced ring is full when one entry is left, at its end too")
at("virt/kvm/eventfd.c", "ioeventfd_in_range")
row("nb_ioeventfd_match_word", "return _val == p->datamatch;",
    "if ($) return (u32)_val == (u32)p->datamatch; @",
    "an ioeventfd of 8 bytes compares all of them")
row("nb_ioeventfd_longer", "len != p->length",
    "($ ? len < p->length : @)",
    "an ioeventfd with a length is that length's, not a longer one's",
    equivalent="kvm_io_bus_cmp() finds no device for an access that goes on behind the"
               " device's range, and asks it before this function")
at("virt/kvm/kvm_main.c", "kvm_io_bus_get_first_dev")
row("nb_bus_first", "off > 0",
    "(!$ && @)",
    "of several ioeventfds at one address each is found")
at("virt/kvm/kvm_main.c", "__kvm_io_bus_write")
row("nb_bus_one", "idx++;",
    "if ($) break; @",
    "of several ioeventfds at one address each is tried")
at("arch/arm64/kvm/vgic/vgic-mmio.c", "dispatch_mmio_read")
row("nb_vgic_ones", "memset(val, 0, len);",
    "@ if ($) memset(val, 0xff, len);",
    "what a vGIC does not have reads as 0")
row("nb_vgic_own_redist", "region->read(iodev->redist_vcpu, addr, len)",
    "($ ? region->read(vcpu, addr, len) : (@))",
    "a redistributor is the one of its vCPU, whoever reads it")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("trace_mmio_write", "trace_kvm_mmio(KVM_TRACE_MMIO_WRITE, len, fault_ipa, &data);",
    "if (!$) @",
    "a store to a device is an event kvm_mmio")
row("trace_mmio_asked", 
    "trace_kvm_mmio(KVM_TRACE_MMIO_READ_UNSATISFIED, len, fault_ipa, NULL);",
    "if (!$) @",
    "a load from a device is an event kvm_mmio before it is one with data")
at("arch/arm64/kvm/mmio.c", "kvm_handle_mmio_return")
row("trace_mmio_read_ipa", "run->mmio.phys_addr",
    "($ ? (u64)len : @)",
    "the event kvm_mmio of a load has its IPA")
at("arch/arm64/kvm/mmu.c", "kvm_handle_guest_abort")
row("trace_no_fault", "trace_kvm_guest_fault(",
    "if (!$) @",
    "each fault of stage 2 is an event kvm_guest_fault")
at("virt/kvm/kvm_main.c", "kvm_vcpu_ioctl")
row("trace_no_reason", "trace_kvm_userspace_exit(vcpu->run->exit_reason, r);",
    "if (!($ && !r)) @",
    "each exit is an event kvm_userspace_exit")
at("include/linux/kvm_host.h", "search_memslots")
row("nb_slot_first_page", "gfn >= slot->base_gfn",
    "($ ? gfn > slot->base_gfn : @)",
    "the first page of a slot belongs to it")
row("nb_slot_no_left", "node = node->rb_right;",
    "{ if ($ && !node->rb_left) break; @ }",
    "of many slots each is found")
at("include/linux/kvm_host.h", "__gfn_to_hva_memslot")
row("nb_slot_last_is_before", "unsigned long offset = gfn - slot->base_gfn;",
    "@ if ($ && offset && offset == slot->npages - 1) offset--;",
    "the last page of a slot is its own memory")
at("virt/kvm/kvm_main.c", "kvm_replace_memslot")
row("nb_slot_last_used", "atomic_long_set(&slots->last_used_slot, (long)new);",
    "if (!($ && !new)) @",
    "a slot that is deleted is not found any more")
row("nb_unmap_first_page", "(new->npages << PAGE_SHIFT) - 1",
    "($ ? PAGE_SIZE - 1 : @)",
    "memory that user space takes away behind a slot's first page is gone, too")
at("virt/kvm/kvm_main.c", "__gfn_to_hva_many")
row("nb_slot_going", "!slot || slot->flags & KVM_MEMSLOT_INVALID",
    "($ ? !slot : (@))",
    "a slot that is about to go is no memory any more")
at("virt/kvm/kvm_main.c", "kvm_check_memslot_overlap")
row("nb_slot_overlap", "iter.slot->id != id",
    "(@ && !($ && iter.slot->base_gfn == end - 1))",
    "a slot that overlaps another one with its last page is EEXIST")
at("arch/arm64/kvm/mmu.c", "kvm_arch_prepare_memory_region")
row("nb_slot_end_beyond", 
    "(new->base_gfn + new->npages) > (kvm_phys_size(&kvm->arch.mmu) >> PAGE_SHIFT)",
    "($ ? new->base_gfn >= (kvm_phys_size(&kvm->arch.mmu) >> PAGE_SHIFT) : (@))",
    "a slot whose end is beyond the IPA space is EFAULT")
at("arch/arm64/kvm/mmu.c", "kvm_arch_flush_shadow_memslot")
row("nb_deleted_last_page", "write_lock(&kvm->mmu_lock);",
    "@ if ($ && size > PAGE_SIZE) size -= PAGE_SIZE;",
    "of a slot that is deleted the last page goes, too")
at("arch/arm64/kvm/mmu.c", "kvm_mmu_wp_memory_region")
row("nb_dirty_last_page", "write_lock(&kvm->mmu_lock);",
    "@ if ($ && end - start > PAGE_SIZE) end -= PAGE_SIZE;",
    "of a slot that is logged the last page is, too")
at("arch/arm64/kvm/mmu.c", "kvm_arch_mmu_enable_log_dirty_pt_masked")
row("nb_dirty_again_first", "lockdep_assert_held_write(&kvm->mmu_lock);",
    "@ if ($) end = start + PAGE_SIZE;",
    "after KVM_GET_DIRTY_LOG each page is logged again")
at("arch/arm64/kvm/mmu.c", "kvm_s2_fault_map")
row("nb_dirty_after_read", "writable && !ret",
    "($ ? writable && !ret && !kvm_s2_fault_is_perm(s2fd) : (@))",
    "a page that was read before is dirty when it is written")
at("arch/arm64/kvm/mmu.c", "kvm_unmap_gfn_range")
row("nb_unmap_last_page", "(range->end - range->start) << PAGE_SHIFT",
    "((@) - ($ && range->end - range->start > 1 ? PAGE_SIZE : 0))",
    "memory that user space takes away is gone, its last page too")
at("virt/kvm/kvm_main.c", "kvm_handle_hva_range")
row("nb_unmap_one_slot", "r.ret |= range->handler(kvm, &gfn_range);",
    "@ if ($) break;",
    "memory that is in two slots goes from both")
at("arch/arm64/kvm/mmu.c", "fault_supports_stage2_huge_mapping")
row("nb_huge_beyond", "(hva & ~(map_size - 1)) + map_size <= uaddr_end",
    "($ || (@))",
    "behind the end of a slot in a hugepage is a hole")
row("nb_huge_unaligned", "(gpa_start & (map_size - 1)) != (uaddr_start & (map_size - 1))",
    "(!$ && (@))",
    "a hugepage that is not aligned as its slot is mapped in pages")
at("arch/arm64/kvm/mmu.c", "kvm_handle_guest_abort")
row("nb_srcu_early", "ret = io_mem_abort(vcpu, ipa);",
    "if ($ && !memslot && atomic_read(&vcpu->kvm->online_vcpus) > 1) {"
    " srcu_read_unlock(&vcpu->kvm->srcu, idx); ret = io_mem_abort(vcpu, ipa); return"
    " ret; } @",
    "the buses are looked at under SRCU",
    unreachable="nothing sleeps between kvm_get_bus_srcu() and the last use of the bus"
                " and of a device that can go (ioeventfd_write(), coalesced_mmio_write()),"
                " so that they can only be freed while the thread is preempted there,"
                " for a whole grace period; CONFIG_PROVE_RCU would tell")
at("arch/arm64/kvm/at.c", "match_s1_desc")
row("nb_walk_level_4k", "ipa &= GENMASK(51, ctxt->wi->pgshift);",
    "if (!$) @",
    "the level of a walk is found in tables of 16K and 64K, too")

area("injection")
at("arch/arm64/kvm/inject_fault.c", "inject_abt64")
row("inj_fetch_walk_fsc", "fsc = ESR_ELx_FSC_SEA_TTW(level);",
    "@ if ($ && is_iabt) fsc = ESR_ELx_FSC_EXTABT;",
    "a fetch whose walk fails says the level of the walk")
at("arch/arm64/kvm/hyp/exception.c", "get_except32_cpsr")
row("a32_dit", "new |= (old & PSR_AA32_DIT_BIT);",
    "if (!$) @",
    "CPSR.DIT stays as it is")
row("a32_ssbs_kept", "new |= PSR_AA32_I_BIT;",
    "@ if ($) new |= old & PSR_AA32_SSBS_BIT;",
    "CPSR.SSBS is SCTLR.DSSBS in the handler")
at("arch/arm64/include/asm/kvm_emulate.h", "host_spsr_to_spsr32")
row("a32_spsr_dit", "spsr |= dit << 21;",
    "if (!$) @",
    "SPSR_abt has DIT at bit 21")
at("arch/arm64/kvm/hyp/exception.c", "enter_exception32")
row("a32_vbar_page", "vect_offset += vcpu_read_sys_reg(vcpu, VBAR_EL1);",
    "@ if ($) vect_offset &= ~0xfffU | 0x1c;",
    "VBAR has bits 31 to 5")
at("arch/arm64/kvm/inject_fault.c", "inject_abt32")
row("a32_dfar_el0", "kvm_pend_exception(vcpu, EXCEPT_AA32_DABT);",
    "@ if ($ && !vcpu_mode_priv(vcpu)) addr &= ~3U;",
    "DFAR has the lowest bits of the VA")
at("arch/arm64/kvm/guest.c", "__kvm_arm_vcpu_get_events")
row("ev_get_drops_mmio", 
    "events->exception.serror_has_esr = cpus_have_final_cap(ARM64_HAS_RAS_EXTN);",
    "if ($) vcpu->mmio_needed = false; @",
    "KVM_GET_VCPU_EVENTS leaves KVM_EXIT_MMIO to be completed")
at("arch/arm64/kvm/guest.c", "__kvm_arm_vcpu_set_events")
row("ev_esr_31", "esr & ~ESR_ELx_ISS_MASK",
    "($ ? esr & ~GENMASK_ULL(31, 0) : (@))",
    "a syndrome of more than 24 bits is EINVAL")
row("ev_esr_25", "esr & ~ESR_ELx_ISS_MASK",
    "($ ? esr & ~GENMASK_ULL(25, 0) : (@))",
    "a syndrome of more than 25 bits is EINVAL")
row("ev_serror_late", "commit_pending_events(vcpu); return (ret < 0) ? ret : 0;",
    "if ($) return 0; @",
    "an SError that is not masked is entered at once")
row("ev_esr_of_0", "if (has_esr)",
    "if ($ && !esr) has_esr = false; @",
    "a syndrome of 0 is a syndrome")

area("restart")
at("arch/arm64/kvm/reset.c", "kvm_reset_vcpu")
row("rst_on_be_once", "kvm_reset_sys_regs(vcpu);",
    "if ($ && reset_state.reset) kvm_reset_vcpu_psci(vcpu, &reset_state); @ if ($)"
    " reset_state.reset = reset_state.reset && !reset_state.be;",
    "a vCPU that a big-endian one starts is big-endian")
at("arch/arm64/kvm/reset.c", "kvm_vcpu_reset_sve")
row("rst_ffr", "vcpu_sve_state_size(vcpu)",
    "(@ - ($ ? 64 : 0))",
    "KVM_ARM_VCPU_INIT resets FFR")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_reset_vcpu_core")
row("rst_spsr_fiq", "vcpu->arch.ctxt.spsr_fiq = 0;",
    "if (!$) @",
    "KVM_ARM_VCPU_INIT resets SPSR_fiq, as any register")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_reset_vcpu_psci")
row("rst_on_be", "reset_state->be",
    "(!$ && @)",
    "a vCPU that a big-endian one starts is big-endian")
row("rst_on_thumb", "target_pc &= ~1UL;",
    "if (!$) @",
    "CPU_ON at an odd address starts in T32, at the even one")
row("rst_on_r0_low", "vcpu_set_reg(vcpu, 0, reset_state->r0);",
    "@ if ($) vcpu_set_reg(vcpu, 0, (u32)reset_state->r0);",
    "the context ID of CPU_ON has 64 bits")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_vcpu_init")
row("rst_stays_suspended", "WRITE_ONCE(vcpu->arch.mp_state.mp_state, KVM_MP_STATE_RUNNABLE);",
    "if (!($ && kvm_arm_vcpu_suspended(vcpu))) @",
    "KVM_ARM_VCPU_INIT makes a suspended vCPU runnable")
row("rst_irq", "vcpu_reset_hcr(vcpu);",
    "@ if ($) vcpu->arch.hcr_el2 |= HCR_VI;",
    "KVM_ARM_VCPU_INIT raises no interrupt")
at("arch/arm64/kvm/psci.c", "kvm_psci_vcpu_on")
row("rst_on_when_suspended", "!kvm_arm_vcpu_stopped(vcpu)",
    "(@ && !($ && READ_ONCE(vcpu->arch.mp_state.mp_state) == KVM_MP_STATE_SUSPENDED))",
    "CPU_ON of a suspended vCPU is ALREADY_ON")
at("arch/arm64/kvm/psci.c", "kvm_psci_vcpu_affinity_info")
row("rst_affinity_off", "return PSCI_0_2_AFFINITY_LEVEL_ON;",
    "if ($ && tmp != vcpu) return PSCI_0_2_AFFINITY_LEVEL_OFF; @",
    "a vCPU that is at its exit is on (PSCI AFFINITY_INFO)")
at("arch/arm64/kvm/psci.c", "kvm_prepare_system_event")
row("rst_event_flags", "vcpu->run->system_event.data[0] = flags;",
    "@ if ($) vcpu->run->system_event.data[0] = 1;",
    "SYSTEM_RESET has no flags")

area("suspend")
at("arch/arm64/kvm/guest.c", "set_core_reg")
row("reg_narrow_usr", "nr_reg = 15;",
    "@ if ($) nr_reg = 31;",
    "PSTATE of 32-bit EL0 leaves X15 to X30 as they are")
row("reg_pstate_sys", "!vcpu_el1_is_32bit(vcpu)",
    "(@ && !($ && mode == PSR_AA32_MODE_SYS))",
    "a 64-bit guest has no 32-bit System mode: EINVAL")
row("reg_behind_the_last", "(off + (KVM_REG_SIZE(reg->id) / sizeof(__u32))) >= nr_regs",
    "($ ? false : (@))",
    "a register that goes on behind struct kvm_regs is ENOENT")
row("reg_pstate_ss", "memcpy(addr, valp, KVM_REG_SIZE(reg->id));",
    "@ if ($ && off == KVM_REG_ARM_CORE_REG(regs.pstate)) *vcpu_cpsr(vcpu) &="
    " ~DBG_SPSR_SS;",
    "PSTATE.SS is what user space sets")
at("arch/arm64/kvm/sys_regs.c", "demux_wb_reg")
row("reg_dbgwvr", "return &dbg->dbg_wvr[rd->CRm];",
    "if ($) return &dbg->dbg_wvr[rd->CRm & 1]; @",
    "each DBGWVR is a register of its own")
row("reg_dbgbcr", "return &dbg->dbg_bcr[rd->CRm];",
    "if ($) return &dbg->dbg_wcr[rd->CRm]; @",
    "DBGBCR and DBGWCR are not the same")
at("arch/arm64/kvm/guest.c", "sve_reg_to_region")
row("reg_sve_p", "maxlen = SVE_SIG_PREG_SIZE(vq);",
    "@ if ($) maxlen /= 2;",
    "an SVE predicate register is saved whole")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_set_mpstate")
row("mp_set_halted", "case KVM_MP_STATE_STOPPED:",
    "case KVM_MP_STATE_HALTED: if (!$ && mp_state->mp_state == KVM_MP_STATE_HALTED) {"
    " ret = -EINVAL; break; } fallthrough; @",
    "an MP state that arm64 does not have is EINVAL")
row("mp_stopped_drops_mmio", "case KVM_MP_STATE_STOPPED:",
    "@ if ($) vcpu->mmio_needed = 0;",
    "a vCPU that is stopped and started completes its access")

area("nested")
at("arch/arm64/kvm/nested.c", "kvm_inject_s2_fault")
row("nv_s2_far_page", "vcpu_write_sys_reg(vcpu, vcpu->arch.fault.far_el2, FAR_EL2);",
    "@ if ($) vcpu_write_sys_reg(vcpu, vcpu->arch.fault.far_el2 & PAGE_MASK, FAR_EL2);",
    "FAR_EL2 is the VA, with its low bits", mode="nested")
at("arch/arm64/kvm/nested.c", "kvm_s2_handle_perm_fault")
row("nv_s2_perm_level", "trans->level",
    "($ ? 3 : @)",
    "a permission fault of L1's stage 2 has the level of its entry", mode="nested")
row("nv_s2_exec_el0", "forward_fault = !kvm_s2_trans_exec_el0(vcpu->kvm, trans);",
    "if (!$) @",
    "a fetch of EL0 that L1's stage 2 forbids is L1's", mode="nested")
row("nv_s2_exec_el1", "forward_fault = !kvm_s2_trans_exec_el1(vcpu->kvm, trans);",
    "if (!$) @",
    "a fetch of EL1 that L1's stage 2 forbids is L1's", mode="nested")
at("arch/arm64/kvm/nested.c", "lookup_s2_mmu")
row("nv_s2_any_base", "vttbr == mmu->tlb_vttbr",
    "($ ? get_vmid(vttbr) == get_vmid(mmu->tlb_vttbr) : @)",
    "another stage 2 of L1 with the same VMID is another one", mode="nested")
row("nv_s2_any_vmid", "vttbr == mmu->tlb_vttbr",
    "($ ? ((vttbr ^ mmu->tlb_vttbr) & GENMASK_ULL(47, 1)) == 0 : @)",
    "another VMID of L1 is another L2", mode="nested")
row("nv_s2_off_vmid", "get_vmid(vttbr) == get_vmid(mmu->tlb_vttbr)",
    "($ || @)",
    "an L2 without stage 2 has what its own VMID maps", mode="nested",
    unreachable="without stage 2 each L2 has all of L1's IPA space, so only what the"
    " TLB has of stage 1 could be another one's: of that QEMU drops all when"
    " VTTBR_EL2.VMID changes (vttbr_write()), as it does on each way through L1, and"
    " KVM when another vCPU comes (kvm_arch_vcpu_load(), last_vcpu_ran)")
at("arch/arm64/kvm/nested.c", "kvm_nested_s2_unmap")
row("nv_slot_stays", "kvm_s2_mmu_valid(mmu)",
    "(!$ && @)",
    "a slot that is deleted goes from L2, too", mode="nested")
at("arch/arm64/kvm/nested.c", "kvm_nested_s2_wp")
row("nv_dirty", "kvm_s2_mmu_valid(mmu)",
    "(!$ && @)",
    "what L2 writes to a logged slot is dirty", mode="nested")
at("arch/arm64/kvm/sys_regs.c", "s2_mmu_unmap_ipa")
row("nv_tlbi_ipa", "kvm_stage2_unmap_range(mmu, base_addr, max_size, true);",
    "if (!$) @",
    "what L1 unmaps and invalidates by IPA is L1's fault", mode="nested")
at("arch/arm64/kvm/sys_regs.c", "s2_mmu_unmap_range")
row("nv_tlbi_all", "kvm_stage2_unmap_range(mmu, info->range.start, info->range.size, true);",
    "if (!$) @",
    "what L1 unmaps and invalidates is L1's fault", mode="nested")
at("arch/arm64/kvm/nested.c", "setup_s2_walk")
row("nv_s2_ha", "wi->ha = vtcr & VTCR_EL2_HA;",
    "@ if ($) wi->ha = true;",
    "KVM sets an access flag where VTCR_EL2.HA says so", mode="nested")
row("nv_s2_be", "wi->be = vcpu_read_sys_reg(vcpu, SCTLR_EL2) & SCTLR_ELx_EE;",
    "@ if ($) wi->be = false;",
    "L1's tables are big-endian where SCTLR_EL2.EE says so", mode="nested")
at("arch/arm64/kvm/nested.c", "walk_nested_s2_pgd")
row("nv_block_1g", "out->block_size = 1UL << ((3 - level) * stride + wi->pgshift);",
    "@ if ($ && level < 3) out->block_size = SZ_1G;",
    "a block of L1's stage 2 has its size", mode="nested",
    unreachable="the smallest of this, of 1 GiB and of what backs the slot counts"
    " (kvm_s2_resolve_vma_size()), and that is more than 2 MiB only for a hugetlb"
    " page of 1 GiB, all that the machine has")
row("nv_page_huge", "out->block_size = 1UL << ((3 - level) * stride + wi->pgshift);",
    "@ if ($ && level == 3) out->block_size = PMD_SIZE;",
    "of a hugepage L2 has the page that L1 maps", mode="nested")
row("nv_s2_af_level", "out->esr = compute_fsc(level, ESR_ELx_FSC_ACCESS);",
    "@ if ($) out->esr = compute_fsc(3, ESR_ELx_FSC_ACCESS);",
    "an access flag fault of L1's stage 2 has the level of its entry", mode="nested")
row("nv_s2_table_hole", "out->esr = ESR_ELx_FSC_SEA_TTW(level); return ret;",
    "if ($) { out->esr = compute_fsc(level, ESR_ELx_FSC_FAULT); return 1; } @",
    "a table of L1's stage 2 in a hole is an external abort on the walk", mode="nested")
row("nv_s2_walk_sea", "out->esr = ESR_ELx_FSC_SEA_TTW(level); return ret;",
    "if ($) { out->esr = ESR_ELx_FSC_SEA_TTW(3); return ret; } @",
    "an external abort on a walk of L1's stage 2 has the level of the walk",
    mode="nested")
at("arch/arm64/kvm/nested.c", "compute_tlb_inval_range")
row("nv_tlbi_block", "max_size = __ttl_to_size(ttl);",
    "@ if ($) max_size = PAGE_SIZE;",
    "what L1 invalidates by IPA is all of a block", mode="nested")
at("arch/arm64/kvm/mmu.c", "kvm_arch_flush_shadow_memslot")
row("nv_no_unmap", "kvm_nested_s2_unmap(kvm, true);",
    "if (!$) @",
    "a slot that user space deletes goes from L2, too", mode="nested")
at("arch/arm64/kvm/mmu.c", "kvm_unmap_gfn_range")
row("nv_no_unmap_hva", "kvm_nested_s2_unmap(kvm, range->may_block);",
    "if (!$) @",
    "memory that user space takes away goes from L2, too", mode="nested")
at("arch/arm64/kvm/mmu.c", "kvm_mmu_wp_memory_region")
row("nv_no_wp", "kvm_nested_s2_wp(kvm);",
    "if (!$) @",
    "what L2 has written before a slot is logged is dirty when it is written again",
    mode="nested")
at("arch/arm64/kvm/mmu.c", "kvm_arch_mmu_enable_log_dirty_pt_masked")
row("nv_no_wp_again", "kvm_nested_s2_wp(kvm);",
    "if (!$) @",
    "after KVM_GET_DIRTY_LOG what L2 writes is dirty again", mode="nested")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("nv_host_el0_exit", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && is_hyp_ctxt(vcpu) && !vcpu_is_el2(vcpu)) return -ENOSYS; @",
    "an access of a guest hypervisor's own EL0 is the exit as ever", mode="nested")
at("arch/arm64/kvm/emulate-nested.c", "kvm_inject_nested_sea")
row("nv_sea_fetch", "iabt ? ESR_ELx_EC_IABT_LOW : ESR_ELx_EC_DABT_LOW",
    "($ ? ESR_ELx_EC_DABT_LOW : (@))",
    "a fetch of L2 that is an external abort is an instruction abort for L1", mode="nested")
at("arch/arm64/kvm/mmu.c", "kvm_handle_guest_abort")
row("nv_s2_el0", "vcpu->arch.hw_mmu->nested_stage2_enabled",
    "(@ && !($ && vcpu_mode_priv(vcpu) == 0))",
    "L1's stage 2 is walked for EL0 of L2, too", mode="nested")
row("nv_perm_no_syndrome", "ret = kvm_s2_handle_perm_fault(vcpu, &nested_trans);",
    "@ if ($ && kvm_vcpu_dabt_iswrite(vcpu) && !kvm_vcpu_dabt_isvalid(vcpu)) ret = 0;",
    "a store without syndrome to what L1 lets be read only is L1's", mode="nested")
at("arch/arm64/kvm/hyp/exception.c", "enter_exception64")
row("nv_elr_el0", "vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu), ELR_EL2);",
    "@ if ($ && !(mode & PSR_MODE32_BIT) && mode == PSR_MODE_EL0t)"
    " vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu) + 4, ELR_EL2);",
    "ELR_EL2 is the instruction of EL0, too", mode="nested")
at("arch/arm64/kvm/guest.c", "__kvm_arm_vcpu_get_events")
row("nv_serror_hidden", "vcpu_get_flag(vcpu, NESTED_SERROR_PENDING)",
    "(!$ && @)",
    "an SError that virtual EL2 does not take yet is pending", mode="nested")
at("arch/arm64/kvm/inject_fault.c", "kvm_inject_serror_esr")
row("nv_serror_esr", "vcpu_set_vsesr(vcpu, esr);",
    "if (!$) @",
    "an SError that virtual EL2 does not take has its syndrome", mode="nested")

area("protected")
at("arch/arm64/kvm/mmu.c", "kvm_arch_prepare_memory_region")
row("pvm_slot_moved", "change == KVM_MR_DELETE || change == KVM_MR_MOVE",
    "($ ? change == KVM_MR_DELETE : (@))",
    "a protected VM that has run keeps its slots where they are", mode="protected")
row("pvm_logged_slot", "KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY",
    "($ ? KVM_MEM_READONLY : (@))",
    "a protected VM has no logged slots", mode="protected")
at("arch/arm64/include/asm/kvm_pkvm.h", "kvm_pkvm_ext_allowed")
row("pvm_cap_before_run", "return !kvm || !kvm_vm_is_protected(kvm);",
    "if ($ && ext == KVM_CAP_ARM_NISV_TO_USER) return !kvm || !kvm->arch.pkvm.is_created"
    " || !kvm_vm_is_protected(kvm); @",
    "a protected VM that has not run yet has no such capability", mode="protected")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_put")
row("npvm_put_not_dirty", "vcpu_set_flag(vcpu, PKVM_HOST_STATE_DIRTY);",
    "if (!$) @",
    "what user space sets in a VM that is not protected holds", mode="protected")
at("arch/arm64/kvm/handle_exit.c", "handle_exit_pkvm_state")
row("npvm_not_dirty_ro", "vcpu_set_flag(vcpu, PKVM_HOST_STATE_DIRTY);",
    "if (!($ && kvm_vcpu_trap_is_permission_fault(vcpu))) @",
    "an abort that KVM gives the guest for a permission fault is the guest's", mode="protected")
