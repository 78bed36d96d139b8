/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known deviations: what an emulator or an old kernel is known to do wrong.
 *
 *	DEVIATION(id, field, what, where, since, until, reference)
 *
 * field	the one compared field that it changes
 * since, until	releases; "until" is the first that does right, "" if none does
 *
 * A row changes no expectation. lib/deviation.c has three functions for each:
 * to which forms it applies, what it makes of the field, and whether it is
 * present on the machine at hand. A case that differs just so is XFAIL; one
 * that does not differ although the deviation is present fails: the row is
 * stale. Anything else that differs fails.
 */
DEVIATION(atomic_wnr, "esr_iss",
	  "ESR.WnR is 1 for an atomic that faults on its read",
	  "QEMU TCG with several vCPU threads (-smp 2 and more)",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_ELx.WnR: 0 for an atomic whose read would have faulted")
DEVIATION(atomic_untouched, "esr_iss of an untouched page",
	  "an atomic on a page of a read-only slot that is not mapped yet faults as a write",
	  "QEMU TCG with several vCPU threads (-smp 2 and more)",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_ELx.WnR: 0 for an atomic whose read would have faulted")
DEVIATION(casp_sp, "SP after CASP of X30 and XZR",
	  "CASP that compares X30 and XZR writes SP",
	  "QEMU TCG with several vCPU threads (-smp 2 and more)",
	  "QEMU 7.2, the oldest tried", "QEMU 10.0, or before",
	  "DDI0487 C6.2 CASP: register 31 is XZR")
DEVIATION(exclusive_wnr, "esr of an alignment fault",
	  "ESR.WnR is 1 for a load-exclusive that takes an alignment fault",
	  "QEMU TCG",
	  "QEMU 10.0, the oldest where it was seen; 7.2 has it right", "",
	  "DDI0487 ESR_ELx.WnR: 0 for a read")
DEVIATION(second_page_isv, "exit of a second page",
	  "an access of one register that faults on its second page has ISV=1",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_EL2.ISV: 0 where the fault is not on the lowest byte")
DEVIATION(device_unaligned, "fault of an unaligned access to Device",
	  "an access to Device memory that is not aligned takes no alignment fault",
	  "QEMU TCG, but for several vCPU threads (-smp 2 and more) from 10.0 on",
	  "QEMU 7.2, the oldest tried", "QEMU 11.1",
	  "DDI0487 B2.7.2: an alignment fault in stage 1")
DEVIATION(device_zva, "fault of DC ZVA on Device",
	  "DC ZVA on Device memory takes no alignment fault",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 C5.3.10 DC ZVA: an alignment fault on Device memory")
DEVIATION(store_exclusive_wnr, "esr_iss",
	  "ESR.WnR is 0 for a store-exclusive",
	  "QEMU TCG with one vCPU thread (-smp 1)",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_ELx.WnR: 1 for a store; TCG loads and compares first")
DEVIATION(cache_persistence, "exits",
	  "DC CVAP and DC CVADP fault as a load does, with CM 0",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_ELx.CM: 1 for cache maintenance, which KVM skips")
DEVIATION(tags_shared, "each granule has its tag",
	  "all granules of a page share one pair of allocation tags",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "QEMU 10.0",
	  "DDI0487 D10.1: an Allocation Tag for each 16 bytes")
DEVIATION(mmio_sign_ext, "Rt",
	  "KVM zero-extends what LDRSB, LDRSH and LDRSW load from a device",
	  "Linux",
	  "5.10, the oldest tried", "7.3",
	  "arch/arm64/kvm/mmio.c: kvm_handle_mmio_return()")
DEVIATION(abort_esr_64, "esr",
	  "bits 63 to 32 of the injected abort's ESR are set",
	  "Linux",
	  "6.1, the oldest tried", "6.12",
	  "arch/arm64/kvm/inject_fault.c: inject_abt64()")
DEVIATION(abort_il_16, "il of an abort",
	  "IL of an abort that is injected after a 16-bit load or store with a syndrome is 0",
	  "Linux",
	  "5.10, the oldest tried", "7.3",
	  "arch/arm64/kvm/inject_fault.c: inject_abt64() takes IL from the last exit")
DEVIATION(abort_after_init, "abort after init",
	  "an injected abort that the guest has not taken outlives KVM_ARM_VCPU_INIT",
	  "Linux",
	  "6.1, the oldest tried", "7.3",
	  "arch/arm64/kvm/reset.c: kvm_reset_vcpu() keeps the pending exception")
DEVIATION(enosys_logged, "ENOSYS in the log",
	  "the kernel's log has a line for ENOSYS, at most 10 in 5 seconds",
	  "Linux",
	  "6.1, the oldest tried", "6.12",
	  "arch/arm64/kvm/mmio.c: io_mem_abort()")
DEVIATION(events_before_init, "events before init",
	  "KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS work before KVM_ARM_VCPU_INIT",
	  "Linux",
	  "6.1, the oldest tried", "6.12",
	  "arch/arm64/kvm/arm.c: kvm_arch_vcpu_ioctl()")
DEVIATION(abort_in_spite, "abort in spite of EINVAL",
	  "KVM_SET_VCPU_EVENTS injects the abort and then refuses the SError beside it",
	  "Linux",
	  "7.3, the oldest where it was seen; 6.12 has it right", "",
	  "arch/arm64/kvm/guest.c: __kvm_arm_vcpu_set_events() checks too late")
DEVIATION(serror_stays, "SError still pending",
	  "a masked SError stays pending after the guest has taken it",
	  "Linux, kvm-arm.mode=protected",
	  "7.3, the oldest where it was seen; 6.12 has it right", "",
	  "arch/arm64/kvm/hyp/nvhe/hyp-main.c: sync_hyp_vcpu() leaves out hcr_el2")
DEVIATION(mmio_after_init, "PC moved after init",
	  "KVM_ARM_VCPU_INIT after KVM_EXIT_MMIO: the next KVM_RUN skips an instruction",
	  "Linux",
	  "6.1, the oldest tried", "",
	  "arch/arm64/kvm/reset.c: kvm_reset_vcpu() keeps mmio_needed")
DEVIATION(load_after_init, "Rt loaded after init",
	  "KVM_ARM_VCPU_INIT after KVM_EXIT_MMIO of a load: the next KVM_RUN loads Rt",
	  "Linux",
	  "6.1, the oldest tried", "",
	  "arch/arm64/kvm/reset.c: kvm_reset_vcpu() keeps mmio_needed")
DEVIATION(serror_after_init, "SError after init",
	  "a pending SError outlives KVM_ARM_VCPU_INIT",
	  "Linux",
	  "6.12, the oldest where it was seen; 6.1 has it right", "",
	  "arch/arm64/include/asm/kvm_emulate.h: vcpu_reset_hcr() keeps HCR_VSE")
DEVIATION(sp_after_init, "SP_EL1 kept by init",
	  "KVM_ARM_VCPU_INIT leaves SP_EL1, which api.rst says is 0",
	  "Linux",
	  "6.1, the oldest tried", "",
	  "arch/arm64/kvm/sys_regs.c: SP_EL1 has no reset function")
DEVIATION(power_off_fixed, "POWER_OFF at a restart",
	  "KVM_ARM_VCPU_POWER_OFF must be as it was at the first KVM_ARM_VCPU_INIT",
	  "Linux",
	  "6.1, the oldest tried", "6.12",
	  "arch/arm64/kvm/arm.c: kvm_vcpu_set_target()")
DEVIATION(walk_fsc, "fsc of a walk",
	  "the abort of a failed stage-1 walk does not say that it was a walk",
	  "Linux",
	  "6.1, the oldest tried", "7.3",
	  "arch/arm64/kvm/inject_fault.c: inject_abt64() gives ESR_ELx_FSC_EXTABT")
DEVIATION(far_beyond, "far is the IPA",
	  "FAR of an access beyond the VM's IPA size is the IPA, not the VA",
	  "Linux",
	  "6.1, the oldest tried", "",
	  "arch/arm64/kvm/mmu.c: kvm_handle_guest_abort() injects with fault_ipa")
DEVIATION(abort_not_saved, "abort saved",
	  "an injected abort is not among what is saved before KVM_RUN is called again",
	  "Linux",
	  "6.1, the oldest tried", "7.3",
	  "efa1368ba9f4 KVM: arm64: Commit exceptions from KVM_SET_VCPU_EVENTS immediately")
DEVIATION(mmio_and_abort, "the handler's first instruction runs",
	  "an abort injected after KVM_EXIT_MMIO: the access completes in spite of it, and PC moves past the vector",
	  "Linux",
	  "5.10, the oldest tried", "6.1",
	  "e735a5da6442 KVM: arm64: Don't retire aborted MMIO instruction")
DEVIATION(typer_last, "GICR_TYPER.Last",
	  "for user space no redistributor of the vGIC is the last one",
	  "Linux",
	  "5.10, the oldest tried", "5.13",
	  "28e9d4bce3be KVM: arm64: vgic-v3: Expose GICR_TYPER.Last for userspace")
DEVIATION(el0_be_store, "data, big-endian",
	  "the byte order of a 64-bit EL0 is taken to be that of EL1, for a store to a device",
	  "Linux",
	  "5.10, the oldest tried", "6.1",
	  "arch/arm64/include/asm/kvm_emulate.h: kvm_vcpu_is_be() looks at SCTLR_EL1.EE only")
DEVIATION(el0_be_load, "Rt, big-endian",
	  "the byte order of a 64-bit EL0 is taken to be that of EL1, for a load from a device",
	  "Linux",
	  "5.10, the oldest tried", "6.1",
	  "arch/arm64/include/asm/kvm_emulate.h: kvm_vcpu_is_be() looks at SCTLR_EL1.EE only")
DEVIATION(step_ss, "PSTATE.SS, stepped",
	  "single-stepped, a guest's PSTATE.SS is 1 at the exit",
	  "Linux",
	  "5.10, the oldest tried", "6.1",
	  "arch/arm64/kvm/debug.c: kvm_arm_setup_debug() leaves it set")
DEVIATION(step_lost, "a completed access is a step",
	  "single-stepped, an access that KVM completes is no step of its own",
	  "Linux",
	  "5.10, the oldest tried", "6.1",
	  "arch/arm64/kvm/debug.c: kvm_arm_setup_debug() sets PSTATE.SS anew")
DEVIATION(step_forgotten, "a completed access stays a step",
	  "completed by a KVM_RUN with immediate_exit, an access is no step of its own",
	  "Linux",
	  "5.10, the oldest tried", "7.3",
	  "arch/arm64/kvm/debug.c: kvm_arm_setup_debug() sets PSTATE.SS anew")
DEVIATION(ipa_unlimited, "the IPA size is a limit",
	  "the VM's IPA size does not limit what the guest can touch",
	  "Linux; from 7.3 on in kvm-arm.mode=protected",
	  "5.10, the oldest tried, to 5.17; and again 7.3, the oldest where it was seen", "",
	  "85ea6b1ec915 (5.18); arch/arm64/kvm/mmu.c: kvm_init_stage2_mmu() has the host's size")
DEVIATION(machine_unlimited, "the machine's IPA size is a limit",
	  "an access beyond every IPA that a VM can have exits",
	  "Linux",
	  "5.10, the oldest tried", "5.18",
	  "85ea6b1ec915 KVM: arm64: Inject exception on out-of-IPA-range fault (5.18)")
DEVIATION(slots_unlimited, "the IPA size limits slots",
	  "the VM's IPA size does not limit where slots can be",
	  "Linux, kvm-arm.mode=protected",
	  "7.3, the oldest where it was seen", "",
	  "arch/arm64/kvm/mmu.c: kvm_init_stage2_mmu() has the host's size there")
DEVIATION(ring_end_overrun, "a ring that is full at its end",
	  "a coalesced ring whose last entry alone is free takes one store more, and is empty then",
	  "Linux",
	  "6.1, the oldest tried", "6.12",
	  "virt/kvm/coalesced_mmio.c: coalesced_mmio_has_room() reckons modulo 2^32")
DEVIATION(a32_swp, "undefined",
	  "a 32-bit guest has SWP and SWPB, which Armv8 does not have",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ID_ISAR0.Swap: 0")
DEVIATION(a32_stored_bank, "data",
	  "a store of SP or LR in a mode of its own gives those of User mode",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_EL2.SRT: the A64 number of the register (D1.6.4)")
DEVIATION(a32_loaded_bank, "loaded X register",
	  "a load of SP or LR in a mode of its own loads those of User mode",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_EL2.SRT: the A64 number of the register (D1.6.4)")
DEVIATION(a32_strex_wnr, "esr_iss",
	  "ESR.WnR is 0 for a store-exclusive of a 32-bit guest",
	  "QEMU TCG with one vCPU thread (-smp 1)",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 ESR_ELx.WnR: 1 for a store")
DEVIATION(a32_spsr_stale, "the handler's SPSR",
	  "after a return from EL2 to another AArch32 mode SPSR is that of the mode before",
	  "QEMU TCG",
	  "QEMU 7.2, the oldest tried", "",
	  "DDI0487 D1.6.4: SPSR_abt is the register that EL2 has written")
DEVIATION(a32_serror_lost, "SError taken",
	  "an SError for a 32-bit guest that has CPSR.A clear does not come, and DFSR is overwritten",
	  "Linux",
	  "7.3, the oldest where it was seen; 6.12 has it right", "",
	  "arch/arm64/kvm/inject_fault.c: kvm_inject_serror_esr() pends an AArch64 exception")
DEVIATION(tfsr_lost, "TFSR is the guest's",
	  "TFSR_EL1 and TFSRE0_EL1 of a guest with FEAT_MTE are neither saved nor restored",
	  "Linux, kvm-arm.mode=protected",
	  "6.12, the oldest where it was seen; 6.1 has it right, and 7.3 no FEAT_MTE there", "",
	  "arch/arm64/kvm/hyp/nvhe/pkvm.c: the hypervisor's VM does not have the flags of KVM's")
DEVIATION(abort_to_l1_oops, "the host survives an abort to L1",
	  "KVM_SET_VCPU_EVENTS crashes the host when L2 runs and the exception is L1's",
	  "Linux, kvm-arm.mode=nested",
	  "7.3, the oldest tried; taken to be there before 7.4, and tried from 7.4 on", "",
	  "arch/arm64/kvm/emulate-nested.c: kvm_inject_nested() puts a vCPU that is not loaded")
DEVIATION(hpfar_ns, "hpfar",
	  "HPFAR_EL2 of a guest hypervisor has NS set when its stage 2 faults",
	  "Linux, kvm-arm.mode=nested",
	  "7.3, the oldest tried", "",
	  "arch/arm64/kvm/nested.c: kvm_inject_s2_fault() gives KVM's own copy, which uses NS")
DEVIATION(no_slot_no_permission, "L1's permissions first",
	  "what a guest hypervisor does not permit its guest is an exit where no slot is",
	  "Linux, kvm-arm.mode=nested",
	  "7.3, the oldest tried", "",
	  "arch/arm64/kvm/nested.c: kvm_s2_handle_perm_fault() looks at permission faults only")
DEVIATION(walk_fsc_to_l1, "fsc of L2's walk",
	  "the abort of L2's failed walk does not say to L1 that it was a walk",
	  "Linux, kvm-arm.mode=nested",
	  "7.3, the oldest tried", "",
	  "arch/arm64/kvm/emulate-nested.c: kvm_inject_nested_sea() gives ESR_ELx_FSC_EXTABT")
DEVIATION(table_efault, "KVM_RUN on L1's table",
	  "KVM_RUN is EFAULT where a table of a guest hypervisor's stage 2 is in no slot; L1 has its abort",
	  "Linux, kvm-arm.mode=nested",
	  "7.3, the oldest tried", "",
	  "arch/arm64/kvm/mmu.c: kvm_handle_guest_abort() returns what kvm_walk_nested_s2() did")
