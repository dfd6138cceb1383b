// SPDX-License-Identifier: GPL-2.0-or-later
/* What comes to ports 500 and 4500, in front of two engines. */
#include "engine_world.h"
#include "btnsd/btnsd.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* what sock.c calls and is not looked at here */
void log_at(int level, const char *format, ...)
{
}

const char *addr_text(const struct ike_addr *a, char buf[ADDR_TEXT])
{
	return strcpy(buf, "address");
}

uint64_t now_ms(void)
{
	return 1000;
}

void btnsd_rearm(struct btnsd *d)
{
}

void acquire_asked(struct btnsd *d, const struct ike_addr *peer, const uint8_t spi[8])
{
}

static unsigned int answered;

void acquire_answered(struct btnsd *d, const uint8_t spi[8])
{
	answered++;
}

bool acquire_unreachable(struct btnsd *d, const struct ike_addr *peer, const uint8_t *quote,
			 size_t len, int error)
{
	return false;
}

/* The first message of a to b, and b's daemon. */
struct scene {
	struct world *w;
	struct btnsd d;
	struct packet p;
	uint8_t marked[4100];		/* p with the marker in front */
};

static struct scene *scene_new(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->w = world_new(NULL);
	s->d.ike = s->w->b.ike;
	start(&s->w->a, &s->w->b, 0);
	s->p = s->w->q[s->w->head];
	s->w->head = s->w->tail;
	memcpy(s->marked + 4, s->p.data, s->p.len);
	answered = 0;
	return s;
}

static void scene_free(struct scene *s)
{
	world_free(s->w);
	free(s);
}

static void arrive(struct scene *s, uint16_t port, const uint8_t *pkt, size_t len)
{
	struct ike_addr to = s->p.to, from = s->p.from;
	/* of its own size, so that a sanitizer sees what is read behind it */
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, pkt, len);
	to.port = port;
	from.port = port;
	socks_input(&s->d, port, &to, &from, copy, len);
	free(copy);
}

static void unmoved(const struct scene *s)
{
	assert_int_equal(s->d.stats.packets_in, 0);
	assert_int_equal(ike_stats(s->w->b.ike)->packets_in, 0);
	assert_int_equal(ike_stats(s->w->b.ike)->sas, 0);
	assert_int_equal(s->w->tail, s->w->head);	/* nothing is answered */
	assert_int_equal(answered, 0);
}

/* IKE/67: keepalives, and everything else that is shorter than the marker */
static void short_ones(void **state)
{
	struct scene *s = scene_new();
	uint8_t pkt[3];
	unsigned int i, len;

	arrive(s, 4500, (const uint8_t *)"\xff", 1);
	assert_int_equal(s->d.stats.drop_keepalive, 1);
	for (i = 0; i < 256; i++) {
		memset(pkt, i, sizeof(pkt));
		for (len = 0; len <= 3; len++)
			arrive(s, 4500, pkt, len);
	}
	/* of one octet, only ff is a keepalive */
	assert_int_equal(s->d.stats.drop_keepalive, 2);
	assert_int_equal(s->d.stats.drop_marker, 4 * 256 - 1);
	/* the marker with nothing or too little behind it */
	for (len = 4; len < 4 + 28; len++)
		arrive(s, 4500, s->marked, len);
	assert_int_equal(s->d.stats.drop_short, 28);
	for (len = 0; len < 28; len++)
		arrive(s, 500, s->p.data, len);
	assert_int_equal(s->d.stats.drop_short, 56);
	unmoved(s);
	scene_free(s);
}

/* IKE/67: without the marker it is ESP, which the kernel takes if it can */
static void marker(void **state)
{
	struct scene *s = scene_new();
	unsigned int i;

	arrive(s, 4500, s->p.data, s->p.len);
	for (i = 0; i < 4; i++) {
		s->marked[i] = 1;
		arrive(s, 4500, s->marked, s->p.len + 4);
		s->marked[i] = 0;
	}
	assert_int_equal(s->d.stats.drop_marker, 5);
	unmoved(s);
	/* on port 500 there is no marker: eight zero octets of SPI are no message */
	arrive(s, 500, s->marked, s->p.len + 4);
	assert_int_equal(ike_stats(s->w->b.ike)->sas, 0);
	assert_int_equal(s->w->tail, s->w->head);
	scene_free(s);
}

/* Port 0 can be forged, and nobody can be answered there. */
static void port_zero(void **state)
{
	struct scene *s = scene_new();
	struct ike_addr from = s->p.from;

	from.port = 0;
	socks_input(&s->d, 500, &s->p.to, &from, s->p.data, s->p.len);
	assert_int_equal(s->d.stats.drop_port, 1);
	unmoved(s);
	scene_free(s);
}

/* IKE/67: what is right gets through at either port, and is answered from there */
static void good_ones(void **state)
{
	static const uint16_t ports[] = { 500, 4500 };
	unsigned int i;

	for (i = 0; i < N_OF(ports); i++) {
		struct scene *s = scene_new();

		if (ports[i] == 500)
			arrive(s, 500, s->p.data, s->p.len);
		else
			arrive(s, 4500, s->marked, s->p.len + 4);
		assert_int_equal(s->d.stats.packets_in, 1);
		assert_int_equal(answered, 1);
		assert_int_equal(ike_stats(s->w->b.ike)->half_open, 1);
		assert_int_equal(s->w->tail - s->w->head, 1);
		assert_int_equal(s->w->q[s->w->head].from.port, ports[i]);
		scene_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_ones), cmocka_unit_test(marker),
		cmocka_unit_test(port_zero), cmocka_unit_test(good_ones),
	};

	assert_true(crypto_init());
	return cmocka_run_group_tests_name("sock", tests, NULL, NULL);
}
