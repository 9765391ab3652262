/*
 * Frames of a run, gathered: by when they were due, in times short enough to see what happens
 * and long enough for a page to hold; or sorted by how long they took.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/sim_report.h"

enum { BINS_MOST = 120, BINS_LEAST = 20, BINS_OF_A_PAGE = 20000, BIN_FRAMES = 5 };

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct sim_conf conf_of(const struct report *r, const struct cli_sim_row *row) {
    return sim_case_conf(&r->sim->at[row->at].ready, &row->cameras, 1);
}

static size_t frames_of(const struct sim_result *result) {
    size_t frames = 0;
    for (int i = 0; i < result->streams; i++)
        frames += (size_t)result->stream[i].frames;
    return frames;
}

/* ---- over time ------------------------------------------------------------------ */

/* 0.1, 0.2, 0.5, 1, … s: frames of some, and no more on a page than it can hold. */
static double bin_of(const struct report *r, const struct weir_scenario_case *of) {
    static const double times[] = {1, 2, 5};
    int most = BINS_OF_A_PAGE / (r->sim->rows > 0 ? r->sim->rows : 1);
    most = most > BINS_MOST ? BINS_MOST : most < BINS_LEAST ? BINS_LEAST : most;
    for (int i = 0;; i++) {
        const double bin_s = 0.1 * times[i % 3] * pow(10, i / 3);
        if (of->seconds / bin_s <= most && bin_s * of->rate_fps / of->skip >= BIN_FRAMES)
            return bin_s;
    }
}

int report_widths(const struct sim_case *ready, int **ret, int *ret_len) {
    int *width = calloc((size_t)ready->settings + 1, sizeof *width), len = 0;
    if (!width)
        return WEIR_ENOMEM;
    for (int i = 0; i < ready->settings; i++) {
        int at = 0;
        while (at < len && width[at] < ready->setting[i].width)
            at++;
        if (at < len && width[at] == ready->setting[i].width)
            continue;
        for (int k = len++; k > at; k--)
            width[k] = width[k - 1];
        width[at] = ready->setting[i].width;
    }
    *ret = width;
    *ret_len = len;
    return 0;
}

struct late {
    double ms;
    int bin;
};

static int by_bin(const void *a, const void *b) {
    const struct late *x = a, *y = b;
    return x->bin != y->bin ? x->bin - y->bin : (x->ms > y->ms) - (x->ms < y->ms);
}

/* Mean and 95th percentile of each bin's latencies. */
static void spread(struct report_series *s, struct late *late, size_t len) {
    qsort(late, len, sizeof *late, by_bin);
    for (size_t i = 0, to; i < len; i = to) {
        double sum = 0;
        for (to = i; to < len && late[to].bin == late[i].bin; to++)
            sum += late[to].ms;
        const size_t rank = (size_t)ceil(0.95 * (double)(to - i));
        s->mean[late[i].bin] = sum / (double)(to - i);
        s->high[late[i].bin] = late[i + rank - 1].ms;
    }
}

static int bin_at(const struct report_series *s, int64_t due_ns) {
    const int bin = (int)((double)due_ns / 1e9 / s->bin_s);
    return bin < s->bins ? bin : s->bins - 1;
}

static void count(struct report_series *s, const struct sim_case *ready, const int *width,
                  const struct sim_frame *f, int bin, double share) {
    if (f->outcome != WEIR_OUTCOME_DETECT || f->setting < 0)
        return;
    const struct weir_setting *setting = &ready->setting[f->setting];
    s->node[setting->node * s->bins + bin] += share;
    for (int i = 0; i < s->widths; i++)
        if (width[i] == setting->width)
            s->width[i * s->bins + bin] += share;
}

static void gather(struct report_series *s, const struct sim_case *ready,
                   const struct sim_conf *conf, const struct sim_result *result, const int *width,
                   double *due, double *sought, double *ages, struct late *late) {
    size_t len = 0;
    for (int i = 0; i < result->streams; i++)
        for (int64_t k = 0; k < result->stream[i].frames; k++) {
            const struct sim_frame *f = &result->stream[i].frame[k];
            due[bin_at(s, f->due_ns)]++;
            sought[bin_at(s, f->due_ns)] += f->outcome != WEIR_OUTCOME_TRACK;
        }
    for (int i = 0; i < result->streams; i++) {
        const struct sim_stream_result *of = &result->stream[i];
        sim_ages_ms(conf, result, i, ages);
        for (int64_t k = 0; k < of->frames; k++) {
            const struct sim_frame *f = &of->frame[k];
            const int bin = bin_at(s, f->due_ns);
            s->age[bin] = (isnan(s->age[bin]) ? 0 : s->age[bin]) + ages[k] / due[bin];
            count(s, ready, width, f, bin, 1 / sought[bin]);
            if (f->outcome == WEIR_OUTCOME_DETECT)
                late[len++] = (struct late){(double)(f->delivered_ns - f->due_ns) / 1e6, bin};
        }
    }
    spread(s, late, len);
}

int report_series_of(const struct report *r, const struct cli_sim_row *row, const int *width,
                     int widths, struct report_series *ret) {
    const struct sim_case *ready = &r->sim->at[row->at].ready;
    const struct sim_conf conf = conf_of(r, row);
    const size_t frames = frames_of(&row->first) + 1;
    struct report_series s = {.bin_s = bin_of(r, ready->of),
                              .seconds = ready->of->seconds,
                              .nodes = (int)ready->site.node_len,
                              .widths = widths};
    s.bins = (int)ceil(s.seconds / s.bin_s - 1e-9);
    const size_t bins = (size_t)s.bins;
    double *due = calloc(bins, sizeof *due), *sought = calloc(bins, sizeof *sought),
           *ages = calloc(frames, sizeof *ages);
    struct late *late = calloc(frames, sizeof *late);
    s.mean = calloc(bins, sizeof *s.mean);
    s.high = calloc(bins, sizeof *s.high);
    s.age = calloc(bins, sizeof *s.age);
    s.node = calloc(bins * (size_t)s.nodes, sizeof *s.node);
    s.width = calloc(bins * (size_t)widths + 1, sizeof *s.width);
    const bool enough =
        due && sought && ages && late && s.mean && s.high && s.age && s.node && s.width;
    if (enough) {
        for (size_t i = 0; i < bins; i++)
            s.mean[i] = s.high[i] = s.age[i] = NAN;
        gather(&s, ready, &conf, &row->first, width, due, sought, ages, late);
        *ret = s;
    } else {
        report_series_done(&s);
    }
    free(due);
    free(sought);
    free(ages);
    free(late);
    return enough ? 0 : WEIR_ENOMEM;
}

void report_series_done(struct report_series *series) {
    free(series->mean);
    free(series->high);
    free(series->age);
    free(series->node);
    free(series->width);
    *series = (struct report_series){0};
}

/* ---- windows ------------------------------------------------------------------------- */

/* Those of a row come seed by seed, and in each stream by stream. */
size_t report_windows(const struct cli_sim_row *row) {
    const struct cli_sim_beliefs *b = &row->beliefs;
    const size_t all = (size_t)b->windows * (size_t)row->first.streams;
    return b->windows > 0 && row->accuracy.windows >= all ? (size_t)b->windows : 0;
}

const struct sim_window *report_window(const struct cli_sim_row *row, int stream, size_t i) {
    return &row->accuracy.window[(size_t)stream * (size_t)row->beliefs.windows + i];
}

double report_relative(const struct sim_counts *own, const struct sim_counts *reference) {
    const double best = sim_f1(reference);
    return best > 0 ? sim_f1(own) / best : NAN;
}

struct report_judged report_judge(const struct cli_sim_row *row, size_t i) {
    const struct cli_sim_beliefs *b = &row->beliefs;
    struct sim_counts own = {0}, reference = {0};
    double audited = 0;
    int audits = 0;
    for (int s = 0; s < row->first.streams; s++) {
        const struct sim_window *w = report_window(row, s, i);
        const double audit = b->audited[i * (size_t)b->streams + (size_t)s];
        sim_counts_add(&own, &w->own);
        sim_counts_add(&reference, &w->reference);
        audited += isnan(audit) ? 0 : audit;
        audits += !isnan(audit);
    }
    return (struct report_judged){
        .truth = report_relative(&own, &reference),
        .predicted = b->frames[i] ? b->predicted[i] / (double)b->frames[i] : NAN,
        .audited = audits ? audited / audits : NAN,
    };
}

/* ---- sorted ------------------------------------------------------------------------- */

int report_samples_of(const struct report *r, const struct cli_sim_row *row,
                      struct report_samples *ret) {
    const struct sim_conf conf = conf_of(r, row);
    const int64_t warm_ns = llround(r->sim->at[row->at].ready.of->warm_up_s * 1e9);
    const size_t frames = frames_of(&row->first) + 1;
    struct report_samples s = {.latency = calloc(frames, sizeof *s.latency),
                               .age = calloc(frames, sizeof *s.age)};
    double *ages = calloc(frames, sizeof *ages);
    const bool enough = s.latency && s.age && ages;
    for (int i = 0; enough && i < row->first.streams; i++) {
        const struct sim_stream_result *of = &row->first.stream[i];
        sim_ages_ms(&conf, &row->first, i, ages);
        for (int64_t k = 0; k < of->frames; k++) {
            const struct sim_frame *f = &of->frame[k];
            if (f->due_ns < warm_ns)
                continue;
            s.age[s.due++] = ages[k];
            s.sought += f->outcome != WEIR_OUTCOME_TRACK;
            if (f->outcome == WEIR_OUTCOME_DETECT)
                s.latency[s.results++] = (double)(f->delivered_ns - f->due_ns) / 1e6;
        }
    }
    free(ages);
    if (!enough) {
        report_samples_done(&s);
        return WEIR_ENOMEM;
    }
    qsort(s.latency, s.results, sizeof *s.latency, by_value);
    qsort(s.age, s.due, sizeof *s.age, by_value);
    *ret = s;
    return 0;
}

void report_samples_done(struct report_samples *samples) {
    free(samples->latency);
    free(samples->age);
    *samples = (struct report_samples){0};
}
