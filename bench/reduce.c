/*
 * Area averaging against libswscale's SWS_AREA, I420 to I420. Both read the same picture
 * from memory and take turns; the medians are compared, the ratio round by round.
 *
 *   bench_reduce [ROUNDS]
 *
 * Ours makes a new picture each time, libswscale writes into the same one. First the
 * results are asserted: ours against the definition in double precision, from which it may
 * differ by its rounding alone (half a grey level), and libswscale's in the mean only. read_ms
 * is the least that any reducer takes: the source copied row by row into one row that stays
 * in the cache.
 */
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "pipeline/reduce/reduce_kernel.h"

enum { ROUNDS = 300, ROUNDS_MAX = 5000, WIDTH_MAX = 4096 };

static const struct reduction {
    int width, height, to_width, to_height;
} cases[] = {
    {1280, 720, 640, 360},
    {640, 360, 416, 234},
    {640, 360, 320, 180},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static int columns(const struct weir_image *image, int p) {
    return p ? (image->width + 1) / 2 : image->width;
}

static int rows(const struct weir_image *image, int p) {
    return p ? (image->height + 1) / 2 : image->height;
}

/* A picture with structure at all scales: shapes, gradients and some noise. */
static struct weir_image *draw(int width, int height) {
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, width, height);
    bench_require(image != NULL, "no memory");
    uint32_t seed = 1;
    for (int p = 0; p < 3; p++) {
        int w = columns(image, p), h = rows(image, p);
        uint8_t *to = weir_image_data(image, p);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                seed = seed * 1664525u + 1013904223u;
                int shape = (x / 37 + y / 23) % 5 * 18, ramp = (x + y) * 70 / (w + h);
                to[y * image->stride[p] + x] = (uint8_t)(48 + shape + ramp + (int)(seed >> 29));
            }
    }
    return image;
}

/* What result j of `to` has in common with sample i of `from`, as a share of the result. */
static double share(int i, int j, int from, int to) {
    double size = (double)from / to, begin = fmax(j * size, i), end = fmin((j + 1) * size, i + 1);
    return fmax(end - begin, 0) / size;
}

static double definition(const struct weir_image *image, int p, int x, int y, int to_w, int to_h) {
    int w = columns(image, p), h = rows(image, p);
    int x0 = (int)((int64_t)x * w / to_w), y0 = (int)((int64_t)y * h / to_h);
    double sum = 0;
    for (int v = y0; v < h && v * (double)to_h < (y + 1) * (double)h; v++)
        for (int u = x0; u < w && u * (double)to_w < (x + 1) * (double)w; u++)
            sum += image->plane[p][v * image->stride[p] + u] * share(u, x, w, to_w) *
                   share(v, y, h, to_h);
    return sum;
}

/* Off by how much: at most, and in the mean. */
static double compare(const struct weir_image *image, const struct weir_image *small,
                      double *ret_mean) {
    double most = 0, sum = 0, n = 0;
    for (int p = 0; p < 3; p++) {
        int w = columns(small, p), h = rows(small, p);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++, n++) {
                double off = fabs(small->plane[p][y * small->stride[p] + x] -
                                  definition(image, p, x, y, w, h));
                most = fmax(most, off);
                sum += off;
            }
    }
    *ret_mean = sum / n;
    return most;
}

static void usual(struct SwsContext *sws, const struct weir_image *image,
                  struct weir_image *small) {
    const int from[3] = {(int)image->stride[0], (int)image->stride[1], (int)image->stride[2]};
    const int to[3] = {(int)small->stride[0], (int)small->stride[1], (int)small->stride[2]};
    uint8_t *const out[3] = {weir_image_data(small, 0), weir_image_data(small, 1),
                             weir_image_data(small, 2)};
    sws_scale(sws, image->plane, from, 0, image->height, out, to);
}

static void read_only(const struct weir_image *image) {
    static uint8_t row[WIDTH_MAX];
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < rows(image, p); y++) {
            memcpy(row, image->plane[p] + y * image->stride[p], (size_t)columns(image, p));
            __asm__ volatile("" : : "r"(row) : "memory");
        }
}

static void reduce(const struct weir_reduce_kernel *kernel, const struct weir_image *image,
                   const struct reduction *to, struct weir_image **ret_small) {
    bench_require(
        weir_reduce_image_with(kernel, image, to->to_width, to->to_height, ret_small, NULL) == 0,
        "ours failed");
}

enum { OURS, PLAIN, SWS, READ, WAYS };

static void measure(const struct reduction *c, int rounds, const struct weir_reduce_kernel *fast) {
    struct weir_image *image = draw(c->width, c->height), *small = NULL;
    struct weir_image *theirs = weir_image_alloc(WEIR_PIXEL_I420, c->to_width, c->to_height);
    struct SwsContext *sws =
        sws_getContext(c->width, c->height, AV_PIX_FMT_YUV420P, c->to_width, c->to_height,
                       AV_PIX_FMT_YUV420P, SWS_AREA, NULL, NULL, NULL);
    bench_require(theirs && sws, "no memory");

    double off, mean;
    reduce(&weir_reduce_plain, image, c, &small);
    bench_require(compare(image, small, &mean) <= 0.5 + 1e-6, "plain differs from the definition");
    weir_image_unref(&small);
    reduce(fast, image, c, &small);
    off = compare(image, small, &mean);
    bench_require(off <= 0.5 + 1e-6, "ours differs from the definition");
    weir_image_unref(&small);
    usual(sws, image, theirs);
    double sws_off = compare(image, theirs, &mean);
    bench_require(mean < 2, "libswscale made another picture");

    static double ms[WAYS][ROUNDS_MAX], ratio[ROUNDS_MAX];
    for (int r = -rounds / 10 - 1; r < rounds; r++) { /* below 0: warming up */
        double t[WAYS + 1];
        t[OURS] = bench_ms(CLOCK_MONOTONIC);
        reduce(fast, image, c, &small);
        weir_image_unref(&small);
        t[PLAIN] = bench_ms(CLOCK_MONOTONIC);
        reduce(&weir_reduce_plain, image, c, &small);
        weir_image_unref(&small);
        t[SWS] = bench_ms(CLOCK_MONOTONIC);
        usual(sws, image, theirs);
        t[READ] = bench_ms(CLOCK_MONOTONIC);
        read_only(image);
        t[WAYS] = bench_ms(CLOCK_MONOTONIC);
        if (r < 0)
            continue;
        for (int w = 0; w < WAYS; w++)
            ms[w][r] = t[w + 1] - t[w];
        ratio[r] = ms[SWS][r] / ms[OURS][r];
    }
    printf("{\"case\":\"%dx%d to %dx%d\",\"ratio_vs_swscale\":%.2f,\"ours_ms\":%.4f,"
           "\"plain_ms\":%.4f,\"swscale_ms\":%.4f,\"read_ms\":%.4f,\"max_error_grey_levels\":%.4f,"
           "\"swscale_max_error_grey_levels\":%.2f}",
           c->width, c->height, c->to_width, c->to_height, bench_median(ratio, rounds),
           bench_median(ms[OURS], rounds), bench_median(ms[PLAIN], rounds),
           bench_median(ms[SWS], rounds), bench_median(ms[READ], rounds), off, sws_off);
    sws_freeContext(sws);
    weir_image_unref(&image);
    weir_image_unref(&theirs);
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "ROUNDS must be 1 to 5000");
    size_t k = 0;
    while (!weir_reduce_kernels[k]->available())
        k++;
    printf("{\"bench\":\"reduce\",\"rounds\":%d,\"kernel\":\"%s\",\"cases\":[", rounds,
           weir_reduce_kernels[k]->name);
    for (int c = 0; c < CASES; c++) {
        if (c)
            putchar(',');
        measure(&cases[c], rounds, weir_reduce_kernels[k]);
    }
    puts("]}");
    return 0;
}
