/*
 * Settings are only ever added, to a table that never moves: whoever got a number by a frame may
 * look it up without a lock. What a stream may have is its decode thread's alone.
 *
 * What a setting takes is the profile's, times how much longer it took lately (an exponentially
 * weighted mean, of this setting or, before it was used, of all): a machine that is busy stretches
 * everything alike. Without a profile it is what was measured, and nothing before that. What keeps
 * frames from being detected is not measured again: so with each one that is given up as late the
 * belief fades, by an eighth, to what the profile says, or to nothing, until one is tried.
 */
#include "run/choices.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* What a stream may have; of the size that its pictures had last. */
struct menu {
    int width, height; /* 0: no picture came yet */
    int *offer;
    int offers, reference;
};

/* Time on a worker's clock, reducing included. */
struct pace {
    double fixed_ns, each_ns; /* of n at once, by the profile; 0: not known */
    double stretch; /* measured / that; where it is not known: ns a frame; 0: never measured */
};

struct weir_choices {
    struct weir_choices_conf conf;
    const char **name; /* of models, for the chooser */
    pthread_mutex_t lock; /* guards all below but menu, and is held for every call of the chooser */
    struct weir_chooser *chooser;
    int settings;
    struct weir_setting setting[WEIR_SETTINGS_MAX];
    struct weir_choices_setting known[WEIR_SETTINGS_MAX];
    struct pace pace[WEIR_SETTINGS_MAX];
    double stretch; /* of all whose profile is known; 0: never measured */
    struct weir_choices_counts counts;
    struct menu menu[]; /* by stream */
};

int weir_choices_new(const struct weir_choices_conf *conf, struct weir_choices **ret,
                     struct weir_error *err) {
    const size_t streams = conf->workflow->stream_len;
    const struct weir_run_models *models = conf->models;
    struct weir_choices *c = calloc(1, sizeof *c + streams * sizeof *c->menu);
    if (!c)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    c->conf = *conf;
    pthread_mutex_init(&c->lock, NULL);
    c->name = calloc((size_t)models->len + 1, sizeof *c->name);
    if (!c->name) {
        weir_choices_free(c);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    for (int i = 0; i < models->len; i++)
        c->name[i] = models->item[i].name;
    struct weir_model *reference = weir_run_models_reference(models);
    const struct weir_choose_conf choose = {
        .workflow = conf->workflow,
        .strategy = conf->strategy,
        .options = conf->options,
        .model = c->name,
        .model_path = conf->model_path,
        .models = models->len,
        .reference = models->reference,
        .labels = weir_model_desc(reference)->labels,
        .costs = conf->costs,
        .workers = weir_model_workers(reference),
        .batch = conf->workflow->set.detect.batch,
        .event = conf->event,
        .event_arg = conf->event_arg,
    };
    int rc = conf->ops->open(&choose, &c->chooser, err);
    if (rc) {
        weir_choices_free(c);
        return rc;
    }
    c->chooser->ops = conf->ops;
    *ret = c;
    return 0;
}

void weir_choices_free(struct weir_choices *choices) {
    if (!choices)
        return;
    if (choices->chooser)
        choices->conf.ops->free(choices->chooser);
    for (int i = 0; i < choices->settings; i++)
        weir_model_unref(&choices->known[i].model);
    for (size_t i = 0; i < choices->conf.workflow->stream_len; i++)
        free(choices->menu[i].offer);
    free(choices->name);
    pthread_mutex_destroy(&choices->lock);
    free(choices);
}

/* ---- what there is to choose from ------------------------------------------ */

/* What the profile says of one picture at a time, and of a whole batch. */
static struct pace pace_of(const struct weir_choices *c, const struct weir_run_model *of,
                           struct weir_size input) {
    const int batch = c->conf.workflow->set.detect.batch;
    const int64_t one = weir_costs_infer_ns(c->conf.costs, of->name, input.width, input.height, 1),
                  all = batch > 1 ? weir_costs_infer_ns(c->conf.costs, of->name, input.width,
                                                        input.height, batch)
                                  : one;
    struct pace pace = {0};
    if (one <= 0 || all <= 0)
        return pace;
    pace.each_ns = batch > 1 ? (double)(all - one) / (batch - 1) : (double)one;
    pace.each_ns = fmin(fmax(pace.each_ns, 0), (double)one);
    pace.fixed_ns = (double)one - pace.each_ns;
    return pace;
}

/* Under the lock. The number of a setting, new or known. */
static int number(struct weir_choices *c, int model, struct weir_size picture, int *ret,
                  struct weir_error *err) {
    for (int i = 0; i < c->settings; i++)
        if (c->setting[i].model == model && c->setting[i].width == picture.width &&
            c->setting[i].height == picture.height) {
            *ret = i;
            return 0;
        }
    if (c->settings == WEIR_SETTINGS_MAX)
        return weir_fail(
            err, WEIR_ERANGE,
            "pictures came in so many sizes that there are more than %d ways to detect "
            "them",
            WEIR_SETTINGS_MAX);
    const struct weir_run_model *of = &c->conf.models->item[model];
    struct weir_choices_setting *known = &c->known[c->settings];
    int rc = weir_model_at(of->model, weir_model_fit(of->model, picture), &known->model, err);
    if (rc)
        return rc;
    known->of = of;
    known->way = (struct weir_way){of->name, picture.width, picture.height};
    c->setting[c->settings] =
        (struct weir_setting){.model = model, .width = picture.width, .height = picture.height};
    c->pace[c->settings] = pace_of(c, of, weir_model_size(known->model));
    *ret = c->settings++;
    return 0;
}

/* A picture of that width, and even where it is smaller, as codecs like it. */
static struct weir_size reduced(struct weir_size picture, int width) {
    if (width >= picture.width)
        return picture;
    const int64_t twice = 2 * (int64_t)picture.width;
    int height = 2 * (int)(((int64_t)width * picture.height + picture.width) / twice);
    height = height < 2 ? 2 : height;
    return (struct weir_size){width, height > picture.height ? picture.height : height};
}

/* The widths to choose from, the widest first: those of the user that do not enlarge, or the
 * picture's own and a ladder below it. The picture's own where nothing else is left. */
static int list_widths(const struct weir_ints *wanted, int own, int *ret) {
    int len = 0;
    if (!wanted->len)
        ret[len++] = own;
    for (int i = WEIR_REDUCE_LADDER - 1; !wanted->len && i >= 0; i--)
        if (weir_reduce_ladder[i] < own)
            ret[len++] = weir_reduce_ladder[i];
    for (size_t i = 0; i < wanted->len; i++)
        if (wanted->item[i] <= own) {
            int at = len++;
            for (; at > 0 && ret[at - 1] < wanted->item[i]; at--)
                ret[at] = ret[at - 1];
            ret[at] = wanted->item[i];
        }
    if (!len)
        ret[len++] = own;
    return len;
}

/* Under the lock. */
static int fill_menu(struct weir_choices *c, struct menu *menu, struct weir_size picture,
                     struct weir_error *err) {
    int width[WEIR_WIDTHS_MAX + WEIR_REDUCE_LADDER + 1];
    const int widths = list_widths(&c->conf.workflow->set.detect.widths, picture.width, width);
    menu->offers = 0;
    for (int m = 0; m < c->conf.models->len; m++) {
        const struct weir_size fixed = weir_model_desc(c->conf.models->item[m].model)->size;
        for (int w = 0; w < widths; w++) {
            /* a graph of one size takes the same time whatever it sees: it sees all it can */
            const int wide = fixed.width && fixed.width < picture.width ? fixed.width
                             : fixed.width                              ? picture.width
                                                                        : width[w];
            int rc = number(c, m, reduced(picture, wide), &menu->offer[menu->offers], err);
            if (rc)
                return rc;
            if (m == c->conf.models->reference && w == 0)
                menu->reference = menu->offer[menu->offers];
            menu->offers++;
            if (fixed.width)
                break;
        }
    }
    menu->width = picture.width;
    menu->height = picture.height;
    return 0;
}

static int see_size(struct weir_choices *c, const struct weir_frame *frame, bool live,
                    struct weir_error *err) {
    struct menu *menu = &c->menu[frame->stream];
    const struct weir_size picture = {frame->image->width, frame->image->height};
    if (menu->width == picture.width && menu->height == picture.height)
        return 0;
    const size_t most = (size_t)c->conf.models->len * (WEIR_WIDTHS_MAX + WEIR_REDUCE_LADDER + 1);
    if (!menu->offer && !(menu->offer = calloc(most, sizeof *menu->offer)))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    menu->width = 0;
    pthread_mutex_lock(&c->lock);
    int rc = fill_menu(c, menu, picture, err);
    if (!rc && c->conf.ops->stream(c->chooser, &(struct weir_choose_stream){
                                                   .stream = frame->stream,
                                                   .width = picture.width,
                                                   .height = picture.height,
                                                   .live = live,
                                                   .setting = c->setting,
                                                   .offer = menu->offer,
                                                   .offers = menu->offers,
                                                   .reference = menu->reference,
                                               }))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    pthread_mutex_unlock(&c->lock);
    if (rc)
        menu->width = 0; /* the next one tries again */
    return rc;
}

/* ---- the choice ---------------------------------------------------------- */

static bool makes_sense(const struct menu *menu, struct weir_choice choice) {
    if (choice.setting < 0)
        return choice.setting == -1 &&
               (choice.drop == WEIR_OUTCOME_OVERLOAD || choice.drop == WEIR_OUTCOME_LATE ||
                choice.drop == WEIR_OUTCOME_UNREACHABLE);
    for (int i = 0; i < menu->offers; i++)
        if (menu->offer[i] == choice.setting)
            return true;
    return false;
}

int weir_choices_choose(struct weir_choices *choices, struct weir_frame *frame, bool live,
                        struct weir_error *err) {
    struct weir_choices *c = choices;
    const struct menu *menu = &c->menu[frame->stream];
    int rc = see_size(c, frame, live, err);
    if (rc)
        return rc;
    struct weir_choose_ask ask = {
        .stream = frame->stream,
        .frame = frame->seq,
        .capture_ns = frame->times.capture,
        .deadline_ns = frame->deadline_ns,
        .image = frame->image,
    };
    pthread_mutex_lock(&c->lock);
    ask.now_ns = weir_clock_now(c->conf.clock);
    struct weir_choice choice = c->conf.ops->choose(c->chooser, &ask);
    const bool refused = !makes_sense(menu, choice), first = refused && !c->counts.refused;
    if (refused) {
        c->counts.refused++;
        choice = (struct weir_choice){.setting = menu->reference};
    }
    pthread_mutex_unlock(&c->lock);
    if (first && c->conf.refused)
        c->conf.refused(c->conf.refused_arg, frame->stream);
    frame->below_floor = choice.setting >= 0 && choice.below_floor;
    frame->setting = choice.setting;
    if (choice.setting < 0)
        frame->outcome = choice.drop;
    else
        frame->way = &c->known[choice.setting].way;
    return 0;
}

struct weir_agenda_cost weir_choices_cost(struct weir_choices *choices, int setting) {
    const struct pace *p = &choices->pace[setting];
    struct weir_agenda_cost cost = {0};
    pthread_mutex_lock(&choices->lock);
    if (p->fixed_ns + p->each_ns > 0) {
        double stretch = p->stretch > 0 ? p->stretch : choices->stretch > 0 ? choices->stretch : 1;
        cost.fixed_ns = llround(p->fixed_ns * stretch);
        cost.each_ns = llround(p->each_ns * stretch);
    } else {
        cost.each_ns = llround(p->stretch);
    }
    pthread_mutex_unlock(&choices->lock);
    return cost;
}

static void learn(double *mean, double value) {
    *mean += *mean > 0 ? (value - *mean) / 8 : value;
}

/* Under the lock. Of a batch each frame tells; what it counts for is shared among them. */
static void learn_pace(struct weir_choices *c, int setting, const struct weir_choose_told *told) {
    const double n = told->batch, took = (double)(told->reduce_ns + told->preprocess_ns) * n +
                                         (double)told->infer_ns;
    struct pace *p = &c->pace[setting];
    const double profile = p->fixed_ns + n * p->each_ns;
    if (n < 1 || took <= 0)
        return;
    learn(&p->stretch, profile > 0 ? took / profile : took / n);
    if (profile > 0)
        learn(&c->stretch, took / profile);
}

/* Under the lock. */
static void doubt_pace(struct weir_choices *c, int setting) {
    struct pace *p = &c->pace[setting];
    const double usual = p->fixed_ns + p->each_ns > 0 ? 1 : 0;
    if (p->stretch > usual)
        p->stretch += (usual - p->stretch) / 8;
    if (c->stretch > 1)
        c->stretch += (1 - c->stretch) / 8;
}

void weir_choices_delivered(struct weir_choices *choices, const struct weir_frame *frame) {
    pthread_mutex_lock(&choices->lock);
    choices->counts.frames[frame->setting]++;
    choices->counts.below_floor += frame->below_floor;
    pthread_mutex_unlock(&choices->lock);
}

void weir_choices_told(struct weir_choices *choices, const struct weir_frame *frame,
                       struct weir_choose_told told) {
    told.stream = frame->stream;
    told.frame = frame->seq;
    told.setting = frame->setting;
    told.outcome = frame->outcome;
    told.capture_ns = frame->times.capture;
    told.deadline_ns = frame->deadline_ns;
    pthread_mutex_lock(&choices->lock);
    told.now_ns = weir_clock_now(choices->conf.clock); /* under the lock: it never goes back */
    if (frame->outcome == WEIR_OUTCOME_DETECT)
        learn_pace(choices, frame->setting, &told);
    else if (frame->outcome == WEIR_OUTCOME_LATE)
        doubt_pace(choices, frame->setting);
    if (choices->conf.ops->told)
        choices->conf.ops->told(choices->chooser, &told);
    pthread_mutex_unlock(&choices->lock);
}

/* ---- audits -------------------------------------------------------------- */

bool weir_choices_idle(struct weir_choices *choices, struct weir_audit *ret) {
    bool any = false;
    if (!choices->conf.ops->idle)
        return false;
    pthread_mutex_lock(&choices->lock);
    any = choices->conf.ops->idle(choices->chooser, weir_clock_now(choices->conf.clock), ret);
    if (any && (ret->setting < 0 || ret->setting >= choices->settings || !ret->image)) {
        choices->counts.refused++;
        weir_image_unref(&ret->image);
        any = false;
    }
    pthread_mutex_unlock(&choices->lock);
    return any;
}

void weir_choices_audited(struct weir_choices *choices, const struct weir_audit *audit,
                          const struct weir_boxes *boxes) {
    pthread_mutex_lock(&choices->lock);
    choices->counts.audits += boxes != NULL;
    if (choices->conf.ops->audited)
        choices->conf.ops->audited(choices->chooser, audit, weir_clock_now(choices->conf.clock),
                                   boxes);
    pthread_mutex_unlock(&choices->lock);
}

/* ---- looking up ---------------------------------------------------------- */

const struct weir_choices_setting *weir_choices_setting(const struct weir_choices *choices,
                                                        int setting) {
    return &choices->known[setting];
}

int weir_choices_settings(struct weir_choices *choices) {
    pthread_mutex_lock(&choices->lock);
    int settings = choices->settings;
    pthread_mutex_unlock(&choices->lock);
    return settings;
}

void weir_choices_counts(struct weir_choices *choices, struct weir_choices_counts *ret) {
    pthread_mutex_lock(&choices->lock);
    *ret = choices->counts;
    pthread_mutex_unlock(&choices->lock);
}
