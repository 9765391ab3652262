/* How well models see: as a table, as JSON, and as the file that lies beside a model. */
#include <math.h>
#include <string.h>

#include "cli/accuracy.h"

static void print_number(struct weir_buf *out, double value, int digits) {
    if (isnan(value) || value < 0)
        weir_buf_printf(out, " %7s", "-");
    else
        weir_buf_printf(out, " %7.*f", digits, value);
}

void cli_accuracy_table(const struct cli_accuracy *a, struct weir_buf *out) {
    int name_width = 5;
    for (size_t m = 0; m < a->models; m++)
        name_width = (int)fmax(name_width, (double)strlen(a->model[m].name));
    weir_buf_printf(out, "%-*s %9s %7s %7s %7s %7s %7s %7s\n", name_width, "model", "input",
                    "frames", "AP", "AP50", "F1", "at conf", "ms");
    for (size_t r = 0; r < a->rows; r++) {
        const struct cli_accuracy_row *row = &a->row[r];
        char input[32];
        snprintf(input, sizeof input, "%dx%d", row->size.width, row->size.height);
        weir_buf_printf(out, "%-*s %9s %7zu", name_width, a->model[row->model].name, input,
                        row->frames);
        print_number(out, row->ap.ap, 3);
        print_number(out, row->ap.ap50, 3);
        print_number(out, row->f1.f1, 3);
        print_number(out, a->model[row->model].conf, 3);
        print_number(out, row->ms, 2);
        weir_buf_putc(out, '\n');
    }
}

void cli_accuracy_json(const struct cli_accuracy *a, struct weir_json *json) {
    weir_json_key(json, "results");
    weir_json_array(json);
    for (size_t r = 0; r < a->rows; r++) {
        const struct cli_accuracy_row *row = &a->row[r];
        weir_json_object(json);
        weir_json_key_str(json, "model", a->model[row->model].name);
        weir_json_key_int(json, "width", row->size.width);
        weir_json_key_int(json, "height", row->size.height);
        weir_json_key_int(json, "frames", (int64_t)row->frames);
        weir_json_key_num(json, "ap", row->ap.ap, 6);
        weir_json_key_num(json, "ap50", row->ap.ap50, 6);
        weir_json_key_num(json, "f1", row->f1.f1, 6);
        weir_json_key_num(json, "precision", row->f1.precision, 6);
        weir_json_key_num(json, "recall", row->f1.recall, 6);
        weir_json_key_num(json, "conf", a->model[row->model].conf, 6);
        weir_json_key_num(json, "ms", row->ms, 3);
        weir_json_end_object(json);
    }
    weir_json_end_array(json);
    weir_json_key(json, "left_out");
    weir_json_object(json);
    for (size_t m = 0; m < a->models; m++) {
        weir_json_key(json, a->model[m].name);
        weir_json_array(json);
        for (size_t k = 0; k < a->truth.categories; k++)
            if (!a->model[m].has[k])
                weir_json_str(json, a->truth.category[k].name);
        weir_json_end_array(json);
    }
    weir_json_end_object(json);
}

/* ---- what a reader of the numbers has to know -------------------------------- */

enum { NAMED = 5 }; /* of a long list */

struct names {
    struct weir_buf text;
    int len;
};

static void add_name(struct names *names, const char *name) {
    if (names->len++ < NAMED)
        weir_buf_printf(&names->text, "%s%s", names->text.len ? ", " : "", name);
}

static void end_names(struct names *names) {
    if (names->len > NAMED)
        weir_buf_printf(&names->text, ", … (%d in all)", names->len);
}

static void tell_classes(const struct cli_accuracy *a, const struct cli_accuracy_model *model,
                         const struct weir_model_desc *desc) {
    struct names lacks = {0}, extra = {0};
    for (size_t k = 0; k < a->truth.categories; k++)
        if (!model->has[k])
            add_name(&lacks, a->truth.category[k].name);
    const bool chosen = a->job->set->detect.classes.len; /* then nobody wonders */
    for (int c = 0; !chosen && c < desc->classes; c++)
        if (model->category[c] < 0)
            add_name(&extra, weir_labels_name(desc->labels, c));
    end_names(&lacks);
    end_names(&extra);
    if (lacks.len)
        fprintf(stderr, "weir: %s has no class %s: left out\n", model->name,
                weir_buf_str(&lacks.text));
    if (extra.len)
        fprintf(stderr, "weir: %s has classes that are not labelled, %s: left out\n", model->name,
                weir_buf_str(&extra.text));
    weir_buf_done(&lacks.text);
    weir_buf_done(&extra.text);
}

void cli_accuracy_tell(const struct cli_accuracy *a) {
    for (size_t r = 0; r < a->rows; r++) {
        const struct cli_accuracy_model *model = &a->model[a->row[r].model];
        if (r && a->row[r].model == a->row[r - 1].model)
            continue;
        tell_classes(a, model, weir_model_desc(a->row[r].handle));
        if (model->fixed)
            fprintf(stderr, "weir: %s is fixed in size: the widths do not apply\n", model->name);
    }
}

/* ---- the file ---------------------------------------------------------------- */

void cli_accuracy_file_head(const struct cli_accuracy *a, size_t model, struct weir_json *json) {
    weir_json_key_str(json, "model", a->model[model].name);
    weir_json_key_num(json, "conf", a->model[model].conf, 6);
    weir_json_key_num(json, "iou", cli_accuracy_least_iou, 2);
    weir_json_key(json, "inputs");
    weir_json_array(json);
    for (size_t r = 0; r < a->rows; r++) {
        char input[32];
        snprintf(input, sizeof input, "%dx%d", a->row[r].size.width, a->row[r].size.height);
        if (a->row[r].model == model)
            weir_json_str(json, input);
    }
    weir_json_end_array(json);
}

void cli_accuracy_file_counts(const struct cli_accuracy *a, size_t model, struct weir_json *json) {
    weir_profile_json(&a->model[model].profile, &a->truth, a->model[model].has, json);
}
