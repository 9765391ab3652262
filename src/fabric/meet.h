/*
 * Where the processes of one user meet on a host: a folder with a socket for each node that
 * offers something, NODE.sock, and beside it NODE.lock, which tells whether it lives. The kernel
 * gives a dead process's locks back, so that nobody has to guess from process ids or times.
 *
 * Two bytes of the lock file are locked. *Life* is held by the node as long as it is found
 * here. *Change* is held for a moment by whoever puts files there or removes them. So a cleaner
 * never makes a new node believe that another of its name lives, and never removes the socket of
 * one that has just come.
 */
#ifndef WEIR_FABRIC_MEET_H
#define WEIR_FABRIC_MEET_H

#include <dirent.h>
#include <stdbool.h>

#include "base/base.h"

struct meet {
    char *dir;
    DIR *list; /* the folder, open */
    char node[64]; /* claimed; "" none */
    int life_fd; /* -1 */
};

/* dir as of weir_fabric_open_local. EINVAL, ENOMEM, EIO. */
int meet_open(struct meet *meet, const char *dir, struct weir_error *err);
/* Leaves and closes; accepts one that is all zero. */
void meet_close(struct meet *meet);

/* A socket that listens, and is found under node from now on. The caller's. EEXIST: another one of
 * that name lives. EINVAL (the path is too long), ENOMEM (descriptors, too), EIO. */
int meet_claim(struct meet *meet, const char *node, int *ret_fd, struct weir_error *err);
/* Found no more; the socket is closed by its owner. */
void meet_leave(struct meet *meet);

/* The next node that has a socket here, from the first where first; false: no more. name has room
 * for WEIR_FABRIC_NAME_MAX and a NUL. */
bool meet_next(struct meet *meet, bool first, char *name);
/* A socket connected to node, without waiting. ENOENT: nobody lives there; what was left is
 * removed. EAGAIN: not now. ENOMEM (descriptors, too), EIO. */
int meet_connect(struct meet *meet, const char *node, int *ret_fd);

#endif
