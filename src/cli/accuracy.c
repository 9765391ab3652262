/*
 * All models are open at all sizes from the start. Pictures come in pieces of
 * some dozens, and each row (a model at a size) runs over a whole piece at a
 * stretch: so a picture is made once only, and the caches and threads are a
 * row's own while it is timed. Rows see the pictures in the same order, so a
 * result's image is the truth's by its number.
 */
#include "cli/accuracy.h"

#include <stdlib.h>
#include <string.h>

#include "cli/clip.h"
#include "cli/interrupt.h"
#include "model/model.h"

const double cli_accuracy_least_conf = 0.01;

int cli_accuracy_init(struct cli_accuracy *a, const struct cli_accuracy_job *job,
                      struct weir_error *err) {
    *a = (struct cli_accuracy){.job = job, .clock = weir_clock_monotonic_new()};
    if (!a->clock)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    a->truth.format = WEIR_DATASET_COCO;
    weir_stop_init(&a->stop, a->clock);
    cli_progress_init(&a->progress, stderr);
    return 0;
}

static void drop_piece(struct cli_accuracy *a) {
    while (a->piece_len)
        weir_image_unref(&a->piece[--a->piece_len]);
}

void cli_accuracy_close(struct cli_accuracy *a) {
    cli_interrupt_handle(a->job->interrupt, NULL, NULL);
    cli_progress_clear(&a->progress);
}

void cli_accuracy_done(struct cli_accuracy *a) {
    drop_piece(a);
    for (size_t i = 0; i < a->rows; i++) {
        weir_model_unref(&a->row[i].handle);
        weir_dataset_done(&a->row[i].found);
        free(a->row[i].ns);
    }
    for (size_t m = 0; m < a->models; m++) {
        free(a->model[m].path);
        free(a->model[m].name);
        free(a->model[m].category);
        free(a->model[m].has);
        weir_profile_done(&a->model[m].profile);
    }
    free(a->row);
    free(a->model);
    weir_dataset_done(&a->truth);
    weir_clock_free(a->clock);
    *a = (struct cli_accuracy){0};
}

/* ---- opening ------------------------------------------------------------- */

static int map_classes(const struct weir_dataset *truth, const struct weir_model *handle,
                       struct cli_accuracy_model *model, struct weir_error *err) {
    const struct weir_model_desc *desc = weir_model_desc(handle);
    bool any = false;
    model->category = malloc(((size_t)desc->classes + 1) * sizeof *model->category);
    model->has = calloc(truth->categories + 1, sizeof *model->has);
    if (!model->category || !model->has)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int c = 0; c < desc->classes; c++) {
        int k = weir_dataset_category(truth, weir_labels_name(desc->labels, c));
        model->category[c] = k;
        if (k >= 0)
            any = model->has[k] = true;
    }
    if (!any)
        return weir_fail(
            err, WEIR_EMODEL,
            "%s: none of its classes (%s, …) is among those of the truth (%s, …); name "
            "the classes in a sidecar",
            model->path, weir_labels_name(desc->labels, 0), truth->category[0].name);
    return 0;
}

int cli_accuracy_model_at(const struct cli_accuracy_job *job, const char *path,
                          struct weir_size size, double conf, struct weir_model **ret_handle,
                          struct weir_error *err) {
    struct weir_settings set = *job->set; /* strings stay the job's */
    set.detect.size = size;
    set.detect.conf = conf;
    set.detect.classes = (struct weir_strings){0}; /* chosen when boxes are kept */
    set.detect.workers = 1;
    set.detect.batch = 1;
    return weir_model_open(path, &set, false, ret_handle, err);
}

struct weir_size cli_accuracy_input(struct weir_size picture, int width, int stride) {
    int64_t height = ((int64_t)width * picture.height + picture.width - 1) / picture.width;
    return (struct weir_size){width, (int)((height + stride - 1) / stride * stride)};
}

static int add_row(struct cli_accuracy *a, size_t model, struct weir_model *handle,
                   struct weir_error *err) {
    struct cli_accuracy_row *row = &a->row[a->rows++];
    *row = (struct cli_accuracy_row){
        .model = model,
        .handle = handle,
        .size = weir_model_size(handle),
    };
    if (weir_dataset_like(&a->truth, &row->found))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    return 0;
}

static int name_model(struct cli_accuracy *a, size_t index, struct weir_error *err) {
    struct cli_accuracy_model *model = &a->model[index];
    if (!(model->name = weir_model_name(model->path)))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t m = 0; m < index; m++)
        if (!strcmp(a->model[m].name, model->name))
            return weir_fail(err, WEIR_EINVAL, "--models: %s is named twice", model->name);
    return 0;
}

/* A row each width. */
static int add_rows(struct cli_accuracy *a, size_t index, int stride, double conf,
                    struct weir_error *err) {
    const struct cli_accuracy_job *job = a->job;
    const size_t first = a->rows;
    int rc = 0;
    for (size_t i = 0; !rc && i < job->widths; i++) {
        const int over = job->rounded ? (stride - job->width[i] % stride) % stride : 0;
        struct weir_size size = cli_accuracy_input(job->picture, job->width[i] + over, stride);
        struct weir_model *handle = NULL;
        bool have = false;
        for (size_t r = first; job->rounded && r < a->rows; r++)
            have |= a->row[r].size.width == size.width;
        if (!have)
            rc = cli_accuracy_model_at(job, a->model[index].path, size, conf, &handle, err);
        if (!rc && !have)
            rc = add_row(a, index, handle, err);
    }
    return rc;
}

static int open_model(struct cli_accuracy *a, const char *name, struct weir_error *err) {
    const size_t index = a->models++;
    const double conf = a->job->set->detect.conf;
    struct cli_accuracy_model *model = &a->model[index];
    struct weir_model *handle = NULL;
    int rc = weir_model_find(name, &model->path, err);
    if (!rc)
        rc = name_model(a, index, err);
    if (!rc)
        rc = cli_accuracy_model_at(a->job, model->path, (struct weir_size){0, 0}, conf, &handle,
                                   err);
    if (rc)
        return rc;
    const struct weir_model_desc *desc = weir_model_desc(handle);
    const int stride = desc->stride > 0 ? desc->stride : 1;
    model->fixed = desc->size.width > 0;
    rc = map_classes(&a->truth, handle, model, err);
    if (!rc && model->fixed)
        return add_row(a, index, handle, err);
    weir_model_unref(&handle); /* of its own preferred size */
    return rc ? rc : add_rows(a, index, stride, conf, err);
}

static void on_interrupt(void *arg) {
    weir_stop_request(arg);
}

int cli_accuracy_open(struct cli_accuracy *a, struct weir_error *err) {
    const struct cli_accuracy_job *job = a->job;
    const struct weir_strings *models = job->models;
    int rc = 0;
    a->model = calloc(models->len, sizeof *a->model);
    a->row = calloc(models->len * job->widths + models->len, sizeof *a->row);
    if (!a->model || !a->row)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t m = 0; !rc && m < models->len; m++)
        rc = open_model(a, models->item[m], err);
    a->wanted = job->frames < 0 ? -1 : (int64_t)a->rows * job->frames + job->before;
    a->begin_ns = weir_clock_now(a->clock);
    if (!rc)
        cli_interrupt_handle(job->interrupt, on_interrupt, &a->stop);
    return rc;
}

/* ---- running ------------------------------------------------------------- */

void cli_accuracy_progress(struct cli_accuracy *a) {
    int64_t now = weir_clock_now(a->clock);
    if (a->job->quiet || !cli_progress_due(&a->progress, now))
        return;
    struct weir_buf line = {0};
    if (a->wanted > 0)
        cli_progress_count(&line, a->done, a->done > a->wanted ? a->done : a->wanted, "inferences",
                           (double)(now - a->begin_ns) / (double)WEIR_NS_PER_S);
    else
        weir_buf_printf(&line, "%lld inferences", (long long)a->done);
    cli_progress_show(&a->progress, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

int cli_accuracy_add_boxes(struct weir_dataset *to, size_t image, const struct weir_boxes *boxes,
                           const int *category, const bool *labelled) {
    int rc = 0;
    for (size_t i = 0; !rc && i < boxes->len; i++) {
        struct weir_eval_box box = cli_clip_box(&boxes->data[i], category[boxes->data[i].class_id]);
        if (box.category >= 0 && (!labelled || labelled[box.category]))
            rc = weir_dataset_add_box(to, image, &box);
    }
    return rc;
}

static int keep_time(struct cli_accuracy_row *row, int64_t ns) {
    if (row->frames == row->ns_cap) {
        size_t cap = row->ns_cap ? 2 * row->ns_cap : 256;
        int64_t *grown = realloc(row->ns, cap * sizeof *grown);
        if (!grown)
            return WEIR_ENOMEM;
        row->ns = grown;
        row->ns_cap = cap;
    }
    row->ns[row->frames] = ns;
    return 0;
}

static int infer(struct cli_accuracy *a, struct cli_accuracy_row *row,
                 const struct weir_image *image, struct weir_error *err) {
    const struct cli_accuracy_model *model = &a->model[row->model];
    struct weir_boxes boxes = {0};
    size_t index = 0;
    int64_t begin = weir_clock_now(a->clock);
    int rc = weir_model_detect_image(row->handle, image, &boxes, err);
    int64_t ns = weir_clock_now(a->clock) - begin;
    if (rc) {
        weir_fail_at(err, rc, "%s: ", model->path);
    } else {
        rc = keep_time(row, ns);
        if (!rc)
            rc = weir_dataset_add_image(&row->found, (int64_t)row->frames, NULL, &index);
        if (!rc)
            rc = cli_accuracy_add_boxes(&row->found, index, &boxes, model->category, a->labelled);
        if (rc)
            weir_fail(err, rc, "out of memory");
    }
    weir_boxes_done(&boxes);
    if (!rc) {
        row->frames++;
        a->done++;
    }
    return rc;
}

int cli_accuracy_flush(struct cli_accuracy *a, struct weir_error *err) {
    int rc = 0;
    for (size_t r = 0; !rc && r < a->rows; r++) {
        for (size_t i = 0; !rc && i < a->piece_len && !weir_stop_requested(&a->stop); i++) {
            rc = infer(a, &a->row[r], a->piece[i], err);
            cli_accuracy_progress(a);
        }
    }
    drop_piece(a);
    return rc;
}

int cli_accuracy_push(struct cli_accuracy *a, struct weir_image **image, struct weir_error *err) {
    a->piece[a->piece_len++] = *image;
    *image = NULL;
    return a->piece_len == CLI_ACCURACY_PIECE ? cli_accuracy_flush(a, err) : 0;
}

int cli_accuracy_add_scene(struct weir_dataset *to, const struct weir_truth *truth,
                           const int *category) {
    size_t image = 0;
    int rc = weir_dataset_add_image(to, (int64_t)to->images, NULL, &image);
    for (size_t i = 0; !rc && i < truth->len; i++) {
        const struct weir_truth_object *o = &truth->data[i];
        struct weir_eval_box box =
            cli_clip_box(&o->box, category ? category[o->box.class_id] : o->box.class_id);
        box.area = weir_box_area(&o->box);
        box.score = 1;
        box.track_id = o->box.track_id;
        box.visibility = o->visibility;
        if (box.category >= 0)
            rc = weir_dataset_add_box(to, image, &box);
    }
    return rc;
}
