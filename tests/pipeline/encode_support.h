/*
 * What the tests of the encoders share: the encoders there may be, a synthetic moving
 * picture, a comparison in R'G'B', and a receiver that is the decode stage.
 */
#ifndef WEIR_TESTS_PIPELINE_ENCODE_SUPPORT_H
#define WEIR_TESTS_PIPELINE_ENCODE_SUPPORT_H

#include "pipeline/pipeline.h"
#include "source_test_support.h"

/* An encoder to test: the initial state of a test. */
struct kind {
    enum weir_coding coding;
    const char *encoder; /* H.264 */
    int good; /* a quality at which PSNR_GOOD is easily met */
    int qualities[3]; /* rising */
};
extern const struct kind kind_jpeg, kind_x264, kind_openh264;

/* A row of a table of tests for each kind; the name says which one it was. */
#define TEST_KIND(f, kind)                                                                         \
    { #f " (" #kind ")", f, NULL, NULL, (void *)(uintptr_t)&kind_##kind }
#define TEST_H264(f) TEST_KIND(f, x264), TEST_KIND(f, openh264)
#define TEST_ALL(f) TEST_KIND(f, jpeg), TEST_H264(f)

/* The kind of a test; where this FFmpeg has no such encoder the test ends here, skipped. */
const struct kind *kind_of(void **state);

/* Fails the test where the encoder cannot be made. 25 fps; quality < 0: kind->good. */
struct weir_encoder *make_encoder(const struct kind *kind, int width, int height, int quality,
                                  int key_every);
/* Pushes and asserts what holds for every packet: bytes, zeros behind them, a codec. */
struct weir_packet *push_picture(struct weir_encoder *encoder, struct weir_image *image, bool key);

/* The t-th picture of a scene: gradients, and coloured squares that move over them. */
struct weir_image *draw(int width, int height, int t, enum weir_matrix matrix, bool full_range);
/* One value for luma, Cb and Cr each. */
struct weir_image *draw_flat(int width, int height, int y, int cb, int cr, bool full_range);
/* No encoder can predict it. */
struct weir_image *draw_noise(int width, int height, uint32_t seed);

/*
 * Peak signal to noise in R'G'B', dB; both I420 of one size. Each is read by its own range, and
 * by its own matrix but for `shown` in JPEG, which was told the matrix of `drawn`.
 */
double psnr(const struct weir_image *drawn, const struct weir_image *shown);
/* What no encoder here falls below at a good quality, and any mistake about planes, strides,
 * range or matrix does. */
static const double PSNR_GOOD = 33;

/* The far side: a decode stage. */
void receiver_init(struct rig *rig);
/* The picture of that packet, which must come at once; NULL where it comes as corrupt. */
struct weir_image *receive(struct rig *rig, struct weir_packet *packet);

#endif
