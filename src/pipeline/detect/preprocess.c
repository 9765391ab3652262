/*
 * Pre-processing, fast: for each row of the picture the source rows it lies
 * between are expanded to the picture's width (once: neighbouring rows often
 * share them), blended into three channels, and put into the tensor. Each
 * step is a row kernel; this file knows geometry, formats and layouts only.
 *
 * Column tables and row buffers live in struct weir_preprocess and are made
 * anew when the geometry changes; nothing is allocated otherwise. Expanded
 * rows are forgotten between pictures, and no source byte outside
 * width x height of a plane is read.
 *
 * Against the definition: weights are rounded to 1/32767, which is at most 0.004 of
 * a sample, 0.013 of a grey level after the colour matrix.
 */
#include "pipeline/detect/preprocess_kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct weir_preprocess_kernel *const weir_preprocess_kernels[] = {
#if defined(__x86_64__)
    &weir_preprocess_avx512,
    &weir_preprocess_avx2,
#endif
    &weir_preprocess_plain,
};
const size_t weir_preprocess_kernels_len =
    sizeof(weir_preprocess_kernels) / sizeof(weir_preprocess_kernels[0]);

/* A plane of the source: which columns of it are read, and its two expanded rows. */
struct lane {
    const struct weir_axis *axis;
    int plane, shift_y;
    int first; /* its components are first … first + axis->step - 1 */
    float *slot[2][3]; /* per row held, per component of the plane */
    int held[2]; /* which source row, -1: none */
};

struct weir_preprocess {
    const struct weir_preprocess_kernel *kernel;
    /* the geometry that all below is made for; width 0: none */
    enum weir_pixel pixel;
    int width, inner_width;
    struct weir_axis luma, chroma;
    struct lane lane[3];
    int lanes;
    float *rows; /* all the slots, channel and packed, in one */
    float *channel[3]; /* for tensors that blend cannot write directly */
    float *packed; /* three interleaved channels */
};

struct weir_preprocess *weir_preprocess_new_with(const struct weir_preprocess_kernel *kernel) {
    struct weir_preprocess *pre = calloc(1, sizeof(*pre));
    if (pre)
        pre->kernel = kernel;
    return pre;
}

struct weir_preprocess *weir_preprocess_new(void) {
    size_t i = 0;
    while (!weir_preprocess_kernels[i]->available())
        i++;
    return weir_preprocess_new_with(weir_preprocess_kernels[i]);
}

static void forget(struct weir_preprocess *pre) {
    weir_axis_done(&pre->luma);
    weir_axis_done(&pre->chroma);
    free(pre->rows);
    pre->rows = NULL;
    pre->lanes = 0;
    pre->width = 0;
}

void weir_preprocess_free(struct weir_preprocess *pre) {
    if (!pre)
        return;
    forget(pre);
    free(pre);
}

/* How many components a plane interleaves. */
static int plane_step(enum weir_pixel pixel, int plane) {
    if (pixel == WEIR_PIXEL_RGB || pixel == WEIR_PIXEL_BGR)
        return 3;
    return pixel == WEIR_PIXEL_NV12 && plane == 1 ? 2 : 1;
}

static int prepare(struct weir_preprocess *pre, enum weir_pixel pixel, int width, int inner_width) {
    if (pre->width == width && pre->inner_width == inner_width && pre->pixel == pixel)
        return 0;
    forget(pre);
    int planes = weir_pixel_planes(pixel), components = 0;
    int rc = weir_axis_init(&pre->luma, inner_width, width, 0, plane_step(pixel, 0),
                            pre->kernel->widest_load);
    if (rc == 0 && planes > 1)
        rc = weir_axis_init(&pre->chroma, inner_width, width, weir_pixel_chroma_shift_x(pixel),
                            plane_step(pixel, 1), pre->kernel->widest_load);
    if (rc < 0)
        goto fail;
    for (int p = 0; p < planes; p++)
        components += plane_step(pixel, p);
    size_t row = (size_t)pre->luma.n_pad;
    /* two slots a component, three channels, and three more for packed */
    pre->rows = aligned_alloc(64, row * (2 * (size_t)components + 6) * sizeof(float));
    if (!pre->rows) {
        rc = WEIR_ENOMEM;
        goto fail;
    }
    float *next = pre->rows;
    for (int p = 0, first = 0; p < planes; p++) {
        struct lane *lane = &pre->lane[p];
        lane->axis = p == 0 ? &pre->luma : &pre->chroma;
        lane->plane = p;
        lane->shift_y = p == 0 ? 0 : weir_pixel_chroma_shift_y(pixel);
        lane->first = first;
        first += lane->axis->step;
        for (int s = 0; s < 2; s++)
            for (int c = 0; c < lane->axis->step; c++, next += row)
                lane->slot[s][c] = next;
    }
    for (int c = 0; c < 3; c++, next += row)
        pre->channel[c] = next;
    pre->packed = next;
    pre->lanes = planes;
    pre->pixel = pixel;
    pre->width = width;
    pre->inner_width = inner_width;
    return 0;

fail:
    forget(pre);
    return rc;
}

/* The slot that holds source row y, expanding it unless it is there; the row
 * `keep` is not the one to give way. */
static int hold(const struct weir_preprocess *pre, struct lane *lane,
                const struct weir_image *image, int y, int keep) {
    for (int s = 0; s < 2; s++)
        if (lane->held[s] == y)
            return s;
    int s = lane->held[0] == keep ? 1 : 0;
    pre->kernel->expand(lane->axis, image->plane[lane->plane] + y * image->stride[lane->plane],
                        lane->slot[s]);
    lane->held[s] = y;
    return s;
}

/* Sets the rows and row weights of a plane's components for row j of the picture. */
static void take_rows(const struct weir_preprocess *pre, struct lane *lane,
                      const struct weir_image *image, int inner_height, int j,
                      struct weir_blend *blend) {
    int height = (image->height + lane->shift_y) >> lane->shift_y;
    double f;
    int y0 = weir_axis_tap(j, inner_height, image->height, lane->shift_y, &f);
    int y1 = f > 0 && y0 + 1 < height ? y0 + 1 : y0;
    int s0 = hold(pre, lane, image, y0, y1), s1 = hold(pre, lane, image, y1, y0);
    for (int c = 0; c < lane->axis->step; c++) {
        int at = lane->first + c;
        blend->row0[at] = lane->slot[s0][c];
        blend->row1[at] = lane->slot[s1][c];
        blend->w0[at] = (float)((1 - f) / WEIR_WEIGHT_ONE);
        blend->w1[at] = (float)(f / WEIR_WEIGHT_ONE);
    }
}

/*
 * Colour and normalisation as one affine map, per channel R, G, B (B, G, R for BGR
 * pictures: channels follow the components there). place[c] is the tensor's
 * channel of channel c. The clamp to [0,255] moves behind the normalisation.
 */
static void set_colour(struct weir_blend *blend, const struct weir_model_desc *desc,
                       const struct weir_image *image, int place[3]) {
    bool yuv = weir_pixel_planes(image->pixel) > 1;
    double m[3][4] = {{1, 0, 0, 0}, {1, 0, 0, 0}, {1, 0, 0, 0}};
    if (yuv)
        weir_preprocess_matrix(image->matrix, image->full_range, m);
    blend->kind = yuv                               ? WEIR_BLEND_YUV
                  : image->pixel == WEIR_PIXEL_GRAY ? WEIR_BLEND_GRAY
                                                    : WEIR_BLEND_RGB;
    bool reversed = (image->pixel == WEIR_PIXEL_BGR) != (desc->color == WEIR_COLOR_BGR);
    for (int c = 0; c < 3; c++) {
        int to = reversed ? 2 - c : c;
        bool raw = desc->dtype == WEIR_DTYPE_U8;
        double mean = raw ? 0 : desc->mean[to], scale = raw ? 1 : desc->scale[to];
        for (int s = 0; s < 3; s++)
            blend->gain[c][s] = (float)(m[c][s] * scale);
        blend->offset[c] = (float)((m[c][3] - mean) * scale);
        double black = -mean * scale, white = (255 - mean) * scale;
        blend->lo[c] = (float)fmin(black, white);
        blend->hi[c] = (float)fmax(black, white);
        place[c] = to;
    }
}

static size_t element_size(enum weir_dtype dtype) {
    return dtype == WEIR_DTYPE_F32 ? sizeof(float) : dtype == WEIR_DTYPE_F16 ? 2 : 1;
}

/* One row of the picture into the tensor's row y, from column lb->inner_x on. */
static void put_row(const struct weir_preprocess *pre, const struct weir_model_desc *desc,
                    const struct weir_letterbox *lb, const struct weir_blend *blend,
                    const int place[3], int y, uint8_t *dst) {
    const struct weir_preprocess_kernel *kernel = pre->kernel;
    int n = lb->inner_width;
    size_t size = element_size(desc->dtype);
    size_t pixel = (size_t)y * lb->dst_width + lb->inner_x;
    size_t channel = (size_t)lb->dst_width * lb->dst_height;
    bool direct = desc->dtype == WEIR_DTYPE_F32 && desc->layout == WEIR_LAYOUT_NCHW;
    float *out[3];
    for (int c = 0; c < 3; c++)
        out[c] = direct ? (float *)(void *)(dst + (channel * place[c] + pixel) * size)
                        : pre->channel[place[c]];
    kernel->blend(blend, n, out);
    if (direct)
        return;

    const float *const rows[3] = {pre->channel[0], pre->channel[1], pre->channel[2]};
    bool nhwc = desc->layout == WEIR_LAYOUT_NHWC;
    if (nhwc && desc->dtype == WEIR_DTYPE_F32) {
        kernel->interleave(rows, n, (float *)(void *)(dst + pixel * 3 * size));
        return;
    }
    if (nhwc)
        kernel->interleave(rows, n, pre->packed);
    for (int c = 0; c < (nhwc ? 1 : 3); c++) {
        const float *from = nhwc ? pre->packed : rows[c];
        uint8_t *to = dst + (nhwc ? pixel * 3 : channel * c + pixel) * size;
        int count = nhwc ? 3 * n : n;
        if (desc->dtype == WEIR_DTYPE_F16)
            kernel->to_f16(from, count, (uint16_t *)(void *)to);
        else
            kernel->to_u8(from, count, to);
    }
}

/* len bytes at to, a multiple of the pattern of at most 12 bytes, in copies that double
 * until they are as long as the L1 cache likes. */
static void fill(uint8_t *to, size_t len, const uint8_t *pattern, size_t pattern_len) {
    size_t done = len < pattern_len ? len : pattern_len, most = pattern_len * 512;
    if (len == 0)
        return;
    memcpy(to, pattern, done);
    while (done < len) {
        size_t n = done < most ? done : most;
        if (n > len - done)
            n = len - done;
        memcpy(to + done, to, n);
        done += n;
    }
}

/* The bytes of a border pixel, channel after channel; their number per channel. */
static size_t border_pixel(const struct weir_model_desc *desc, uint8_t ret_bytes[12]) {
    size_t size = element_size(desc->dtype);
    for (int c = 0; c < 3; c++) {
        float value = (float)(((double)desc->pad - desc->mean[c]) * desc->scale[c]);
        uint16_t half = weir_half_from_float(value);
        uint8_t byte = (uint8_t)lrintf(fminf(fmaxf(desc->pad, 0), 255));
        const void *from = desc->dtype == WEIR_DTYPE_F32   ? (const void *)&value
                           : desc->dtype == WEIR_DTYPE_F16 ? (const void *)&half
                                                           : (const void *)&byte;
        memcpy(ret_bytes + c * size, from, size);
    }
    return size;
}

/* Everything beside the picture: rows above and below in one piece, columns
 * left and right row by row, in each channel or in all three at once. */
static void fill_border(const struct weir_model_desc *desc, const struct weir_letterbox *lb,
                        uint8_t *dst) {
    uint8_t pattern[12];
    size_t size = border_pixel(desc, pattern);
    bool nhwc = desc->layout == WEIR_LAYOUT_NHWC;
    size_t unit = nhwc ? 3 * size : size; /* bytes of a pixel in one piece of the tensor */
    size_t line = (size_t)lb->dst_width * unit;
    size_t left = (size_t)lb->inner_x * unit, right = left + (size_t)lb->inner_width * unit;
    size_t top = (size_t)lb->inner_y, bottom = top + (size_t)lb->inner_height;
    for (int c = 0; c < (nhwc ? 1 : 3); c++) {
        uint8_t *to = dst + (size_t)c * lb->dst_height * line;
        const uint8_t *value = pattern + (size_t)c * size;
        fill(to, top * line, value, unit);
        if (left > 0 || right < line)
            for (size_t y = top; y < bottom; y++) {
                fill(to + y * line, left, value, unit);
                fill(to + y * line + right, line - right, value, unit);
            }
        fill(to + bottom * line, ((size_t)lb->dst_height - bottom) * line, value, unit);
    }
}

int weir_preprocess_run(struct weir_preprocess *pre, const struct weir_model_desc *desc,
                        struct weir_size size, const struct weir_image *image, void *dst,
                        struct weir_letterbox *ret_lb) {
    int rc = weir_preprocess_check(desc, size, image);
    if (rc < 0)
        return rc;
    struct weir_letterbox lb = weir_preprocess_letterbox(desc, size, image->width, image->height);
    rc = prepare(pre, image->pixel, image->width, lb.inner_width);
    if (rc < 0)
        return rc;
    struct weir_blend blend = {0};
    int place[3];
    set_colour(&blend, desc, image, place);
    for (int l = 0; l < pre->lanes; l++)
        pre->lane[l].held[0] = pre->lane[l].held[1] = -1;
    fill_border(desc, &lb, dst);
    for (int j = 0; j < lb.inner_height; j++) {
        for (int l = 0; l < pre->lanes; l++)
            take_rows(pre, &pre->lane[l], image, lb.inner_height, j, &blend);
        put_row(pre, desc, &lb, &blend, place, lb.inner_y + j, dst);
    }
    *ret_lb = lb;
    return 0;
}
