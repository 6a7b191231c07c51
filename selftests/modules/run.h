/* SPDX-License-Identifier: GPL-2.0-only */
/* Each executes one instruction with the registers of *regs: see run.S. */
#ifndef UVTEST_RUN_H
#define UVTEST_RUN_H

#include "uvtest.h"

typedef void (*run_func_t)(struct uvtest_regs *regs);

void uvtest_run_vmmcall(struct uvtest_regs *regs);
void uvtest_run_vmcall(struct uvtest_regs *regs);
void uvtest_run_vmrun(struct uvtest_regs *regs);
void uvtest_run_vmload(struct uvtest_regs *regs);
void uvtest_run_vmsave(struct uvtest_regs *regs);
void uvtest_run_stgi(struct uvtest_regs *regs);
void uvtest_run_clgi(struct uvtest_regs *regs);
void uvtest_run_skinit(struct uvtest_regs *regs);
void uvtest_run_invlpga(struct uvtest_regs *regs);
void uvtest_run_vmxon(struct uvtest_regs *regs);
void uvtest_run_vmxoff(struct uvtest_regs *regs);
void uvtest_run_vmlaunch(struct uvtest_regs *regs);
void uvtest_run_vmptrld(struct uvtest_regs *regs);
void uvtest_run_vmread(struct uvtest_regs *regs);
void uvtest_run_xsetbv(struct uvtest_regs *regs);
void uvtest_run_read_cr4(struct uvtest_regs *regs);
void uvtest_run_write_cr4(struct uvtest_regs *regs);
void uvtest_run_getsec(struct uvtest_regs *regs);
void uvtest_run_invd(struct uvtest_regs *regs);
void uvtest_run_read_cr0(struct uvtest_regs *regs);
void uvtest_run_write_cr0(struct uvtest_regs *regs);

#endif /* UVTEST_RUN_H */
