#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Print -DHAVE_... for every kernel interface that differs between kernels, by
# looking at the headers that the module is built with.  Never at the version:
# stable and distribution kernels backport.
#
# usage: probe.sh <kernel source folder>

inc=$1/include

# has <feature> <header> <extended regular expression>; the header is read as one
# line, so that an expression may span a declaration.
has()
{
	[ -r "$inc/$2" ] || return 0
	if tr '\n\t' '  ' < "$inc/$2" | grep -qE -- "$3"; then
		echo "-DHAVE_$1"
	fi
}

has XFRM_INIT_STATE_EXTACK net/xfrm.h \
	'int xfrm_init_state\(struct xfrm_state \*x, +struct netlink_ext_ack'
has XFRM_DECODE_SESSION_NET net/xfrm.h \
	'int xfrm_decode_session\(struct net \*net'
has XFRM_FIND_ACQ_PCPU net/xfrm.h 'xfrm_find_acq\([^)]*pcpu_num'
has XFRM_ALLOC_SPI_EXTACK net/xfrm.h 'xfrm_alloc_spi\([^)]*netlink_ext_ack'
has SYSCTL_SZ net/net_namespace.h 'register_net_sysctl_sz'
has CONST_CTL_TABLE linux/sysctl.h 'proc_handler\(const struct ctl_table'
has TIMER_CONTAINER_OF linux/timer.h 'define timer_container_of'
has GENL_SPLIT_OPS net/genetlink.h 'struct genl_split_ops'
has GENL_INFO_DUMP net/genetlink.h 'genl_info_dump'
has SK_UID_HELPER net/sock.h 'kuid_t sk_uid\('
has LOOKUP_WITHOUT_HASHINFO net/inet_hashtables.h \
	'sock \*__inet_lookup_established\(const struct net \*net, +const __be32'
has HEX_H linux/hex.h 'hex2bin'
has SCTP_LOOKUP_DIF net/sctp/sctp.h \
	'int sctp_transport_lookup_process\([^)]*int dif'
