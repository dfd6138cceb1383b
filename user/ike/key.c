// SPDX-License-Identifier: GPL-2.0-or-later
/* The identity key's file, and keys as people read them. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "cert.h"

#define PEM_BEGIN	"-----BEGIN PRIVATE KEY-----"
#define PEM_END		"-----END PRIVATE KEY-----"
#define DER_LEN		48
#define FILE_MAX	4096

/* PrivateKeyInfo { 0, { 1.3.101.112 }, OCTET STRING { OCTET STRING seed } }. */
static const uint8_t der_head[DER_LEN - 32] = {
	0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
	0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
};

static int fail(const char **why, const char *text, int error)
{
	*why = text;
	return error;
}

static int pem_read(char *text, uint8_t seed[32], const char **why)
{
	char *begin = strstr(text, PEM_BEGIN), *end;
	uint8_t der[DER_LEN];
	size_t len;
	int r = 0;

	if (!begin)
		return fail(why, "no \"BEGIN PRIVATE KEY\" line (PKCS #8 PEM, not encrypted)",
			    -EINVAL);
	begin += strlen(PEM_BEGIN);
	end = strstr(begin, PEM_END);
	if (!end)
		return fail(why, "no \"END PRIVATE KEY\" line", -EINVAL);
	if (sodium_base642bin(der, sizeof(der), begin, (size_t)(end - begin),
			      "\r\n", &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) ||
	    len != sizeof(der) || memcmp(der, der_head, sizeof(der_head)))
		r = fail(why, "not an Ed25519 key (openssl genpkey -algorithm ed25519)",
			 -EINVAL);
	else
		memcpy(seed, der + sizeof(der_head), 32);
	sodium_memzero(der, sizeof(der));
	return r;
}

static ssize_t read_all(int fd, char *buf, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = read(fd, buf + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int key_load(const char *path, uint8_t seed[32], const char **why)
{
	char text[FILE_MAX];
	struct stat st;
	ssize_t n;
	int fd, r;

	*why = "";
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fail(why, "cannot open", -errno);
	if (fstat(fd, &st)) {
		r = fail(why, "cannot stat", -errno);
	} else if (!S_ISREG(st.st_mode)) {
		r = fail(why, "not a regular file", -EINVAL);
	} else if (st.st_uid != geteuid() && st.st_uid != 0) {
		r = fail(why, "belongs to another user", -EPERM);
	} else if (st.st_mode & 077) {
		r = fail(why, "others may read it: chmod 600, and think of a new key",
			 -EPERM);
	} else if ((n = read_all(fd, text, sizeof(text) - 1)) < 0) {
		r = fail(why, "cannot read", (int)n);
	} else {
		text[n] = '\0';
		r = pem_read(text, seed, why);
	}
	sodium_memzero(text, sizeof(text));
	close(fd);
	return r;
}

static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

/* The new name in the folder has to survive a crash as well. */
static int sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd, r;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync folders. */
	r = fsync(fd) && errno != EINVAL ? -errno : 0;
	close(fd);
	return r;
}

int key_create(const char *path, uint8_t seed[32], const char **why)
{
	char text[sizeof(PEM_BEGIN) + sizeof(PEM_END) + 68], tmp[PATH_MAX];
	uint8_t der[DER_LEN];
	size_t len;
	int fd, r;

	*why = "";
	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= sizeof(tmp))
		return fail(why, "name too long", -ENAMETOOLONG);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return fail(why, "cannot make a file beside it", -errno);

	randombytes_buf(seed, 32);
	memcpy(der, der_head, sizeof(der_head));
	memcpy(der + sizeof(der_head), seed, 32);
	strcpy(text, PEM_BEGIN "\n");
	len = strlen(text);
	sodium_bin2base64(text + len, sizeof(text) - len, der, sizeof(der),
			  sodium_base64_VARIANT_ORIGINAL);
	strcat(text, "\n" PEM_END "\n");
	r = fchmod(fd, 0600) ? -errno : write_all(fd, text, strlen(text));
	sodium_memzero(text, sizeof(text));
	sodium_memzero(der, sizeof(der));
	close(fd);

	/* link() fails if the name is taken, rename() would not. */
	if (r)
		*why = "cannot write";
	else if (link(tmp, path))
		r = fail(why, errno == EEXIST ? "exists already" : "cannot name it",
			 -errno);
	unlink(tmp);
	if (!r) {
		r = sync_folder(path);
		if (r)
			*why = "cannot sync its folder";
	}
	if (r)
		sodium_memzero(seed, 32);
	return r;
}
