/*
 * The rows of a simulation as a person reads them: a block for each case, in 100 columns, the
 * best of the same users marked; below it what was dropped, and why.
 */
#include <math.h>
#include <string.h>

#include "cli/sim_run.h"

enum {
    MEAN,
    P95,
    AGE,
    ON_TIME,
    ACCURACY,
    HELD,
    MBIT,
    VS_CLOUD,
    VS_STATIC,
    HINDSIGHT,
    BOUND,
    COLUMNS,
    NAME_WIDTH = 12
};

static const struct {
    const char *above, *name;
    int width; /* a place for the mark included */
    int better; /* 1: more is, -1: less is, 0: neither */
} columns[COLUMNS] = {
    [MEAN] = {"latency", "mean", 8, -1},      [P95] = {"ms", "p95", 7, -1},
    [AGE] = {"age", "mean", 7, -1},           [ON_TIME] = {"on", "time %", 7, 1},
    [ACCURACY] = {"accu-", "racy", 7, 1},     [HELD] = {"windows", "held", 10, 0},
    [MBIT] = {"uplink", "Mbit/s", 7, -1},     [VS_CLOUD] = {"faster", "cloud", 8, 1},
    [VS_STATIC] = {"than %", "static", 7, 1}, [HINDSIGHT] = {"times", "hind.", 7, -1},
    [BOUND] = {"times", "bound", 7, -1},
};

struct cells {
    double value[COLUMNS];
    bool delivered; /* enough for its latency to be compared */
    bool held; /* the floor, in nearly all windows: fast and wrong is no match */
};

static struct cells cells_of(const struct cli_sim *sim, const struct cli_sim_row *row) {
    const struct sim_measures *m = &row->measures;
    const struct cli_sim_worth w = cli_sim_worth(sim, row);
    return (struct cells){
        .value = {[MEAN] = m->latency.mean,
                  [P95] = m->latency.p95,
                  [AGE] = m->age.mean,
                  [ON_TIME] = 100 * m->on_time,
                  [ACCURACY] = row->accuracy.relative,
                  [HELD] = NAN,
                  [MBIT] = m->uplink_mbit_per_s,
                  [VS_CLOUD] = 100 * w.vs_cloud_only,
                  [VS_STATIC] = 100 * w.vs_best_static,
                  [HINDSIGHT] = w.times_hindsight,
                  [BOUND] = w.times_bound},
        .delivered = cli_sim_delivered(m) >= 0.99,
        .held = (double)row->accuracy.held >= 0.99 * (double)row->accuracy.judged,
    };
}

/* As it is shown: what looks the same is as good. */
static void show(char *text, size_t size, int column, double value) {
    static const int digits[COLUMNS] = {
        [MEAN] = 1, [P95] = 1,      [AGE] = 1,       [ON_TIME] = 1,   [ACCURACY] = 3,
        [MBIT] = 1, [VS_CLOUD] = 1, [VS_STATIC] = 1, [HINDSIGHT] = 2, [BOUND] = 2};
    int after = fabs(value) >= 10000 ? 0 : digits[column];
    if (isnan(value))
        snprintf(text, size, "-");
    else if (column == VS_CLOUD || column == VS_STATIC)
        snprintf(text, size, "%+.*f", fabs(value) >= 100 ? 0 : after, value);
    else
        snprintf(text, size, "%.*f", after, value);
}

/* May a row be the best of a column? */
static bool competes(const struct cells *cells, int column) {
    return columns[column].better && cells->held &&
           (cells->delivered || (column != MEAN && column != P95));
}

/* The best of a column among rows of the same users, as text; "" where there is no best. */
static void best_of(const struct cli_sim *sim, int from, int to, int column, char *ret,
                    size_t size) {
    double best = NAN;
    int seen = 0;
    for (int i = from; i < to; i++) {
        const struct cells cells = cells_of(sim, &sim->row[i]);
        const double value = cells.value[column];
        if (isnan(value) || !competes(&cells, column))
            continue;
        seen++;
        if (isnan(best) || (value - best) * columns[column].better > 0)
            best = value;
    }
    *ret = 0;
    if (seen && to - from > 1)
        show(ret, size, column, best);
}

/* Takes back what is blank at the end of a line. */
static void trim(struct weir_buf *out) {
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = 0;
}

static void print_row(const struct cli_sim *sim, int index, int from, int to,
                      struct weir_buf *out) {
    const struct cli_sim_row *row = &sim->row[index];
    const struct cells cells = cells_of(sim, row);
    const char *label = sim->strategy[row->strategy].label;
    char text[64], best[64];
    if (index == from)
        weir_buf_printf(out, "%5d ", row->users);
    else
        weir_buf_printf(out, "%5s ", "");
    weir_buf_printf(out, "%-*s", NAME_WIDTH, label);
    if (strlen(label) >= NAME_WIDTH)
        weir_buf_printf(out, "\n%*s", 6 + NAME_WIDTH, "");
    for (int c = 0; c < COLUMNS; c++) {
        bool mark = false;
        if (c == HELD) {
            snprintf(text, sizeof text, "%lld/%lld", (long long)row->accuracy.held,
                     (long long)row->accuracy.judged);
        } else {
            show(text, sizeof text, c, cells.value[c]);
            best_of(sim, from, to, c, best, sizeof best);
            mark = competes(&cells, c) && !strcmp(text, best);
        }
        weir_buf_printf(out, "%*s%c", columns[c].width - 1, text, mark ? '*' : ' ');
    }
    trim(out);
    weir_buf_putc(out, '\n');
}

static void print_yard(const struct cli_sim *sim, const struct cli_sim_row *row,
                       struct weir_buf *out) {
    const struct cli_sim_yard *y = row->yard;
    if (sim->hindsight_seeds < 1 || row->users > sim->hindsight_users)
        return;
    weir_buf_printf(
        out,
        "      %-*s%7.1f  in hindsight, each at its best setting; all at one %.1f; alone %.1f\n",
        NAME_WIDTH, "could be", y->hindsight_latency, y->static_latency, y->bound);
}

static void print_list(const struct weir_strings *list, struct weir_buf *out) {
    for (size_t i = 0; i < list->len; i++)
        weir_buf_printf(out, "%s%s", i ? ", " : "", list->item[i]);
}

static void print_head(const struct cli_sim *sim, const struct cli_sim_case *c,
                       struct weir_buf *out) {
    const struct weir_scenario_case *of = c->ready.of;
    weir_buf_printf(out, "%s%s%s: site %s, cameras at ", sim->scenario->name, *of->name ? ", " : "",
                    of->name, c->ready.site.name);
    print_list(&of->nodes, out);
    weir_buf_printf(out, ", %g frames a second\n", of->rate_fps);
    if (of->skip > 1)
        weir_buf_printf(out,
                        "skip %d: one frame of %d is detected, and in those between the tracker "
                        "carries the boxes;\nlatency, on time and age count what is detected\n",
                        of->skip, of->skip);
    weir_buf_printf(out, "deadline %g ms, floor %g, clips ", of->deadline_ms, of->min_accuracy);
    print_list(&of->clips, out);
    weir_buf_printf(out, "; %d seed%s of %g s, the first %g s of each do not count\n", of->seeds,
                    of->seeds == 1 ? "" : "s", of->seconds, of->warm_up_s);
    if (c->best_effort)
        weir_buf_puts(out, "best effort: what is promised cannot be kept by any strategy\n");
    weir_buf_printf(out, "\n%5s %-*s", "", NAME_WIDTH, "");
    for (int i = 0; i < COLUMNS; i++)
        weir_buf_printf(out, "%*s ", columns[i].width - 1, columns[i].above);
    trim(out);
    weir_buf_printf(out, "\n%5s %-*s", "users", NAME_WIDTH, "strategy");
    for (int i = 0; i < COLUMNS; i++)
        weir_buf_printf(out, "%*s ", columns[i].width - 1, columns[i].name);
    trim(out);
    weir_buf_putc(out, '\n');
}

/* What did not come to a result, a line each strategy and users that lost something. */
static void print_drops(const struct cli_sim *sim, int from, int to, struct weir_buf *out) {
    static const char *const why[WEIR_OUTCOME_COUNT] = {
        [WEIR_OUTCOME_LATE] = "the deadline passed first",
        [WEIR_OUTCOME_OVERLOAD] = "given up by the strategy, or a queue was full",
        [WEIR_OUTCOME_UNREACHABLE] = "nothing could be reached, or no answer came",
    };
    bool seen[WEIR_OUTCOME_COUNT] = {false}, any = false;
    for (int i = from; i < to; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        const struct sim_measures *m = &row->measures;
        bool first = true;
        for (int o = 1; o < WEIR_OUTCOME_COUNT; o++) {
            if (!m->outcome[o] || weir_outcome_is_result((enum weir_outcome)o))
                continue;
            if (first)
                weir_buf_printf(out, "%s  %s, %d user%s: ", any ? "" : "\ndropped\n",
                                sim->strategy[row->strategy].label, row->users,
                                row->users == 1 ? "" : "s");
            weir_buf_printf(out, "%s%.2f%% %s", first ? "" : ", ",
                            100 * (double)m->outcome[o] /
                                (double)(m->frames - m->outcome[WEIR_OUTCOME_TRACK]),
                            weir_outcome_name((enum weir_outcome)o));
            seen[o] = true;
            first = false;
        }
        if (!first)
            weir_buf_putc(out, '\n');
        any = any || !first;
    }
    for (int o = 1; o < WEIR_OUTCOME_COUNT; o++)
        if (seen[o] && why[o])
            weir_buf_printf(out, "  (%s: %s)\n", weir_outcome_name((enum weir_outcome)o), why[o]);
}

/* What the tracker carried, and how old that was by then. */
static void print_carried(const struct cli_sim *sim, int from, int to, struct weir_buf *out) {
    bool any = false;
    for (int i = from; i < to; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        const struct sim_measures *m = &row->measures;
        if (!m->outcome[WEIR_OUTCOME_TRACK])
            continue;
        weir_buf_printf(out, "%s  %s, %d user%s: %.2f%% of all frames", any ? "" : "\ncarried\n",
                        sim->strategy[row->strategy].label, row->users, row->users == 1 ? "" : "s",
                        100 * (double)m->outcome[WEIR_OUTCOME_TRACK] / (double)m->frames);
        if (isnan(m->carried.mean))
            weir_buf_puts(out, ", nothing was ever detected\n");
        else
            weir_buf_printf(out, ", what was detected %.1f ms before, 95%% at most %.1f\n",
                            m->carried.mean, m->carried.p95);
        any = true;
    }
}

static void print_notes(const struct cli_sim *sim, int at, int from, int to, struct weir_buf *out) {
    bool any = false;
    print_carried(sim, from, to, out);
    print_drops(sim, from, to, out);
    for (int s = 0; s < sim->strategies; s++) {
        if (!sim->at[at].left_out[s])
            continue;
        weir_buf_printf(out, "%s  %s\n", any ? "" : "\nleft out\n", sim->at[at].left_out[s]);
        any = true;
    }
    for (int i = from; i < to; i++)
        if (sim->row[i].refused)
            weir_buf_printf(out,
                            "\n%s, %d users: %lld of its answers made no sense; those frames went "
                            "the fastest way that meets the floor\n",
                            sim->strategy[sim->row[i].strategy].label, sim->row[i].users,
                            (long long)sim->row[i].refused);
}

void cli_sim_print_text(const struct cli_sim *sim, struct weir_buf *out) {
    int at = 0;
    for (int i = 0; i < sim->cases; i++) {
        const int begin = at;
        if (i)
            weir_buf_putc(out, '\n');
        print_head(sim, &sim->at[i], out);
        while (at < sim->rows && sim->row[at].at == i) {
            int to = at;
            while (to < sim->rows && sim->row[to].at == i &&
                   sim->row[to].users == sim->row[at].users)
                to++;
            for (int r = at; r < to; r++)
                print_row(sim, r, at, to, out);
            print_yard(sim, &sim->row[at], out);
            at = to;
        }
        print_notes(sim, i, begin, at, out);
    }
    weir_buf_puts(out, "\n* the best with as many users, of what holds the floor in 99% of its "
                       "windows;\n  of latency, of what came to a result for 99% of its frames\n");
}
