/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The VMM call ABI: what a guest and the VMM beneath it agree on. Shared by
 * the VMM, the driver, the log reader and userspace; needs no other header.
 * The text of the contract is Documentation/vmm-call-abi.md.
 */
#ifndef UAPI_VMMCALL_ABI_H
#define UAPI_VMMCALL_ABI_H

/* Function numbers */
#define VMMCALL_GET_FUNCTION	0	/* look a name up; the only fixed number */
#define VMMCALL_FIRST_NUMBER	64	/* smaller ones belong to an outer hypervisor */
#define VMMCALL_NAME_MAX	255	/* bytes in a name, the NUL not counted */

/* Names of the functions of this VMM */
#define VMMCALL_NAME_DBGSH	"dbgsh"
#define VMMCALL_NAME_DBGSH_BULK	"dbgsh_bulk"
#define VMMCALL_NAME_LOG_SET_BUF "log_set_buf"
#define VMMCALL_NAME_LOG_WRITE	"log_write"
#define VMMCALL_NAME_GET_STATUS	"get_status"
#define VMMCALL_NAME_GET_STATUS_PART "get_status_part"
#define VMMCALL_NAME_GET_FUNCTIONS "get_functions"

/* "dbgsh": what ebx carries in and eax brings out */
#define DBGSH_NO_INPUT		(-1)	/* in: a pure poll */
#define DBGSH_IDLE		(-1)	/* out: nothing to say, no input wanted */
#define DBGSH_WANT_INPUT	0	/* out: give a byte in the next call */
#define DBGSH_NUL		0x100	/* in and out: the byte 0 */
#define DBGSH_ENDED		0x10a	/* out: the shell ended */

/*
 * "dbgsh_bulk": in: rbx and ecx, address and length of the input; rdx and esi,
 * address and size of a buffer for the output; edi, flags. Out: eax as below, ecx
 * and esi, the bytes consumed and the bytes stored; edi, how the last command went.
 */
#define DBGSH_BULK_RESET	0x1	/* in edi: as Ctrl-C, before anything else */
#define DBGSH_BULK_VISIT	0x2	/* in edi: only show this CPU's state to the shell */
#define DBGSH_BULK_MORE		1	/* out: there is more output */
#define DBGSH_BULK_REFUSED	(-1)	/* out: bad flags, length or address; no effect */
#define DBGSH_BULK_FAILED	1	/* out edi, else 0: the last command failed */
#define DBGSH_BULK_IN_MAX	256	/* bytes of input in a call */
#define DBGSH_BULK_OUT_MAX	4096	/* bytes of output in a call */

/*
 * "get_status_part": in: rbx and rcx, address and size of a buffer; rdx, 0 or what the
 * last call left there. Out: rax, 0, or 1 if nothing was done; rcx, the bytes stored;
 * rdx, where to go on, 0 at the end.
 */
#define STATUS_PART_MIN		256	/* a buffer of this size has room for any line */

/* "log_set_buf": the buffer starts with a 32-bit count of uncollected bytes */
#define VMMLOG_HEADER_SIZE	4

/* "log_write": in: rbx and ecx, address and length of a line's text */
#define VMMLOG_WRITE_MAX	400	/* bytes of text in a line */

#endif /* UAPI_VMMCALL_ABI_H */
