#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "figures.h"

/* More than that many: in some windows there is too little to see. */
#define WINDOWS_TRIED (1.1 * FIGURES_WINDOWS)

static int seeds_for(const struct weir_scenario *of, const struct weir_scenario_case *c) {
    int users = 0;
    for (int i = 0; i < of->user_counts; i++)
        users += of->users[i];
    const double windows = users * floor((c->seconds - c->warm_up_s) / c->window_s + 1e-9);
    return (int)ceil(WINDOWS_TRIED / windows);
}

void figures_open(struct figures_scenario *s, const char *name, int from, int to,
                  const char *strategies, int seeds) {
    struct weir_error err = {0};
    const char *root = getenv("WEIR_SOURCE_ROOT");
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    char path[4096];
    int which[WEIR_SCENARIO_MAX_CASES], cases = 0;
    *s = (struct figures_scenario){0};
    struct cli_sim *sim = &s->sim;
    snprintf(path, sizeof path, "%s/bench/%s.yaml", root ? root : ".", name);
    bench_require(weir_scenario_load(path, &s->of, &err) == 0, err.text);
    for (int i = from; i < (to ? to : s->of.case_count); i++) {
        s->of.cases[i].seeds = seeds ? seeds : seeds_for(&s->of, &s->of.cases[i]);
        which[cases++] = i;
    }
    sim->scenario = &s->of;
    sim->threads = cores < 1 ? 1 : (int)cores;
    sim->quiet = true;
    sim->best_effort = true; /* an overload is meant */
    sim->users = calloc((size_t)s->of.user_counts, sizeof *sim->users);
    bench_require(sim->users, "out of memory");
    for (int i = 0; i < s->of.user_counts; i++)
        sim->users[sim->user_counts++] = s->of.users[i];
    bench_require(cli_sim_add_strategies(sim, strategies, &err) == 0 &&
                      cli_sim_open(sim, which, cases, &err) == 0,
                  err.text);
}

void figures_close(struct figures_scenario *s) {
    cli_sim_done(&s->sim);
    weir_scenario_done(&s->of);
}

void figures_begin(struct figures_line *line, const char *figure, double measured,
                   enum figures_sense sense, double wanted, bool also) {
    const bool most = sense == FIGURES_AT_MOST;
    *line = (struct figures_line){0};
    weir_json_init(&line->json, &line->text);
    weir_json_object(&line->json);
    weir_json_key_str(&line->json, "bench", "figures");
    weir_json_key_str(&line->json, "figure", figure);
    weir_json_key_num(&line->json, "measured", measured, 4);
    weir_json_key_num(&line->json, most ? "at_most" : "at_least", wanted, 4);
    weir_json_key_bool(&line->json, "reached",
                       also && (most ? measured <= wanted : measured >= wanted));
}

void figures_end(struct figures_line *line) {
    weir_json_end_object(&line->json);
    bench_require(!line->text.failed, "out of memory");
    printf("%s\n", weir_buf_str(&line->text));
    fflush(stdout);
    weir_buf_done(&line->text);
}

void figures_say_windows(struct figures_line *line, int64_t held, int64_t judged) {
    const struct weir_interval interval = weir_interval_exact(held, judged, 0.95);
    weir_json_key_int(&line->json, "windows_held", held);
    weir_json_key_int(&line->json, "windows", judged);
    weir_json_key_num(&line->json, "low", interval.low, 4);
    weir_json_key_num(&line->json, "high", interval.high, 4);
}
