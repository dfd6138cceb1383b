// SPDX-License-Identifier: GPL-2.0-or-later
/* Text of others, harmless for a terminal. */
#include <string.h>

#include "known.h"

/* Length of the UTF-8 character at p and its number; 0: none. */
static size_t character(const uint8_t *p, size_t len, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 :
		   p[0] >> 3 == 30 ? 4 : 0, i;

	if (!n || n > len)
		return 0;
	*c = n == 1 ? p[0] : p[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return n;
}

/* Controls, marks of direction, separators of lines, invisible and private ones. */
static bool harmless(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e)
		return false;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb))
		return false;
	return !(c >= 0xe000 && c <= 0xf8ff) && c < 0xe0000 && (c & 0xfffe) != 0xfffe;
}

void known_plain(const uint8_t *text, size_t len, char *buf, size_t size)
{
	size_t at = 0, n, i;
	uint32_t c = 0;

	for (i = 0; i < len; i += n ?: 1) {
		n = character(text + i, len - i, &c);
		if (n && harmless(c) && c != '\\') {
			if (at + n >= size)
				break;
			memcpy(buf + at, text + i, n);
			at += n;
			continue;
		}
		n = 1;
		if (at + 4 >= size)
			break;
		snprintf(buf + at, size - at, "\\x%02x", text[i]);
		at += 4;
	}
	buf[at] = 0;
}
