/*
 * ndjson: DIR/<stream>.ndjson, one JSON object a line and a line a frame,
 * dropped ones included:
 *
 *   stream         name of the stream
 *   frame          its number in display order, from 0; null before it had one
 *   media_time_s   presentation time in the medium; null where it has none
 *   capture_s      capture on the run's monotonic clock; null: unknown
 *   capture_time   the same as UTC wall-clock time, ISO 8601
 *   latency_ms     capture to delivery, of a result; null for a drop
 *   parts          where the latency went, null where the frame never got:
 *                  decode_ms, wait_ms (for the decoder and for a free detector),
 *                  preprocess_ms, inference_ms, postprocess_ms,
 *                  deliver_ms (order, tracking); they add up to latency_ms
 *   outcome        detect, track, or why it was dropped
 *   setting        {model, width, height}: how it was, or was to be, detected; width and height
 *                  are of the picture that the model saw. Only where that is chosen per frame
 *   below_floor    true: it was expected to be less accurate than is wanted; else absent
 *   width, height  of the picture; null: unknown
 *   name, image_id file name and id, of image sources only
 *   boxes          [{class, class_id, score, track_id (null: no track),
 *                  bbox: [x, y, width, height] in pixels from the top left}]
 *
 * Readers follow the file while it grows, so it is written under its final
 * name, each line by one write to a file in append mode; a line that does not
 * fit on the disk is taken back. Wall-clock time is the monotonic one plus an
 * offset taken once at open: it never jumps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/sink/sink.h"

struct ndjson {
    struct weir_stage stage;
    char *path;
    int fd;
    off_t len; /* whole lines in the file */
    struct weir_buf line;
    const char *stream;
    const struct weir_labels *labels;
    int64_t wall_offset_ns; /* wall clock minus the run's clock */
};

static void key_ms(struct weir_json *json, const char *key, bool known, int64_t ns) {
    weir_json_key(json, key);
    if (known)
        weir_json_num(json, (double)ns / WEIR_NS_PER_MS, 3);
    else
        weir_json_null(json);
}

static void key_size(struct weir_json *json, const char *key, int pixels) {
    weir_json_key(json, key);
    if (pixels > 0)
        weir_json_int(json, pixels);
    else
        weir_json_null(json);
}

static void add_span(struct weir_json *json, const char *key, int64_t from, int64_t to) {
    key_ms(json, key, from && to, to - from);
}

static void add_times(struct weir_json *json, const struct weir_frame *frame) {
    const struct weir_times *t = &frame->times;
    bool result = weir_outcome_is_result(frame->outcome);
    key_ms(json, "latency_ms", result && t->capture && t->deliver, t->deliver - t->capture);
    weir_json_key(json, "parts");
    weir_json_object(json);
    add_span(json, "decode_ms", t->decode_begin, t->decode_end);
    int64_t decode = t->decode_begin && t->decode_end ? t->decode_end - t->decode_begin : 0;
    key_ms(json, "wait_ms", t->capture && t->prepare_begin, t->prepare_begin - t->capture - decode);
    add_span(json, "preprocess_ms", t->prepare_begin, t->infer_begin);
    add_span(json, "inference_ms", t->infer_begin, t->infer_end);
    add_span(json, "postprocess_ms", t->infer_end, t->detect_end);
    add_span(json, "deliver_ms", t->detect_end, t->deliver);
    weir_json_end_object(json);
}

static void add_wall_time(struct weir_json *json, int64_t wall_ns) {
    char date[32], text[48];
    struct tm tm;
    time_t seconds = (time_t)(wall_ns / WEIR_NS_PER_S);
    weir_json_key(json, "capture_time");
    if (!gmtime_r(&seconds, &tm) || !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm)) {
        weir_json_null(json);
        return;
    }
    snprintf(text, sizeof text, "%s.%03dZ", date, (int)(wall_ns % WEIR_NS_PER_S / WEIR_NS_PER_MS));
    weir_json_str(json, text);
}

static void add_capture(struct weir_json *json, const struct ndjson *nd,
                        const struct weir_frame *frame) {
    weir_json_key(json, "media_time_s");
    if (frame->media_ns >= 0)
        weir_json_num(json, (double)frame->media_ns / WEIR_NS_PER_S, 6);
    else
        weir_json_null(json);
    if (frame->times.capture) {
        weir_json_key_num(json, "capture_s", (double)frame->times.capture / WEIR_NS_PER_S, 6);
        add_wall_time(json, frame->times.capture + nd->wall_offset_ns);
    } else {
        weir_json_key(json, "capture_s");
        weir_json_null(json);
        weir_json_key(json, "capture_time");
        weir_json_null(json);
    }
}

static void add_way(struct weir_json *json, const struct weir_frame *frame) {
    if (!frame->way)
        return;
    weir_json_key(json, "setting");
    weir_json_object(json);
    weir_json_key_str(json, "model", frame->way->model);
    weir_json_key_int(json, "width", frame->way->width);
    weir_json_key_int(json, "height", frame->way->height);
    weir_json_end_object(json);
    if (frame->below_floor)
        weir_json_key_bool(json, "below_floor", true);
}

static void add_boxes(struct weir_json *json, const struct weir_labels *labels,
                      const struct weir_frame *frame) {
    size_t len = weir_outcome_is_result(frame->outcome) ? frame->boxes.len : 0;
    weir_json_key(json, "boxes");
    weir_json_array(json);
    for (size_t i = 0; i < len; i++) {
        const struct weir_box *box = &frame->boxes.data[i];
        char scratch[32];
        weir_json_object(json);
        weir_json_key_str(json, "class", weir_sink_class(labels, box->class_id, scratch));
        weir_json_key_int(json, "class_id", box->class_id);
        weir_json_key_num(json, "score", box->score, 4);
        weir_json_key(json, "track_id");
        if (box->track_id > 0)
            weir_json_int(json, box->track_id);
        else
            weir_json_null(json);
        weir_json_key(json, "bbox");
        weir_json_array(json);
        weir_json_num(json, box->x0, 2);
        weir_json_num(json, box->y0, 2);
        weir_json_num(json, (double)box->x1 - box->x0, 2);
        weir_json_num(json, (double)box->y1 - box->y0, 2);
        weir_json_end_array(json);
        weir_json_end_object(json);
    }
    weir_json_end_array(json);
}

static void add_frame(struct ndjson *nd, const struct weir_frame *frame) {
    struct weir_json json;
    weir_json_init(&json, &nd->line);
    weir_json_object(&json);
    weir_json_key_str(&json, "stream", nd->stream);
    weir_json_key(&json, "frame");
    if (frame->seq >= 0)
        weir_json_int(&json, frame->seq);
    else
        weir_json_null(&json);
    add_capture(&json, nd, frame);
    add_times(&json, frame);
    weir_json_key_str(&json, "outcome", weir_outcome_name(frame->outcome));
    add_way(&json, frame);
    key_size(&json, "width", frame->width);
    key_size(&json, "height", frame->height);
    if (frame->name) {
        weir_json_key_str(&json, "name", frame->name);
        weir_json_key_int(&json, "image_id", frame->source_id);
    }
    add_boxes(&json, nd->labels, frame);
    weir_json_end_object(&json);
    weir_buf_putc(&nd->line, '\n');
}

/* One write as a rule; where the kernel took only a part, the rest follows or
 * the part is taken back, so that no half line stays. */
static int write_line(struct ndjson *nd, struct weir_error *err) {
    size_t done = 0;
    while (done < nd->line.len) {
        ssize_t n = write(nd->fd, nd->line.data + done, nd->line.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int cause = errno;
            if (done && ftruncate(nd->fd, nd->len))
                return weir_fail(err, WEIR_EIO, "cannot write %s: its last line is cut short",
                                 nd->path);
            return weir_sink_fail_write(err, nd->path, cause);
        }
        done += (size_t)n;
    }
    nd->len += (off_t)done;
    return 0;
}

static int ndjson_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct ndjson *nd = (struct ndjson *)stage;
    weir_buf_reset(&nd->line);
    add_frame(nd, frame);
    if (nd->line.failed)
        return weir_fail(err, WEIR_ENOMEM, "no memory for a line of %s", nd->path);
    return write_line(nd, err);
}

static int ndjson_drain(struct weir_stage *stage, struct weir_error *err) {
    struct ndjson *nd = (struct ndjson *)stage;
    int rc = close(nd->fd);
    int cause = errno;
    nd->fd = -1;
    if (rc && cause != EINTR)
        return weir_sink_fail_write(err, nd->path, cause);
    return 0;
}

static void ndjson_free(struct weir_stage *stage) {
    struct ndjson *nd = (struct ndjson *)stage;
    if (nd->fd >= 0)
        close(nd->fd);
    weir_buf_done(&nd->line);
    free(nd->path);
    free(nd);
}

static const struct weir_stage_ops ndjson_ops = {
    .name = "ndjson",
    .push = ndjson_push,
    .drain = ndjson_drain,
    .free = ndjson_free,
};

static int64_t wall_now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * WEIR_NS_PER_S + ts.tv_nsec;
}

static int ndjson_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                       struct weir_error *err) {
    int rc;
    struct ndjson *nd = calloc(1, sizeof *nd);
    if (!nd)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the sink ndjson");
    nd->stage.ops = &ndjson_ops;
    nd->stage.frames_total = -1;
    nd->fd = -1;
    nd->stream = weir_sink_stream(conf);
    nd->labels = weir_sink_labels(conf);
    nd->wall_offset_ns = wall_now() - weir_clock_now(conf->clock);
    nd->path = weir_sink_path(conf, ".ndjson");
    if (!nd->path) {
        rc = weir_fail(err, WEIR_ENOMEM, "no memory for the sink ndjson");
        goto fail;
    }
    rc = weir_dir_make_parent(nd->path, err);
    if (rc)
        goto fail;
    nd->fd = open(nd->path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (nd->fd < 0) {
        int cause = errno;
        const char *why = strerrordesc_np(cause);
        rc = weir_fail(err, weir_err_from_errno(cause), "cannot create %s: %s", nd->path,
                       why ? why : "unknown error");
        goto fail;
    }
    *ret_stage = &nd->stage;
    return 0;

fail:
    ndjson_free(&nd->stage);
    return rc;
}

const struct weir_sink_row weir_sink_ndjson = {
    .name = "ndjson",
    .about = "DIR/<stream>.ndjson: a line of JSON a frame, as it happens",
    .needs_path = true,
    .open = ndjson_open,
};
