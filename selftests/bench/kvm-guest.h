/* SPDX-License-Identifier: GPL-2.0-only */
/* What kvm-peer.c and its guest agree on. */
#ifndef KVM_GUEST_H
#define KVM_GUEST_H

#define GUEST_CODE	0x1000
#define GUEST_SAMPLES	0x2000
#define GUEST_MEMORY	0x4000
#define SAMPLES		1001		/* of 4 bytes each */
#define FREE_NUMBER	0x12345678	/* no hypercall of KVM's */

#endif /* KVM_GUEST_H */
