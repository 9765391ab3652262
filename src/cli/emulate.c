#include "cli/emulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clip.h"
#include "model/model.h"
#include "profile/profile.h"

/* Of the machine's cores, by what works are predicted to take, at most. */
#define BUSY_MOST 0.5
/* Beyond what nodes need at their peak: codecs, and what else the machine does. */
#define PEAK_ROOM 1.5
#define LATE_MOST 0.01

/* What a case runs with; clips may be an earlier one's. */
struct stage_set {
    struct weir_emu_clip *clip; /* [clips of the table] */
    bool owns_clips;
    struct weir_emu_model *model; /* [models] */
    char **path; /* [models] */
    struct weir_emu_stock *stock;
};

struct cli_emulation {
    struct cli_sim_reality base; /* the first: handlers get this */
    const struct cli_sim *sim;
    struct stage_set *at; /* [cases] */
    double dilation; /* 0: chosen */
    double slower; /* all of it so many times slower: 1 at first */
    int cores;
    struct weir_clock *clock;
    struct weir_stop stop;
    struct weir_emu *emu; /* of the run that is under way */
    double end_ns; /* likewise: when it is about to be over */
    struct cli_sim_which which; /* likewise */
    int64_t worked, late; /* of its row, so far: as the row's */
    bool invalid; /* a run was */
    struct cli_sim_which wanted; /* the run that is kept; users 0: none */
    struct weir_emu *kept;
};

static struct cli_emulation *of_reality(struct cli_sim_reality *reality) {
    return (struct cli_emulation *)reality;
}

/* ---- pictures ----------------------------------------------------------------- */

static const char *source_of(const struct weir_scenario_case *of, const char *clip) {
    const size_t len = strlen(clip);
    for (size_t i = 0; i < of->sources.len; i++)
        if (!strncmp(of->sources.item[i], clip, len) && of->sources.item[i][len] == '=')
            return of->sources.item[i] + len + 1;
    return NULL;
}

static bool shows(const struct sim_case *ready, int clip) {
    for (size_t i = 0; i < ready->of->clips.len; i++)
        if (ready->clip[i] == clip)
            return true;
    for (int i = 0; i < ready->of->cuts; i++)
        if (ready->cut_clip[i] == clip)
            return true;
    return false;
}

static int read_pictures(struct cli_reader *reader, const struct sim_table_clip *clip,
                         struct weir_emu_clip *into, struct weir_error *err) {
    int rc = 0;
    while (!rc && into->frames < clip->frames) {
        struct weir_frame *frame = NULL;
        rc = cli_reader_next(reader, &frame, err);
        if (!rc && (frame->image->width != clip->width || frame->image->height != clip->height))
            rc = weir_fail(err, WEIR_EINVAL, "its pictures are %dx%d, those of the table %dx%d",
                           frame->image->width, frame->image->height, clip->width, clip->height);
        if (!rc)
            rc = weir_reduce_image(frame->image, clip->width, clip->height,
                                   &into->picture[into->frames], err);
        if (!rc)
            into->frames++;
        weir_frame_free(frame);
    }
    if (rc == WEIR_EEOF)
        rc = weir_fail(err, WEIR_EINVAL, "it has %lld frames, the table %u",
                       (long long)into->frames, clip->frames);
    return rc;
}

static int load_clip(struct cli_emulation *e, const struct sim_case *ready, int index,
                     struct weir_emu_clip *into, struct weir_error *err) {
    const struct sim_table_clip *clip = &ready->table.clip[index];
    const char *source = source_of(ready->of, clip->name);
    const int line = ready->of->at.sources ? ready->of->at.sources : ready->of->at.table;
    struct weir_workflow wf;
    struct cli_reader reader = {0};
    if (!source)
        return weir_fail(err, WEIR_EINVAL,
                         "%s:%d: sources: found none for the clip \"%s\"; needed: %s=SOURCE, as "
                         "weir record was given it",
                         ready->scenario->file, line, clip->name, clip->name);
    if (weir_source_is_live(source))
        return weir_fail(err, WEIR_EINVAL,
                         "%s:%d: sources: %s is live, and does not show the same twice",
                         ready->scenario->file, line, source);
    into->picture = calloc((size_t)clip->frames + 1, sizeof *into->picture);
    if (!into->picture || weir_workflow_init(&wf))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    int rc = weir_workflow_add_stream(&wf, clip->name, source, false, err);
    const struct weir_stage_conf conf = {
        .workflow = &wf, .stream = 0, .sink = -1, .clock = e->clock, .stop = &e->stop};
    if (!rc)
        rc = cli_reader_open(&conf, &reader, err);
    if (!rc)
        rc = read_pictures(&reader, clip, into, err);
    cli_reader_done(&reader);
    weir_workflow_done(&wf);
    return rc ? weir_fail_at(err, rc, "%s:%d: sources: %s: ", ready->scenario->file, line,
                             clip->name)
              : 0;
}

static bool same_clips(const struct sim_case *a, const struct sim_case *b) {
    if (strcmp(a->of->table, b->of->table) || a->of->sources.len != b->of->sources.len)
        return false;
    for (size_t i = 0; i < a->of->sources.len; i++)
        if (strcmp(a->of->sources.item[i], b->of->sources.item[i]))
            return false;
    for (int i = 0; i < b->table.clips; i++)
        if (shows(b, i) && !shows(a, i))
            return false;
    return true;
}

static int load_clips(struct cli_emulation *e, int index, struct weir_error *err) {
    const struct sim_case *ready = &e->sim->at[index].ready;
    struct stage_set *set = &e->at[index];
    for (int i = 0; i < index; i++)
        if (same_clips(&e->sim->at[i].ready, ready)) {
            set->clip = e->at[i].clip;
            return 0;
        }
    set->clip = calloc((size_t)ready->table.clips, sizeof *set->clip);
    if (!set->clip)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    set->owns_clips = true;
    int rc = 0;
    for (int i = 0; !rc && i < ready->table.clips; i++)
        if (shows(ready, i))
            rc = load_clip(e, ready, i, &set->clip[i], err);
    return rc;
}

/* ---- models -------------------------------------------------------------------- */

static int open_stock(struct cli_emulation *e, int index, struct weir_error *err) {
    const struct sim_case *ready = &e->sim->at[index].ready;
    struct stage_set *set = &e->at[index];
    set->model = calloc((size_t)ready->models, sizeof *set->model);
    set->path = calloc((size_t)ready->models, sizeof *set->path);
    if (!set->model || !set->path)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    int rc = 0;
    for (int m = 0; !rc && m < ready->models; m++) {
        rc = weir_model_find(ready->model[m], &set->path[m], err);
        set->model[m] = (struct weir_emu_model){set->path[m], -1};
        if (!rc) /* the threshold at which the table was recorded */
            rc = weir_sight_conf(set->path[m], &set->model[m].conf, err);
    }
    return rc ? rc
              : weir_emu_stock_new(&(struct weir_emu_stock_conf){.table = &ready->table,
                                                                 .model = set->model,
                                                                 .models = ready->models,
                                                                 .setting = ready->setting,
                                                                 .settings = ready->settings +
                                                                             ready->audit_settings,
                                                                 .clip = set->clip},
                                   &set->stock, err);
}

/* ---- the clock -------------------------------------------------------------------- */

/* Seconds of a core that the dearest way takes in a second, of all cameras together. */
static double dearest(const struct sim_case *ready, int users) {
    double most_ns = 0;
    for (int i = 0; i < ready->settings; i++) {
        const struct sim_cost *c = &ready->cost[i];
        most_ns = fmax(most_ns, (double)(c->reduce_ns + c->encode_ns + c->decode_ns + c->infer_ns));
    }
    return most_ns / 1e9 * ready->of->rate_fps / ready->of->skip * users;
}

/* Cores that a node stands for when all its slots that can be are busy. */
static double peak(const struct weir_site_node *node, int users) {
    const double slots = fmin(node->slots, users);
    return node->slowdown > 0 ? slots / node->slowdown : slots;
}

static double dilation_of(struct cli_sim_reality *reality, int at, int users) {
    const struct cli_emulation *e = of_reality(reality);
    const struct sim_case *ready = &e->sim->at[at].ready;
    double fastest = 0;
    if (e->dilation > 0)
        return e->dilation * e->slower;
    for (size_t i = 0; i < ready->site.node_len; i++)
        fastest = fmax(fastest, peak(&ready->site.node[i], users));
    return e->slower *
           fmax(1, fmax(dearest(ready, users) / BUSY_MOST, PEAK_ROOM * fastest) / e->cores);
}

void cli_emulation_slow_down(struct cli_emulation *e, double times) {
    e->slower *= times;
    e->invalid = false;
    e->which.at = -1;
}

/* Its clock shows so much. */
static void came(void *emulation, int64_t now_ns) {
    struct cli_emulation *e = emulation;
    struct cli_sim_watch *watch = e->base.watch;
    if (watch)
        watch->came(watch, fmin(1, (double)now_ns / e->end_ns));
}

/* ---- runs ---------------------------------------------------------------------------- */

static bool same_row(const struct cli_sim_which *a, const struct cli_sim_which *b) {
    return a->at == b->at && a->users == b->users && a->strategy == b->strategy;
}

static int begin(struct cli_sim_reality *reality, const struct cli_sim_which *which,
                 const struct sim_cameras *cameras, struct sim_conf *conf, struct sim_finds **ret,
                 struct weir_error *err) {
    struct cli_emulation *e = of_reality(reality);
    const int at = which->at;
    int64_t *frames = calloc((size_t)conf->streams, sizeof *frames);
    double *rate = calloc((size_t)conf->streams, sizeof *rate);
    int rc = frames && rate ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < conf->streams; i++) {
        frames[i] = sim_frames_of(conf, &conf->stream[i]);
        rate[i] = conf->stream[i].rate_fps;
    }
    if (!rc)
        rc = weir_emu_new(
            &(struct weir_emu_conf){.stock = e->at[at].stock,
                                    .showing = cameras->showing,
                                    .frames = frames,
                                    .rate_fps = rate,
                                    .streams = conf->streams,
                                    .dilation = dilation_of(reality, at, conf->streams),
                                    .threads = e->cores,
                                    .came = came,
                                    .came_arg = e},
            &e->emu, err);
    free(frames);
    free(rate);
    if (rc)
        return rc;
    if (!same_row(which, &e->which))
        e->worked = e->late = 0;
    e->which = *which;
    e->end_ns = (conf->seconds + CLI_SIM_TAIL_S) * 1e9;
    conf->works = weir_emu_works(e->emu);
    *ret = weir_emu_finds(e->emu);
    return 0;
}

static int64_t worked(const struct sim_result *result) {
    int64_t frames = 0;
    for (int i = 0; i < result->streams; i++)
        for (int64_t k = 0; k < result->stream[i].frames; k++)
            frames += result->stream[i].frame[k].setting >= 0;
    return frames;
}

/* late: of the row's frames. */
static int invalid(struct cli_emulation *e, double late, struct weir_error *err) {
    const double dilation = dilation_of(&e->base, e->which.at, e->which.users);
    e->invalid = true;
    return weir_fail(err, WEIR_ETIMEDOUT,
                     "invalid: of %s with %d users %.1f%% of the frames were done more than "
                     "1 ms later than the site's nodes would have been (allowed: %g%%), "
                     "with a clock %.1f times as slow as real time; this machine was too busy: "
                     "give it less to do besides, or more time, --dilation %.0f",
                     e->sim->strategy[e->which.strategy].label, e->which.users, 100 * late,
                     100 * LATE_MOST, dilation, ceil(1.5 * dilation));
}

/* A row is of all its seeds. What one of them spoiled beyond what the others could still make
 * good is known at once, and spares their time. */
static int end(struct cli_sim_reality *reality, const struct sim_result *result,
               struct weir_error *err) {
    struct cli_emulation *e = of_reality(reality);
    int rc = weir_emu_failure(e->emu, err);
    if (!rc && result) {
        const int64_t frames = worked(result);
        const int seeds = e->sim->at[e->which.at].ready.of->seeds;
        const double all = (double)e->worked + (double)frames * (seeds + 1 - (int)e->which.seed);
        e->worked += frames;
        e->late += result->late;
        if ((double)e->late > LATE_MOST * all)
            rc = invalid(e, (double)e->late / fmax(all, 1), err);
    }
    if (!rc && result && e->which.seed == e->wanted.seed && same_row(&e->which, &e->wanted)) {
        weir_emu_free(e->kept);
        e->kept = e->emu;
    } else {
        weir_emu_free(e->emu);
    }
    e->emu = NULL;
    return rc;
}

void cli_emulation_keep(struct cli_emulation *e, const struct cli_sim_which *which) {
    e->wanted = *which;
}

struct sim_finds *cli_emulation_finds(struct cli_emulation *e) {
    return e->kept ? weir_emu_finds(e->kept) : NULL;
}

const struct weir_emu_clip *cli_emulation_clips(const struct cli_emulation *e, int at) {
    return e->at[at].clip;
}

bool cli_emulation_invalid(const struct cli_emulation *e) {
    return e->invalid;
}

struct cli_sim_reality *cli_emulation_reality(struct cli_emulation *e) {
    return &e->base;
}

/* ---- life ------------------------------------------------------------------------------ */

int cli_emulation_open(const struct cli_sim *sim, double dilation, struct cli_emulation **ret,
                       struct weir_error *err) {
    struct cli_emulation *e = calloc(1, sizeof *e);
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (!e)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    *e = (struct cli_emulation){.base = {dilation_of, begin, end, NULL},
                                .sim = sim,
                                .dilation = dilation,
                                .slower = 1,
                                .which = {.at = -1},
                                .cores = cores < 1 ? 1 : (int)cores,
                                .clock = weir_clock_monotonic_new(),
                                .at = calloc((size_t)sim->cases, sizeof *e->at)};
    int rc = e->clock && e->at ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        weir_stop_init(&e->stop, e->clock);
    for (int i = 0; !rc && i < sim->cases; i++) {
        rc = load_clips(e, i, err);
        if (!rc)
            rc = open_stock(e, i, err);
    }
    if (rc) {
        cli_emulation_free(e);
        return rc;
    }
    *ret = e;
    return 0;
}

static void free_clips(const struct sim_case *ready, struct weir_emu_clip *clip) {
    for (int i = 0; clip && i < ready->table.clips; i++) {
        for (int64_t k = 0; k < clip[i].frames; k++)
            weir_image_unref(&clip[i].picture[k]);
        free(clip[i].picture);
    }
    free(clip);
}

void cli_emulation_free(struct cli_emulation *e) {
    if (!e)
        return;
    weir_emu_free(e->kept);
    for (int i = 0; e->at && i < e->sim->cases; i++) {
        struct stage_set *set = &e->at[i];
        const struct sim_case *ready = &e->sim->at[i].ready;
        weir_emu_stock_free(set->stock);
        if (set->owns_clips)
            free_clips(ready, set->clip);
        for (int m = 0; set->path && m < ready->models; m++)
            free(set->path[m]);
        free(set->path);
        free(set->model);
    }
    free(e->at);
    weir_clock_free(e->clock);
    free(e);
}
