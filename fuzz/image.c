/*
 * Pictures from outside, through the decode stage. The first byte says which codec; then packets,
 * each with its length in two bytes before it. Every packet comes out as one frame, in order, with
 * a picture whose pixels are all there, or as corrupt.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/pipeline.h"

enum { SIDE_MAX = 512, PACKETS_MAX = 32 };

static const char *const codecs[] = {"mjpeg", "h264", "png"};

static void look_at(const struct weir_image *image) {
    uint64_t sum = 0;
    FUZZ_HOLDS(image->width > 0 && image->width <= SIDE_MAX);
    FUZZ_HOLDS(image->height > 0 && image->height <= SIDE_MAX);
    for (int p = 0; p < weir_pixel_planes(image->pixel); p++) {
        const int dx = p ? weir_pixel_chroma_shift_x(image->pixel) : 0;
        const int dy = p ? weir_pixel_chroma_shift_y(image->pixel) : 0;
        const int rows = (image->height + dy) >> dy, columns = (image->width + dx) >> dx;
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++)
                sum += image->plane[p][y * image->stride[p] + x];
    }
    fuzz_saw(sum);
}

static void free_bytes(struct weir_packet *packet, void *owner) {
    (void)packet;
    free(owner);
}

static struct weir_frame *frame_of(struct weir_codec *codec, const uint8_t *data, size_t len) {
    struct weir_frame *frame = weir_frame_new(0);
    struct weir_packet *packet = weir_packet_new(codec);
    uint8_t *copy = calloc(1, len + WEIR_PACKET_PADDING);
    FUZZ_HOLDS(frame && packet && copy);
    memcpy(copy, data, len);
    packet->data = packet->owner = copy;
    packet->free = free_bytes;
    packet->len = len;
    frame->packet = packet;
    return frame;
}

/* Takes out what is there; how many frames that were. */
static int64_t pull_all(struct weir_stage *stage, int64_t next) {
    struct weir_frame *frame;
    int rc;
    for (; !(rc = stage->ops->pull(stage, &frame, NULL)); next++) {
        FUZZ_HOLDS(frame->seq == next);
        FUZZ_HOLDS(frame->image ? frame->outcome == WEIR_OUTCOME_NONE
                                : frame->outcome == WEIR_OUTCOME_CORRUPT);
        if (frame->image)
            look_at(frame->image);
        weir_frame_free(frame);
    }
    FUZZ_HOLDS(rc == WEIR_EAGAIN || rc == WEIR_EEOF);
    return next;
}

static void decode(struct weir_stage *stage, struct weir_codec *codec, const uint8_t *data,
                   size_t size) {
    int64_t in = 0, out = 0;
    while (size >= 2 && in < PACKETS_MAX) {
        size_t len = data[0] | (size_t)data[1] << 8;
        data += 2;
        size -= 2;
        if (len > size)
            len = size;
        struct weir_frame *frame = frame_of(codec, data, len);
        int rc;
        while ((rc = stage->ops->push(stage, frame, NULL)) == WEIR_EAGAIN)
            out = pull_all(stage, out);
        if (rc)
            weir_frame_free(frame);
        in += !rc;
        data += len;
        size -= len;
    }
    stage->ops->drain(stage, NULL);
    FUZZ_HOLDS(pull_all(stage, out) == in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_workflow workflow;
    struct weir_clock *clock = weir_clock_manual_new(0);
    struct weir_stage *stage;
    if (!size) {
        weir_clock_free(clock);
        return 0;
    }
    FUZZ_HOLDS(clock && !weir_workflow_init(&workflow));
    workflow.set.source.max_width = workflow.set.source.max_height = SIDE_MAX;
    struct weir_stage_conf conf = {.workflow = &workflow, .clock = clock};
    struct weir_codec *codec = weir_codec_new(codecs[data[0] % 3]);
    FUZZ_HOLDS(codec && !weir_stage_decode.open(&conf, &stage, NULL));
    decode(stage, codec, data + 1, size - 1);
    weir_stage_free(stage);
    weir_codec_unref(&codec);
    weir_workflow_done(&workflow);
    weir_clock_free(clock);
    return 0;
}

/* ---- seeds ------------------------------------------------------------------------- */

static struct weir_image *draw(int width, int height, int t) {
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, width, height);
    FUZZ_HOLDS(image);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? (height + 1) / 2 : height); y++)
            for (int x = 0; x < (p ? (width + 1) / 2 : width); x++)
                weir_image_data(image, p)[y * image->stride[p] + x] =
                    (uint8_t)(x * 7 + y * 3 + t * 11 + p * 40);
    return image;
}

static void add_packet(struct weir_buf *out, const void *data, size_t len) {
    weir_buf_putc(out, (char)len);
    weir_buf_putc(out, (char)(len >> 8));
    weir_buf_add(out, data, len);
}

static void give_coded(fuzz_give *give, void *arg, enum weir_coding coding, int width, int height) {
    struct weir_encoder *encoder;
    struct weir_buf out = {0};
    const struct weir_encoder_conf conf = {
        .coding = coding, .width = width, .height = height, .quality = 40, .rate_fps = 25};
    if (weir_encoder_new(&conf, &encoder, NULL))
        return; /* no such encoder here */
    weir_buf_putc(&out, coding == WEIR_CODING_H264);
    for (int t = 0; t < 4; t++) {
        struct weir_image *image = draw(width, height, t);
        struct weir_packet *packet;
        if (!weir_encoder_push(encoder, image, t == 2, &packet, NULL)) {
            add_packet(&out, packet->data, packet->len);
            weir_packet_unref(&packet);
        }
        weir_image_unref(&image);
    }
    give(arg, weir_coding_name(coding), out.data, out.len);
    weir_buf_done(&out);
    weir_encoder_free(encoder);
}

void fuzz_seeds(fuzz_give *give, void *arg) {
    struct weir_image *image = draw(20, 12, 0);
    char *path = weir_path_join(fuzz_folder(), "seed.png"), *data;
    struct weir_buf out = {0};
    size_t len;
    give_coded(give, arg, WEIR_CODING_JPEG, 37, 21);
    give_coded(give, arg, WEIR_CODING_H264, 48, 32);
    FUZZ_HOLDS(path && !weir_image_save(path, image, NULL));
    FUZZ_HOLDS(!weir_file_read(path, 1 << 20, &data, &len, NULL));
    weir_buf_putc(&out, 2);
    add_packet(&out, data, len);
    give(arg, "png", out.data, out.len);
    weir_buf_done(&out);
    free(data);
    free(path);
    weir_image_unref(&image);
}
