/*
 * Pictures. The header is counted; the pixels belong to whoever made them and
 * are given back through the image's own `free`. Images made here keep all
 * planes in one block: every row starts on a 64-byte boundary, and at least
 * 64 bytes behind the last row of every plane may be read (their values mean
 * nothing), so that wide loads need no special case at the right edge.
 */
#include "media/image.h"

#include <stdlib.h>

enum { ALIGN = 64, TAIL = 64 };

struct layout {
    const char *name;
    int planes;
    int shift_x, shift_y; /* of the chroma planes */
    int bytes_x[3]; /* per sample position of that plane */
};

static const struct layout layouts[] = {
    [WEIR_PIXEL_I420] = {"i420", 3, 1, 1, {1, 1, 1}},
    [WEIR_PIXEL_I422] = {"i422", 3, 1, 0, {1, 1, 1}},
    [WEIR_PIXEL_I444] = {"i444", 3, 0, 0, {1, 1, 1}},
    [WEIR_PIXEL_NV12] = {"nv12", 2, 1, 1, {1, 2, 0}},
    [WEIR_PIXEL_GRAY] = {"gray", 1, 0, 0, {1, 0, 0}},
    [WEIR_PIXEL_BGR] = {"bgr", 1, 0, 0, {3, 0, 0}},
    [WEIR_PIXEL_RGB] = {"rgb", 1, 0, 0, {3, 0, 0}},
};
enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

static const struct layout *layout_of(enum weir_pixel pixel) {
    return (unsigned)pixel < LAYOUTS ? &layouts[pixel] : NULL;
}

int weir_pixel_planes(enum weir_pixel pixel) {
    const struct layout *layout = layout_of(pixel);
    return layout ? layout->planes : 0;
}

int weir_pixel_chroma_shift_x(enum weir_pixel pixel) {
    const struct layout *layout = layout_of(pixel);
    return layout ? layout->shift_x : 0;
}

int weir_pixel_chroma_shift_y(enum weir_pixel pixel) {
    const struct layout *layout = layout_of(pixel);
    return layout ? layout->shift_y : 0;
}

const char *weir_pixel_name(enum weir_pixel pixel) {
    const struct layout *layout = layout_of(pixel);
    return layout ? layout->name : "?";
}

struct weir_image *weir_image_new(void) {
    struct weir_image *image = calloc(1, sizeof *image);
    if (image)
        weir_ref_init(&image->ref);
    return image;
}

static void free_pixels(struct weir_image *image, void *owner) {
    (void)image;
    free(owner);
}

/* Chroma is rounded up: a picture of 5 columns has 3 of chroma. */
static size_t shifted(int size, int shift) {
    return ((size_t)size + ((size_t)1 << shift) - 1) >> shift;
}

struct weir_image *weir_image_alloc(enum weir_pixel pixel, int width, int height) {
    const struct layout *layout = layout_of(pixel);
    if (!layout || width < 1 || height < 1)
        return NULL;

    size_t stride[3] = {0}, offset[3] = {0}, total = 0;
    for (int p = 0; p < layout->planes; p++) {
        size_t columns = shifted(width, p ? layout->shift_x : 0);
        size_t rows = shifted(height, p ? layout->shift_y : 0);
        size_t bytes;
        stride[p] = (columns * (size_t)layout->bytes_x[p] + ALIGN - 1) / ALIGN * ALIGN;
        offset[p] = total;
        if (__builtin_mul_overflow(stride[p], rows, &bytes) ||
            __builtin_add_overflow(total, bytes, &total) || total > PTRDIFF_MAX - TAIL)
            return NULL;
    }

    struct weir_image *image = weir_image_new();
    if (!image)
        return NULL;
    uint8_t *block = aligned_alloc(ALIGN, total + TAIL);
    if (!block) {
        free(image);
        return NULL;
    }
    image->pixel = pixel;
    image->width = width;
    image->height = height;
    image->free = free_pixels;
    image->owner = block;
    for (int p = 0; p < layout->planes; p++) {
        image->plane[p] = block + offset[p];
        image->stride[p] = (ptrdiff_t)stride[p];
    }
    return image;
}

uint8_t *weir_image_data(struct weir_image *image, int p) {
    if (image->free != free_pixels || p < 0 || p >= weir_pixel_planes(image->pixel))
        return NULL;
    return (uint8_t *)image->owner + (image->plane[p] - (const uint8_t *)image->owner);
}

struct weir_image *weir_image_ref(struct weir_image *image) {
    if (image)
        weir_ref_take(&image->ref);
    return image;
}

void weir_image_unref(struct weir_image **image_ptr) {
    if (!image_ptr || !*image_ptr)
        return;
    struct weir_image *image = *image_ptr;
    *image_ptr = NULL;
    if (!weir_ref_drop(&image->ref))
        return;
    if (image->free)
        image->free(image, image->owner);
    free(image);
}
