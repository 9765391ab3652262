/*
 * One worker's way through a model: picture -> slot of the input buffer ->
 * shared session -> head -> classes wanted -> NMS. The buffers live as long as the
 * runner, so that a steady stream allocates nothing here.
 */
#include "pipeline/detect/runner.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/detect/preprocess.h"

enum { ALIGN = 64 };

struct weir_runner {
    struct weir_model *model;
    struct weir_preprocess *pre;
    struct weir_ort_call *call;
    struct weir_letterbox *lb; /* by slot */
    unsigned char *pixels; /* batch slots of the input tensor */
    size_t slot_bytes;
    unsigned char *sizes; /* orig_target_sizes, where the graph has them */
};

size_t weir_dtype_bytes(enum weir_dtype dtype) {
    switch (dtype) {
    case WEIR_DTYPE_U8:
        return 1;
    case WEIR_DTYPE_F16:
        return 2;
    case WEIR_DTYPE_F32:
    case WEIR_DTYPE_I32:
        return 4;
    case WEIR_DTYPE_I64:
        return 8;
    case WEIR_DTYPE_OTHER:
        break;
    }
    return 0;
}

struct weir_runner *weir_runner_new(struct weir_model *model) {
    struct weir_runner *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    size_t slots = (size_t)model->batch;
    r->model = model;
    r->slot_bytes = (size_t)3 * (size_t)model->size.width * (size_t)model->size.height *
                    weir_dtype_bytes(model->desc.dtype);
    size_t bytes = (slots * r->slot_bytes + ALIGN - 1) / ALIGN * ALIGN;
    r->pixels = aligned_alloc(ALIGN, bytes);
    r->lb = calloc(slots, sizeof *r->lb);
    r->sizes = calloc(slots, 2 * sizeof(int64_t));
    r->pre = weir_preprocess_new();
    r->call = weir_ort_call_new(model->ort);
    if (!r->pixels || !r->lb || !r->sizes || !r->pre || !r->call) {
        weir_runner_free(r);
        return NULL;
    }
    memset(r->pixels, 0, bytes);
    return r;
}

void weir_runner_free(struct weir_runner *runner) {
    if (!runner)
        return;
    weir_ort_call_free(runner->call);
    weir_preprocess_free(runner->pre);
    free(runner->sizes);
    free(runner->lb);
    free(runner->pixels);
    free(runner);
}

static void put_size(struct weir_runner *r, int slot, int value_index, int value) {
    size_t at = (size_t)slot * 2 + (size_t)value_index;
    switch (r->model->graph.input[r->model->desc.size_input].dtype) {
    case WEIR_DTYPE_I64:
        ((int64_t *)(void *)r->sizes)[at] = value;
        break;
    case WEIR_DTYPE_I32:
        ((int32_t *)(void *)r->sizes)[at] = value;
        break;
    default:
        ((float *)(void *)r->sizes)[at] = (float)value;
        break;
    }
}

int weir_runner_prepare(struct weir_runner *runner, int slot, const struct weir_image *image,
                        struct weir_error *err) {
    const struct weir_model *m = runner->model;
    int rc =
        weir_preprocess_run(runner->pre, &m->desc, m->size, image,
                            runner->pixels + (size_t)slot * runner->slot_bytes, &runner->lb[slot]);
    if (rc)
        return weir_fail(err, rc, "pre-processing a %dx%d %s picture: %s", image->width,
                         image->height, weir_pixel_name(image->pixel), weir_err_str(rc));
    if (m->desc.size_input >= 0) {
        /* Stretched, the graph can scale its boxes to the source; padded, that is ours. */
        bool stretch = m->desc.resize == WEIR_RESIZE_STRETCH;
        put_size(runner, slot, 0, stretch ? image->width : m->size.width);
        put_size(runner, slot, 1, stretch ? image->height : m->size.height);
    }
    return 0;
}

int weir_runner_infer(struct weir_runner *runner, int n, struct weir_error *err) {
    const struct weir_model *m = runner->model;
    int64_t slots = m->desc.batch > 0 ? m->desc.batch : n;
    bool nchw = m->desc.layout == WEIR_LAYOUT_NCHW;
    struct weir_ort_input input[2] = {0};
    input[m->desc.image_input] = (struct weir_ort_input){
        .data = runner->pixels,
        .dtype = m->desc.dtype,
        .rank = 4,
        .dim = {slots, nchw ? 3 : m->size.height, nchw ? m->size.height : m->size.width,
                nchw ? m->size.width : 3},
    };
    if (m->desc.size_input >= 0)
        input[m->desc.size_input] = (struct weir_ort_input){
            .data = runner->sizes,
            .dtype = m->graph.input[m->desc.size_input].dtype,
            .rank = 2,
            .dim = {slots, 2},
        };
    return weir_ort_call_run(runner->call, input, m->graph.input_len, err);
}

const struct weir_tensor *weir_runner_outputs(const struct weir_runner *runner, size_t *ret_len) {
    return weir_ort_call_outputs(runner->call, ret_len);
}

static void keep_wanted(const struct weir_model *m, struct weir_boxes *boxes) {
    size_t kept = 0;
    for (size_t i = 0; i < boxes->len; i++)
        if (m->wanted[boxes->data[i].class_id])
            boxes->data[kept++] = boxes->data[i];
    boxes->len = kept;
}

int weir_runner_boxes(struct weir_runner *runner, int slot, struct weir_boxes *boxes,
                      struct weir_error *err) {
    const struct weir_model *m = runner->model;
    size_t outs_len;
    const struct weir_tensor *outs = weir_ort_call_outputs(runner->call, &outs_len);
    weir_boxes_reset(boxes);
    int rc = m->desc.head->decode(&m->desc, outs, outs_len, slot, &runner->lb[slot], m->conf, boxes,
                                  err);
    if (rc)
        return rc;
    if (m->wanted)
        keep_wanted(m, boxes);
    rc = weir_nms(boxes, m->nms_iou, m->max_boxes);
    return rc ? weir_fail(err, rc, "suppression of doubles: %s", weir_err_str(rc)) : 0;
}
