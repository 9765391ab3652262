/*
 * Whole files. A file being written is `NAME.XXXXXX.part` beside its target,
 * created with O_EXCL; commit flushes, closes and renames, so that a reader sees
 * the old file or the complete new one. Every path out of a weir_file removes
 * the temporary unless the rename has succeeded. Devices, pipes and folders are
 * refused as targets: a rename would put a file in their place. A symbolic link
 * is followed, so that the file it points to is the one replaced.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

struct weir_file {
    FILE *stream;
    char *path; /* the target */
    char *tmp; /* NULL until it exists */
    int failed; /* code of the first write that failed, else 0 */
};

/* Static English text; strerror is not safe among threads. */
static const char *why(int sys_errno) {
    const char *text = strerrordesc_np(sys_errno);
    return text ? text : "unknown error";
}

/* errno's reason with a verb and a path, and a remedy where there is one. */
static int fail_sys(struct weir_error *err, const char *verb, const char *path, int sys_errno) {
    int code = weir_err_from_errno(sys_errno);
    if (code == WEIR_OK)
        code = WEIR_EIO;
    const char *remedy = "";
    if (code == WEIR_ENOSPC)
        remedy = "; free some space or write elsewhere";
    else if (sys_errno == EACCES || sys_errno == EPERM || sys_errno == EROFS)
        remedy = "; check its permissions or choose another place";
    return weir_fail(err, code, "cannot %s %s: %s%s", verb, path, why(sys_errno), remedy);
}

int weir_file_read(const char *path, size_t max_bytes, char **ret_data, size_t *ret_len,
                   struct weir_error *err) {
    int rc = 0;
    char *data = NULL;
    size_t len = 0, cap;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_sys(err, "open", path, errno);
    struct stat st;
    if (fstat(fd, &st)) {
        rc = fail_sys(err, "read", path, errno);
        goto fail;
    }
    if (S_ISDIR(st.st_mode)) {
        rc = weir_fail(err, WEIR_EINVAL, "cannot read %s: it is a folder; name a file", path);
        goto fail;
    }
    if (max_bytes > SIZE_MAX / 2)
        max_bytes = SIZE_MAX / 2;
    if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max_bytes) {
        rc = weir_fail(err, WEIR_ERANGE, "%s has %lld bytes; at most %zu are read", path,
                       (long long)st.st_size, max_bytes);
        goto fail;
    }
    /* The size is a hint: pipes have none, and files grow while they are read. */
    cap = S_ISREG(st.st_mode) ? (size_t)st.st_size + 2 : 4096;
    for (;;) {
        char *grown = !data || len + 1 >= cap ? realloc(data, data ? cap * 2 : cap) : data;
        if (!grown) {
            rc = weir_fail(err, WEIR_ENOMEM, "cannot read %s: out of memory", path);
            goto fail;
        }
        if (data && len + 1 >= cap)
            cap *= 2;
        data = grown;
        ssize_t got = read(fd, data + len, cap - len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = fail_sys(err, "read", path, errno);
            goto fail;
        }
        if (got == 0)
            break;
        len += (size_t)got;
        if (len > max_bytes) {
            rc = weir_fail(err, WEIR_ERANGE, "%s has more than the %zu bytes that are read", path,
                           max_bytes);
            goto fail;
        }
    }
    close(fd);
    data[len] = '\0';
    *ret_data = data;
    *ret_len = len;
    return 0;

fail:
    free(data);
    close(fd);
    return rc;
}

/* The path that the rename will replace, on the heap. */
static int resolve_target(const char *path, char **ret_path, struct weir_error *err) {
    struct stat st;
    if (!path[0] || path[strlen(path) - 1] == '/')
        return weir_fail(err, WEIR_EINVAL, "cannot create '%s': the file has no name", path);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return weir_fail(err, WEIR_EINVAL,
                         "cannot create %s: it exists and is not a regular file; choose another "
                         "name",
                         path);
    char *target = NULL;
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        target = realpath(path, NULL); /* NULL for a dangling link: it is replaced */
    if (!target)
        target = strdup(path);
    if (!target)
        return weir_fail(err, WEIR_ENOMEM, "cannot create %s: out of memory", path);
    *ret_path = target;
    return 0;
}

/* Opens PATH.XXXXXX.part, which nobody else has; mode 0666 less the umask. */
static int open_tmp(const char *path, char **ret_tmp, int *ret_fd) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t size = strlen(path) + sizeof ".XXXXXX.part";
    char *tmp = malloc(size);
    if (!tmp)
        return ENOMEM;
    for (int attempt = 0; attempt < 100; attempt++) {
        unsigned char random[6];
        char name[7] = {0};
        if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
            continue;
        for (size_t i = 0; i < sizeof random; i++)
            name[i] = alphabet[random[i] % (sizeof alphabet - 1)];
        snprintf(tmp, size, "%s.%s.part", path, name);
        int fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            *ret_tmp = tmp;
            *ret_fd = fd;
            return 0;
        }
        if (errno != EEXIST && errno != EINTR) {
            int saved = errno;
            free(tmp);
            return saved;
        }
    }
    free(tmp);
    return EEXIST;
}

int weir_file_create(const char *path, struct weir_file **ret_file, struct weir_error *err) {
    int fd = -1;
    struct weir_file *file = calloc(1, sizeof *file);
    if (!file)
        return weir_fail(err, WEIR_ENOMEM, "cannot create %s: out of memory", path);
    int rc = resolve_target(path, &file->path, err);
    if (rc)
        goto fail;
    rc = weir_dir_make_parent(file->path, err);
    if (rc)
        goto fail;
    int sys_errno = open_tmp(file->path, &file->tmp, &fd);
    if (sys_errno) {
        rc = fail_sys(err, "create", path, sys_errno);
        goto fail;
    }
    file->stream = fdopen(fd, "wb");
    if (!file->stream) {
        rc = fail_sys(err, "create", path, errno);
        close(fd);
        goto fail;
    }
    *ret_file = file;
    return 0;

fail:
    weir_file_discard(file);
    return rc;
}

const char *weir_file_tmp_path(const struct weir_file *file) {
    return file->tmp;
}

int weir_file_write(struct weir_file *file, const char *data, size_t len, struct weir_error *err) {
    if (len == 0)
        return 0;
    errno = 0;
    if (fwrite(data, 1, len, file->stream) == len)
        return 0;
    file->failed = fail_sys(err, "write", file->path, errno);
    return file->failed;
}

int weir_file_flush(struct weir_file *file, struct weir_error *err) {
    if (file->failed)
        return weir_fail(err, file->failed, "cannot finish %s: an earlier write to it failed",
                         file->path);
    errno = 0;
    if (fflush(file->stream))
        file->failed = fail_sys(err, "write", file->path, errno);
    return file->failed;
}

int weir_file_commit(struct weir_file **file_ptr, struct weir_error *err) {
    if (!file_ptr || !*file_ptr)
        return 0;
    struct weir_file *file = *file_ptr;
    *file_ptr = NULL;
    int rc = 0;
    if (file->failed) {
        rc = weir_fail(err, file->failed, "cannot finish %s: an earlier write to it failed",
                       file->path);
        goto done;
    }
    /* Buffered bytes may meet the full disk only here, or, on network file
     * systems, only when the file is closed. */
    errno = 0;
    int flushed = fflush(file->stream);
    int sys_errno = errno;
    int closed = fclose(file->stream);
    if (closed && !flushed)
        sys_errno = errno;
    file->stream = NULL;
    if (flushed || closed) {
        rc = fail_sys(err, "write", file->path, sys_errno);
        goto done;
    }
    if (rename(file->tmp, file->path)) {
        rc = fail_sys(err, "create", file->path, errno);
        goto done;
    }
    free(file->tmp);
    file->tmp = NULL; /* it bears its own name now */
done:
    weir_file_discard(file);
    return rc;
}

void weir_file_discard(struct weir_file *file) {
    if (!file)
        return;
    if (file->stream)
        fclose(file->stream);
    if (file->tmp)
        unlink(file->tmp);
    free(file->tmp);
    free(file->path);
    free(file);
}

int weir_file_write_all(const char *path, const char *data, size_t len, struct weir_error *err) {
    struct weir_file *file = NULL;
    int rc = weir_file_create(path, &file, err);
    if (rc)
        return rc;
    rc = weir_file_write(file, data, len, err);
    if (rc) {
        weir_file_discard(file);
        return rc;
    }
    return weir_file_commit(&file, err);
}

static int make_one(const char *path, struct weir_error *err) {
    if (mkdir(path, 0777) == 0)
        return 0;
    int sys_errno = errno;
    struct stat st;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return 0;
        return weir_fail(err, WEIR_EEXIST,
                         "cannot create the folder %s: a file of that name is in the way", path);
    }
    return fail_sys(err, "create the folder", path, sys_errno);
}

int weir_dir_make(const char *path, struct weir_error *err) {
    if (!path[0])
        return weir_fail(err, WEIR_EINVAL, "cannot create a folder without a name");
    char *copy = strdup(path);
    if (!copy)
        return weir_fail(err, WEIR_ENOMEM, "cannot create the folder %s: out of memory", path);
    int rc = 0;
    for (char *at = copy + 1; !rc; at++) {
        char c = *at;
        if (c != '/' && c != '\0')
            continue;
        if (at[-1] != '/') {
            *at = '\0';
            rc = make_one(copy, err);
            *at = c;
        }
        if (c == '\0')
            break;
    }
    free(copy);
    return rc;
}

int weir_dir_make_parent(const char *path, struct weir_error *err) {
    size_t len = (size_t)(weir_path_base(path) - path);
    if (len == 0)
        return 0; /* the current folder */
    char *dir = strndup(path, len);
    if (!dir)
        return weir_fail(err, WEIR_ENOMEM, "cannot create %s: out of memory", path);
    int rc = weir_dir_make(dir, err);
    free(dir);
    return rc;
}

bool weir_file_same(const char *a, const char *b) {
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool weir_file_exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0;
}

char *weir_path_join(const char *dir, const char *name) {
    size_t len = strlen(dir), name_len = strlen(name);
    bool slash = len > 0 && dir[len - 1] != '/';
    char *path = malloc(len + slash + name_len + 1);
    if (!path)
        return NULL;
    memcpy(path, dir, len);
    if (slash)
        path[len++] = '/';
    memcpy(path + len, name, name_len + 1);
    return path;
}

const char *weir_path_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *weir_path_stem(const char *path, const char *ending, size_t *ret_len) {
    const char *base = weir_path_base(path);
    const size_t len = strlen(base), end = strlen(ending);
    *ret_len = len > end && !strcmp(base + len - end, ending) ? len - end : len;
    return base;
}
