/* Tables of a profile. */
#include "cli/profile_print.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MIN = 10, CELL = 9 };

/* ---- inference ----------------------------------------------------------- */

struct size {
    int width, height;
};

static int by_size(const void *x, const void *y) {
    const struct size *a = x, *b = y;
    return a->width != b->width ? a->width - b->width : a->height - b->height;
}

static bool same_row(const struct weir_costs_infer *a, const struct weir_costs_infer *b) {
    return a->batch == b->batch && !strcmp(a->model, b->model);
}

/* The sizes that any model was measured at, narrow first. */
static size_t columns(const struct weir_costs *costs, struct size *ret) {
    size_t len = 0, kept = 0;
    for (int i = 0; i < costs->infers; i++)
        ret[len++] = (struct size){costs->infer[i].width, costs->infer[i].height};
    qsort(ret, len, sizeof *ret, by_size);
    for (size_t i = 0; i < len; i++)
        if (!i || by_size(&ret[kept - 1], &ret[i]) != 0)
            ret[kept++] = ret[i];
    return kept;
}

static void print_cell(struct weir_buf *out, double ms) {
    weir_buf_printf(out, " %*.*f", CELL, ms < 9.9995 ? 3 : ms < 99.995 ? 2 : 1, ms);
}

static void print_row(const struct weir_costs *costs, int first, const struct size *column,
                      size_t len, bool high, struct weir_buf *out) {
    for (size_t c = 0; c < len; c++) {
        const struct weir_costs_infer *found = NULL;
        for (int i = first; i < costs->infers && same_row(&costs->infer[first], &costs->infer[i]);
             i++)
            if (costs->infer[i].width == column[c].width &&
                costs->infer[i].height == column[c].height)
                found = &costs->infer[i];
        if (found)
            print_cell(out, high ? found->high_ms : found->ms);
        else
            weir_buf_printf(out, " %*s", CELL, "-");
    }
    weir_buf_putc(out, '\n');
}

static void print_infer(const struct weir_costs *costs, struct weir_buf *out) {
    struct size *column = calloc((size_t)costs->infers + 1, sizeof *column);
    int name_width = NAME_MIN;
    if (!column) {
        out->failed = true;
        return;
    }
    size_t len = columns(costs, column);
    for (int i = 0; i < costs->infers; i++)
        if ((int)strlen(costs->infer[i].model) > name_width)
            name_width = (int)strlen(costs->infer[i].model);
    weir_buf_printf(out, "\ninference, ms of one core\n%-*s %5s", name_width, "model", "batch");
    for (size_t c = 0; c < len; c++) {
        char text[32];
        snprintf(text, sizeof text, "%dx%d", column[c].width, column[c].height);
        weir_buf_printf(out, " %*s", CELL, text);
    }
    weir_buf_putc(out, '\n');
    for (int i = 0; i < costs->infers; i++) {
        if (i && same_row(&costs->infer[i - 1], &costs->infer[i]))
            continue;
        weir_buf_printf(out, "%-*s %5d", name_width, costs->infer[i].model, costs->infer[i].batch);
        print_row(costs, i, column, len, false, out);
        weir_buf_printf(out, "%-*s %5s", name_width, "  95%", "");
        print_row(costs, i, column, len, true, out);
    }
    free(column);
}

/* ---- the rest ------------------------------------------------------------ */

static void print_reduce(const struct weir_costs *costs, struct weir_buf *out) {
    weir_buf_puts(out, "\nreduce, ms\n");
    for (int i = 0; i < costs->reduces; i++) {
        const struct weir_costs_reduce *p = &costs->reduce[i];
        char from[32], to[32];
        snprintf(from, sizeof from, "%dx%d", p->from_width, p->from_height);
        snprintf(to, sizeof to, "%dx%d", p->width, p->height);
        weir_buf_printf(out, "%9s to %-9s", from, to);
        print_cell(out, p->ms);
        weir_buf_putc(out, '\n');
    }
}

static void print_code(const struct weir_costs *costs, struct weir_buf *out) {
    weir_buf_printf(out, "\n%-5s %7s %9s %10s %10s %9s %12s\n", "codec", "quality", "size",
                    "encode ms", "decode ms", "kB", "keyframe kB");
    for (int i = 0; i < costs->codes; i++) {
        const struct weir_costs_code *p = &costs->code[i];
        char size[32];
        snprintf(size, sizeof size, "%dx%d", p->width, p->height);
        weir_buf_printf(out, "%-5s %7d %9s %10.3f %10.3f %9.2f %12.2f\n",
                        weir_costs_codec_name(p->codec), p->quality, size, p->encode_ms,
                        p->decode_ms, p->bytes / 1000, p->key_bytes / 1000);
    }
}

void cli_profile_print(const struct weir_costs *costs, struct weir_buf *out) {
    const struct weir_costs_machine *m = &costs->machine;
    weir_buf_printf(out, "machine: %s, %d cores, kernel %s\nmeasured %s by weir %s\n", m->cpu,
                    m->cores, m->kernel, m->measured, m->program);
    if (costs->infers)
        print_infer(costs, out);
    if (costs->reduces)
        print_reduce(costs, out);
    if (costs->codes)
        print_code(costs, out);
}

/* ---- two of them --------------------------------------------------------- */

static const double drift_low = 0.8, drift_high = 1.25;

static void add(struct cli_comparison *c, double before, double now, const char *what,
                const char *amount) {
    struct cli_drift *row = &c->row[c->rows++];
    *row = (struct cli_drift){.before = before, .now = now, .ratio = now / before};
    snprintf(row->what, sizeof row->what, "%.100s %s", what, amount);
    row->drifted = row->ratio < drift_low || row->ratio > drift_high;
    c->drifted += row->drifted;
}

static void compare_infer(const struct weir_costs *before, const struct weir_costs *now,
                          struct cli_comparison *c) {
    for (int i = 0; i < now->infers; i++)
        for (int k = 0; k < before->infers; k++) {
            const struct weir_costs_infer *n = &now->infer[i], *b = &before->infer[k];
            char what[112];
            if (!same_row(n, b) || n->width != b->width || n->height != b->height)
                continue;
            snprintf(what, sizeof what, "%s %dx%d batch %d", n->model, n->width, n->height,
                     n->batch);
            add(c, b->ms, n->ms, what, "inference ms");
            c->only_now--;
            c->only_before--;
        }
}

static void compare_reduce(const struct weir_costs *before, const struct weir_costs *now,
                           struct cli_comparison *c) {
    for (int i = 0; i < now->reduces; i++)
        for (int k = 0; k < before->reduces; k++) {
            const struct weir_costs_reduce *n = &now->reduce[i], *b = &before->reduce[k];
            char what[112];
            if (n->from_width != b->from_width || n->from_height != b->from_height ||
                n->width != b->width || n->height != b->height)
                continue;
            snprintf(what, sizeof what, "%dx%d to %dx%d", n->from_width, n->from_height, n->width,
                     n->height);
            add(c, b->ms, n->ms, what, "reduce ms");
            c->only_now--;
            c->only_before--;
        }
}

static void compare_code(const struct weir_costs *before, const struct weir_costs *now,
                         struct cli_comparison *c) {
    for (int i = 0; i < now->codes; i++)
        for (int k = 0; k < before->codes; k++) {
            const struct weir_costs_code *n = &now->code[i], *b = &before->code[k];
            char what[112];
            if (n->codec != b->codec || n->quality != b->quality || n->width != b->width ||
                n->height != b->height)
                continue;
            snprintf(what, sizeof what, "%s %d %dx%d", weir_costs_codec_name(n->codec), n->quality,
                     n->width, n->height);
            add(c, b->encode_ms, n->encode_ms, what, "encode ms");
            add(c, b->decode_ms, n->decode_ms, what, "decode ms");
            add(c, b->bytes, n->bytes, what, "bytes");
            c->only_now--;
            c->only_before--;
        }
}

static size_t points_of(const struct weir_costs *costs) {
    return (size_t)(costs->infers + costs->reduces + costs->codes);
}

int cli_profile_compare(const struct weir_costs *before, const struct weir_costs *now,
                        struct cli_comparison *ret, struct weir_error *err) {
    struct cli_comparison c = {
        .only_before = points_of(before),
        .only_now = points_of(now),
        .other_machine = strcmp(before->machine.cpu, now->machine.cpu) != 0,
    };
    c.row = calloc(3 * points_of(now) + 1, sizeof *c.row);
    if (!c.row)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    compare_infer(before, now, &c);
    compare_reduce(before, now, &c);
    compare_code(before, now, &c);
    if (!c.rows) {
        cli_comparison_done(&c);
        return weir_fail(err, WEIR_EINVAL,
                         "the two profiles have no point in common: measure with the same "
                         "--models, --widths, --batches, --qualities and --crf");
    }
    *ret = c;
    return 0;
}

void cli_comparison_done(struct cli_comparison *comparison) {
    free(comparison->row);
    *comparison = (struct cli_comparison){0};
}

void cli_comparison_print(const struct cli_comparison *c, struct weir_buf *out) {
    int width = 0;
    for (size_t r = 0; r < c->rows; r++)
        if ((int)strlen(c->row[r].what) > width)
            width = (int)strlen(c->row[r].what);
    weir_buf_printf(out, "%-*s %10s %10s %7s\n", width, "", "before", "now", "ratio");
    for (size_t r = 0; r < c->rows; r++)
        weir_buf_printf(out, "%-*s %10.3f %10.3f %7.2f%s\n", width, c->row[r].what,
                        c->row[r].before, c->row[r].now, c->row[r].ratio,
                        c->row[r].drifted ? "  drifted" : "");
    if (c->only_before || c->only_now)
        weir_buf_printf(out, "left out: %zu points that only the first has, %zu only the second\n",
                        c->only_before, c->only_now);
    if (c->other_machine)
        weir_buf_puts(out, "the two were measured on different processors\n");
    if (!c->drifted)
        weir_buf_printf(out, "nothing drifted: all within %g to %g\n", drift_low, drift_high);
    else
        weir_buf_printf(out, "%zu of %zu drifted (outside %g to %g):\n", c->drifted, c->rows,
                        drift_low, drift_high);
    for (size_t r = 0; r < c->rows; r++)
        if (c->row[r].drifted)
            weir_buf_printf(out, "  %s: %.2f times\n", c->row[r].what, c->row[r].ratio);
}

void cli_comparison_json(const struct cli_comparison *c, struct weir_buf *out) {
    struct weir_json json;
    weir_json_init(&json, out);
    weir_json_object(&json);
    weir_json_key_int(&json, "compared", (int64_t)c->rows);
    weir_json_key_int(&json, "drifted", (int64_t)c->drifted);
    weir_json_key_int(&json, "only_before", (int64_t)c->only_before);
    weir_json_key_int(&json, "only_now", (int64_t)c->only_now);
    weir_json_key_bool(&json, "same_processor", !c->other_machine);
    weir_json_key(&json, "points");
    weir_json_array(&json);
    for (size_t r = 0; r < c->rows; r++) {
        weir_json_object(&json);
        weir_json_key_str(&json, "what", c->row[r].what);
        weir_json_key_num(&json, "before", c->row[r].before, 6);
        weir_json_key_num(&json, "now", c->row[r].now, 6);
        weir_json_key_num(&json, "ratio", c->row[r].ratio, 6);
        weir_json_key_bool(&json, "drifted", c->row[r].drifted);
        weir_json_end_object(&json);
    }
    weir_json_end_array(&json);
    weir_json_end_object(&json);
    weir_buf_putc(out, '\n');
}
