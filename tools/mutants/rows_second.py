# SPDX-License-Identifier: GPL-2.0-only
"""Faults that somebody wrote who had seen neither the suite nor the other rows:
from the kernel's source and from what the suite promises."""

from mutants.rows import area, at, row


area("capability")
at("arch/arm64/kvm/arm.c", "kvm_vm_ioctl_enable_cap")
row("cap_flags_high", "cap->flags", "(@ && !($ && cap->flags >> 31))",
    "any flag of KVM_ENABLE_CAP, a high one too, gives EINVAL")
row("cap_again_off", "case KVM_CAP_ARM_NISV_TO_USER:",
    "@ if ($ && test_and_clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags)) { r = 0; break; }",
    "enabling it a second time leaves it on")
row("cap_after_run", "case KVM_CAP_ARM_NISV_TO_USER:",
    "@ if ($ && kvm_vm_has_ran_once(kvm)) break;",
    "it may be enabled after a vCPU has run")
row("cap_suspend_off",
    "set_bit(KVM_ARCH_FLAG_SYSTEM_SUSPEND_ENABLED, &kvm->arch.flags);",
    "@ if ($) clear_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags);",
    "KVM_CAP_ARM_SYSTEM_SUSPEND beside it leaves it on")
row("cap_sea_on", "set_bit(KVM_ARCH_FLAG_EXIT_SEA, &kvm->arch.flags);",
    "@ if ($) set_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &kvm->arch.flags);",
    "KVM_CAP_ARM_SEA_TO_USER does not enable it")
at("arch/arm64/kvm/arm.c", "kvm_vm_ioctl_check_extension")
row("cap_hidden_vcpu", "case KVM_CAP_ARM_NISV_TO_USER:",
    "@ if ($ && kvm && kvm->created_vcpus && ext == KVM_CAP_ARM_NISV_TO_USER)"
    " return 0; fallthrough;",
    "KVM_CHECK_EXTENSION reports it on a VM that has vCPUs")
row("cap_inject_vm", "case KVM_CAP_ARM_INJECT_EXT_DABT:",
    "@ if ($ && kvm && ext == KVM_CAP_ARM_INJECT_EXT_DABT) return 0; fallthrough;",
    "KVM_CAP_ARM_INJECT_EXT_DABT is reported on the VM, too")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("cap_third_vcpu",
    "test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, &vcpu->kvm->arch.flags)",
    "((@) && !($ && vcpu->vcpu_idx > 1))",
    "it holds for every vCPU of the VM, the third too")

area("off")
row("off_high_efault", "return -ENOSYS;",
    "if ($ && fault_ipa >= SZ_4G) return -EFAULT; @",
    "ENOSYS for addresses above 4 GiB, too")
row("off_thumb_einval", "return -ENOSYS;",
    "if ($ && vcpu_mode_is_32bit(vcpu) && (*vcpu_cpsr(vcpu) & PSR_AA32_T_BIT))"
    " return -EINVAL; @",
    "ENOSYS for T32 instructions, too")
row("off_el0_skip", "return -ENOSYS;",
    "if ($ && !vcpu_mode_priv(vcpu)) kvm_incr_pc(vcpu); @",
    "after ENOSYS PC is at the instruction, at EL0 too")
row("off_high_store_sea", "return -ENOSYS;",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu) && fault_ipa >= SZ_4G)"
    " return kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); @",
    "with it off the guest gets no abort, for a store above 4 GiB either")
row("off_stops", "return -ENOSYS;",
    "if ($) kvm_arm_vcpu_power_off(vcpu); @",
    "after ENOSYS the vCPU is still runnable")
row("off_level3_eio", "return -ENOSYS;",
    "if ($ && (esr & ESR_ELx_FSC) == (ESR_ELx_FSC_FAULT | 3)) return -EIO; @",
    "ENOSYS whatever level the stage-2 translation stops at")

area("exit")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_dabt_iss_nisv_sanitized")
row("iss_wnr_el0", "kvm_vcpu_get_esr(vcpu)",
    "(@ & ($ && !vcpu_mode_priv(vcpu) ? ~ESR_ELx_WNR : ~0UL))",
    "esr_iss has WnR for a store of EL0, too")
row("iss_perm_as_trans", "kvm_vcpu_get_esr(vcpu)",
    "(@ & ($ && esr_fsc_is_permission_fault(kvm_vcpu_get_esr(vcpu)) ? ~BIT(3) :"
    " ~0UL))",
    "esr_iss tells a permission fault from a translation fault")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("iss_stale", "run->arm_nisv.esr_iss = kvm_vcpu_dabt_iss_nisv_sanitized(vcpu);",
    "if (!($ && run->arm_nisv.esr_iss)) @",
    "esr_iss is that of this exit, whatever was in struct kvm_run")
row("ipa_store_dword", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu)) fault_ipa &= ~7ULL; @",
    "fault_ipa has the low bits of the address, for a store too")
row("ipa_32bit_guest", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && vcpu_mode_is_32bit(vcpu)) fault_ipa = (u32)fault_ipa; @",
    "fault_ipa is 40 bits wide for a 32-bit guest with LPAE")
row("ipa_40_bits", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) fault_ipa &= GENMASK_ULL(39, 0); @",
    "fault_ipa has all bits that the VM's IPA size has")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_run")
row("run_flags_stay", "run->flags = 0;", "if (!$) @",
    "run->flags is 0 at an exit that has none, after one that had")

area("state")
row("sigset_stays", "kvm_sigset_deactivate(vcpu);",
    "if (!($ && ret == 0 && run->exit_reason == KVM_EXIT_ARM_NISV)) @",
    "KVM_RUN gives the thread its own signal mask back")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("exit_immediate_0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) run->immediate_exit__unsafe = 0; @",
    "an exit leaves immediate_exit as user space set it")
row("exit_btype", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && !vcpu_mode_is_32bit(vcpu)) *vcpu_cpsr(vcpu) &= ~(u64)PSR_BTYPE_MASK; @",
    "PSTATE.BTYPE is as it was: the instruction has not been executed")
row("exit_it32", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && vcpu_mode_is_32bit(vcpu)) *vcpu_cpsr(vcpu) &= ~(u64)PSR_AA32_IT_MASK; @",
    "ITSTATE is as it was in an IT block")
row("exit_sp_el0", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && vcpu_mode_priv(vcpu)) vcpu_gp_regs(vcpu)->sp &= ~15UL; @",
    "SP_EL0 is as it was, whatever EL1 keeps there")
at("arch/arm64/kvm/hyp/include/hyp/sysreg-sr.h", "__sysreg_save_el1_state")
row("save_par", "ctxt_sys_reg(ctxt, PAR_EL1) = read_sysreg_par();", "if (!$) @",
    "PAR_EL1 survives the exit")
row("save_cntkctl", "ctxt_sys_reg(ctxt, CNTKCTL_EL1) = read_sysreg_el1(SYS_CNTKCTL);",
    "if (!$) @", "CNTKCTL_EL1 survives the exit")
at("arch/arm64/kvm/hyp/include/hyp/sysreg-sr.h", "__sysreg_save_user_state")
row("save_tpidrro", "ctxt_sys_reg(ctxt, TPIDRRO_EL0) = read_sysreg(tpidrro_el0);",
    "if (!($ && !ctxt->__hyp_running_vcpu)) @",
    "TPIDRRO_EL0 survives the exit")
at("arch/arm64/kvm/hyp/include/hyp/fault.h", "__translate_far_to_hpfar")
row("par_clobbered", "write_sysreg(par, par_el1);", "if (!$) @",
    "PAR_EL1 is as it was after a store to a read-only page")
at("arch/arm64/kvm/fpsimd.c", "kvm_arch_vcpu_ctxsync_fp")
row("sve_el0_stale", "fp_state.to_save = FP_STATE_SVE;",
    "@ if ($ && !vcpu_mode_priv(vcpu)) fp_state.to_save = FP_STATE_FPSIMD;",
    "Z and P registers survive an exit of EL0, too")

area("order")
at("virt/kvm/kvm_main.c", "kvm_vcpu_ioctl")
row("immediate_ignored",
    "vcpu->wants_to_run = !READ_ONCE(vcpu->run->immediate_exit__unsafe);",
    "@ if ($ && vcpu->run->exit_reason == KVM_EXIT_ARM_NISV)"
    " vcpu->wants_to_run = true;",
    "immediate_exit holds for the KVM_RUN after this exit, too")
at("virt/kvm/kvm_main.c", "gfn_to_memslot")
row("page_after_slot", "__gfn_to_memslot(kvm_memslots(kvm), gfn)",
    "(@ ?: ($ ? __gfn_to_memslot(kvm_memslots(kvm), gfn - 1) : NULL))",
    "the first page after a slot is none of the slot's")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("many_exits", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && vcpu->stat.exits > 1000) return -ENOSYS; @",
    "the thousandth exit of a vCPU is like the first")
row("vcpu_id_not_index", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && vcpu->vcpu_id != vcpu->vcpu_idx) return -ENOSYS; @",
    "it exits on a vCPU whose number user space chose out of turn")
at("arch/arm64/kvm/mmu.c", "kvm_handle_guest_abort")
row("ipa_limit_first",
    "fault_ipa >= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr))",
    "(@ && !($ && fault_ipa == BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr))))",
    "the first page beyond the VM's IPA range is an abort of the guest")
row("pa_limit_first", "fault_ipa >= BIT_ULL(get_kvm_ipa_limit())",
    "(@ && !($ && fault_ipa == BIT_ULL(get_kvm_ipa_limit())))",
    "the first page beyond the machine's range is an address size fault")
row("beyond_fetch",
    "fault_ipa |= FAR_TO_FIPA_OFFSET(kvm_vcpu_get_hfar(vcpu));",
    "if ($) is_iabt = false; @",
    "a fetch from beyond the IPA range gives the guest an instruction abort")
at("arch/arm64/kvm/hyp/include/hyp/fault.h", "__translate_far_to_hpfar")
row("hpfar_perm_36", "*hpfar = PAR_TO_HPFAR(tmp);",
    "@ if ($) *hpfar &= GENMASK_ULL(27, 4);",
    "fault_ipa is whole for a permission fault above 64 GiB")
area("mmio")
at("arch/arm64/kvm/mmio.c", "kvm_handle_mmio_return")
row("mmio_ldrsw", "kvm_vcpu_dabt_issext(vcpu)", "(@ && !($ && len == 4))",
    "LDRSW is sign-extended")
row("mmio_ldrsh_mask", "mask = 1U << ((len * 8) - 1);",
    "@ if ($ && len == 2) mask >>= 1;",
    "a signed halfword is extended from bit 15")
row("mmio_signed_w", "kvm_vcpu_dabt_issf(vcpu)",
    "(@ || ($ && kvm_vcpu_dabt_issext(vcpu)))",
    "a signed load into W clears the upper half of X")
row("mmio_xzr_load", "vcpu_set_reg(vcpu, kvm_vcpu_dabt_get_rd(vcpu), data);",
    "@ if ($ && kvm_vcpu_dabt_get_rd(vcpu) == 31) vcpu_gp_regs(vcpu)->sp = data;",
    "a load into XZR changes no register")
row("mmio_completed_twice", "vcpu->mmio_needed = 0;", "if (!$) @",
    "an access is completed once, with immediate_exit in between too")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("mmio_phys_40", "run->mmio.phys_addr = fault_ipa;",
    "@ if ($) run->mmio.phys_addr &= GENMASK_ULL(39, 0);",
    "run->mmio.phys_addr has all bits that the VM's IPA size has")
at("arch/arm64/include/asm/kvm_emulate.h", "vcpu_data_guest_to_host")
row("mmio_be_half_store", "return be16_to_cpu(data & 0xffff);",
    "if ($) return data & 0xffff; @",
    "a halfword that a big-endian guest stores has its bytes in its order")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_is_be")
row("mmio_be_aarch32", "!!(*vcpu_cpsr(vcpu) & PSR_AA32_E_BIT)", "(@ && !$)",
    "CPSR.E holds for the MMIO of a 32-bit guest")
at("arch/arm64/kvm/hyp/include/hyp/adjust_pc.h", "kvm_skip_instr")
row("mmio_btype_stays", "*vcpu_cpsr(vcpu) &= ~PSR_BTYPE_MASK;", "if (!$) @",
    "after an emulated access PSTATE.BTYPE is 0")
row("mmio_ss_stays", "*vcpu_cpsr(vcpu) &= ~DBG_SPSR_SS;", "if (!$) @",
    "a single step over an emulated access is one step")
at("arch/arm64/kvm/hyp/aarch32.c", "kvm_skip_instr32")
row("mmio_it_stays", "kvm_adjust_itstate(vcpu);", "if (!$) @",
    "after an emulated access in an IT block ITSTATE has advanced")
row("mmio_thumb16", "!kvm_vcpu_trap_il_is32bit(vcpu)", "(@ && !$)",
    "after an emulated access of a 16-bit T32 instruction PC is 2 further")
at("arch/arm64/kvm/guest.c", "commit_pending_events")
row("mmio_inject32", "vcpu->mmio_needed = false;",
    "if (!($ && vcpu_el1_is_32bit(vcpu))) @",
    "an abort in the place of an MMIO access drops it, in a 32-bit guest too")

area("neighbours")
at("arch/arm64/kvm/inject_fault.c", "inject_abt64")
row("walk_fetch_fsc", "fsc = ESR_ELx_FSC_SEA_TTW(level);",
    "@ if ($ && is_iabt) fsc = ESR_ELx_FSC_EXTABT;",
    "a fetch through a table in a hole: an abort on the table walk")
at("arch/arm64/kvm/at.c", "__kvm_find_s1_desc_level")
row("walk_level_2", "*level = dm.level;", "@ if ($ && *level == 2) *level = 3;",
    "a level 2 table in a hole: the abort tells its level")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_is_write_fault")
row("walk_ro_slot", "kvm_vcpu_trap_is_permission_fault(vcpu)", "(@ || $)",
    "stage-1 tables may be in a read-only slot")
at("arch/arm64/kvm/mmu.c", "kvm_handle_guest_abort")
row("ro_first_touch", "(write_fault && !writable)",
    "(@ && !($ && esr_fsc_is_translation_fault(esr)))",
    "a store is the first access to a page of a read-only slot: it exits")
at("arch/arm64/kvm/mmu.c", "kvm_arch_flush_shadow_memslot")
row("deleted_last_page", "kvm_stage2_unmap_range(&kvm->arch.mmu, gpa, size, true);",
    "if ($ && size > PAGE_SIZE) size -= PAGE_SIZE; @",
    "the last page of a deleted slot is a hole, too")
at("virt/kvm/kvm_main.c", "mark_page_dirty_in_slot")
row("dirty_page_0", "set_bit_le(rel_gfn, memslot->dirty_bitmap);",
    "if (!($ && !rel_gfn)) @",
    "a store to the first page of a slot is in the dirty log")
at("arch/arm64/kvm/mmu.c", "kvm_arch_mmu_enable_log_dirty_pt_masked")
row("dirty_again_last", "kvm_stage2_wp_range(&kvm->arch.mmu, start, end);",
    "if ($ && end - start > PAGE_SIZE) end -= PAGE_SIZE; @",
    "a page that has been in the dirty log comes there again")
at("arch/arm64/kvm/mmu.c", "fault_supports_stage2_huge_mapping")
row("huge_over_end", "(hva & ~(map_size - 1)) + map_size <= uaddr_end", "(@ || $)",
    "what follows a slot is a hole, with huge pages behind the slot too")
at("virt/kvm/guest_memfd.c", "kvm_gmem_get_index")
row("gmem_offset", "slot->gmem.pgoff", "($ ? 0 : @)",
    "a guest_memfd slot begins at its offset in the file")
at("virt/kvm/eventfd.c", "ioeventfd_in_range")
row("ioeventfd_shorter", "len != p->length", "(@ && !($ && len < p->length))",
    "an ioeventfd does not fire for a shorter store")
row("ioeventfd_match_32", "_val = get_unaligned((u64 *)val);",
    "@ if ($) _val = (u32)_val;",
    "an ioeventfd compares all 64 bits")
at("virt/kvm/coalesced_mmio.c", "coalesced_mmio_in_range")
row("coalesced_over_end", "addr + len > dev->zone.addr + dev->zone.size",
    "(@ && !($ && addr < dev->zone.addr + dev->zone.size))",
    "a store that runs out of a coalesced zone exits",
    unreachable="the bus has no device for an access that runs out of its range: only"
                " KVM_UNREGISTER_COALESCED_MMIO of a larger zone gets there")
at("virt/kvm/coalesced_mmio.c", "coalesced_mmio_write")
row("coalesced_full",
    "(insert + 1) % KVM_COALESCED_MMIO_MAX == READ_ONCE(ring->first)", "(@ && !$)",
    "with the ring full a store to a coalesced zone exits")
at("arch/arm64/kvm/vgic/vgic-mmio-v3.c", "vgic_mmio_read_v3r_typer")
row("gicr_typer_high", "extract_bytes(value, addr & 7, len)",
    "($ && len == 4 ? (u32)value : @)",
    "a word load of GICR_TYPER's upper half gives the upper half")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("nisv_device_read", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && !kvm_vcpu_dabt_iswrite(vcpu) && !kvm_io_bus_read(vcpu, KVM_MMIO_BUS,"
    " fault_ipa, 4, data_buf)) { kvm_incr_pc(vcpu); return 1; } @",
    "a load without syndrome from the vGIC exits")
row("nisv_fires", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu))"
    " kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, 4, &esr); @",
    "a store without syndrome fires no ioeventfd")
row("nisv_statistics", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "if ($) vcpu->stat.mmio_exit_user++; @",
    "this exit does not count as mmio_exit_user")
row("statistics_read", "vcpu->stat.mmio_exit_kernel++;", "if (!($ && !is_write)) @",
    "a load that KVM emulates counts as mmio_exit_kernel")
row("trace_off",
    "trace_kvm_mmio_nisv(*vcpu_pc(vcpu), esr, kvm_vcpu_get_hfar(vcpu), fault_ipa);",
    "if (!($ && !test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER,"
    " &vcpu->kvm->arch.flags))) @",
    "the tracepoint fires with the capability off, too")
at("arch/arm64/kvm/guest.c", "kvm_arch_vcpu_ioctl_set_guest_debug")
row("debug_hw_late", "vcpu->arch.external_debug_state = dbg->arch;",
    "if (!($ && vcpu_has_run_once(vcpu))) @",
    "a hardware breakpoint on the instruction that user space sets at the exit holds")
at("arch/arm64/kvm/debug.c", "kvm_vcpu_put_debug")
row("debug_guest_ss", "vcpu_get_flag(vcpu, GUEST_SS_ACTIVE_PENDING)", "(@ && !$)",
    "PSTATE.SS is the guest's own while user space single-steps")

area("injection")
at("arch/arm64/kvm/inject_fault.c", "inject_abt64")
row("inject_far_el0", "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));",
    "if ($ && (cpsr & PSR_MODE_MASK) == PSR_MODE_EL0t) addr &= ~3UL; @",
    "FAR_EL1 has the low bits for an access of EL0, too")
row("inject_el1t_ec", "(cpsr & PSR_MODE_MASK) == PSR_MODE_EL0t",
    "(@ || ($ && (cpsr & PSR_MODE_MASK) == PSR_MODE_EL1t))",
    "an abort of EL1 with SP_EL0 has the exception class of the current level")
row("inject_il_aarch32", "esr |= ESR_ELx_IL;", "if (!($ && is_aarch32)) @",
    "ESR_EL1.IL is 1 in an abort of 32-bit EL0")
at("arch/arm64/kvm/hyp/exception.c", "enter_exception64")
row("inject_vector_aarch32", "!(mode & PSR_MODE32_BIT)", "(@ || $)",
    "an abort of 32-bit EL0 goes to the vector at 0x600")
row("inject_pan", "new |= (old & PSR_PAN_BIT);", "if (!$) @",
    "PSTATE.PAN stays 1 with SCTLR_EL1.SPAN")
row("inject_ssbs", "sctlr & SCTLR_ELx_DSSBS",
    "(@ || ($ && (old & PSR_SSBS_BIT)))",
    "PSTATE.SSBS is SCTLR_EL1.DSSBS in the handler")
row("inject_spsr_btype", "__vcpu_write_spsr(vcpu, target_mode, old);",
    "if ($ && !(old & PSR_MODE32_BIT)) old &= ~(unsigned long)PSR_BTYPE_MASK; @",
    "SPSR_EL1 has BTYPE as it was")
at("arch/arm64/kvm/inject_fault.c", "kvm_inject_serror_esr")
row("serror_il",
    "esr |= FIELD_PREP(ESR_ELx_EC_MASK, ESR_ELx_EC_SERROR) | ESR_ELx_IL;",
    "@ if ($) esr &= ~(u64)ESR_ELx_IL;",
    "ESR_EL1.IL is 1 in an SError that is delivered at once")
row("serror_masked_esr", "vcpu_set_vsesr(vcpu, esr & ESR_ELx_ISS_MASK);",
    "@ if ($) vcpu_set_vsesr(vcpu, esr & 0xff);",
    "a masked SError keeps the syndrome that user space gave")
at("arch/arm64/kvm/arm.c", "kvm_arm_vcpu_set_events")
row("events_pad", "events->exception.pad[i]", "(@ && !$)",
    "KVM_SET_VCPU_EVENTS with padding that is not 0 gives EINVAL")
at("arch/arm64/kvm/guest.c", "__kvm_arm_vcpu_set_events")
row("events_esr_range", "(esr & ~ESR_ELx_ISS_MASK)", "(@ && !$)",
    "an SError syndrome with other bits than ISS gives EINVAL")
at("arch/arm64/kvm/inject_fault.c", "inject_abt32")
row("inject32_dfar_or", "far &= GENMASK(63, 32);", "if (!$) @",
    "DFAR is the address of this abort, not of this and the last")
at("arch/arm64/kvm/hyp/exception.c", "enter_exception32")
row("inject32_lr_thumb",
    "return_address += return_offsets[vect_offset >> 2][is_thumb];",
    "@ if ($ && is_thumb && mode == PSR_AA32_MODE_ABT) return_address -= 4;",
    "LR_abt is the instruction + 8 in T32, too")
row("inject32_hivecs", "sctlr & (1 << 13)", "(@ && !$)",
    "SCTLR.V sends the abort to 0xffff0010")
at("arch/arm64/kvm/hyp/exception.c", "get_except32_cpsr")
row("inject32_te", "sctlr & BIT(30)", "(@ && !$)",
    "SCTLR.TE makes the handler T32")
row("inject32_a", "mode != PSR_AA32_MODE_UND && mode != PSR_AA32_MODE_SVC",
    "((@) && !$)",
    "CPSR.A is 1 in the handler of an abort")
at("arch/arm64/include/asm/kvm_emulate.h", "host_spsr_to_spsr32")
row("inject32_spsr_dit", "spsr |= dit << 21;", "if (!$) @",
    "SPSR_abt has DIT in its place")

area("restart")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_reset_vcpu_core")
row("init_fp_stays",
    "memset(&vcpu->arch.ctxt.fp_regs, 0, sizeof(vcpu->arch.ctxt.fp_regs));",
    "if (!$) @", "KVM_ARM_VCPU_INIT clears the FP registers, FPSR and FPCR")
row("init_spsr_fiq", "vcpu->arch.ctxt.spsr_fiq = 0;", "if (!$) @",
    "KVM_ARM_VCPU_INIT clears SPSR_fiq")
at("arch/arm64/kvm/reset.c", "kvm_vcpu_reset_sve")
row("init_sve_stays", "memset(vcpu->arch.sve_state, 0, vcpu_sve_state_size(vcpu));",
    "if (!$) @", "KVM_ARM_VCPU_INIT clears the SVE registers")
at("arch/arm64/kvm/reset.c", "kvm_reset_vcpu")
row("init_old_entry", "vcpu->arch.reset_state.reset = false;", "if (!$) @",
    "KVM_ARM_VCPU_INIT does not start where an earlier CPU_ON did")
at("arch/arm64/kvm/sys_regs.c", "kvm_reset_sys_regs")
row("init_contextidr", "r->reset(vcpu, r);",
    "if (!($ && r->reg == CONTEXTIDR_EL1 && vcpu_has_run_once(vcpu))) @",
    "KVM_ARM_VCPU_INIT clears CONTEXTIDR_EL1 of a vCPU that has run")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_vcpu_init")
row("init_suspended",
    "WRITE_ONCE(vcpu->arch.mp_state.mp_state, KVM_MP_STATE_RUNNABLE);",
    "if (!($ && kvm_arm_vcpu_suspended(vcpu))) @",
    "KVM_ARM_VCPU_INIT makes a suspended vCPU runnable")
at("arch/arm64/kvm/psci.c", "kvm_prepare_system_event")
row("reset_others_run",
    "WRITE_ONCE(tmp->arch.mp_state.mp_state, KVM_MP_STATE_STOPPED);",
    "if (!($ && tmp != vcpu)) @",
    "SYSTEM_RESET stops the other vCPUs, too")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_reset_vcpu_psci")
row("psci_context_32", "vcpu_set_reg(vcpu, 0, reset_state->r0);",
    "@ if ($) vcpu_set_reg(vcpu, 0, (u32)reset_state->r0);",
    "CPU_ON gives X0 all 64 bits of the context")
row("psci_thumb", "vcpu_set_thumb(vcpu);", "if (!$) @",
    "CPU_ON at an odd address of a 32-bit guest begins in T32")

area("suspend")
at("arch/arm64/kvm/guest.c", "set_core_reg")
row("restore_dit", "memcpy(addr, valp, KVM_REG_SIZE(reg->id));",
    "@ if ($ && off == KVM_REG_ARM_CORE_REG(regs.pstate)"
    " && !vcpu_mode_is_32bit(vcpu)) *vcpu_cpsr(vcpu) &= ~(u64)PSR_DIT_BIT;",
    "PSTATE.DIT is restored")
row("restore_r14", "nr_reg = 15;", "@ if ($) nr_reg = 14;",
    "R14 of a 32-bit vCPU is taken as 32 bits")
at("arch/arm64/kvm/guest.c", "copy_core_reg_indices")
row("list_no_fpsr", "size < 0",
    "(@ || ($ && i == KVM_REG_ARM_CORE_REG(fp_regs.fpsr)))",
    "KVM_GET_REG_LIST has FPSR")
at("arch/arm64/kvm/guest.c", "core_reg_addr")
row("core_spsr_abt", "return &vcpu->arch.ctxt.spsr_abt;",
    "if ($) return &vcpu->arch.ctxt.spsr_und; @",
    "SPSR_abt and SPSR_und are two registers")
at("arch/arm64/kvm/guest.c", "set_sve_reg")
row("restore_z_last", "region.klen", "(@ - ($ && region.klen > 32 ? 16 : 0))",
    "a Z register is restored to its last byte")
at("arch/arm64/kvm/guest.c", "__kvm_arm_vcpu_get_events")
row("save_serror_esr", "events->exception.serror_esr = vcpu_get_vsesr(vcpu);",
    "@ if ($) events->exception.serror_esr &= 0xffff;",
    "a pending SError's syndrome is saved whole")
at("arch/arm64/kvm/arm.c", "kvm_arch_vcpu_ioctl_get_mpstate")
row("save_suspended", "*mp_state = READ_ONCE(vcpu->arch.mp_state);",
    "@ if ($ && mp_state->mp_state == KVM_MP_STATE_SUSPENDED)"
    " mp_state->mp_state = KVM_MP_STATE_RUNNABLE;",
    "KVM_GET_MP_STATE tells of a suspended vCPU")
at("arch/arm64/kvm/sys_regs.c", "kvm_sys_reg_set_user")
row("restore_far_48", "__vcpu_assign_sys_reg(vcpu, r->reg, val);",
    "if ($ && r->reg == FAR_EL1) val &= GENMASK_ULL(47, 0); @",
    "FAR_EL1 is restored with all its bits")
at("arch/arm64/kvm/sys_regs.c", "kvm_sys_reg_get_user")
row("save_par_f", "val = __vcpu_sys_reg(vcpu, r->reg);",
    "@ if ($ && r->reg == PAR_EL1) val &= ~1ULL;",
    "PAR_EL1 is saved with F")

area("nested")
at("arch/arm64/kvm/nested.c", "walk_nested_s2_pgd")
row("l2_block_offset", "(ipa & GENMASK_ULL(addr_bottom - 1, 0))",
    "(@ & ($ && level == 2 ? ~GENMASK_ULL(20, 12) : ~0ULL))",
    "the exit has the L1 IPA when L1's stage 2 has a block there", mode="nested")
at("arch/arm64/kvm/nested.c", "kvm_inject_s2_fault")
row("l2_hpfar_load",
    "vcpu_write_sys_reg(vcpu, vcpu->arch.fault.hpfar_el2, HPFAR_EL2);",
    "if (!($ && !kvm_vcpu_dabt_iswrite(vcpu))) @",
    "HPFAR_EL2 has the L2 IPA of a load that hits a hole of L1's stage 2",
    mode="nested")
row("l2_far_page", "vcpu_write_sys_reg(vcpu, vcpu->arch.fault.far_el2, FAR_EL2);",
    "@ if ($) vcpu_write_sys_reg(vcpu, vcpu->arch.fault.far_el2 & PAGE_MASK, FAR_EL2);",
    "FAR_EL2 has the low bits in L1's stage-2 fault", mode="nested")
at("arch/arm64/kvm/nested.c", "esr_s2_fault")
row("l2_perm_level", "esr |= compute_fsc(level, fsc);",
    "@ if ($) esr |= ESR_ELx_FSC_LEVEL;",
    "L1's stage-2 permission fault tells the level of the block", mode="nested")
at("arch/arm64/kvm/nested.c", "kvm_walk_nested_s2")
row("l2_s1ptw", "result->esr |= (kvm_vcpu_get_esr(vcpu) & ~ESR_ELx_FSC);",
    "{ @ if ($) result->esr &= ~(u32)ESR_ELx_S1PTW; }",
    "L1's stage-2 fault on L2's table walk has S1PTW", mode="nested")
at("arch/arm64/kvm/inject_fault.c", "exception_target_el")
row("vel2_sp_el0", "case PSR_MODE_EL2t:",
    "@ if ($ && (*vcpu_cpsr(vcpu) & PSR_MODE_MASK) == PSR_MODE_EL2t)"
    " return PSR_MODE_EL1h;",
    "an abort of vEL2 with SP_EL0 goes to vEL2", mode="nested")
row("vel0_tge", "vcpu_el2_tge_is_set(vcpu)", "(@ && !$)",
    "an abort of EL0 below vEL2 with TGE goes to vEL2", mode="nested")
at("arch/arm64/kvm/inject_fault.c", "kvm_sea_target_is_el2")
row("l2_tea", "(HCR_TGE | HCR_TEA)", "($ ? HCR_TGE : @)",
    "with HCR_EL2.TEA an abort of L2 goes to L1", mode="nested")
at("arch/arm64/kvm/emulate-nested.c", "kvm_inject_nested_sea")
row("l2_sea_far", "vcpu_write_sys_reg(vcpu, addr, FAR_EL2);", "if (!$) @",
    "FAR_EL2 has the address of an abort of L2 that goes to L1", mode="nested")
at("arch/arm64/kvm/inject_fault.c", "kvm_serror_target_is_el2")
row("l2_amo", "vcpu_el2_amo_is_set(vcpu)", "(@ && !$)",
    "with HCR_EL2.AMO an SError during L2 goes to L1", mode="nested",
    unreachable="KVM_SET_VCPU_EVENTS crashes the host there, and without it as"
    " well (deviation abort_to_l1_oops): l2.serror_to_l1 is for later kernels")
at("arch/arm64/kvm/mmu.c", "kvm_arch_flush_shadow_memslot")
row("l2_deleted_slot", "kvm_nested_s2_unmap(kvm, true);", "if (!$) @",
    "a slot that is deleted is a hole for L2, too", mode="nested")
at("arch/arm64/kvm/mmu.c", "kvm_arch_mmu_enable_log_dirty_pt_masked")
row("l2_dirty_again", "kvm_nested_s2_wp(kvm);", "if (!$) @",
    "what L2 stores comes into the dirty log again", mode="nested")
at("arch/arm64/include/asm/kvm_emulate.h", "kvm_vcpu_is_be")
row("vel2_be", "is_hyp_ctxt(vcpu)", "(@ && !$)",
    "SCTLR_EL2.EE holds for the MMIO of vEL2", mode="nested")
at("arch/arm64/kvm/hyp/exception.c", "__vcpu_write_spsr")
row("vel2_spsr_mode", "vcpu_write_sys_reg(vcpu, val, SPSR_EL2);",
    "if ($) val = (val & ~(u64)PSR_MODE_MASK) | PSR_MODE_EL1h; @",
    "SPSR_EL2 has the mode that an abort came from", mode="nested")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("l2_off_forward", "return -ENOSYS;",
    "if ($ && is_nested_ctxt(vcpu)) return kvm_inject_nested_sync(vcpu, esr); @",
    "with it off an access of L2 to a hole of L1's memory fails with ENOSYS",
    mode="nested")

area("protected")
at("arch/arm64/include/asm/kvm_pkvm.h", "kvm_pkvm_ext_allowed")
row("pvm_cap_allowed", "!kvm || !kvm_vm_is_protected(kvm)",
    "(@ || ($ && ext == KVM_CAP_ARM_NISV_TO_USER))",
    "a protected VM has not the capability", mode="protected")
at("arch/arm64/kvm/mmio.c", "io_mem_abort")
row("pvm_store_user", "vcpu_is_protected(vcpu)",
    "((@) && !($ && kvm_vcpu_dabt_iswrite(vcpu)))",
    "user space sees nothing of a protected VM's store", mode="protected")
at("arch/arm64/kvm/handle_exit.c", "handle_exit_pkvm_state")
row("npvm_not_dirty_dabt", "vcpu_set_flag(vcpu, PKVM_HOST_STATE_DIRTY);",
    "if (!($ && kvm_vcpu_trap_get_class(vcpu) == ESR_ELx_EC_DABT_LOW)) @",
    "an access of a non-protected VM that KVM emulates changes its registers",
    mode="protected")
at("arch/arm64/kvm/hyp/nvhe/hyp-main.c", "sync_hyp_vcpu")
row("npvm_far_page", "host_vcpu->arch.fault = hyp_vcpu->vcpu.arch.fault;",
    "@ if ($ && !pkvm_hyp_vcpu_is_protected(hyp_vcpu))"
    " host_vcpu->arch.fault.far_el2 &= PAGE_MASK;",
    "fault_ipa of a non-protected VM has the low bits", mode="protected")
at("arch/arm64/kvm/hyp/nvhe/hyp-main.c", "__copy_vcpu_state")
row("npvm_tpidrro",
    "to_vcpu->arch.ctxt.sys_regs[i] = from_vcpu->arch.ctxt.sys_regs[i];",
    "if (!($ && i == TPIDRRO_EL0)) @",
    "TPIDRRO_EL0 of a non-protected VM is saved and restored", mode="protected")
at("arch/arm64/kvm/hyp/nvhe/hyp-main.c", "flush_hyp_vcpu")
row("npvm_serror_esr", "hyp_vcpu->vcpu.arch.vsesr_el2 = host_vcpu->arch.vsesr_el2;",
    "if (!$) @",
    "a masked SError of a non-protected VM has the syndrome that was given",
    mode="protected")
at("arch/arm64/kvm/mmu.c", "kvm_arch_prepare_memory_region")
row("pvm_ro_slot", "(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)",
    "($ ? KVM_MEM_LOG_DIRTY_PAGES : @)",
    "a protected VM has no read-only slot: EPERM", mode="protected")
at("arch/arm64/kvm/hyp/nvhe/mem_protect.c", "__pkvm_host_unshare_guest")
row("npvm_deleted_slot", "ret = kvm_pgtable_stage2_unmap(&vm->pgt, ipa, size);",
    "if (!$) @",
    "a slot of a non-protected VM that is deleted is a hole", mode="protected")
at("arch/arm64/kvm/hyp/nvhe/mem_protect.c", "__pkvm_host_wrprotect_guest")
row("npvm_dirty_again", "ret = kvm_pgtable_stage2_wrprotect(&vm->pgt, ipa, size);",
    "if (!$) @",
    "what a non-protected VM stores comes into the dirty log again",
    mode="protected")
