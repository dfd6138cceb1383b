// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses of this host, for MOBIKE.  The kernel tells that links, addresses or routes
 * have changed; what there is then is asked anew, a moment later: changes come in rows.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "btnsd.h"

#define MOMENT_MS	50
#define OWN_MAX		1024

struct addresses {
	int fd;
	struct event *event, *moment;
};

static bool from_ifaddr(struct ike_addr *a, const struct ifaddrs *i)
{
	memset(a, 0, sizeof(*a));
	if (!i->ifa_addr)
		return false;
	a->family = i->ifa_addr->sa_family;
	if (a->family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)i->ifa_addr;

		memcpy(a->ip, &in->sin_addr, 4);
		return true;
	}
	if (a->family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)i->ifa_addr;

		memcpy(a->ip, &in6->sin6_addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			a->scope = in6->sin6_scope_id;
		return true;
	}
	return false;
}

static bool listened(const struct btnsd *d, const struct ike_addr *a)
{
	const struct conf_daemon *c = &d->conf->daemon;
	unsigned int i;

	for (i = 0; i < c->n_listen; i++)
		if (ike_same_ip(&c->listen[i], a))
			return true;
	return !c->n_listen;
}

/* Of a link that carries nothing no address is of use. */
static bool works(const struct ifaddrs *i)
{
	return (i->ifa_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

void addresses_tell(struct btnsd *d)
{
	struct ike_addr *own = calloc(OWN_MAX, sizeof(*own));
	unsigned int n = 0, n_paths = 0, path;
	struct ifaddrs *all, *i;

	if (!own || getifaddrs(&all)) {
		log_warn("own addresses: %s", strerror(own ? errno : ENOMEM));
		free(own);
		return;
	}
	/* addresses that are good for this host alone, or one link, come last */
	for (path = 1; path < 2; path--) {
		for (i = all; i && n < OWN_MAX; i = i->ifa_next) {
			if (!from_ifaddr(&own[n], i) || !works(i) || !listened(d, &own[n]) ||
			    path != (!(i->ifa_flags & IFF_LOOPBACK) && !own[n].scope))
				continue;
			n++;
			n_paths += path;
		}
	}
	freeifaddrs(all);
	ike_addresses(d->ike, now_ms(), own, n, n_paths);
	free(own);
	btnsd_rearm(d);
}

static void on_moment(evutil_socket_t fd, short what, void *arg)
{
	addresses_tell(arg);
}

static void on_change(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval moment = { .tv_usec = MOMENT_MS * 1000 };
	struct btnsd *d = arg;
	uint8_t buf[8192];

	/* that there was something is all that counts, even if it was lost */
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
	if (!evtimer_pending(d->addresses->moment, NULL))
		evtimer_add(d->addresses->moment, &moment);
}

bool addresses_new(struct btnsd *d)
{
	const struct sockaddr_nl name = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	};
	struct addresses *a = calloc(1, sizeof(*a));

	d->addresses = a;
	if (!a)
		return false;
	a->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (a->fd < 0 || bind(a->fd, (const struct sockaddr *)&name, sizeof(name))) {
		log_error("cannot watch addresses: %s", strerror(errno));
		return false;
	}
	a->moment = evtimer_new(d->base, on_moment, d);
	a->event = event_new(d->base, a->fd, EV_READ | EV_PERSIST, on_change, d);
	return a->moment && a->event && !event_add(a->event, NULL);
}

void addresses_free(struct btnsd *d)
{
	struct addresses *a = d->addresses;

	if (!a)
		return;
	if (a->event)
		event_free(a->event);
	if (a->moment)
		event_free(a->moment);
	if (a->fd >= 0)
		close(a->fd);
	free(a);
	d->addresses = NULL;
}
