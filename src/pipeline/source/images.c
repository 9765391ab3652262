/*
 * Pictures from files: a folder, a glob, or one picture, in natural order
 * ("2.jpg" before "10.jpg"). What a file holds is read off its first bytes, not
 * off its name; the bytes go on to the decoder as they are. A picture that
 * cannot be read is a frame that leaves as `corrupt`: it does not end the run.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

/* Above any picture of 16384x16384 that a camera writes. */
#define PICTURE_BYTES_MAX ((off_t)1 << 30)

struct images {
    struct source source;
    struct weir_clock *clock;
    struct weir_stop *stop;
    int stream;
    char **path; /* owned, in order */
    size_t len, cap, next;
    bool numbered; /* every name is a number of its own: COCO's way to name pictures by id */
    double rate_fps;
    struct weir_codec *codec; /* of the picture before */
};

static const char *const extensions[] = {
    ".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm",
};

static bool is_picture_name(const char *path) {
    const char *dot = strrchr(weir_path_base(path), '.');
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return false;
}

/* FFmpeg's codec name for what begins with these 16 bytes; NULL: no picture. */
static const char *codec_of(const uint8_t *b) {
    if (!memcmp(b, "\xff\xd8\xff", 3))
        return "mjpeg";
    if (!memcmp(b, "\x89PNG\r\n\x1a\n", 8))
        return "png";
    if (!memcmp(b, "BM", 2))
        return "bmp";
    if (!memcmp(b, "RIFF", 4) && !memcmp(b + 8, "WEBP", 4))
        return "webp";
    if (!memcmp(b, "II*\0", 4) || !memcmp(b, "MM\0*", 4))
        return "tiff";
    if (b[0] == 'P' && (b[2] == '\n' || b[2] == ' ' || b[2] == '\r' || b[2] == '\t')) {
        if (b[1] == '2' || b[1] == '5')
            return "pgm";
        if (b[1] == '3' || b[1] == '6')
            return "ppm";
    }
    return NULL;
}

/* Digits compare as numbers, the rest as bytes; equal ones by strcmp. */
static int natural_order(const char *a, const char *b) {
    const char *x = a, *y = b;

    while (*x && *y) {
        size_t nx = strspn(x, "0123456789"), ny = strspn(y, "0123456789");
        if (nx && ny) {
            while (*x == '0' && nx > 1)
                x++, nx--;
            while (*y == '0' && ny > 1)
                y++, ny--;
            if (nx != ny)
                return nx < ny ? -1 : 1;
            int c = strncmp(x, y, nx);
            if (c)
                return c;
            x += nx;
            y += ny;
        } else if (*x != *y) {
            return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
        } else {
            x++;
            y++;
        }
    }
    if (*x || *y)
        return *x ? 1 : -1;
    return strcmp(a, b);
}

static int compare_paths(const void *a, const void *b) {
    return natural_order(*(char *const *)a, *(char *const *)b);
}

/* ---- listing ------------------------------------------------------------- */

/* Takes path over, on failure too. */
static int add(struct images *s, char *path) {
    if (path && s->len == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        char **grown = realloc(s->path, cap * sizeof *grown);
        if (!grown) {
            free(path);
            return WEIR_ENOMEM;
        }
        s->path = grown;
        s->cap = cap;
    }
    if (!path)
        return WEIR_ENOMEM;
    s->path[s->len++] = path;
    return 0;
}

static int list_folder(struct images *s, const char *folder, struct weir_error *err) {
    DIR *dir = opendir(folder);
    int rc = 0;

    if (!dir)
        return weir_fail(err, weir_err_from_errno(errno), "%s: %s; check the folder and its rights",
                         folder, strerror(errno));
    for (struct dirent *entry; !rc && (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && is_picture_name(entry->d_name))
            rc = add(s, weir_path_join(folder, entry->d_name));
    closedir(dir);
    if (rc)
        return weir_fail(err, rc, "%s: out of memory", folder);
    if (!s->len)
        return weir_fail(err, WEIR_ENOENT,
                         "%s: the folder holds no pictures (jpg, png, bmp, webp, tiff, ppm, pgm)",
                         folder);
    return 0;
}

static int list_glob(struct images *s, const char *pattern, struct weir_error *err) {
    glob_t found = {0};
    int rc = 0, status = glob(pattern, GLOB_NOSORT, NULL, &found);

    if (status == GLOB_NOSPACE)
        rc = WEIR_ENOMEM;
    for (size_t i = 0; !rc && !status && i < found.gl_pathc; i++)
        if (is_picture_name(found.gl_pathv[i]))
            rc = add(s, strdup(found.gl_pathv[i]));
    globfree(&found);
    if (rc)
        return weir_fail(err, rc, "%s: out of memory", pattern);
    if (!s->len)
        return weir_fail(err, WEIR_ENOENT,
                         "%s: no picture fits the pattern; quote it, and check the folder",
                         pattern);
    return 0;
}

/* ---- pictures ------------------------------------------------------------ */

static void free_bytes(struct weir_packet *packet, void *owner) {
    (void)packet;
    free(owner);
}

static int read_whole(const char *path, uint8_t **ret_bytes, size_t *ret_len,
                      struct weir_error *err) {
    uint8_t *bytes = NULL;
    struct stat st;
    size_t len = 0;
    int rc;
    /* a named pipe with a picture's name must not block */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st))
        goto fail;
    if (!S_ISREG(st.st_mode) || st.st_size > PICTURE_BYTES_MAX) {
        errno = EFBIG;
        goto fail;
    }
    bytes = calloc(1, (size_t)st.st_size + WEIR_PACKET_PADDING);
    if (!bytes)
        goto fail;
    while (len < (size_t)st.st_size) {
        ssize_t got = read(fd, bytes + len, (size_t)st.st_size - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            goto fail;
        if (got == 0)
            break; /* it shrank meanwhile */
        len += (size_t)got;
    }
    close(fd);
    *ret_bytes = bytes;
    *ret_len = len;
    return 0;
fail:
    rc = weir_err_from_errno(errno);
    weir_fail(err, rc, "%s: %s; check the path and its rights", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(bytes);
    return rc;
}

/* ECORRUPT: no picture. */
static int make_packet(struct images *s, const char *path, struct weir_packet **ret_packet,
                       struct weir_error *err) {
    uint8_t *bytes = NULL;
    size_t len = 0;
    int rc = read_whole(path, &bytes, &len, err);

    if (rc)
        return rc;
    const char *name = len >= 8 ? codec_of(bytes) : NULL;
    if (!name) {
        free(bytes);
        return weir_fail(err, WEIR_ECORRUPT,
                         len ? "%s: is not a picture that is known (jpg, png, bmp, webp, tiff, "
                               "ppm, pgm), whatever its name says"
                             : "%s: the file is empty; copy it again",
                         path);
    }
    if (!s->codec || strcmp(s->codec->name, name)) {
        struct weir_codec *codec = weir_codec_new(name);
        weir_codec_unref(&s->codec);
        s->codec = codec;
        if (codec)
            codec->pixel_hint = -1;
    }
    struct weir_packet *packet = s->codec ? weir_packet_new(s->codec) : NULL;
    if (!packet) {
        free(bytes);
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    }
    packet->data = bytes;
    packet->len = len;
    packet->keyframe = true;
    packet->dts_ns = -1;
    packet->owner = bytes;
    packet->free = free_bytes;
    *ret_packet = packet;
    return 0;
}

/* 397133 for 000000397133.jpg, -1 where the name is no number. */
static int64_t number_in_name(const char *path) {
    const char *name = weir_path_base(path);
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || digits > 18 || name[digits] != '.')
        return -1;
    return strtoll(name, NULL, 10);
}

static int compare_numbers(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Is every name a number, and none like another (1.jpg and 1.png, or in two folders)? */
static int find_numbered(struct images *s) {
    int64_t *number = malloc((s->len ? s->len : 1) * sizeof *number);
    bool all = true;

    if (!number)
        return WEIR_ENOMEM;
    for (size_t i = 0; all && i < s->len; i++)
        all = (number[i] = number_in_name(s->path[i])) >= 0;
    if (all)
        qsort(number, s->len, sizeof *number, compare_numbers);
    for (size_t i = 1; all && i < s->len; i++)
        all = number[i] != number[i - 1];
    s->numbered = all;
    free(number);
    return 0;
}

static int images_pull(struct weir_stage *stage, struct weir_frame **ret_frame,
                       struct weir_error *err) {
    struct images *s = (struct images *)stage;

    if (weir_stop_requested(s->stop))
        return WEIR_ECANCELED;
    if (s->next == s->len)
        return WEIR_EEOF;
    const char *path = s->path[s->next];
    struct weir_frame *frame = weir_frame_new(s->stream);
    if (!frame || !(frame->name = strdup(weir_path_base(path)))) {
        weir_frame_free(frame);
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    }
    int rc = make_packet(s, path, &frame->packet, NULL);
    if (rc == WEIR_ENOMEM) {
        weir_frame_free(frame);
        return weir_fail(err, rc, "%s: out of memory", path);
    }
    if (rc)
        frame->outcome = WEIR_OUTCOME_CORRUPT;
    frame->seq = -1;
    frame->source_id = s->numbered ? number_in_name(path) : -1;
    frame->media_ns = (int64_t)((double)s->next * 1e9 / s->rate_fps);
    frame->times.capture = weir_clock_now(s->clock);
    s->source.dts_ns = frame->media_ns;
    s->next++;
    *ret_frame = frame;
    return 0;
}

static void images_free(struct weir_stage *stage) {
    struct images *s = (struct images *)stage;

    for (size_t i = 0; i < s->len; i++)
        free(s->path[i]);
    free(s->path);
    weir_codec_unref(&s->codec);
    free(s);
}

static const struct weir_stage_ops images_ops = {
    .name = "images", .pull = images_pull, .free = images_free};

static int images_open(const struct weir_stage_conf *conf, const char *text,
                       struct source **ret_source, struct weir_error *err) {
    const char *path = source_path(text);
    struct images *s = calloc(1, sizeof *s);
    struct stat st;
    int rc;

    if (!s)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    s->source.stage.ops = &images_ops;
    s->clock = conf->clock;
    s->stop = conf->stop;
    s->stream = conf->stream;
    s->rate_fps = conf->workflow->set.source.rate_fps;
    if (s->rate_fps <= 0)
        s->rate_fps = 25;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        rc = list_folder(s, path, err);
    } else if (stat(path, &st) && path == text && strpbrk(text, "*?[")) {
        rc = list_glob(s, text, err);
    } else {
        /* one picture: what is wrong with it is the user's whole answer */
        struct weir_packet *packet = NULL;
        rc = make_packet(s, path, &packet, err);
        weir_packet_unref(&packet);
        if (!rc && (rc = add(s, strdup(path))))
            weir_fail(err, rc, "%s: out of memory", path);
    }
    if (!rc && (rc = find_numbered(s)))
        weir_fail(err, rc, "%s: out of memory", path);
    if (rc) {
        images_free(&s->source.stage);
        return rc;
    }
    qsort(s->path, s->len, sizeof *s->path, compare_paths);
    s->source.stage.frames_total = (int64_t)s->len;
    *ret_source = &s->source;
    return 0;
}

static bool images_matches(const char *text) {
    const char *path = source_path(text);
    struct stat st;

    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && is_picture_name(path));
    return is_picture_name(path) || (path == text && strpbrk(text, "*?["));
}

const struct source_kind source_images = {
    .name = "images",
    .about = "a folder of pictures, a glob or one picture, in natural order",
    .matches = images_matches,
    .open = images_open,
};
