// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fingerprints for the telephone: each 16 bits are a word that can be spoken, consonant,
 * vowel, consonant, vowel, consonant (the alphabet of Wilkerson's "proquints").  After
 * the 16 words of the fingerprint two more hold its CRC-32.
 */
#include <ctype.h>
#include <string.h>

#include "known.h"

#define WORDS	(BTNS_FINGERPRINT_LEN / 2 + 2)

static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou";

static uint32_t crc32_of(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffff;
	unsigned int i;

	while (len--) {
		crc ^= *p++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void with_crc(const uint8_t fp[BTNS_FINGERPRINT_LEN], uint8_t all[2 * WORDS])
{
	const uint32_t crc = crc32_of(fp, BTNS_FINGERPRINT_LEN);
	unsigned int i;

	memcpy(all, fp, BTNS_FINGERPRINT_LEN);
	for (i = 0; i < 4; i++)
		all[BTNS_FINGERPRINT_LEN + i] = (uint8_t)(crc >> (24 - 8 * i));
}

void known_words(const uint8_t fp[BTNS_FINGERPRINT_LEN], char text[KNOWN_WORDS_TEXT])
{
	uint8_t all[2 * WORDS];
	unsigned int i, v;
	char *p = text;

	with_crc(fp, all);
	for (i = 0; i < WORDS; i++) {
		v = (unsigned int)all[2 * i] << 8 | all[2 * i + 1];
		if (i)
			*p++ = ' ';
		*p++ = consonants[v >> 12];
		*p++ = vowels[v >> 10 & 3];
		*p++ = consonants[v >> 6 & 15];
		*p++ = vowels[v >> 4 & 3];
		*p++ = consonants[v & 15];
	}
	*p = 0;
}

/* Five letters; -1: no such word. */
static int word(const char *p)
{
	const char *c[5];
	unsigned int i;

	for (i = 0; i < 5; i++) {
		c[i] = p[i] ? strchr(i % 2 ? vowels : consonants,
				     tolower((unsigned char)p[i])) : NULL;
		if (!c[i])
			return -1;
	}
	return (int)((c[0] - consonants) << 12 | (c[1] - vowels) << 10 |
		     (c[2] - consonants) << 6 | (c[3] - vowels) << 4 | (c[4] - consonants));
}

const char *known_words_parse(const char *text, uint8_t fp[BTNS_FINGERPRINT_LEN])
{
	uint8_t all[2 * WORDS], good[2 * WORDS];
	unsigned int n = 0;
	int v;

	for (;;) {
		text += strspn(text, " \t\n-,.");
		if (!*text)
			break;
		v = word(text);
		if (v < 0 || isalnum((unsigned char)text[5]))
			return "not words of a fingerprint";
		if (n == WORDS)
			return "too many words: 18 make a fingerprint";
		all[2 * n] = (uint8_t)(v >> 8);
		all[2 * n + 1] = (uint8_t)v;
		n++;
		text += 5;
	}
	if (n != WORDS)
		return "too few words: 18 make a fingerprint";
	with_crc(all, good);
	if (memcmp(all, good, sizeof(all)))
		return "the last two words do not fit the others: one was misheard";
	memcpy(fp, all, BTNS_FINGERPRINT_LEN);
	return NULL;
}
