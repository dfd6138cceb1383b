// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target of btns.conf. */
#include "btnsd/conf.h"
#include "fuzz.h"
#include "ike/crypto.h"

int fuzz_conf(const uint8_t *data, size_t size)
{
	char error[CONF_ERROR_MAX] = "";
	static bool ready;
	struct conf *conf;

	if (!ready)
		FUZZ_CHECK(ready = crypto_init());
	if (!size)
		return 0;
	conf = conf_read(fuzz_memory(data, size), error);
	fuzz_memory(NULL, 0);
	FUZZ_CHECK(conf || *error);
	if (conf) {
		unsigned int i;

		FUZZ_CHECK(conf->daemon.n_listen <= CONF_LISTEN);
		for (i = 0; i < conf->n_pad; i++)
			FUZZ_CHECK(conf->pad[i].n_keys <= CONF_KEYS &&
				   conf->pad[i].n_ranges <= CONF_RANGES);
		for (i = 0; i < conf->n_policy; i++)
			FUZZ_CHECK(conf->policy[i].n_suites <= IKE_SUITES_MAX);
	}
	conf_free(&conf);
	return 0;
}
