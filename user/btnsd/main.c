// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsd: start, signals, reload, end. */
#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../ike/cert.h"
#include "../ike/pkix.h"
#include "btns.h"
#include "btnsd.h"
#include "outcome.h"

#define CONF_FILE	"/etc/btns/btns.conf"

enum exit_code { EXIT_GOOD, EXIT_FAILED, EXIT_CONFIG };

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* sd_notify(3): one datagram. */
static void tell_systemd(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, path, len);
	if (*path == '@')
		a.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&a,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_debug("systemd: %s", strerror(errno));
	close(fd);
}

/* --- the engine's timer --------------------------------------------------------------- */

void btnsd_rearm(struct btnsd *d)
{
	uint64_t next = ike_next(d->ike), now = now_ms(), wait;
	struct timeval tv;

	if (next == UINT64_MAX) {
		evtimer_del(d->tick);
		return;
	}
	wait = next > now ? next - now : 0;
	/* not past a suspend of the machine: the loop's clock stands still there */
	if (wait > 60000)
		wait = 60000;
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	evtimer_add(d->tick, &tv);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct btnsd *d = arg;

	ike_tick(d->ike, now_ms());
	btnsd_rearm(d);
}

/* --- the kernel's events ----------------------------------------------------------------- */

static void on_heard(evutil_socket_t fd, short what, void *arg)
{
	struct btnsd *d = arg;
	unsigned int i;
	int r = 0;

	for (i = 0; i < 256 && !r; i++)
		r = kernel_hear(&d->kernel, backend_event, d);
	if (r == -ENOBUFS) {
		d->stats.lost_events++;
		log_warn("events of the kernel were lost: looking again");
		acquires_collect(d);
		pairs_resync(d);
		binds_collect(d);
	} else if (r && r != -EAGAIN) {
		log_error("netlink: %s", strerror(-r));
		d->exit_code = EXIT_FAILED;
		event_base_loopbreak(d->base);
	}
	btnsd_rearm(d);
}

/* --- configuration ------------------------------------------------------------------------- */

static void override(struct btnsd *d, struct conf *conf)
{
	if (*d->over.key)
		strcpy(conf->daemon.key, d->over.key);
	if (*d->over.control)
		strcpy(conf->daemon.control, d->over.control);
	if (*d->over.known)
		strcpy(conf->daemon.known, d->over.known);
	if (d->over.user_set) {
		strcpy(conf->daemon.user, d->over.user);
		conf->daemon.user_set = true;
	}
	if (d->over.log_level >= 0)
		conf->daemon.log_level = d->over.log_level;
}

static struct conf *read_conf(void *arg, const struct conf_secrets *from,
			      char error[CONF_ERROR_MAX])
{
	struct btnsd *d = arg;
	struct conf *conf = conf_read_from(d->conf_file, from, error);

	if (conf)
		override(d, conf);
	return conf;
}

bool btnsd_reload(struct btnsd *d, char error[CONF_ERROR_MAX])
{
	const struct conf_secrets from = { keeper_secret, &d->keeper };
	struct conf *conf = keeper_read(&d->keeper, error) ? read_conf(d, &from, error) : NULL;
	const struct conf_daemon *was = &d->conf->daemon;
	struct conf *old = d->conf;

	if (!conf || !conf_commit(d, conf, error)) {
		conf_free(&conf);
		d->stats.reloads_refused++;
		log_error("configuration not changed: %s", error);
		return false;
	}
	if (conf->daemon.n_listen != was->n_listen ||
	    memcmp(conf->daemon.listen, was->listen, sizeof(was->listen)) ||
	    strcmp(conf->daemon.key, was->key) || strcmp(conf->daemon.user, was->user) ||
	    strcmp(conf->daemon.known, was->known) ||
	    strcmp(conf->daemon.next_key, was->next_key) ||
	    strcmp(conf->daemon.control, was->control) || conf->daemon.x509 != was->x509 ||
	    strcmp(conf->daemon.certificate, was->certificate) ||
	    conf->daemon.unique != was->unique ||
	    conf->daemon.continuity != was->continuity ||
	    conf->daemon.resumption != was->resumption ||
	    strcmp(conf->daemon.ticket_keys, was->ticket_keys) ||
	    conf->daemon.n_offers != was->n_offers ||
	    memcmp(conf->daemon.offers, was->offers, sizeof(was->offers)) ||
	    conf->daemon.sandbox != was->sandbox ||
	    memcmp(&conf->daemon.id, &was->id, sizeof(was->id)))
		log_notice("some options of [daemon] hold from the next start on");
	/* the socket keeps its old name until then */
	strcpy(conf->daemon.control, was->control);
	d->conf = conf;
	keeper_use(&d->keeper);
	creds_changed(d, old);
	conf_free(&old);
	if (!creds_announce(d))
		log_warn("out of memory: peers are asked for certificates of the old authorities");
	peers_open(d);
	ike_set_beet(d->ike, conf_has_mode(conf, BTNS_MODE_BEET));
	ike_set_ppk(d->ike, conf_has_ppk(conf));
	ike_set_bonds(d->ike, conf_bond(conf) != KNOWN_BOND_OFF);
	ike_set_mobike(d->ike, conf->daemon.mobike);
	if (!d->level_fixed)
		log_level(conf->daemon.log_level);
	d->stats.reloads++;
	log_notice("configuration %u: %u pad entries, %u policies", d->generation, conf->n_pad,
		   conf->n_policy);
	return true;
}

static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
	char error[CONF_ERROR_MAX], state[64];
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	tell_systemd(state);
	btnsd_reload(arg, error);
	tell_systemd("READY=1");
}

/*
 * With the module its SAs went, and so do the IKE SAs that made them: the peers hear
 * of it, too.  A new life of the module starts with the configuration that held.
 */
void btnsd_module(struct btnsd *d, bool back)
{
	char error[CONF_ERROR_MAX];

	if (!back) {
		log_error("the module was unloaded: what it protected is blocked");
		d->kernel.family.id = 0;
		adopt_forget(d);
		ike_close(d->ike, now_ms(), NULL);
		return;
	}
	if (kernel_reopen(&d->kernel)) {
		snprintf(error, sizeof(error), "%s", d->kernel.family.why);
	} else if (conf_commit(d, d->conf, error)) {
		log_notice("the module is loaded again: it has the configuration");
		acquires_collect(d);
		return;
	}
	log_error("%s", error);
	d->exit_code = EXIT_FAILED;
	event_base_loopbreak(d->base);
}

/* Answers of the keeper are waited for: anything else is its end. */
static void on_keeper(evutil_socket_t fd, short what, void *arg)
{
	struct btnsd *d = arg;

	log_error("the process that keeps the keys has ended");
	d->exit_code = EXIT_FAILED;
	event_base_loopbreak(d->base);
}

/* SAs and policies stay in the kernel: what they protect goes on. */
static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct btnsd *d = arg;

	log_notice("stopping; SAs and policies stay in the kernel");
	tell_systemd("STOPPING=1");
	event_base_loopbreak(d->base);
}

/* --- start ------------------------------------------------------------------------------------ */

void make_folders(const char *file)
{
	char path[PATH_MAX], *p;

	snprintf(path, sizeof(path), "%s", file);
	for (p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		mkdir(path, 0755);
		*p = '/';
	}
}

static bool own_id(const struct conf_daemon *c, const struct keeper_keys *keys,
		   struct ike_config *config)
{
	struct chunk rest = CHUNK(keys->cert, keys->cert_len), first;

	config->id_type = c->id.type;
	config->id_len = c->id.len;
	memcpy(config->id, c->id.data, c->id.len);
	/* an authority vouches for the names in the certificate, and for no others */
	if (c->id.type || !*c->certificate)
		return true;
	if (cert_next(&rest, &first))
		config->id_len = pkix_own_id(first, &config->id_type, config->id,
					     sizeof(config->id));
	if (!config->id_len)
		log_error("certificate %s: no name in it: say id", c->certificate);
	return config->id_len;
}

static bool make_engine(struct btnsd *d, const struct keeper_keys *keys)
{
	const struct conf_daemon *c = &d->conf->daemon;
	struct ike_config *config = calloc(1, sizeof(*config));

	if (!config || !own_id(c, keys, config)) {
		free(config);
		return false;
	}
	config->signer = keys->signer[KEEPER_OWN];
	config->next_signer = keys->signer[KEEPER_NEXT];
	if (c->x509) {
		config->cert = keys->cert;
		config->cert_len = keys->cert_len;
	}
	config->max_sas = c->max_sas;
	config->max_half_open = c->max_half_open;
	config->cookie_threshold = c->cookies;
	config->retry_first = c->retry_first;
	config->retry_max = c->retry_max;
	config->half_open = c->half_open;
	config->liveness = c->liveness;
	config->ike_lifetime = c->ike_lifetime;
	config->child_lifetime = c->child_lifetime;
	config->keepalive = c->keepalive;
	config->n_offers = c->n_offers;
	memcpy(config->offers, c->offers, sizeof(config->offers));
	config->fragment = c->fragment;
	config->initial_contact = true;
	config->unique = c->unique;
	config->mobike = c->mobike;
	config->heirs = config->next_signer || conf_has_known(d->conf);
	config->bonds = conf_bond(d->conf) != KNOWN_BOND_OFF;
	config->resume = c->resumption;
	config->beet = conf_has_mode(d->conf, BTNS_MODE_BEET);
	config->ppk = conf_has_ppk(d->conf);
	d->ike = ike_new(config, &backend_ops, d, now_ms());
	free(config);
	if (!d->ike || !creds_announce(d)) {
		log_error("the key exchange does not start");
		return false;
	}
	tickets_open(d);
	return true;
}

static bool add_signal(struct btnsd *d, int sig, event_callback_fn fn)
{
	struct event *e = evsignal_new(d->base, sig, fn, d);

	return e && !evsignal_add(e, NULL);
}

static bool make_loop(struct btnsd *d)
{
	d->base = event_base_new();
	if (!d->base)
		return false;
	d->tick = evtimer_new(d->base, on_tick, d);
	d->heard = event_new(d->base, kernel_fd(&d->kernel), EV_READ | EV_PERSIST, on_heard, d);
	d->kept = event_new(d->base, d->keeper.fd, EV_READ, on_keeper, d);
	return d->tick && d->heard && !event_add(d->heard, NULL) &&
	       d->kept && !event_add(d->kept, NULL) &&
	       add_signal(d, SIGTERM, on_stop) && add_signal(d, SIGINT, on_stop) &&
	       add_signal(d, SIGHUP, on_hangup) && pairs_new(d) && acquires_new(d) &&
	       adopts_new(d) && binds_new(d) && addresses_new(d);
}

/* What needs root, then what does not. */
static int start(struct btnsd *d)
{
	const struct conf_secrets from = { keeper_secret, &d->keeper };
	char error[CONF_ERROR_MAX], fp[BTNS_FINGERPRINT_TEXT];
	static struct keeper_keys keys;
	enum keeper_result met;
	uint8_t hash[32];
	const uint8_t *spki;
	struct chunk c;
	bool good;

	/* secrets never come here: the keeper is there before anything is read */
	met = keeper_start(&d->keeper, read_conf, d, &keys);
	if (met != KEEPER_GOOD)
		return met == KEEPER_CONF ? EXIT_CONFIG : EXIT_FAILED;
	d->conf = read_conf(d, &from, error);
	if (!d->conf) {
		log_error("%s", error);
		return EXIT_CONFIG;
	}
	keeper_use(&d->keeper);
	log_level(d->conf->daemon.log_level);
	if (kernel_open(&d->kernel)) {
		log_error("%s", d->kernel.family.why);
		return EXIT_FAILED;
	}
	good = control_open(d);
	if (good)
		keep_open(d);
	good = good && socks_open(d) && peers_prepare(d) &&
	       privs_drop(&d->conf->daemon, CAP_NET_ADMIN) && peers_open(d) && make_engine(d, &keys);
	if (!good)
		return EXIT_FAILED;
	if (!make_loop(d) || !socks_start(d) || !control_start(d)) {
		log_error("no event loop");
		return EXIT_FAILED;
	}
	if (!conf_commit(d, d->conf, error)) {
		log_error("%s", error);
		return EXIT_CONFIG;
	}
	d->stats.restored = keep_restore(d);
	if (d->stats.restored)
		log_notice("%llu IKE SAs of an earlier life go on",
			   (unsigned long long)d->stats.restored);
	addresses_tell(d);
	adopt_start(d);
	acquires_collect(d);
	binds_collect(d);
	btnsd_rearm(d);
	c.p = spki = ike_spki(d->ike, &c.len);
	crypto_sha256(hash, &c, 1);
	btns_fingerprint_text(hash, fp, sizeof(fp));
	log_notice("btnsd " BTNS_VERSION ", key %s, configuration %s: %u pad entries, %u policies",
		   fp, d->conf->file, d->conf->n_pad, d->conf->n_policy);
	return EXIT_GOOD;
}

static void stop(struct btnsd *d)
{
	if (d->ike)
		ike_free(&d->ike);
	keeper_stop(&d->keeper);
	control_close(d);
	socks_close(d);
	if (d->adopts)
		adopt_free(d);
	acquires_free(d);
	binds_free(d);
	addresses_free(d);
	pairs_free(d);
	peers_close(d);
	outcomes_free(d);
	if (d->tick)
		event_free(d->tick);
	if (d->heard)
		event_free(d->heard);
	if (d->kept)
		event_free(d->kept);
	keep_close(d);
	tickets_close(d);
	kernel_close(&d->kernel);
	if (d->base)
		event_base_free(d->base);
	conf_free(&d->conf);
}

/* --- command line --------------------------------------------------------------------------- */

static void usage(FILE *f)
{
	fputs("usage: btnsd [OPTION...]\n\n"
	      "  -c, --config FILE     configuration (/etc/btns/btns.conf if it is there)\n"
	      "  -k, --key FILE        identity key (/etc/btns/key.pem)\n"
	      "  -s, --control FILE    socket for btnsctl (/run/btns/control)\n"
	      "  -i, --instance NAME   /etc/btns/NAME/, /run/btns/NAME/, /var/lib/btns@NAME/ instead\n"
	      "  -u, --user NAME       become this user after the start (btns)\n"
	      "  -l, --log-level LEVEL error, warning, notice, info, debug\n"
	      "      --check FILE      read FILE, say what is wrong with it, and end\n"
	      "  -h, --help\n"
	      "  -V, --version\n", f);
}

static int check(const char *file)
{
	char error[CONF_ERROR_MAX];
	struct conf *conf = conf_read(file, error);

	if (!conf) {
		fprintf(stderr, "%s\n", error);
		return EXIT_CONFIG;
	}
	printf("%s: good: %u pad entries, %u policies\n", file, conf->n_pad, conf->n_policy);
	conf_free(&conf);
	return EXIT_GOOD;
}

static bool set_option(struct btnsd *d, conf_setter set, const char *name, const char *value)
{
	struct conf_target t = { .daemon = &d->over };
	const char *why = set(&t, value);

	if (why)
		fprintf(stderr, "btnsd: %s: %s\n", name, why);
	return !why;
}

static bool set_instance(struct btnsd *d, const char *name, char *file)
{
	char text[PATH_MAX];

	if (!*name || strchr(name, '/') || *name == '.' || strlen(name) > 32) {
		fprintf(stderr, "btnsd: --instance: not a name\n");
		return false;
	}
	snprintf(file, PATH_MAX, "/etc/btns/%s/btns.conf", name);
	if (!d->conf_file)
		d->conf_file = access(file, F_OK) ? NULL : file;
	snprintf(text, sizeof(text), "/etc/btns/%s/key.pem", name);
	if (!*d->over.key && !set_option(d, set_key, "--instance", text))
		return false;
	snprintf(d->over.known, sizeof(d->over.known), "/var/lib/btns@%s/known.db", name);
	snprintf(text, sizeof(text), "/run/btns/%s/control", name);
	return *d->over.control || set_option(d, set_control, "--instance", text);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ "control", required_argument, NULL, 's' },
		{ "instance", required_argument, NULL, 'i' },
		{ "user", required_argument, NULL, 'u' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "check", required_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	static char instance_file[PATH_MAX];
	struct btnsd d = { .over.log_level = -1, .keeper.fd = -1 };
	const char *instance = NULL;
	bool good = true;
	int o, r;

	while (good && (o = getopt_long(argc, argv, "c:k:s:i:u:l:hV", longs, NULL)) >= 0) {
		switch (o) {
		case 'c': d.conf_file = optarg; break;
		case 'k': good = set_option(&d, set_key, "--key", optarg); break;
		case 's': good = set_option(&d, set_control, "--control", optarg); break;
		case 'i': instance = optarg; break;
		case 'u': good = set_option(&d, set_user, "--user", optarg); break;
		case 'l': good = set_option(&d, set_log_level, "--log-level", optarg); break;
		case 'C': return check(optarg);
		case 'h': usage(stdout); return EXIT_GOOD;
		case 'V': puts("btnsd " BTNS_VERSION); return EXIT_GOOD;
		default: good = false;
		}
	}
	if (!good || optind < argc) {
		usage(stderr);
		return EXIT_CONFIG;
	}
	if (instance && !set_instance(&d, instance, instance_file))
		return EXIT_CONFIG;
	if (!d.conf_file && !instance && !access(CONF_FILE, F_OK))
		d.conf_file = CONF_FILE;

	log_start();
	if (!crypto_init()) {
		log_error("libsodium does not work");
		return EXIT_FAILED;
	}
	d.level_fixed = d.over.log_level >= 0;
	d.since = time(NULL);
	d.started = now_ms();
	signal(SIGPIPE, SIG_IGN);
	r = start(&d);
	if (!r && d.conf->daemon.sandbox && !sandbox_enter())
		r = EXIT_FAILED;
	if (!r) {
		tell_systemd("READY=1");
		event_base_dispatch(d.base);
		r = d.exit_code;
	}
	stop(&d);
	return r;
}
