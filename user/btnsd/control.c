// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control socket: a line with a JSON object asks, a line with one answers, then the
 * connection ends.  Members: command, and what it needs.  See btnsd(8).
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <grp.h>
#include <jansson.h>
#include <pwd.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../ike/cert.h"
#include "../ike/offer.h"
#include "btns.h"
#include "btnsd.h"
#include "outcome.h"
#include "peers_control.h"

#define REQUEST_MAX	4096
#define PATIENCE	10	/* seconds */
#define CLIENTS_MAX	64
#define WATCH_MAX	65536	/* octets of events that a client may be behind */
#define GROUP		"btns"

struct control {
	int fd;
	unsigned int clients;
	struct evconnlistener *listener;
	struct client *first;
};

struct client {
	struct btnsd *d;
	struct bufferevent *bev;
	struct client *next, **at;
	bool answered;
	bool watches;			/* events go there until it ends */
};

/* --- documents ------------------------------------------------------------------------ */

static json_t *error_of(const char *text)
{
	return json_pack("{s:s}", "error", text);
}

static json_t *done(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static void fingerprint(const uint8_t *spki, size_t len, char out[BTNS_FINGERPRINT_TEXT])
{
	struct chunk c = CHUNK(spki, len);
	uint8_t hash[32];

	crypto_sha256(hash, &c, 1);
	btns_fingerprint_text(hash, out, BTNS_FINGERPRINT_TEXT);
}

static json_t *do_status(struct btnsd *d, const json_t *q)
{
	const struct ike_stats *st = ike_stats(d->ike);
	char fp[BTNS_FINGERPRINT_TEXT], text[ID_TEXT];
	struct ike_identity id;
	const uint8_t *spki;
	size_t len;

	spki = ike_spki(d->ike, &len);
	fingerprint(spki, len, fp);
	ike_local_identity(d->ike, &id);
	id.spki_len = 0;
	identity_text(&id, text);
	return json_pack("{s:i, s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}",
		"pid", (int)getpid(), "since", (json_int_t)d->since,
		"uptime", (json_int_t)((now_ms() - d->started) / 1000),
		"version", BTNS_VERSION, "fingerprint", fp, "id", text,
		"configuration", d->conf->file, "generation", (json_int_t)d->generation,
		"ike_sas", (json_int_t)st->sas, "half_open", (json_int_t)st->half_open,
		"sa_pairs", (json_int_t)pairs_count(d),
		"to_be_replaced", (json_int_t)adopt_count(d));
}

struct listing {
	struct btnsd *d;
	json_t *list;
	uint64_t now;
};

static void spis_text(const struct ike_sa_info *i, char out[34])
{
	sodium_bin2hex(out, 17, i->spi_i, 8);
	out[16] = ':';
	sodium_bin2hex(out + 17, 17, i->spi_r, 8);
}

static void list_one(void *arg, struct ike_sa *sa, const struct ike_sa_info *i)
{
	char spi[34], local[ADDR_TEXT], peer[ADDR_TEXT], fp[BTNS_FINGERPRINT_TEXT] = "";
	char id[ID_TEXT], suite[IKE_SUITE_TEXT];
	struct ike_identity peer_id = i->peer_id;
	struct listing *l = arg;
	json_t *o;

	spis_text(i, spi);
	if (peer_id.spki_len)
		fingerprint(peer_id.spki, peer_id.spki_len, fp);
	peer_id.spki_len = 0;
	identity_text(&peer_id, id);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:b, s:b, s:i, s:i, s:i, s:i, s:i, s:i}",
		"spi", spi, "state", i->established ? "established" : "connecting",
		"role", i->initiator ? "initiator" : "responder",
		"local", addr_text(&i->local, local), "peer", addr_text(&i->peer, peer),
		"age", (json_int_t)((l->now - i->created) / 1000),
		"idle", (json_int_t)((l->now - i->last_in) / 1000),
		"initiator", i->initiator, "nat_local", i->natt_local,
		"nat_peer", i->natt_remote,
		"encr", i->encr, "encr_bits", i->encr_bits, "integ", i->integ,
		"prf", i->prf, "group", i->group, "children", (int)i->n_children);
	if (!o)
		return;
	if (i->established) {
		ike_suite_text(i, suite);
		json_object_set_new(o, "suite", json_string(suite));
	}
	json_object_set_new(o, "peer_fingerprint", *fp ? json_string(fp) : json_null());
	json_object_set_new(o, "peer_id", i->established ? json_string(id) : json_null());
	json_array_append_new(l->list, o);
}

static json_t *do_ike_sas(struct btnsd *d, const json_t *q)
{
	struct listing l = { .d = d, .list = json_array(), .now = now_ms() };

	if (!l.list)
		return NULL;
	ike_walk(d->ike, list_one, &l);
	return json_pack("{s:o}", "ike_sas", l.list);
}

static json_t *do_stats(struct btnsd *d, const json_t *q)
{
	const struct ike_stats *s = ike_stats(d->ike);
	json_t *o = json_object();

	if (!o)
		return NULL;
#define X(name) json_object_set_new(o, "ike_" #name, json_integer((json_int_t)s->name));
	IKE_STATS(X)
#undef X
	json_object_set_new(o, "ike_sas", json_integer(s->sas));
	json_object_set_new(o, "ike_half_open", json_integer(s->half_open));
	json_object_set_new(o, "ike_children", json_integer(s->children));
	json_object_set_new(o, "ike_tickets", json_integer(s->tickets));
#define X(name) json_object_set_new(o, #name, json_integer((json_int_t)d->stats.name));
	STATS(X)
#undef X
	return json_pack("{s:o}", "stats", o);
}

static json_t *do_reload(struct btnsd *d, const json_t *q)
{
	char error[CONF_ERROR_MAX];

	return btnsd_reload(d, error) ? done() : error_of(error);
}

static json_t *do_flush(struct btnsd *d, const json_t *q)
{
	ike_close(d->ike, now_ms(), NULL);
	return done();
}

struct search {
	const char *spi;
	struct ike_sa *sa;
};

static void match_spi(void *arg, struct ike_sa *sa, const struct ike_sa_info *i)
{
	struct search *s = arg;
	char spi[34];

	spis_text(i, spi);
	if (!strcmp(spi, s->spi))
		s->sa = sa;
}

static json_t *with_sa(struct btnsd *d, const json_t *q,
		       void (*fn)(struct ike *ike, uint64_t now, struct ike_sa *sa))
{
	struct search s = { .spi = json_string_value(json_object_get(q, "spi")) };

	if (!s.spi)
		return error_of("spi is missing: as ike-sas shows it");
	ike_walk(d->ike, match_spi, &s);
	if (!s.sa)
		return error_of("no IKE SA with this spi");
	fn(d->ike, now_ms(), s.sa);
	return done();
}

static json_t *do_close(struct btnsd *d, const json_t *q)
{
	return with_sa(d, q, ike_close);
}

static json_t *do_rekey(struct btnsd *d, const json_t *q)
{
	const char *sa = json_string_value(json_object_get(q, "sa"));
	unsigned long spi;
	char *end;

	if (!sa)
		return with_sa(d, q, ike_rekey);
	spi = strtoul(sa, &end, 0);
	if (*end || !spi || spi > UINT32_MAX || !pairs_find(d, (uint32_t)spi))
		return error_of("no SA pair with this inbound SPI");
	ike_child_expiring(d->ike, now_ms(), (uint32_t)spi);
	return done();
}

static json_t *do_log_level(struct btnsd *d, const json_t *q)
{
	const char *level = json_string_value(json_object_get(q, "level"));
	struct conf_daemon wanted;
	struct conf_target t = { .daemon = &wanted };
	const char *why = level ? set_log_level(&t, level) : "level is missing";

	if (why)
		return error_of(why);
	log_level(wanted.log_level);
	d->level_fixed = true;
	return done();
}

static const struct {
	const char *name;
	json_t *(*fn)(struct btnsd *d, const json_t *question);
} commands[] = {
	{ "status", do_status }, { "ike-sas", do_ike_sas }, { "stats", do_stats },
	{ "reload", do_reload }, { "flush", do_flush }, { "close", do_close },
	{ "rekey", do_rekey }, { "log-level", do_log_level },
	{ "peers", peers_do_list }, { "peer", peers_do_show },
	{ "peer-trust", peers_do_trust }, { "peer-untrust", peers_do_untrust },
	{ "peer-forget", peers_do_forget }, { "peers-export", peers_do_export },
	{ "peers-import", peers_do_import }, { "explain", explain_do },
};

static json_t *answer(struct btnsd *d, const char *line)
{
	json_t *q = json_loads(line, 0, NULL), *a = NULL;
	const char *name = json_string_value(json_object_get(q, "command"));
	size_t i;

	if (!json_is_object(q) || !name) {
		a = error_of("not a JSON object with a command");
	} else {
		for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			if (!strcmp(name, commands[i].name))
				break;
		if (i == sizeof(commands) / sizeof(commands[0]))
			a = error_of("unknown command");
		else
			a = commands[i].fn(d, q);
	}
	json_decref(q);
	btnsd_rearm(d);
	return a ?: error_of("out of memory");
}

/* --- connections ----------------------------------------------------------------------- */

static void hang_up(struct client *c)
{
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	c->d->control->clients--;
	bufferevent_free(c->bev);
	free(c);
}

/* true: that was all it asked. */
static bool begin_watch(struct client *c, const char *line)
{
	json_t *q = json_loads(line, 0, NULL);
	const char *name = json_string_value(json_object_get(q, "command"));

	c->watches = name && !strcmp(name, "watch");
	json_decref(q);
	if (c->watches)
		bufferevent_set_timeouts(c->bev, NULL, NULL);
	return c->watches;
}

void control_event(struct btnsd *d, json_t *event)
{
	struct client *c = d->control ? d->control->first : NULL, *next;
	char *text = c && event ? json_dumps(event, JSON_COMPACT) : NULL;
	struct evbuffer *out;

	json_decref(event);
	for (; text && c; c = next) {
		next = c->next;
		if (!c->watches)
			continue;
		out = bufferevent_get_output(c->bev);
		/* who does not read hears no more, and notices */
		if (evbuffer_get_length(out) > WATCH_MAX)
			hang_up(c);
		else
			evbuffer_add_printf(out, "%s\n", text);
	}
	free(text);
}

static void send_answer(struct client *c, json_t *a)
{
	char *text = a ? json_dumps(a, JSON_COMPACT) : NULL;
	struct evbuffer *out = bufferevent_get_output(c->bev);

	json_decref(a);
	if (text)
		evbuffer_add_printf(out, "%s\n", text);
	free(text);
	c->answered = true;
	bufferevent_disable(c->bev, EV_READ);
	if (!evbuffer_get_length(out))
		hang_up(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct client *c = arg;
	size_t len;
	char *line;

	if (c->answered)
		return;
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (line && !c->watches && strlen(line) == len && begin_watch(c, line)) {
		c->d->stats.control_requests++;
		free(line);
	} else if (line) {
		c->d->stats.control_requests++;
		send_answer(c, strlen(line) == len ? answer(c->d, line) :
			    error_of("not a JSON object with a command"));
		free(line);
	} else if (evbuffer_get_length(in) > REQUEST_MAX) {
		c->d->stats.control_refused++;
		send_answer(c, error_of("the question is too long"));
	}
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (c->answered && !evbuffer_get_length(bufferevent_get_output(bev)))
		hang_up(c);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	/* who has asked may close its own direction and still read */
	if ((what & BEV_EVENT_EOF) && c->answered)
		return;
	hang_up(c);
}

/* Root, ourselves, members of the group. */
static bool allowed(int fd)
{
	const struct group *gr = getgrnam(GROUP);
	gid_t groups[256];
	int n = 256, i;
	const struct passwd *pw;
	struct ucred u;
	socklen_t len = sizeof(u);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len))
		return false;
	if (u.uid == 0 || u.uid == geteuid())
		return true;
	if (!gr)
		return false;
	if (u.gid == gr->gr_gid)
		return true;
	pw = getpwuid(u.uid);
	if (!pw || getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0)
		return false;
	for (i = 0; i < n; i++)
		if (groups[i] == gr->gr_gid)
			return true;
	return false;
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
		      int len, void *arg)
{
	static const struct timeval patience = { .tv_sec = PATIENCE };
	struct btnsd *d = arg;
	struct control *ctl = d->control;
	struct client *c;

	c = ctl->clients < CLIENTS_MAX && allowed(fd) ? calloc(1, sizeof(*c)) : NULL;
	if (c)
		c->bev = bufferevent_socket_new(d->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		d->stats.control_refused++;
		free(c);
		close(fd);
		return;
	}
	c->d = d;
	c->next = ctl->first;
	c->at = &ctl->first;
	if (c->next)
		c->next->at = &c->next;
	ctl->first = c;
	ctl->clients++;
	bufferevent_setcb(c->bev, on_read, on_written, on_end, c);
	bufferevent_set_timeouts(c->bev, &patience, &patience);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* --- life ------------------------------------------------------------------------------- */

static bool refuse(const char *path, const char *why)
{
	log_error("control socket %s: %s", path, why);
	return false;
}

/* A socket that nobody answers is a leftover. */
static bool remove_stale(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && !connect(fd, (const struct sockaddr *)a, sizeof(*a));

	if (fd >= 0)
		close(fd);
	return !alive && (!unlink(a->sun_path) || errno == ENOENT);
}

bool control_open(struct btnsd *d)
{
	const char *path = d->conf->daemon.control;
	const struct group *gr = getgrnam(GROUP);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct control *c = calloc(1, sizeof(*c));
	mode_t mask;
	int r;

	if (!c)
		return refuse(path, "out of memory");
	d->control = c;
	c->fd = -1;
	if (strlen(path) >= sizeof(a.sun_path))
		return refuse(path, "name too long");
	strcpy(a.sun_path, path);
	make_folders(path);
	if (!remove_stale(&a))
		return refuse(path, errno == EACCES || errno == EPERM ? strerror(errno) :
			      "another btnsd answers there");
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	r = c->fd < 0 ? -1 : bind(c->fd, (struct sockaddr *)&a, sizeof(a));
	umask(mask);
	if (r || listen(c->fd, CLIENTS_MAX))
		return refuse(path, strerror(errno));
	if (gr && !chown(path, (uid_t)-1, gr->gr_gid) && chmod(path, 0660))
		return refuse(path, strerror(errno));
	return true;
}

bool control_start(struct btnsd *d)
{
	d->control->listener = evconnlistener_new(d->base, on_accept, d,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, d->control->fd);
	return d->control->listener;
}

void control_close(struct btnsd *d)
{
	struct control *c = d->control;

	if (!c)
		return;
	while (c->first)
		hang_up(c->first);
	/* may fail: the folder is root's */
	if (c->fd >= 0)
		unlink(d->conf->daemon.control);
	if (c->listener)
		evconnlistener_free(c->listener);
	else if (c->fd >= 0)
		close(c->fd);
	free(c);
	d->control = NULL;
}
