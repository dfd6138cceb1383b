// SPDX-License-Identifier: GPL-2.0-or-later
/* Ends whose process dies and goes on: records of IKE SAs, and what is made of them. */
#include <errno.h>

#include "sim.h"

static struct sim_record *record_of(struct sim_node *node, uint64_t slot)
{
	return &node->record[slot - 1];
}

void sim_keep(void *ctx, uint64_t *slot, const uint8_t *record, size_t len)
{
	struct sim_node *node = ctx;
	struct sim_record *r;

	if (!*slot) {
		while (*slot < SIM_RECORDS && node->record[*slot].data)
			++*slot;
		if (*slot == SIM_RECORDS) {
			sim_fail(node->sim, "node %u: more than %u records", node->n, SIM_RECORDS);
			*slot = 0;
			return;
		}
		++*slot;
	}
	r = record_of(node, *slot);
	free(r->data);
	*r = (struct sim_record){ 0 };
	if (!record)
		return;
	r->data = malloc(len);
	if (!r->data)
		return;
	memcpy(r->data, record, len);
	r->len = len;
}

void sim_records_free(struct sim_node *node)
{
	unsigned int i;

	for (i = 0; i < SIM_RECORDS; i++) {
		free(node->record[i].data);
		node->record[i] = (struct sim_record){ 0 };
	}
}

static void not_there(void *arg, uint32_t spi_in)
{
	struct sim_node *node = arg;
	unsigned int i;

	for (i = 0; i < node->n_sas; i++)
		if (node->sas[i].sa.spi_in == spi_in)
			return;
	sim_trace(node->sim, "%u: %08x was not in the kernel", node->n, spi_in);
	ike_child_gone(node->ike, sim_clock(node), spi_in);
}

static void restore(struct sim_node *node, unsigned int i)
{
	struct sim *s = node->sim;
	const size_t len = node->record[i].len;
	uint8_t *copy;
	int r;

	if (!node->record[i].data)
		return;
	copy = malloc(len);
	if (!copy)
		return;
	memcpy(copy, node->record[i].data, len);
	/* one octet that is wrong makes it worthless */
	copy[sim_below(&s->rng, (unsigned int)len)] ^= 1 << sim_below(&s->rng, 8);
	r = ike_restore(node->ike, sim_clock(node), i + 1, copy, len);
	if (r != -EBADMSG)
		sim_fail(s, "node %u: a spoilt record: %d", node->n, r);
	memcpy(copy, node->record[i].data, len);
	r = ike_restore(node->ike, sim_clock(node), i + 1, copy, len);
	if (r == -EACCES)
		sim_keep(node, &(uint64_t){ i + 1 }, NULL, 0);
	else if (r)
		sim_fail(s, "node %u: ike_restore: %d", node->n, r);
	else
		s->restored++;
	free(copy);
}

/* kill -9 and a new process: the kernel keeps its SAs, and nobody is told. */
void sim_node_crash(struct sim_node *node)
{
	struct sim *s = node->sim;
	unsigned int i;

	sim_trace(s, "%u: dies and goes on", node->n);
	ike_free(&node->ike);
	node->life++;
	for (i = 0; i < s->n_wishes; i++)
		if (s->wish[i].from == node->n && s->wish[i].state == WISH_OPEN)
			s->wish[i].state = WISH_LOST;
	if (!sim_node_start(node))
		return;
	for (i = 0; i < SIM_RECORDS; i++)
		restore(node, i);
	ike_children(node->ike, not_there, node);
	/* nobody is there any more who could close or rekey those */
	for (i = 0; i < node->n_sas;) {
		if (ike_has_child(node->ike, node->sas[i].sa.spi_in)) {
			i++;
			continue;
		}
		sim_trace(s, "%u: %08x has no IKE SA", node->n, node->sas[i].sa.spi_in);
		node->sas[i] = node->sas[--node->n_sas];
		s->lost++;
	}
}
