// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands around the daemon's parts in fuzz targets: main.c, the kernel, the net. */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <stdarg.h>
#include <stdio.h>

#include "btnsd/outcome.h"
#include "daemon.h"
#include "ike/crypto.h"

uint8_t daemon_spi[8];
struct ike_addr daemon_asked;

static struct fuzz_in *input;
static uint64_t clock_now, random_state;

/* --- main.c ------------------------------------------------------------------------------- */

uint64_t now_ms(void)
{
	return clock_now;
}

void btnsd_rearm(struct btnsd *d)
{
}

void make_folders(const char *file)
{
}

bool btnsd_reload(struct btnsd *d, char error[CONF_ERROR_MAX])
{
	strcpy(error, "not here");
	return false;
}

void btnsd_module(struct btnsd *d, bool back)
{
	if (back) {
		acquires_collect(d);
		return;
	}
	adopt_forget(d);
	ike_close(d->ike, now_ms(), NULL);
}

/* --- the kernel: it answers with what the input says -------------------------------------- */

int kernel_open(struct kernel *k)
{
	return -ENOENT;
}

void kernel_close(struct kernel *k)
{
}

int kernel_reopen(struct kernel *k)
{
	return 0;
}

int kernel_fd(const struct kernel *k)
{
	return -1;
}

int kernel_hear(struct kernel *k, kernel_event_fn fn, void *arg)
{
	return -EAGAIN;
}

struct nl_msg *kernel_new(struct kernel *k, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	FUZZ_CHECK(msg && genlmsg_put(msg, 0, 0, 20, 0, 0, cmd, BTNS_GENL_VERSION));
	return msg;
}

struct nl_msg *daemon_heard(struct fuzz_in *in)
{
	struct nl_msg *msg = nlmsg_alloc_size(70000);
	struct fuzz_in attrs;
	uint8_t cmd = fuzz_u8(in);
	int type = fuzz_u8(in) % 8 ? 20 : GENL_ID_CTRL;

	FUZZ_CHECK(msg && genlmsg_put(msg, 0, 0, type, 0, 0, cmd, BTNS_GENL_VERSION));
	attrs = fuzz_take(in, fuzz_u16(in));
	if (attrs.len)
		memcpy(nlmsg_reserve(msg, attrs.len, 0), attrs.p, attrs.len);
	return msg;
}

int kernel_call(struct kernel *k, struct nl_msg *msg, kernel_each_fn each, void *arg)
{
	struct nlattr *tb[BTNS_A_MAX + 1];
	uint8_t how;

	FUZZ_CHECK(msg);
	nlmsg_free(msg);
	strcpy(k->family.why, "a reason");
	if (!input)
		return 0;
	how = fuzz_u8(input);
	while (each && how & 3) {
		struct nl_msg *answer = daemon_heard(input);

		if (!genlmsg_parse(nlmsg_hdr(answer), 0, tb, BTNS_A_MAX, NULL))
			each(arg, tb);
		nlmsg_free(answer);
		how--;
	}
	return how & 128 ? -(how >> 2 & 31) : 0;
}

int kernel_dump(struct kernel *k, uint8_t cmd, kernel_each_fn each, void *arg)
{
	return kernel_call(k, kernel_new(k, cmd), each, arg);
}

/* --- the net ------------------------------------------------------------------------------- */

void __wrap_socks_send(struct btnsd *d, const struct ike_addr *local,
		       const struct ike_addr *peer, const uint8_t *pkt, size_t len);
void __wrap_socks_send(struct btnsd *d, const struct ike_addr *local,
		       const struct ike_addr *peer, const uint8_t *pkt, size_t len)
{
	if (len < 28 || pkt[18] != 34 || pkt[19] & 0x20)
		return;
	memcpy(daemon_spi, pkt, sizeof(daemon_spi));
	daemon_asked = *peer;
	acquire_asked(d, peer, pkt);
}

bool __wrap_socks_source(const struct ike_addr *peer, struct ike_addr *local);
bool __wrap_socks_source(const struct ike_addr *peer, struct ike_addr *local)
{
	local->family = peer->family;
	local->port = 500;
	local->ip[0] = 10;
	return true;
}

void __wrap_crypto_random(void *buf, size_t len);
void __wrap_crypto_random(void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len--) {
		random_state = random_state * 6364136223846793005 + 1442695040888963407;
		*p++ = (uint8_t)(random_state >> 56);
	}
}

/* Said to nobody, but put together. */
void __wrap_log_at(int level, const char *format, ...);
void __wrap_log_at(int level, const char *format, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
}

/* --- life ------------------------------------------------------------------------------------ */

void daemon_open(struct btnsd *d, struct fuzz_in *in)
{
	struct ike_config config = { .seed = { 1 }, .unique = true, .beet = true };
	char error[CONF_ERROR_MAX];
	static bool ready;

	if (!ready)
		FUZZ_CHECK(ready = crypto_init());
	memset(d, 0, sizeof(*d));
	memset(&daemon_asked, 0, sizeof(daemon_asked));
	input = NULL;
	clock_now = 1000;
	random_state = 1;
	d->conf = conf_read(NULL, error);
	d->base = event_base_new();
	d->socks = calloc(1, 1 << 17);		/* none is open */
	d->ike = ike_new(&config, &backend_ops, d, clock_now);
	FUZZ_CHECK(d->conf && d->base && d->socks && d->ike);
	d->conf->daemon.fallback = 0;
	FUZZ_CHECK(pairs_new(d) && acquires_new(d) && adopts_new(d) && binds_new(d));
	input = in;
}

void daemon_close(struct btnsd *d)
{
	input = NULL;
	ike_free(&d->ike);
	adopt_free(d);
	acquires_free(d);
	binds_free(d);
	pairs_free(d);
	outcomes_free(d);
	free(d->socks);
	event_base_free(d->base);
	conf_free(&d->conf);
}

void daemon_pass(struct btnsd *d, uint32_t ms)
{
	clock_now += ms;
	ike_tick(d->ike, clock_now);
	event_base_loop(d->base, EVLOOP_NONBLOCK);
}
