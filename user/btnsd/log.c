// SPDX-License-Identifier: GPL-2.0-or-later
/* Log to standard error; with the journal's priorities when it listens there. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../ike/cert.h"
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
	char ip[INET6_ADDRSTRLEN] = "-";

	if (a->family == AF_INET || a->family == AF_INET6)
		inet_ntop(a->family, a->ip, ip, sizeof(ip));
	if (!a->port)
		snprintf(buf, ADDR_TEXT, "%s", ip);
	else
		snprintf(buf, ADDR_TEXT, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip,
			 a->port);
	return buf;
}

static void id_text(const struct ike_identity *id, char *buf, size_t size)
{
	char ip[INET6_ADDRSTRLEN];
	size_t i, n;

	switch (id->id_type) {
	case BTNS_ID_FQDN:
	case BTNS_ID_RFC822_ADDR:
		for (i = 0; i < id->id_len && i + 1 < size; i++)
			buf[i] = isprint(id->id[i]) ? (char)id->id[i] : '?';
		buf[i] = 0;
		return;
	case BTNS_ID_IPV4_ADDR:
	case BTNS_ID_IPV6_ADDR:
		if (id->id_len == (id->id_type == BTNS_ID_IPV4_ADDR ? 4 : 16)) {
			inet_ntop(id->id_type == BTNS_ID_IPV4_ADDR ? AF_INET : AF_INET6, id->id,
				  ip, sizeof(ip));
			snprintf(buf, size, "%s", ip);
			return;
		}
		break;
	case BTNS_ID_NULL:
		snprintf(buf, size, "anonymous");
		return;
	}
	n = (size_t)snprintf(buf, size, "%s:", id->id_type == BTNS_ID_KEY_ID ? "keyid" : "id");
	for (i = 0; i < id->id_len && n + 3 < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%02x", id->id[i]);
}

const char *identity_text(const struct ike_identity *id, char buf[ID_TEXT])
{
	struct chunk c = CHUNK(id->spki, id->spki_len);
	char fp[FINGERPRINT_TEXT_LEN];
	uint8_t hash[32];
	size_t n = 0;

	if (id->spki_len) {
		crypto_sha256(hash, &c, 1);
		key_fingerprint_text(fp, hash);
		n = (size_t)snprintf(buf, ID_TEXT, "%s ", fp);
		/* the usual ID repeats the fingerprint */
		if (id->id_type == BTNS_ID_KEY_ID && id->id_len == 32 &&
		    !memcmp(id->id, hash, 32)) {
			buf[n - 1] = 0;
			return buf;
		}
	}
	id_text(id, buf + n, ID_TEXT - n);
	return buf;
}
