/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the control socket about known peers. */
#ifndef BTNSD_PEERS_CONTROL_H
#define BTNSD_PEERS_CONTROL_H

#include <jansson.h>

#include "peers.h"

json_t *peers_do_list(struct btnsd *d, const json_t *q);
json_t *peers_do_show(struct btnsd *d, const json_t *q);
json_t *peers_do_trust(struct btnsd *d, const json_t *q);
json_t *peers_do_untrust(struct btnsd *d, const json_t *q);
json_t *peers_do_forget(struct btnsd *d, const json_t *q);
json_t *peers_do_export(struct btnsd *d, const json_t *q);
json_t *peers_do_import(struct btnsd *d, const json_t *q);
/* Keys that hold an address: an array, perhaps empty. */
json_t *peers_holding(struct btnsd *d, const struct ike_addr *a);

/* control.c: to all who watch; event is consumed. */
void control_event(struct btnsd *d, json_t *event);

#endif /* BTNSD_PEERS_CONTROL_H */
