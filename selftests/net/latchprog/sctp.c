// SPDX-License-Identifier: GPL-2.0-or-later
/* SCTP by its socket options: nothing but the kernel's header. */
#include <stdint.h>
#include <sys/socket.h>
#include <linux/sctp.h>

#include "latchprog.h"

/* An IPv4 address stays one, on IPv6 sockets as well. */
static socklen_t plain(const char *text, const char *port, struct sockaddr_storage *ss)
{
	return address(strchr(text, ':') ? AF_INET6 : AF_INET, text, port, ss);
}

static void do_bindx(int option, const char *a, const char *port)
{
	struct sockaddr_storage ss;
	socklen_t n = plain(a, port, &ss);

	result(setsockopt(FD, IPPROTO_SCTP, option, &ss, n));
}

static sctp_assoc_t first_association(void)
{
	union {
		struct sctp_assoc_ids ids;
		char space[256];
	} u;
	socklen_t n = sizeof(u);

	if (getsockopt(FD, IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, &u, &n) ||
	    !u.ids.gaids_number_of_ids)
		return 0;
	return u.ids.gaids_assoc_id[0];
}

/* The slot becomes that of the association. */
static void do_peeloff(void)
{
	sctp_peeloff_arg_t arg = { .associd = first_association() };
	socklen_t n = sizeof(arg);
	int ret = getsockopt(FD, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, &arg, &n);

	if (ret < 0) {
		result(-1);
		return;
	}
	slot = free_slot();
	FD = arg.sd;
	answer("ok");
}

/* The peer's address that is used first; IPv6 sockets call an IPv4 address mapped. */
static void show_primary(void)
{
	static const char mapped[] = "::ffff:";
	const size_t skip = sizeof(mapped) - 1;
	char text[INET6_ADDRSTRLEN];
	struct sctp_status status;
	socklen_t n = sizeof(status);
	struct sockaddr_storage ss;

	memset(&status, 0, sizeof(status));
	status.sstat_assoc_id = first_association();
	if (getsockopt(FD, IPPROTO_SCTP, SCTP_STATUS, &status, &n)) {
		result(-1);
		return;
	}
	memcpy(&ss, &status.sstat_primary.spinfo_address, sizeof(ss));
	if (ss.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&ss)->sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&ss)->sin6_addr, text, sizeof(text));
	answer("ok %s", strncmp(text, mapped, skip) ? text : text + skip);
}

static void do_primary(const char *a, const char *port)
{
	struct sockaddr_storage ss;
	struct sctp_prim prim;

	memset(&prim, 0, sizeof(prim));
	prim.ssp_assoc_id = first_association();
	plain(a, port, &ss);
	memcpy(&prim.ssp_addr, &ss, sizeof(ss));
	result(setsockopt(FD, IPPROTO_SCTP, SCTP_PRIMARY_ADDR, &prim, sizeof(prim)));
}

/* State of the path to an address of the peer. */
static void do_path(const char *a, const char *port)
{
	static const char *const states[] = { "INACTIVE", "FAILING", "ACTIVE", "UNCONFIRMED" };
	struct sctp_paddrinfo info;
	struct sockaddr_storage ss;
	socklen_t n = sizeof(info);

	memset(&info, 0, sizeof(info));
	info.spinfo_assoc_id = first_association();
	plain(a, port, &ss);
	memcpy(&info.spinfo_address, &ss, sizeof(ss));
	if (getsockopt(FD, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, &info, &n))
		result(-1);
	else
		answer("ok %s", (unsigned int)info.spinfo_state < 4 ?
				states[info.spinfo_state] : "UNKNOWN");
}

int sctp_socket(const char *kind)
{
	int family = kind[strlen(kind) - 1] == '6' ? AF_INET6 : AF_INET;
	int type = strncmp(kind, "sctpm", 5) ? SOCK_STREAM : SOCK_SEQPACKET;

	return socket(family, type, IPPROTO_SCTP);
}

void do_sctp(int n, char **w)
{
	if (n == 4 && !strcmp(w[1], "add"))
		do_bindx(SCTP_SOCKOPT_BINDX_ADD, w[2], w[3]);
	else if (n == 4 && !strcmp(w[1], "del"))
		do_bindx(SCTP_SOCKOPT_BINDX_REM, w[2], w[3]);
	else if (n == 4 && !strcmp(w[1], "primary"))
		do_primary(w[2], w[3]);
	else if (n == 2 && !strcmp(w[1], "primary"))
		show_primary();
	else if (n == 4 && !strcmp(w[1], "path"))
		do_path(w[2], w[3]);
	else if (n == 2 && !strcmp(w[1], "peeloff"))
		do_peeloff();
	else
		answer("err unknown command");
}
