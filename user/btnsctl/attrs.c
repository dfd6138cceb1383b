// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes of the netlink family as JSON. */
#include "attrs.h"

#include <arpa/inet.h>
#include <string.h>

#include "../common/show.h"
#include "btns.h"

static int parse(struct nlattr **tb, int max, const struct nlattr *nest)
{
	return nla_parse_nested(tb, max, (struct nlattr *)nest, NULL);
}

/* Integers of any size that the kernel may choose to widen. */
static json_t *integer(const struct nlattr *a)
{
	uint64_t v = 0;
	int len;

	if (!a)
		return json_null();
	len = nla_len(a);
	switch (len) {
	case 1: v = *(uint8_t *)nla_data(a); break;
	case 2: v = nla_get_u16(a); break;
	case 4: v = nla_get_u32(a); break;
	case 8: v = nla_get_u64(a); break;
	default: return json_null();
	}
	return json_integer((json_int_t)v);
}

static unsigned int small(const struct nlattr *a)
{
	json_t *j = integer(a);
	unsigned int v = (unsigned int)json_integer_value(j);

	json_decref(j);
	return v;
}

static json_t *text(const struct nlattr *a)
{
	char raw[256], safe[512];

	if (!a)
		return json_null();
	nla_strlcpy(raw, a, sizeof(raw));
	show_safe(raw, safe, sizeof(safe));
	return json_string(safe);
}

static int family_of(const struct nlattr *a)
{
	if (!a)
		return AF_UNSPEC;
	return nla_len(a) == 4 ? AF_INET : nla_len(a) == 16 ? AF_INET6 :
		AF_UNSPEC;
}

json_t *attrs_address(const struct nlattr *a)
{
	return show_json_addr(family_of(a), a ? nla_data(a) : NULL);
}

static json_t *spi(const struct nlattr *a)
{
	char buf[16];

	if (!a)
		return json_null();
	snprintf(buf, sizeof(buf), "0x%08x", ntohl(nla_get_u32(a)));
	return json_string(buf);
}

static json_t *hex(const struct nlattr *a)
{
	return a ? show_json_hex(nla_data(a), nla_len(a)) : json_null();
}

static json_t *fingerprint(const struct nlattr *a)
{
	return a && nla_len(a) == BTNS_FINGERPRINT_LEN ?
		show_json_fingerprint(nla_data(a)) : json_null();
}

static json_t *flag(const struct nlattr *a)
{
	return json_boolean(!!a);
}

/* Length of the prefix that covers exactly start to end; -1: none does. */
static int prefix_len(const unsigned char *start, const unsigned char *end,
		      int octets)
{
	int bits = 0, i;

	while (bits < octets * 8 && !((start[bits / 8] ^ end[bits / 8]) &
				      0x80 >> bits % 8))
		bits++;
	for (i = bits; i < octets * 8; i++)
		if (start[i / 8] & 0x80 >> i % 8 ||
		    !(end[i / 8] & 0x80 >> i % 8))
			return -1;
	return bits;
}

static json_t *addresses(const struct nlattr *start, const struct nlattr *end)
{
	char first[SHOW_ADDR], last[SHOW_ADDR];
	int bits, family = family_of(start);

	if (!start)
		return json_string("any");
	if (family == AF_UNSPEC)
		return NULL;
	show_addr(family, nla_data(start), first);
	if (!end)
		return json_string(first);
	if (nla_len(end) != nla_len(start))
		return NULL;
	bits = prefix_len(nla_data(start), nla_data(end), nla_len(start));
	if (bits == nla_len(start) * 8)
		return json_string(first);
	if (bits >= 0)
		return json_sprintf("%s/%d", first, bits);
	show_addr(family, nla_data(end), last);
	return json_sprintf("%s-%s", first, last);
}

json_t *attrs_selector(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_TS_A_MAX + 1];
	unsigned int start = 0, end = 65535;
	json_t *where;

	if (parse(tb, BTNS_TS_A_MAX, nest))
		return NULL;
	where = addresses(tb[BTNS_TS_A_START], tb[BTNS_TS_A_END]);
	if (!where)
		return NULL;
	if (tb[BTNS_TS_A_PORT_START]) {
		start = small(tb[BTNS_TS_A_PORT_START]);
		end = tb[BTNS_TS_A_PORT_END] ? small(tb[BTNS_TS_A_PORT_END]) :
			start;
	}
	return json_pack("{s:o, s:i, s:i, s:i}", "addresses", where,
			 "protocol", (int)small(tb[BTNS_TS_A_PROTO]),
			 "port_start", (int)start, "port_end", (int)end);
}

json_t *attrs_flow(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_TS_A_MAX + 1];

	if (parse(tb, BTNS_TS_A_MAX, nest))
		return NULL;
	return json_pack("{s:i, s:{s:o, s:i}, s:{s:o, s:i}}",
			 "protocol", (int)small(tb[BTNS_TS_A_PROTO]),
			 "local", "address", attrs_address(tb[BTNS_TS_A_START]),
			 "port", (int)small(tb[BTNS_TS_A_PORT_START]),
			 "peer", "address", attrs_address(tb[BTNS_TS_A_PEER]),
			 "port", (int)small(tb[BTNS_TS_A_PEER_PORT]));
}

/* Type and data as libbtns shows them. */
static json_t *id_text(unsigned int type, const struct nlattr *data)
{
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} id = { .info = { .type = type } };
	char buf[BTNS_ID_TEXT];

	if (data) {
		if (nla_len(data) > BTNS_ID_MAX)
			return NULL;
		id.info.len = nla_len(data);
		memcpy(id.info.data, nla_data(data), nla_len(data));
	}
	if (btns_id_text(&id.info, sizeof(id), buf, sizeof(buf)))
		return NULL;
	return json_string(buf);
}

json_t *attrs_identity(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_ID_A_MAX + 1];
	unsigned int type;
	json_t *j, *name;

	if (parse(tb, BTNS_ID_A_MAX, nest))
		return NULL;
	type = small(tb[BTNS_ID_A_TYPE]);
	name = id_text(type, tb[BTNS_ID_A_DATA]);
	if (!name)
		return NULL;
	j = json_pack("{s:o, s:s, s:o, s:o, s:s, s:s, s:o}",
		      "fingerprint", fingerprint(tb[BTNS_ID_A_FINGERPRINT]),
		      "type", btns_id_type_name(type), "text", name,
		      "data", hex(tb[BTNS_ID_A_DATA]),
		      "auth", btns_auth_name(small(tb[BTNS_ID_A_AUTH])),
		      "trust", btns_trust_name(small(tb[BTNS_ID_A_TRUST])),
		      "pad_entry", text(tb[BTNS_ID_A_PAD_ENTRY]));
	if (j && tb[BTNS_ID_A_SPKI])
		json_object_set_new(j, "key", hex(tb[BTNS_ID_A_SPKI]));
	if (j && tb[BTNS_ID_A_REFS])
		json_object_set_new(j, "refs", integer(tb[BTNS_ID_A_REFS]));
	return j;
}

static const char *match_name(unsigned int match)
{
	switch (match) {
	case BTNS_PAD_MATCH_ID: return "id";
	case BTNS_PAD_MATCH_PUBLICKEY: return "publickey";
	case BTNS_PAD_MATCH_ANY: return "any";
	case BTNS_PAD_MATCH_NULL: return "null";
	}
	return "unknown";
}

/* Lists made from attributes that may stand many times. */
static json_t *many(const struct nlattr *nest, int type,
		    json_t *(*one)(const struct nlattr *))
{
	json_t *list = json_array();
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, (struct nlattr *)nest, rem) {
		json_t *j;

		if (nla_type(a) != type)
			continue;
		j = one(a);
		if (!j || json_array_append_new(list, j)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *ts_addresses(const struct nlattr *nest)
{
	json_t *ts = attrs_selector(nest);
	json_t *a = json_incref(json_object_get(ts, "addresses"));

	json_decref(ts);
	return a;
}

json_t *attrs_pad(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_PAD_A_MAX + 1];
	json_t *id = json_null();

	if (parse(tb, BTNS_PAD_A_MAX, nest))
		return NULL;
	if (tb[BTNS_PAD_A_ID_TYPE])
		id = id_text(small(tb[BTNS_PAD_A_ID_TYPE]),
			     tb[BTNS_PAD_A_ID_DATA]);
	return json_pack(
		"{s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o}",
		"name", text(tb[BTNS_PAD_A_NAME]),
		"match", match_name(small(tb[BTNS_PAD_A_MATCH])), "id", id,
		"fingerprints", many(nest, BTNS_PAD_A_FINGERPRINT, fingerprint),
		"child", many(nest, BTNS_PAD_A_CHILD, ts_addresses),
		"child_any", flag(tb[BTNS_PAD_A_CHILD_ANY]),
		"search", tb[BTNS_PAD_A_BY_ID] ? "id" : "address",
		"auth", btns_auth_name(tb[BTNS_PAD_A_AUTH] ?
			small(tb[BTNS_PAD_A_AUTH]) : small(tb[BTNS_PAD_A_MATCH]) ==
			BTNS_PAD_MATCH_NULL ? BTNS_AUTH_NULL : BTNS_AUTH_BTNS),
		"index", integer(tb[BTNS_PAD_A_INDEX]),
		"hits", integer(tb[BTNS_PAD_A_HITS]));
}

static json_t *suite(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_SUITE_A_MAX + 1];
	char buf[64];

	if (parse(tb, BTNS_SUITE_A_MAX, nest))
		return NULL;
	btns_suite_text(small(tb[BTNS_SUITE_A_ENCR]),
			small(tb[BTNS_SUITE_A_ENCR_BITS]),
			small(tb[BTNS_SUITE_A_INTEG]), buf, sizeof(buf));
	return json_string(buf);
}

/* One that covers everything is as good as none. */
static json_t *maybe_selector(const struct nlattr *nest)
{
	json_t *ts = nest ? attrs_selector(nest) : json_null();
	const char *where = json_string_value(json_object_get(ts, "addresses"));

	if (where && !strcmp(where, "any") &&
	    !json_integer_value(json_object_get(ts, "protocol")) &&
	    !json_integer_value(json_object_get(ts, "port_start")) &&
	    json_integer_value(json_object_get(ts, "port_end")) == 65535) {
		json_decref(ts);
		return json_null();
	}
	return ts;
}

json_t *attrs_spd(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_SPD_A_MAX + 1];
	json_t *id = json_null();

	if (parse(tb, BTNS_SPD_A_MAX, nest))
		return NULL;
	if (tb[BTNS_SPD_A_PEER_ID_TYPE])
		id = id_text(small(tb[BTNS_SPD_A_PEER_ID_TYPE]),
			     tb[BTNS_SPD_A_PEER_ID_DATA]);
	return json_pack(
		"{s:o, s:o, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o,"
		" s:o, s:o, s:o, s:o, s:o}",
		"name", text(tb[BTNS_SPD_A_NAME]),
		"number", integer(tb[BTNS_SPD_A_ID]),
		"class", btns_class_name(small(tb[BTNS_SPD_A_CLASS])),
		"local", maybe_selector(tb[BTNS_SPD_A_LOCAL]),
		"remote", maybe_selector(tb[BTNS_SPD_A_REMOTE]),
		"mode", btns_mode_name(small(tb[BTNS_SPD_A_MODE])),
		"btns_ok", flag(tb[BTNS_SPD_A_BTNS_OK]),
		"null_ok", flag(tb[BTNS_SPD_A_NULL_OK]),
		"outer_local", attrs_address(tb[BTNS_SPD_A_OUTER_LOCAL]),
		"outer_peer", attrs_address(tb[BTNS_SPD_A_OUTER_PEER]),
		"peer_id", id,
		"peer_fingerprint", fingerprint(tb[BTNS_SPD_A_PEER_FINGERPRINT]),
		"suites", many(nest, BTNS_SPD_A_SUITE, suite),
		"lifetime", integer(tb[BTNS_SPD_A_LIFETIME]),
		"lifebytes", integer(tb[BTNS_SPD_A_LIFEBYTES]),
		"index", integer(tb[BTNS_SPD_A_INDEX]),
		"hits", integer(tb[BTNS_SPD_A_HITS]));
}

json_t *attrs_child(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_CHILD_A_MAX + 1];
	json_t *encap = json_null();
	unsigned int flags;

	if (parse(tb, BTNS_CHILD_A_MAX, nest))
		return NULL;
	flags = small(tb[BTNS_CHILD_A_FLAGS]);
	if (tb[BTNS_CHILD_A_ENCAP_SPORT])
		encap = json_pack("{s:i, s:i}", "local_port",
			ntohs(small(tb[BTNS_CHILD_A_ENCAP_SPORT])), "peer_port",
			ntohs(small(tb[BTNS_CHILD_A_ENCAP_DPORT])));
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o,"
		" s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
		" s:o, s:o, s:o, s:o}",
		"number", integer(tb[BTNS_CHILD_A_SA_ID]),
		"policy", integer(tb[BTNS_CHILD_A_SPD_ENTRY]),
		"local_ts", maybe_selector(tb[BTNS_CHILD_A_LOCAL_TS]),
		"remote_ts", maybe_selector(tb[BTNS_CHILD_A_REMOTE_TS]),
		"mode", btns_mode_name(small(tb[BTNS_CHILD_A_MODE])),
		"class", btns_class_name(small(tb[BTNS_CHILD_A_CLASS])),
		"suite", tb[BTNS_CHILD_A_SUITE] ? suite(tb[BTNS_CHILD_A_SUITE]) :
			json_null(),
		"outer_local", attrs_address(tb[BTNS_CHILD_A_OUTER_LOCAL]),
		"outer_peer", attrs_address(tb[BTNS_CHILD_A_OUTER_PEER]),
		"spi_in", spi(tb[BTNS_CHILD_A_SPI_IN]),
		"spi_out", spi(tb[BTNS_CHILD_A_SPI_OUT]),
		"standby", !!(flags & BTNS_CHILD_F_STANDBY),
		"initiator", !!(flags & BTNS_CHILD_F_INITIATOR),
		"esn", !(flags & BTNS_CHILD_F_NO_ESN),
		"encap", encap,
		"bytes_in", integer(tb[BTNS_CHILD_A_BYTES_IN]),
		"bytes_out", integer(tb[BTNS_CHILD_A_BYTES_OUT]),
		"packets_in", integer(tb[BTNS_CHILD_A_PACKETS_IN]),
		"packets_out", integer(tb[BTNS_CHILD_A_PACKETS_OUT]),
		"age", integer(tb[BTNS_CHILD_A_AGE]),
		"idle_in", integer(tb[BTNS_CHILD_A_IDLE_IN]),
		"soft_time", integer(tb[BTNS_CHILD_A_SOFT_TIME]),
		"hard_time", integer(tb[BTNS_CHILD_A_HARD_TIME]),
		"reqid", integer(tb[BTNS_CHILD_A_REQID]),
		"ike_spi", hex(tb[BTNS_CHILD_A_IKE_SPI]),
		"peer", tb[BTNS_CHILD_A_PEER] ?
			attrs_identity(tb[BTNS_CHILD_A_PEER]) : json_null(),
		"local", tb[BTNS_CHILD_A_LOCAL] ?
			attrs_identity(tb[BTNS_CHILD_A_LOCAL]) : json_null());
}

json_t *attrs_acquire(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_ACQ_A_MAX + 1];
	json_t *peer;

	if (parse(tb, BTNS_ACQ_A_MAX, nest))
		return NULL;
	/* a hold-off is of the peer's side of the traffic, one address as a rule */
	peer = tb[BTNS_ACQ_A_OUTER_PEER] || !tb[BTNS_ACQ_A_REMOTE_TS] ?
		attrs_address(tb[BTNS_ACQ_A_OUTER_PEER]) :
		ts_addresses(tb[BTNS_ACQ_A_REMOTE_TS]);
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:s, s:s, s:s?, s:o}",
		"number", integer(tb[BTNS_ACQ_A_ID]), "peer", peer,
		"flow", tb[BTNS_ACQ_A_FLOW] ? attrs_flow(tb[BTNS_ACQ_A_FLOW]) :
			json_null(),
		"policy", text(tb[BTNS_ACQ_A_SPD_NAME]),
		"class", btns_class_name(small(tb[BTNS_ACQ_A_CLASS])),
		"mode", btns_mode_name(small(tb[BTNS_ACQ_A_MODE])),
		"error", tb[BTNS_ACQ_A_ERROR] ?
			strerror((int)small(tb[BTNS_ACQ_A_ERROR])) : NULL,
		"expires_ms", integer(tb[BTNS_ACQ_A_EXPIRES]));
}

/* Names of enum btns_stat that a latch can give as reason: by STATS_GET only. */
json_t *attrs_latch(const struct nlattr *nest)
{
	struct nlattr *tb[BTNS_LATCH_A_MAX + 1];
	struct btns_latch_info info = { 0 };
	json_t *j;
	int len;

	if (parse(tb, BTNS_LATCH_A_MAX, nest) || !tb[BTNS_LATCH_A_INFO])
		return NULL;
	len = nla_len(tb[BTNS_LATCH_A_INFO]);
	memcpy(&info, nla_data(tb[BTNS_LATCH_A_INFO]),
	       len < (int)sizeof(info) ? len : (int)sizeof(info));
	j = show_json_latch(&info);
	if (!j)
		return NULL;
	if (json_object_set_new(j, "protocol", integer(tb[BTNS_LATCH_A_PROTO])) ||
	    json_object_set_new(j, "uid", integer(tb[BTNS_LATCH_A_UID])) ||
	    json_object_set_new(j, "policy", text(tb[BTNS_LATCH_A_SPD_NAME])) ||
	    json_object_set_new(j, "reason", integer(tb[BTNS_LATCH_A_REASON])) ||
	    json_object_set_new(j, "peer_id", tb[BTNS_LATCH_A_PEER] ?
		attrs_identity(tb[BTNS_LATCH_A_PEER]) : json_null())) {
		json_decref(j);
		return NULL;
	}
	return j;
}

const char *attrs_sa_event(unsigned int event)
{
	switch (event) {
	case BTNS_SA_EVENT_NEW: return "new";
	case BTNS_SA_EVENT_SWITCHED: return "switched";
	case BTNS_SA_EVENT_FIRST_IN: return "first-in";
	case BTNS_SA_EVENT_SOFT: return "soft-limit";
	case BTNS_SA_EVENT_HARD: return "hard-limit";
	case BTNS_SA_EVENT_DELETED: return "deleted";
	case BTNS_SA_EVENT_REVOKED: return "revoked";
	case BTNS_SA_EVENT_MOVED: return "moved";
	}
	return "unknown";
}
