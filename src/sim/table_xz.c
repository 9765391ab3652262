/*
 * Compressed tables, by liblzma. A table is read by memory map, so a compressed one is unpacked
 * to a file of its own first. That file gets the time of change of the compressed one: where
 * the two differ, another .xz was put there since, and it is unpacked again. Never is it given
 * the name of the table itself, which may be somebody's own recording.
 */
#include "sim/table_xz.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/table.h"

enum { PIECE = 1 << 16 };
/* More than any preset of xz needs to unpack. */
static const uint64_t memory_max = (uint64_t)256 << 20;

static const char *why(int sys_errno) {
    const char *text = strerrordesc_np(sys_errno);
    return text ? text : "unknown error";
}

/* ---- a file through liblzma ----------------------------------------------- */

struct pass {
    const char *from, *to; /* names, for messages */
    FILE *in;
    struct weir_file *out;
    lzma_stream stream;
    bool unpacks; /* a table, which says at its beginning how long it is */
    uint64_t written, most; /* most is 0 until that was read */
};

static int lzma_fail(const struct pass *p, lzma_ret code, struct weir_error *err) {
    switch (code) {
    case LZMA_MEM_ERROR:
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", p->from);
    case LZMA_MEMLIMIT_ERROR:
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: needs more than %d MiB to be unpacked; compress it with xz -9",
                         p->from, (int)(memory_max >> 20));
    case LZMA_FORMAT_ERROR:
        return weir_fail(err, WEIR_ECORRUPT, "%s: is no .xz file; fetch it anew", p->from);
    case LZMA_OPTIONS_ERROR:
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: is compressed in a way that this liblzma does not know; compress it "
                         "with plain xz",
                         p->from);
    case LZMA_BUF_ERROR:
        return weir_fail(err, WEIR_ECORRUPT, "%s: is cut short; fetch it anew", p->from);
    default:
        return weir_fail(err, WEIR_ECORRUPT, "%s: is damaged; fetch it anew", p->from);
    }
}

/* Is what comes next still within what the table says of itself? Nobody's disk is filled to find
 * out that something is no table. */
static int look_at(struct pass *p, const uint8_t *out, size_t len, struct weir_error *err) {
    if (!p->written && !(p->most = sim_table_says(out, len)))
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: unpacked, it is no good: is no recorded table of this version; "
                         "record it anew",
                         p->from);
    if (len <= p->most - p->written)
        return 0;
    return weir_fail(err, WEIR_ECORRUPT,
                     "%s: unpacked, it is no good: is longer than it says; record it anew",
                     p->from);
}

/* All of in through the stream into out. */
static int pass_all(struct pass *p, struct weir_error *err) {
    uint8_t in[PIECE], out[PIECE];
    lzma_ret code = LZMA_OK;
    p->stream.next_out = out;
    p->stream.avail_out = sizeof out;
    while (code == LZMA_OK) {
        if (!p->stream.avail_in) {
            p->stream.next_in = in;
            p->stream.avail_in = fread(in, 1, sizeof in, p->in);
            if (ferror(p->in))
                return weir_fail(err, WEIR_EIO, "%s: cannot be read: %s", p->from, why(errno));
        }
        code = lzma_code(&p->stream, feof(p->in) ? LZMA_FINISH : LZMA_RUN);
        size_t len = sizeof out - p->stream.avail_out;
        if (code != LZMA_OK && code != LZMA_STREAM_END)
            return lzma_fail(p, code, err);
        if (code == LZMA_OK && p->stream.avail_out)
            continue;
        int rc = p->unpacks ? look_at(p, out, len, err) : 0;
        if (!rc && len)
            rc = weir_file_write(p->out, (const char *)out, len, err);
        if (rc)
            return rc;
        p->written += len;
        p->stream.next_out = out;
        p->stream.avail_out = sizeof out;
    }
    return 0;
}

static int open_in(struct pass *p, struct weir_error *err) {
    p->in = fopen(p->from, "re");
    if (p->in)
        return 0;
    int code = errno;
    return weir_fail(err, weir_err_from_errno(code), "%s: cannot be opened: %s", p->from,
                     why(code));
}

/* Gives what was written that time of change, where one is given, and its name. */
static int finish(struct pass *p, const struct timespec *changed, struct weir_error *err) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
                                      changed ? *changed : (struct timespec){0}};
    int rc = weir_file_flush(p->out, err);
    if (!rc && changed && utimensat(AT_FDCWD, weir_file_tmp_path(p->out), times, 0))
        rc =
            weir_fail(err, WEIR_EIO, "%s: its time of change cannot be set: %s", p->to, why(errno));
    return rc ? rc : weir_file_commit(&p->out, err);
}

static void pass_done(struct pass *p) {
    lzma_end(&p->stream);
    weir_file_discard(p->out);
    if (p->in)
        fclose(p->in);
}

/* ---- unpacking ------------------------------------------------------------- */

/* "a.table.xz": "a.table.unpacked" */
static char *beside(const char *packed) {
    struct weir_buf path = {0};
    weir_buf_printf(&path, "%.*s.unpacked", (int)(strlen(packed) - strlen(".xz")), packed);
    if (path.failed)
        weir_buf_done(&path);
    return path.data;
}

/* In $XDG_CACHE_HOME or ~/.cache, told apart by where the compressed one lies. */
static char *in_cache(const char *packed) {
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const bool own = xdg && *xdg == '/';
    char *real = own || (home && *home) ? realpath(packed, NULL) : NULL;
    if (!real)
        return NULL;
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *c = real; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    const char *base = weir_path_base(real);
    struct weir_buf path = {0};
    weir_buf_printf(&path, "%s%s/weir/tables/%.*s-%016llx", own ? xdg : home, own ? "" : "/.cache",
                    (int)(strlen(base) - strlen(".xz")), base, (unsigned long long)hash);
    free(real);
    if (path.failed)
        weir_buf_done(&path);
    return path.data;
}

static bool is_current(const char *path, const struct stat *packed) {
    struct stat st;
    return path && !stat(path, &st) && S_ISREG(st.st_mode) &&
           st.st_mtim.tv_sec == packed->st_mtim.tv_sec &&
           st.st_mtim.tv_nsec == packed->st_mtim.tv_nsec;
}

static int unpack_to(struct pass *p, const struct stat *st, struct weir_error *err) {
    if (lzma_stream_decoder(&p->stream, memory_max, LZMA_CONCATENATED) != LZMA_OK)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", p->from);
    int rc = open_in(p, err);
    if (!rc)
        rc = pass_all(p, err);
    return rc ? rc : finish(p, &st->st_mtim, err);
}

int sim_table_unpack(const char *packed, bool anew, char **ret_path, bool *ret_made,
                     struct weir_error *err) {
    struct stat st;
    if (stat(packed, &st)) {
        int code = errno;
        return weir_fail(err, weir_err_from_errno(code), "%s: cannot be opened: %s", packed,
                         why(code));
    }
    char *place[2] = {beside(packed), in_cache(packed)};
    struct pass p = {.from = packed, .unpacks = true, .stream = LZMA_STREAM_INIT};
    char *chosen = NULL;
    bool made = false;
    int rc = 0;
    for (int i = 0; i < 2 && !anew && !chosen; i++)
        if (is_current(place[i], &st))
            chosen = place[i];
    for (int i = 0; i < 2 && !chosen; i++) {
        if (place[i] && !(rc = weir_file_create(place[i], &p.out, err)))
            chosen = place[i];
    }
    if (p.out) {
        made = true;
        p.to = chosen;
        rc = unpack_to(&p, &st, err);
    } else if (!chosen) {
        rc = weir_fail_at(err, rc ? rc : weir_fail(err, WEIR_ENOMEM, "out of memory"),
                          "%s: there is nowhere to unpack it, neither beside it nor in "
                          "$XDG_CACHE_HOME or ~/.cache: ",
                          packed);
    }
    pass_done(&p);
    if (!rc) {
        *ret_path = chosen == place[0] ? place[0] : place[1];
        *ret_made = made;
    }
    for (int i = 0; i < 2; i++)
        if (rc || place[i] != chosen)
            free(place[i]);
    return rc;
}

/* ---- compressing ----------------------------------------------------------- */

int sim_table_compress(const char *path, struct weir_error *err) {
    struct weir_buf to = {0};
    weir_buf_printf(&to, "%s.xz", path);
    struct pass p = {.from = path, .to = weir_buf_str(&to), .stream = LZMA_STREAM_INIT};
    int rc = to.failed || lzma_easy_encoder(&p.stream, 9 | LZMA_PRESET_EXTREME, LZMA_CHECK_CRC64)
                 ? weir_fail(err, WEIR_ENOMEM, "%s: no memory to compress it", path)
                 : open_in(&p, err);
    if (!rc)
        rc = weir_file_create(p.to, &p.out, err);
    if (!rc)
        rc = pass_all(&p, err);
    if (!rc)
        rc = finish(&p, NULL, err);
    pass_done(&p);
    weir_buf_done(&to);
    return rc;
}
