from mutants.rows import area, at, row

K = "arch/arm64/kvm/"
INC = "arch/arm64/include/asm/"

# ---------------------------------------------------------------- neighbours
area("neighbours")
at(K + "mmu.c", "kvm_handle_guest_abort")

# read-only slots
row("ro_store_as_ram", "write_fault && !writable", "(!$ && (@))",
    "a store without syndrome to a read-only slot is the exit, not EFAULT")
row("ro_load_exits", "write_fault && !writable", "($ ? !writable : (@))",
    "a load from a read-only slot reads memory")
row("ro_mapped_page", "write_fault && !writable",
    "((@) && !($ && kvm_vcpu_trap_is_permission_fault(vcpu)))",
    "a store to a page of a read-only slot that was read before is the exit")
row("ro_fresh_page", "write_fault && !writable",
    "((@) && !($ && kvm_vcpu_trap_is_translation_fault(vcpu)))",
    "a store to a page of a read-only slot that was not touched before is the exit")
row("ro_isv_only", "write_fault && !writable",
    "((@) && !($ && !kvm_vcpu_dabt_isvalid(vcpu)))",
    "a read-only slot is treated alike with and without syndrome")
row("ro_skipped", "ret = io_mem_abort(vcpu, ipa);",
    "{ if ($ && !kvm_is_error_hva(hva)) { kvm_incr_pc(vcpu); ret = 1; "
    "goto out_unlock; } @ }",
    "a store without syndrome to a read-only slot is not lost in silence")
row("ro_memory_fault", "ret = io_mem_abort(vcpu, ipa);",
    "{ if ($ && !kvm_is_error_hva(hva)) { "
    "kvm_prepare_memory_fault_exit(vcpu, ipa, PAGE_SIZE, true, false, "
    "false); ret = -EFAULT; goto out_unlock; } @ }",
    "a store to a read-only slot is the exit of an access outside of the slots")
row("ro_sea", "io_mem_abort(vcpu, ipa)",
    "($ && !kvm_is_error_hva(hva) ? kvm_inject_sea_dabt(vcpu, "
    "kvm_vcpu_get_hfar(vcpu)) : (@))",
    "KVM leaves it to user space what a store to a read-only slot does")
row("ro_ipa_in_slot", "ret = io_mem_abort(vcpu, ipa);",
    "{ if ($ && !kvm_is_error_hva(hva)) { ipa -= "
    "gfn_to_gpa(memslot->base_gfn); } @ }",
    "fault_ipa is the IPA also in a read-only slot, not the offset in it")
row("ro_efault_when_off", "ret = io_mem_abort(vcpu, ipa);",
    "{ if ($ && !kvm_is_error_hva(hva) && !kvm_vcpu_dabt_isvalid(vcpu) &&"
    " !test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, "
    "&vcpu->kvm->arch.flags)) { ret = -EFAULT; goto out_unlock; } @ }",
    "with the capability off a store to a read-only slot fails with ENOSYS")
row("ro_fsc_translation", "ret = io_mem_abort(vcpu, ipa);",
    "{ if ($ && kvm_vcpu_trap_is_permission_fault(vcpu)) { "
    "vcpu->arch.fault.esr_el2 ^= 0x08; } @ }",
    "DFSC is a permission fault where a page of a read-only slot is mapped")

# cache maintenance
row("cm_means_store", "kvm_vcpu_dabt_is_cm(vcpu)",
    "($ ? kvm_vcpu_dabt_iswrite(vcpu) : (@))",
    "only cache maintenance is skipped outside of the slots, no store")
row("cm_means_no_isv", "kvm_vcpu_dabt_is_cm(vcpu)",
    "((@) || ($ && !kvm_vcpu_dabt_isvalid(vcpu) && "
    "!(kvm_vcpu_get_hfar(vcpu) & 63)))",
    "DC ZVA is a store, not cache maintenance that may be skipped")
row("cm_before_walk", "if (kvm_vcpu_abt_iss1tw(vcpu)) {",
    "if ($ && kvm_vcpu_dabt_is_cm(vcpu)) { kvm_incr_pc(vcpu); ret = 1; "
    "goto out_unlock; } @",
    "an AT whose stage-1 table is in a hole gets an external abort")
row("cm_not_skipped", "kvm_is_error_hva(hva) && kvm_vcpu_dabt_is_cm(vcpu)",
    "(!$ && (@))",
    "cache maintenance outside of the slots is skipped",
    unreachable="QEMU TCG translates no address for DC and IC, so that no "
    "abort with CM=1 but without S1PTW comes from it")
row("cm_skipped_on_ro", "kvm_is_error_hva(hva) && kvm_vcpu_dabt_is_cm(vcpu)",
    "($ ? kvm_vcpu_dabt_is_cm(vcpu) : (@))",
    "cache maintenance of a read-only slot is no MMIO to be skipped",
    unreachable="QEMU TCG translates no address for DC and IC, so that no "
    "abort with CM=1 but without S1PTW comes from it",
    history="KVM: arm64: Don't skip cache maintenance for read-only memslots "
    "(2020)")

# stage-1 walks
row("walk_exits", "kvm_vcpu_abt_iss1tw(vcpu)", "(!$ && (@))",
    "a stage-1 table in a hole gives the guest an external abort, no exit",
    history="stage-1 walk into a hole, several times")
row("walk_exits_el0", "kvm_vcpu_abt_iss1tw(vcpu)",
    "((@) && !($ && !vcpu_mode_priv(vcpu)))",
    "a stage-1 table in a hole is no exit, whatever the exception level")
row("walk_far_ipa", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_dabt(vcpu, ipa) : (@))",
    "FAR is the address that was accessed, not that of the table")
row("walk_as_iabt", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_iabt(vcpu, kvm_vcpu_get_hfar(vcpu)) : (@))",
    "a data access whose walk fails is a data abort")

# instruction fetches
row("fetch_exits", "(is_iabt)", "(!$ && (@))",
    "a fetch from a hole gives the guest an external abort, no exit")
row("fetch_skipped", "if (is_iabt) {",
    "if ($ && is_iabt) { kvm_incr_pc(vcpu); ret = 1; goto out_unlock; } @",
    "a fetch from a hole gives the guest an external abort")
row("fetch_fails_run", "ret == -ENOEXEC", "(!$ && (@))",
    "a fetch from a hole does not make KVM_RUN fail")
row("fetch_as_dabt", "kvm_inject_sea_iabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)) : (@))",
    "the abort of a fetch is an instruction abort")
row("fetch_far_ipa", "kvm_inject_sea_iabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_iabt(vcpu, ipa) : (@))",
    "FAR of a fetch from a hole is the virtual address")
row("fetch_far_page", "kvm_inject_sea_iabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_iabt(vcpu, kvm_vcpu_get_hfar(vcpu) & PAGE_MASK) "
    ": (@))",
    "FAR of a fetch from a hole has its low bits")

# addresses that the VM does not have
row("ipa_beyond_vm",
    "fault_ipa >= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr))",
    "(!$ && (@))",
    "an access beyond the VM's IPA size is an abort of the guest, no exit",
    history="IPA beyond the VM's range")
row("ipa_first_beyond_vm",
    "fault_ipa >= BIT_ULL(VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr))",
    "((@) && !($ && !(fault_ipa & (fault_ipa - 1))))",
    "the first page beyond the VM's IPA size is beyond it")
row("ipa_beyond_half",
    "VTCR_EL2_IPA(vcpu->arch.hw_mmu->vtcr)", "((@) - !!$)",
    "the upper half of the VM's IPA space gives the exit")
row("ipa_beyond_vm_store", "kvm_inject_sea(vcpu, is_iabt, fault_ipa)",
    "($ ? kvm_inject_sea(vcpu, true, fault_ipa) : (@))",
    "a data access beyond the VM's IPA size is a data abort")
row("ipa_beyond_vm_low_bits",
    "fault_ipa |= FAR_TO_FIPA_OFFSET(kvm_vcpu_get_hfar(vcpu));",
    "{ if (!$) { @ } }",
    "FAR of an access beyond the VM's IPA size has its low bits")
row("ipa_beyond_pa", "fault_ipa >= BIT_ULL(get_kvm_ipa_limit())",
    "(!$ && (@))",
    "an access beyond PARange is an address size fault")
at(K + "inject_fault.c", "kvm_inject_size_fault")
row("ipa_size_fsc", "esr &= ~GENMASK_ULL(5, 0);", "{ if (!$) { @ } }",
    "an access beyond PARange is an address size fault, level 0")
row("ipa_size_class", "kvm_vcpu_trap_is_iabt(vcpu)", "($ || (@))",
    "a data access beyond PARange is a data abort")

# slots that come, go and move
at(K + "mmu.c", "kvm_handle_guest_abort")
row("slot_page_longer", "memslot = gfn_to_memslot(vcpu->kvm, gfn);",
    "{ @ if ($ && !memslot && gfn) { memslot = gfn_to_memslot(vcpu->kvm, "
    "gfn - 1); } }",
    "the page behind a slot is outside of it")
row("slot_page_sooner", "memslot = gfn_to_memslot(vcpu->kvm, gfn);",
    "{ @ if ($ && memslot && memslot->npages > 1 && gfn == "
    "memslot->base_gfn + memslot->npages - 1) { memslot = NULL; } }",
    "the last page of a slot is in it")
row("slot_gfn_truncated", "gfn = ipa >> PAGE_SHIFT;",
    "{ @ if ($) { gfn = (u32)ipa >> PAGE_SHIFT; } }",
    "an IPA of 4 GiB and more does not alias one below")
row("prot_none_exits", "ret = user_mem_abort(&s2fd);",
    "{ @ if ($ && ret == -EFAULT) { ret = io_mem_abort(vcpu, ipa); "
    "goto out_unlock; } }",
    "a page in a slot that the VMM cannot access is EFAULT, not the exit")
row("prot_none_enosys", "ret = user_mem_abort(&s2fd);",
    "{ @ if ($ && ret == -EFAULT && !kvm_vcpu_dabt_isvalid(vcpu)) { ret ="
    " -ENOSYS; } }",
    "ENOSYS is for accesses outside of the slots only")
row("prot_none_sea", "ret = user_mem_abort(&s2fd);",
    "{ @ if ($ && ret == -EFAULT) { ret = kvm_inject_sea_dabt(vcpu, "
    "kvm_vcpu_get_hfar(vcpu)); } }",
    "what the VMM has wrong is not given to the guest")
row("leak_srcu_enosys", "srcu_read_unlock(&vcpu->kvm->srcu, idx);",
    "{ if (!($ && ret == -ENOSYS)) { @ } }",
    "memory slots can be changed after ENOSYS")
row("leak_srcu_exit", "srcu_read_unlock(&vcpu->kvm->srcu, idx);",
    "{ if (!($ && ret == 0)) { @ } }",
    "memory slots can be changed after the exit")

at(K + "mmu.c", "kvm_s2_fault_get_vma_info")
row("unmapped_enosys", 'kvm_err("Failed to find VMA for hva 0x%lx\\n", s2fd->hva);',
    "{ if ($) { mmap_read_unlock(current->mm); return -ENOSYS; } @ }",
    "a slot whose memory is unmapped is EFAULT, not ENOSYS")

at(K + "mmu.c", "kvm_s2_fault_compute_prot")
row("excl_atomic_ignored",
    "esr_fsc_is_excl_atomic_fault(kvm_vcpu_get_esr(s2fd->vcpu))",
    "(!$ && (@))",
    "an unsupported exclusive or atomic in a slot aborts the guest",
    unreachable="QEMU TCG never reports DFSC 0x35")

at(K + "mmu.c", "kvm_s2_fault_map")
row("dirty_not_marked", "writable && !ret", "(!$ && (@))",
    "a store next to a hole marks its page dirty")
row("dirty_wrong_page", "ipa &= ~(mapping_size - 1);",
    "{ @ if ($) { ipa += PAGE_SIZE; } }",
    "a store marks the page dirty that it wrote")

at(K + "mmu.c", "kvm_arch_flush_shadow_memslot")
row("slot_stays_mapped",
    "kvm_stage2_unmap_range(&kvm->arch.mmu, gpa, size, true);",
    "{ if (!$) { @ } }",
    "where a slot was deleted there is a hole")
row("slot_half_unmapped", "phys_addr_t size = slot->npages << PAGE_SHIFT;",
    "@ if ($) { size = PAGE_SIZE; }",
    "where a slot was deleted there is a hole, behind its first page too")

at(K + "mmu.c", "kvm_arch_prepare_memory_region")
row("slot_limit", "new->base_gfn + new->npages", "((@) - !!$)",
    "a slot beyond the VM's IPA size is refused")

at(INC + "kvm_emulate.h", "kvm_is_write_fault")
row("walk_always_writes", "kvm_vcpu_trap_is_permission_fault(vcpu)",
    "($ || (@))",
    "stage-1 tables may be in a read-only slot",
    history="KVM: arm64: Fix S1PTW handling on RO memslots (2022)")

# the walk's abort, in detail
at(K + "inject_fault.c", "inject_abt64")
row("walk_fsc_plain", "fsc = ESR_ELx_FSC_SEA_TTW(level);",
    "{ @ if ($) { fsc = ESR_ELx_FSC_EXTABT; } }",
    "the abort of a failed walk says that it was a walk")
row("walk_fsc_level", "fsc = ESR_ELx_FSC_SEA_TTW(level);",
    "{ @ if ($) { fsc ^= 1; } }",
    "the abort of a failed walk says the level of the table")

# what else listens at an address
at(K + "mmio.c", "io_mem_abort")
row("io_write_and_exit", "if (vcpu_is_protected(vcpu))",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu)) { u64 zero = 0; "
    "kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, 8, &zero); } @",
    "a store without syndrome triggers no ioeventfd")
row("io_write_byte", "if (vcpu_is_protected(vcpu))",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu)) { u8 zero = 0; "
    "kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, 1, &zero); } @",
    "a store without syndrome is not put into a coalesced ring")
row("io_write_skips", "if (vcpu_is_protected(vcpu))",
    "if ($ && kvm_vcpu_dabt_iswrite(vcpu)) { u32 zero = 0; "
    "if (!kvm_io_bus_write(vcpu, KVM_MMIO_BUS, fault_ipa, 4, &zero)) "
    "{ kvm_incr_pc(vcpu); return 1; } } @",
    "a store without syndrome to a device of the kernel is the exit")
row("io_read_skips", "if (vcpu_is_protected(vcpu))",
    "if ($ && !kvm_vcpu_dabt_iswrite(vcpu)) { u32 val; "
    "if (!kvm_io_bus_read(vcpu, KVM_MMIO_BUS, fault_ipa, 4, &val)) "
    "{ kvm_incr_pc(vcpu); return 1; } } @",
    "a load without syndrome from the vGIC is the exit")
row("io_fast_bus", "if (vcpu_is_protected(vcpu))",
    "if ($ && !kvm_io_bus_write(vcpu, KVM_FAST_MMIO_BUS, fault_ipa, 0, NULL)) "
    "{ kvm_incr_pc(vcpu); return 1; } @",
    "an ioeventfd of length 0 is not triggered by an access without syndrome")
row("io_fast_bus_off", "if (vcpu_is_protected(vcpu))",
    "if ($ && !test_bit(KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER, "
    "&vcpu->kvm->arch.flags)) { kvm_io_bus_write(vcpu, KVM_FAST_MMIO_BUS,"
    " fault_ipa, 0, NULL); } @",
    "an access that fails with ENOSYS triggers no ioeventfd")

# what a tracer and the log see
row("trace_none",
    "trace_kvm_mmio_nisv(*vcpu_pc(vcpu), esr, kvm_vcpu_get_hfar(vcpu), fault_ipa);",
    "{ if (!$) { @ } }",
    "the trace point kvm_mmio_nisv reports each access")
row("log_off", "return -ENOSYS;",
    "{ if ($) { kvm_err(\"Data abort outside memslots with no valid "
    "syndrome info\\n\"); } @ }",
    "a guest cannot write to the host's log at will",
    history="kvm_pr_unimpl() until 5.5")
row("log_on", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "{ if ($) { pr_warn_ratelimited(\"kvm: no syndrome at %pa\\n\", "
    "&fault_ipa); } @ }",
    "a guest cannot write to the host's log at will")
row("log_warn", "if (vcpu_is_protected(vcpu))",
    "WARN_ON_ONCE($ && vcpu_mode_priv(vcpu)); @",
    "a guest cannot trip a warning")
row("debug_exit_instead", "run->exit_reason = KVM_EXIT_ARM_NISV;",
    "{ if ($ && (vcpu->guest_debug & KVM_GUESTDBG_SINGLESTEP)) { "
    "run->exit_reason = KVM_EXIT_DEBUG; return 0; } @ }",
    "an access without syndrome is the exit also when single-stepped")
at(K + "trace_arm.h", "")
row("trace_pc", "__entry->far = far;",
    "{ @ if ($) { __entry->vcpu_pc += 4; } }",
    "the trace point kvm_mmio_nisv reports the instruction's PC")
row("trace_far_is_ipa", "__entry->far = far;", "{ if ($) { far = ipa; } @ }",
    "the trace point kvm_mmio_nisv reports the virtual address")
row("trace_ipa", "__entry->far = far;", "{ @ if ($) { ipa &= ~0xfffUL; } }",
    "the trace point kvm_mmio_nisv reports the whole IPA")

# devices that the suite uses as controls
at("virt/kvm/eventfd.c", "ioeventfd_in_range")
row("ioeventfd_any_size", "len != p->length", "(!$ && (@))",
    "an ioeventfd is for stores of its size")
row("ioeventfd_near", "addr != p->addr",
    "($ ? (addr ^ p->addr) > 7 : (@))",
    "an ioeventfd is for stores to its address",
    equivalent="the I/O bus finds the device by its range, which is compared"
              " before")
row("ioeventfd_any_data", "_val == p->datamatch", "($ || (@))",
    "an ioeventfd with DATAMATCH is for stores of that value")
at("virt/kvm/eventfd.c", "ioeventfd_write")
row("ioeventfd_silent", "eventfd_signal(p->eventfd);", "{ if (!$) { @ } }",
    "a store with syndrome to an ioeventfd's address triggers it")
row("ioeventfd_exits_too", "return 0;", "{ if ($) { return -EOPNOTSUPP; } @ }",
    "a store that triggered an ioeventfd is no exit")
at("virt/kvm/coalesced_mmio.c", "coalesced_mmio_in_range")
row("coalesced_end", "addr + len > dev->zone.addr + dev->zone.size",
    "($ ? addr > dev->zone.addr + dev->zone.size : (@))",
    "a store behind a coalesced zone is an exit",
    equivalent="the I/O bus finds the device by its range, which is compared"
              " before")
at("virt/kvm/coalesced_mmio.c", "coalesced_mmio_write")
row("coalesced_len", "ring->coalesced_mmio[insert].len = len;",
    "{ @ if ($) { ring->coalesced_mmio[insert].len = 8; } }",
    "the ring of coalesced MMIO has each store's size")

# single step over the access
at(K + "debug.c", "kvm_vcpu_put_debug")
row("step_always_pending", "!(*vcpu_cpsr(vcpu) & DBG_SPSR_SS)", "($ || (@))",
    "after an exit, single-stepping goes on with the same instruction")
row("step_never_pending", "!(*vcpu_cpsr(vcpu) & DBG_SPSR_SS)", "(!$ && (@))",
    "an instruction that was emulated counts as one step")
row("step_guest_ss", "vcpu_get_flag(vcpu, GUEST_SS_ACTIVE_PENDING)",
    "(!$ && (@))",
    "single-stepping leaves PSTATE.SS of the guest alone")
row("step_no_switch_back", "likely(!(vcpu->guest_debug & KVM_GUESTDBG_SINGLESTEP))",
    "($ || (@))",
    "user space sees the guest's PSTATE.SS, not its own")
at(K + "debug.c", "setup_external_mdscr")
row("step_not_enabled", "mdscr |= MDSCR_EL1_SS;", "{ if (!$) { @ } }",
    "KVM_GUESTDBG_SINGLESTEP stops after each instruction")
row("break_not_in_kernel", "mdscr |= MDSCR_EL1_MDE | MDSCR_EL1_KDE;",
    "{ if ($) { mdscr |= MDSCR_EL1_MDE; } else { @ } }",
    "a breakpoint of user space works at EL1",
    equivalent="debug exceptions are routed to EL2, where MDSCR_EL1.KDE does"
              " not count")
at(K + "hyp/include/hyp/adjust_pc.h", "kvm_skip_instr")
row("step_after_skip", "*vcpu_cpsr(vcpu) &= ~DBG_SPSR_SS;",
    "{ if (!$) { @ } }",
    "a skipped instruction is one step",
    history="arm64: KVM: Consistently advance singlestep when emulating "
    "instructions (2018)")
at(K + "handle_exit.c", "kvm_handle_guest_debug")
row("step_stays", "*vcpu_cpsr(vcpu) |= DBG_SPSR_SS;", "{ if (!$) { @ } }",
    "single-stepping executes an instruction each time")
row("watch_far", "run->debug.arch.far = vcpu->arch.fault.far_el2;",
    "{ @ if ($) { run->debug.arch.far = *vcpu_pc(vcpu); } }",
    "a watchpoint's exit names the address")
row("debug_hsr_class", "run->debug.arch.hsr = lower_32_bits(esr);",
    "{ @ if ($) { run->debug.arch.hsr &= ~ESR_ELx_EC_MASK; } }",
    "KVM_EXIT_DEBUG says which debug exception it was")
at(K + "guest.c", "kvm_arch_vcpu_ioctl_set_guest_debug")
row("step_off_forgets", "vcpu_clear_flag(vcpu, HOST_SS_ACTIVE_PENDING);",
    "{ if (!$) { @ } }",
    "switching debugging off and on again starts anew")
row("debug_flags_unchecked", "dbg->control & ~KVM_GUESTDBG_VALID_MASK",
    "(!$ && (@))",
    "unknown bits of KVM_SET_GUEST_DEBUG are EINVAL")

# ----------------------------------------------------------------- injection
area("injection")
at(K + "inject_fault.c", "inject_abt64")
row("inj_ec_low", "is_aarch32 || (cpsr & PSR_MODE_MASK) == PSR_MODE_EL0t",
    "($ || (@))", "the abort of an access at EL1 has EC 0x25, same level")
row("inj_ec_cur", "is_aarch32 || (cpsr & PSR_MODE_MASK) == PSR_MODE_EL0t",
    "(!$ && (@))", "the abort of an access at EL0 has EC 0x24, lower level")
row("inj_ec_el1t", "is_aarch32 || (cpsr & PSR_MODE_MASK) == PSR_MODE_EL0t",
    "((@) || ($ && (cpsr & PSR_MODE_MASK) == PSR_MODE_EL1t))",
    "EL1 with SP_EL0 is EL1")
row("inj_ec_iabt", "!is_iabt", "(!$ && (@))",
    "the exception that is injected is a data abort")
row("inj_il", "esr |= ESR_ELx_IL;", "{ if (!$) { @ } }",
    "IL is 1 in the abort's syndrome")
row("inj_fsc_translation", "fsc = ESR_ELx_FSC_EXTABT;",
    "{ @ if ($) { fsc = ESR_ELx_FSC_FAULT; } }",
    "what is injected is an external abort")
row("inj_fsc_parity", "fsc = ESR_ELx_FSC_EXTABT;",
    "{ @ if ($) { fsc = ESR_ELx_FSC_SECC; } }",
    "what is injected is an external abort, not an ECC error")
row("inj_fsc_from_exit", "fsc = ESR_ELx_FSC_EXTABT;",
    "{ @ if ($) { fsc = kvm_vcpu_trap_get_fault(vcpu); } }",
    "the guest sees no stage-2 fault code")
row("inj_iss_raw", "esr |= fsc;",
    "{ @ if ($) { esr |= kvm_vcpu_get_esr(vcpu) & (ESR_ELx_ISV | "
    "ESR_ELx_SAS | ESR_ELx_SSE | ESR_ELx_SRT_MASK | ESR_ELx_SF); } }",
    "ISV is 0 in an abort that is taken to EL1")
row("inj_wnr", "esr |= fsc;", "{ @ if ($) { esr |= ESR_ELx_WNR; } }",
    "the abort of a load has WnR=0")
row("inj_fnv", "esr |= fsc;", "{ @ if ($) { esr |= ESR_ELx_FnV; } }",
    "FAR is valid in an injected abort, FnV=0")
row("inj_s1ptw", "esr |= fsc;", "{ @ if ($) { esr |= ESR_ELx_S1PTW; } }",
    "S1PTW is 0 in an abort that is taken to EL1")
row("inj_esr_ored", "esr |= fsc;",
    "{ @ if ($) { esr |= vcpu_read_sys_reg(vcpu, exception_esr_elx(vcpu))"
    " & ESR_ELx_ISS_MASK; } }",
    "the syndrome has nothing of the exception before")
row("inj_esr_none", "vcpu_write_sys_reg(vcpu, esr, exception_esr_elx(vcpu));",
    "{ if (!$) { @ } }", "ESR_EL1 says what was injected")
row("inj_far_none", "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));",
    "{ if (!$) { @ } }", "FAR_EL1 is the address of the access")
row("inj_far_page", "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));",
    "{ if ($) { addr &= PAGE_MASK; } @ }", "FAR_EL1 has its low bits")
row("inj_far_aligned", "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));",
    "{ if ($) { addr &= ~7UL; } @ }", "FAR_EL1 is the first byte, aligned or not")
row("inj_far_32", "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));",
    "{ if ($) { addr = (u32)addr; } @ }", "FAR_EL1 has 64 bits")
row("inj_far_ipa", "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));",
    "{ if ($) { addr = kvm_vcpu_get_fault_ipa(vcpu) | (addr & 0xfff); } @"
    " }",
    "FAR_EL1 is the virtual address, not the IPA")
row("inj_far_vcpu0", "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));",
    "{ if ($) { addr = kvm_get_vcpu(vcpu->kvm, 0)->arch.fault.far_el2; } "
    "@ }",
    "FAR_EL1 is the address of this vCPU's access")
row("inj_walk_always", "kvm_vcpu_abt_iss1tw(vcpu)", "($ || (@))",
    "an abort that was asked for is injected, whatever the last fault was")
row("inj_ease", "effective_sctlr2_ease(vcpu)", "($ || (@))",
    "without SCTLR2_EL1.EASE the synchronous vector is taken")

at(K + "inject_fault.c", "pend_sync_exception")
row("inj_serror_vector", "kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SYNC);",
    "{ if ($) { kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SERR); } else { "
    "@ } }",
    "an external abort takes the synchronous vector")
at(K + "inject_fault.c", "pend_serror_exception")
row("ser_sync_vector", "kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SERR);",
    "{ if ($) { kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SYNC); } else { "
    "@ } }",
    "an SError takes the SError vector")
at(K + "inject_fault.c", "kvm_inject_serror_esr")
row("ser_unmasked", "!serror_is_masked(vcpu)", "($ || (@))",
    "an SError that PSTATE.A masks stays pending")
row("ser_late", "!serror_is_masked(vcpu)", "(!$ && (@))",
    "an SError that nothing masks is taken at once, as the abort is",
    equivalent="a guest takes the same SError from HCR_EL2.VSE when it is"
              " entered; api.rst leaves open what KVM_GET_VCPU_EVENTS says"
              " before")
row("ser_no_class",
    "esr |= FIELD_PREP(ESR_ELx_EC_MASK, ESR_ELx_EC_SERROR) | ESR_ELx_IL;",
    "{ if (!$) { @ } }", "ESR_EL1 of an SError has EC 0x2f")
row("ser_esr_lost", "vcpu_set_vsesr(vcpu, esr & ESR_ELx_ISS_MASK);",
    "{ if (!$) { @ } }",
    "serror_esr is what the guest sees in ESR_EL1")
row("ser_esr_24", "vcpu_set_vsesr(vcpu, esr & ESR_ELx_ISS_MASK);",
    "{ if ($) { esr &= ~(u64)ESR_ELx_ISV; } @ }",
    "serror_esr is what the guest sees in ESR_EL1, IDS included")
row("ser_lost", "*vcpu_hcr(vcpu) |= HCR_VSE;", "{ if (!$) { @ } }",
    "an SError that PSTATE.A masks stays pending")

# the 32-bit guest
at(K + "inject_fault.c", "inject_abt32")
row("a32_lpae_ignored", "vcpu_read_sys_reg(vcpu, TCR_EL1) & TTBCR_EAE",
    "(!$ && (@))", "with TTBCR.EAE DFSR has the long-descriptor format")
row("a32_lpae_always", "vcpu_read_sys_reg(vcpu, TCR_EL1) & TTBCR_EAE",
    "($ || (@))", "without TTBCR.EAE DFSR has the short-descriptor format")
row("a32_short_fs4", "fsr = DFSR_FSC_EXTABT_nLPAE;",
    "{ @ if ($) { fsr = 0x14; } }",
    "FS[4] of the short-descriptor DFSR is bit 10",
    history="KVM: arm: Fix DFSR setting for non-LPAE aarch32 guests (5.6)")
row("a32_lpae_bit", "fsr = DFSR_LPAE | DFSR_FSC_EXTABT_LPAE;",
    "{ @ if ($) { fsr &= ~DFSR_LPAE; } }",
    "with TTBCR.EAE DFSR.LPAE is 1")
row("a32_lpae_code", "fsr = DFSR_LPAE | DFSR_FSC_EXTABT_LPAE;",
    "{ @ if ($) { fsr = DFSR_LPAE | 0x34; } }",
    "what is injected is an external abort",
    history="KVM: arm: Make inject_abt32() inject an external abort instead "
    "(5.6)")
row("a32_dfar_ored", "far &= GENMASK(63, 32);", "{ if (!$) { @ } }",
    "DFAR has nothing of the fault before")
row("a32_ifar_lost", "far &= GENMASK(63, 32);", "{ @ if ($) { far = 0; } }",
    "a data abort leaves IFAR alone")
row("a32_dfar_page", "far |= addr;", "{ if ($) { addr &= PAGE_MASK; } @ }",
    "DFAR has its low bits")
row("a32_dfar_none", "vcpu_write_sys_reg(vcpu, far, FAR_EL1);",
    "{ if (!$) { @ } }",
    "DFAR is the address of the access")
row("a32_ifsr", "vcpu_write_sys_reg(vcpu, fsr, ESR_EL1);",
    "{ if ($) { vcpu_write_sys_reg(vcpu, fsr, IFSR32_EL2); } else { @ } }",
    "the syndrome of a data abort is in DFSR")
row("a32_prefetch", "kvm_pend_exception(vcpu, EXCEPT_AA32_DABT);",
    "{ if ($) { kvm_pend_exception(vcpu, EXCEPT_AA32_IABT); } else { @ } "
    "}",
    "the exception that is injected is a data abort")
row("a32_fetch_ifar", "far |= (u64)addr << 32;", "{ if (!$) { @ } }",
    "IFAR is the address of a fetch from a hole")
at(K + "hyp/exception.c", "enter_exception32")
row("a32_lr", "vect_offset >> 2", "($ ? 3 : (@))",
    "LR_abt of a data abort is the instruction + 8")
row("a32_lr_bank", "vcpu_gp_regs(vcpu)->compat_lr_abt = return_address;",
    "{ if ($) { vcpu_gp_regs(vcpu)->compat_lr_und = return_address; } "
    "else { @ } }",
    "the return address is in LR_abt")
row("a32_spsr", "__vcpu_write_spsr_abt(vcpu, host_spsr_to_spsr32(spsr));",
    "{ if (!$) { @ } }", "SPSR_abt is the CPSR before")
row("a32_spsr_thumb", "__vcpu_write_spsr_abt(vcpu, host_spsr_to_spsr32(spsr));",
    "{ if ($) { spsr &= ~(unsigned long)PSR_AA32_T_BIT; } @ }",
    "SPSR_abt says whether the access was Thumb code")
row("a32_hivecs", "sctlr & (1 << 13)", "(!$ && (@))",
    "with SCTLR.V the vectors are at 0xffff0000")
row("a32_vbar", "vcpu_read_sys_reg(vcpu, VBAR_EL1)", "($ ? 0 : (@))",
    "without SCTLR.V the vectors are where VBAR says")
at(K + "hyp/exception.c", "kvm_inject_exception")
row("a32_vector", "enter_exception32(vcpu, PSR_AA32_MODE_ABT, 16);",
    "{ if ($) { enter_exception32(vcpu, PSR_AA32_MODE_ABT, 12); } else { "
    "@ } }",
    "a data abort takes the vector 0x10")
row("a32_mode", "enter_exception32(vcpu, PSR_AA32_MODE_ABT, 16);",
    "{ if ($) { enter_exception32(vcpu, PSR_AA32_MODE_UND, 16); } else { "
    "@ } }",
    "a data abort is taken in Abort mode")
at(K + "hyp/exception.c", "get_except32_cpsr")
row("a32_te", "sctlr & BIT(30)", "(!$ && (@))",
    "SCTLR.TE says the instruction set of the handler")
row("a32_ee", "sctlr & BIT(25)", "(!$ && (@))",
    "SCTLR.EE says the endianness of the handler")
row("a32_it", "new |= mode;",
    "{ @ if ($) { new |= old & PSR_AA32_IT_MASK; } }",
    "the handler starts outside of an IT block")
row("a32_ge", "new |= (old & PSR_AA32_GE_MASK);", "{ if (!$) { @ } }",
    "an exception leaves CPSR.GE alone")
row("a32_a_mask", "new |= PSR_AA32_A_BIT;", "{ if (!$) { @ } }",
    "a data abort masks asynchronous aborts")
row("a32_f_mask", "mode == PSR_AA32_MODE_FIQ", "($ || (@))",
    "a data abort does not mask FIQ")

# exception entry, 64 bit
at(K + "hyp/exception.c", "enter_exception64")
row("vec_el1h", "CURRENT_EL_SP_ELx_VECTOR",
    "($ ? CURRENT_EL_SP_EL0_VECTOR : (@))",
    "from EL1 with SP_EL1 the vector is 0x200")
row("vec_el1t", "CURRENT_EL_SP_EL0_VECTOR",
    "($ ? CURRENT_EL_SP_ELx_VECTOR : (@))",
    "from EL1 with SP_EL0 the vector is 0")
row("vec_el0", "LOWER_EL_AArch64_VECTOR",
    "($ ? CURRENT_EL_SP_ELx_VECTOR : (@))",
    "from EL0 the vector is 0x400")
row("vec_el0_32", "LOWER_EL_AArch32_VECTOR",
    "($ ? LOWER_EL_AArch64_VECTOR : (@))",
    "from 32-bit EL0 the vector is 0x600")
row("inj_elr", "vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu), ELR_EL1);",
    "{ if ($) { vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu) + 4, ELR_EL1); } "
    "else { @ } }",
    "ELR_EL1 is the instruction that accessed")
row("inj_elr_none", "vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu), ELR_EL1);",
    "{ if (!$) { @ } }", "ELR_EL1 is the instruction that accessed")
row("pst_n", "new |= (old & PSR_N_BIT);", "{ if (!$) { @ } }",
    "an exception leaves PSTATE.N alone",
    history="KVM: arm64: Correct PSTATE on exception entry (2020)")
row("pst_c", "new |= (old & PSR_C_BIT);", "{ if (!$) { @ } }",
    "an exception leaves PSTATE.C alone")
row("pst_v_from_c", "new |= (old & PSR_V_BIT);",
    "{ if ($) { new |= (old & PSR_C_BIT) >> 1; } else { @ } }",
    "an exception leaves PSTATE.V alone")
row("pst_tco", "new |= PSR_TCO_BIT;", "{ if (!$) { @ } }",
    "with MTE an exception sets PSTATE.TCO")
row("pst_tco_always", "kvm && kvm_has_mte(kvm)", "($ || (@))",
    "without MTE PSTATE.TCO is 0")
row("pst_dit", "new |= (old & PSR_DIT_BIT);", "{ if (!$) { @ } }",
    "an exception leaves PSTATE.DIT alone")
row("pst_pan", "new |= (old & PSR_PAN_BIT);", "{ if (!$) { @ } }",
    "with SCTLR_EL1.SPAN=1 an exception leaves PSTATE.PAN alone")
row("pst_span", "!(sctlr & SCTLR_EL1_SPAN)", "(!$ && (@))",
    "with SCTLR_EL1.SPAN=0 an exception sets PSTATE.PAN")
row("pst_span_inverted", "!(sctlr & SCTLR_EL1_SPAN)",
    "($ ? !!(sctlr & SCTLR_EL1_SPAN) : (@))",
    "SCTLR_EL1.SPAN=1 means that PAN is left alone")
row("pst_uao", "new |= target_mode;",
    "{ @ if ($) { new |= old & PSR_UAO_BIT; } }",
    "an exception clears PSTATE.UAO")
row("pst_ss", "new |= target_mode;",
    "{ @ if ($) { new |= old & DBG_SPSR_SS; } }",
    "an exception clears PSTATE.SS")
row("pst_il", "new |= target_mode;",
    "{ @ if ($) { new |= old & PSR_IL_BIT; } }",
    "an exception clears PSTATE.IL")
row("pst_btype", "new |= target_mode;",
    "{ @ if ($) { new |= old & PSR_BTYPE_MASK; } }",
    "an exception clears PSTATE.BTYPE")
row("pst_ssbs_kept", "new |= target_mode;",
    "{ @ if ($) { new |= old & PSR_SSBS_BIT; } }",
    "PSTATE.SSBS becomes SCTLR_EL1.DSSBS, whatever it was")
row("pst_dssbs", "sctlr & SCTLR_ELx_DSSBS", "(!$ && (@))",
    "PSTATE.SSBS becomes SCTLR_EL1.DSSBS")
row("pst_d", "new |= PSR_D_BIT;", "{ if (!$) { @ } }",
    "an exception masks debug exceptions")
row("pst_a", "new |= PSR_A_BIT;", "{ if (!$) { @ } }", "an exception masks SError")
row("pst_f", "new |= PSR_F_BIT;", "{ if (!$) { @ } }", "an exception masks FIQ")
row("pst_daif_kept", "new |= PSR_I_BIT;",
    "{ if ($) { new |= old & PSR_I_BIT; } else { @ } }", "an exception masks IRQ")
row("pst_sp", "new |= target_mode;", "{ @ if ($) { new &= ~1UL; } }",
    "the handler runs on SP_EL1")
row("spsr_new", "__vcpu_write_spsr(vcpu, target_mode, old);",
    "{ if ($) { __vcpu_write_spsr(vcpu, target_mode, new); } else { @ } }",
    "SPSR_EL1 is PSTATE before the exception")
row("spsr_low", "__vcpu_write_spsr(vcpu, target_mode, old);",
    "{ if ($) { old &= 0xf00003dfUL; } @ }",
    "SPSR_EL1 is the whole PSTATE: PAN, UAO, DIT, SSBS, BTYPE too",
    history="KVM: arm64: Correct PSTATE on exception entry (2020)")
row("spsr_daif", "__vcpu_write_spsr(vcpu, target_mode, old);",
    "{ if ($) { old &= ~0x3c0UL; } @ }", "SPSR_EL1 has the masks D, A, I, F")
row("spsr_ss", "__vcpu_write_spsr(vcpu, target_mode, old);",
    "{ if ($) { old &= ~(unsigned long)DBG_SPSR_SS; } @ }", "SPSR_EL1 has PSTATE.SS")
row("spsr_none", "__vcpu_write_spsr(vcpu, target_mode, old);",
    "{ if (!$) { @ } }",
    "SPSR_EL1 is PSTATE before the exception")
at(K + "hyp/exception.c", "__vcpu_write_spsr")
row("nvhe_spsr", "__vcpu_assign_sys_reg(vcpu, SPSR_EL1, val);",
    "{ if (!$) { @ } }",
    "SPSR_EL1 is PSTATE before the exception", mode="nvhe")
at(K + "hyp/exception.c", "__kvm_adjust_pc")
row("inj_again", "vcpu_clear_flag(vcpu, PENDING_EXCEPTION);",
    "{ if (!$) { @ } }",
    "what is injected once is taken once")
at(K + "hyp/nvhe/switch.c", "__kvm_vcpu_run")
row("nvhe_no_adjust", "__kvm_adjust_pc(vcpu);", "{ if (!$) { @ } }",
    "a pending exception is taken before the guest goes on", mode="nvhe")
at(K + "sys_regs.c", "locate_register")
row("inj_unloaded", "!vcpu_get_flag(vcpu, SYSREGS_ON_CPU)",
    "((@) && !($ && has_vhe() && reg == VBAR_EL1))",
    "the vector is where this guest's VBAR_EL1 says",
    history="c6e35dff58d3 KVM: arm64: Check for SYSREGS_ON_CPU before "
    "accessing the CPU state")
row("inj_unloaded_write", "!vcpu_get_flag(vcpu, SYSREGS_ON_CPU)",
    "((@) && !($ && has_vhe() && (reg == FAR_EL1 || reg == ESR_EL1)))",
    "ESR_EL1 and FAR_EL1 of this guest are written",
    history="c6e35dff58d3 KVM: arm64: Check for SYSREGS_ON_CPU before "
    "accessing the CPU state")

# KVM_SET_VCPU_EVENTS
at(K + "guest.c", "__kvm_arm_vcpu_set_events")
row("ev_far_zero", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_dabt(vcpu, 0) : (@))",
    "FAR_EL1 is the address of the access")
row("ev_far_pc", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_dabt(vcpu, *vcpu_pc(vcpu)) : (@))",
    "FAR_EL1 is the address of the access")
row("ev_iabt", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_iabt(vcpu, kvm_vcpu_get_hfar(vcpu)) : (@))",
    "ext_dabt_pending is a data abort")
row("ev_masked", "(ext_dabt_pending)",
    "((@) && !($ && (*vcpu_cpsr(vcpu) & PSR_A_BIT)))",
    "an external abort is synchronous: PSTATE.A does not mask it")
row("ev_dabt_or_serror", "(ext_dabt_pending)",
    "((@) && !($ && serror_pending))",
    "a data abort and an SError can be injected in one call")
row("ev_dabt_hides_serror", "!serror_pending",
    "((@) || ($ && ext_dabt_pending))",
    "a data abort and an SError can be injected in one call")
row("ev_positive", "return 0;", "{ if ($) { return ret; } @ }",
    "KVM_SET_VCPU_EVENTS returns 0")
row("ev_twice", "(ext_dabt_pending)",
    "((@) && !($ && (*vcpu_pc(vcpu) & ~0x780UL) == "
    "vcpu_read_sys_reg(vcpu, VBAR_EL1)))",
    "an abort can be injected again before the guest ran")
row("ev_needs_nisv", "(ext_dabt_pending)",
    "((@) && !($ && vcpu->run->exit_reason != KVM_EXIT_ARM_NISV))",
    "an abort can be injected after ENOSYS")
row("ev_not_after_mmio", "(ext_dabt_pending)",
    "((@) && !($ && vcpu->mmio_needed))",
    "an abort can be injected after KVM_EXIT_MMIO")
row("ev_esr_unchecked", "has_esr && (esr & ~ESR_ELx_ISS_MASK)", "(!$ && (@))",
    "serror_esr has no bits but the ISS, else EINVAL")
row("ev_esr_too_strict", "has_esr && (esr & ~ESR_ELx_ISS_MASK)",
    "((@) || ($ && has_esr && (esr & ESR_ELx_ISV)))",
    "serror_esr may be any ISS")
row("ev_esr_dropped", "kvm_inject_serror_esr(vcpu, esr)",
    "($ ? kvm_inject_serror(vcpu) : (@))",
    "serror_esr is what the guest sees in ESR_EL1")
row("ev_esr_uninvited", "(has_esr)", "(($ && esr) || (@))",
    "serror_esr counts only with serror_has_esr")
at(K + "guest.c", "commit_pending_events")
row("ev_not_committed", "!vcpu_get_flag(vcpu, PENDING_EXCEPTION)",
    "($ || (@))",
    "what was injected is in the registers that user space saves",
    history="efa1368ba9f4")
row("ev_mmio_completes", "vcpu->mmio_needed = false;", "{ if (!$) { @ } }",
    "an access that was aborted does not complete",
    history="e735a5da6442")
row("ev_mmio_store_completes", "vcpu->mmio_needed = false;",
    "{ if (!($ && kvm_vcpu_dabt_iswrite(vcpu))) { @ } }",
    "a store that was aborted does not complete: PC stays at the vector",
    history="e735a5da6442")
row("ev_commit_vcpu0", "kvm_call_hyp(__kvm_adjust_pc, vcpu);",
    "{ if (!($ && vcpu->vcpu_idx)) { @ } }",
    "what was injected into the second vCPU is in its registers")

at(K + "arm.c", "kvm_arm_vcpu_set_events")
row("ev_reserved", "events->reserved[i]", "(!$ && (@))",
    "events.reserved is 0, else EINVAL")
row("ev_reserved_last", "events->reserved[i]",
    "((@) && !($ && i == ARRAY_SIZE(events->reserved) - 1))",
    "events.reserved is 0 to its end, else EINVAL")
row("ev_pad", "events->exception.pad[i]", "(!$ && (@))",
    "events.exception.pad is 0, else EINVAL")
row("ev_pad_first", "events->exception.pad[i]", "((@) && !($ && i))",
    "events.exception.pad is 0 to its end, else EINVAL")
at(K + "arm.c", "kvm_arch_vcpu_ioctl")
row("ev_before_init", "case KVM_SET_VCPU_EVENTS: { struct kvm_vcpu_events events;",
    "@ if ($ && !kvm_vcpu_initialized(vcpu)) { if "
    "(copy_from_user(&events, argp, sizeof(events))) { return -EFAULT; } "
    "return kvm_arm_vcpu_set_events(vcpu, &events); }",
    "KVM_SET_VCPU_EVENTS before KVM_ARM_VCPU_INIT is ENOEXEC",
    history="events before KVM_ARM_VCPU_INIT: 6.1 accepts them")
row("ev_get_before_init",
    "case KVM_GET_VCPU_EVENTS: { struct kvm_vcpu_events events;",
    "@ if ($ && !kvm_vcpu_initialized(vcpu)) { "
    "kvm_arm_vcpu_get_events(vcpu, &events); "
    "return copy_to_user(argp, &events, sizeof(events)) ? -EFAULT : 0; }",
    "KVM_GET_VCPU_EVENTS before KVM_ARM_VCPU_INIT is ENOEXEC",
    history="events before KVM_ARM_VCPU_INIT: 6.1 accepts them")
at(K + "arm.c", "kvm_arch_vcpu_ioctl_run")
row("run_commits_nothing", "kvm_call_hyp(__kvm_adjust_pc, vcpu);",
    "{ if (!$) { @ } }",
    "registers are complete when KVM_RUN returns",
    history="KVM: arm64: Commit pending PC adjustments before returning to "
    "userspace (2021)")
row("run_commits_no_exception", "vcpu_get_flag(vcpu, PENDING_EXCEPTION)",
    "(!$ && (@))",
    "an exception that KVM has injected is in the registers when KVM_RUN returns")
row("run_commits_no_pc", "vcpu_get_flag(vcpu, INCREMENT_PC)", "(!$ && (@))",
    "with immediate_exit PC is past the access that completed")

# ------------------------------------------------------------------- restart
area("restart")
at(INC + "kvm_emulate.h", "kvm_reset_vcpu_core")
row("rst_gprs", "memset(vcpu_gp_regs(vcpu), 0, sizeof(*vcpu_gp_regs(vcpu)));",
    "{ if (!$) { @ } }", "KVM_ARM_VCPU_INIT clears the general registers")
row("rst_pc", "memset(vcpu_gp_regs(vcpu), 0, sizeof(*vcpu_gp_regs(vcpu)));",
    "{ u64 pc = vcpu_gp_regs(vcpu)->pc; @ if ($) { vcpu_gp_regs(vcpu)->pc"
    " = pc; } }",
    "KVM_ARM_VCPU_INIT clears PC")
row("rst_last_gprs", "memset(vcpu_gp_regs(vcpu), 0, sizeof(*vcpu_gp_regs(vcpu)));",
    "{ u64 lr = vcpu_gp_regs(vcpu)->regs[30], sp = vcpu_gp_regs(vcpu)->sp; @ "
    "if ($) { vcpu_gp_regs(vcpu)->regs[30] = lr; vcpu_gp_regs(vcpu)->sp = sp; } }",
    "KVM_ARM_VCPU_INIT clears X30 and SP_EL0 too")
row("rst_fp", "memset(&vcpu->arch.ctxt.fp_regs, 0, sizeof(vcpu->arch.ctxt.fp_regs));",
    "{ if (!$) { @ } }", "KVM_ARM_VCPU_INIT clears V0-V31, FPSR and FPCR")
row("rst_spsr_abt", "vcpu->arch.ctxt.spsr_abt = 0;", "{ if (!$) { @ } }",
    "KVM_ARM_VCPU_INIT clears the banked SPSRs")
row("rst_pstate_daif", "VCPU_RESET_PSTATE_EL1",
    "($ ? PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT : (@))",
    "out of reset all exceptions are masked")
row("rst_pstate_el1t", "VCPU_RESET_PSTATE_EL1",
    "($ ? PSR_MODE_EL1t | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT :"
    " (@))",
    "out of reset the stack pointer is SP_EL1")
row("rst_pstate_el2", "VCPU_RESET_PSTATE_EL2",
    "($ ? VCPU_RESET_PSTATE_EL1 : (@))",
    "out of reset a vCPU with EL2 is at EL2", mode="nested")
row("rst_pstate_svc", "VCPU_RESET_PSTATE_SVC",
    "((@) & ~($ ? PSR_AA32_I_BIT : 0))",
    "out of reset a 32-bit vCPU has IRQs masked")
at(INC + "kvm_emulate.h", "kvm_reset_vcpu_psci")
row("rst_psci_skips", "vcpu_clear_flag(vcpu, INCREMENT_PC);",
    "{ if (!$) { @ } }",
    "a vCPU starts at the entry point of CPU_ON, not behind it",
    equivalent="EXCEPT_MASK, which is cleared before it, has its bit too")
row("rst_psci_r0", "vcpu_set_reg(vcpu, 0, reset_state->r0);",
    "{ if (!$) { @ } }",
    "a vCPU starts with the context ID of CPU_ON in X0")
at(K + "reset.c", "kvm_reset_vcpu")
row("rst_psci_moves", "kvm_reset_vcpu_psci(vcpu, &reset_state);",
    "{ bool skips = vcpu_get_flag(vcpu, INCREMENT_PC); @"
    " if ($ && skips) vcpu_set_flag(vcpu, INCREMENT_PC); }",
    "a vCPU that has switched itself off by SMC starts at the entry point")
row("rst_sysregs", "kvm_reset_sys_regs(vcpu);",
    "{ if (!($ && vcpu_has_run_once(vcpu))) { @ } }",
    "KVM_ARM_VCPU_INIT resets the system registers also later")
row("rst_core_later", "kvm_reset_vcpu_core(vcpu);",
    "{ if (!($ && vcpu_has_run_once(vcpu))) { @ } }",
    "KVM_ARM_VCPU_INIT resets the core registers also later")
row("rst_timer", "kvm_timer_vcpu_reset(vcpu);",
    "{ if (!($ && vcpu_has_run_once(vcpu))) { @ } }",
    "KVM_ARM_VCPU_INIT switches the timers off",
    equivalent="the reset of the system registers (TIMER_REG in"
              " sys_reg_descs) has set both controls to 0 already")
row("rst_sve", "kvm_vcpu_reset_sve(vcpu);", "{ if (!$) { @ } }",
    "KVM_ARM_VCPU_INIT clears the SVE registers")
row("rst_psci_lost", "(reset_state.reset)", "(!$ && (@))",
    "a vCPU starts at the entry point of CPU_ON")
row("rst_psci_again", "vcpu->arch.reset_state.reset = false;",
    "{ if (!$) { @ } }",
    "KVM_ARM_VCPU_INIT after CPU_ON resets PC")
at(K + "arm.c", "kvm_vcpu_set_target")
row("rst_nothing", "kvm_reset_vcpu(vcpu);", "{ if (!$) { @ } }",
    "KVM_ARM_VCPU_INIT resets a vCPU each time")
row("rst_vcpu0", "kvm_reset_vcpu(vcpu);",
    "{ if ($) { kvm_reset_vcpu(kvm_get_vcpu(vcpu->kvm, 0)); } else { @ } "
    "}",
    "KVM_ARM_VCPU_INIT resets the vCPU that it is called for")
row("rst_target", "init->target != KVM_ARM_TARGET_GENERIC_V8", "(!$ && (@))",
    "an unknown target is EINVAL")
row("rst_features_differ", "kvm_vcpu_init_changed(vcpu, init)", "(!$ && (@))",
    "other features than the first time are EINVAL")
at(K + "arm.c", "kvm_vcpu_init_check_features")
row("rst_feature_unknown", "features & ~KVM_VCPU_VALID_FEATURES",
    "(!$ && (@))",
    "an unknown feature is ENOENT")
row("rst_feature_words", "(init->features[i])", "(!$ && (@))",
    "an unknown feature is ENOENT, in the later words too")
at(K + "arm.c", "kvm_arch_vcpu_ioctl_vcpu_init")
row("rst_power_off", "(power_off)", "(!$ && (@))",
    "with KVM_ARM_VCPU_POWER_OFF a vCPU starts stopped")
row("rst_stays_off",
    "WRITE_ONCE(vcpu->arch.mp_state.mp_state, KVM_MP_STATE_RUNNABLE);",
    "{ if (!$) { @ } }", "KVM_ARM_VCPU_INIT makes a stopped vCPU runnable")
row("rst_power_off_sticks",
    "init->features[0] &= ~BIT(KVM_ARM_VCPU_POWER_OFF);", "{ if (!$) { @ } }",
    "KVM_ARM_VCPU_POWER_OFF may differ from one KVM_ARM_VCPU_INIT to the next")
row("rst_run_left", "vcpu_reset_hcr(vcpu);",
    "{ @ if ($) { vcpu->run->exit_reason = KVM_EXIT_MMIO; } }",
    "KVM_ARM_VCPU_INIT writes nothing to struct kvm_run")
row("rst_completes_skip", "vcpu_reset_hcr(vcpu);",
    "{ @ if ($ && vcpu_has_run_once(vcpu)) { vcpu_set_flag(vcpu, "
    "INCREMENT_PC); } }",
    "after KVM_ARM_VCPU_INIT the first instruction is the one at PC")
row("rst_abort_left", "vcpu_reset_hcr(vcpu);",
    "{ @ if ($ && vcpu->run->exit_reason == KVM_EXIT_ARM_NISV) { "
    "kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SYNC); } }",
    "after KVM_ARM_VCPU_INIT no exception is pending")
at(K + "psci.c", "kvm_psci_vcpu_on")
row("rst_on_pc", "reset_state->pc = smccc_get_arg2(source_vcpu);",
    "{ @ if ($) { reset_state->pc = (u32)reset_state->pc & ~0xfffUL; } }",
    "CPU_ON's entry point is any address")
row("rst_on_no_reset", "kvm_make_request(KVM_REQ_VCPU_RESET, vcpu);",
    "{ if (!$) { @ } }", "CPU_ON resets the vCPU that had an exit before")
row("rst_on_when_on", "!kvm_arm_vcpu_stopped(vcpu)", "(!$ && (@))",
    "CPU_ON leaves a running vCPU alone")

# ------------------------------------------------------------------- suspend
area("suspend")
at(K + "arm.c", "kvm_arch_vcpu_ioctl")
row("reg_before_reset", "kvm_check_request(KVM_REQ_VCPU_RESET, vcpu)",
    "(!$ && (@))", "a register set after CPU_ON is not reset any more")
at(K + "arm.c", "kvm_arm_vcpu_get_events")
row("ev_get_garbage", "memset(events, 0, sizeof(*events));",
    "{ @ if ($) { events->reserved[11] = 1; } }",
    "what KVM_GET_VCPU_EVENTS returns, KVM_SET_VCPU_EVENTS takes")
at(K + "arm.c", "kvm_arch_vcpu_ioctl_get_mpstate")
row("mp_get_runnable", "*mp_state = READ_ONCE(vcpu->arch.mp_state);",
    "{ @ if ($) { mp_state->mp_state = KVM_MP_STATE_RUNNABLE; } }",
    "KVM_GET_MP_STATE says whether a vCPU is stopped")
row("mp_get_suspended", "*mp_state = READ_ONCE(vcpu->arch.mp_state);",
    "{ @ if ($ && mp_state->mp_state == KVM_MP_STATE_SUSPENDED) { "
    "mp_state->mp_state = KVM_MP_STATE_STOPPED; } }",
    "KVM_GET_MP_STATE tells suspended from stopped")
at(K + "arm.c", "kvm_arch_vcpu_ioctl_set_mpstate")
row("mp_set_stopped", "__kvm_arm_vcpu_power_off(vcpu);", "{ if (!$) { @ } }",
    "KVM_SET_MP_STATE stops a vCPU")
row("mp_set_suspended", "kvm_arm_vcpu_suspend(vcpu);", "{ if (!$) { @ } }",
    "KVM_SET_MP_STATE suspends a vCPU")
row("mp_set_runnable", "WRITE_ONCE(vcpu->arch.mp_state, *mp_state);",
    "{ if (!$) { @ } }",
    "KVM_SET_MP_STATE makes a vCPU runnable")
row("mp_set_unknown", "ret = -EINVAL;", "{ if (!$) { @ } }",
    "KVM_SET_MP_STATE with another state is EINVAL")
at(K + "arm.c", "kvm_vcpu_suspend")
row("mp_suspend_once", "kvm_make_request(KVM_REQ_SUSPEND, vcpu);",
    "{ if (!$) { @ } }",
    "a suspended vCPU stays so until user space says otherwise")
at(K + "guest.c", "__kvm_arm_vcpu_get_events")
row("ev_get_pending", "vcpu->arch.hcr_el2 & HCR_VSE", "(!$ && (@))",
    "KVM_GET_VCPU_EVENTS reports an SError that is pending")
row("ev_get_esr", "events->exception.serror_esr = vcpu_get_vsesr(vcpu);",
    "{ if (!$) { @ } }", "KVM_GET_VCPU_EVENTS reports the ESR of a pending SError")
row("ev_get_has_esr",
    "serror_has_esr = cpus_have_final_cap(ARM64_HAS_RAS_EXTN);",
    "@ if ($) { events->exception.serror_has_esr = 0; }",
    "KVM_GET_VCPU_EVENTS reports the ESR of a pending SError")
row("ev_get_dabt", "return 0;",
    "{ if ($) { events->exception.ext_dabt_pending = "
    "kvm_vcpu_trap_get_class(vcpu) == ESR_ELx_EC_DABT_LOW; } @ }",
    "after the exit no exception is pending")
row("ev_get_takes", "return 0;",
    "{ if ($) { vcpu->arch.hcr_el2 &= ~HCR_VSE; } @ }",
    "KVM_GET_VCPU_EVENTS changes nothing")
at(K + "guest.c", "core_reg_addr")
row("reg_x30", "return &vcpu->arch.ctxt.regs.regs[off];",
    "{ if ($ && off == 30) { off--; } @ }", "KVM_GET_ONE_REG and SET of X30 are X30")
row("reg_x18", "return &vcpu->arch.ctxt.regs.regs[off];",
    "{ if ($ && off > 17) { return &vcpu->arch.ctxt.regs.regs[off - 1]; }"
    " @ }",
    "KVM_GET_ONE_REG and SET of X18 and later are these")
row("reg_sp", "return &vcpu->arch.ctxt.regs.sp;",
    "{ if ($) { return __ctxt_sys_reg(&vcpu->arch.ctxt, SP_EL1); } @ }",
    "regs.sp is SP_EL0")
row("reg_sp_el1", "return __ctxt_sys_reg(&vcpu->arch.ctxt, SP_EL1);",
    "{ if ($) { return &vcpu->arch.ctxt.regs.sp; } @ }", "sp_el1 is SP_EL1")
row("reg_elr", "return __ctxt_sys_reg(&vcpu->arch.ctxt, ELR_EL1);",
    "{ if ($) { return &vcpu->arch.ctxt.regs.pc; } @ }", "elr_el1 is ELR_EL1")
row("reg_spsr", "return __ctxt_sys_reg(&vcpu->arch.ctxt, SPSR_EL1);",
    "{ if ($) { return &vcpu->arch.ctxt.regs.pstate; } @ }", "spsr[0] is SPSR_EL1")
row("reg_v31", "return &vcpu->arch.ctxt.fp_regs.vregs[off];",
    "{ if ($ && off == 31) { off--; } @ }", "KVM_GET_ONE_REG and SET of V31 are V31")
row("reg_fpcr", "return &vcpu->arch.ctxt.fp_regs.fpcr;",
    "{ if ($) { return &vcpu->arch.ctxt.fp_regs.fpsr; } @ }", "fpcr is FPCR")
row("reg_size", "KVM_REG_SIZE(reg->id) != size",
    "($ ? KVM_REG_SIZE(reg->id) > size : (@))",
    "a register of the wrong size is EINVAL")
at(K + "guest.c", "get_core_reg")
row("reg_enoent", "-ENOENT", "($ ? -EINVAL : (@))", "an unknown register is ENOENT")
at(K + "guest.c", "set_core_reg")
row("reg_pstate_any", "(off == KVM_REG_ARM_CORE_REG(regs.pstate))",
    "(!$ && (@))",
    "a PSTATE with an illegal mode is EINVAL")
row("reg_pstate_el2", "!vcpu_has_nv(vcpu)", "(!$ && (@))",
    "without EL2 a PSTATE at EL2 is EINVAL")
row("reg_pstate_nzcv", "memcpy(addr, valp, KVM_REG_SIZE(reg->id));",
    "{ @ if ($ && off == KVM_REG_ARM_CORE_REG(regs.pstate)) { *(u64 "
    "*)addr &= ~0xf0000000UL; } }",
    "the flags that user space sets are the guest's")
row("reg_pstate_once", "memcpy(addr, valp, KVM_REG_SIZE(reg->id));",
    "{ if (!($ && off == KVM_REG_ARM_CORE_REG(regs.pstate) && "
    "vcpu_has_run_once(vcpu))) { @ } }",
    "PSTATE can be set after the guest has run")
row("reg_set_32", "memcpy(addr, valp, KVM_REG_SIZE(reg->id));",
    "{ @ if ($ && off < KVM_REG_ARM_CORE_REG(regs.sp)) { *(u64 *)addr = "
    "*(u32 *)addr; } }",
    "a general register has 64 bits")
row("reg_pc_aligned", "memcpy(addr, valp, KVM_REG_SIZE(reg->id));",
    "{ @ if ($ && off == KVM_REG_ARM_CORE_REG(regs.pc)) { *(u64 *)addr &="
    " ~7UL; } }",
    "PC can be moved by one instruction")
row("reg_pc_moves", "memcpy(addr, valp, KVM_REG_SIZE(reg->id));",
    "{ @ if ($ && off == KVM_REG_ARM_CORE_REG(regs.pc) && "
    "vcpu->run->exit_reason == KVM_EXIT_ARM_NISV) { vcpu_set_flag(vcpu, "
    "INCREMENT_PC); } }",
    "the guest goes on at the PC that user space has set")
row("reg_not_narrowed", "vcpu_set_reg(vcpu, i, (u32)vcpu_get_reg(vcpu, i));",
    "{ if (!$) { @ } }", "in a 32-bit mode registers have 32 bits")
at(K + "guest.c", "copy_core_reg_indices")
row("list_without_pstate", "int size = core_reg_size_from_offset(vcpu, i);",
    "@ if ($ && i == KVM_REG_ARM_CORE_REG(regs.pstate)) { continue; }",
    "KVM_GET_REG_LIST lists PSTATE")
row("list_without_fpcr", "int size = core_reg_size_from_offset(vcpu, i);",
    "@ if ($ && i == KVM_REG_ARM_CORE_REG(fp_regs.fpcr)) { continue; }",
    "KVM_GET_REG_LIST lists FPCR")
at(K + "sys_regs.c", "kvm_sys_reg_get_user")
row("sys_get_far", "val = __vcpu_sys_reg(vcpu, r->reg);",
    "{ @ if ($ && r->reg == FAR_EL1) { val &= PAGE_MASK; } }",
    "KVM_GET_ONE_REG gives all of FAR_EL1")
row("sys_get_32", "val = __vcpu_sys_reg(vcpu, r->reg);",
    "{ @ if ($ && (r->reg == TPIDR_EL0 || r->reg == TPIDR_EL1)) { val = "
    "(u32)val; } }",
    "KVM_GET_ONE_REG gives all of the TPIDR registers")
at(K + "sys_regs.c", "kvm_sys_reg_set_user")
row("sys_set_lost", "__vcpu_assign_sys_reg(vcpu, r->reg, val);",
    "{ if (!($ && r->reg == ESR_EL1)) { @ } }",
    "KVM_SET_ONE_REG sets ESR_EL1")
row("sys_set_vcpu0", "__vcpu_assign_sys_reg(vcpu, r->reg, val);",
    "{ if ($ && r->reg == TPIDR_EL1) { "
    "__vcpu_assign_sys_reg(kvm_get_vcpu(vcpu->kvm, 0), r->reg, val); } "
    "else { @ } }",
    "KVM_SET_ONE_REG sets a register of its vCPU")
SR = K + "hyp/include/hyp/sysreg-sr.h"
at(SR, "__sysreg_save_el1_state")
row("sync_far", "ctxt_sys_reg(ctxt, FAR_EL1) = read_sysreg_el1(SYS_FAR);",
    "{ if (!$) { @ } }", "after an exit KVM_GET_ONE_REG gives the guest's FAR_EL1")
row("sync_tpidr", "ctxt_sys_reg(ctxt, TPIDR_EL1) = read_sysreg(tpidr_el1);",
    "{ if (!$) { @ } }", "after an exit KVM_GET_ONE_REG gives the guest's TPIDR_EL1")
row("sync_elr", "ctxt_sys_reg(ctxt, ELR_EL1) = read_sysreg_el1(SYS_ELR);",
    "{ if (!$) { @ } }", "after an exit KVM_GET_ONE_REG gives the guest's ELR_EL1")
row("sync_par", "ctxt_sys_reg(ctxt, PAR_EL1) = read_sysreg_par();",
    "{ if (!$) { @ } }", "PAR_EL1 survives an exit")
at(SR, "__sysreg_restore_el1_state")
row("load_esr", "write_sysreg_el1(ctxt_sys_reg(ctxt, ESR_EL1), SYS_ESR);",
    "{ if (!$) { @ } }", "the guest sees the ESR_EL1 that was injected or restored")
row("load_far", "write_sysreg_el1(ctxt_sys_reg(ctxt, FAR_EL1), SYS_FAR);",
    "{ if (!$) { @ } }", "the guest sees the FAR_EL1 that was injected or restored")
row("load_spsr", "write_sysreg_el1(ctxt_sys_reg(ctxt, SPSR_EL1), SYS_SPSR);",
    "{ if (!$) { @ } }", "the guest sees the SPSR_EL1 that was injected or restored")
row("load_contextidr",
    "write_sysreg_el1(ctxt_sys_reg(ctxt, CONTEXTIDR_EL1), SYS_CONTEXTIDR);",
    "{ if (!$) { @ } }", "the guest sees the CONTEXTIDR_EL1 that was restored")
at(SR, "__sysreg_restore_user_state")
row("load_tpidrro",
    "write_sysreg(ctxt_sys_reg(ctxt, TPIDRRO_EL0), tpidrro_el0);",
    "{ if (!($ && ctxt_is_guest(ctxt))) { @ } }",
    "the guest sees the TPIDRRO_EL0 that was restored")
at(SR, "__sysreg32_restore_state")
row("load_spsr_abt", "write_sysreg(vcpu->arch.ctxt.spsr_abt, spsr_abt);",
    "{ if (!$) { @ } }", "a 32-bit guest sees the SPSR_abt that was injected")
at(K + "fpsimd.c", "kvm_arch_vcpu_put_fp")
row("sync_fp", "fpsimd_save_and_flush_cpu_state();",
    "{ if (!$) { @ } }",
    "after an exit KVM_GET_ONE_REG gives the guest's V registers")

# -------------------------------------------------------------------- nested
area("nested")
NV = {"mode": "nested"}
at(K + "inject_fault.c", "exception_target_el")
row("nv_host_el0", "vcpu_el2_tge_is_set(vcpu)", "(!$ && (@))",
    "from a guest hypervisor's EL0 (TGE) the exception goes to EL2", **NV)
row("nv_el2_to_el1", "return PSR_MODE_EL2h;",
    "{ if ($) { return PSR_MODE_EL1h; } @ }",
    "from vEL2 the exception goes to vEL2", **NV)
at(K + "inject_fault.c", "exception_far_elx")
row("nv_far_el1", "return FAR_EL2;", "{ if ($) { return FAR_EL1; } @ }",
    "at vEL2 the address is in FAR_EL2", **NV)
at(K + "inject_fault.c", "exception_esr_elx")
row("nv_esr_el1", "return ESR_EL2;", "{ if ($) { return ESR_EL1; } @ }",
    "at vEL2 the syndrome is in ESR_EL2", **NV)
at(K + "inject_fault.c", "kvm_sea_target_is_el2")
row("nv_tea", "HCR_TGE | HCR_TEA", "($ ? HCR_TGE : (@))",
    "with HCR_EL2.TEA an external abort of L2 goes to vEL2", **NV)
row("nv_tea_tge", "HCR_TGE | HCR_TEA", "($ ? HCR_TEA : (@))",
    "with HCR_EL2.TGE an external abort goes to vEL2",
    equivalent="asked only where is_nested_ctxt(), which is false with TGE",
    **NV)
at(K + "inject_fault.c", "kvm_inject_sea")
row("nv_sea_to_l1", "kvm_sea_target_is_el2(vcpu)", "($ || (@))",
    "without HCR_EL2.TEA an external abort of L2 is L2's own", **NV)
row("nv_sea_to_l2", "is_nested_ctxt(vcpu) && kvm_sea_target_is_el2(vcpu)",
    "(!$ && (@))",
    "with HCR_EL2.TEA an external abort of L2 goes to vEL2", **NV)
at(K + "emulate-nested.c", "kvm_inject_nested_sea")
row("nv_sea_far", "vcpu_write_sys_reg(vcpu, addr, FAR_EL2);",
    "{ if (!$) { @ } }",
    "FAR_EL2 is the address of L2's access", **NV)
row("nv_sea_il", "esr |= ESR_ELx_FSC_EXTABT | ESR_ELx_IL;",
    "{ @ if ($) { esr &= ~(u64)ESR_ELx_IL; } }", "IL is 1 in the abort's syndrome", **NV)
row("nv_sea_class", "iabt ? ESR_ELx_EC_IABT_LOW : ESR_ELx_EC_DABT_LOW",
    "($ ? ESR_ELx_EC_DABT_CUR : (@))",
    "an abort of L2 comes from a lower level", **NV)
at(K + "hyp/exception.c", "enter_exception64")
row("nv_elr", "vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu), ELR_EL2);",
    "{ if ($) { vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu), ELR_EL1); } else"
    " { @ } }",
    "ELR_EL2 is the instruction that accessed", **NV)
row("nv_vbar", "vbar = vcpu_read_sys_reg(vcpu, VBAR_EL2);",
    "{ @ if ($) { vbar = vcpu_read_sys_reg(vcpu, VBAR_EL1); } }",
    "at vEL2 the vector is where VBAR_EL2 says", **NV)
row("nv_sctlr", "sctlr = vcpu_read_sys_reg(vcpu, SCTLR_EL2);",
    "{ @ if ($) { sctlr = vcpu_read_sys_reg(vcpu, SCTLR_EL1); } }",
    "at vEL2 PAN and SSBS follow SCTLR_EL2", **NV)
at(K + "hyp/exception.c", "__vcpu_write_spsr")
row("nv_spsr", "vcpu_write_sys_reg(vcpu, val, SPSR_EL2);",
    "{ if ($) { vcpu_write_sys_reg(vcpu, val & ~(u64)PSR_MODE_MASK, "
    "SPSR_EL2); } else { @ } }",
    "SPSR_EL2 says which level the access came from", **NV)
at(K + "mmu.c", "kvm_handle_guest_abort")
row("nv_l2_ipa", "ret = io_mem_abort(vcpu, ipa);",
    "{ if ($ && nested) { ipa = fault_ipa | "
    "FAR_TO_FIPA_OFFSET(kvm_vcpu_get_hfar(vcpu)); } @ }",
    "fault_ipa is L1's IPA, not L2's", history="fd276e71d1e7", **NV)
row("nv_hole_of_l1",
    "ret = kvm_walk_nested_s2(vcpu, fault_ipa, &nested_trans);",
    "{ @ if ($ && ret == 1) { ret = io_mem_abort(vcpu, fault_ipa); goto "
    "out_unlock; } }",
    "a hole in L1's stage 2 is a fault for L1, no exit", **NV)
row("nv_s2_ignored", "vcpu->arch.hw_mmu->nested_stage2_enabled", "(!$ && (@))",
    "L2's IPA goes through L1's stage 2", **NV)
at(K + "nested.c", "kvm_inject_s2_fault")
row("nv_s2_far", "vcpu_write_sys_reg(vcpu, vcpu->arch.fault.far_el2, FAR_EL2);",
    "{ if (!$) { @ } }", "a hole in L1's stage 2 gives L1 the address", **NV)
row("nv_s2_hpfar",
    "vcpu_write_sys_reg(vcpu, vcpu->arch.fault.hpfar_el2, HPFAR_EL2);",
    "{ if (!$) { @ } }", "a hole in L1's stage 2 gives L1 the IPA", **NV)
at(K + "nested.c", "walk_nested_s2_pgd")
row("nv_block_offset", "(ipa & GENMASK_ULL(addr_bottom - 1, 0))",
    "($ ? 0 : (@))",
    "fault_ipa has the offset in a block of L1's stage 2", **NV)
at(K + "nested.c", "kvm_walk_nested_s2")
row("nv_s2_iss", "result->esr |= (kvm_vcpu_get_esr(vcpu) & ~ESR_ELx_FSC);",
    "{ if (!$) { @ } }", "a hole in L1's stage 2 gives L1 the whole syndrome", **NV)
at(K + "hyp/vhe/sysreg-sr.c", "__sysreg_save_vel2_state")
row("nv_sync_far", "__vcpu_assign_sys_reg(vcpu, FAR_EL2, read_sysreg_el1(SYS_FAR));",
    "{ if (!$) { @ } }", "after an exit at vEL2 KVM_GET_ONE_REG gives its FAR_EL2", **NV)
at(K + "hyp/vhe/sysreg-sr.c", "__sysreg_restore_vel2_state")
row("nv_load_esr", "write_sysreg_el1(__vcpu_sys_reg(vcpu, ESR_EL2), SYS_ESR);",
    "{ if (!$) { @ } }", "vEL2 sees the ESR_EL2 that was injected", **NV)

# ----------------------------------------------------------------- protected
area("protected")
PV = {"mode": "protected"}
at(K + "arm.c", "kvm_vm_ioctl_check_extension")
row("pvm_cap_shown", "is_protected_kvm_enabled() && !kvm_pkvm_ext_allowed(kvm, ext)",
    "(!($ && ext == KVM_CAP_ARM_NISV_TO_USER) && (@))",
    "a protected VM does not have the capability", history="3b467b16582c", **PV)
row("pvm_cap_hidden", "is_protected_kvm_enabled() && !kvm_pkvm_ext_allowed(kvm, ext)",
    "((@) || ($ && is_protected_kvm_enabled() && ext == "
    "KVM_CAP_ARM_NISV_TO_USER))",
    "beside protected VMs other VMs have the capability", **PV)
at(K + "arm.c", "kvm_vm_ioctl_enable_cap")
row("pvm_cap_enabled",
    "is_protected_kvm_enabled() && !kvm_pkvm_ext_allowed(kvm, cap->cap)",
    "(!($ && cap->cap == KVM_CAP_ARM_NISV_TO_USER) && (@))",
    "a protected VM does not take the capability: EINVAL",
    history="3b467b16582c", **PV)
row("pvm_cap_refused",
    "is_protected_kvm_enabled() && !kvm_pkvm_ext_allowed(kvm, cap->cap)",
    "((@) || ($ && is_protected_kvm_enabled() && cap->cap == "
    "KVM_CAP_ARM_NISV_TO_USER))",
    "beside protected VMs other VMs take the capability", **PV)
at(K + "mmio.c", "io_mem_abort")
row("pvm_exits", "vcpu_is_protected(vcpu)", "(!$ && (@))",
    "a protected guest gets the abort, user space no exit",
    history="92536992cfd4", **PV)
row("pvm_all_aborted", "vcpu_is_protected(vcpu)",
    "($ ? is_protected_kvm_enabled() : (@))",
    "beside protected VMs the exit is as it is", **PV)
row("pvm_far_ipa", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_dabt(vcpu, fault_ipa) : (@))",
    "a protected guest's abort has the virtual address", **PV)
row("pvm_iabt", "kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu))",
    "($ ? kvm_inject_sea_iabt(vcpu, kvm_vcpu_get_hfar(vcpu)) : (@))",
    "a protected guest's abort is a data abort", **PV)
at(K + "mmu.c", "kvm_arch_prepare_memory_region")
row("pvm_readonly_slot",
    "new->flags & (KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)", "(!$ && (@))",
    "a protected VM has no read-only slots: EPERM", **PV)
row("pvm_slot_deleted", "change == KVM_MR_DELETE || change == KVM_MR_MOVE",
    "(!$ && (@))",
    "the slots of a protected VM stay once it has run: EPERM", **PV)
at(K + "handle_exit.c", "handle_exit_pkvm_state")
row("npvm_not_synced", "kvm_call_hyp_nvhe(__pkvm_vcpu_sync_state);",
    "{ if (!$) { @ } }",
    "beside protected VMs an exit shows the guest's registers", **PV)
row("npvm_not_dirty", "vcpu_set_flag(vcpu, PKVM_HOST_STATE_DIRTY);",
    "{ if (!$) { @ } }",
    "beside protected VMs the guest sees what user space changed at the exit", **PV)
HM = K + "hyp/nvhe/hyp-main.c"
at(HM, "sync_hyp_vcpu")
row("npvm_fault_lost", "host_vcpu->arch.fault = hyp_vcpu->vcpu.arch.fault;",
    "{ if (!$) { @ } }", "beside protected VMs the exit has the fault's description", **PV)
row("npvm_fault_far", "host_vcpu->arch.fault = hyp_vcpu->vcpu.arch.fault;",
    "{ @ if ($) { host_vcpu->arch.fault.far_el2 = 0; } }",
    "beside protected VMs fault_ipa has its low bits", **PV)
row("npvm_pc", "host_vcpu->arch.ctxt.regs.pc = hyp_vcpu->vcpu.arch.ctxt.regs.pc;",
    "{ if (!$) { @ } }", "beside protected VMs an exit traces the guest's PC", **PV)
row("npvm_iflags", "host_vcpu->arch.iflags = hyp_vcpu->vcpu.arch.iflags;",
    "{ if (!$) { @ } }",
    "beside protected VMs an exception is taken once", **PV)
at(HM, "flush_hyp_vcpu")
row("npvm_flush", "flush_hyp_vcpu_state(hyp_vcpu);", "{ if (!$) { @ } }",
    "beside protected VMs the guest sees what user space changed at the exit", **PV)
row("npvm_vsesr", "hyp_vcpu->vcpu.arch.vsesr_el2 = host_vcpu->arch.vsesr_el2;",
    "{ if (!$) { @ } }", "beside protected VMs the guest sees serror_esr", **PV)
at(HM, "__copy_vcpu_state")
row("npvm_fp", "to_vcpu->arch.ctxt.fp_regs = from_vcpu->arch.ctxt.fp_regs;",
    "{ if (!$) { @ } }", "beside protected VMs an exit shows the V registers", **PV)
row("npvm_far_el1", "to_vcpu->arch.ctxt.sys_regs[i] = from_vcpu->arch.ctxt.sys_regs[i];",
    "{ if (!($ && i == FAR_EL1)) { @ } }",
    "beside protected VMs an injected abort has FAR_EL1", **PV)
at(HM, "handle___kvm_adjust_pc")
row("npvm_inject_lost", "hyp_pin_shared_mem(host_vcpu, host_vcpu + 1)",
    "($ || (@))",
    "beside protected VMs an abort can be injected", **PV)
at(K + "hyp/include/hyp/fault.h", "__get_fault_info")
row("nvhe_far_page", "fault->far_el2 = read_sysreg_el2(SYS_FAR);",
    "{ @ if ($) { fault->far_el2 &= PAGE_MASK; } }",
    "fault_ipa has its low bits", mode="nvhe")
row("nvhe_hpfar_stale", "hpfar = read_sysreg(hpfar_el2);",
    "{ static u64 last; @ if ($) { u64 now = hpfar; hpfar = last ? last : now; "
    "last = now; } }",
    "fault_ipa is of this access, not of the one before", mode="nvhe")
