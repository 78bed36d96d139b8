/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of instruction forms, as the architecture tells them apart when a
 * stage-2 data abort is reported:
 *
 *	CLASS(id, isv, title, why)
 *
 * isv		ESR_EL2.ISV that the architecture gives (Arm ARM DDI0487,
 *		ESR_EL2, "ISS encoding for an exception from a Data Abort")
 * why		the reason, as the diagnosis prints it
 */
CLASS(PLAIN, 1, "single register", "one register, no writeback, not exclusive: ISV=1")
CLASS(WRITEBACK, 0, "writeback", "writeback of the base register: ISS[23:14] cannot describe it")
CLASS(PAIR, 0, "pair", "two registers: ISS[23:14] has room for one")
CLASS(EXCLUSIVE, 0, "exclusive", "load/store exclusive: excluded from ISV=1")
CLASS(ATOMIC, 0, "atomic", "atomic read-modify-write: more than a load or a store")
CLASS(SWP, 0, "swap", "atomic swap: more than a load or a store")
CLASS(CAS, 0, "compare and swap", "atomic compare and swap: more than a load or a store")
CLASS(SIMD, 0, "SIMD&FP register", "ISS.SRT names general-purpose registers only")
CLASS(SIMD_PAIR, 0, "SIMD&FP pair", "ISS.SRT names one general-purpose register")
CLASS(SIMD_STRUCT, 0, "SIMD&FP structure", "ISS.SRT names one general-purpose register")
CLASS(DC_ZVA, 0, "DC ZVA", "zeroes a block by address: not a load or store of a register")
