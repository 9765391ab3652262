/*
 * The meeting place. A socket is bound under a name that starts with a dot, listens, and is then
 * renamed: what can be seen can be connected to. A file that was removed while one waited for its
 * lock is another file than the one at its path: who gets a lock looks whether that is so, and
 * begins again.
 */
#include "fabric/meet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fabric/seat.h"

enum { LIFE, CHANGE }; /* bytes of a lock file */
enum { BACKLOG = 64, ATTEMPTS = 100 };

/* ---- the folder --------------------------------------------------------------------------- */

static char *default_dir(void) {
    const char *run = getenv("XDG_RUNTIME_DIR");
    char tmp[64];
    if (run && *run == '/')
        return weir_path_join(run, "weir");
    snprintf(tmp, sizeof tmp, "/tmp/weir-%u", (unsigned)geteuid());
    return strdup(tmp);
}

static int refuse(struct weir_error *err, const char *dir, const char *why) {
    return weir_fail(err, WEIR_EINVAL,
                     "fabric: %s %s; needed: a folder of your own that nobody else may enter "
                     "(mode 0700)",
                     dir, why);
}

/* Looked at through the descriptor: what is checked is what is used. */
static int check_dir(const char *dir, int fd, struct weir_error *err) {
    struct stat st;
    if (fstat(fd, &st))
        return weir_fail(err, WEIR_EIO, "fabric: %s: %s", dir, strerror(errno));
    if (st.st_uid != geteuid())
        return refuse(err, dir, "belongs to somebody else");
    if (st.st_mode & 077)
        return refuse(err, dir, "can be entered by others");
    return 0;
}

int meet_open(struct meet *meet, const char *dir, struct weir_error *err) {
    *meet = (struct meet){.dir = dir ? strdup(dir) : default_dir(), .life_fd = -1};
    if (!meet->dir)
        return weir_fail(err, WEIR_ENOMEM, "fabric: out of memory");
    int rc = 0, fd = -1;
    if (strlen(meet->dir) + 1 + strlen(".") + WEIR_FABRIC_NAME_MAX + strlen(".sock") >=
        sizeof(struct sockaddr_un) - offsetof(struct sockaddr_un, sun_path)) {
        rc = weir_fail(err, WEIR_EINVAL, "fabric: %s is too long for the folder of a socket",
                       meet->dir);
        goto fail;
    }
    rc = weir_dir_make_parent(meet->dir, err);
    if (rc)
        goto fail;
    if (mkdir(meet->dir, 0700) && errno != EEXIST) {
        rc = weir_fail(err, weir_err_from_errno(errno), "fabric: cannot make the folder %s: %s",
                       meet->dir, strerror(errno));
        goto fail;
    }
    fd = open(meet->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        rc = errno == EMFILE || errno == ENFILE
                 ? weir_fail(err, WEIR_ENOMEM, "fabric: no descriptors left")
                 : refuse(err, meet->dir,
                          errno == EACCES ? "belongs to somebody else" : "is no folder");
        goto fail;
    }
    rc = check_dir(meet->dir, fd, err);
    if (rc)
        goto fail;
    meet->list = fdopendir(fd);
    if (meet->list)
        return 0;
    rc = weir_fail(err, WEIR_ENOMEM, "fabric: out of memory");

fail:
    if (fd >= 0)
        close(fd);
    meet_close(meet);
    return rc;
}

void meet_close(struct meet *meet) {
    if (!meet->dir)
        return;
    meet_leave(meet);
    if (meet->list)
        closedir(meet->list);
    free(meet->dir);
    meet->dir = NULL;
    meet->list = NULL;
}

static void file_name(char out[80], const char *before, const char *node, const char *suffix) {
    snprintf(out, 80, "%s%.*s%s", before, WEIR_FABRIC_NAME_MAX, node, suffix);
}

static int address(const struct meet *meet, const char *name, struct sockaddr_un *ret) {
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int len = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/%s", meet->dir, name);
    return len < 0 || (size_t)len >= sizeof ret->sun_path ? WEIR_EINVAL : 0;
}

/* ---- locks -------------------------------------------------------------------------------- */

/* Locks of the open file, not of the process: two fabrics of one process see each other, too. */
static int lock_byte(int fd, int byte, int command) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    int rc;
    do
        rc = fcntl(fd, command, &lock);
    while (rc && errno == EINTR);
    if (rc)
        return errno == EAGAIN || errno == EACCES ? WEIR_EAGAIN : WEIR_EIO;
    return command == F_OFD_GETLK && lock.l_type != F_UNLCK ? WEIR_EAGAIN : 0;
}

static void unlock_byte(int fd, int byte) {
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    fcntl(fd, F_OFD_SETLK, &lock);
}

static int open_lock(const struct meet *meet, const char *name) {
    return openat(dirfd(meet->list), name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool is_still_there(const struct meet *meet, const char *name, int fd) {
    struct stat at, of;
    return fstat(fd, &of) == 0 && fstatat(dirfd(meet->list), name, &at, AT_SYMLINK_NOFOLLOW) == 0 &&
           at.st_dev == of.st_dev && at.st_ino == of.st_ino;
}

/* Life and change of a node that nobody else has. */
static int take_locks(const struct meet *meet, const char *name, int *ret_fd) {
    for (int i = 0; i < ATTEMPTS; i++) {
        int fd = open_lock(meet, name);
        if (fd < 0)
            return errno == EMFILE || errno == ENFILE ? WEIR_ENOMEM : WEIR_EIO;
        int rc = lock_byte(fd, LIFE, F_OFD_SETLK);
        if (rc) {
            bool lives = is_still_there(meet, name, fd);
            close(fd);
            if (rc == WEIR_EAGAIN && !lives)
                continue; /* it is just leaving */
            return rc == WEIR_EAGAIN ? WEIR_EEXIST : rc;
        }
        rc = lock_byte(fd, CHANGE, F_OFD_SETLKW); /* a cleaner's, for a moment */
        if (!rc && is_still_there(meet, name, fd)) {
            *ret_fd = fd;
            return 0;
        }
        close(fd);
        if (rc)
            return rc;
    }
    return WEIR_EIO;
}

/* What a dead process left. Never waits. */
static void clean(const struct meet *meet, const char *node) {
    char lock[80], sock[80];
    file_name(lock, "", node, ".lock");
    file_name(sock, "", node, ".sock");
    int fd = open_lock(meet, lock);
    if (fd < 0)
        return;
    if (lock_byte(fd, CHANGE, F_OFD_SETLK) == 0 && is_still_there(meet, lock, fd) &&
        lock_byte(fd, LIFE, F_OFD_GETLK) == 0) {
        unlinkat(dirfd(meet->list), sock, 0);
        unlinkat(dirfd(meet->list), lock, 0);
    }
    close(fd);
}

/* ---- being found --------------------------------------------------------------------------- */

static int listen_at(const struct meet *meet, const char *node, int *ret_fd) {
    char hidden[80], sock[80];
    struct sockaddr_un addr;
    file_name(hidden, ".", node, ".new");
    file_name(sock, "", node, ".sock");
    int dir = dirfd(meet->list), rc = address(meet, hidden, &addr);
    if (rc)
        return rc;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return WEIR_ENOMEM;
    unlinkat(dir, hidden, 0);
    if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) || listen(fd, BACKLOG) ||
        renameat(dir, hidden, dir, sock)) {
        close(fd);
        unlinkat(dir, hidden, 0);
        return WEIR_EIO;
    }
    *ret_fd = fd;
    return 0;
}

int meet_claim(struct meet *meet, const char *node, int *ret_fd, struct weir_error *err) {
    char lock[80];
    int life_fd, fd;
    file_name(lock, "", node, ".lock");
    int rc = take_locks(meet, lock, &life_fd);
    if (rc == WEIR_EEXIST)
        return weir_fail(err, rc, "fabric: another process serves as node %s in %s", node,
                         meet->dir);
    if (rc)
        return weir_fail(err, rc, "fabric: cannot lock %s/%s: %s", meet->dir, lock,
                         weir_err_str(rc));
    rc = listen_at(meet, node, &fd);
    if (rc) {
        unlinkat(dirfd(meet->list), lock, 0);
        close(life_fd);
        return weir_fail(err, rc, "fabric: cannot make a socket for node %s in %s: %s", node,
                         meet->dir, rc == WEIR_EINVAL ? "the path is too long" : weir_err_str(rc));
    }
    unlock_byte(life_fd, CHANGE);
    meet->life_fd = life_fd;
    snprintf(meet->node, sizeof meet->node, "%s", node);
    *ret_fd = fd;
    return 0;
}

void meet_leave(struct meet *meet) {
    char lock[80], sock[80];
    if (meet->life_fd < 0)
        return;
    file_name(lock, "", meet->node, ".lock");
    file_name(sock, "", meet->node, ".sock");
    if (is_still_there(meet, lock, meet->life_fd)) { /* else somebody swept the folder */
        unlinkat(dirfd(meet->list), sock, 0);
        unlinkat(dirfd(meet->list), lock, 0);
    }
    close(meet->life_fd);
    meet->life_fd = -1;
}

/* ---- finding others ------------------------------------------------------------------------- */

bool meet_next(struct meet *meet, bool first, char *name) {
    const struct dirent *entry;
    if (first)
        rewinddir(meet->list);
    while ((entry = readdir(meet->list))) {
        const char *dot = strrchr(entry->d_name, '.');
        size_t len = dot ? (size_t)(dot - entry->d_name) : 0;
        if (!dot || strcmp(dot, ".sock") != 0 || !name_is_valid(entry->d_name, len))
            continue;
        memcpy(name, entry->d_name, len);
        name[len] = '\0';
        return true;
    }
    return false;
}

int meet_connect(struct meet *meet, const char *node, int *ret_fd) {
    char sock[80];
    struct sockaddr_un addr;
    file_name(sock, "", node, ".sock");
    int rc = address(meet, sock, &addr);
    if (rc)
        return rc;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return WEIR_ENOMEM;
    if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) == 0) {
        *ret_fd = fd;
        return 0;
    }
    int why = errno;
    close(fd);
    if (why == ECONNREFUSED)
        clean(meet, node);
    return why == ECONNREFUSED || why == ENOENT ? WEIR_ENOENT
           : why == EAGAIN || why == EINTR      ? WEIR_EAGAIN
                                                : WEIR_EIO;
}
