/*
 * Files, and standard input. A file gives every frame it has and then ends,
 * cut off or not; named pipes count as files. Standard input is MJPEG: the
 * one format that needs nothing but its bytes. It is never paced, for whoever
 * writes it does that; with `--live` it counts as a camera.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "av.h"

struct file {
    struct source source;
    struct weir_stop *stop;
    struct av_input *input;
    int fd; /* a named pipe, ours; else -1 */
};

static int file_pull(struct weir_stage *stage, struct weir_frame **ret_frame,
                     struct weir_error *err) {
    struct file *f = (struct file *)stage;

    if (weir_stop_requested(f->stop))
        return WEIR_ECANCELED;
    return av_input_read(f->input, ret_frame, &f->source.dts_ns, err);
}

static void file_free(struct weir_stage *stage) {
    struct file *f = (struct file *)stage;

    av_input_free(f->input);
    if (f->fd >= 0)
        close(f->fd);
    free(f);
}

static const struct weir_stage_ops file_ops = {
    .name = "file", .pull = file_pull, .free = file_free};
static const struct weir_stage_ops stdin_ops = {
    .name = "stdin", .pull = file_pull, .free = file_free};

static int open_input(const struct weir_stage_conf *conf, const struct weir_stage_ops *ops,
                      struct av_open *how, int own_fd, struct source **ret_source,
                      struct weir_error *err) {
    struct file *f = calloc(1, sizeof *f);
    char rate[32];
    const double rate_fps = conf->workflow->set.source.rate_fps;
    snprintf(rate, sizeof rate, "%.6f", rate_fps > 0 ? rate_fps : 25);
    /* only formats without timing of their own listen to it */
    const struct av_option options[] = {{"framerate", rate}, {NULL, NULL}};

    if (!f) {
        if (own_fd >= 0)
            close(own_fd);
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", how->shown);
    }
    f->source.stage.ops = ops;
    f->source.stage.frames_total = -1;
    f->stop = conf->stop;
    f->fd = own_fd;
    how->stage = conf;
    how->options = options;
    int rc = av_input_open(how, &f->input, err);
    if (rc) {
        file_free(&f->source.stage);
        return rc;
    }
    *ret_source = &f->source;
    return 0;
}

/* What the file system alone can tell; *ret_fd is -1 unless path is a named pipe. */
static int check_path(const char *path, int *ret_fd, struct weir_error *err) {
    struct stat st;

    if (stat(path, &st))
        return weir_fail(err, weir_err_from_errno(errno), "%s: %s; check the path", path,
                         strerror(errno));
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return weir_fail(err, WEIR_ECORRUPT, "%s: the file is empty; record or copy it again",
                         path);
    if (access(path, R_OK))
        return weir_fail(err, weir_err_from_errno(errno), "%s: %s; change its rights", path,
                         strerror(errno));
    if (S_ISSOCK(st.st_mode) || S_ISBLK(st.st_mode))
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: is neither a file nor a camera; name a video file", path);
    *ret_fd = -1;
    if (S_ISFIFO(st.st_mode)) {
        /* a plain open() would wait for a writer, deaf to stop and time-outs */
        *ret_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (*ret_fd < 0)
            return weir_fail(err, weir_err_from_errno(errno), "%s: %s", path, strerror(errno));
    }
    return 0;
}

static int file_open(const struct weir_stage_conf *conf, const char *text,
                     struct source **ret_source, struct weir_error *err) {
    const char *path = source_path(text);
    struct weir_buf url = {0};
    int fd = -1, rc;

    if ((rc = check_path(path, &fd, err)))
        return rc;
    weir_buf_printf(&url, "file:%s", path); /* a colon in a name is no protocol */
    struct av_open how = {.url = weir_buf_str(&url), .shown = path, .fd = fd};
    rc = open_input(conf, &file_ops, &how, fd, ret_source, err);
    weir_buf_done(&url);
    if (!rc)
        (*ret_source)->stage.frames_total = av_input_frames(((struct file *)*ret_source)->input);
    return rc;
}

static bool file_matches(const char *text) {
    (void)text;
    return true;
}

static int stdin_open(const struct weir_stage_conf *conf, const char *text,
                      struct source **ret_source, struct weir_error *err) {
    (void)text;
    struct av_open how = {.url = "-",
                          .shown = "standard input (MJPEG)",
                          .format = "mjpeg",
                          .first_keyframe_is_enough = true,
                          .fd = STDIN_FILENO};
    return open_input(conf, &stdin_ops, &how, -1, ret_source, err);
}

static bool stdin_matches(const char *text) {
    return strcmp(text, "-") == 0;
}

const struct source_kind source_file = {
    .name = "file",
    .about = "any video file that FFmpeg reads",
    .matches = file_matches,
    .open = file_open,
};

const struct source_kind source_stdin = {
    .name = "stdin",
    .about = "- : MJPEG on standard input",
    .matches = stdin_matches,
    .self_paced = true,
    .open = stdin_open,
};
