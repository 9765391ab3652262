/*
 * Cameras and servers: RTSP, HTTP with HLS, V4L2, and whatever else FFmpeg has
 * a protocol for. The first connection must work, so that a wrong address is
 * told at once. Later losses of a live medium are healed for as long as nobody
 * says stop: wait (doubling up to a limit, with jitter, so that a site's cameras
 * do not all come back in one instant), connect again, go on. Every connection
 * has a codec description of its own, so that the decoder starts afresh; media
 * time goes on from where the clock says it must be. A stored medium (it has a
 * length) ends when it ends, and its loss is an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "av.h"

enum { OPTIONS_MAX = 12, OPTION_BYTES = 32 };

struct remote {
    struct source source;
    struct weir_stage_conf conf;
    struct av_open how;
    char *url;
    struct av_option option[OPTIONS_MAX + 1];
    char number[4][OPTION_BYTES]; /* the text of options that are numbers */
    size_t options, numbers;
    struct av_input *input; /* NULL while disconnected */
    int losses; /* in a row, without a frame in between */
    uint64_t random;
    int64_t first_ns; /* capture of the very first frame */
    int64_t offset_ns; /* from this connection's media time to the source's */
    int64_t connection_frames, frames;
};

static void option(struct remote *r, const char *key, const char *value) {
    if (r->options < OPTIONS_MAX)
        r->option[r->options++] = (struct av_option){key, value};
}

static void option_us(struct remote *r, const char *key, double seconds) {
    char *text = r->number[r->numbers++];
    snprintf(text, OPTION_BYTES, "%.0f", seconds * 1e6);
    option(r, key, text);
}

/* xorshift64 (Marsaglia, 2003): enough to keep cameras apart. In [0,1). */
static double jitter(struct remote *r) {
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return (double)(r->random >> 11) / (double)(UINT64_C(1) << 53);
}

/* Waits for the next attempt and makes it; ECANCELED, or why it failed. */
static int reconnect(struct remote *r, struct weir_error *err) {
    const struct weir_settings *set = &r->conf.workflow->set;
    double delay_s = set->source.reconnect_min_s;

    for (int i = 1; i < r->losses && delay_s < set->source.reconnect_max_s; i++)
        delay_s *= 2;
    if (delay_s > set->source.reconnect_max_s)
        delay_s = set->source.reconnect_max_s;
    delay_s *= 0.75 + 0.25 * jitter(r);
    const int64_t due_ns = weir_clock_now(r->conf.clock) + (int64_t)(delay_s * 1e9);
    int rc = weir_clock_wait(r->conf.clock, due_ns, r->conf.stop);
    if (rc)
        return rc;
    r->connection_frames = 0;
    return av_input_open(&r->how, &r->input, err);
}

/* Media time that goes on over a reconnect, by the clock of the run. */
static void place_in_time(struct remote *r, struct weir_frame *frame) {
    if (!r->frames++)
        r->first_ns = frame->times.capture;
    else if (!r->connection_frames)
        r->offset_ns =
            frame->times.capture - r->first_ns - (frame->media_ns >= 0 ? frame->media_ns : 0);
    r->connection_frames++;
    if (frame->media_ns >= 0)
        frame->media_ns += r->offset_ns;
    r->source.dts_ns += r->offset_ns;
    frame->packet->dts_ns += r->offset_ns;
}

static int remote_pull(struct weir_stage *stage, struct weir_frame **ret_frame,
                       struct weir_error *err) {
    struct remote *r = (struct remote *)stage;

    for (;;) {
        if (weir_stop_requested(r->conf.stop))
            return WEIR_ECANCELED;
        int rc = r->input ? 0 : reconnect(r, err);
        if (!rc && !(rc = av_input_read(r->input, ret_frame, &r->source.dts_ns, err))) {
            r->losses = 0;
            place_in_time(r, *ret_frame);
            return 0;
        }
        if (rc == WEIR_ECANCELED || rc == WEIR_ENOMEM || !stage->live)
            return rc;
        av_input_free(r->input);
        r->input = NULL;
        if (r->losses < 64)
            r->losses++;
    }
}

static void remote_free(struct weir_stage *stage) {
    struct remote *r = (struct remote *)stage;

    av_input_free(r->input);
    free(r->url);
    free(r);
}

static struct remote *remote_new(const struct weir_stage_conf *conf, const char *url,
                                 const struct weir_stage_ops *ops, struct weir_error *err) {
    struct remote *r = calloc(1, sizeof *r);

    if (!r || !(r->url = strdup(url))) {
        free(r);
        weir_fail(err, WEIR_ENOMEM, "out of memory");
        return NULL;
    }
    r->source.stage.ops = ops;
    r->source.stage.frames_total = -1;
    r->conf = *conf;
    r->random = (uint64_t)weir_clock_now(conf->clock) ^ UINT64_C(0x9e3779b97f4a7c15);
    for (const char *c = url; *c; c++)
        r->random = (r->random ^ (unsigned char)*c) * UINT64_C(1099511628211);
    r->random |= 1;
    r->how = (struct av_open){
        .stage = &r->conf, .url = r->url, .shown = r->url, .options = r->option, .fd = -1};
    return r;
}

/* The first connection. always_live: a camera, whatever its stream says. */
static int remote_connect(struct remote *r, bool always_live, struct source **ret_source,
                          struct weir_error *err) {
    int rc = av_input_open(&r->how, &r->input, err);

    if (rc) {
        remote_free(&r->source.stage);
        return rc;
    }
    r->source.stage.live = always_live || av_input_is_live(r->input);
    if (!r->source.stage.live)
        r->source.stage.frames_total = av_input_frames(r->input);
    *ret_source = &r->source;
    return 0;
}

static bool begins(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- RTSP ---------------------------------------------------------------- */

static const struct weir_stage_ops rtsp_ops = {
    .name = "rtsp", .pull = remote_pull, .free = remote_free};

static bool rtsp_matches(const char *text) {
    return begins(text, "rtsp://") || begins(text, "rtsps://");
}

static int rtsp_open(const struct weir_stage_conf *conf, const char *text,
                     struct source **ret_source, struct weir_error *err) {
    const struct weir_settings *set = &conf->workflow->set;
    struct remote *r = remote_new(conf, text, &rtsp_ops, err);

    if (!r)
        return WEIR_ENOMEM;
    option(r, "rtsp_transport", set->source.rtsp_transport == WEIR_TRANSPORT_UDP ? "udp" : "tcp");
    option(r, "allowed_media_types", "video");
    option_us(r, "timeout", set->source.read_timeout_s);
    r->how.first_keyframe_is_enough = true;
    return remote_connect(r, true, ret_source, err);
}

const struct source_kind source_rtsp = {
    .name = "rtsp",
    .about = "rtsp:// and rtsps:// cameras, over TCP by default",
    .matches = rtsp_matches,
    .self_paced = true,
    .open = rtsp_open,
};

/* ---- HTTP ---------------------------------------------------------------- */

static const struct weir_stage_ops http_ops = {
    .name = "http", .pull = remote_pull, .free = remote_free};

static bool http_matches(const char *text) {
    return begins(text, "http://") || begins(text, "https://");
}

static int http_open(const struct weir_stage_conf *conf, const char *text,
                     struct source **ret_source, struct weir_error *err) {
    struct remote *r = remote_new(conf, text, &http_ops, err);

    if (!r)
        return WEIR_ENOMEM;
    option_us(r, "rw_timeout", conf->workflow->set.source.read_timeout_s);
    /* a download that breaks is resumed where it broke */
    option(r, "reconnect", "1");
    option(r, "reconnect_delay_max", "4");
    return remote_connect(r, false, ret_source, err);
}

const struct source_kind source_http = {
    .name = "http",
    .about = "http:// and https://: files, HLS, MJPEG cameras",
    .matches = http_matches,
    .open = http_open,
};

/* ---- V4L2 ---------------------------------------------------------------- */

static const struct weir_stage_ops v4l2_ops = {
    .name = "v4l2", .pull = remote_pull, .free = remote_free};

static bool v4l2_matches(const char *text) {
    return begins(text, "/dev/video") || begins(text, "v4l2:");
}

static int v4l2_open(const struct weir_stage_conf *conf, const char *text,
                     struct source **ret_source, struct weir_error *err) {
    const char *device = begins(text, "v4l2:") ? text + 5 : text;
    if (begins(device, "//"))
        device += 2;
    struct remote *r = remote_new(conf, device, &v4l2_ops, err);

    if (!r)
        return WEIR_ENOMEM;
    r->how.format = "video4linux2";
    r->how.first_keyframe_is_enough = true;
    r->how.poll = true;
    return remote_connect(r, true, ret_source, err);
}

const struct source_kind source_v4l2 = {
    .name = "v4l2",
    .about = "/dev/videoN: a camera on this machine",
    .matches = v4l2_matches,
    .self_paced = true,
    .open = v4l2_open,
};

/* ---- the rest ------------------------------------------------------------ */

static const struct weir_stage_ops url_ops = {
    .name = "url", .pull = remote_pull, .free = remote_free};

static bool url_matches(const char *text) {
    return source_has_scheme(text) && !begins(text, "file://");
}

static int url_open(const struct weir_stage_conf *conf, const char *text,
                    struct source **ret_source, struct weir_error *err) {
    struct remote *r = remote_new(conf, text, &url_ops, err);

    if (!r)
        return WEIR_ENOMEM;
    option_us(r, "rw_timeout", conf->workflow->set.source.read_timeout_s);
    return remote_connect(r, false, ret_source, err);
}

const struct source_kind source_url = {
    .name = "url",
    .about = "udp://, rtmp://, srt:// and other addresses that FFmpeg opens",
    .matches = url_matches,
    .open = url_open,
};
