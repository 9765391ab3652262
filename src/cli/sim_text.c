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
    F1,
    HELD,
    MBIT,
    BY,
    VS_CLOUD,
    VS_STATIC,
    HINDSIGHT,
    BOUND,
    COLUMNS,
    NAME_WIDTH = 12
};

/* What a number is of, and so how it is shown. */
enum kind { MS, PERCENT, ALL_OR_LESS, SHARE, RATE, CHANGE, TIMES, WORD };

static const struct {
    const char *above; /* over so many columns; NULL: over none */
    int over;
    const char *name;
    enum kind kind;
    int width; /* a place for the mark included */
    int better; /* 1: more is, -1: less is, 0: neither */
} columns[COLUMNS] = {
    [MEAN] = {"latency ms", 2, "mean", MS, 6, -1},
    [P95] = {NULL, 0, "p95", MS, 7, -1},
    [AGE] = {"age ms", 1, "mean", MS, 7, -1},
    [ON_TIME] = {"on", 1, "time %", PERCENT, 7, 1},
    [ACCURACY] = {"accuracy", 2, "rel.", SHARE, 7, 1},
    [F1] = {NULL, 0, "F1", SHARE, 7, 0},
    [HELD] = {"floor", 1, "held %", ALL_OR_LESS, 7, 0},
    [MBIT] = {"uplink", 1, "Mbit/s", RATE, 7, -1},
    [BY] = {"", 1, "by", WORD, 5, 0},
    [VS_CLOUD] = {"% faster than", 2, "cloud", CHANGE, 7, 1},
    [VS_STATIC] = {NULL, 0, "static", CHANGE, 7, 1},
    [HINDSIGHT] = {"times the", 2, "hind.", TIMES, 6, -1},
    [BOUND] = {NULL, 0, "bound", TIMES, 6, -1},
};

struct cells {
    double value[COLUMNS];
    const char *by;
    bool delivered; /* enough for its latency to be compared */
    bool held; /* the floor, in nearly all windows: fast and wrong is no match */
};

static struct cells cells_of(const struct cli_sim *sim, const struct cli_sim_row *row) {
    const struct sim_measures *m = &row->measures;
    const struct sim_accuracy *a = &row->accuracy;
    const struct cli_sim_worth w = cli_sim_worth(sim, row);
    const bool compared = !isnan(w.vs_cloud_only) || !isnan(w.times_hindsight);
    return (struct cells){
        .value = {[MEAN] = m->latency.mean,
                  [P95] = m->latency.p95,
                  [AGE] = m->age.mean,
                  [ON_TIME] = 100 * m->on_time,
                  [ACCURACY] = a->relative,
                  [F1] = a->f1,
                  [HELD] = a->judged ? 100 * (double)a->held / (double)a->judged : NAN,
                  [MBIT] = m->uplink_mbit_per_s,
                  [VS_CLOUD] = 100 * w.vs_cloud_only,
                  [VS_STATIC] = 100 * w.vs_best_static,
                  [HINDSIGHT] = w.times_hindsight,
                  [BOUND] = w.times_bound},
        .by = !compared  ? "-"
              : w.by_age ? "age"
                         : "lat",
        .delivered = cli_sim_delivered(m) >= 0.99,
        .held = (double)a->held >= 0.99 * (double)a->judged,
    };
}

/* In five characters, above 10 s in seconds: "57.7", "4099", "12.5s". */
static void show_ms(char *text, size_t size, double ms) {
    if (ms < 9999.5)
        snprintf(text, size, "%.*f", ms < 999.95 ? 1 : 0, ms);
    else
        snprintf(text, size, "%.*fs", ms < 99950 ? 1 : 0, ms / 1000);
}

/* Likewise of what may be very large; from 10000 on in thousands: "+12k". */
static void show_large(char *text, size_t size, enum kind kind, double value) {
    const double much = fabs(value);
    const int after = much >= 99.95 ? 0 : kind == TIMES && much < 9.995 ? 2 : 1;
    const bool thousands = much >= 9999.5;
    if (much < 0.5 * pow(10, -after)) /* no -0.0 */
        value = 0;
    snprintf(text, size, kind == CHANGE ? "%+.*f%s" : "%.*f%s", after,
             thousands ? value / 1000 : value, thousands ? "k" : "");
}

/* As it is shown: what looks the same is as good. */
static void show(char *text, size_t size, int column, double value) {
    const enum kind kind = columns[column].kind;
    if (isnan(value))
        snprintf(text, size, "-");
    else if (kind == MS)
        show_ms(text, size, value);
    else if (kind == TIMES || kind == CHANGE)
        show_large(text, size, kind, value);
    else if (kind == ALL_OR_LESS) /* nearly all is not all */
        snprintf(text, size, "%.*f", value < 100, floor(10 * value) / 10);
    else
        snprintf(text, size, "%.*f", kind == SHARE ? 3 : value >= 999.95 ? 0 : 1, value);
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
        weir_buf_printf(out, "%d user%s\n", row->users, row->users == 1 ? "" : "s");
    weir_buf_printf(out, "  %-*s", NAME_WIDTH, label);
    if (strlen(label) >= NAME_WIDTH)
        weir_buf_printf(out, "\n%*s", 2 + NAME_WIDTH, "");
    for (int c = 0; c < COLUMNS; c++) {
        bool mark = false;
        if (columns[c].kind == WORD) {
            snprintf(text, sizeof text, "%s", cells.by);
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
    char each[64], all[64], alone[64];
    if (sim->hindsight_seeds < 1 || row->users > sim->hindsight_users)
        return;
    show(each, sizeof each, MEAN, y->hindsight_latency);
    show(all, sizeof all, MEAN, y->static_latency);
    show(alone, sizeof alone, MEAN, y->bound);
    weir_buf_printf(out,
                    "  %-*s%*s  in hindsight, each at its best setting; all at one %s; alone %s\n",
                    NAME_WIDTH, "could be", columns[MEAN].width - 1, each, all, alone);
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
    weir_buf_printf(out, "deadline %g ms, floor %g in windows of %g s, clips ", of->deadline_ms,
                    of->min_accuracy, of->window_s);
    print_list(&of->clips, out);
    weir_buf_printf(out, "\n%d seed%s of %g s, the first %g s of each do not count\n", of->seeds,
                    of->seeds == 1 ? "" : "s", of->seconds, of->warm_up_s);
    if (c->best_effort)
        weir_buf_puts(out, "best effort: what is promised cannot be kept by any strategy\n");
    weir_buf_printf(out, "\n%*s", 2 + NAME_WIDTH, "");
    for (int i = 0; i < COLUMNS; i += columns[i].over) {
        int width = 0;
        for (int k = i; k < i + columns[i].over; k++)
            width += columns[k].width;
        weir_buf_printf(out, "%*s ", width - 1, columns[i].above);
    }
    trim(out);
    weir_buf_printf(out, "\n%-*s", 2 + NAME_WIDTH, "strategy");
    for (int i = 0; i < COLUMNS; i++)
        weir_buf_printf(out, "%*s ", columns[i].width - 1, columns[i].name);
    trim(out);
    weir_buf_putc(out, '\n');
}

/* "weir, 4 users" */
static void put_who(const struct cli_sim *sim, const struct cli_sim_row *row,
                    struct weir_buf *out) {
    weir_buf_printf(out, "%s, %d user%s", sim->strategy[row->strategy].label, row->users,
                    row->users == 1 ? "" : "s");
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
            if (first) {
                weir_buf_printf(out, "%s  ", any ? "" : "\ndropped\n");
                put_who(sim, row, out);
                weir_buf_puts(out, ": ");
            }
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
        weir_buf_printf(out, "%s  ", any ? "" : "\ncarried\n");
        put_who(sim, row, out);
        weir_buf_printf(out, ": %.2f%% of all frames",
                        100 * (double)m->outcome[WEIR_OUTCOME_TRACK] / (double)m->frames);
        if (isnan(m->carried.mean))
            weir_buf_puts(out, ", nothing was ever detected\n");
        else
            weir_buf_printf(out, ", what was detected %.1f ms before, 95%% at most %.1f\n",
                            m->carried.mean, m->carried.p95);
        any = true;
    }
}

/* What was delivered although its agent believed it to be below the floor: nothing else could be
 * had in time. */
static void print_below(const struct cli_sim *sim, int from, int to, struct weir_buf *out) {
    bool any = false;
    for (int i = from; i < to; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        const struct sim_measures *m = &row->measures;
        if (!m->below_floor)
            continue;
        weir_buf_printf(out, "%s  ",
                        any ? "" : "\nbelow the floor by its own estimate, and marked so\n");
        put_who(sim, row, out);
        weir_buf_printf(
            out, ": %.2f%% of its results\n",
            100 * (double)m->below_floor /
                (double)(m->outcome[WEIR_OUTCOME_DETECT] + m->outcome[WEIR_OUTCOME_TRACK]));
        any = true;
    }
}

static void print_notes(const struct cli_sim *sim, int at, int from, int to, struct weir_buf *out) {
    bool any = false;
    print_carried(sim, from, to, out);
    print_drops(sim, from, to, out);
    print_below(sim, from, to, out);
    for (int s = 0; s < sim->strategies; s++) {
        if (!sim->at[at].left_out[s])
            continue;
        weir_buf_printf(out, "%s  %s\n", any ? "" : "\nleft out\n", sim->at[at].left_out[s]);
        any = true;
    }
    for (int i = from; i < to; i++) {
        if (!sim->row[i].refused)
            continue;
        weir_buf_putc(out, '\n');
        put_who(sim, &sim->row[i], out);
        weir_buf_printf(out,
                        ": %lld of its answers made no sense; those frames went the fastest way "
                        "that meets the floor\n",
                        (long long)sim->row[i].refused);
    }
}

static void print_key(struct weir_buf *out) {
    weir_buf_puts(
        out, "\naccuracy: F1 over that of the reference (rel.), and F1 itself\n"
             "floor held: in so many of the windows\n"
             "by: what is compared: latency (lat), or age where this strategy or cloud-only\n"
             "  dropped more than 1% of its frames; with cloud-only, with the best single setting\n"
             "  for all cameras (static), with the best for each, found in hindsight, with what a\n"
             "  frame takes alone (bound)\n"
             "*: the best with as many users, of what holds the floor in 99% of its windows;\n"
             "  of latency, of what came to a result for 99% of its frames\n");
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
    print_key(out);
}
