/*
 * Fused pre-processing against what programs do without it: libswscale (bilinear,
 * to packed 8-bit RGB or BGR, whichever is faster) into a letterboxed picture, then a
 * loop that normalises it into f32 planes. Both read the same picture from memory
 * and take turns; the medians are compared, the ratio round by round.
 *
 *   bench_preprocess [ROUNDS]
 *
 * First the results are asserted: ours against the definition (which must
 * agree within 0.02 of a grey level), and libswscale's against it in the mean
 * only, since swscale widens its filter when it shrinks.
 */
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "pipeline/detect/preprocess_kernel.h"

enum { ROUNDS = 300, ROUNDS_MAX = 5000, SIZE = 416, WIDTH = 1280, HEIGHT = 720 };

/* A picture with structure at all scales: shapes, gradients and some noise. */
static void draw(struct weir_image *image) {
    uint32_t seed = 1;
    for (int p = 0; p < 3; p++) {
        int w = p ? WIDTH / 2 : WIDTH, h = p ? HEIGHT / 2 : HEIGHT;
        uint8_t *to = weir_image_data(image, p);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                seed = seed * 1664525u + 1013904223u;
                int shape = (x / 37 + y / 23) % 5 * 18, ramp = (x + y) * 70 / (w + h);
                to[y * image->stride[p] + x] = (uint8_t)(48 + shape + ramp + (int)(seed >> 29));
            }
    }
}

/* The usual way. */
struct usual {
    struct SwsContext *sws;
    uint8_t *packed; /* SIZE x SIZE, letterbox filled once */
    const struct weir_model_desc *desc;
    struct weir_letterbox lb;
};

static void usual_open(struct usual *u, const struct weir_model_desc *desc, enum AVPixelFormat to) {
    u->desc = desc;
    u->lb = weir_letterbox_centre(WIDTH, HEIGHT, SIZE, SIZE);
    u->sws = sws_getContext(WIDTH, HEIGHT, AV_PIX_FMT_YUV420P, u->lb.inner_width,
                            u->lb.inner_height, to, SWS_BILINEAR, NULL, NULL, NULL);
    u->packed = malloc((size_t)SIZE * SIZE * 3 + 64);
    bench_require(u->sws && u->packed, "no memory");
    memset(u->packed, (int)desc->pad, (size_t)SIZE * SIZE * 3);
}

static void usual_run(struct usual *u, const struct weir_image *image, float *restrict dst) {
    uint8_t *to = u->packed + ((size_t)u->lb.inner_y * SIZE + u->lb.inner_x) * 3;
    int to_stride = SIZE * 3;
    const int strides[3] = {(int)image->stride[0], (int)image->stride[1], (int)image->stride[2]};
    sws_scale(u->sws, image->plane, strides, 0, HEIGHT, &to, &to_stride);
    const uint8_t *restrict from = u->packed;
    float *restrict a = dst, *restrict b = dst + SIZE * SIZE, *restrict c = dst + 2 * SIZE * SIZE;
    const struct weir_model_desc d = *u->desc;
    for (int i = 0; i < SIZE * SIZE; i++) {
        a[i] = ((float)from[3 * i] - d.mean[0]) * d.scale[0];
        b[i] = ((float)from[3 * i + 1] - d.mean[1]) * d.scale[1];
        c[i] = ((float)from[3 * i + 2] - d.mean[2]) * d.scale[2];
    }
}

static void usual_close(struct usual *u) {
    sws_freeContext(u->sws);
    free(u->packed);
}

static double worst(const float *a, const float *b, const struct weir_model_desc *desc) {
    double most = 0;
    for (int i = 0; i < 3 * SIZE * SIZE; i++)
        most = fmax(most, fabs((double)a[i] - b[i]) / fabs((double)desc->scale[i / SIZE / SIZE]));
    return most;
}

static double apart_in_mean(const float *a, const float *b, const struct weir_model_desc *desc) {
    double sum = 0;
    for (int i = 0; i < 3 * SIZE * SIZE; i++)
        sum += fabs((double)a[i] - b[i]) / fabs((double)desc->scale[i / SIZE / SIZE]);
    return sum / (3 * SIZE * SIZE);
}

/* ours: with the kernel that the machine gets, and with the plain one */
enum { OURS, PLAIN, SWS_FIRST, SWS_SECOND, WAYS };

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "ROUNDS must be 1 to 5000");
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, WIDTH, HEIGHT);
    bench_require(image != NULL, "no memory");
    draw(image);

    struct weir_model_desc rgb = {
        .dtype = WEIR_DTYPE_F32,
        .layout = WEIR_LAYOUT_NCHW,
        .color = WEIR_COLOR_RGB,
        .resize = WEIR_RESIZE_LETTERBOX,
        .pad = 114,
        .mean = {123.675f, 116.28f, 103.53f},
        .scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f},
    };
    struct weir_model_desc bgr = rgb;
    bgr.color = WEIR_COLOR_BGR;
    struct weir_size size = {SIZE, SIZE};
    struct weir_letterbox lb;
    struct weir_preprocess *fast = weir_preprocess_new();
    struct weir_preprocess *plain = weir_preprocess_new_with(&weir_preprocess_plain);
    bench_require(fast && plain, "no memory");
    struct usual sws_rgb, sws_bgr;
    usual_open(&sws_rgb, &rgb, AV_PIX_FMT_RGB24);
    usual_open(&sws_bgr, &bgr, AV_PIX_FMT_BGR24);
    size_t tensor = 3 * sizeof(float) * SIZE * SIZE;
    float *gold = malloc(tensor), *out = aligned_alloc(64, tensor);
    bench_require(gold && out, "no memory");

    bench_require(weir_preprocess_reference(&rgb, size, image, gold, &lb) == 0,
                  "the definition failed");
    bench_require(weir_preprocess_run(fast, &rgb, size, image, out, &lb) == 0, "ours failed");
    double fast_off = worst(out, gold, &rgb);
    bench_require(fast_off <= 0.02, "ours differs from the definition");
    bench_require(weir_preprocess_run(plain, &rgb, size, image, out, &lb) == 0, "plain failed");
    bench_require(worst(out, gold, &rgb) <= 0.02, "the plain kernel differs from the definition");
    usual_run(&sws_rgb, image, out);
    double sws_off = apart_in_mean(out, gold, &rgb);
    bench_require(sws_off < 4, "libswscale made another picture");

    static double ms[WAYS][ROUNDS_MAX], ratio[ROUNDS_MAX];
    for (int r = -rounds / 10 - 1; r < rounds; r++) { /* below 0: warming up */
        double t[WAYS + 1];
        t[0] = bench_ms(CLOCK_MONOTONIC);
        weir_preprocess_run(fast, &bgr, size, image, out, &lb);
        t[1] = bench_ms(CLOCK_MONOTONIC);
        weir_preprocess_run(plain, &bgr, size, image, out, &lb);
        t[2] = bench_ms(CLOCK_MONOTONIC);
        usual_run(&sws_rgb, image, out);
        t[3] = bench_ms(CLOCK_MONOTONIC);
        usual_run(&sws_bgr, image, out);
        t[4] = bench_ms(CLOCK_MONOTONIC);
        if (r < 0)
            continue;
        for (int w = 0; w < WAYS; w++)
            ms[w][r] = t[w + 1] - t[w];
        ratio[r] = fmin(ms[SWS_FIRST][r], ms[SWS_SECOND][r]) / ms[OURS][r];
    }
    double ours_ms = bench_median(ms[OURS], rounds), plain_ms = bench_median(ms[PLAIN], rounds);
    double sws_ms = fmin(bench_median(ms[SWS_FIRST], rounds), bench_median(ms[SWS_SECOND], rounds));
    size_t k = 0;
    while (!weir_preprocess_kernels[k]->available())
        k++;
    printf("{\"bench\":\"preprocess\",\"case\":\"%dx%d i420 to %dx%d f32 nchw letterbox\","
           "\"rounds\":%d,\"ratio_vs_swscale\":%.2f,\"ours_ms\":%.4f,\"swscale_ms\":%.4f,"
           "\"kernel\":\"%s\",\"plain_ms\":%.4f,\"max_error_grey_levels\":%.4f}\n",
           WIDTH, HEIGHT, SIZE, SIZE, rounds, bench_median(ratio, rounds), ours_ms, sws_ms,
           weir_preprocess_kernels[k]->name, plain_ms, fast_off);

    usual_close(&sws_rgb);
    usual_close(&sws_bgr);
    weir_preprocess_free(fast);
    weir_preprocess_free(plain);
    weir_image_unref(&image);
    free(gold);
    free(out);
    return 0;
}
