/* See bare.h. Frames are handed over through one slot per worker, in turn, so
 * that their order needs no bookkeeping at all. */
#include "bare.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <onnxruntime_c_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "pipeline/detect/head.h"
#include "pipeline/detect/preprocess.h"

enum { WORKERS = 2, SLOTS = 2 };

const char *bare_name(enum bare_shape shape) {
    static const char *const names[] = {"serial", "serial, 2 threads",
                                        "decode thread + 1 worker of 2",
                                        "decode thread + 2 workers of 1"};
    return names[shape];
}

double bench_cpu_seconds(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

double bench_wall_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- ONNX Runtime -------------------------------------------------------- */

static const OrtApi *api(void) {
    return OrtGetApiBase()->GetApi(ORT_API_VERSION);
}

static void check(OrtStatus *status) {
    if (!status)
        return;
    fprintf(stderr, "bench: %s\n", api()->GetErrorMessage(status));
    exit(1);
}

struct session {
    OrtEnv *env;
    OrtSession *session;
};

static struct session session_open(const struct bare_conf *conf, int threads) {
    struct session s;
    OrtSessionOptions *options;
    check(api()->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "bare", &s.env));
    check(api()->CreateSessionOptions(&options));
    check(api()->AddSessionConfigEntry(options, "session.set_denormal_as_zero", "1"));
    if (!conf->default_threads) {
        check(api()->SetIntraOpNumThreads(options, threads));
        check(api()->SetInterOpNumThreads(options, 1));
        if (conf->fps > 0)
            check(api()->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"));
    }
    check(api()->CreateSession(s.env, weir_model_path(conf->model), options, &s.session));
    api()->ReleaseSessionOptions(options);
    return s;
}

static void session_close(struct session *s) {
    api()->ReleaseSession(s->session);
    api()->ReleaseEnv(s->env);
}

/* ---- one worker's own things --------------------------------------------- */

struct worker {
    const struct bare_conf *conf;
    struct session *session;
    struct weir_preprocess *pre;
    float *input;
    OrtValue *tensor;
    struct weir_boxes boxes;
    /* hand-over: slots filled by the decoder, emptied by the worker */
    pthread_mutex_t lock;
    pthread_cond_t change;
    AVFrame *slot[SLOTS];
    int filled;
    bool over;
    int64_t boxes_total;
    double *sums; /* a checksum per frame of this worker, in its order */
    int64_t frames;
};

static void worker_init(struct worker *w, const struct bare_conf *conf, struct session *session) {
    struct weir_size size = weir_model_size(conf->model);
    size_t len = 3 * (size_t)size.width * (size_t)size.height;
    int64_t shape[4] = {1, 3, size.height, size.width};
    OrtMemoryInfo *info;

    *w = (struct worker){.conf = conf, .session = session, .pre = weir_preprocess_new()};
    w->input = malloc(len * sizeof *w->input);
    w->sums = calloc(1 << 20, sizeof *w->sums);
    check(api()->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &info));
    check(api()->CreateTensorWithDataAsOrtValue(info, w->input, len * sizeof *w->input, shape, 4,
                                                ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &w->tensor));
    api()->ReleaseMemoryInfo(info);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->change, NULL);
}

static void worker_done(struct worker *w) {
    api()->ReleaseValue(w->tensor);
    weir_preprocess_free(w->pre);
    weir_boxes_done(&w->boxes);
    free(w->input);
    free(w->sums);
}

static void infer(struct worker *w, const AVFrame *frame) {
    const struct weir_model_desc *desc = weir_model_desc(w->conf->model);
    const struct weir_graph *graph = weir_model_graph(w->conf->model);
    const char *in = graph->input[0].name, *out = graph->output[0].name;
    struct weir_letterbox lb;
    struct weir_image image = {
        .pixel = WEIR_PIXEL_I420,
        .width = frame->width,
        .height = frame->height,
        .plane = {frame->data[0], frame->data[1], frame->data[2]},
        .stride = {frame->linesize[0], frame->linesize[1], frame->linesize[2]},
        .matrix = frame->height >= 720 ? WEIR_MATRIX_BT709 : WEIR_MATRIX_BT601,
        .full_range = frame->color_range == AVCOL_RANGE_JPEG,
    };
    OrtValue *result = NULL;
    OrtTensorTypeAndShapeInfo *info;
    struct weir_tensor tensor = {0};
    size_t rank;
    void *data;

    weir_preprocess_run(w->pre, desc, weir_model_size(w->conf->model), &image, w->input, &lb);
    check(api()->Run(w->session->session, NULL, &in, (const OrtValue *const *)&w->tensor, 1, &out,
                     1, &result));
    check(api()->GetTensorTypeAndShape(result, &info));
    check(api()->GetDimensionsCount(info, &rank));
    check(api()->GetDimensions(info, tensor.dim, rank));
    api()->ReleaseTensorTypeAndShapeInfo(info);
    check(api()->GetTensorMutableData(result, &data));
    tensor.rank = (int)rank;
    tensor.f32 = data;
    weir_boxes_reset(&w->boxes);
    desc->head->decode(desc, &tensor, 1, 0, &lb, desc->conf, &w->boxes, NULL);
    weir_nms(&w->boxes, desc->nms_iou, 300);
    api()->ReleaseValue(result);
    double sum = 0;
    for (size_t i = 0; i < w->boxes.len; i++)
        sum += w->boxes.data[i].x0 + w->boxes.data[i].y1 + w->boxes.data[i].score;
    w->sums[w->frames++] = sum;
    w->boxes_total += (int64_t)w->boxes.len;
}

static void *worker_thread(void *arg) {
    struct worker *w = arg;
    for (int at = 0;; at = (at + 1) % SLOTS) {
        pthread_mutex_lock(&w->lock);
        while (!w->filled && !w->over)
            pthread_cond_wait(&w->change, &w->lock);
        if (!w->filled) {
            pthread_mutex_unlock(&w->lock);
            return NULL;
        }
        AVFrame *frame = w->slot[at];
        pthread_mutex_unlock(&w->lock);
        infer(w, frame);
        av_frame_free(&frame);
        pthread_mutex_lock(&w->lock);
        w->filled--;
        pthread_cond_signal(&w->change);
        pthread_mutex_unlock(&w->lock);
    }
}

static void give(struct worker *w, int64_t nth, AVFrame *frame) {
    pthread_mutex_lock(&w->lock);
    while (w->filled == SLOTS)
        pthread_cond_wait(&w->change, &w->lock);
    w->slot[nth % SLOTS] = frame;
    w->filled++;
    pthread_cond_signal(&w->change);
    pthread_mutex_unlock(&w->lock);
}

/* ---- decoding ------------------------------------------------------------ */

struct video {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    int stream;
    bool flushed;
};

static int video_open(struct video *v, const char *path) {
    const AVCodec *codec;
    *v = (struct video){.packet = av_packet_alloc()};
    if (avformat_open_input(&v->format, path, NULL, NULL) ||
        avformat_find_stream_info(v->format, NULL) < 0)
        return -1;
    v->stream = av_find_best_stream(v->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (v->stream < 0)
        return -1;
    v->codec = avcodec_alloc_context3(codec);
    avcodec_parameters_to_context(v->codec, v->format->streams[v->stream]->codecpar);
    v->codec->thread_count = 1;
    return avcodec_open2(v->codec, codec, NULL);
}

static void video_close(struct video *v) {
    avcodec_free_context(&v->codec);
    avformat_close_input(&v->format);
    av_packet_free(&v->packet);
}

/* The next picture, NULL at the end. */
static AVFrame *video_next(struct video *v) {
    AVFrame *frame = av_frame_alloc();
    for (;;) {
        int rc = avcodec_receive_frame(v->codec, frame);
        if (rc == 0)
            return frame;
        if (rc != AVERROR(EAGAIN) || v->flushed) {
            av_frame_free(&frame);
            return NULL;
        }
        while ((rc = av_read_frame(v->format, v->packet)) == 0 &&
               v->packet->stream_index != v->stream)
            av_packet_unref(v->packet);
        v->flushed = rc < 0;
        avcodec_send_packet(v->codec, rc < 0 ? NULL : v->packet);
        av_packet_unref(v->packet);
    }
}

static void pace(double begin, int64_t n, double fps) {
    double due = begin + (double)n / fps;
    struct timespec t = {.tv_sec = (time_t)due,
                         .tv_nsec = (long)((due - (double)(time_t)due) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* ---- the loops ----------------------------------------------------------- */

int bare_run(enum bare_shape shape, const struct bare_conf *conf, struct bare_result *ret) {
    const int intra = shape == BARE_SERIAL_2 || shape == BARE_THREAD_2 ? 2 : 1;
    const int workers = shape == BARE_WORKERS ? WORKERS : 1;
    const bool threaded = shape == BARE_THREAD_2 || shape == BARE_WORKERS;
    struct session session = session_open(conf, intra);
    struct worker worker[WORKERS];
    pthread_t thread[WORKERS];
    struct video video;
    AVFrame *frame;
    int64_t n = 0;

    for (int i = 0; i < workers; i++)
        worker_init(&worker[i], conf, &session);
    double opened = bench_wall_seconds(), begin_cpu = bench_cpu_seconds();
    if (video_open(&video, conf->video)) {
        fprintf(stderr, "bench: cannot open %s\n", conf->video);
        return -1;
    }
    double begin = bench_wall_seconds(); /* of the pace */
    for (int i = 0; threaded && i < workers; i++)
        pthread_create(&thread[i], NULL, worker_thread, &worker[i]);
    while ((!conf->max_frames || n < conf->max_frames) && (frame = video_next(&video))) {
        if (conf->fps > 0)
            pace(begin, n, conf->fps);
        if (threaded) {
            give(&worker[n % workers], n / workers, frame);
        } else {
            infer(&worker[0], frame);
            av_frame_free(&frame);
        }
        n++;
    }
    for (int i = 0; threaded && i < workers; i++) {
        pthread_mutex_lock(&worker[i].lock);
        worker[i].over = true;
        pthread_cond_signal(&worker[i].change);
        pthread_mutex_unlock(&worker[i].lock);
        pthread_join(thread[i], NULL);
    }
    *ret = (struct bare_result){
        .frames = n,
        .seconds = bench_wall_seconds() - opened,
        .cpu_s = bench_cpu_seconds() - begin_cpu,
    };
    for (int64_t i = 0; i < n; i++)
        ret->checksum += worker[i % workers].sums[i / workers] * (double)(1 + i % 7);
    for (int i = 0; i < workers; i++) {
        ret->boxes += worker[i].boxes_total;
        worker_done(&worker[i]);
    }
    video_close(&video);
    session_close(&session);
    return 0;
}
