// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies between the guest's virtual memory and the VMM, a walk a page. The guest
 * may change the bytes while they are copied; the VMM looks at its copy only.
 */
#include "core/guest.h"
#include "core/string.h"

#define ONES	0x0101010101010101ULL
#define HIGHS	0x8080808080808080ULL

static u64 to_page_end(u64 addr)
{
	return UV_PAGE_SIZE - addr % UV_PAGE_SIZE;
}

/*
 * The end of the lower half meets non-canonical addresses, which the walk refuses;
 * at the end of the upper half an address would start again at 0.
 */
static bool wraps(u64 addr, u64 len)
{
	return len && addr + (len - 1) < addr;
}

/*
 * Between @addr and the VMM's own @bytes, which a read fills and a write leaves alone.
 * Inlined, so that each of the two is a loop with one walk and one kind of copy.
 */
static __always_inline int copy(const struct guest_mmu *mmu, u64 addr, u8 *bytes,
				u64 len, enum guest_access access)
{
	void *host;

	if (wraps(addr, len))
		return -EFAULT;
	while (len) {
		u64 part = to_page_end(addr);

		if (part > len)
			part = len;
		if (guest_translate(mmu, gva(addr), access, &host))
			return -EFAULT;
		if (access == GUEST_WRITE)
			memcpy(host, bytes, part);
		else
			memcpy(bytes, host, part);
		bytes += part;
		addr += part;
		len -= part;
	}
	return 0;
}

int guest_read(const struct guest_mmu *mmu, void *dst, gva_t src, u64 len)
{
	return copy(mmu, gva_raw(src), dst, len, GUEST_READ);
}

int guest_write(const struct guest_mmu *mmu, gva_t dst, const void *src,
		u64 len)
{
	return copy(mmu, gva_raw(dst), (u8 *)src, len, GUEST_WRITE);
}

/*
 * Copy up to the NUL, which is copied too, or @max bytes. Eight at a time, as long
 * as none is NUL: a name's look-up spends its time here. What has been looked at is what
 * is stored: each byte is loaded once.
 *
 * Return: bytes before the NUL, @max if there is none.
 */
static u32 copy_string(char *dst, const char *src, u32 max)
{
	u32 done = 0;
	u64 word;

	while (max - done >= sizeof(word)) {
		__builtin_memcpy(&word, src + done, sizeof(word));
		__asm__ __volatile__("" : "+r" (word));
		/* Borrows make a byte's top bit rise only if one below is NUL */
		if ((word - ONES) & ~word & HIGHS)
			break;
		__builtin_memcpy(dst + done, &word, sizeof(word));
		done += sizeof(word);
	}
	for (; done < max; done++) {
		dst[done] = READ_ONCE(src[done]);
		if (!dst[done])
			break;
	}
	return done;
}

int guest_read_string(const struct guest_mmu *mmu, char *dst, gva_t src,
		      u32 size)
{
	u64 addr = gva_raw(src);
	u32 done = 0;
	void *host;

	while (done < size) {
		u32 part = (u32)to_page_end(addr);
		u32 got;

		if (part > size - done)
			part = size - done;
		if (guest_translate(mmu, gva(addr), GUEST_READ, &host))
			return -EFAULT;
		got = copy_string(dst + done, host, part);
		done += got;
		if (got < part)
			return (int)done;
		addr += part;
		if (!addr && done < size)
			return -EFAULT;
	}
	return -ENAMETOOLONG;
}
