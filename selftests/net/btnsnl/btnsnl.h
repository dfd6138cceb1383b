/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of btnsnl, see btnsnl.c. */
#ifndef BTNSNL_H
#define BTNSNL_H

#include <linux/btns.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stddef.h>

#define BUF 65536

/* message.c: building one message, then sending it; attr() finds one in an answer */
extern int fd;
extern unsigned short family;
void die(const char *text) __attribute__((noreturn));
void start(unsigned short type, int cmd, int flags);
void put(int type, const void *data, size_t n);
void put_u8(int type, unsigned long v);
void put_u16(int type, unsigned long v);
void put_u32(int type, unsigned long v);
void put_u64(int type, unsigned long long v);
void put_string(int type, const char *s);
void put_raw(const void *data, size_t n);
struct nlattr *nest(int type);
void end(struct nlattr *a);
const char *attr(const char *p, int len, int type, int *n);
typedef void answer_fn(const struct genlmsghdr *g, int len);
/* Refused: exits with the kernel's sentence. */
void talk(answer_fn *answer);

/* btnsnl.c */
void connect_kernel(void);
void run(int argc, char **w);

/* walk.c */
int walk(int argc, char **w);

/* keys.c */
enum kind { U8, U16, U32, U64, BE16, BE32, HEX, STRING, FLAG, ADDR, TS, SUITE, MODE, CLASS, MATCH,
	    NEST, INFO };

struct key {
	const char *name;
	int type;
	enum kind kind;
	const struct key *sub;
};

extern const char *const modes[], *const classes[], *const matches[];
extern const struct key id_keys[], pad_keys[], spd_keys[], child_keys[], top_keys[];

/* parse.c */
size_t unhex(const char *text, unsigned char *out, size_t max);
int parse_addr(const char *text, unsigned char *out);
unsigned long named(const char *value, const char *const *names);
void put_words(const struct key *keys, char **w);
void put_flow(char *text);

/* print.c */
void print_answer(const struct genlmsghdr *g, int len);
void print_stats(const struct genlmsghdr *g, int len);

#endif /* BTNSNL_H */
