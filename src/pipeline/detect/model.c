/*
 * Opening a model: load -> recognise -> choose a size -> one trial run. What
 * comes out is read-only and shared by all workers; each has a runner of its own.
 *
 * Where sizes are symbolic the shapes tell little, so that the graph is run once on a
 * tiny input and recognised by the shapes that come out. The trial run at the chosen
 * size then shows that the graph runs, and that its outputs fit, before any frame arrives.
 */
#include "pipeline/detect/model.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/detect/runner.h"

/* Not square, so that width and height cannot be taken for each other. */
enum { PROBE_WIDTH = 128, PROBE_HEIGHT = 64, GREY = 114 };

static int online_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

/* threads in all, shared by workers: each inference gets what the other workers leave. */
static void divide_threads(const struct weir_settings *set, bool paced, int *ret_workers,
                           int *ret_threads, struct weir_ort_conf *ret_conf) {
    int threads = set->detect.threads > 0 ? set->detect.threads : online_cores();
    int workers = set->detect.workers;
    if (workers <= 0) /* beside an accelerator one worker prepares while the other's frame runs */
        workers = set->detect.provider == WEIR_PROVIDER_CPU || threads < 2 ? threads : 2;
    if (workers > threads)
        workers = threads;
    *ret_workers = workers;
    *ret_threads = threads;
    *ret_conf = (struct weir_ort_conf){
        .provider = set->detect.provider,
        .threads = threads - workers + 1,
        .spinning =
            set->detect.spinning == WEIR_ON || (set->detect.spinning == WEIR_AUTO && !paced),
        .graph = set->detect.graph,
    };
}

/* FILE.yaml beside FILE.onnx. 0 and false where there is none. */
static int load_sidecar(const char *path, struct weir_sidecar *ret_sidecar, bool *ret_found,
                        struct weir_error *err) {
    size_t len = strlen(path);
    if (len > 5 && strcmp(path + len - 5, ".onnx") == 0)
        len -= 5;
    char *side = malloc(len + sizeof ".yaml");
    if (!side)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    memcpy(side, path, len);
    memcpy(side + len, ".yaml", sizeof ".yaml");
    int rc = weir_file_exists(side) ? weir_sidecar_load(side, ret_sidecar, err) : WEIR_ENOENT;
    *ret_found = !rc;
    free(side);
    return rc == WEIR_ENOENT ? 0 : rc;
}

/*
 * Runs the graph once at a tiny size and writes the shapes that came out into
 * probed. False where it cannot: other inputs than a picture, or the graph refuses.
 */
static bool probe(struct weir_model *m, struct weir_graph *probed) {
    struct weir_model_desc desc = {.size_input = -1};
    if (!weir_head_find_image(&m->graph, &desc) || desc.size.width || desc.size.height)
        return false;
    bool symbolic = false;
    for (size_t i = 0; i < m->graph.output_len; i++)
        for (int d = 0; d < m->graph.output[i].rank; d++)
            symbolic |= d > 0 && m->graph.output[i].dim[d] < 0;
    if (!symbolic && m->graph.output_len)
        return false;

    int64_t batch = desc.batch > 0 ? desc.batch : 1;
    bool nchw = desc.layout == WEIR_LAYOUT_NCHW;
    struct weir_ort_input input = {
        .dtype = desc.dtype,
        .rank = 4,
        .dim = {batch, nchw ? 3 : PROBE_HEIGHT, nchw ? PROBE_HEIGHT : PROBE_WIDTH,
                nchw ? PROBE_WIDTH : 3},
    };
    void *zeros =
        calloc((size_t)batch * 3 * PROBE_WIDTH * PROBE_HEIGHT, weir_dtype_bytes(desc.dtype));
    struct weir_ort_call *call = weir_ort_call_new(m->ort);
    input.data = zeros;
    bool done = zeros && call && !weir_ort_call_run(call, &input, 1, NULL);
    if (done) {
        size_t len;
        const struct weir_tensor *out = weir_ort_call_outputs(call, &len);
        for (size_t i = 0; i < len; i++) {
            probed->output[i].rank = out[i].rank;
            memcpy(probed->output[i].dim, out[i].dim, sizeof out[i].dim);
        }
        memcpy(probed->input[0].dim, input.dim, sizeof input.dim);
    }
    weir_ort_call_free(call);
    free(zeros);
    return done;
}

static int recognise(struct weir_model *m, const struct weir_sidecar *sidecar,
                     struct weir_error *err) {
    struct weir_graph *probed = malloc(sizeof *probed);
    if (!probed)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    *probed = m->graph; /* borrows the metadata */
    bool tried = probe(m, probed);
    /* A size that a sidecar states is for the graph, not for the probe. */
    struct weir_sidecar side = sidecar ? *sidecar : (struct weir_sidecar){0};
    if (tried)
        side.has_size = false;
    int rc = weir_model_recognise(probed, sidecar ? &side : NULL, &m->desc, err);
    if (!rc && tried) {
        m->desc.size = (struct weir_size){0, 0};
        m->desc.batch = m->graph.input[0].dim[0] > 0 ? (int)m->graph.input[0].dim[0] : -1;
        if (sidecar && sidecar->has_size)
            m->desc.preferred = sidecar->size;
        size_t used = strlen(m->desc.why);
        snprintf(m->desc.why + used, sizeof m->desc.why - used, " (tried; its size is variable)");
    }
    free(probed);
    return rc;
}

static int choose_size(struct weir_model *m, struct weir_size asked, struct weir_error *err) {
    const struct weir_model_desc *desc = &m->desc;
    struct weir_size size = asked.width > 0 ? asked : desc->preferred;
    if (desc->size.width && (asked.width <= 0 || desc->size.width == asked.width))
        size.width = desc->size.width;
    if (desc->size.height && (asked.width <= 0 || desc->size.height == asked.height))
        size.height = desc->size.height;
    bool fits = (!desc->size.width || size.width == desc->size.width) &&
                (!desc->size.height || size.height == desc->size.height);
    if (!fits)
        return weir_fail(err, WEIR_EMODEL,
                         "size: found %dx%d; the graph is fixed at %dx%d: leave the size out, or "
                         "make it variable with `weir model resize`",
                         size.width, size.height, desc->size.width, desc->size.height);
    if ((!desc->size.width && size.width % desc->stride) ||
        (!desc->size.height && size.height % desc->stride))
        return weir_fail(err, WEIR_EMODEL,
                         "size: found %dx%d; allowed: multiples of %d, such as %dx%d", size.width,
                         size.height, desc->stride,
                         (size.width + desc->stride - 1) / desc->stride * desc->stride,
                         (size.height + desc->stride - 1) / desc->stride * desc->stride);
    m->size = size;
    return 0;
}

static int choose_classes(struct weir_model *m, const struct weir_strings *classes,
                          struct weir_error *err) {
    if (!classes->len)
        return 0;
    m->wanted = calloc((size_t)m->desc.classes, sizeof *m->wanted);
    if (!m->wanted)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t i = 0; i < classes->len; i++) {
        int id = weir_labels_find(m->desc.labels, classes->item[i]);
        if (id < 0) {
            struct weir_buf names = {0};
            for (size_t k = 0; k < m->desc.labels->len; k++)
                weir_buf_printf(&names, "%s%s", k ? ", " : "", m->desc.labels->name[k]);
            int rc = weir_fail(err, WEIR_EINVAL, "classes: found '%s'; the model knows: %s",
                               classes->item[i], weir_buf_str(&names));
            weir_buf_done(&names);
            return rc;
        }
        m->wanted[id] = true;
    }
    return 0;
}

/* Runs a grey picture through everything: what does not fit fails here. */
static int trial(struct weir_model *m, struct weir_error *err) {
    struct weir_boxes boxes = {0};
    struct weir_runner *runner = weir_runner_new(m);
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_GRAY, m->size.width, m->size.height);
    int rc = 0;
    if (!runner || !image) {
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        goto done;
    }
    for (int y = 0; y < image->height; y++)
        memset(weir_image_data(image, 0) + y * image->stride[0], GREY, (size_t)image->width);
    if ((rc = weir_runner_prepare(runner, 0, image, err)))
        goto done;
    if ((rc = weir_runner_infer(runner, 1, err))) {
        rc = weir_fail_at(err, rc, "a trial run at %dx%d failed: ", m->size.width, m->size.height);
        goto done;
    }
    size_t len;
    const struct weir_tensor *outs = weir_runner_outputs(runner, &len);
    if (m->desc.head->examine)
        m->desc.head->examine(&m->desc, outs, len, m->size);
    rc = weir_runner_boxes(runner, 0, &boxes, err);
done:
    weir_image_unref(&image);
    weir_runner_free(runner);
    weir_boxes_done(&boxes);
    return rc;
}

/* What the user set, or else the head's own. */
static void take_settings(struct weir_model *m, const struct weir_settings *set) {
    m->conf = set->detect.conf >= 0 ? (float)set->detect.conf : m->desc.conf;
    m->nms_iou = m->desc.nms_iou;
    if (set->detect.nms_iou >= 0)
        m->nms_iou = (float)set->detect.nms_iou;
    m->max_boxes = set->detect.max_boxes > 0 ? (size_t)set->detect.max_boxes : SIZE_MAX;
    m->batch = m->desc.batch > 0 ? m->desc.batch : set->detect.batch > 1 ? set->detect.batch : 1;
}

int weir_model_open(const char *path, const struct weir_settings *set, bool paced,
                    struct weir_model **ret_model, struct weir_error *err) {
    struct weir_sidecar sidecar = {0};
    bool has_sidecar = false;
    struct weir_ort_conf conf;
    struct weir_model *m = calloc(1, sizeof *m);
    if (!m || !(m->path = strdup(path))) {
        free(m);
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    }
    weir_ref_init(&m->ref);
    divide_threads(set, paced, &m->workers, &m->threads, &conf);
    m->provider = set->detect.provider;
    int rc;
    if ((rc = weir_ort_open(path, &conf, &m->ort, err)) ||
        (rc = load_sidecar(path, &sidecar, &has_sidecar, err)))
        goto fail;
    if ((rc = weir_ort_graph(m->ort, &m->graph, err)) ||
        (rc = recognise(m, has_sidecar ? &sidecar : NULL, err)) ||
        (rc = choose_size(m, set->detect.size, err)) ||
        (rc = choose_classes(m, &set->detect.classes, err))) {
        weir_fail_at(err, rc, "%s: ", path);
        goto fail;
    }
    take_settings(m, set);
    if ((rc = trial(m, err))) {
        weir_fail_at(err, rc, "%s: ", path);
        goto fail;
    }
    weir_sidecar_done(&sidecar);
    *ret_model = m;
    return 0;

fail:
    weir_sidecar_done(&sidecar);
    weir_model_unref(&m);
    return rc;
}

int weir_model_at(struct weir_model *model, struct weir_size size, struct weir_model **ret_model,
                  struct weir_error *err) {
    struct weir_model *at = malloc(sizeof *at);
    if (!at)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", model->path);
    *at = *model;
    int rc = choose_size(at, size, err);
    if (rc) {
        free(at);
        return weir_fail_at(err, rc, "%s: ", model->path);
    }
    weir_ref_init(&at->ref);
    at->base = weir_model_ref(model->base ? model->base : model);
    *ret_model = at;
    return 0;
}

struct weir_size weir_model_fit(const struct weir_model *model, struct weir_size picture) {
    const struct weir_size fixed = model->desc.size;
    const int step = model->desc.stride > 0 ? model->desc.stride : 1;
    return (struct weir_size){
        fixed.width ? fixed.width : (picture.width + step - 1) / step * step,
        fixed.height ? fixed.height : (picture.height + step - 1) / step * step,
    };
}

struct weir_model *weir_model_ref(struct weir_model *model) {
    weir_ref_take(&model->ref);
    return model;
}

void weir_model_unref(struct weir_model **model) {
    struct weir_model *m = *model;
    *model = NULL;
    if (!m || !weir_ref_drop(&m->ref))
        return;
    if (m->base) {
        weir_model_unref(&m->base);
        free(m);
        return;
    }
    weir_ort_free(m->ort);
    weir_graph_done(&m->graph);
    weir_model_desc_done(&m->desc);
    free(m->wanted);
    free(m->path);
    free(m);
}

const char *weir_model_path(const struct weir_model *model) {
    return model->path;
}

const struct weir_graph *weir_model_graph(const struct weir_model *model) {
    return &model->graph;
}

const struct weir_model_desc *weir_model_desc(const struct weir_model *model) {
    return &model->desc;
}

struct weir_size weir_model_size(const struct weir_model *model) {
    return model->size;
}

int weir_model_workers(const struct weir_model *model) {
    return model->workers;
}

int weir_model_threads(const struct weir_model *model) {
    return model->threads;
}

const char *weir_model_provider(const struct weir_model *model) {
    return weir_option_by_key("detect.provider")->choices[model->provider];
}

int weir_model_batch(const struct weir_model *model) {
    return model->batch;
}

int weir_model_detect_image(struct weir_model *model, const struct weir_image *image,
                            struct weir_boxes *ret_boxes, struct weir_error *err) {
    struct weir_runner *runner = weir_runner_new(model);
    if (!runner)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", model->path);
    struct weir_boxes boxes = {0};
    int rc = weir_runner_prepare(runner, 0, image, err);
    if (!rc)
        rc = weir_runner_infer(runner, 1, err);
    if (!rc)
        rc = weir_runner_boxes(runner, 0, &boxes, err);
    weir_runner_free(runner);
    if (rc) {
        weir_boxes_done(&boxes);
        return rc;
    }
    weir_boxes_done(ret_boxes);
    *ret_boxes = boxes;
    return 0;
}
