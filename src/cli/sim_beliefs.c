/*
 * What a strategy took its accuracy for. It is told while the run goes on, since what an estimator
 * believed is nowhere kept: of each frame the offer that was taken, and what the audits of its
 * stream had said by then.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/sim_run.h"

static void chose(struct sim_observer *observer, const struct weir_frame_view *view, int choice) {
    struct cli_sim_beliefs *b = (struct cli_sim_beliefs *)observer;
    if (view->capture_ns < b->warm_ns)
        return;
    const int64_t i = (view->capture_ns - b->warm_ns) / b->window_ns;
    if (i >= b->windows)
        return;
    b->audited[i * b->streams + view->stream] = sim_recorded_audit(b->recorded, view->stream);
    if (choice == WEIR_DROP)
        return;
    b->predicted[i] += view->offer[choice].accuracy;
    b->frames[i]++;
}

int cli_sim_beliefs_init(struct cli_sim_beliefs *beliefs, const struct sim_conf *conf,
                         const struct weir_scenario_case *of, const struct sim_recorded *recorded,
                         struct sim_observer **ret_observer, struct weir_error *err) {
    const double left_s = conf->seconds - of->warm_up_s;
    struct cli_sim_beliefs b = {
        .observer = {.chose = chose},
        .recorded = recorded,
        .warm_ns = llround(of->warm_up_s * 1e9),
        .window_ns = llround(of->window_s * 1e9),
        .windows = left_s > 0 ? (int)floor(left_s / of->window_s + 1e-9) : 0,
        .streams = conf->streams,
    };
    const size_t windows = (size_t)b.windows + 1;
    b.predicted = calloc(windows, sizeof *b.predicted);
    b.frames = calloc(windows, sizeof *b.frames);
    b.audited = calloc(windows * (size_t)b.streams, sizeof *b.audited);
    if (!b.predicted || !b.frames || !b.audited) {
        cli_sim_beliefs_done(&b);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < windows * (size_t)b.streams; i++)
        b.audited[i] = NAN;
    *beliefs = b;
    *ret_observer = &beliefs->observer;
    return 0;
}

void cli_sim_beliefs_done(struct cli_sim_beliefs *beliefs) {
    free(beliefs->predicted);
    free(beliefs->frames);
    free(beliefs->audited);
    *beliefs = (struct cli_sim_beliefs){0};
}
