/*
 * Downloads a model. Bytes go from libcurl into DIR/NAME.onnx.part, which is
 * locked, so that two pulls of one name do not mix; a part that is there already is
 * continued with an HTTP range. Only a part whose size and SHA-256 are the
 * catalogue's is renamed to DIR/NAME.onnx. All on the caller's thread.
 */
#include "model/pull.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

/* No model file of use here is larger; it also bounds a server that never ends. */
static const int64_t LARGEST = INT64_C(4) << 30;

struct transfer {
    const struct weir_catalog_entry *entry;
    CURL *curl;
    int fd; /* of the part */
    int64_t have; /* bytes in the part */
    int64_t asked; /* where the range begins; 0: no range asked for */
    int64_t range; /* where the server says that its range begins; -1: not said */
    int64_t total; /* of the whole file, -1 while unknown */
    bool begun; /* the first byte of the body was seen */
    int rc; /* why this side ended the transfer */
    struct weir_error *err;
    weir_pull_progress *progress;
    void *arg;
};

static int sys_fail(struct weir_error *err, const char *what, const char *path) {
    int sys = errno;
    /* a quota or a file size limit is a full disk to the user */
    int code = sys == EFBIG || sys == EDQUOT ? WEIR_ENOSPC : weir_err_from_errno(sys);
    return weir_fail(err, code, "%s: cannot be %s: %s", path, what, strerror(sys));
}

static bool name_is_safe(const char *name) {
    return name && *name && *name != '.' && !strchr(name, '/') && !strstr(name, "..");
}

/* Sets the part back to empty. */
static int begin_anew(struct transfer *t) {
    if (ftruncate(t->fd, 0) || lseek(t->fd, 0, SEEK_SET) < 0)
        return sys_fail(t->err, "emptied", t->entry->name);
    t->have = 0;
    return 0;
}

/* The first byte of the body: does it belong where the part ends? */
static int check_begin(struct transfer *t) {
    long status = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200)
        return t->have ? begin_anew(t) : 0;
    if (status == 206 && t->asked > 0 && t->range == t->have)
        return 0;
    if (status == 206)
        return weir_fail(t->err, WEIR_EIO,
                         "%s: the server answers another range than the one asked for (asked from "
                         "byte %lld); remove the .part file and try again",
                         t->entry->url, (long long)t->asked);
    return WEIR_EIO; /* by its status, later */
}

static size_t on_body(char *data, size_t one, size_t len, void *arg) {
    struct transfer *t = arg;
    len *= one;
    if (!t->begun) {
        t->begun = true;
        t->rc = check_begin(t);
        if (t->rc)
            return 0;
    }
    int64_t limit = t->entry->size_bytes > 0 ? t->entry->size_bytes : LARGEST;
    if (t->have + (int64_t)len > limit) {
        t->rc =
            weir_fail(t->err, WEIR_ECORRUPT, "%s: longer than the %lld bytes expected; not kept",
                      t->entry->url, (long long)limit);
        return 0;
    }
    for (size_t done = 0; done < len;) {
        ssize_t n = write(t->fd, data + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            t->rc = sys_fail(t->err, "written", t->entry->name);
            return 0;
        }
        done += (size_t)n;
        t->have += n;
    }
    return len;
}

/* Content-Range: bytes 100-199/200 */
static size_t on_header(char *data, size_t one, size_t len, void *arg) {
    struct transfer *t = arg;
    len *= one;
    char line[256];
    size_t n = len < sizeof line - 1 ? len : sizeof line - 1;
    memcpy(line, data, n);
    line[n] = '\0';
    if (strncmp(line, "HTTP/", 5) == 0)
        t->range = -1; /* of another answer, before a redirect */
    long long from, to;
    if (strncasecmp(line, "content-range:", 14) == 0 &&
        sscanf(line + 14, " bytes %lld-%lld/", &from, &to) == 2 && from >= 0 && to >= from)
        t->range = from;
    return len;
}

static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up) {
    (void)up_total;
    (void)up;
    (void)now;
    struct transfer *t = arg;
    if (t->total < 0 && total > 0 && t->begun)
        t->total = t->have - now + total;
    if (t->progress && t->progress(t->have, t->total, t->arg)) {
        t->rc = weir_fail(t->err, WEIR_ECANCELED, "%s: canceled; what came stays as a .part file",
                          t->entry->name);
        return 1;
    }
    return 0;
}

static int say_status(const struct transfer *t, long status) {
    if (status == 404 || status == 410)
        return weir_fail(t->err, WEIR_ENOENT, "%s: not there (HTTP %ld)", t->entry->url, status);
    return weir_fail(t->err, WEIR_EIO, "%s: the server answered HTTP %ld", t->entry->url, status);
}

static int say_curl(const struct transfer *t, CURLcode code, const char *detail) {
    const char *url = t->entry->url;
    if (!*detail)
        detail = curl_easy_strerror(code);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return weir_fail(t->err, WEIR_ETIMEDOUT,
                         "%s: %s; what came is kept, pulling again continues it", url, detail);
    case CURLE_URL_MALFORMAT:
        return weir_fail(t->err, WEIR_EINVAL, "%s: not a URL: %s", url, detail);
    case CURLE_UNSUPPORTED_PROTOCOL:
        return weir_fail(t->err, WEIR_EIO, "%s: only http and https are followed: %s", url, detail);
    case CURLE_TOO_MANY_REDIRECTS:
        return weir_fail(t->err, WEIR_EIO, "%s: %s", url, detail);
    case CURLE_OUT_OF_MEMORY:
        return weir_fail(t->err, WEIR_ENOMEM, "out of memory");
    default:
        return weir_fail(t->err, WEIR_ECONN,
                         "%s: %s; what came is kept, pulling again continues it", url, detail);
    }
}

static void set_protocols(CURL *curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

/* One request, from the part's end on. EAGAIN: the range was refused, and the
 * part is empty now. */
static int request(struct transfer *t, const struct pull_limits *limits) {
    char detail[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();
    if (!curl)
        return weir_fail(t->err, WEIR_ENOMEM, "out of memory");
    t->curl = curl;
    t->begun = false;
    t->rc = 0;
    t->range = -1;
    t->asked = t->have;
    set_protocols(curl);
    curl_easy_setopt(curl, CURLOPT_URL, t->entry->url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "weir/" WEIR_VERSION);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 8L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, limits->connect_timeout_s);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, limits->stall_timeout_s);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    if (t->asked)
        curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->asked);

    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    int rc = 0;
    if (status == 416 && t->asked) {
        rc = begin_anew(t);
        rc = rc ? rc : WEIR_EAGAIN;
    } else if (t->rc == WEIR_ECANCELED) {
        rc = t->rc;
    } else if (status >= 300) {
        rc = say_status(t, status);
        if (code != CURLE_OK && code != CURLE_WRITE_ERROR && status < 400)
            rc = say_curl(t, code, detail); /* a redirect that was not followed */
    } else if (t->rc) {
        rc = t->rc;
    } else if (code == CURLE_RANGE_ERROR) {
        /* libcurl's word for an answer without a range, or with another one */
        rc = begin_anew(t);
        rc = rc ? rc : WEIR_EAGAIN;
    } else if (code != CURLE_OK) {
        rc = say_curl(t, code, detail);
    } else if (status != 200 && status != 206) {
        rc = say_status(t, status);
    }
    curl_easy_cleanup(curl);
    t->curl = NULL;
    return rc;
}

static bool same_hex(const char *a, const char *b) {
    return b && strcasecmp(a, b) == 0;
}

/* The part is whole: is it what the catalogue says? */
static int verify(const struct transfer *t, const char *part) {
    if (t->entry->size_bytes > 0 && t->have != t->entry->size_bytes)
        return weir_fail(t->err, WEIR_ECORRUPT, "%s: %lld bytes, expected %lld; not kept",
                         t->entry->url, (long long)t->have, (long long)t->entry->size_bytes);
    char hex[65];
    int rc = weir_sha256_file(part, hex, t->err);
    if (rc)
        return rc;
    if (!same_hex(hex, t->entry->sha256))
        return weir_fail(t->err, WEIR_ECORRUPT,
                         "%s: SHA-256 is %s, the catalogue says %s; not kept", t->entry->url, hex,
                         t->entry->sha256);
    return 0;
}

static int download(struct transfer *t, const struct pull_limits *limits, const char *part) {
    int64_t size = t->entry->size_bytes;
    int rc = 0;
    if (size > 0 && t->have > size)
        rc = begin_anew(t);
    if (!rc && !(size > 0 && t->have == size)) {
        rc = request(t, limits);
        if (rc == WEIR_EAGAIN)
            rc = request(t, limits);
    }
    if (!rc)
        rc = verify(t, part);
    if (rc == WEIR_ECORRUPT)
        unlink(part);
    return rc;
}

static int part_open(const char *part, struct transfer *t) {
    t->fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (t->fd < 0)
        return sys_fail(t->err, "opened", part);
    if (flock(t->fd, LOCK_EX | LOCK_NB))
        return weir_fail(t->err, WEIR_EAGAIN, "%s: another pull is writing it", part);
    off_t end = lseek(t->fd, 0, SEEK_END);
    if (end < 0)
        return sys_fail(t->err, "read", part);
    t->have = end;
    return 0;
}

int pull_with(const struct weir_catalog_entry *entry, const char *dir,
              const struct pull_limits *limits, weir_pull_progress *progress, void *arg,
              char **ret_path, struct weir_error *err) {
    if (!name_is_safe(entry->name))
        return weir_fail(err, WEIR_EINVAL, "%s: not a name for a model: found '/', '..' or nothing",
                         entry->name ? entry->name : "");
    struct transfer t = {
        .entry = entry, .fd = -1, .total = -1, .err = err, .progress = progress, .arg = arg};
    if (entry->size_bytes > 0)
        t.total = entry->size_bytes;
    struct weir_buf path = {0}, part = {0};
    weir_buf_printf(&path, "%s/%s.onnx", dir, entry->name);
    weir_buf_printf(&part, "%s/%s.onnx.part", dir, entry->name);
    int rc = 0;
    bool curl_up = false;
    if (path.failed || part.failed) {
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        goto fail;
    }

    char hex[65];
    if (weir_file_exists(weir_buf_str(&path)) &&
        weir_sha256_file(weir_buf_str(&path), hex, NULL) == 0 && same_hex(hex, entry->sha256)) {
        weir_buf_done(&part);
        *ret_path = path.data;
        return 0;
    }

    rc = weir_dir_make(dir, err);
    if (rc)
        goto fail;
    rc = part_open(weir_buf_str(&part), &t);
    if (rc)
        goto fail;
    curl_up = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!curl_up) {
        rc = weir_fail(err, WEIR_EINTERNAL, "libcurl does not start");
        goto fail;
    }
    rc = download(&t, limits, weir_buf_str(&part));
    if (rc)
        goto fail;
    if (fsync(t.fd) || rename(weir_buf_str(&part), weir_buf_str(&path))) {
        rc = sys_fail(err, "put in place", weir_buf_str(&path));
        goto fail;
    }
    *ret_path = path.data;
    path = (struct weir_buf){0};

fail:
    if (curl_up)
        curl_global_cleanup();
    if (t.fd >= 0)
        close(t.fd);
    weir_buf_done(&path);
    weir_buf_done(&part);
    return rc;
}

int weir_model_pull(const struct weir_catalog_entry *entry, const char *dir,
                    weir_pull_progress *progress, void *arg, char **ret_path,
                    struct weir_error *err) {
    static const struct pull_limits usual = {.connect_timeout_s = 10, .stall_timeout_s = 30};
    return pull_with(entry, dir, &usual, progress, arg, ret_path, err);
}
