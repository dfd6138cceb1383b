/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon.  What owns what: main.c the struct btnsd; sock.c the UDP sockets,
 * backend.c the engine's way to the kernel, acquire.c flows that wait, adopt.c SAs of
 * an earlier life, addresses.c where this host is, bind.c channel bindings, peers.c keys that were seen before, outcome.c
 * what became of the last attempts, control.c the socket of btnsctl.  One thread, one
 * event loop.
 */
#ifndef BTNSD_H
#define BTNSD_H

#include <event2/event.h>
#include <pwd.h>
#include <syslog.h>

#include "conf.h"
#include "keeper.h"
#include "kernel.h"

/* --- log.c -------------------------------------------------------------------------- */

void log_start(void);
void log_level(int level);
int log_level_now(void);
bool log_wants(int level);
void log_at(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...)	log_at(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)	log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)	log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_at(LOG_DEBUG, __VA_ARGS__)
#define ADDR_TEXT	80
/* "192.0.2.1", with port "[2001:db8::1]:500" if it is not 0. */
const char *addr_text(const struct ike_addr *a, char buf[ADDR_TEXT]);
#define ID_TEXT		192
/* Key's fingerprint if there is one, and the ID. */
const char *identity_text(const struct ike_identity *id, char buf[ID_TEXT]);

#define STATS(X) \
	X(packets_in) X(packets_out) X(send_failed) X(drop_short) X(drop_marker) \
	X(drop_keepalive) X(drop_truncated) X(drop_port) X(icmp_errors) X(icmp_believed) \
	X(acquires) X(acquires_ok) X(acquires_failed) X(fallbacks) X(lost_events) \
	X(restored) X(not_kept) X(adopted) X(adopt_retries) X(replaced) X(reloads) \
	X(reloads_refused) \
	X(control_requests) X(control_refused) X(known_first) X(known_back) X(known_refused) \
	X(known_changed) X(known_failed) X(known_heirs) \
	X(known_tied) X(known_untied)

struct stats {
#define X(name) uint64_t name;
	STATS(X)
#undef X
};

struct socks;
struct pairs;
struct acquires;
struct adopts;
struct binds;
struct control;
struct peers;
struct outcomes;
struct addresses;

struct btnsd {
	const char *conf_file;		/* NULL: built-in */
	struct conf *conf;
	struct conf_daemon over;	/* options of the command line */
	struct event_base *base;
	struct ike *ike;
	struct event *tick;
	struct kernel kernel;
	struct event *heard;
	struct keeper keeper;		/* the process that has the keys */
	struct event *kept;
	struct socks *socks;
	struct pairs *pairs;
	struct acquires *acquires;
	struct adopts *adopts;
	struct keep *keep;		/* NULL: IKE SAs end with the process */
	struct tickets_file *tickets;	/* NULL: their keys end with the process */
	struct binds *binds;
	struct control *control;
	struct peers *peers;
	struct outcomes *outcomes;
	struct addresses *addresses;
	struct stats stats;
	int64_t since;			/* wall clock, seconds */
	uint64_t started;		/* now_ms() */
	uint32_t generation;		/* of the configuration in the kernel */
	int exit_code;
	bool level_fixed;		/* log level of the command line or btnsctl */
};

uint64_t now_ms(void);			/* CLOCK_BOOTTIME */

/* --- main.c ---------------------------------------------------------------------------- */

/* After each call into the engine: set its timer. */
void btnsd_rearm(struct btnsd *d);
/* The module was unloaded, or is back. */
void btnsd_module(struct btnsd *d, bool back);
/* Folders of a file that may not be there yet. */
void make_folders(const char *file);
/* Configuration anew; false: error says why, nothing has changed. */
bool btnsd_reload(struct btnsd *d, char error[CONF_ERROR_MAX]);

/* --- sock.c ----------------------------------------------------------------------------- */

/* false: error was logged. */
bool socks_open(struct btnsd *d);
void socks_close(struct btnsd *d);
bool socks_start(struct btnsd *d);	/* into the event loop */
void socks_send(struct btnsd *d, const struct ike_addr *local, const struct ike_addr *peer,
		const uint8_t *pkt, size_t len);
/* What came to a port: an IKE message goes to the engine, all else is counted and dropped. */
void socks_input(struct btnsd *d, uint16_t port, const struct ike_addr *local,
		 const struct ike_addr *peer, const uint8_t *p, size_t len);

/* Address that packets to peer leave from; false: no route. */
bool socks_source(const struct ike_addr *peer, struct ike_addr *local);

/* --- conf_kernel.c ------------------------------------------------------------------------ */

/* Replace PAD and SPD.  false: error is "file:line: reason" in the kernel's words. */
bool conf_commit(struct btnsd *d, const struct conf *conf, char error[CONF_ERROR_MAX]);

/* --- backend.c ------------------------------------------------------------------------------ */

extern const struct ike_ops backend_ops;	/* ctx: struct btnsd */
bool pairs_new(struct btnsd *d);
void pairs_free(struct btnsd *d);
/* Number of an SA pair of ours by its inbound SPI; 0: none. */
uint32_t pairs_find(const struct btnsd *d, uint32_t spi_in);
void pairs_forget(struct btnsd *d, uint32_t spi_in);
/* One of an earlier life, whose IKE SA is here again. */
bool pairs_take_over(struct btnsd *d, uint32_t spi_in, uint32_t sa_id);
unsigned int pairs_count(const struct btnsd *d);
/* Events were lost: tell the engine which of its pairs are gone. */
void pairs_resync(struct btnsd *d);
void backend_event(void *arg, const struct k_event *ev);	/* kernel_event_fn */

/* --- creds.c ------------------------------------------------------------------------------- */

/* The PAD entry that a peer with that ID has to satisfy; of the peer at that address. */
const struct conf_pad *creds_of_id(const struct conf *conf, uint16_t type, const uint8_t *id,
				   size_t len);
const struct conf_pad *creds_of_address(const struct conf *conf, const struct ike_addr *a);
/* Operations of the engine. */
void creds_expect(void *ctx, const struct ike_addr *peer, const struct ike_identity *id,
		  struct ike_expect *e);
bool creds_vouch(void *ctx, const struct ike_identity *peer, const struct chunk *chain,
		 unsigned int n);
/* Ask peers for certificates of the authorities that the configuration names. */
bool creds_announce(struct btnsd *d);
/* After a reload: what rests on older secrets and authorities is closed. */
void creds_changed(struct btnsd *d, const struct conf *was);

/* --- acquire.c ------------------------------------------------------------------------------ */

bool acquires_new(struct btnsd *d);
void acquires_free(struct btnsd *d);
void acquire_start(struct btnsd *d, const struct k_acquire *a);
/* Open ones of the kernel that are not under way: at the start, after lost events. */
void acquires_collect(struct btnsd *d);
void acquire_done(struct btnsd *d, uint32_t id, enum ike_error error, uint16_t detail);
/* An IKE_SA_INIT request leaves for a peer / ICMP brought one back with its SPI. */
void acquire_asked(struct btnsd *d, const struct ike_addr *peer, const uint8_t spi[8]);
void acquire_answered(struct btnsd *d, const uint8_t spi[8]);
bool acquire_unreachable(struct btnsd *d, const struct ike_addr *peer,
			 const uint8_t *quote, size_t len, int error);
/* errno that tells the kernel why. */
int acquire_errno(enum ike_error error);

/* --- deadpeer.c ---------------------------------------------------------------------------- */

/* An IKE SA is down, perhaps because nobody answers. */
void deadpeer_event(struct btnsd *d, const struct ike_event *ev);

/* --- own_file.c --------------------------------------------------------------------------- */

/* Made, if it is not there.  NULL, or what is wrong; fd is to be closed, if there is one. */
const char *own_file_open(const char *path, int *fd, off_t *size);

/* --- keep.c --------------------------------------------------------------------------------- */

/* Where records of IKE SAs outlive the process; as root. */
void keep_open(struct btnsd *d);
void keep_close(struct btnsd *d);
/* The engine's operation. */
void keep_record(void *ctx, uint64_t *slot, const uint8_t *record, size_t len);
/* IKE SAs of an earlier life: how many. */
unsigned int keep_restore(struct btnsd *d);

/* --- tickets.c: keys of tickets that outlive a boot ------------------------------------ */

/* After make_engine(); without such a file session resumption goes on, but not for long. */
void tickets_open(struct btnsd *d);
void tickets_close(struct btnsd *d);
/* ops->ticket_keys, ops->wall */
void tickets_save(void *ctx, const uint8_t *keys, size_t len);
uint64_t tickets_wall(void *ctx);

/* --- adopt.c ------------------------------------------------------------------------------- */

/* Requests of adopt.c carry cookies with this bit; the kernel's numbers never do. */
#define ADOPT_COOKIE	0x80000000U
bool adopts_new(struct btnsd *d);
/* SA pairs of an earlier life: replace them, make before break. */
void adopt_start(struct btnsd *d);
void adopt_free(struct btnsd *d);
void adopt_forget(struct btnsd *d);	/* there are none any more */
void adopt_done(struct btnsd *d, uint32_t cookie, enum ike_error error);
/* A pair of that selection came up, whoever asked: those before it can go. */
void adopt_replaced(struct btnsd *d, const struct ike_child_sa *child);
/* One of them went away. */
void adopt_gone(struct btnsd *d, uint32_t sa_id);
/* The peer does not answer over the IKE SA of that pair, which was restored. */
void adopt_lost(struct btnsd *d, uint32_t sa_id);
unsigned int adopt_count(const struct btnsd *d);

/* --- bind.c -------------------------------------------------------------------------------- */

bool binds_new(struct btnsd *d);
void binds_free(struct btnsd *d);
/* An application asks for the unique channel binding of a latch. */
void bind_start(struct btnsd *d, uint64_t latch);
/* Open questions of the kernel: at the start, after lost events. */
void binds_collect(struct btnsd *d);
enum ike_query bind_keep(struct btnsd *d, const struct ike_binding *b);
void bind_done(struct btnsd *d, uint64_t latch, enum ike_error error, enum ike_query result);

/* --- addresses.c --------------------------------------------------------------------------- */

/* Watch addresses and routes of this host. */
bool addresses_new(struct btnsd *d);
void addresses_free(struct btnsd *d);
/* What there is, to the engine. */
void addresses_tell(struct btnsd *d);

/* --- control.c ------------------------------------------------------------------------------- */

bool control_open(struct btnsd *d);
bool control_start(struct btnsd *d);
void control_close(struct btnsd *d);

/* --- peers.c ------------------------------------------------------------------------------- */

/*
 * Before and after privileges are dropped, the second with each new configuration, too.
 * false: logged.
 */
bool peers_prepare(const struct btnsd *d);
bool peers_open(struct btnsd *d);
void peers_close(struct btnsd *d);
/* The peer proved its key and that PAD entry admits it.  0, or -EACCES: logged. */
int peers_judge(struct btnsd *d, const struct ike_identity *peer, const char *entry);
/* What the kernel shall believe of a key: auth and trust are filled in. */
void peers_vouch(const struct btnsd *d, struct ike_identity *peer);
/* The peer announces the key that will follow its own. */
enum ike_heir peers_heir(struct btnsd *d, const struct ike_identity *peer, const uint8_t *spki,
			 size_t len);
/* peers_bond.c: secrets that sessions leave, see struct ike_ops. */
unsigned int peers_bonds(struct btnsd *d, const struct ike_addr *at,
			 const struct ike_identity *peer,
			 uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN]);
bool peers_bond(struct btnsd *d, const struct ike_identity *peer, enum ike_bond_step step,
		uint32_t *number, const uint8_t secret[IKE_BOND_LEN]);
/* errno for a flow that failed because of the peer's key; 0: it did not. */
int peers_errno(const struct btnsd *d, const struct ike_addr *peer);

/* --- privs.c ------------------------------------------------------------------------------- */

/* Who that will be; NULL: logged, or nobody else, we are not root. */
const struct passwd *privs_user(const struct conf_daemon *conf);
/*
 * Become user, keep that capability alone: CAP_NET_ADMIN, or CAP_DAC_READ_SEARCH if it is
 * there.  false: logged; do not go on.
 */
bool privs_drop(const struct conf_daemon *conf, unsigned int cap);

/* --- sandbox.c ----------------------------------------------------------------------------- */

/* From now on only the system calls of a daemon that runs.  false: logged; do not go on. */
bool sandbox_enter(void);
/* Of the process that keeps the keys (keeper.c): it computes, and reads files again. */
bool sandbox_keeper(void);

#endif /* BTNSD_H */
