/* Read, fold, write: with the file locked, so that two runs that end together lose nothing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/refresh.h"

static int fail_lock(const char *path, int cause, struct weir_error *err) {
    const char *why = strerrordesc_np(cause);
    return weir_fail(err, weir_err_from_errno(cause), "cannot lock %s: %s", path,
                     why ? why : "unknown error");
}

/* A writer puts another file in its place: a lock counts only if it is on the one that is there. */
static int lock(const char *path, int *ret_fd, struct weir_error *err) {
    for (;;) {
        struct stat mine, there;
        int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return fail_lock(path, errno, err);
        while ((rc = flock(fd, LOCK_EX)) && errno == EINTR)
            ;
        if (rc || fstat(fd, &mine) || stat(path, &there)) {
            rc = fail_lock(path, errno, err);
            close(fd);
            return rc;
        }
        if (mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) {
            *ret_fd = fd;
            return 0;
        }
        close(fd);
    }
}

static int fold(const struct weir_refresh *refresh, const char *path, int *ret_points,
                struct weir_error *err) {
    struct weir_costs costs = {0};
    struct weir_costs_machine here;
    int points = 0, rc = weir_costs_read(path, &costs, err);
    weir_costs_this_machine(&here);
    if (!rc && !weir_costs_same_machine(&costs.machine, &here))
        rc = weir_fail(err, WEIR_EUNSUPPORTED,
                       "%s is another machine's: found %s with %d cores; this is %s with %d", path,
                       costs.machine.cpu, costs.machine.cores, here.cpu, here.cores);
    if (!rc && weir_refresh_fold(refresh, &costs, &points))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc && points)
        rc = weir_costs_write(path, &costs, err);
    weir_costs_done(&costs);
    if (!rc)
        *ret_points = points;
    return rc;
}

int weir_refresh_save(const struct weir_refresh *refresh, const char *path, int *ret_points,
                      struct weir_error *err) {
    int fd, rc = lock(path, &fd, err);
    if (rc)
        return rc;
    rc = fold(refresh, path, ret_points, err);
    close(fd);
    return rc;
}
