/*
 * All models are open at all sizes from the start. A scene is drawn in pieces of
 * some dozens of frames, and each row (a model at a size) runs over a whole piece
 * at a stretch: so a picture is drawn once only, and the caches and threads are
 * a row's own while it is timed. Rows see the frames in the same order, so a
 * result's image is the truth's by its number.
 *
 * What counts comes after: per row the truth of the frames it saw and of the
 * classes its model has; per model the threshold, over all of its rows together.
 */
#include "cli/eval_scenes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/lists.h"
#include "model/model.h"

enum { PIECE = 32 };

static const double least_iou = 0.5;

struct work {
    const struct cli_eval_scenes *job;
    struct cli_scenes *out;
    struct weir_clock *clock;
    struct weir_stop stop;
    struct cli_progress progress;
    int64_t begin_ns;
    struct weir_image *piece[PIECE];
    size_t piece_len;
};

void cli_scenes_done(struct cli_scenes *s) {
    for (size_t i = 0; i < s->rows; i++) {
        weir_model_unref(&s->row[i].handle);
        weir_dataset_done(&s->row[i].found);
        free(s->row[i].ns);
    }
    for (size_t m = 0; m < s->models; m++) {
        free(s->model[m].path);
        free(s->model[m].name);
        free(s->model[m].category);
        free(s->model[m].has);
        weir_profile_done(&s->model[m].profile);
    }
    free(s->row);
    free(s->model);
    weir_dataset_done(&s->truth);
    *s = (struct cli_scenes){0};
}

/* ---- opening ------------------------------------------------------------- */

static int64_t frames_of(const struct weir_scene_conf *conf) {
    int64_t frames = llround(conf->seconds * conf->fps);
    return frames < 1 ? 1 : frames;
}

static int begin_truth(struct weir_dataset *truth, struct weir_error *err) {
    struct weir_labels *labels = weir_scene_labels();
    int rc = labels ? 0 : WEIR_ENOMEM;
    truth->format = WEIR_DATASET_COCO;
    for (size_t k = 0; !rc && k < labels->len; k++)
        rc = weir_dataset_add_category(truth, weir_labels_coco_id(labels, (int)k),
                                       weir_labels_name(labels, (int)k), NULL);
    weir_labels_unref(&labels);
    return rc ? weir_fail(err, rc, "out of memory") : 0;
}

static int map_classes(const struct weir_dataset *truth, const struct weir_model *handle,
                       struct cli_scenes_model *model, struct weir_error *err) {
    const struct weir_model_desc *desc = weir_model_desc(handle);
    bool any = false;
    model->category = malloc(((size_t)desc->classes + 1) * sizeof *model->category);
    model->has = calloc(truth->categories, sizeof *model->has);
    if (!model->category || !model->has)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int c = 0; c < desc->classes; c++) {
        int k = weir_dataset_category(truth, weir_labels_name(desc->labels, c));
        model->category[c] = k;
        if (k >= 0)
            any = model->has[k] = true;
    }
    if (!any)
        return weir_fail(err, WEIR_EMODEL,
                         "%s: none of its classes (%s, …) is in a scene (%s, …); name the classes "
                         "in a sidecar",
                         model->path, weir_labels_name(desc->labels, 0), truth->category[0].name);
    return 0;
}

static int open_at(const struct work *w, const char *path, struct weir_size size,
                   struct weir_model **ret_handle, struct weir_error *err) {
    struct weir_settings set = *w->job->set; /* strings stay the job's */
    set.detect.size = size;
    set.detect.workers = 1;
    set.detect.batch = 1;
    return weir_model_open(path, &set, false, ret_handle, err);
}

static int add_row(struct work *w, size_t model, struct weir_model *handle,
                   struct weir_error *err) {
    struct cli_scenes *out = w->out;
    const size_t frames = w->job->seeds * (size_t)frames_of(&w->job->scene);
    struct cli_scenes_row *row = &out->row[out->rows++];
    *row = (struct cli_scenes_row){
        .model = model,
        .handle = handle,
        .size = weir_model_size(handle),
        .ns = malloc((frames + 1) * sizeof *row->ns),
    };
    if (!row->ns || weir_dataset_like(&out->truth, &row->found))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    return 0;
}

/* The least input of that width that holds the picture's aspect. */
static struct weir_size input_size(const struct weir_scene_conf *scene, int width, int stride) {
    int64_t height = ((int64_t)width * scene->height + scene->width - 1) / scene->width;
    return (struct weir_size){width, (int)((height + stride - 1) / stride * stride)};
}

static int open_model(struct work *w, const char *name, struct weir_error *err) {
    struct cli_scenes *out = w->out;
    const size_t index = out->models++;
    struct cli_scenes_model *model = &out->model[index];
    struct weir_model *handle = NULL;
    int rc = weir_model_find(name, &model->path, err);
    if (!rc)
        rc = open_at(w, model->path, (struct weir_size){0, 0}, &handle, err);
    if (rc)
        return rc;
    if (!(model->name = cli_model_name(model->path))) {
        weir_model_unref(&handle);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    const struct weir_model_desc *desc = weir_model_desc(handle);
    const int stride = desc->stride > 0 ? desc->stride : 1;
    model->fixed = desc->size.width > 0;
    rc = map_classes(&out->truth, handle, model, err);
    if (!rc && model->fixed)
        return add_row(w, index, handle, err);
    weir_model_unref(&handle); /* of its own preferred size */
    for (size_t i = 0; !rc && i < w->job->widths; i++) {
        rc = open_at(w, model->path, input_size(&w->job->scene, w->job->width[i], stride), &handle,
                     err);
        if (!rc)
            rc = add_row(w, index, handle, err);
    }
    return rc;
}

static int open_models(struct work *w, struct weir_error *err) {
    const struct weir_strings *models = w->job->models;
    w->out->model = calloc(models->len, sizeof *w->out->model);
    w->out->row = calloc(models->len * w->job->widths + models->len, sizeof *w->out->row);
    if (!w->out->model || !w->out->row)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t m = 0; m < models->len; m++) {
        int rc = open_model(w, models->item[m], err);
        if (rc)
            return rc;
    }
    return 0;
}

/* ---- running ------------------------------------------------------------- */

static void show_progress(struct work *w) {
    int64_t now = weir_clock_now(w->clock);
    if (w->job->quiet || !cli_progress_due(&w->progress, now))
        return;
    struct weir_buf line = {0};
    cli_progress_count(&line, w->out->done, w->out->wanted, "inferences",
                       (double)(now - w->begin_ns) / (double)WEIR_NS_PER_S);
    cli_progress_show(&w->progress, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

static int keep(const struct cli_scenes_model *model, const struct weir_boxes *boxes,
                struct weir_dataset *found, size_t image) {
    int rc = 0;
    for (size_t i = 0; !rc && i < boxes->len; i++) {
        const struct weir_box *b = &boxes->data[i];
        struct weir_eval_box box = {
            .x = b->x0,
            .y = b->y0,
            .w = (double)b->x1 - b->x0,
            .h = (double)b->y1 - b->y0,
            .score = b->score,
            .track_id = -1,
            .category = model->category[b->class_id],
        };
        box.area = box.w * box.h;
        if (box.category >= 0)
            rc = weir_dataset_add_box(found, image, &box);
    }
    return rc;
}

static int infer(struct work *w, struct cli_scenes_row *row, const struct weir_image *image,
                 struct weir_error *err) {
    struct weir_boxes boxes = {0};
    size_t index = 0;
    int64_t begin = weir_clock_now(w->clock);
    int rc = weir_model_detect_image(row->handle, image, &boxes, err);
    row->ns[row->frames] = weir_clock_now(w->clock) - begin;
    if (rc) {
        weir_fail_at(err, rc, "%s: ", w->out->model[row->model].path);
    } else {
        rc = weir_dataset_add_image(&row->found, (int64_t)row->frames, NULL, &index);
        if (!rc)
            rc = keep(&w->out->model[row->model], &boxes, &row->found, index);
        if (rc)
            weir_fail(err, rc, "out of memory");
    }
    weir_boxes_done(&boxes);
    if (!rc) {
        row->frames++;
        w->out->done++;
    }
    return rc;
}

static int infer_piece(struct work *w, struct weir_error *err) {
    int rc = 0;
    for (size_t r = 0; !rc && r < w->out->rows; r++) {
        for (size_t i = 0; !rc && i < w->piece_len && !weir_stop_requested(&w->stop); i++) {
            rc = infer(w, &w->out->row[r], w->piece[i], err);
            show_progress(w);
        }
    }
    while (w->piece_len)
        weir_image_unref(&w->piece[--w->piece_len]);
    return rc;
}

static int add_truth(struct weir_dataset *to, const struct weir_truth *truth) {
    size_t image = 0;
    int rc = weir_dataset_add_image(to, (int64_t)to->images, NULL, &image);
    for (size_t i = 0; !rc && i < truth->len; i++) {
        const struct weir_truth_object *o = &truth->data[i];
        struct weir_eval_box box = {
            .x = o->box.x0,
            .y = o->box.y0,
            .w = (double)o->box.x1 - o->box.x0,
            .h = (double)o->box.y1 - o->box.y0,
            .area = weir_box_area(&o->box),
            .score = 1,
            .track_id = o->box.track_id,
            .visibility = o->visibility,
            .category = o->box.class_id,
        };
        rc = weir_dataset_add_box(to, image, &box);
    }
    return rc;
}

static int run_scene(struct work *w, uint64_t seed, struct weir_error *err) {
    struct weir_scene_conf conf = w->job->scene;
    struct weir_scene *scene = NULL;
    struct weir_truth truth = {0};
    conf.seed = seed;
    int rc = weir_scene_new(&conf, &scene, err);
    while (!rc && !weir_stop_requested(&w->stop)) {
        rc = weir_scene_next(scene, &w->piece[w->piece_len], &truth, err);
        if (!rc) {
            w->piece_len++;
            if (add_truth(&w->out->truth, &truth))
                rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        }
        if ((!rc && w->piece_len == PIECE) || rc == WEIR_EEOF) {
            int failed = infer_piece(w, err);
            rc = failed ? failed : rc;
        }
    }
    while (w->piece_len)
        weir_image_unref(&w->piece[--w->piece_len]);
    weir_truth_done(&truth);
    weir_scene_free(scene);
    return rc == WEIR_EEOF ? 0 : rc;
}

/* ---- judging ------------------------------------------------------------- */

/* The first frames of truth, and of its classes those that the model has. */
static int truth_for(const struct weir_dataset *truth, size_t frames, const bool *has,
                     struct weir_dataset *ret) {
    struct weir_dataset seen = *truth, made = {0};
    seen.images = frames;
    int rc = weir_dataset_like(&seen, &made);
    for (size_t i = 0; !rc && i < frames; i++)
        for (size_t b = 0; !rc && b < truth->image[i].len; b++)
            if (has[truth->image[i].box[b].category])
                rc = weir_dataset_add_box(&made, i, &truth->image[i].box[b]);
    if (rc)
        weir_dataset_done(&made);
    else
        *ret = made;
    return rc;
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median_ms(int64_t *ns, size_t len) {
    if (!len)
        return NAN;
    qsort(ns, len, sizeof *ns, by_value);
    return (double)(ns[(len - 1) / 2] + ns[len / 2]) / 2 / (double)WEIR_NS_PER_MS;
}

/* Of the model's input to the picture, downwards. */
static double scale_of(const struct work *w, const struct cli_scenes_row *row) {
    const struct weir_scene_conf *scene = &w->job->scene;
    const bool stretch = weir_model_desc(row->handle)->resize == WEIR_RESIZE_STRETCH;
    return (stretch ? weir_letterbox_stretch : weir_letterbox_centre)(
               scene->width, scene->height, row->size.width, row->size.height)
        .scale_y;
}

/* One row's truth and verdicts, kept until the model's threshold is known. */
struct judged {
    struct weir_dataset truth;
    struct weir_verdicts verdicts;
};

static int judge_row(struct work *w, struct cli_scenes_row *row, struct judged *j,
                     struct weir_error *err) {
    const struct cli_scenes_model *model = &w->out->model[row->model];
    if (truth_for(&w->out->truth, row->frames, model->has, &j->truth))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    row->ms = median_ms(row->ns, row->frames);
    int rc = weir_dataset_limit(&j->truth, &row->found, &w->job->limits, err);
    if (!rc)
        rc = weir_coco_eval(&j->truth, &row->found, &row->ap, err);
    return rc ? rc : weir_f1_judge(&j->truth, &row->found, least_iou, &j->verdicts, err);
}

static int judge_model(struct work *w, size_t m, struct judged *judged, struct weir_error *err) {
    struct cli_scenes *out = w->out;
    struct cli_scenes_model *model = &out->model[m];
    struct weir_verdicts all = {0};
    int rc = weir_profile_init(&model->profile, out->truth.categories);
    for (size_t r = 0; !rc && r < out->rows; r++)
        if (out->row[r].model == m)
            rc = weir_verdicts_append(&all, &judged[r].verdicts);
    model->conf = rc ? 1 : weir_f1_best(&all);
    for (size_t r = 0; !rc && r < out->rows; r++) {
        if (out->row[r].model != m)
            continue;
        out->row[r].f1 = weir_f1_at(&judged[r].verdicts, model->conf);
        weir_profile_add(&model->profile, &judged[r].truth, &judged[r].verdicts, model->conf,
                         scale_of(w, &out->row[r]));
    }
    weir_verdicts_done(&all);
    return rc ? weir_fail(err, rc, "out of memory") : 0;
}

static int judge(struct work *w, struct weir_error *err) {
    struct cli_scenes *out = w->out;
    struct judged *judged = calloc(out->rows + 1, sizeof *judged);
    int rc = judged ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t r = 0; !rc && r < out->rows; r++)
        rc = judge_row(w, &out->row[r], &judged[r], err);
    for (size_t m = 0; !rc && m < out->models; m++)
        rc = judge_model(w, m, judged, err);
    for (size_t r = 0; judged && r < out->rows; r++) {
        weir_dataset_done(&judged[r].truth);
        weir_verdicts_done(&judged[r].verdicts);
    }
    free(judged);
    return rc;
}

/* ---- the whole ----------------------------------------------------------- */

static void on_interrupt(void *arg) {
    weir_stop_request(arg);
}

int cli_eval_scenes(const struct cli_eval_scenes *job, struct cli_scenes *ret,
                    struct weir_error *err) {
    struct work w = {.job = job, .out = ret};
    *ret = (struct cli_scenes){0};
    w.clock = weir_clock_monotonic_new();
    if (!w.clock)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    weir_stop_init(&w.stop, w.clock);
    int rc = begin_truth(&ret->truth, err);
    if (!rc)
        rc = open_models(&w, err);
    ret->wanted = (int64_t)(ret->rows * job->seeds) * frames_of(&job->scene);
    cli_progress_init(&w.progress, stderr);
    w.begin_ns = weir_clock_now(w.clock);
    cli_interrupt_handle(job->interrupt, on_interrupt, &w.stop);
    for (size_t i = 0; !rc && i < job->seeds && !weir_stop_requested(&w.stop); i++)
        rc = run_scene(&w, job->seed[i], err);
    cli_interrupt_handle(job->interrupt, NULL, NULL);
    cli_progress_clear(&w.progress);
    if (!rc)
        rc = judge(&w, err);
    weir_clock_free(w.clock);
    return rc;
}
