// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-sasl: passwords, and what a server keeps instead of them. */
#include <errno.h>
#include <fcntl.h>
#include <gsasl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sasl.h"

#define FILE_MAX	(1 << 20)
#define SALT_LEN	16
#define SALT_MIN	8
#define KEY_LEN		GSASL_HASH_SHA256_SIZE
#define SCHEME		"{SCRAM-SHA-256}"

char *sasl_read_fd(int fd)
{
	char *text = calloc(1, FILE_MAX + 1);
	size_t len = 0;
	ssize_t n = 0;

	while (text && len < FILE_MAX &&
	       (n = read(fd, text + len, FILE_MAX - len)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		len += n > 0 ? n : 0;
	}
	if (text && !n && !memchr(text, 0, len))
		return text;
	if (text && !n)
		errno = EINVAL;
	else if (text && n > 0)
		errno = EFBIG;
	sasl_forget(text);
	return NULL;
}

char *sasl_read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;
	int err;

	if (fd < 0)
		return NULL;
	/* as ssh(1): a secret that others can read is none */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mode & 077) {
		close(fd);
		errno = EPERM;
		return NULL;
	}
	text = sasl_read_fd(fd);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

void sasl_forget(char *secret)
{
	int err = errno;

	if (secret)
		sodium_memzero(secret, strlen(secret));
	free(secret);
	errno = err;
}

void sasl_one_line(char *text)
{
	size_t len = strcspn(text, "\r\n");

	sodium_memzero(text + len, strlen(text + len));
}

/* Base64 of exactly @want octets; 0: any that make a salt. */
static int copy_base64(char out[64], const char *text, size_t len, size_t want)
{
	unsigned char octets[64];
	size_t n;

	if (len >= 64 ||
	    sodium_base642bin(octets, sizeof(octets), text, len, NULL, &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) ||
	    (want ? n != want : n < SALT_MIN))
		return -1;
	memcpy(out, text, len);
	out[len] = 0;
	return 0;
}

/* "{SCRAM-SHA-256}iterations,salt,StoredKey,ServerKey[,...]" */
static int parse_entry(const char *p, size_t len, struct sasl_entry *e)
{
	const char *field[4];
	size_t flen[4], i;
	char *end;
	unsigned long v;

	if (len < strlen(SCHEME) || strncmp(p, SCHEME, strlen(SCHEME)))
		return -1;
	p += strlen(SCHEME);
	len -= strlen(SCHEME);
	for (i = 0; i < 4; i++) {
		const char *comma = memchr(p, ',', len);

		field[i] = p;
		flen[i] = comma ? (size_t)(comma - p) : len;
		if (!comma && i < 3)
			return -1;
		if (comma)
			comma++;
		len -= flen[i] + (comma ? 1 : 0);
		p = comma;
	}
	v = strtoul(field[0], &end, 10);
	if (end != field[0] + flen[0] || v < SASL_ITERATIONS_MIN ||
	    v > SASL_ITERATIONS_MAX)
		return -1;
	e->iterations = v;
	if (copy_base64(e->salt, field[1], flen[1], 0) ||
	    copy_base64(e->stored_key, field[2], flen[2], KEY_LEN))
		return -1;
	return copy_base64(e->server_key, field[3], flen[3], KEY_LEN);
}

/* Made of the file, which only the server knows, and of the name. */
static void invent_entry(const char *users, const char *user,
			 struct sasl_entry *e)
{
	unsigned char out[crypto_generichash_BYTES_MAX];
	unsigned char key[crypto_generichash_BYTES_MAX];

	crypto_generichash(key, sizeof(key), (const unsigned char *)users,
			   strlen(users), NULL, 0);
	crypto_generichash(out, sizeof(out), (const unsigned char *)user,
			   strlen(user), key, sizeof(key));
	e->iterations = SASL_ITERATIONS;
	sodium_bin2base64(e->salt, sizeof(e->salt), out, SALT_LEN,
			  sodium_base64_VARIANT_ORIGINAL);
	randombytes_buf(out, sizeof(out));
	sodium_bin2base64(e->stored_key, sizeof(e->stored_key), out, KEY_LEN,
			  sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(e->server_key, sizeof(e->server_key), out + KEY_LEN,
			  KEY_LEN, sodium_base64_VARIANT_ORIGINAL);
	sodium_memzero(key, sizeof(key));
}

int sasl_find_user(const char *users, const char *user, struct sasl_entry *e)
{
	size_t ulen = strlen(user);
	const char *p = users;

	memset(e, 0, sizeof(*e));
	while (*p) {
		size_t len = strcspn(p, "\r\n");

		if (len > ulen && p[ulen] == ':' && !strncmp(p, user, ulen))
			return parse_entry(p + ulen + 1, len - ulen - 1, e);
		p += len;
		p += strspn(p, "\r\n");
	}
	invent_entry(users, user, e);
	return 0;
}

int sasl_make_entry(const char *user, const char *password,
		    unsigned int iterations, char *line, size_t size)
{
	unsigned char salt[SALT_LEN];
	char salted[KEY_LEN], client[KEY_LEN], server[KEY_LEN], stored[KEY_LEN];
	char salt64[32], server64[64], stored64[64], *prepared = NULL;
	int n = -1;

	if (strpbrk(user, ":\r\n") || !*user)
		return -1;
	randombytes_buf(salt, sizeof(salt));
	if (gsasl_saslprep(password, 0, &prepared, NULL) != GSASL_OK)
		return -1;
	if (*prepared &&
	    gsasl_scram_secrets_from_password(GSASL_HASH_SHA256, prepared,
			iterations, (const char *)salt, sizeof(salt), salted,
			client, server, stored) == GSASL_OK) {
		sodium_bin2base64(salt64, sizeof(salt64), salt, sizeof(salt),
				  sodium_base64_VARIANT_ORIGINAL);
		sodium_bin2base64(server64, sizeof(server64),
				  (unsigned char *)server, KEY_LEN,
				  sodium_base64_VARIANT_ORIGINAL);
		sodium_bin2base64(stored64, sizeof(stored64),
				  (unsigned char *)stored, KEY_LEN,
				  sodium_base64_VARIANT_ORIGINAL);
		n = snprintf(line, size, "%s:" SCHEME "%u,%s,%s,%s", user,
			     iterations, salt64, stored64, server64);
	}
	sodium_memzero(prepared, strlen(prepared));
	gsasl_free(prepared);
	sodium_memzero(salted, sizeof(salted));
	sodium_memzero(client, sizeof(client));
	return n < 0 || (size_t)n >= size ? -1 : 0;
}
