// SPDX-License-Identifier: GPL-2.0-or-later
/* From the kernel's words to the engine's and back, with a kernel that only writes down. */
#include "engine_world.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "btnsd/btnsd.h"

/* --- what stands around backend.c and acquire.c --- */

void log_at(int level, const char *format, ...)
{
}

bool log_wants(int level)
{
	return false;
}

const char *addr_text(const struct ike_addr *a, char buf[ADDR_TEXT])
{
	return strcpy(buf, "address");
}

const char *identity_text(const struct ike_identity *id, char buf[ID_TEXT])
{
	return strcpy(buf, "identity");
}

void value_suite_text(const struct ike_suite *s, char *buf, size_t size)
{
	*buf = 0;
}

uint64_t now_ms(void)
{
	return 1000;
}

bool socks_source(const struct ike_addr *peer, struct ike_addr *local)
{
	return false;
}

void socks_send(struct btnsd *d, const struct ike_addr *local, const struct ike_addr *peer,
		const uint8_t *pkt, size_t len)
{
}

void adopt_done(struct btnsd *d, uint32_t cookie, enum ike_error error)
{
}

void adopt_replaced(struct btnsd *d, const struct ike_child_sa *child)
{
}

void adopt_lost(struct btnsd *d, uint32_t sa_id)
{
}

void adopt_gone(struct btnsd *d, uint32_t sa_id)
{
}

void deadpeer_event(struct btnsd *d, const struct ike_event *ev)
{
}

int peers_judge(struct btnsd *d, const struct ike_identity *peer, const char *entry)
{
	return 0;
}

void peers_vouch(const struct btnsd *d, struct ike_identity *peer)
{
}

enum ike_heir peers_heir(struct btnsd *d, const struct ike_identity *peer, const uint8_t *spki,
			 size_t len)
{
	return IKE_HEIR_UNWANTED;
}

unsigned int peers_bonds(struct btnsd *d, const struct ike_addr *at,
			 const struct ike_identity *peer,
			 uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN])
{
	return 0;
}

bool peers_bond(struct btnsd *d, const struct ike_identity *peer, enum ike_bond_step step,
		uint32_t *number, const uint8_t secret[IKE_BOND_LEN])
{
	return false;
}

int peers_errno(const struct btnsd *d, const struct ike_addr *peer)
{
	return 0;
}

void btnsd_rearm(struct btnsd *d)
{
}

static int gone, back;

void btnsd_module(struct btnsd *d, bool is_back)
{
	*(is_back ? &back : &gone) += 1;
}

/* --- the engine: what it is asked --- */

static struct ike_request asked;

int __wrap_ike_initiate(struct ike *ike, uint64_t now, const struct ike_request *req);
int __wrap_ike_initiate(struct ike *ike, uint64_t now, const struct ike_request *req)
{
	asked = *req;
	return 0;
}

/* --- the kernel: the question as it was sent, and an answer made beforehand --- */

static struct nl_msg *question, *answer;
static uint8_t command;

struct nl_msg *kernel_new(struct kernel *k, uint8_t cmd)
{
	struct nl_msg *m = nlmsg_alloc();

	assert_non_null(m);
	command = cmd;
	return m;
}

int kernel_call(struct kernel *k, struct nl_msg *m, kernel_each_fn each, void *arg)
{
	struct nlattr *tb[BTNS_A_MAX + 1];

	nlmsg_free(question);
	question = m;
	if (each) {
		assert_int_equal(nlmsg_parse(nlmsg_hdr(answer), 0, tb, BTNS_A_MAX, NULL), 0);
		each(arg, tb);
	}
	return 0;
}

int kernel_dump(struct kernel *k, uint8_t cmd, kernel_each_fn each, void *arg)
{
	return 0;
}

static void parse_question(struct nlattr *tb[BTNS_A_MAX + 1])
{
	assert_int_equal(nlmsg_parse(nlmsg_hdr(question), 0, tb, BTNS_A_MAX, NULL), 0);
}

static const struct ike_ts any = { .family = AF_INET, .port_end = 65535,
	.end = { 255, 255, 255, 255 } };
static const struct ike_addr here = { .family = AF_INET, .port = 500, .ip = { 10, 0, 0, 1 } };
static const struct ike_addr there = { .family = AF_INET, .port = 500, .ip = { 10, 0, 0, 2 } };

static struct ike_ts host(uint8_t last)
{
	struct ike_ts ts = { .family = AF_INET, .port_end = 65535,
		.start = { 192, 168, 0, last }, .end = { 192, 168, 0, last } };

	return ts;
}

static const uint8_t modes[] = { BTNS_MODE_TRANSPORT, BTNS_MODE_TUNNEL, BTNS_MODE_BEET };

struct scene {
	struct btnsd d;
	struct ike_identity peer;
};

static struct scene *scene_new(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_true(pairs_new(&s->d) && acquires_new(&s->d) && binds_new(&s->d));
	s->peer.id_type = BTNS_ID_KEY_ID;
	s->peer.id = (const uint8_t *)"key";
	s->peer.id_len = 3;
	return s;
}

static void scene_free(struct scene *s)
{
	pairs_free(&s->d);
	acquires_free(&s->d);
	binds_free(&s->d);
	nlmsg_free(question);
	nlmsg_free(answer);
	question = NULL;
	answer = NULL;
	free(s);
}

static void answer_child(uint8_t mode, const struct ike_ts *local, const struct ike_ts *remote)
{
	struct nlattr *nest;

	nlmsg_free(answer);
	answer = nlmsg_alloc();
	assert_non_null(answer);
	nest = nla_nest_start(answer, BTNS_A_CHILD | NLA_F_NESTED);
	assert_int_equal(nla_put_u32(answer, BTNS_CHILD_A_SPD_ENTRY, 9), 0);
	assert_int_equal(nla_put_u32(answer, BTNS_CHILD_A_SA_ID, 77), 0);
	assert_int_equal(nla_put_u8(answer, BTNS_CHILD_A_MODE, mode), 0);
	assert_true(kernel_put_ts(answer, BTNS_CHILD_A_LOCAL_TS, local));
	assert_true(kernel_put_ts(answer, BTNS_CHILD_A_REMOTE_TS, remote));
	nla_nest_end(answer, nest);
}

/* The responder's question goes to the kernel with its mode and comes back with one. */
static void narrow(void **state)
{
	const struct ike_ts local = host(1), remote = host(2);
	struct scene *s = scene_new();
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct ike_grant g;
	unsigned int i, j;

	for (i = 0; i < sizeof(modes); i++) {
		for (j = 0; j < sizeof(modes); j++) {
			struct ike_narrow q = {
				.peer = s->peer, .local = here, .remote = there, .mode = modes[i],
				.n_local = 1, .n_remote = 1, .local_ts = &local,
				.remote_ts = &remote,
			};

			answer_child(modes[j], &local, &remote);
			assert_int_equal(backend_ops.narrow(&s->d, &q, &g), 0);
			assert_int_equal(command, BTNS_CMD_CHILD_NARROW);
			parse_question(tb);
			assert_int_equal(nla_get_u8(tb[BTNS_A_MODE]), modes[i]);
			assert_int_equal(g.mode, modes[j]);
			assert_int_equal(g.spd_entry, 9);
			assert_memory_equal(&g.local_ts, &local, sizeof(local));
			assert_memory_equal(&g.remote_ts, &remote, sizeof(remote));
		}
	}
	scene_free(s);
}

/* An SA pair is installed in its mode, between its inner and outer addresses. */
static void install(void **state)
{
	const struct ike_ts local = host(1), remote = host(2);
	struct scene *s = scene_new();
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct k_child k;
	unsigned int i;

	for (i = 0; i < sizeof(modes); i++) {
		struct ike_child_sa c = {
			.spd_entry = 9, .spi_in = 5000 + i, .spi_out = 6000 + i, .local = here,
			.peer = there, .mode = modes[i], .local_ts = local, .remote_ts = remote,
			.peer_id = s->peer, .local_id = s->peer,
		};

		answer_child(modes[i], &local, &remote);
		assert_int_equal(backend_ops.child_install(&s->d, &c), 0);
		assert_int_equal(command, BTNS_CMD_SA_NEW);
		parse_question(tb);
		assert_true(kernel_get_child(tb[BTNS_A_CHILD], &k));
		assert_int_equal(k.mode, modes[i]);
		assert_int_equal(k.spi_in, 5000 + i);
		assert_memory_equal(&k.local_ts, &local, sizeof(local));
		assert_memory_equal(k.outer_local.ip, here.ip, 4);
		assert_int_equal(pairs_find(&s->d, 5000 + i), 77);
	}
	scene_free(s);
}

/* A wish of the kernel, as it comes in a notification. */
static void want(struct scene *s, uint8_t mode, const struct ike_ts *local,
		 const struct ike_ts *remote)
{
	struct nlattr *tb[BTNS_A_MAX + 1], *nest, *flow;
	const struct ike_ts packet = host(1), to = host(2);
	struct nl_msg *m = nlmsg_alloc();
	static uint32_t id;
	struct k_acquire a;

	assert_non_null(m);
	nest = nla_nest_start(m, BTNS_A_ACQUIRE | NLA_F_NESTED);
	nla_put_u32(m, BTNS_ACQ_A_ID, ++id);
	nla_put_u32(m, BTNS_ACQ_A_SPD_ENTRY, 9);
	nla_put_u8(m, BTNS_ACQ_A_CLASS, BTNS_CLASS_PRIVATE);
	nla_put_u8(m, BTNS_ACQ_A_MODE, mode);
	assert_true(kernel_put_addr(m, BTNS_ACQ_A_OUTER_LOCAL, &here));
	assert_true(kernel_put_addr(m, BTNS_ACQ_A_OUTER_PEER, &there));
	flow = nla_nest_start(m, BTNS_ACQ_A_FLOW | NLA_F_NESTED);
	nla_put_u8(m, BTNS_TS_A_PROTO, 6);
	nla_put(m, BTNS_TS_A_START, 4, packet.start);
	nla_put_u16(m, BTNS_TS_A_PORT_START, 40000);
	nla_put(m, BTNS_TS_A_PEER, 4, to.start);
	nla_put_u16(m, BTNS_TS_A_PEER_PORT, 80);
	nla_nest_end(m, flow);
	assert_true(kernel_put_ts(m, BTNS_ACQ_A_LOCAL_TS, local));
	assert_true(kernel_put_ts(m, BTNS_ACQ_A_REMOTE_TS, remote));
	nla_nest_end(m, nest);
	assert_int_equal(nlmsg_parse(nlmsg_hdr(m), 0, tb, BTNS_A_MAX, NULL), 0);
	assert_true(kernel_get_acquire(tb[BTNS_A_ACQUIRE], &a));
	memset(&asked, 0, sizeof(asked));
	acquire_start(&s->d, &a);
	nlmsg_free(m);
	assert_int_equal(asked.cookie, id);
	assert_int_equal(asked.mode, mode);
	/* IKE/41: the packet first */
	assert_int_equal(asked.local_ts[0].start[3], 1);
	assert_int_equal(asked.local_ts[0].port_start, 40000);
	assert_int_equal(asked.remote_ts[0].start[3], 2);
	assert_int_equal(asked.remote_ts[0].port_end, 80);
	assert_int_equal(asked.n_local, 2);
	assert_int_equal(asked.n_remote, 2);
}

static void acquire(void **state)
{
	struct scene *s = scene_new();
	struct ike_ts subnet = host(0), one = host(2);
	unsigned int i;

	subnet.end[3] = 255;
	for (i = 0; i < sizeof(modes); i++) {
		want(s, modes[i], &any, &subnet);
		if (modes[i] != BTNS_MODE_BEET) {
			assert_memory_equal(&asked.local_ts[1], &any, sizeof(any));
			assert_memory_equal(&asked.remote_ts[1], &subnet, sizeof(subnet));
			continue;
		}
		/* all that the entry has between these two, and not more */
		one = host(1);
		assert_memory_equal(&asked.local_ts[1], &one, sizeof(one));
		one = host(2);
		assert_memory_equal(&asked.remote_ts[1], &one, sizeof(one));
	}
	scene_free(s);
}

/* News of the module's life are no news of an SA, whatever else is in the event. */
static void life(void **state)
{
	struct scene *s = scene_new();
	struct k_event ev = { .life = K_GONE, .cmd = BTNS_CMD_ACQUIRE_NTF };

	memset(&asked, 0, sizeof(asked));
	backend_event(&s->d, &ev);
	assert_true(gone == 1 && !back);
	ev.life = K_BACK;
	backend_event(&s->d, &ev);
	assert_true(gone == 1 && back == 1);
	assert_int_equal(asked.n_local, 0);
	scene_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(narrow), cmocka_unit_test(install), cmocka_unit_test(acquire),
		cmocka_unit_test(life),
	};

	return cmocka_run_group_tests_name("backend", tests, NULL, NULL);
}
