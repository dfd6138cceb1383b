// SPDX-License-Identifier: GPL-2.0-or-later
/* After the start: an unprivileged user, with one capability for its work, no way back. */
#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "btnsd.h"

static bool refuse(const char *what)
{
	log_error("cannot drop privileges: %s: %s", what, strerror(errno));
	return false;
}

const struct passwd *privs_user(const struct conf_daemon *conf)
{
	const struct passwd *pw;

	if (geteuid())
		return NULL;
	pw = getpwnam(conf->user);
	if (!pw && !conf->user_set) {
		log_notice("no user %s: becoming nobody", conf->user);
		pw = getpwnam("nobody");
	}
	if (!pw)
		log_error("no user %s", conf->user);
	return pw;
}

bool privs_drop(const struct conf_daemon *conf, unsigned int cap)
{
	const bool needed = cap == CAP_NET_ADMIN;
	const struct passwd *pw = privs_user(conf);
	uid_t uid = geteuid();
	bool kept;

	if (uid == 0) {
		if (!pw)
			return false;
		uid = pw->pw_uid;
	}
	kept = capng_have_capability(CAPNG_PERMITTED, cap) || needed;
	capng_clear(CAPNG_SELECT_ALL);
	if (kept && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, cap))
		return refuse("capabilities");
	if (pw) {
		int r = capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
					CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING |
					CAPNG_CLEAR_AMBIENT);

		if (r) {
			log_error("cannot become user %s (step %d): %s", conf->user, -r,
				  strerror(errno));
			return false;
		}
	} else if (capng_apply(CAPNG_SELECT_CAPS)) {
		return refuse("capabilities");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return refuse("no_new_privs");
	/* keys are in memory: no core files, no ptrace by the same user */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return refuse("dumpable");
	if (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)) {
		errno = EPERM;
		return refuse("root is still within reach");
	}
	if (needed && !capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN)) {
		errno = EPERM;
		return refuse("CAP_NET_ADMIN is missing");
	}
	return true;
}
