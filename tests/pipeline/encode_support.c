#include "encode_support.h"

#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct kind kind_jpeg = {WEIR_CODING_JPEG, NULL, 90, {30, 60, 90}};
const struct kind kind_x264 = {WEIR_CODING_H264, "libx264", 16, {40, 28, 16}};
const struct kind kind_openh264 = {WEIR_CODING_H264, "libopenh264", 16, {40, 28, 16}};

const struct kind *kind_of(void **state) {
    const struct kind *kind = *state;
    if (kind->encoder && !avcodec_find_encoder_by_name(kind->encoder)) {
        print_message("# skipped: this FFmpeg has no %s\n", kind->encoder);
        skip();
    }
    return kind;
}

struct weir_encoder *make_encoder(const struct kind *kind, int width, int height, int quality,
                                  int key_every) {
    struct weir_encoder *encoder = NULL;
    struct weir_error err = {0};
    const struct weir_encoder_conf conf = {
        .coding = kind->coding,
        .width = width,
        .height = height,
        .quality = quality < 0 ? kind->good : quality,
        .rate_fps = 25,
        .encoder = kind->encoder,
        .key_every = key_every,
    };
    if (weir_encoder_new(&conf, &encoder, &err))
        fail_msg("%s", err.text);
    assert_non_null(encoder);
    return encoder;
}

struct weir_packet *push_picture(struct weir_encoder *encoder, struct weir_image *image, bool key) {
    struct weir_packet *packet = NULL;
    struct weir_error err = {0};
    if (weir_encoder_push(encoder, image, key, &packet, &err))
        fail_msg("%s", err.text);
    assert_non_null(packet);
    assert_non_null(packet->codec);
    assert_true(packet->len > 0);
    for (int i = 0; i < WEIR_PACKET_PADDING; i++)
        assert_int_equal(packet->data[packet->len + (size_t)i], 0);
    if (key)
        assert_true(packet->keyframe);
    return packet;
}

/* ---- pictures ------------------------------------------------------------ */

struct luma_weights {
    double r, b;
};
static const struct luma_weights weights[] = {
    [WEIR_MATRIX_BT601] = {0.299, 0.114},
    [WEIR_MATRIX_BT709] = {0.2126, 0.0722},
    [WEIR_MATRIX_BT2020] = {0.2627, 0.0593},
};

/* 0 – 1. Smooth but for the squares, whose edges lie on even pixels. */
static void scene(double x, double y, int t, double rgb[3]) {
    rgb[0] = 0.15 + 0.7 * x;
    rgb[1] = 0.85 - 0.6 * y;
    rgb[2] = 0.5 + 0.35 * sin(6 * (x + y) + 0.1 * t);
    for (int i = 0; i < 3; i++) {
        double at = fmod(0.04 * t + 0.3 * i, 1);
        if (x >= at && x < at + 0.2 && y >= 0.3 * i && y < 0.3 * i + 0.25)
            for (int c = 0; c < 3; c++)
                rgb[c] = c == i ? 0.9 : 0.1;
    }
}

static uint8_t clip(double v) {
    return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)lround(v);
}

struct weir_image *draw(int width, int height, int t, enum weir_matrix matrix, bool full_range) {
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, width, height);
    assert_non_null(image);
    image->matrix = matrix;
    image->full_range = full_range;
    const struct luma_weights k = weights[matrix];
    const double y_scale = full_range ? 255 : 219, y_zero = full_range ? 0 : 16;
    const double c_scale = full_range ? 255 : 224;
    /* of tiny pictures a corner, not all of it squeezed together */
    const double across = width < 160 ? 160 : width, down = height < 90 ? 90 : height;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double rgb[3];
            scene((x & ~1) / across, (y & ~1) / down, t, rgb);
            double luma = k.r * rgb[0] + (1 - k.r - k.b) * rgb[1] + k.b * rgb[2];
            weir_image_data(image, 0)[y * image->stride[0] + x] = clip(y_zero + y_scale * luma);
            if (x & 1 || y & 1)
                continue;
            uint8_t *cb = weir_image_data(image, 1) + y / 2 * image->stride[1] + x / 2;
            uint8_t *cr = weir_image_data(image, 2) + y / 2 * image->stride[2] + x / 2;
            *cb = clip(128 + c_scale * (rgb[2] - luma) / (2 * (1 - k.b)));
            *cr = clip(128 + c_scale * (rgb[0] - luma) / (2 * (1 - k.r)));
        }
    return image;
}

struct weir_image *draw_flat(int width, int height, int y, int cb, int cr, bool full_range) {
    const int value[3] = {y, cb, cr};
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, width, height);
    assert_non_null(image);
    image->full_range = full_range;
    for (int p = 0; p < 3; p++)
        for (int row = 0; row < (p ? (height + 1) / 2 : height); row++)
            memset(weir_image_data(image, p) + row * image->stride[p], value[p],
                   (size_t)(p ? (width + 1) / 2 : width));
    return image;
}

struct weir_image *draw_noise(int width, int height, uint32_t seed) {
    struct weir_image *image = draw_flat(width, height, 128, 128, 128, false);
    for (int p = 0; p < 3; p++)
        for (int row = 0; row < (p ? (height + 1) / 2 : height); row++)
            fill_rubbish(weir_image_data(image, p) + row * image->stride[p],
                         (size_t)(p ? (width + 1) / 2 : width),
                         seed * 7919 + (uint32_t)(p * height + row));
    return image;
}

static void rgb_at(const struct weir_image *image, enum weir_matrix matrix, int x, int y,
                   double rgb[3]) {
    const struct luma_weights k = weights[matrix];
    const double y_scale = image->full_range ? 255 : 219, y_zero = image->full_range ? 0 : 16;
    const double c_scale = image->full_range ? 255 : 224;
    double luma = (image->plane[0][y * image->stride[0] + x] - y_zero) / y_scale;
    double cb = (image->plane[1][y / 2 * image->stride[1] + x / 2] - 128) / c_scale;
    double cr = (image->plane[2][y / 2 * image->stride[2] + x / 2] - 128) / c_scale;
    rgb[0] = luma + 2 * (1 - k.r) * cr;
    rgb[2] = luma + 2 * (1 - k.b) * cb;
    rgb[1] = (luma - k.r * rgb[0] - k.b * rgb[2]) / (1 - k.r - k.b);
}

double psnr(const struct weir_image *drawn, const struct weir_image *shown) {
    assert_int_equal(drawn->pixel, WEIR_PIXEL_I420);
    assert_int_equal(shown->pixel, WEIR_PIXEL_I420);
    assert_int_equal(drawn->width, shown->width);
    assert_int_equal(drawn->height, shown->height);
    double sum = 1e-9;
    for (int y = 0; y < drawn->height; y++)
        for (int x = 0; x < drawn->width; x++) {
            double a[3], b[3];
            rgb_at(drawn, drawn->matrix, x, y, a);
            rgb_at(shown, shown->matrix, x, y, b);
            for (int c = 0; c < 3; c++)
                sum += (a[c] - b[c]) * (a[c] - b[c]);
        }
    return -10 * log10(sum / (3.0 * drawn->width * drawn->height));
}

/* ---- the far side -------------------------------------------------------- */

void receiver_init(struct rig *rig) {
    rig_init(rig, "unused.mp4", NULL);
    assert_int_equal(weir_stage_decode.open(&rig->conf, &rig->decode, &rig->err), 0);
}

struct weir_image *receive(struct rig *rig, struct weir_packet *packet) {
    struct weir_frame *frame = weir_frame_new(0);
    assert_non_null(frame);
    frame->packet = weir_packet_ref(packet);
    if (rig->decode->ops->push(rig->decode, frame, &rig->err))
        fail_msg("%s", rig->err.text);
    struct weir_frame *out = NULL;
    assert_int_equal(rig->decode->ops->pull(rig->decode, &out, &rig->err), 0);
    assert_ptr_equal(out, frame);
    struct weir_image *image = weir_image_ref(frame->image);
    assert_int_equal(frame->outcome, image ? WEIR_OUTCOME_NONE : WEIR_OUTCOME_CORRUPT);
    weir_frame_free(frame);
    return image;
}
