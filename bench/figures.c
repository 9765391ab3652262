/*
 *   bench_figures [PART...]      paper, others, overload, back, speed (default: all)
 *
 * Asserted: runs succeed, and what is compared can be. What is wanted and not reached is told,
 * and fails nothing, as long as there is something to tell. Figures are of virtual time, the same
 * to the digit on any machine; only those of speed are of this one.
 */
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { HINDSIGHT_SEEDS = 3, OVERLOAD_SEEDS = 8, BACK_SEEDS = 20 };

static void run(struct cli_sim *sim) {
    struct weir_error err = {0};
    bench_require(cli_sim_run(sim, &err) == 0, err.text);
}

/* The scenario itself is searched in hindsight, its variants are not: that takes longest. */
static void paper(struct figures_cells *cells) {
    for (int variants = 0; variants < 2; variants++) {
        struct figures_scenario s;
        figures_open(&s, "paper", variants, variants ? 0 : 1, NULL, 0);
        if (!variants) {
            s.sim.hindsight_seeds = HINDSIGHT_SEEDS;
            s.sim.hindsight_users = WEIR_SCENARIO_MAX_USERS;
        }
        run(&s.sim);
        if (!variants)
            figures_tell_paper(&s.sim);
        figures_tell_floor(&s.sim);
        figures_add_cells(cells, &s.sim);
        figures_close(&s);
    }
}

/* What is left between decisions and the best in hindsight, where nobody has to guess. */
static void all_knowing(void) {
    struct figures_scenario s;
    figures_open(&s, "paper", 0, 1, "weir", HINDSIGHT_SEEDS);
    s.sim.hindsight_seeds = HINDSIGHT_SEEDS;
    s.sim.hindsight_users = WEIR_SCENARIO_MAX_USERS;
    s.sim.all_knowing = true;
    run(&s.sim);
    figures_tell_all_knowing(&s.sim);
    figures_close(&s);
}

/* Traces that are not the project's own; sites look for them where the benchmarks do. */
static bool has_recorded_traces(void) {
    static const char *const names[] = {"traces/ATT-LTE-driving-2016.up",
                                        "traces/TMobile-LTE-short.up",
                                        "traces/Verizon-LTE-short.up"};
    setenv("WEIR_DATA", "../shared/data", 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!bench_data("figures lte-recorded", names[i]))
            return false;
    return true;
}

static void others(struct figures_cells *cells) {
    static const char *const names[] = {"lte", "lte-recorded", "night", "crowd", "fault", "city"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct figures_scenario s;
        if (!strcmp(names[i], "lte-recorded") && !has_recorded_traces())
            continue;
        figures_open(&s, names[i], 0, 0, NULL, 0);
        run(&s.sim);
        figures_tell_floor(&s.sim);
        figures_add_cells(cells, &s.sim);
        figures_close(&s);
    }
}

static void overload(void) {
    struct figures_scenario s;
    figures_open(&s, "overload", 0, 1, "weir", OVERLOAD_SEEDS);
    figures_tell_overload(&s.sim);
    figures_close(&s);
}

static void back(void) {
    struct figures_scenario s;
    figures_open(&s, "step", 0, 1, "weir", BACK_SEEDS);
    figures_tell_back(&s.sim, "step_back_on_time_s", false);
    figures_close(&s);
    figures_open(&s, "fault", 0, 1, "weir", BACK_SEEDS);
    figures_tell_back(&s.sim, "node_lost_back_on_time_s", true);
    figures_close(&s);
}

/* The first seed with the most users, judged too, in this thread. */
static void speed(const char *name) {
    struct figures_scenario s;
    struct figures_line line;
    struct weir_error err = {0};
    struct sim_cameras cameras;
    struct sim_result result = {0};
    struct sim_accuracy accuracy = {0};
    double frames = 0;
    figures_open(&s, name, 0, 1, "weir", 1);
    const int users = s.sim.users[s.sim.user_counts - 1];
    const double began = bench_ms(CLOCK_THREAD_CPUTIME_ID);
    bench_require(cli_sim_one(&s.sim, 0, users, 0, 1, NULL, NULL, &cameras, &result, &err) == 0 &&
                      cli_sim_judge(&s.sim, 0, &cameras, 1, &result, &accuracy, &err) == 0,
                  err.text);
    const double minutes = (bench_ms(CLOCK_THREAD_CPUTIME_ID) - began) / 60e3;
    for (int i = 0; i < result.streams; i++)
        frames += (double)result.stream[i].frames;
    figures_begin(&line, "speed_of_a_million_frames_a_minute", frames / minutes / 1e6,
                  FIGURES_AT_LEAST, 1, true);
    weir_json_key_str(&line.json, "scenario", name);
    weir_json_key_int(&line.json, "users", users);
    weir_json_key_num(&line.json, "frames", frames, 0);
    figures_end(&line);
    sim_accuracy_done(&accuracy);
    sim_result_done(&result);
    sim_cameras_done(&cameras);
    figures_close(&s);
}

static bool asked(int argc, char **argv, const char *part) {
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], part))
            return true;
    return argc == 1;
}

int main(int argc, char **argv) {
    static char models[4096];
    const char *root = getenv("WEIR_SOURCE_ROOT");
    struct figures_cells cells = {0};
    snprintf(models, sizeof models, "%s/models", root ? root : ".");
    setenv("WEIR_MODELS", models, 1);
    if (asked(argc, argv, "paper")) {
        paper(&cells);
        all_knowing();
    }
    if (asked(argc, argv, "others"))
        others(&cells);
    if (cells.cells)
        figures_tell_cells(&cells);
    if (asked(argc, argv, "overload"))
        overload();
    if (asked(argc, argv, "back"))
        back();
    if (asked(argc, argv, "speed")) {
        speed("paper");
        speed("city");
    }
    return 0;
}
