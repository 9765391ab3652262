/*
 * What came of a recording: the settings' median costs, and how right each model was at
 * each width before any codec, by the rules of weir eval f1 (IoU 0.5, class-aware; what is to
 * be ignored is neither hit nor missed).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/record.h"

/* ---- costs ----------------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t median(uint32_t *value, size_t len) {
    qsort(value, len, sizeof *value, by_value);
    return (uint32_t)(((uint64_t)value[(len - 1) / 2] + value[len / 2]) / 2);
}

static size_t frames_of(const struct record_plan *plan, const struct record_take *take) {
    size_t frames = 0;
    for (size_t c = 0; c < plan->clips; c++)
        frames += take[c].draft.clip.frames;
    return frames;
}

int record_costs(const struct record_plan *plan, const struct record_take *take,
                 struct sim_table_setting *ret_setting, struct weir_error *err) {
    uint32_t *value = malloc((frames_of(plan, take) + 1) * sizeof *value);
    if (!value)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int s = 0; s < plan->settings; s++) {
        uint32_t *const to[RECORD_COSTS] = {
            [RECORD_REDUCE] = &ret_setting[s].reduce_ns,
            [RECORD_ENCODE] = &ret_setting[s].encode_ns,
            [RECORD_DECODE] = &ret_setting[s].decode_ns,
            [RECORD_INFER] = &ret_setting[s].infer_ns,
        };
        for (int k = 0; k < RECORD_COSTS; k++) {
            size_t len = 0;
            for (size_t c = 0; c < plan->clips; c++) {
                const size_t frames = take[c].draft.clip.frames;
                memcpy(value + len, take[c].ns[k] + (size_t)s * frames, frames * sizeof *value);
                len += frames;
            }
            *to[k] = median(value, len);
        }
    }
    free(value);
    return 0;
}

static double infer_s(const struct record_plan *plan, const struct record_take *take,
                      size_t model) {
    const size_t each = plan->widths * plan->codings;
    double sum_ns = 0;
    for (size_t c = 0; c < plan->clips; c++) {
        const size_t frames = take[c].draft.clip.frames;
        const uint32_t *ns = take[c].ns[RECORD_INFER] + model * each * frames;
        for (size_t i = 0; i < each * frames; i++)
            sum_ns += ns[i];
    }
    return sum_ns / 1e9;
}

/* ---- accuracy ---------------------------------------------------------------------- */

/* Boxes of a setting, or (settings) of the truth, in all frames of all clips. */
static int dataset_of(const struct record_plan *plan, const struct record_take *take, int setting,
                      struct weir_dataset *ret) {
    const bool truth = setting == plan->settings;
    size_t image = 0;
    int rc = 0;
    ret->format = WEIR_DATASET_COCO;
    for (int k = 0; !rc && k < plan->classes; k++)
        rc = weir_dataset_add_category(ret, k, plan->class_name[k], NULL);
    for (size_t c = 0; !rc && c < plan->clips; c++) {
        const struct sim_table_draft *d = &take[c].draft;
        const uint32_t *end = d->ends + (size_t)setting * d->clip.frames;
        uint32_t i = setting ? end[-1] : 0;
        for (uint32_t f = 0; !rc && f < d->clip.frames; f++) {
            rc = weir_dataset_add_image(ret, (int64_t)image, NULL, &image);
            for (; !rc && i < end[f]; i++) {
                const struct sim_table_box *b = &d->box[i];
                struct weir_eval_box box = {
                    .x = b->x0 / 8.0,
                    .y = b->y0 / 8.0,
                    .w = (b->x1 - b->x0) / 8.0,
                    .h = (b->y1 - b->y0) / 8.0,
                    .score = truth ? 1 : b->score / 255.0,
                    .track_id = -1,
                    .category = b->class_id,
                };
                box.area = box.w * box.h;
                box.ignore = truth ? !b->score : box.h < plan->ask->limits.min_height;
                rc = weir_dataset_add_box(ret, image, &box);
            }
            image++;
        }
    }
    return rc;
}

/* F1 of the models at the widths, uncoded; [models][widths]. */
static int judge(const struct record_plan *plan, const struct record_take *take, double *ret_f1,
                 struct weir_error *err) {
    struct weir_dataset truth = {0};
    int rc = dataset_of(plan, take, plan->settings, &truth);
    for (size_t i = 0; !rc && i < plan->models * plan->widths; i++) {
        struct weir_dataset found = {0};
        struct weir_f1 f1;
        rc = dataset_of(plan, take, record_setting(plan, i / plan->widths, i % plan->widths, 0),
                        &found);
        if (!rc)
            rc = weir_f1_eval(&truth, &found, 0.5, 0, &f1, err);
        if (!rc)
            ret_f1[i] = f1.f1;
        weir_dataset_done(&found);
    }
    weir_dataset_done(&truth);
    return rc == WEIR_ENOMEM ? weir_fail(err, rc, "out of memory") : rc;
}

/* ---- printing ------------------------------------------------------------------------ */

struct sums {
    const char *path;
    int64_t bytes, boxes, frames;
    const double *f1;
};

static double relative_of(const struct record_plan *plan, const struct sums *s, size_t i) {
    return s->f1[i] / s->f1[plan->own];
}

static void put_number(struct weir_buf *out, double value, int digits) {
    if (isfinite(value))
        weir_buf_printf(out, " %9.*f", digits, value);
    else
        weir_buf_printf(out, " %9s", "-");
}

static void write_text(const struct record_plan *plan, const struct record_take *take,
                       const struct sums *s, struct weir_buf *out) {
    int wide = 5;
    weir_buf_printf(out, "%s: %zu clip%s, %lld frames of %dx%d, %d settings, %lld boxes, ", s->path,
                    plan->clips, plan->clips == 1 ? "" : "s", (long long)s->frames,
                    plan->clip[0].width, plan->clip[0].height, plan->settings, (long long)s->boxes);
    cli_print_bytes(out, s->bytes);
    weir_buf_printf(out, "\nrecorded on %s\n", plan->machine);
    for (size_t m = 0; m < plan->models; m++)
        wide = (int)fmax(wide, (double)strlen(plan->model[m].name));
    weir_buf_printf(out, "%-*s %9s %9s %9s %9s %9s\n", wide, "model", "picture", "at conf", "F1",
                    "relative", "infer ms");
    for (size_t i = 0; i < plan->models * plan->widths; i++) {
        const struct record_model *m = &plan->model[i / plan->widths];
        const int setting = record_setting(plan, i / plan->widths, i % plan->widths, 0);
        char size[32];
        snprintf(size, sizeof size, "%dx%d", plan->setting[setting].width,
                 plan->setting[setting].height);
        weir_buf_printf(out, "%-*s %9s", wide, m->name, size);
        put_number(out, m->conf, 3);
        put_number(out, s->f1[i], 3);
        put_number(out, relative_of(plan, s, i), 3);
        put_number(out, plan->setting[setting].infer_ns / 1e6, 2);
        weir_buf_putc(out, '\n');
    }
    weir_buf_puts(out, "inference took");
    for (size_t m = 0; m < plan->models; m++) {
        weir_buf_printf(out, "%s ", m ? "," : "");
        cli_print_duration(out, infer_s(plan, take, m));
        weir_buf_printf(out, " (%s)", plan->model[m].name);
    }
    weir_buf_putc(out, '\n');
}

static void write_json(const struct record_plan *plan, const struct record_take *take,
                       const struct sums *s, struct weir_buf *out) {
    struct weir_json json;
    weir_json_init(&json, out);
    weir_json_object(&json);
    weir_json_key_str(&json, "table", s->path);
    weir_json_key_str(&json, "machine", plan->machine);
    weir_json_key_int(&json, "clips", (int64_t)plan->clips);
    weir_json_key_int(&json, "frames", s->frames);
    weir_json_key_int(&json, "settings", plan->settings);
    weir_json_key_int(&json, "boxes", s->boxes);
    weir_json_key_int(&json, "bytes", s->bytes);
    weir_json_key(&json, "models");
    weir_json_array(&json);
    for (size_t m = 0; m < plan->models; m++) {
        weir_json_object(&json);
        weir_json_key_str(&json, "model", plan->model[m].name);
        weir_json_key_num(&json, "conf", plan->model[m].conf, 6);
        weir_json_key_num(&json, "infer_s", infer_s(plan, take, m), 3);
        weir_json_end_object(&json);
    }
    weir_json_end_array(&json);
    weir_json_key(&json, "uncoded");
    weir_json_array(&json);
    for (size_t i = 0; i < plan->models * plan->widths; i++) {
        const int setting = record_setting(plan, i / plan->widths, i % plan->widths, 0);
        weir_json_object(&json);
        weir_json_key_str(&json, "model", plan->model[i / plan->widths].name);
        weir_json_key_int(&json, "width", plan->setting[setting].width);
        weir_json_key_int(&json, "height", plan->setting[setting].height);
        weir_json_key_num(&json, "f1", s->f1[i], 6);
        weir_json_key_num(&json, "relative", relative_of(plan, s, i), 6);
        weir_json_end_object(&json);
    }
    weir_json_end_array(&json);
    weir_json_end_object(&json);
    weir_buf_putc(out, '\n');
}

int record_summary(const struct record_plan *plan, const struct record_take *take, const char *path,
                   bool json, struct weir_buf *out, struct weir_error *err) {
    double f1[RECORD_MODELS_MAX * RECORD_WIDTHS_MAX];
    struct sums sums = {.path = path, .frames = (int64_t)frames_of(plan, take), .f1 = f1};
    struct stat st;
    int rc = judge(plan, take, f1, err);
    if (rc)
        return rc;
    sums.bytes = stat(path, &st) ? 0 : (int64_t)st.st_size;
    for (size_t c = 0; c < plan->clips; c++)
        sums.boxes += take[c].draft.clip.boxes;
    (json ? write_json : write_text)(plan, take, &sums, out);
    return out->failed ? weir_fail(err, WEIR_ENOMEM, "out of memory") : 0;
}
