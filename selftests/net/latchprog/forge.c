// SPDX-License-Identifier: GPL-2.0-or-later
/* One packet, made up. */
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <linux/tcp.h>

#include "latchprog.h"

static unsigned int sum(const void *data, size_t n, unsigned int s)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < n; i++)
		s += i & 1 ? p[i] : p[i] << 8;
	return s;
}

static unsigned short fold(unsigned int s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s & 0xffff);
}

static int parse_mac(const char *text, unsigned char *mac)
{
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3,
		      mac + 4, mac + 5) == 6 ? 0 : -1;
}

/* Transport header and text behind p; its length. */
static size_t forge_transport(unsigned char *p, int proto, char **w)
{
	size_t n = strlen(w[7]);

	if (proto == IPPROTO_TCP) {
		struct tcphdr *th = (void *)p;

		memset(th, 0, sizeof(*th));
		th->source = htons(atoi(w[1]));
		th->dest = htons(atoi(w[3]));
		th->seq = htonl(strtoul(w[4], NULL, 0));
		th->ack_seq = htonl(strtoul(w[5], NULL, 0));
		th->doff = sizeof(*th) / 4;
		th->window = htons(1000);
		th->syn = !!strchr(w[6], 'S');
		th->ack = !!strchr(w[6], 'A');
		th->rst = !!strchr(w[6], 'R');
		th->psh = !!strchr(w[6], 'P');
		th->fin = !!strchr(w[6], 'F');
		memcpy(th + 1, w[7], n);
		return sizeof(*th) + n;
	}
	struct udphdr *uh = (void *)p;

	uh->source = htons(atoi(w[1]));
	uh->dest = htons(atoi(w[3]));
	uh->len = htons(sizeof(*uh) + n);
	uh->check = 0;
	memcpy(uh + 1, w[7], n);
	return sizeof(*uh) + n;
}

/* IP packet into p; its length.  w: SRC SPORT DST DPORT SEQ ACK FLAGS TEXT */
static size_t forge_ip(unsigned char *p, int proto, char **w)
{
	bool six = strchr(w[0], ':');
	size_t hlen = six ? sizeof(struct ip6_hdr) : sizeof(struct iphdr), n;
	unsigned char addr[32];
	unsigned int s;

	n = forge_transport(p + hlen, proto, w);
	memset(p, 0, hlen);
	if (six) {
		struct ip6_hdr *h = (void *)p;

		h->ip6_flow = htonl(6 << 28);
		h->ip6_plen = htons(n);
		h->ip6_nxt = proto;
		h->ip6_hlim = 64;
		inet_pton(AF_INET6, w[0], &h->ip6_src);
		inet_pton(AF_INET6, w[2], &h->ip6_dst);
		memcpy(addr, &h->ip6_src, 32);
	} else {
		struct iphdr *h = (void *)p;

		h->version = 4;
		h->ihl = 5;
		h->tot_len = htons(hlen + n);
		h->ttl = 64;
		h->protocol = proto;
		inet_pton(AF_INET, w[0], &h->saddr);
		inet_pton(AF_INET, w[2], &h->daddr);
		h->check = fold(sum(h, sizeof(*h), 0));
		memcpy(addr, &h->saddr, 8);
	}
	s = sum(addr, six ? 32 : 8, proto + n);
	s = sum(p + hlen, n, s);
	memcpy(p + hlen + (proto == IPPROTO_TCP ? 16 : 6), &(unsigned short){ fold(s) }, 2);
	return hlen + n;
}

/* "port unreachable" from SRC to DST that quotes a packet from DST to SRC */
static size_t forge_icmp(unsigned char *p, int proto, char **w)
{
	char *quoted[8] = { w[2], w[3], w[0], w[1], w[5], w[4], "A", "" };
	struct iphdr *h = (void *)p;
	struct icmphdr *ih = (void *)(p + sizeof(*h));
	size_t n;

	memset(p, 0, sizeof(*h) + sizeof(*ih));
	n = sizeof(*h) + sizeof(*ih) + forge_ip((void *)(ih + 1), proto, quoted);
	ih->type = ICMP_DEST_UNREACH;
	ih->code = ICMP_PORT_UNREACH;
	ih->checksum = fold(sum(ih, n - sizeof(*h), 0));
	h->version = 4;
	h->ihl = 5;
	h->tot_len = htons(n);
	h->ttl = 64;
	h->protocol = IPPROTO_ICMP;
	inet_pton(AF_INET, w[0], &h->saddr);
	inet_pton(AF_INET, w[2], &h->daddr);
	h->check = fold(sum(h, sizeof(*h), 0));
	return n;
}

int forge(char **w)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
	unsigned char frame[2048];
	struct ethhdr *eth = (void *)frame;
	bool six = strchr(w[4], ':');
	size_t n;
	int fd;

	ll.sll_ifindex = if_nametoindex(w[0]);
	ll.sll_protocol = htons(six ? ETH_P_IPV6 : ETH_P_IP);
	if (!ll.sll_ifindex || parse_mac(w[1], eth->h_source) ||
	    parse_mac(w[2], eth->h_dest) || strlen(w[11]) > 1000)
		return 2;
	memcpy(ll.sll_addr, eth->h_dest, ETH_ALEN);
	eth->h_proto = ll.sll_protocol;
	if (!strcmp(w[3], "tcp"))
		n = forge_ip(frame + sizeof(*eth), IPPROTO_TCP, w + 4);
	else if (!strcmp(w[3], "udp"))
		n = forge_ip(frame + sizeof(*eth), IPPROTO_UDP, w + 4);
	else if (!strncmp(w[3], "icmp", 4) && !six)
		n = forge_icmp(frame + sizeof(*eth),
			       !strcmp(w[3], "icmp-udp") ? IPPROTO_UDP : IPPROTO_TCP, w + 4);
	else
		return 2;
	n += sizeof(*eth);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || sendto(fd, frame, n, 0, (void *)&ll, sizeof(ll)) != (ssize_t)n) {
		perror("forge");
		return 1;
	}
	close(fd);
	return 0;
}
