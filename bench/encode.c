/*
 * What a hop costs: JPEG at quality 80 and H.264 at a constant rate factor of 23, on a
 * generated street at 640x360; and JPEG against FFmpeg's own encoder at about the same
 * size, with the standard Huffman tables on both sides. All take turns on each picture; the times
 * are CPU times of this thread, medians over rounds, the ratios those of single rounds. FFmpeg's
 * JPEG encoder is given pictures that were brought to full range before, which is part of our time.
 *
 *   bench_encode [FRAMES [ROUNDS]]
 *
 * First the results are asserted: each packet comes at once, and what the decode stage makes of
 * it shows the picture.
 */
#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "pipeline/pipeline.h"
#include "scene/scene.h"

enum { FRAMES = 150, FRAMES_MAX = 1000, ROUNDS = 7, ROUNDS_MAX = 100, WIDTH = 640, HEIGHT = 360 };
enum { JPEG, H264, MJPEG, WAYS };

static uint8_t full_luma(int v) {
    int full = ((v - 16) * 255 + 109) / 219;
    return v <= 16 ? 0 : full > 255 ? 255 : (uint8_t)full;
}

static uint8_t full_chroma(int v) {
    double full = 128 + (v - 128) * 255 / 224.0;
    return full < 0 ? 0 : full > 255 ? 255 : (uint8_t)lround(full);
}

static struct weir_image *to_full_range(const struct weir_image *image) {
    struct weir_image *full = weir_image_alloc(WEIR_PIXEL_I420, WIDTH, HEIGHT);
    bench_require(full != NULL, "no memory");
    full->full_range = true;
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? HEIGHT / 2 : HEIGHT); y++)
            for (int x = 0; x < (p ? WIDTH / 2 : WIDTH); x++) {
                int v = image->plane[p][y * image->stride[p] + x];
                weir_image_data(full, p)[y * full->stride[p] + x] =
                    p ? full_chroma(v) : full_luma(v);
            }
    return full;
}

/* ---- FFmpeg's JPEG encoder ----------------------------------------------- */

static AVCodecContext *mjpeg_open(int q) {
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *ctx = avcodec_alloc_context3(codec);
    AVDictionary *options = NULL;
    bench_require(codec && ctx, "FFmpeg has no mjpeg encoder");
    ctx->width = WIDTH;
    ctx->height = HEIGHT;
    ctx->pix_fmt = AV_PIX_FMT_YUVJ420P;
    ctx->color_range = AVCOL_RANGE_JPEG;
    ctx->time_base = (AVRational){1, 25};
    ctx->thread_count = 1;
    ctx->flags |= AV_CODEC_FLAG_QSCALE;
    ctx->global_quality = q * FF_QP2LAMBDA;
    av_dict_set(&options, "huffman", "default", 0);
    bench_require(avcodec_open2(ctx, codec, &options) == 0, "FFmpeg's mjpeg encoder does not open");
    av_dict_free(&options);
    return ctx;
}

/* The packet replaces the one before. */
static void mjpeg_encode(AVCodecContext *ctx, struct weir_image *image, AVPacket *packet) {
    AVFrame *frame = weir_av_frame(image);
    bench_require(frame != NULL, "no memory");
    frame->format = AV_PIX_FMT_YUVJ420P;
    frame->quality = ctx->global_quality;
    bench_require(avcodec_send_frame(ctx, frame) == 0, "FFmpeg's mjpeg encoder fails");
    av_frame_free(&frame);
    av_packet_unref(packet);
    bench_require(avcodec_receive_packet(ctx, packet) == 0,
                  "FFmpeg's mjpeg encoder gives no packet");
}

/* Of the scale 2 – 31 the one whose size on that picture is nearest to bytes. */
static int mjpeg_scale(struct weir_image *image, double bytes, AVPacket *packet) {
    int best = 2;
    double off = INFINITY;
    for (int q = 2; q <= 31; q++) {
        AVCodecContext *ctx = mjpeg_open(q);
        mjpeg_encode(ctx, image, packet);
        if (fabs(packet->size - bytes) < off) {
            off = fabs(packet->size - bytes);
            best = q;
        }
        avcodec_free_context(&ctx);
    }
    return best;
}

/* ---- what the far side sees ----------------------------------------------- */

struct far_side {
    struct weir_workflow workflow;
    struct weir_clock *clock;
    struct weir_stop stop;
    struct weir_stage *decode;
};

static void far_side_init(struct far_side *f) {
    f->clock = weir_clock_monotonic_new();
    bench_require(f->clock && weir_workflow_init(&f->workflow) == 0, "no memory");
    weir_stop_init(&f->stop, f->clock);
    const struct weir_stage_conf conf = {
        .workflow = &f->workflow, .sink = -1, .clock = f->clock, .stop = &f->stop};
    bench_require(weir_stage_decode.open(&conf, &f->decode, NULL) == 0, "decode does not open");
}

static void far_side_done(struct far_side *f) {
    weir_stage_free(f->decode);
    weir_workflow_done(&f->workflow);
    weir_clock_free(f->clock);
}

/* Peak signal to noise of luma, in full range, dB. */
static double seen(struct far_side *f, struct weir_packet *packet, const struct weir_image *image) {
    struct weir_frame *frame = weir_frame_new(0), *out = NULL;
    double sum = 0;
    bench_require(frame != NULL, "no memory");
    frame->packet = weir_packet_ref(packet);
    bench_require(f->decode->ops->push(f->decode, frame, NULL) == 0 &&
                      f->decode->ops->pull(f->decode, &out, NULL) == 0 && out->image,
                  "a packet does not give its picture at once");
    const struct weir_image *shown = out->image;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            int a = full_luma(image->plane[0][y * image->stride[0] + x]);
            int b = shown->plane[0][y * shown->stride[0] + x];
            b = shown->full_range ? b : full_luma(b);
            sum += (a - b) * (a - b);
        }
    weir_frame_free(out);
    return 10 * log10(255.0 * 255 * WIDTH * HEIGHT / sum);
}

static double seen_mjpeg(struct far_side *f, struct weir_codec *codec, const AVPacket *av,
                         const struct weir_image *image) {
    struct weir_packet *packet = weir_packet_new(codec);
    bench_require(packet != NULL, "no memory");
    packet->data = av->data; /* FFmpeg's padding is as long as ours */
    packet->len = (size_t)av->size;
    packet->keyframe = true;
    double db = seen(f, packet, image);
    weir_packet_unref(&packet);
    return db;
}

/* ---- the turns ------------------------------------------------------------ */

struct result {
    double ms[WAYS], bytes[WAYS], least_db[WAYS]; /* per frame, of one round */
    double key_bytes, p_bytes;
};

static struct weir_encoder *make(enum weir_coding coding, int quality) {
    const struct weir_encoder_conf conf = {.coding = coding,
                                           .width = WIDTH,
                                           .height = HEIGHT,
                                           .quality = quality,
                                           .rate_fps = 25,
                                           .encoder = "auto"};
    struct weir_encoder *encoder = NULL;
    struct weir_error err = {0};
    bench_require(weir_encoder_new(&conf, &encoder, &err) == 0, err.text);
    return encoder;
}

static double push(struct weir_encoder *encoder, struct weir_image *image,
                   struct weir_packet **ret_packet) {
    struct weir_error err = {0};
    double begin = bench_ms(CLOCK_THREAD_CPUTIME_ID);
    bench_require(weir_encoder_push(encoder, image, false, ret_packet, &err) == 0, err.text);
    return bench_ms(CLOCK_THREAD_CPUTIME_ID) - begin;
}

/* Each way on each picture once; look: what it shows is looked at, too. */
static struct result turn(struct weir_image *const *image, struct weir_image *const *full,
                          int frames, int scale, bool look) {
    struct result r = {.least_db = {INFINITY, INFINITY, INFINITY}};
    struct weir_encoder *ours[2] = {make(WEIR_CODING_JPEG, 80), make(WEIR_CODING_H264, 23)};
    struct weir_codec *codec = weir_codec_new("mjpeg");
    AVCodecContext *mjpeg = mjpeg_open(scale);
    AVPacket *av = av_packet_alloc();
    struct far_side side[WAYS];
    bench_require(codec && av, "no memory");
    for (int w = 0; w < WAYS; w++)
        far_side_init(&side[w]);
    for (int i = 0; i < frames; i++) {
        for (int w = JPEG; w <= H264; w++) {
            struct weir_packet *packet = NULL;
            r.ms[w] += push(ours[w], image[i], &packet) / frames;
            r.bytes[w] += (double)packet->len / frames;
            if (w == H264 && packet->keyframe)
                r.key_bytes += (double)packet->len;
            bench_require(w == JPEG || packet->keyframe == (i == 0), "a keyframe came unasked");
            if (look)
                r.least_db[w] = fmin(r.least_db[w], seen(&side[w], packet, image[i]));
            weir_packet_unref(&packet);
        }
        double begin = bench_ms(CLOCK_THREAD_CPUTIME_ID);
        mjpeg_encode(mjpeg, full[i], av);
        r.ms[MJPEG] += (bench_ms(CLOCK_THREAD_CPUTIME_ID) - begin) / frames;
        r.bytes[MJPEG] += (double)av->size / frames;
        if (look)
            r.least_db[MJPEG] =
                fmin(r.least_db[MJPEG], seen_mjpeg(&side[MJPEG], codec, av, image[i]));
    }
    r.p_bytes = (r.bytes[H264] * frames - r.key_bytes) / (frames - 1);
    for (int w = 0; w < WAYS; w++)
        far_side_done(&side[w]);
    for (int w = JPEG; w <= H264; w++)
        weir_encoder_free(ours[w]);
    weir_codec_unref(&codec);
    avcodec_free_context(&mjpeg);
    av_packet_free(&av);
    return r;
}

int main(int argc, char **argv) {
    const int frames = argc > 1 ? atoi(argv[1]) : FRAMES,
              rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
    bench_require(frames >= 10 && frames <= FRAMES_MAX, "FRAMES must be 10 to 1000");
    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "ROUNDS must be 1 to 100");
    static struct weir_image *image[FRAMES_MAX], *full[FRAMES_MAX];
    struct weir_scene_conf conf = weir_scene_defaults;
    struct weir_truth truth = {0};
    struct weir_scene *scene = NULL;
    conf.width = WIDTH;
    conf.height = HEIGHT;
    conf.profile = WEIR_SCENE_RUSH;
    conf.seconds = frames / conf.fps;
    bench_require(weir_scene_new(&conf, &scene, NULL) == 0, "the scene cannot be made");
    for (int i = 0; i < frames; i++) {
        bench_require(weir_scene_next(scene, &image[i], &truth, NULL) == 0, "a frame is missing");
        full[i] = to_full_range(image[i]);
    }
    weir_scene_free(scene);
    weir_truth_done(&truth);

    AVPacket *packet = av_packet_alloc();
    struct weir_encoder *jpeg = make(WEIR_CODING_JPEG, 80);
    struct weir_packet *first = NULL;
    bench_require(packet != NULL, "no memory");
    push(jpeg, image[0], &first);
    const int scale = mjpeg_scale(full[0], (double)first->len, packet);
    weir_packet_unref(&first);
    weir_encoder_free(jpeg);
    av_packet_free(&packet);

    const struct result result = turn(image, full, frames, scale, true); /* and warming up */
    for (int w = 0; w < WAYS; w++)
        bench_require(result.least_db[w] > 32, "a packet does not show its picture");
    bench_require(fabs(result.bytes[MJPEG] / result.bytes[JPEG] - 1) < 0.15,
                  "the JPEGs differ in size");
    bench_require(result.p_bytes < result.bytes[JPEG] / 2, "P-frames are no smaller than JPEGs");

    static double ms[WAYS][ROUNDS_MAX], h264_over_jpeg[ROUNDS_MAX], mjpeg_over_jpeg[ROUNDS_MAX];
    for (int k = 0; k < rounds; k++) {
        struct result r = turn(image, full, frames, scale, false);
        for (int w = 0; w < WAYS; w++)
            ms[w][k] = r.ms[w];
        h264_over_jpeg[k] = r.ms[H264] / r.ms[JPEG];
        mjpeg_over_jpeg[k] = r.ms[MJPEG] / r.ms[JPEG];
    }
    printf("{\"bench\":\"encode\",\"case\":\"street, rush, %dx%d\",\"frames\":%d,\"rounds\":%d,"
           "\"jpeg_q80\":{\"ms\":%.3f,\"bytes\":%.0f,\"least_psnr_db\":%.1f},"
           "\"h264_crf23\":{\"encoder\":\"%s\",\"ms\":%.3f,\"bytes\":%.0f,\"p_bytes\":%.0f,"
           "\"key_bytes\":%.0f,\"least_psnr_db\":%.1f},"
           "\"ffmpeg_mjpeg\":{\"scale\":%d,\"ms\":%.3f,\"bytes\":%.0f,\"least_psnr_db\":%.1f},"
           "\"h264_over_jpeg_ms\":%.2f,\"h264_over_jpeg_bytes\":%.3f,"
           "\"ffmpeg_over_jpeg_ms\":%.2f,\"ffmpeg_over_jpeg_bytes\":%.3f}\n",
           WIDTH, HEIGHT, frames, rounds, bench_median(ms[JPEG], rounds), result.bytes[JPEG],
           result.least_db[JPEG], weir_av_encoder("auto", 0)->name, bench_median(ms[H264], rounds),
           result.bytes[H264], result.p_bytes, result.key_bytes, result.least_db[H264], scale,
           bench_median(ms[MJPEG], rounds), result.bytes[MJPEG], result.least_db[MJPEG],
           bench_median(h264_over_jpeg, rounds), result.bytes[H264] / result.bytes[JPEG],
           bench_median(mjpeg_over_jpeg, rounds), result.bytes[MJPEG] / result.bytes[JPEG]);
    for (int i = 0; i < frames; i++) {
        weir_image_unref(&image[i]);
        weir_image_unref(&full[i]);
    }
    return 0;
}
