/* Which points are measured: cheap ones first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/profile_work.h"
#include "model/model.h"

int cli_profile_height(int width) {
    return (int)lround(width * 9 / 32.0) * 2;
}

int cli_profile_model(const struct cli_profile_work *w, size_t model, struct weir_size size,
                      int batch, struct weir_model **ret, struct weir_error *err) {
    struct weir_settings set = *w->job->set; /* strings stay the job's */
    set.detect.size = size;
    set.detect.batch = batch;
    set.detect.workers = set.detect.threads = 1;
    set.detect.spinning = WEIR_OFF;
    return weir_model_open(w->out->paths.item[model], &set, true, ret, err);
}

static void add_point(struct cli_profile_work *w, struct cli_profile_point point) {
    w->point[w->points++] = point;
}

static int by_width(const void *x, const void *y) {
    const struct cli_profile_point *a = x, *b = y;
    return a->width != b->width ? a->width - b->width : a->batch - b->batch;
}

/* The points of an open model. A graph of one size has that size alone, and one of a fixed batch
 * that batch. */
static int add_inputs(struct cli_profile_work *w, size_t m, const struct weir_model_desc *desc,
                      struct weir_error *err) {
    const struct cli_profile_job *job = w->job;
    const int stride = desc->stride > 0 ? desc->stride : 1;
    const bool fixed = desc->size.width > 0;
    for (size_t b = 0; b < (desc->batch > 0 ? 1 : job->batches); b++) {
        struct cli_profile_point p = {.kind = CLI_PROFILE_INFER, .model = m};
        p.batch = desc->batch > 0 ? desc->batch : job->batch[b];
        if (fixed) {
            p.size = desc->size;
            p.width = p.size.width < CLI_PROFILE_WIDE ? p.size.width + p.size.width % 2
                                                      : CLI_PROFILE_WIDE;
            add_point(w, p);
        }
        for (size_t i = 0; !fixed && i < job->widths; i++) {
            const int width = job->width[i], height = cli_profile_height(width);
            if (width % stride)
                return weir_fail(err, WEIR_EINVAL, "--widths: found %d; %s takes multiples of %d",
                                 width, job->models->item[m], stride);
            p.width = width;
            p.size = (struct weir_size){width, (height + stride - 1) / stride * stride};
            add_point(w, p);
        }
    }
    return 0;
}

static int add_model(struct cli_profile_work *w, size_t m, struct weir_error *err) {
    struct weir_model *model = NULL;
    int rc = weir_model_find(w->job->models->item[m], &w->out->paths.item[m], err);
    if (rc)
        return rc;
    w->out->paths.len++;
    char *name = weir_model_name(w->out->paths.item[m]);
    if (!name)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    else if (strlen(name) >= sizeof w->out->costs.infer->model)
        rc = weir_fail(err, WEIR_EINVAL, "%s: a profile holds names of at most 47 bytes; rename it",
                       w->out->paths.item[m]);
    free(name);
    if (!rc)
        rc = cli_profile_model(w, m, (struct weir_size){0, 0}, 1, &model, err);
    if (!rc)
        rc = add_inputs(w, m, weir_model_desc(model), err);
    weir_model_unref(&model);
    return rc;
}

int cli_profile_points(struct cli_profile_work *w, struct weir_error *err) {
    const struct cli_profile_job *job = w->job;
    static const int from[] = {CLI_PROFILE_WIDE, CLI_PROFILE_HALF};
    size_t codes = job->qualities[WEIR_COSTS_JPEG] + job->qualities[WEIR_COSTS_H264];
    size_t most = job->widths * (2 + codes + job->models->len * job->batches) +
                  job->models->len * job->batches;
    struct weir_costs *costs = &w->out->costs;
    w->point = calloc(most, sizeof *w->point);
    w->out->paths.item = calloc(job->models->len + 1, sizeof *w->out->paths.item);
    costs->infer = calloc(most, sizeof *costs->infer);
    costs->reduce = calloc(most, sizeof *costs->reduce);
    costs->code = calloc(most, sizeof *costs->code);
    if (!w->point || !w->out->paths.item || !costs->infer || !costs->reduce || !costs->code)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int f = 0; f < 2; f++)
        for (size_t i = 0; i < job->widths; i++)
            if (job->width[i] < from[f])
                add_point(w, (struct cli_profile_point){.kind = CLI_PROFILE_REDUCE,
                                                        .from_width = from[f],
                                                        .width = job->width[i]});
    for (size_t i = 0; i < job->widths; i++)
        for (int c = 0; c < WEIR_COSTS_CODECS; c++)
            for (size_t q = 0; q < job->qualities[c]; q++)
                add_point(w, (struct cli_profile_point){.kind = CLI_PROFILE_CODE,
                                                        .width = job->width[i],
                                                        .codec = (enum weir_costs_codec)c,
                                                        .quality = job->quality[c][q]});
    size_t first = w->points;
    int rc = 0;
    for (size_t m = 0; !rc && m < job->models->len; m++)
        rc = add_model(w, m, err);
    qsort(w->point + first, w->points - first, sizeof *w->point, by_width);
    return rc;
}
