// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: known peers. */
#include "known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../known/known.h"
#include "btns.h"

static int out_of_memory(struct ctl *c)
{
	ctl_error(c, "out of memory");
	return CTL_FAILED;
}

static int flushed(struct ctl *c)
{
	if (!fflush(stdout) && !ferror(stdout))
		return CTL_OK;
	ctl_error(c, "cannot write");
	return CTL_FAILED;
}

static int print(struct ctl *c, const json_t *doc)
{
	json_dumpf(doc, stdout, JSON_INDENT(2));
	putchar('\n');
	return flushed(c);
}

/* Words of a fingerprint may be several arguments. */
static char *joined(int argc, char **argv)
{
	size_t len = 1;
	char *text;
	int i;

	for (i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	text = calloc(1, len);
	for (i = 0; text && i < argc; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, argv[i]);
	}
	return text;
}

static int ask_about(struct ctl *c, const char *command, const char *peer, json_t **answer)
{
	json_t *q = json_pack("{s:s, s:s}", "command", command, "peer", peer);
	int ret = daemon_question(c, q, answer);

	json_decref(q);
	return ret;
}

/* --- looking -------------------------------------------------------------------------- */

static int list(struct ctl *c, const char *state)
{
	json_t *answer, *known, *e;
	int ret = daemon_ask(c, "peers", &answer);
	size_t i;

	if (ret)
		return ret;
	known = json_object_get(answer, "known");
	for (i = json_array_size(known); state && i--;) {
		e = json_array_get(known, i);
		if (strcmp(json_string_value(json_object_get(e, "state")) ?: "", state))
			json_array_remove(known, i);
	}
	if (c->json)
		ret = print(c, answer);
	else
		ret = known_text_list(stdout, known, c->colors) ? out_of_memory(c) : flushed(c);
	json_decref(answer);
	return ret;
}

static int show_one(struct ctl *c, const char *peer)
{
	json_t *answer;
	int ret = ask_about(c, "peer", peer, &answer);

	if (ret)
		return ret;
	if (c->json) {
		ret = print(c, json_object_get(answer, "peer"));
	} else {
		known_text_one(stdout, json_object_get(answer, "peer"), c->colors);
		ret = flushed(c);
	}
	json_decref(answer);
	return ret;
}

/* What somebody read from the telephone, against what is stored. */
static int compare(struct ctl *c, const char *peer, const char *heard)
{
	uint8_t said[BTNS_FINGERPRINT_LEN], stored[BTNS_FINGERPRINT_LEN];
	json_t *answer;
	const char *why, *have;
	int ret;
	bool same;

	if (btns_fingerprint_parse(heard, said)) {
		why = known_words_parse(heard, said);
		if (why) {
			ctl_error(c, "%s", why);
			return CTL_FAILED;
		}
	}
	ret = ask_about(c, "peer", peer, &answer);
	if (ret)
		return ret;
	have = json_string_value(json_object_get(json_object_get(answer, "peer"),
						 "fingerprint"));
	if (!have || btns_fingerprint_parse(have, stored)) {
		json_decref(answer);
		ctl_error(c, "btnsd: no fingerprint in its answer");
		return CTL_FAILED;
	}
	json_decref(answer);
	same = !memcmp(said, stored, sizeof(said));
	if (c->json)
		printf("{\"same\": %s}\n", same ? "true" : "false");
	else if (same)
		puts("same");
	ret = flushed(c);
	if (ret || same)
		return ret;
	ctl_error(c, "DIFFERENT: this is not the key that you were told");
	return CTL_FAILED;
}

/* --- deciding ---------------------------------------------------------------------------- */

static int decide(struct ctl *c, const char *command, const char *peer)
{
	json_t *answer;
	int ret = ask_about(c, command, peer, &answer);

	if (!ret && c->json)
		ret = print(c, answer);
	json_decref(answer);
	return ret;
}

static int export(struct ctl *c)
{
	json_t *answer;
	int ret = daemon_ask(c, "peers-export", &answer);

	if (ret)
		return ret;
	if (c->json) {
		ret = print(c, answer);
	} else {
		fputs(json_string_value(json_object_get(answer, "text")) ?: "", stdout);
		ret = flushed(c);
	}
	json_decref(answer);
	return ret;
}

/* All good lines are taken; the others are told with their number. */
static int import(struct ctl *c, const char *file)
{
	FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	unsigned int number = 0, bad = 0;
	json_t *q, *answer;
	char *line = NULL;
	size_t room = 0;
	int ret = CTL_OK;

	if (!f) {
		ctl_error(c, "%s: %s", file, strerror(errno));
		return CTL_FAILED;
	}
	while (ret != CTL_NO_DAEMON && getline(&line, &room, f) > 0) {
		number++;
		q = json_pack("{s:s, s:s}", "command", "peers-import", "line", line);
		ret = q ? daemon_question(c, q, &answer) : CTL_FAILED;
		json_decref(q);
		if (ret == CTL_FAILED) {
			fprintf(stderr, "btnsctl: %s:%u: %s\n", file, number,
				q ? c->error : "not UTF-8");
			bad++;
		}
		if (!ret)
			json_decref(answer);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	if (ret == CTL_NO_DAEMON)
		return ret;
	if (c->json)
		printf("{\"ok\": %s, \"refused\": %u}\n", bad ? "false" : "true", bad);
	ctl_error(c, "%u lines were refused", bad);
	return bad ? CTL_FAILED : CTL_OK;
}

int known_command(struct ctl *c, int argc, char **argv)
{
	static const struct { const char *word, *command; } decisions[] = {
		{ "trust", "peer-trust" }, { "untrust", "peer-untrust" },
		{ "forget", "peer-forget" },
	};
	const char *word = argv[0];
	char *peer;
	size_t i;
	int ret;

	if (!strcmp(word, "list") && argc == 1)
		return list(c, NULL);
	if (!strcmp(word, "pending") && argc == 1)
		return list(c, "new");
	if (!strcmp(word, "export") && argc == 1)
		return export(c);
	if (!strcmp(word, "import") && argc == 2)
		return import(c, argv[1]);
	if (argc < 2)
		return -1;
	if (!strcmp(word, "compare")) {
		peer = argc > 2 ? joined(argc - 2, argv + 2) : NULL;
		ret = argc < 3 ? -1 : peer ? compare(c, argv[1], peer) : out_of_memory(c);
		free(peer);
		return ret;
	}
	peer = joined(argc - 1, argv + 1);
	if (!peer)
		return out_of_memory(c);
	ret = -1;
	if (!strcmp(word, "show"))
		ret = show_one(c, peer);
	for (i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++)
		if (!strcmp(word, decisions[i].word))
			ret = decide(c, decisions[i].command, peer);
	free(peer);
	return ret;
}
