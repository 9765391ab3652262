#include "sink_support.h"

#include <dirent.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A model of which only the description is ever asked for. This definition
 * stands in for the one behind pipeline/detect/model.h in these programs. */
struct weir_model {
    struct weir_model_desc desc;
};

const struct weir_model_desc *weir_model_desc(const struct weir_model *model) {
    return &model->desc;
}

void rig_folder(struct rig *rig, const char *dir) {
    free(rig->sink.path);
    rig->sink.path = strdup(strcmp(rig->sink.kind, "mosaic") ? dir : test_path(dir, "gate.mp4"));
}

void rig_init(struct rig *rig, const char *kind) {
    static char gate[] = "gate", yard[] = "yard", automatic[] = "auto";
    *rig = (struct rig){.dir = test_scratch(), .clock = weir_clock_manual_new(WEIR_NS_PER_S)};
    rig->stream[0].name = gate;
    rig->stream[1].name = yard;
    rig->sink.kind = strdup(kind);
    rig_folder(rig, rig->dir);
    struct weir_workflow *wf = &rig->workflow;
    wf->stream = rig->stream;
    wf->stream_len = 1;
    wf->sink = &rig->sink;
    wf->sink_len = 1;
    wf->set.detect.conf = 0.25;
    wf->set.source.rate_fps = 25;
    wf->set.annotate.encoder = automatic;
    wf->set.annotate.quality = 23;
    struct weir_tracker_params params = weir_tracker_defaults();
    wf->set.track.enabled = true;
    wf->set.track.high = params.high;
    wf->set.track.low = params.low;
    wf->set.track.fresh = params.fresh;
    wf->set.track.match = params.match;
    wf->set.track.match_low = params.match_low;
    wf->set.track.lost_s = params.lost_s;
    rig->conf = (struct weir_stage_conf){
        .workflow = wf, .clock = rig->clock, .common = weir_sink_common_new(wf)};
    assert_non_null(rig->conf.common);
}

void rig_done(struct rig *rig) {
    if (rig->model) {
        weir_labels_unref(&rig->model->desc.labels);
        free(rig->model);
    }
    weir_sink_common_free(rig->conf.common);
    weir_clock_free(rig->clock);
    free(rig->sink.kind);
    free(rig->sink.path);
    test_scratch_remove(rig->dir);
}

void rig_model(struct rig *rig, const char *const *labels, size_t len, float conf) {
    rig->model = calloc(1, sizeof *rig->model);
    assert_non_null(rig->model);
    rig->model->desc.labels = weir_labels_new(labels, len);
    rig->model->desc.conf = conf;
    rig->conf.model = rig->model;
}

struct weir_stage *rig_open(struct rig *rig) {
    struct weir_error err = {0};
    struct weir_stage *stage = NULL;
    int rc = weir_stage_sink.open(&rig->conf, &stage, &err);
    if (rc)
        fail_msg("cannot open: %s", err.text);
    assert_non_null(stage);
    assert_null(stage->ops->pull);
    return stage;
}

const char *rig_path(const struct rig *rig, const char *suffix) {
    char name[256];
    if (!strcmp(rig->sink.kind, "mosaic"))
        return rig->sink.path;
    snprintf(name, sizeof name, "%s%s", rig->stream[0].name, suffix);
    return test_path(rig->dir, name);
}

void push_ok(struct weir_stage *sink, struct weir_frame *frame) {
    struct weir_error err = {0};
    if (sink->ops->push(sink, frame, &err))
        fail_msg("push failed: %s", err.text);
    weir_frame_free(frame);
}

void drain_ok(struct weir_stage *sink) {
    struct weir_error err = {0};
    if (sink->ops->drain && sink->ops->drain(sink, &err))
        fail_msg("drain failed: %s", err.text);
}

struct weir_frame *make_frame(int64_t seq, enum weir_outcome outcome) {
    struct weir_frame *frame = weir_frame_new(0);
    assert_non_null(frame);
    int64_t t = WEIR_NS_PER_S + seq * 40 * WEIR_NS_PER_MS;
    frame->seq = frame->source_id = seq;
    frame->media_ns = seq * 40 * WEIR_NS_PER_MS;
    frame->width = 64;
    frame->height = 48;
    frame->outcome = outcome;
    frame->times.capture = t;
    if (weir_outcome_is_result(outcome)) {
        frame->times.decode_begin = t + 1 * WEIR_NS_PER_MS;
        frame->times.decode_end = t + 3 * WEIR_NS_PER_MS;
        frame->times.prepare_begin = t + 10 * WEIR_NS_PER_MS;
        frame->times.infer_begin = t + 12 * WEIR_NS_PER_MS;
        frame->times.infer_end = t + 37 * WEIR_NS_PER_MS;
        frame->times.detect_end = t + 38 * WEIR_NS_PER_MS;
        frame->times.deliver = t + 40 * WEIR_NS_PER_MS;
    }
    return frame;
}

struct weir_image *make_picture(enum weir_pixel pixel, int width, int height, int value) {
    struct weir_image *image = weir_image_alloc(pixel, width, height);
    assert_non_null(image);
    image->matrix = WEIR_MATRIX_BT601;
    for (int p = 0; p < weir_pixel_planes(pixel); p++) {
        int rows = p && weir_pixel_chroma_shift_y(pixel) ? (height + 1) / 2 : height;
        memset(weir_image_data(image, p), p ? 128 : value, (size_t)rows * (size_t)image->stride[p]);
    }
    return image;
}

struct weir_frame *make_picture_frame(int64_t seq, int width, int height) {
    struct weir_frame *frame = make_frame(seq, WEIR_OUTCOME_DETECT);
    frame->image = make_picture(WEIR_PIXEL_I420, width, height, 40 + (int)(seq % 8) * 20);
    frame->width = width;
    frame->height = height;
    return frame;
}

void add_box(struct weir_frame *frame, float x, float y, float w, float h, float score,
             int class_id, int track_id) {
    struct weir_box box = {x, y, x + w, y + h, score, class_id, track_id};
    assert_int_equal(weir_boxes_add(&frame->boxes, box), 0);
}

char *slurp(const char *path) {
    struct weir_error err = {0};
    char *data = NULL;
    size_t len;
    if (weir_file_read(path, 64 << 20, &data, &len, &err))
        fail_msg("%s", err.text);
    return data;
}

int count_files(const char *dir) {
    int n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void look_at(const AVFrame *picture, AVRational base, struct video_facts *facts) {
    if (facts->frames < 64) {
        facts->time_s[facts->frames] = (double)picture->pts * av_q2d(base);
        facts->luma[facts->frames] =
            picture->data[0][(picture->height - 1) * picture->linesize[0] + picture->width / 2];
    }
    facts->frames++;
}

void read_video(const char *path, struct video_facts *ret) {
    struct video_facts facts = {0};
    AVFormatContext *demux = NULL;
    av_log_set_level(AV_LOG_ERROR);
    if (avformat_open_input(&demux, path, NULL, NULL))
        fail_msg("cannot open %s", path);
    assert_true(avformat_find_stream_info(demux, NULL) >= 0);
    int at = av_find_best_stream(demux, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    assert_true(at >= 0);
    const AVStream *stream = demux->streams[at];
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    AVCodecContext *decoder = avcodec_alloc_context3(codec);
    decoder->thread_count = 1;
    assert_true(avcodec_parameters_to_context(decoder, stream->codecpar) >= 0);
    assert_int_equal(avcodec_open2(decoder, codec, NULL), 0);
    AVPacket *packet = av_packet_alloc();
    AVFrame *picture = av_frame_alloc();
    for (bool more = true; more;) {
        more = av_read_frame(demux, packet) >= 0;
        assert_int_equal(avcodec_send_packet(decoder, more ? packet : NULL), 0);
        while (avcodec_receive_frame(decoder, picture) >= 0)
            look_at(picture, stream->time_base, &facts);
        av_packet_unref(packet);
    }
    facts.width = decoder->width;
    facts.height = decoder->height;
    snprintf(facts.codec, sizeof facts.codec, "%s", codec->name);
    const AVDictionaryEntry *comment = av_dict_get(demux->metadata, "comment", NULL, 0);
    snprintf(facts.comment, sizeof facts.comment, "%s", comment ? comment->value : "");
    av_frame_free(&picture);
    av_packet_free(&packet);
    avcodec_free_context(&decoder);
    avformat_close_input(&demux);
    *ret = facts;
}

static struct weir_error fill_disk(struct rig *rig, long limit_bytes, int frames) {
    struct weir_error err = {0};
    struct weir_stage *sink = NULL;
    struct rlimit limit = {(rlim_t)limit_bytes, (rlim_t)limit_bytes};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    int rc = weir_stage_sink.open(&rig->conf, &sink, &err);
    for (int i = 0; !rc && i < frames; i++) {
        struct weir_frame *frame = make_picture_frame(i, 64, 48);
        for (int k = 0; k < 10; k++)
            add_box(frame, (float)k, 3, 20, 20, 0.5f, k, k + 1);
        rc = sink->ops->push(sink, frame, &err);
        weir_frame_free(frame);
    }
    if (!rc && sink->ops->drain)
        rc = sink->ops->drain(sink, &err);
    weir_stage_free(sink);
    err.code = rc;
    return err;
}

int run_on_full_disk(struct rig *rig, long limit_bytes, int frames, struct weir_error *ret_err) {
    int pipe_fd[2], status;
    assert_int_equal(pipe(pipe_fd), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct weir_error err = fill_disk(rig, limit_bytes, frames);
        ssize_t n = write(pipe_fd[1], &err, sizeof err);
        _exit(n == (ssize_t)sizeof err ? 0 : 1);
    }
    close(pipe_fd[1]);
    struct weir_error err;
    size_t got = 0;
    ssize_t n;
    while (got < sizeof err && (n = read(pipe_fd[0], (char *)&err + got, sizeof err - got)) > 0)
        got += (size_t)n;
    close(pipe_fd[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(got, sizeof err);
    *ret_err = err;
    return err.code;
}
