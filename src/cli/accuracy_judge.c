/*
 * What counts, after all pictures were seen: per row the truth of the frames it saw and of the
 * classes its model has; per model the threshold, over all of its rows together.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/accuracy.h"

const double cli_accuracy_least_iou = 0.5;

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
static double scale_of(const struct cli_accuracy *a, const struct cli_accuracy_row *row) {
    const struct weir_size picture = a->job->picture;
    const bool stretch = weir_model_desc(row->handle)->resize == WEIR_RESIZE_STRETCH;
    return (stretch ? weir_letterbox_stretch : weir_letterbox_centre)(
               picture.width, picture.height, row->size.width, row->size.height)
        .scale_y;
}

/* One row's truth and verdicts, kept until the model's threshold is known. */
struct judged {
    struct weir_dataset truth;
    struct weir_verdicts verdicts;
};

static int judge_row(struct cli_accuracy *a, struct cli_accuracy_row *row, struct judged *j,
                     struct weir_error *err) {
    const struct cli_accuracy_model *model = &a->model[row->model];
    if (truth_for(&a->truth, row->frames, model->has, &j->truth))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    row->ms = median_ms(row->ns, row->frames);
    int rc = weir_dataset_limit(&j->truth, &row->found, &a->job->limits, err);
    if (!rc)
        rc = weir_coco_eval(&j->truth, &row->found, &row->ap, err);
    return rc ? rc
              : weir_f1_judge(&j->truth, &row->found, cli_accuracy_least_iou, &j->verdicts, err);
}

static int judge_model(struct cli_accuracy *a, size_t m, struct judged *judged,
                       struct weir_error *err) {
    struct cli_accuracy_model *model = &a->model[m];
    struct weir_verdicts all = {0};
    int rc = weir_profile_init(&model->profile, a->truth.categories);
    for (size_t r = 0; !rc && r < a->rows; r++)
        if (a->row[r].model == m)
            rc = weir_verdicts_append(&all, &judged[r].verdicts);
    if (!rc)
        model->conf = a->job->conf >= 0 ? a->job->conf : weir_f1_best(&all);
    for (size_t r = 0; !rc && r < a->rows; r++) {
        if (a->row[r].model != m)
            continue;
        a->row[r].f1 = weir_f1_at(&judged[r].verdicts, model->conf);
        weir_profile_add(&model->profile, &judged[r].truth, &judged[r].verdicts, model->conf,
                         scale_of(a, &a->row[r]));
    }
    weir_verdicts_done(&all);
    return rc ? weir_fail(err, rc, "out of memory") : 0;
}

int cli_accuracy_judge(struct cli_accuracy *a, struct weir_error *err) {
    struct judged *judged = calloc(a->rows + 1, sizeof *judged);
    int rc = judged ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t r = 0; !rc && r < a->rows; r++)
        rc = judge_row(a, &a->row[r], &judged[r], err);
    for (size_t m = 0; !rc && m < a->models; m++)
        rc = judge_model(a, m, judged, err);
    for (size_t r = 0; judged && r < a->rows; r++) {
        weir_dataset_done(&judged[r].truth);
        weir_verdicts_done(&judged[r].verdicts);
    }
    free(judged);
    return rc;
}
