/*
 * The runs of a simulation. Seeds, strategies and yardsticks know nothing of each other:
 * threads take one after the other of a list that is made before, and whoever ends the last
 * of a row pools it, its seeds in their order. So what comes out does not depend on how many
 * threads there are, or which was faster; nor does which error is told: the first of the list.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "cli/sim_run.h"

enum { BAR_CELLS = 24 };

/* ---- what is to be done ------------------------------------------------------------ */

/* A run of a row with one seed, or, where row is -1, the search for yardsticks. */
struct unit {
    int row, at, users, yard;
    int seed; /* from 1 */
};

struct seed_run {
    struct sim_cameras cameras;
    struct sim_result result;
    struct sim_accuracy accuracy;
};

struct pool {
    struct cli_sim_watch watch; /* the first: handlers get this */
    struct cli_sim *sim;
    struct unit *unit;
    int units;
    double work; /* of all of them */
    struct seed_run **run; /* [rows][seeds]; a row's go once they are pooled */
    int *left; /* [rows]: seeds that are not done */
    struct cli_sim_yard *found; /* [units]: of searches */
    /* under the lock */
    pthread_mutex_t lock;
    int next, done;
    double work_done;
    const struct unit *real; /* the one that is made for real now */
    int failed_unit; /* of the first that failed; units: none */
    struct weir_error failure;
    struct cli_progress progress;
    struct weir_clock *clock;
    int64_t began_ns;
};

static int seeds_of(const struct cli_sim *sim, int at) {
    return sim->at[at].ready.of->seeds;
}

static int hindsight_seeds(const struct cli_sim *sim, int at) {
    const int seeds = seeds_of(sim, at);
    return sim->hindsight_seeds < seeds ? sim->hindsight_seeds : seeds;
}

/* About what a unit takes, in runs of one user; that of a search was measured. Beside a real run,
 * which takes as long as its clock says, they are next to nothing. Only what is shown of how far
 * things are depends on it. */
static double work_of(const struct cli_sim *sim, const struct unit *u) {
    const double users = u->users, run_s = 0.02;
    const double virtual = u->row < 0 ? 0.7 * users * users * users : users;
    if (!sim->reality)
        return virtual;
    if (u->row < 0)
        return run_s * virtual;
    return sim->row[u->row].dilation * (sim->at[u->at].ready.of->seconds + CLI_SIM_TAIL_S);
}

static int make_units(struct pool *p) {
    struct cli_sim *sim = p->sim;
    size_t most = 1;
    for (int i = 0; i < sim->rows; i++)
        most += (size_t)seeds_of(sim, sim->row[i].at);
    for (int i = 0; i < sim->cases; i++)
        most += (size_t)sim->user_counts * (size_t)hindsight_seeds(sim, i);
    p->unit = calloc(most, sizeof *p->unit);
    p->found = calloc(most, sizeof *p->found);
    p->run = calloc((size_t)sim->rows + 1, sizeof *p->run);
    p->left = calloc((size_t)sim->rows + 1, sizeof *p->left);
    if (!p->unit || !p->found || !p->run || !p->left)
        return WEIR_ENOMEM;
    /* searches take longest: they go first, so that none is left at the end */
    for (int i = 0; i < sim->cases; i++)
        for (int u = 0; u < sim->user_counts; u++)
            for (int seed = 1;
                 seed <= hindsight_seeds(sim, i) && sim->users[u] <= sim->hindsight_users; seed++)
                p->unit[p->units++] =
                    (struct unit){-1, i, sim->users[u], i * sim->user_counts + u, seed};
    for (int i = 0; i < sim->rows; i++) {
        const struct cli_sim_row *row = &sim->row[i];
        p->left[i] = seeds_of(sim, row->at);
        for (int seed = 1; seed <= p->left[i]; seed++)
            p->unit[p->units++] = (struct unit){i, row->at, row->users, -1, seed};
        p->run[i] = calloc((size_t)p->left[i], sizeof *p->run[i]);
        if (!p->run[i])
            return WEIR_ENOMEM;
    }
    for (int i = 0; i < p->units; i++)
        p->work += work_of(sim, &p->unit[i]);
    p->failed_unit = p->units;
    return 0;
}

/* ---- doing it ----------------------------------------------------------------------- */

static int run_seed(struct pool *p, const struct unit *u, struct weir_error *err) {
    struct cli_sim_row *row = &p->sim->row[u->row];
    struct seed_run *run = &p->run[u->row][u->seed - 1];
    struct cli_sim_beliefs *beliefs = u->seed == 1 && p->sim->beliefs ? &row->beliefs : NULL;
    return cli_sim_one_judged(p->sim, u->at, u->users, row->strategy, (uint64_t)u->seed, beliefs,
                              &run->cameras, &run->result, &run->accuracy, err);
}

static void seed_run_done(struct seed_run *run) {
    sim_cameras_done(&run->cameras);
    sim_result_done(&run->result);
    sim_accuracy_done(&run->accuracy);
}

/* All seeds of a row, in their order; the first one's run is kept. */
static int pool_row(struct pool *p, int index, struct weir_error *err) {
    struct cli_sim_row *row = &p->sim->row[index];
    const struct sim_case *ready = &p->sim->at[row->at].ready;
    const int seeds = seeds_of(p->sim, row->at);
    const size_t nodes = ready->site.node_len;
    struct sim_tally tally = {0};
    int rc = 0;
    row->busy_s = calloc(nodes, sizeof *row->busy_s);
    if (!row->busy_s)
        rc = WEIR_ENOMEM;
    for (int i = 0; !rc && i < seeds; i++) {
        struct seed_run *run = &p->run[index][i];
        const struct sim_conf conf = sim_case_conf(ready, &run->cameras, (uint64_t)i + 1);
        rc = sim_tally_add(&tally, &conf, &run->result, ready->of->warm_up_s);
        if (!rc)
            rc = sim_accuracy_join(&row->accuracy, &run->accuracy);
        for (size_t n = 0; n < nodes; n++)
            row->busy_s[n] += (double)run->result.busy_ns[n] / 1e9 / seeds;
        row->refused += run->result.refused;
        row->late += run->result.late;
        for (int k = 0; k < run->result.streams; k++)
            for (int64_t f = 0; f < run->result.stream[k].frames; f++)
                row->worked += run->result.stream[k].frame[f].setting >= 0;
        if (i + 1 == hindsight_seeds(p->sim, row->at))
            sim_tally_measures(&tally, &row->early);
        if (i)
            seed_run_done(run);
    }
    if (rc) {
        sim_tally_done(&tally);
        return weir_fail(err, rc, "out of memory");
    }
    sim_tally_measures(&tally, &row->measures);
    sim_tally_done(&tally);
    row->cameras = p->run[index][0].cameras;
    row->first = p->run[index][0].result;
    free(p->run[index]);
    p->run[index] = NULL;
    return 0;
}

/* ---- threads --------------------------------------------------------------------------- */

/* The unit that was begun last; others may be under way beside it. */
static void print_unit(const struct pool *p, const struct unit *u, struct weir_buf *out) {
    if (p->sim->cases > 1)
        weir_buf_printf(out, "%s, ", sim_case_name(&p->sim->at[u->at].ready));
    weir_buf_printf(out, "%s, %d user%s, seed %d",
                    u->row < 0 ? "hindsight" : p->sim->strategy[p->sim->row[u->row].strategy].label,
                    u->users, u->users == 1 ? "" : "s", u->seed);
}

/* part: of begun, so much is done. On a terminal only: elsewhere it would be in somebody's log. */
static void show(struct pool *p, const struct unit *begun, double part) {
    const int64_t now = weir_clock_now(p->clock);
    const double elapsed_s = (double)(now - p->began_ns) / 1e9;
    if (p->sim->quiet || !p->progress.terminal ||
        (p->progress.drawn && !cli_progress_due(&p->progress, now)))
        return;
    struct weir_buf line = {0};
    const double share = (p->work_done + part * work_of(p->sim, begun)) / p->work;
    cli_progress_bar(&line, share, BAR_CELLS);
    weir_buf_printf(&line, " %3.0f%%  ", 100 * share);
    if (share > 0) {
        weir_buf_puts(&line, "ETA ");
        cli_print_duration(&line, elapsed_s / share * (1 - share));
        weir_buf_puts(&line, "  ");
    }
    weir_buf_printf(&line, "%d of %d runs; now ", p->done, p->units);
    print_unit(p, begun, &line);
    cli_progress_show(&p->progress, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

static void came(struct cli_sim_watch *watch, double part) {
    struct pool *p = (struct pool *)watch;
    pthread_mutex_lock(&p->lock);
    show(p, p->real, part);
    pthread_mutex_unlock(&p->lock);
}

/* Takes units until there are none, or one failed. */
static void *work(void *arg) {
    struct pool *p = arg;
    pthread_mutex_lock(&p->lock);
    while (p->next < p->units && p->failed_unit == p->units) {
        const int index = p->next++;
        const struct unit *u = &p->unit[index];
        struct weir_error err = {0};
        show(p, u, 0);
        p->real = u;
        pthread_mutex_unlock(&p->lock);
        int rc = u->row < 0 ? cli_sim_find_yard(&p->sim->at[u->at], u->users, (uint64_t)u->seed,
                                                &p->found[index], &err)
                            : run_seed(p, u, &err);
        pthread_mutex_lock(&p->lock);
        if (!rc && u->row >= 0 && --p->left[u->row] == 0) {
            pthread_mutex_unlock(&p->lock);
            rc = pool_row(p, u->row, &err);
            pthread_mutex_lock(&p->lock);
        }
        p->done++;
        p->work_done += work_of(p->sim, u);
        if (rc && index < p->failed_unit) {
            p->failed_unit = index;
            p->failure = err;
            p->failure.code = rc;
        }
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Mean of the searches of the same case and users. */
static void sum_up_yards(struct pool *p) {
    struct cli_sim *sim = p->sim;
    for (int i = 0; i < sim->cases * sim->user_counts; i++)
        sim->yard[i] = (struct cli_sim_yard){NAN, NAN, NAN, NAN, NAN};
    for (int i = 0; i < p->units && p->unit[i].row < 0; i++) {
        struct cli_sim_yard *yard = &sim->yard[p->unit[i].yard];
        const struct cli_sim_yard *found = &p->found[i];
        const double share = 1.0 / hindsight_seeds(sim, p->unit[i].at);
        if (p->unit[i].seed == 1)
            *yard = (struct cli_sim_yard){0};
        yard->hindsight_latency += share * found->hindsight_latency;
        yard->hindsight_age += share * found->hindsight_age;
        yard->static_latency += share * found->static_latency;
        yard->static_age += share * found->static_age;
        yard->bound += share * found->bound;
    }
}

static int work_together(struct pool *p, struct weir_error *err) {
    const int most = p->sim->threads < p->units ? p->sim->threads : p->units;
    pthread_t *thread = calloc((size_t)most + 1, sizeof *thread);
    int started = 0;
    if (!thread)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    /* this thread is one of them: where no other can be started, it does all of it */
    while (started + 1 < most && !pthread_create(&thread[started], NULL, work, p))
        started++;
    work(p);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    cli_progress_clear(&p->progress);
    if (p->failed_unit < p->units)
        return weir_fail(err, p->failure.code, "%s", p->failure.text);
    sum_up_yards(p);
    return 0;
}

static double dilation_of(const struct cli_sim *sim, int at, int users) {
    return sim->reality ? sim->reality->dilation(sim->reality, at, users) : 1;
}

static int make_rows(struct cli_sim *sim) {
    const size_t most = (size_t)sim->cases * (size_t)sim->user_counts * (size_t)sim->strategies;
    sim->row = calloc(most + 1, sizeof *sim->row);
    sim->yard = calloc((size_t)sim->cases * (size_t)sim->user_counts + 1, sizeof *sim->yard);
    if (!sim->row || !sim->yard)
        return WEIR_ENOMEM;
    for (int i = 0; i < sim->cases; i++)
        for (int u = 0; u < sim->user_counts; u++)
            for (int s = 0; s < sim->strategies; s++)
                if (!sim->at[i].left_out[s])
                    sim->row[sim->rows++] =
                        (struct cli_sim_row){.at = i,
                                             .users = sim->users[u],
                                             .strategy = s,
                                             .dilation = dilation_of(sim, i, sim->users[u]),
                                             .yard = &sim->yard[i * sim->user_counts + u]};
    return 0;
}

int cli_sim_run(struct cli_sim *sim, struct weir_error *err) {
    struct pool p = {.watch = {came}, .sim = sim, .clock = weir_clock_monotonic_new()};
    int rc = p.clock && !make_rows(sim) && !make_units(&p)
                 ? 0
                 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc) {
        pthread_mutex_init(&p.lock, NULL);
        cli_progress_init(&p.progress, stderr);
        p.began_ns = weir_clock_now(p.clock);
        if (sim->reality)
            sim->reality->watch = &p.watch;
        rc = work_together(&p, err);
        if (sim->reality)
            sim->reality->watch = NULL;
        pthread_mutex_destroy(&p.lock);
    }
    for (int i = 0; p.run && i < sim->rows; i++) { /* where it failed, some are left */
        for (int k = 0; p.run[i] && k < seeds_of(sim, sim->row[i].at); k++)
            seed_run_done(&p.run[i][k]);
        free(p.run[i]);
    }
    free(p.run);
    free(p.unit);
    free(p.left);
    free(p.found);
    weir_clock_free(p.clock);
    return rc;
}
