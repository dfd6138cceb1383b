/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of the netlink family as JSON.  Each function takes the nested
 * attribute that include/uapi/linux/btns.h describes and returns a new value;
 * NULL: malformed, or out of memory.  Names as in btnsctl(8).
 */
#ifndef _BTNSCTL_ATTRS_H
#define _BTNSCTL_ATTRS_H

#include <jansson.h>
#include <netlink/attr.h>

json_t *attrs_selector(const struct nlattr *nest);	/* enum btns_ts_attr */
json_t *attrs_flow(const struct nlattr *nest);		/* likewise, BTNS_A_FLOW */
json_t *attrs_identity(const struct nlattr *nest);	/* enum btns_id_attr */
json_t *attrs_pad(const struct nlattr *nest);
json_t *attrs_spd(const struct nlattr *nest);
json_t *attrs_child(const struct nlattr *nest);
json_t *attrs_acquire(const struct nlattr *nest);	/* and holdoffs */
json_t *attrs_latch(const struct nlattr *nest);
json_t *attrs_address(const struct nlattr *a);		/* 4 or 16 octets; null */
/* Name (static) of an enum btns_sa_event. */
const char *attrs_sa_event(unsigned int event);

#endif /* _BTNSCTL_ATTRS_H */
