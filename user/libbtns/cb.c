// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: channel bindings by their names in RFC 5056 registrations. */
#include <errno.h>
#include <string.h>

#include "token.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

struct cb_name {
	const char *base;
	unsigned int type;
	const char *sha256;		/* how the default hash is written */
};

static const struct cb_name cb_names[] = {
	{ "ipsec-end-point-v1", BTNS_BINDING_END_POINT, "" },
	{ "ipsec-end-point-1way-v1", BTNS_BINDING_END_POINT, "" },
	{ "ipsec-unique-v1", BTNS_BINDING_UNIQUE, "" },
	{ "IPsec-end-point-IKEv2-pubkey", BTNS_BINDING_COMPAT, "-sha-256" },
};

static int parse_cb(const char *type, unsigned int *kind, const char **hash)
{
	const char *const *h = btns_binding_hashes();
	const struct cb_name *n = cb_names;
	size_t i;

	for (i = 0; i < sizeof(cb_names) / sizeof(cb_names[0]); i++, n++) {
		size_t len = strlen(n->base);
		const char *rest = type + len;

		if (strncmp(type, n->base, len))
			continue;
		*kind = n->type;
		if (!strcmp(rest, n->sha256)) {
			*hash = NULL;
			return 0;
		}
		/* "-sha-384" is "sha384" to the kernel; the default has one name */
		for (; *h; h++)
			if (strcmp(*h, "sha256") && !strncmp(rest, "-sha-", 5) &&
			    !strcmp(rest + 5, *h + 3)) {
				*hash = *h;
				return 0;
			}
		break;
	}
	return fail(EPROTONOSUPPORT);
}

EXPORT int ipsec_get_channel_binding(int fd, const char *type, void *buf,
				     size_t *len)
{
	unsigned char value[BTNS_BINDING_MAX];
	unsigned int kind = BTNS_BINDING_END_POINT;
	const char *hash = NULL;
	size_t n = sizeof(value), room = *len;

	if (type && parse_cb(type, &kind, &hash))
		return -1;
	if (btns_binding(fd, kind, hash, value, &n, NULL))
		return -1;
	/* never another type than the one asked for: one way for two */
	if (type && (n <= strlen(type) || memcmp(value, type, strlen(type)) ||
		     value[strlen(type)] != ':'))
		return fail(ENOKEY);
	*len = n;
	if (room < n || !buf)
		return fail(ERANGE);
	memcpy(buf, value, n);
	return 0;
}

EXPORT const char *const *ipsec_list_cb_hashes(void)
{
	return btns_binding_hashes();
}
