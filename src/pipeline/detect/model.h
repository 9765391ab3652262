/*
 * A model: a detector loaded from an ONNX file, recognised, and ready to be
 * shared by any number of workers.
 */
#ifndef WEIR_PIPELINE_DETECT_MODEL_H
#define WEIR_PIPELINE_DETECT_MODEL_H

#include <stdbool.h>

#include "base/base.h"
#include "media/media.h"
#include "pipeline/detect/tensor.h"
#include "spec/spec.h"
#include "vision/vision.h"

struct weir_head;

/* What was recognised: everything needed to feed the graph and read it. */
struct weir_model_desc {
    const struct weir_head *head;
    char why[512]; /* in words: what it was recognised by */
    int image_input; /* index into graph.input */
    int size_input; /* index of orig_target_sizes, -1 if there is none */
    enum weir_dtype dtype; /* of the image input: f32, f16 or u8 */
    enum weir_layout layout;
    enum weir_color color;
    enum weir_resize resize;
    float pad; /* fill beside the picture, 0–255, before normalisation */
    float mean[3],
        scale[3]; /* tensor = (value 0–255 - mean) * scale, per channel, in the order of color */
    int stride; /* width and height are multiples of it */
    int batch; /* fixed batch size, -1: any */
    struct weir_size size; /* fixed input size, 0x0: any multiple of stride */
    struct weir_size preferred; /* what is used unless the user says otherwise */
    int classes;
    float conf, nms_iou; /* defaults of the head; nms_iou >= 1: no NMS */
    struct weir_labels *labels; /* owned */
    int role[WEIR_PORTS_MAX]; /* the head's own: which output plays which part */
    int variant; /* the head's own: which of its output forms this is */
};

struct weir_model;

/*
 * Loads path (and its sidecar FILE.yaml where there is one), recognises it and
 * builds the one inference session that all workers share. set: provider,
 * threads, workers, batch, spinning, graph optimisation, size, conf, classes;
 * paced says that frames arrive at their own pace (spinning: auto = off).
 * Errors name the file, what was found and what was expected: ENOENT; ECORRUPT
 * (not ONNX, truncated, external data missing); EMODEL (not recognised, or does not fit
 * size or sidecar); EINVAL (a class that the model does not know, a bad sidecar);
 * EUNSUPPORTED (provider: lists those available). Runs the graph once on a grey
 * picture, so that what does not fit is known before a frame arrives. Blocks.
 */
int weir_model_open(const char *path, const struct weir_settings *set, bool paced,
                    struct weir_model **ret_model, struct weir_error *err);
/*
 * The same model at another size: the session is shared, so that this costs next to nothing and
 * runs nothing. EMODEL (the graph is fixed at another size, no multiple of its stride), ENOMEM.
 */
int weir_model_at(struct weir_model *model, struct weir_size size, struct weir_model **ret_model,
                  struct weir_error *err);
/* The least input that holds a picture of that size as it is; a fixed graph has but one. */
struct weir_size weir_model_fit(const struct weir_model *model, struct weir_size picture);
struct weir_model *weir_model_ref(struct weir_model *model);
void weir_model_unref(struct weir_model **model);

const char *weir_model_path(const struct weir_model *model);
const struct weir_graph *weir_model_graph(const struct weir_model *model);
const struct weir_model_desc *weir_model_desc(const struct weir_model *model);
/* The input size in use, and how many workers are meant to share the model. */
struct weir_size weir_model_size(const struct weir_model *model);
int weir_model_workers(const struct weir_model *model);
/* CPU threads of inference in all, and the execution provider's name ("cpu"; static). */
int weir_model_threads(const struct weir_model *model);
const char *weir_model_provider(const struct weir_model *model);
int weir_model_batch(const struct weir_model *model);

/* Recognition alone, from declared inputs, outputs and metadata; sidecar may be
 * NULL. EMODEL with what was found and what each head expects. */
int weir_model_recognise(const struct weir_graph *graph, const struct weir_sidecar *sidecar,
                         struct weir_model_desc *ret_desc, struct weir_error *err);
void weir_model_desc_done(struct weir_model_desc *desc);

/* Reads only what a file declares, without keeping a session. */
int weir_model_graph_read(const char *path, struct weir_graph *ret_graph, struct weir_error *err);

/* The table of heads, for listings: false past the last. */
bool weir_model_head(size_t i, const char **ret_name, const char **ret_expects);
const char *weir_model_head_name(const struct weir_model_desc *desc);

/* Names of the execution providers that the runtime offers ("cpu", …), comma-separated. */
void weir_model_providers(struct weir_buf *out);

/* Raw inference on zeros-free synthetic input, for checks on whole graphs: runs
 * input (f32, NCHW, n*3*h*w values) and gives each output as an owned copy.
 * Free with weir_model_outputs_free. Any thread. */
struct weir_model_output {
    struct weir_port port; /* actual shape in dim */
    float *f32; /* i64 outputs are converted */
    size_t len;
};
int weir_model_run_raw(const char *path, const float *input, int n, int h, int w,
                       struct weir_model_output **ret_out, size_t *ret_len, struct weir_error *err);
void weir_model_outputs_free(struct weir_model_output *out, size_t len);

/* One picture, blocking, single-threaded caller: boxes in source pixels, as the
 * detect stage gives them. For evaluation and tools. Any thread. */
int weir_model_detect_image(struct weir_model *model, const struct weir_image *image,
                            struct weir_boxes *ret_boxes, struct weir_error *err);

#endif
