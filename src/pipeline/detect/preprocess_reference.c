/*
 * The definition of pre-processing: one output pixel at a time, in doubles, and
 * nothing clever. What the fast path computes is compared with this.
 */
#include "pipeline/detect/preprocess_kernel.h"

#include <math.h>
#include <stddef.h>

struct weir_letterbox weir_preprocess_letterbox(const struct weir_model_desc *desc,
                                                struct weir_size size, int src_w, int src_h) {
    switch (desc->resize) {
    case WEIR_RESIZE_LETTERBOX:
        return weir_letterbox_centre(src_w, src_h, size.width, size.height);
    case WEIR_RESIZE_LETTERBOX_TOPLEFT:
        return weir_letterbox_topleft(src_w, src_h, size.width, size.height);
    case WEIR_RESIZE_STRETCH:
        break;
    }
    return weir_letterbox_stretch(src_w, src_h, size.width, size.height);
}

int weir_preprocess_check(const struct weir_model_desc *desc, struct weir_size size,
                          const struct weir_image *image) {
    if (size.width < 1 || size.height < 1 || image->width < 1 || image->height < 1)
        return WEIR_EINVAL;
    if (desc->dtype != WEIR_DTYPE_F32 && desc->dtype != WEIR_DTYPE_F16 &&
        desc->dtype != WEIR_DTYPE_U8)
        return WEIR_EUNSUPPORTED;
    switch (image->pixel) {
    case WEIR_PIXEL_I420:
    case WEIR_PIXEL_I422:
    case WEIR_PIXEL_I444:
    case WEIR_PIXEL_NV12:
    case WEIR_PIXEL_GRAY:
    case WEIR_PIXEL_BGR:
    case WEIR_PIXEL_RGB:
        break;
    default:
        return WEIR_EUNSUPPORTED;
    }
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++)
        if (!image->plane[p])
            return WEIR_EINVAL;
    return 0;
}

void weir_preprocess_matrix(enum weir_matrix matrix, bool full_range, double ret_m[3][4]) {
    /* luma weights of red and blue: BT.601, BT.709, BT.2020 (non-constant luminance) */
    double kr = 0.299, kb = 0.114;
    if (matrix == WEIR_MATRIX_BT709) {
        kr = 0.2126;
        kb = 0.0722;
    } else if (matrix == WEIR_MATRIX_BT2020) {
        kr = 0.2627;
        kb = 0.0593;
    }
    double kg = 1 - kr - kb;
    double y = full_range ? 1 : 255.0 / 219, c = full_range ? 1 : 255.0 / 224;
    double black = full_range ? 0 : 16;
    double to[3][3] = {
        {y, 0, c * 2 * (1 - kr)},
        {y, -c * 2 * (1 - kb) * kb / kg, -c * 2 * (1 - kr) * kr / kg},
        {y, c * 2 * (1 - kb), 0},
    };
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            ret_m[i][j] = to[i][j];
        ret_m[i][3] = -to[i][0] * black - (to[i][1] + to[i][2]) * 128;
    }
}

int weir_axis_tap(int i, int n, int src_len, int shift, double *ret_weight) {
    int len = (src_len + (1 << shift) - 1) >> shift;
    double pos = (i + 0.5) * src_len / n / (1 << shift) - 0.5;
    pos = fmin(fmax(pos, 0), len - 1);
    int x = (int)pos;
    *ret_weight = pos - x;
    return x;
}

/* Component `at` of `step` interleaved ones in a plane, at output pixel (i, j) of the picture. */
static double sample(const struct weir_image *image, const struct weir_letterbox *lb, int p,
                     int step, int at, bool chroma, int i, int j) {
    int shift_x = chroma ? weir_pixel_chroma_shift_x(image->pixel) : 0;
    int shift_y = chroma ? weir_pixel_chroma_shift_y(image->pixel) : 0;
    int w = (image->width + shift_x) >> shift_x, h = (image->height + shift_y) >> shift_y;
    double fx, fy;
    int x0 = weir_axis_tap(i, lb->inner_width, image->width, shift_x, &fx);
    int y0 = weir_axis_tap(j, lb->inner_height, image->height, shift_y, &fy);
    int x1 = x0 + 1 < w ? x0 + 1 : x0, y1 = y0 + 1 < h ? y0 + 1 : y0;
    const uint8_t *top = image->plane[p] + y0 * image->stride[p] + at;
    const uint8_t *bottom = image->plane[p] + y1 * image->stride[p] + at;
    double a = top[x0 * step] * (1 - fx) + top[x1 * step] * fx;
    double b = bottom[x0 * step] * (1 - fx) + bottom[x1 * step] * fx;
    return a * (1 - fy) + b * fy;
}

static void pixel_rgb(const struct weir_image *image, const struct weir_letterbox *lb, int i, int j,
                      double rgb[3]) {
    if (image->pixel == WEIR_PIXEL_GRAY) {
        rgb[0] = rgb[1] = rgb[2] = sample(image, lb, 0, 1, 0, false, i, j);
        return;
    }
    if (image->pixel == WEIR_PIXEL_RGB || image->pixel == WEIR_PIXEL_BGR) {
        for (int c = 0; c < 3; c++)
            rgb[c] =
                sample(image, lb, 0, 3, image->pixel == WEIR_PIXEL_RGB ? c : 2 - c, false, i, j);
        return;
    }
    double y = sample(image, lb, 0, 1, 0, false, i, j), u, v;
    if (image->pixel == WEIR_PIXEL_NV12) {
        u = sample(image, lb, 1, 2, 0, true, i, j);
        v = sample(image, lb, 1, 2, 1, true, i, j);
    } else {
        u = sample(image, lb, 1, 1, 0, true, i, j);
        v = sample(image, lb, 2, 1, 0, true, i, j);
    }
    double m[3][4];
    weir_preprocess_matrix(image->matrix, image->full_range, m);
    for (int c = 0; c < 3; c++)
        rgb[c] = fmin(fmax(m[c][0] * y + m[c][1] * u + m[c][2] * v + m[c][3], 0), 255);
}

uint16_t weir_half_from_float(float v) {
    uint32_t sign = signbit(v) ? 0x8000 : 0;
    double a = fabs((double)v);
    if (isnan(v))
        return (uint16_t)(sign | 0x7e00);
    if (a >= 65520) /* the tie between the largest half and the next: to infinity */
        return (uint16_t)(sign | 0x7c00);
    int e;
    frexp(a, &e); /* a in [2^(e-1), 2^e) */
    if (a == 0 || e - 1 < -14) /* subnormal: multiples of 2^-24; 1024 carries into the exponent */
        return (uint16_t)(sign | (uint32_t)nearbyint(ldexp(a, 24)));
    uint32_t mantissa = (uint32_t)nearbyint(ldexp(a, 10 - (e - 1))); /* 1024…2048 */
    return (uint16_t)(sign | (((uint32_t)(e - 1 + 14) << 10) + mantissa));
}

int weir_preprocess_reference(const struct weir_model_desc *desc, struct weir_size size,
                              const struct weir_image *image, void *dst,
                              struct weir_letterbox *ret_lb) {
    int rc = weir_preprocess_check(desc, size, image);
    if (rc < 0)
        return rc;
    struct weir_letterbox lb = weir_preprocess_letterbox(desc, size, image->width, image->height);
    for (int y = 0; y < size.height; y++) {
        for (int x = 0; x < size.width; x++) {
            double rgb[3] = {desc->pad, desc->pad, desc->pad};
            int i = x - lb.inner_x, j = y - lb.inner_y;
            if (i >= 0 && i < lb.inner_width && j >= 0 && j < lb.inner_height)
                pixel_rgb(image, &lb, i, j, rgb);
            for (int c = 0; c < 3; c++) {
                double v = rgb[desc->color == WEIR_COLOR_RGB ? c : 2 - c];
                size_t at = desc->layout == WEIR_LAYOUT_NCHW
                                ? ((size_t)c * size.height + y) * size.width + x
                                : ((size_t)y * size.width + x) * 3 + c;
                double normal = (v - desc->mean[c]) * desc->scale[c];
                if (desc->dtype == WEIR_DTYPE_F32)
                    ((float *)dst)[at] = (float)normal;
                else if (desc->dtype == WEIR_DTYPE_F16)
                    ((uint16_t *)dst)[at] = weir_half_from_float((float)normal);
                else
                    ((uint8_t *)dst)[at] = (uint8_t)lrint(fmin(fmax(v, 0), 255));
            }
        }
    }
    *ret_lb = lb;
    return 0;
}
