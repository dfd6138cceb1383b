// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that hold secrets of this process. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd.h"

const char *own_file_open(const char *path, int *fd, off_t *size)
{
	struct stat st;

	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0 || fstat(*fd, &st))
		return strerror(errno);
	if (!S_ISREG(st.st_mode) || st.st_mode & 077 || st.st_uid != geteuid() || st.st_nlink != 1)
		return "not a file of ours alone";
	*size = st.st_size;
	return NULL;
}
