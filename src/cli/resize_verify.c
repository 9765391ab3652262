/*
 * Runs a fixed model and its resized version side by side: see the header.
 * What an output's dimensions ought to be at another size is worked out here
 * from their values alone, apart from the editor's own reasoning.
 */
#include "cli/resize_verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/pipeline.h"

enum { STRIDES = 8, PER_CELL = 9, SURELY_ANCHORS = 256 };
static const float TOLERANCE = 1e-4F;

struct outputs {
    struct weir_model_output *out;
    size_t len;
};

static void outputs_done(struct outputs *o) {
    if (o->out)
        weir_model_outputs_free(o->out, o->len);
    *o = (struct outputs){0};
}

/* Pixels of 0–255 out of a linear congruential generator: any will do. */
static float *make_input(size_t len, uint32_t seed) {
    float *input = malloc(len * sizeof *input);
    for (size_t i = 0; input && i < len; i++) {
        seed = seed * 1664525U + 1013904223U;
        input[i] = (float)(seed >> 24);
    }
    return input;
}

static int run_at(const char *path, const float *input, int n, struct weir_size size,
                  struct outputs *ret, struct weir_error *err) {
    return weir_model_run_raw(path, input, n, size.height, size.width, &ret->out, &ret->len, err);
}

/* ---- the original size -------------------------------------------------------- */

static int same_output(const struct weir_model_output *a, const struct weir_model_output *b,
                       struct weir_error *err) {
    if (a->len != b->len || a->port.rank != b->port.rank ||
        memcmp(a->port.dim, b->port.dim, (size_t)a->port.rank * sizeof *a->port.dim))
        return weir_fail(err, WEIR_EMODEL, "output %s has another shape after resizing",
                         a->port.name);
    for (size_t i = 0; i < a->len; i++)
        if (memcmp(&a->f32[i], &b->f32[i], sizeof *a->f32))
            return weir_fail(err, WEIR_EMODEL,
                             "output %s differs after resizing: value %zu is %.9g, was %.9g",
                             a->port.name, i, (double)b->f32[i], (double)a->f32[i]);
    return 0;
}

static int check_same(const char *fixed, const char *resized,
                      const struct weir_resize_report *report, struct outputs *ret,
                      struct weir_error *err) {
    struct weir_size size = {report->width, report->height};
    struct outputs after = {0};
    float *input =
        make_input((size_t)report->batch * 3 * (size_t)size.width * (size_t)size.height, 1);
    int rc = input ? run_at(fixed, input, report->batch, size, ret, err)
                   : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = run_at(resized, input, report->batch, size, &after, err);
    if (!rc && after.len != ret->len)
        rc = weir_fail(err, WEIR_EMODEL, "%zu outputs after resizing, %zu before", after.len,
                       ret->len);
    for (size_t i = 0; i < ret->len && !rc; i++)
        rc = same_output(&ret->out[i], &after.out[i], err);
    outputs_done(&after);
    free(input);
    return rc;
}

/* ---- two at once ----------------------------------------------------------------- */

static int same_half(const struct weir_model_output *one, const struct weir_model_output *two,
                     size_t half, struct weir_error *err) {
    if (two->port.rank < 1 || two->port.dim[0] != 2 || two->len != 2 * one->len)
        return weir_fail(err, WEIR_EMODEL, "output %s does not grow with the batch",
                         one->port.name);
    for (size_t i = 0; i < one->len; i++) {
        float a = one->f32[i], b = two->f32[half * one->len + i];
        if (!(fabsf(a - b) <= TOLERANCE * (1 + fabsf(a))) && !(isnan(a) && isnan(b)))
            return weir_fail(
                err, WEIR_EMODEL,
                "output %s depends on the other pictures of a batch: value %zu is %.9g "
                "alone, %.9g together",
                one->port.name, i, (double)a, (double)b);
    }
    return 0;
}

static int check_batch(const char *resized, const struct weir_resize_report *report,
                       struct weir_error *err) {
    struct weir_size size = {report->width, report->height};
    size_t one_len = (size_t)3 * (size_t)size.width * (size_t)size.height;
    float *input = make_input(2 * one_len, 2);
    struct outputs both = {0}, one = {0};
    int rc = input ? run_at(resized, input, 2, size, &both, err)
                   : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t half = 0; half < 2 && !rc; half++) {
        rc = run_at(resized, input + half * one_len, 1, size, &one, err);
        for (size_t i = 0; i < both.len && !rc; i++)
            rc = same_half(&one.out[i], &both.out[i], half, err);
        outputs_done(&one);
    }
    outputs_done(&both);
    free(input);
    return rc;
}

/* ---- other sizes -------------------------------------------------------------------- */

static int64_t cells(struct weir_size size, int64_t stride) {
    return ((size.height + stride - 1) / stride) * ((size.width + stride - 1) / stride);
}

/* Anchors of the strides 2^low … 2^high, one each. */
static int64_t anchors(struct weir_size size, int low, int high) {
    int64_t sum = 0;
    for (int s = low; s <= high; s++)
        sum += cells(size, (int64_t)1 << s);
    return sum;
}

bool cli_dim_follows(int64_t was, int64_t now, struct weir_size from, struct weir_size to) {
    bool grid = false;
    for (int low = 0; low < STRIDES; low++)
        for (int high = low; high < STRIDES; high++)
            for (int k = 1; k <= PER_CELL; k++) {
                if (was != k * anchors(from, low, high))
                    continue;
                grid = true;
                if (now == k * anchors(to, low, high))
                    return true;
            }
    /* so many are no channels: they must have followed */
    if (grid && was >= SURELY_ANCHORS)
        return false;
    for (int s = 0; s < STRIDES; s++) {
        int64_t step = (int64_t)1 << s;
        if ((was == (from.height + step - 1) / step && now == (to.height + step - 1) / step) ||
            (was == (from.width + step - 1) / step && now == (to.width + step - 1) / step))
            return true;
    }
    return was == now;
}

static int check_size(const char *resized, const struct weir_resize_report *report,
                      const struct outputs *before, struct weir_size to, struct weir_error *err) {
    struct weir_size from = {report->width, report->height};
    float *input = make_input((size_t)3 * (size_t)to.width * (size_t)to.height, 3);
    struct outputs after = {0};
    int rc = input ? run_at(resized, input, 1, to, &after, err)
                   : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t i = 0; i < before->len && !rc; i++) {
        const struct weir_port *a = &before->out[i].port, *b = &after.out[i].port;
        for (int k = 0; k < a->rank && !rc; k++) {
            bool fits = k == 0 && a->dim[0] == report->batch
                            ? b->dim[0] == 1
                            : cli_dim_follows(a->dim[k], b->dim[k], from, to);
            if (a->rank != b->rank || !fits)
                rc =
                    weir_fail(err, WEIR_EMODEL,
                              "output %s: dimension %d is %lld at %dx%d and %lld at %dx%d, not the "
                              "number of anchors or cells that this size has",
                              a->name, k, (long long)a->dim[k], from.width, from.height,
                              (long long)b->dim[k], to.width, to.height);
        }
    }
    outputs_done(&after);
    free(input);
    return rc;
}

/* About share of a side, as a multiple of the stride. */
static int side(int length, double share, int stride) {
    int steps = (int)(length * share / stride + 0.5);
    return (steps < 1 ? 1 : steps) * stride;
}

int cli_verify_resized(const char *fixed, const char *resized,
                       const struct weir_resize_report *report, struct weir_buf *said,
                       struct weir_error *err) {
    struct outputs before = {0};
    const struct weir_size sizes[] = {
        {side(report->width, 1.5, report->stride), side(report->height, 0.75, report->stride)},
        {side(report->width, 0.5, report->stride), side(report->height, 1.25, report->stride)},
    };
    int rc = check_same(fixed, resized, report, &before, err);
    if (!rc)
        weir_buf_printf(said, "%dx%d: %zu outputs, the same to the bit\n", report->width,
                        report->height, before.len);
    if (!rc)
        rc = check_batch(resized, report, err);
    if (!rc)
        weir_buf_puts(said, "two pictures at once: as each alone\n");
    for (size_t i = 0; i < 2 && !rc; i++) {
        rc = check_size(resized, report, &before, sizes[i], err);
        if (!rc)
            weir_buf_printf(said, "%dx%d: the right number of anchors\n", sizes[i].width,
                            sizes[i].height);
    }
    outputs_done(&before);
    return rc;
}
