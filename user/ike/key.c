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
#include "signer.h"

#define PEM_BEGIN	"-----BEGIN PRIVATE KEY-----"
#define PEM_END		"-----END PRIVATE KEY-----"
#define FILE_MAX	16384

/* PrivateKeyInfo { 0, { 1.3.101.112 }, OCTET STRING { OCTET STRING seed } }. */
static const uint8_t ed25519_head[16] = {
	0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
	0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
};

static int fail(const char **why, const char *text, int error)
{
	*why = text;
	return error;
}

static int pem_read(char *text, struct key_der *key, const char **why)
{
	char *begin = strstr(text, PEM_BEGIN), *end;
	struct signer *s;

	if (!begin)
		return fail(why, "no \"BEGIN PRIVATE KEY\" line (PKCS #8 PEM, not encrypted)",
			    -EINVAL);
	begin += strlen(PEM_BEGIN);
	end = strstr(begin, PEM_END);
	if (!end)
		return fail(why, "no \"END PRIVATE KEY\" line", -EINVAL);
	if (sodium_base642bin(key->der, sizeof(key->der), begin, (size_t)(end - begin),
			      "\r\n", &key->len, NULL, sodium_base64_VARIANT_ORIGINAL))
		return fail(why, "not base64", -EINVAL);
	/* also of what is inside: the engine says no more than that it does not start */
	s = signer_new(CHUNK(key->der, key->len), why);
	if (!s)
		return -EINVAL;
	signer_free(&s);
	*why = "";
	return 0;
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

ssize_t key_read(const char *path, char *text, size_t cap, bool any_owner, const char **why)
{
	struct stat st;
	ssize_t r;
	int fd;

	*why = "";
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fail(why, "cannot open", -errno);
	if (fstat(fd, &st)) {
		r = fail(why, "cannot stat", -errno);
	} else if (!S_ISREG(st.st_mode)) {
		r = fail(why, "not a regular file", -EINVAL);
	} else if (st.st_uid != geteuid() && st.st_uid != 0 && !any_owner) {
		r = fail(why, "belongs to another user", -EPERM);
	} else if (st.st_mode & 077) {
		r = fail(why, "others may read it: chmod 600, and think of a new key",
			 -EPERM);
	} else if ((r = read_all(fd, text, cap)) < 0) {
		*why = "cannot read";
	} else if ((size_t)r == cap) {
		r = fail(why, "too long", -EFBIG);
	}
	close(fd);
	return r;
}

int key_load(const char *path, struct key_der *key, const char **why)
{
	char text[FILE_MAX + 1];
	ssize_t n = key_read(path, text, FILE_MAX, false, why);
	int r = (int)n;

	memset(key, 0, sizeof(*key));
	if (n >= 0) {
		text[n] = '\0';
		r = pem_read(text, key, why);
	}
	sodium_memzero(text, sizeof(text));
	if (r)
		sodium_memzero(key, sizeof(*key));
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

int key_create(const char *path, struct key_der *key, const char **why)
{
	char text[sizeof(PEM_BEGIN) + sizeof(PEM_END) + 68], tmp[PATH_MAX];
	size_t len;
	int fd, r;

	*why = "";
	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= sizeof(tmp))
		return fail(why, "name too long", -ENAMETOOLONG);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return fail(why, "cannot make a file beside it", -errno);

	memcpy(key->der, ed25519_head, sizeof(ed25519_head));
	key->len = sizeof(ed25519_head) + 32;
	randombytes_buf(key->der + sizeof(ed25519_head), 32);
	strcpy(text, PEM_BEGIN "\n");
	len = strlen(text);
	sodium_bin2base64(text + len, sizeof(text) - len, key->der, key->len,
			  sodium_base64_VARIANT_ORIGINAL);
	strcat(text, "\n" PEM_END "\n");
	r = fchmod(fd, 0600) ? -errno : write_all(fd, text, strlen(text));
	sodium_memzero(text, sizeof(text));
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
		sodium_memzero(key, sizeof(*key));
	return r;
}
