// SPDX-License-Identifier: GPL-2.0-or-later
/* Log to standard error; with the journal's priorities when it listens there. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"
#include "../ike/crypto.h"
#include "btns.h"
#include "btnsd.h"

static int level_now = LOG_NOTICE;
static bool journal;

void log_start(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	/* systemd.exec(5): set, and still the file behind standard error? */
	journal = stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
		  !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
	setvbuf(stderr, NULL, _IOLBF, 0);
}

void log_level(int level)
{
	level_now = level;
}

int log_level_now(void)
{
	return level_now;
}

bool log_wants(int level)
{
	return level <= level_now;
}

void log_at(int level, const char *format, ...)
{
	static const char *const names[] = { "", "", "", "error", "warning", "notice",
					     "info", "debug" };
	char line[1024], *p;
	struct timespec ts;
	struct tm tm;
	va_list ap;

	if (level > level_now)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	/* peers choose their IDs: nothing of them may move the terminal */
	for (p = line; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	if (journal) {
		fprintf(stderr, "<%d>%s\n", level, line);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	fprintf(stderr, "%02d:%02d:%02d.%03ld btnsd: %s%s%s\n", tm.tm_hour, tm.tm_min,
		tm.tm_sec, ts.tv_nsec / 1000000, level <= LOG_WARNING ? names[level] : "",
		level <= LOG_WARNING ? ": " : "", line);
}

const char *addr_text(const struct ike_addr *a, char buf[ADDR_TEXT])
{
	if (a->port)
		show_endpoint(a->family, a->ip, a->port, buf);
	else
		show_addr(a->family, a->ip, buf);
	return buf;
}

static void id_text(const struct ike_identity *id, char *buf, size_t size)
{
	union {
		struct btns_id_info info;
		uint8_t room[BTNS_ID_INFO_MAX];
	} u = { .info = { .type = id->id_type } };

	u.info.len = id->id_len < BTNS_ID_MAX ? id->id_len : BTNS_ID_MAX;
	if (u.info.len)
		memcpy(u.info.data, id->id, u.info.len);
	/* a long one is cut */
	btns_id_text(&u.info, sizeof(u), buf, size);
}

const char *identity_text(const struct ike_identity *id, char buf[ID_TEXT])
{
	struct chunk c = CHUNK(id->spki, id->spki_len);
	uint8_t hash[BTNS_FINGERPRINT_LEN];
	size_t n = 0;

	if (id->spki_len) {
		crypto_sha256(hash, &c, 1);
		btns_fingerprint_text(hash, buf, ID_TEXT);
		/* the usual ID repeats the fingerprint */
		if (id->id_type == BTNS_ID_KEY_ID && id->id_len == sizeof(hash) &&
		    !memcmp(id->id, hash, sizeof(hash)))
			return buf;
		n = strlen(buf);
		buf[n++] = ' ';
	}
	id_text(id, buf + n, ID_TEXT - n);
	return buf;
}
