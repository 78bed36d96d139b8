# SPDX-License-Identifier: GPL-2.0-only
"""What is near, more of it: which access to a read-only slot, which walk, which
fetch, which hole; devices, debugging; then guest hypervisors and protected VMs."""

from mutants.rows import area, at, row

KVM = "arch/arm64/kvm/"
MMU = KVM + "mmu.c"
MMIO = KVM + "mmio.c"
MAIN = "virt/kvm/kvm_main.c"
EVENTFD = "virt/kvm/eventfd.c"
COALESCED = "virt/kvm/coalesced_mmio.c"

ON = ("test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
      " &vcpu->kvm->arch.flags)")
NO_SYNDROME = "!kvm_vcpu_dabt_isvalid(vcpu)"

# ------------------------------------- read-only slots, walks, fetches, holes

area("neighbours")
at(MMU, "kvm_handle_guest_abort")
RO = "write_fault && !writable"
row("nb_ro_el0", RO, "((@) && !($ && !vcpu_mode_priv(vcpu)))",
    "a store to a read-only slot is the exit from EL0 as well")
row("nb_ro_vcpu1", RO, "((@) && !($ && vcpu->vcpu_idx))",
    "a store to a read-only slot is the exit on each vCPU")
row("nb_ro_last_page", RO,
    "((@) && !($ && memslot && gfn == memslot->base_gfn + memslot->npages - 1))",
    "the last page of a read-only slot is read-only")
row("nb_ro_first_page", RO,
    "((@) && !($ && memslot && gfn != memslot->base_gfn))",
    "each page of a read-only slot is read-only, not only the first")
row("nb_ro_logged", RO,
    "((@) && !($ && memslot && memslot->flags & KVM_MEM_LOG_DIRTY_PAGES))",
    "a read-only slot with dirty logging is read-only")
row("nb_ro_pair_crossing", RO,
    "((@) && !($ && (kvm_vcpu_get_hfar(vcpu) & ~PAGE_MASK) >= PAGE_SIZE - 16))",
    "a store that begins at the end of a read-only page is the exit")
row("nb_ro_again", RO,
    "((@) && !($ && ({ static gfn_t last; bool again = gfn == last; last = gfn;"
    " again; })))",
    "a second store to the same read-only page is the exit again")
row("nb_ro_walk_for_store", "write_fault = kvm_is_write_fault(vcpu);",
    "@ if ($ && kvm_vcpu_abt_iss1tw(vcpu)) write_fault ="
    " kvm_vcpu_dabt_iswrite(vcpu);",
    "a store through a stage-1 table in a read-only slot reads the table only",
    history="KVM: arm64: Fix S1PTW handling on RO memslots (2022)")
row("nb_walk_ro_exits", "kvm_vcpu_abt_iss1tw(vcpu)",
    "((@) && !($ && !kvm_is_error_hva(hva)))",
    "an update of a table (TCR.HA) in a read-only slot is an abort, no exit")
row("nb_walk_store_exits", "kvm_vcpu_abt_iss1tw(vcpu)",
    "((@) && !($ && kvm_vcpu_dabt_iswrite(vcpu)))",
    "a store whose stage-1 table is in a hole is an abort, no exit")
row("nb_walk_off_enosys", "kvm_vcpu_abt_iss1tw(vcpu)", "((@) && !($ && !" + ON + "))",
    "a stage-1 table in a hole is no ENOSYS with the capability off")
row("nb_walk_when_on", "kvm_vcpu_abt_iss1tw(vcpu)", "((@) && !($ && " + ON + "))",
    "with the capability on a stage-1 table in a hole is an abort, no exit")
row("nb_walk_skips", "if (kvm_vcpu_abt_iss1tw(vcpu)) {",
    "@ if ($) { kvm_incr_pc(vcpu); ret = 1; goto out_unlock; }",
    "an access whose stage-1 table is in a hole is not skipped")
row("nb_walk_far_page", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu) & PAGE_MASK) : (@))",
    "FAR of an access whose walk fails has its low bits")
row("nb_fetch_walk_dabt", "if (is_iabt) {",
    "if ($ && is_iabt && kvm_vcpu_abt_iss1tw(vcpu)) {"
    " ret = kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); goto out_unlock; } @",
    "a fetch whose stage-1 table is in a hole is an instruction abort")
row("nb_fetch_walk_exits", "if (is_iabt) {",
    "if ($ && is_iabt && kvm_vcpu_abt_iss1tw(vcpu)) {"
    " ret = io_mem_abort(vcpu, ipa); goto out_unlock; } @",
    "a fetch whose stage-1 table is in a hole is an abort, no exit")
row("nb_fetch_el0_exits", "(is_iabt)", "((@) && !($ && !vcpu_mode_priv(vcpu)))",
    "a fetch from a hole at EL0 is an abort, no exit")
row("nb_fetch_lost", "ret == -ENOEXEC", "((@) && ($ ? (ret = 1, 0) : 1))",
    "a fetch from a hole gives the guest its abort, it does not retry for ever")
row("nb_hole_at_0", "hva = gfn_to_hva_memslot_prot(memslot, gfn, &writable);",
    "@ if ($ && !gfn && !memslot) { ret = -EFAULT; goto out_unlock; }",
    "a hole at IPA 0 is a hole")
row("nb_hole_above_4g", "hva = gfn_to_hva_memslot_prot(memslot, gfn, &writable);",
    "@ if ($ && !memslot && ipa >> 32) { ret = -EFAULT; goto out_unlock; }",
    "a hole above 4 GiB is a hole")
row("nb_hole_in_block", "hva = gfn_to_hva_memslot_prot(memslot, gfn, &writable);",
    "@ if ($ && !memslot && gfn_to_memslot(vcpu->kvm, gfn ^ 1))"
    " { ret = -EFAULT; goto out_unlock; }",
    "a hole next to a slot is a hole")
row("nb_unsupported_level1", "!esr_fsc_is_translation_fault(esr)",
    "((@) || ($ && (esr & ESR_ELx_FSC_LEVEL) == 1))",
    "a hole with no table near it (level 1) is the exit as well")
row("nb_unsupported_level3", "!esr_fsc_is_translation_fault(esr)",
    "((@) || ($ && (esr & ESR_ELx_FSC_LEVEL) == 3))",
    "a hole beside mapped pages (level 3) is the exit as well")
row("nb_unsupported_perm", "!esr_fsc_is_permission_fault(esr)",
    "((@) || ($ && " + NO_SYNDROME + "))",
    "a store without syndrome to a mapped read-only page does not fail with EFAULT")
INVALID = "ipa == INVALID_GPA"
row("nb_ipa_top_bug", INVALID, "((@) || ($ && !!(ipa >> 39)))",
    "a hole in the upper half of the VM's IPA space does not stop the VM")
BEYOND = "fault_ipa >= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr))"
row("nb_beyond_store_exits", BEYOND,
    "((@) && !($ && !is_iabt && kvm_vcpu_dabt_iswrite(vcpu)))",
    "a store beyond the VM's IPA size is an abort of the guest, no exit")
row("nb_beyond_when_on", BEYOND, "((@) && !($ && " + ON + "))",
    "with the capability on an access beyond the VM's IPA size is an abort, no exit")
row("nb_beyond_fetch_dabt", "kvm_inject_sea(vcpu, is_iabt, fault_ipa)",
    "($ ? kvm_inject_sea(vcpu, false, fault_ipa) : (@))",
    "the abort of a fetch beyond the VM's IPA size is an instruction abort")
row("nb_beyond_nisv_exits", BEYOND, "((@) && !($ && !is_iabt && " + NO_SYNDROME + "))",
    "an access without syndrome beyond the VM's IPA size is an abort, no exit")
row("nb_beyond_skips", "fault_ipa |= FAR_TO_FIPA_OFFSET(kvm_vcpu_get_hfar(vcpu));",
    "@ if ($) { kvm_incr_pc(vcpu); return 1; }",
    "an access beyond the VM's IPA size is not skipped")

# ------------------------------------------------- devices at such an address

at(MMIO, "io_mem_abort")
row("nb_ring_emptied", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && vcpu->kvm->coalesced_mmio_ring)"
    " vcpu->kvm->coalesced_mmio_ring->last = vcpu->kvm->coalesced_mmio_ring->first; @",
    "what the ring of coalesced MMIO holds stays there over the exit")
row("nb_ring_emptied_off", "return -ENOSYS;",
    "if ($ && vcpu->kvm->coalesced_mmio_ring)"
    " vcpu->kvm->coalesced_mmio_ring->last = vcpu->kvm->coalesced_mmio_ring->first; @",
    "what the ring of coalesced MMIO holds stays there over ENOSYS")
row("nb_load_ioeventfd", "return -ENOSYS;",
    "if ($ && !kvm_vcpu_dabt_iswrite(vcpu)) { u32 zero = 0;"
    " kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, 4, &zero); } @",
    "a load without syndrome triggers no ioeventfd")
row("nb_pair_ioeventfd", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu)) { u32 zero = 0;"
    " kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa + 4, 4, &zero); } @",
    "the second half of a pair that is stored triggers no ioeventfd")
row("nb_ro_ioeventfd", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && kvm_vcpu_trap_is_permission_fault(vcpu)) { u32 zero = 0;"
    " kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, 4, &zero); } @",
    "a store without syndrome to a read-only page triggers no ioeventfd")
row("nb_vgic_silent", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu)) { u32 data = vcpu_get_reg(vcpu,"
    " kvm_vcpu_dabt_get_rd(vcpu));"
    " kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, 4, &data); } @",
    "a store without syndrome to the vGIC changes nothing in it")
row("nb_vgic_injects", "return -ENOSYS;",
    "if ($) { u32 data; if (!kvm_io_bus_read(vcpu, KVM_MMIO_BUS, fault_ipa, 4,"
    " &data)) return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); } @",
    "an access without syndrome to the vGIC fails with ENOSYS, as any other")
WRITE = "kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, len, data_buf)"
READ = "kvm_io_bus_read(vcpu, KVM_MMIO_BUS, fault_ipa, len, data_buf)"
row("nb_bus_write_when_on", WRITE, "($ && " + ON + " ? -EOPNOTSUPP : (@))",
    "with the capability on a store with syndrome still triggers its ioeventfd")
row("nb_bus_read_when_on", READ, "($ && " + ON + " ? -EOPNOTSUPP : (@))",
    "with the capability on a load with syndrome is still the vGIC's")
row("nb_bus_write_any_el0", WRITE,
    "($ && !vcpu_mode_priv(vcpu) ? -EOPNOTSUPP : (@))",
    "a store from EL0 triggers its ioeventfd")
row("nb_load_writes", READ,
    "($ ? ({ memset(data_buf, 0, sizeof(data_buf));"
    " kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, len, data_buf); }) : (@))",
    "a load with syndrome triggers no ioeventfd")
row("nb_step_enosys", "return -ENOSYS;",
    "if ($ && (vcpu->guest_debug & KVM_GUESTDBG_SINGLESTEP)) {"
    " run->exit_reason = KVM_EXIT_DEBUG; return 0; } @",
    "single-stepped with the capability off, the access still fails with ENOSYS")
row("nb_debug_skips", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && vcpu->guest_debug) kvm_incr_pc(vcpu); @",
    "with KVM_SET_GUEST_DEBUG in effect the exit leaves PC at the instruction")

at(EVENTFD, "ioeventfd_in_range")
row("nb_ioeventfd_len0", "!p->length", "((@) && !($ && len != 4))",
    "an ioeventfd of length 0 is for stores of any size")
row("nb_ioeventfd_match8", "get_unaligned((u64 *)val)",
    "($ ? get_unaligned((u32 *)val) : (@))",
    "DATAMATCH of 8 bytes compares all of them")
at(EVENTFD, "kvm_deassign_ioeventfd_idx")
row("nb_ioeventfd_stays", "kvm_io_bus_unregister_dev(kvm, bus_idx, &p->dev);",
    "if (!$) { @ }",
    "where an ioeventfd was taken away a store is an exit again")
at(COALESCED, "coalesced_mmio_write")
row("nb_coalesced_full", "spin_unlock(&dev->kvm->ring_lock); return -EOPNOTSUPP;",
    "if ($) { spin_unlock(&dev->kvm->ring_lock); return 0; } @",
    "a store that finds the ring of coalesced MMIO full is an exit")
row("nb_coalesced_addr", "ring->coalesced_mmio[insert].phys_addr = addr;",
    "@ if ($) ring->coalesced_mmio[insert].phys_addr = dev->zone.addr;",
    "the ring of coalesced MMIO has each store's address")
at(COALESCED, "kvm_vm_ioctl_unregister_coalesced_mmio")
row("nb_coalesced_stays", "coalesced_mmio_in_range(dev, zone->addr, zone->size)",
    "(!$ && (@))",
    "where a coalesced zone was taken away a store is an exit again")

# --------------------------------------------- slots that change, dirty pages

at(MAIN, "kvm_set_memory_region")
row("nb_ro_delete_ignored", "if (!mem->memory_size) {",
    "@ if ($ && old && old->flags & KVM_MEM_READONLY) return 0;",
    "where a read-only slot was deleted there is a hole")
row("nb_move_ignored", "change = KVM_MR_MOVE;", "if ($) return 0; @",
    "a slot that moves leaves a hole where it was")
row("nb_ro_moved", "new->flags = mem->flags;",
    "@ if ($ && change == KVM_MR_MOVE) new->flags &= ~KVM_MEM_READONLY;",
    "a read-only slot that was moved is read-only")
row("nb_ro_flag_changes", "(KVM_MEM_READONLY | KVM_MEM_GUEST_MEMFD)",
    "($ ? KVM_MEM_GUEST_MEMFD : (@))",
    "KVM_MEM_READONLY of a slot that exists cannot change: EINVAL")
at(MMU, "kvm_mmu_wp_memory_region")
row("nb_dirty_mapped", "kvm_stage2_wp_range(&kvm->arch.mmu, start, end);",
    "if (!$) { @ }",
    "a store to a page that was mapped before logging began marks it dirty")
at(MMU, "kvm_arch_mmu_enable_log_dirty_pt_masked")
row("nb_dirty_once", "kvm_stage2_wp_range(&kvm->arch.mmu, start, end);",
    "if (!$) { @ }",
    "a store after KVM_GET_DIRTY_LOG marks its page dirty again")
at(MMU, "kvm_s2_fault_compute_prot")
row("nb_dirty_by_load", "!memslot_is_logging(s2fd->memslot)", "($ || (@))",
    "a load marks no page dirty")
at(KVM + "guest.c", "kvm_arch_vcpu_ioctl_set_guest_debug")
row("nb_watch_not_set", "vcpu->arch.external_debug_state = dbg->arch;",
    "if (!$) { @ }",
    "a watchpoint that user space sets on the address comes before the access")

# ----------------------------------------------- a guest hypervisor, its guest

area("nested")
NV = {"mode": "nested"}
at(MMU, "kvm_handle_guest_abort")
row("nv_slot_of_l2_ipa", "ipa = kvm_s2_trans_output(&nested_trans);",
    "@ if ($) ipa = fault_ipa;",
    "the slot that L2's access may hit is the one at L1's IPA", **NV)
row("nv_perm_not_l1", "ret = kvm_s2_handle_perm_fault(vcpu, &nested_trans);",
    "@ if ($) ret = 0;",
    "a store to a page that L1's stage 2 maps read-only is a fault for L1", **NV)
at(MMIO, "io_mem_abort")
row("nv_l2_enosys", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && is_nested_ctxt(vcpu)) return -ENOSYS; @",
    "with the capability on an access of L2 is the exit as well", **NV)
row("nv_l2_to_l1", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && is_nested_ctxt(vcpu)) return kvm_inject_nested_sea(vcpu, false,"
    " kvm_vcpu_get_hfar(vcpu)); @",
    "an access of L2 that L1's stage 2 lets through is user space's, not L1's", **NV)
row("nv_vel2_enosys", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && is_hyp_ctxt(vcpu)) return -ENOSYS; @",
    "with the capability on an access at vEL2 is the exit as well", **NV)
at(MMIO, "kvm_pending_external_abort")
row("nv_mmio_completes", "if (vcpu_el1_is_32bit(vcpu)) {",
    "if ($ && vcpu_get_flag(vcpu, EXCEPT_MASK) =="
    " unpack_vcpu_flag(EXCEPT_AA64_EL2_SYNC)) { return false; } @",
    "an abort injected at vEL2 after KVM_EXIT_MMIO leaves the access undone",
    unreachable="KVM_SET_VCPU_EVENTS commits the abort and forgets the access, "
    "so none is pending when KVM_RUN completes one", **NV)
at(KVM + "nested.c", "compute_fsc")
row("nv_s2_level", "(level & 0x3)", "($ ? 3 : (@))",
    "a hole in L1's stage 2 gives L1 the level of the missing entry", **NV)
at(KVM + "nested.c", "walk_nested_s2_pgd")
row("nv_s2_af", "!(desc & KVM_PTE_LEAF_ATTR_LO_S2_AF)", "(!$ && (@))",
    "an entry without AF in L1's stage 2 is a fault for L1, no exit", **NV)
row("nv_s2_writable", "desc & KVM_PTE_LEAF_ATTR_LO_S2_S2AP_W", "($ || (@))",
    "what L1's stage 2 maps read-only L2 cannot write", **NV)
row("nv_s2_index", "base_addr | index", "((@) ^ ($ && level == 3 ? 8 : 0))",
    "each page of L2 goes through its own entry of L1's stage 2", **NV)
row("nv_s2_invalid", "!(desc & KVM_PTE_VALID)", "($ ? !desc : (@))",
    "an entry of L1's stage 2 that is invalid but not 0 is a hole too", **NV)
at(KVM + "nested.c", "kvm_walk_nested_s2")
ISS = "result->esr |= (kvm_vcpu_get_esr(vcpu) & ~ESR_ELx_FSC);"
row("nv_s2_isv_set", ISS, "@ if ($) result->esr |= ESR_ELx_ISV;",
    "L1 gets no syndrome for an access of L2 that has none", **NV)
row("nv_s2_isv_lost", ISS, "@ if ($) result->esr &= ~ESR_ELx_ISV;",
    "L1 gets the syndrome of an access of L2 that has one", **NV)
row("nv_s2_wnr", ISS, "@ if ($) result->esr &= ~ESR_ELx_WNR;",
    "L1 is told whether L2's access was a store", **NV)
at(KVM + "emulate-nested.c", "kvm_emulate_nested_eret")
row("nv_eret_skips", "*vcpu_pc(vcpu) = elr;", "@ if ($) *vcpu_pc(vcpu) += 4;",
    "an ERET of L1 goes to the instruction that ELR_EL2 names", **NV)

# --------------------------------- protected VMs, others beside them, and nVHE

area("protected")
PV = {"mode": "protected"}
at("arch/arm64/include/asm/kvm_pkvm.h", "kvm_pkvm_ext_allowed")
row("pvm_cap_on_dev", "!kvm || !kvm_vm_is_protected(kvm)",
    "((@) && !($ && !kvm && ext == KVM_CAP_ARM_NISV_TO_USER))",
    "where there may be protected VMs /dev/kvm has the capability", **PV)
at(MMIO, "io_mem_abort")
row("pvm_store_enosys", "vcpu_is_protected(vcpu)",
    "((@) && !($ && kvm_vcpu_dabt_iswrite(vcpu)))",
    "a store of a protected guest gives it the abort, not user space ENOSYS", **PV)
row("pvm_skips", "return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu));",
    "if ($) { kvm_incr_pc(vcpu); return 1; } @",
    "an access of a protected guest is not skipped in silence", **PV)
row("pvm_far_page", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu) & PAGE_MASK) : (@))",
    "the address in a protected guest's abort has its low bits", **PV)
HYP = KVM + "hyp/nvhe/hyp-main.c"
at(HYP, "flush_hyp_vcpu")
row("npvm_iflags_in", "hyp_vcpu->vcpu.arch.iflags = host_vcpu->arch.iflags;",
    "if (!$) { @ }",
    "beside protected VMs an abort that user space injects is taken", **PV)
row("npvm_vse_lost", "READ_ONCE(host_vcpu->arch.hcr_el2) & host_hcr_mask",
    "((@) & ~($ ? HCR_VSE : 0))",
    "beside protected VMs an SError that user space injects is taken", **PV)
at(HYP, "sync_hyp_vcpu")
FAULT = "host_vcpu->arch.fault = hyp_vcpu->vcpu.arch.fault;"
row("npvm_wnr_lost", FAULT, "@ if ($) host_vcpu->arch.fault.esr_el2 &= ~ESR_ELx_WNR;",
    "beside protected VMs esr_iss says that a store is one", **PV)
row("npvm_ipa_above_4g", FAULT,
    "@ if ($) host_vcpu->arch.fault.hpfar_el2 &="
    " HPFAR_EL2_NS | GENMASK_ULL(23, 4);",
    "beside protected VMs fault_ipa has its bits above 4 GiB", **PV)
at(HYP, "__copy_vcpu_state")
SYSREG = "to_vcpu->arch.ctxt.sys_regs[i] = from_vcpu->arch.ctxt.sys_regs[i];"
row("npvm_esr_el1", SYSREG, "if (!($ && i == ESR_EL1)) { @ }",
    "beside protected VMs an injected abort has ESR_EL1", **PV)
row("npvm_elr_el1", SYSREG, "if (!($ && i == ELR_EL1)) { @ }",
    "beside protected VMs an abort injected at the exit has ELR_EL1", **PV)
row("npvm_tpidr_el1", SYSREG, "if (!($ && i == TPIDR_EL1)) { @ }",
    "beside protected VMs an exit shows the guest's TPIDR_EL1", **PV)
at(HYP, "handle___pkvm_vcpu_put")
row("npvm_put_not_synced", "sync_hyp_vcpu_state(hyp_vcpu);", "if (!$) { @ }",
    "beside protected VMs registers are the guest's after a signal too", **PV)
at(KVM + "hyp/nvhe/switch.c", "__kvm_vcpu_run")
HOST_BACK = "__sysreg_restore_state_nvhe(host_ctxt);"
row("nvhe_sp_is_hosts", HOST_BACK, "@ if ($) guest_ctxt->regs.sp = read_sysreg(sp_el0);",
    "the exit leaves SP_EL0 as it is", mode="nvhe")
row("nvhe_far_el1_set", HOST_BACK,
    "@ if ($) ctxt_sys_reg(guest_ctxt, FAR_EL1) = vcpu->arch.fault.far_el2;",
    "the exit leaves FAR_EL1 as it is", mode="nvhe")
at(KVM + "hyp/nvhe/switch.c", "fixup_guest_exit")
row("nvhe_pstate_stale", "synchronize_vcpu_pstate(vcpu);", "if (!$) { @ }",
    "the exit leaves PSTATE as it is", mode="nvhe")
