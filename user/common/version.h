/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version of all programs and of libbtns.pc. */
#ifndef _BTNS_VERSION_H
#define _BTNS_VERSION_H

#define BTNS_VERSION	"0.1.0"

#endif /* _BTNS_VERSION_H */
