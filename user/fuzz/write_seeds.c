// SPDX-License-Identifier: GPL-2.0-or-later
/* write_seeds FOLDER: the seed corpus as files. */
#include <stdio.h>

#include "fuzz.h"
#include "ike/crypto.h"

int main(int argc, char **argv)
{
	uint8_t buf[FUZZ_SEED_MAX];
	size_t len;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	if (!crypto_init())
		return 1;
	for (unsigned int i = 0; (len = fuzz_seed(i, buf)); i++) {
		char path[4096];
		FILE *f;

		if ((size_t)snprintf(path, sizeof(path), "%s/seed%u", argv[1], i) >=
		    sizeof(path))
			return 1;
		f = fopen(path, "wb");
		if (!f || fwrite(buf, 1, len, f) != len || fclose(f)) {
			perror(path);
			return 1;
		}
	}
	return 0;
}
