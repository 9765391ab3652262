/*
 * JPEG by libturbojpeg, from the planes as they are: Y'CbCr 4:2:0 is what JPEG stores,
 * so nothing is converted but the range.
 *
 * Pictures in full range and of even size go in without a copy. All others pass through
 * one picture of the encoder's own: limited range is looked up in a table a plane, and
 * an odd last column or row is doubled, because libturbojpeg reads luma in pairs.
 */
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "pipeline/encode/coding.h"

struct jpeg {
    struct weir_encoder encoder;
    int quality;
    tjhandle tj;
    uint8_t *out; /* as large as any JPEG of that size */
    unsigned long out_size;
    struct weir_image *even; /* what is copied in; NULL until something is */
    uint8_t full[2][256]; /* limited range to full: of luma, of chroma */
};

static uint8_t nearest(int numerator, int denominator) {
    int value = (2 * numerator + denominator) / (2 * denominator);
    return numerator < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static void fill_tables(struct jpeg *j) {
    for (int v = 0; v < 256; v++) {
        j->full[0][v] = nearest((v - 16) * 255, 219);
        j->full[1][v] = nearest((v - 128) * 255 + 128 * 224, 224);
    }
}

/* Plane p of image into the same one of j->even, and its right and lower edge. */
static void copy_plane(struct jpeg *j, const struct weir_image *image, int p) {
    const uint8_t *table = image->full_range ? NULL : j->full[p > 0];
    const int columns = p ? (image->width + 1) / 2 : image->width;
    const int rows = p ? (image->height + 1) / 2 : image->height;
    uint8_t *first = weir_image_data(j->even, p);
    const ptrdiff_t stride = j->even->stride[p];

    for (int y = 0; y < rows; y++) {
        const uint8_t *restrict from = image->plane[p] + y * image->stride[p];
        uint8_t *restrict to = first + y * stride;
        if (table)
            for (int x = 0; x < columns; x++)
                to[x] = table[from[x]];
        else
            memcpy(to, from, (size_t)columns);
        if (!p && columns & 1)
            to[columns] = to[columns - 1];
    }
    if (!p && rows & 1)
        memcpy(first + rows * stride, first + (rows - 1) * stride, (size_t)(columns + 1) & ~1UL);
}

/* The picture to encode: image itself, or j->even. NULL: no memory. */
static const struct weir_image *prepare(struct jpeg *j, const struct weir_image *image) {
    if (image->full_range && !(image->width & 1) && !(image->height & 1))
        return image;
    if (!j->even)
        j->even =
            weir_image_alloc(WEIR_PIXEL_I420, (image->width + 1) & ~1, (image->height + 1) & ~1);
    if (!j->even)
        return NULL;
    for (int p = 0; p < 3; p++)
        copy_plane(j, image, p);
    return j->even;
}

static int jpeg_push(struct weir_encoder *encoder, struct weir_image *image, bool key,
                     struct weir_packet **ret_packet, struct weir_error *err) {
    struct jpeg *j = (struct jpeg *)encoder;
    const struct weir_image *from = prepare(j, image);
    unsigned long len = j->out_size;

    (void)key; /* always */
    if (!from)
        return weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    const unsigned char *planes[3] = {from->plane[0], from->plane[1], from->plane[2]};
    const int strides[3] = {(int)from->stride[0], (int)from->stride[1], (int)from->stride[2]};
    if (tjCompressFromYUVPlanes(j->tj, planes, image->width, strides, image->height, TJSAMP_420,
                                &j->out, &len, j->quality, TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT))
        return weir_fail(err, WEIR_EIO, "encode: jpeg of %dx%d at quality %d: %s", image->width,
                         image->height, j->quality, tjGetErrorStr2(j->tj));
    return coding_packet(encoder, j->out, len, true, ret_packet, err);
}

static void jpeg_free(struct weir_encoder *encoder) {
    struct jpeg *j = (struct jpeg *)encoder;

    if (!j)
        return;
    if (j->tj)
        tjDestroy(j->tj);
    weir_image_unref(&j->even);
    free(j->out);
    free(j);
}

static int jpeg_open(const struct weir_encoder_conf *conf, struct weir_encoder **ret_encoder,
                     struct weir_error *err) {
    struct jpeg *j = calloc(1, sizeof *j);

    if (!j)
        return weir_fail(err, WEIR_ENOMEM, "encode: out of memory");
    j->quality = conf->quality;
    j->out_size = tjBufSize(conf->width, conf->height, TJSAMP_420);
    j->out = malloc(j->out_size);
    j->tj = tjInitCompress();
    if (!j->out || !j->tj) {
        jpeg_free(&j->encoder);
        return weir_fail(err, WEIR_ENOMEM, "encode: no memory for JPEGs of %dx%d", conf->width,
                         conf->height);
    }
    fill_tables(j);
    *ret_encoder = &j->encoder;
    return 0;
}

const struct coding coding_jpeg = {
    .name = "jpeg",
    .codec = "mjpeg",
    .quality_min = 1,
    .quality_max = 100,
    .quality = "100 is the best picture",
    .open = jpeg_open,
    .push = jpeg_push,
    .free = jpeg_free,
};
