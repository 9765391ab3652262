/* From the command line to settings: which sizes, which codings, which models, on which machine. */
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/record.h"

/* ---- sizes --------------------------------------------------------------------- */

static int by_width(const void *a, const void *b) {
    return ((const struct weir_size *)a)->width - ((const struct weir_size *)b)->width;
}

/* Even, as H.264 wants it, and as near to the clip's shape as that goes. */
static struct weir_size size_at(const struct cli_clip *clip, int width) {
    const int most = clip->height & ~1;
    int height = 2 * (int)lround((double)width * clip->height / clip->width / 2);
    height = height < 2 ? 2 : height;
    return (struct weir_size){width, width <= clip->width && height > most ? most : height};
}

static int choose_sizes(struct record_plan *plan, struct weir_error *err) {
    const struct record_ask *ask = plan->ask;
    const struct cli_clip *clip = &plan->clip[0];
    const struct weir_size own = {clip->width & ~1, clip->height & ~1};
    const int *width = ask->widths_given ? ask->width : weir_reduce_ladder;
    const size_t len = ask->widths_given ? ask->widths : WEIR_REDUCE_LADDER;
    for (size_t i = 0; i < len; i++) {
        if (ask->widths_given && width[i] > RECORD_ENLARGE_MOST * clip->width)
            return weir_fail(err, WEIR_EINVAL,
                             "--widths: found %d; the clips are %d wide, and are enlarged by no "
                             "more than %d: allowed: up to %d",
                             width[i], clip->width, RECORD_ENLARGE_MOST,
                             RECORD_ENLARGE_MOST * clip->width);
        /* the own one comes anyway; larger ones only if asked for */
        bool have = ask->widths_given ? width[i] / 2 == own.width / 2 : width[i] >= own.width;
        for (size_t k = 0; k < plan->widths; k++)
            have |= plan->size[k].width == width[i];
        if (!have)
            plan->size[plan->widths++] = size_at(clip, width[i]);
    }
    plan->size[plan->widths++] = own;
    qsort(plan->size, plan->widths, sizeof *plan->size, by_width);
    while (plan->size[plan->own].width != own.width)
        plan->own++;
    return 0;
}

/* ---- codings ------------------------------------------------------------------- */

/* Is there an encoder for every size? EUNSUPPORTED: why not. */
static int try_h264(const struct record_plan *plan, struct weir_error *err) {
    int rc = 0;
    for (size_t i = 0; !rc && i < plan->widths; i++) {
        struct weir_encoder *encoder = NULL;
        struct weir_encoder_conf conf = {
            .coding = WEIR_CODING_H264,
            .width = record_travels(plan, i).width,
            .height = record_travels(plan, i).height,
            .quality = plan->ask->crf,
            .rate_fps = plan->clip[0].rate_fps,
        };
        rc = weir_encoder_new(&conf, &encoder, err);
        weir_encoder_free(encoder);
    }
    return rc;
}

static int choose_codings(struct record_plan *plan, struct weir_error *err) {
    const struct record_ask *ask = plan->ask;
    plan->coding[plan->codings++] = (struct record_coding){WEIR_TRAVEL_NONE, 0};
    for (size_t i = 0; ask->jpeg && i < ask->qualities; i++)
        plan->coding[plan->codings++] = (struct record_coding){WEIR_TRAVEL_JPEG, ask->quality[i]};
    if (!ask->h264)
        return 0;
    struct weir_error why = {0};
    int rc = try_h264(plan, &why);
    if (!rc)
        plan->coding[plan->codings++] = (struct record_coding){WEIR_TRAVEL_H264, ask->crf};
    else if (rc == WEIR_EUNSUPPORTED && !ask->h264_given)
        fprintf(stderr, "weir: h264 is left out: %s\n", why.text);
    else
        return weir_fail(err, rc, "%s", why.text);
    return 0;
}

static int make_settings(struct record_plan *plan, struct weir_error *err) {
    const size_t models = plan->ask->models.list.len, each = plan->widths * plan->codings;
    if (models * each > RECORD_SETTINGS_MAX)
        return weir_fail(err, WEIR_EINVAL,
                         "%zu models at %zu widths in %zu codings are %zu settings; allowed: up to "
                         "%d in a table",
                         models, plan->widths, plan->codings, models * each, RECORD_SETTINGS_MAX);
    plan->setting = calloc(models * each, sizeof *plan->setting);
    if (!plan->setting)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t m = 0; m < models; m++)
        for (size_t w = 0; w < plan->widths; w++)
            for (size_t c = 0; c < plan->codings; c++)
                plan->setting[record_setting(plan, m, w, c)] = (struct sim_table_setting){
                    .model = (uint16_t)m,
                    .width = (uint16_t)plan->size[w].width,
                    .height = (uint16_t)plan->size[w].height,
                    .travel = (uint8_t)plan->coding[c].travel,
                    .quality = (uint8_t)plan->coding[c].quality,
                };
    plan->settings = (int)(models * each);
    return 0;
}

/* ---- the machine ----------------------------------------------------------------- */

/* The processor's name as the kernel has it; where it has none, its kind. */
static void cpu_name(char *ret, size_t size) {
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[512];
    struct utsname kind;
    *ret = '\0';
    while (file && !*ret && fgets(line, sizeof line, file)) {
        char *value = strchr(line, ':');
        if (!value || strncmp(line, "model name", 10) != 0)
            continue;
        value += 1 + strspn(value + 1, " \t");
        value[strcspn(value, "\n")] = '\0';
        snprintf(ret, size, "%s", value);
    }
    if (file)
        fclose(file);
    if (!*ret)
        snprintf(ret, size, "%s", uname(&kind) ? "unknown processor" : kind.machine);
}

static void name_machine(struct record_plan *plan) {
    const int threads = plan->ask->wf.set.detect.threads;
    char cpu[80], used[32] = "";
    cpu_set_t set;
    int cores = sched_getaffinity(0, sizeof set, &set) ? (int)sysconf(_SC_NPROCESSORS_ONLN)
                                                       : CPU_COUNT(&set);
    cpu_name(cpu, sizeof cpu);
    if (threads != 1) {
        snprintf(used, sizeof used, "; %d threads", threads ? threads : cores);
        fprintf(stderr,
                "weir: inference on %d threads: its times are not those of one core, which "
                "simulations take them for\n",
                threads ? threads : cores);
    }
    snprintf(plan->machine, sizeof plan->machine, "%s, %d cores%s", cpu, cores, used);
}

/* Processor time is what a stage takes on one core, whatever else keeps the machine busy. It
 * says nothing of work that other threads or an accelerator do. */
static int choose_watch(struct record_plan *plan, struct weir_error *err) {
    const struct weir_settings *set = &plan->ask->wf.set;
    const bool alone = set->detect.threads == 1 && set->detect.provider == WEIR_PROVIDER_CPU;
    plan->watch = alone ? weir_clock_thread_new() : weir_clock_monotonic_new();
    return plan->watch ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
}

/* ---- the whole --------------------------------------------------------------------- */

static int list_classes(struct record_plan *plan, struct weir_error *err) {
    const struct weir_strings *classes = &plan->ask->wf.set.detect.classes;
    if (classes->len > RECORD_CLASSES_MAX)
        return weir_fail(err, WEIR_EINVAL, "--classes: found %zu; allowed: up to %d", classes->len,
                         RECORD_CLASSES_MAX);
    for (size_t i = 0; i < classes->len; i++) {
        bool have = false;
        for (int k = 0; k < plan->classes; k++)
            have |= !strncmp(plan->class_name[k], classes->item[i], SIM_TABLE_NAME - 1);
        if (!have)
            snprintf(plan->class_name[plan->classes++], SIM_TABLE_NAME, "%s", classes->item[i]);
    }
    return 0;
}

int record_plan_open(const struct record_ask *ask, struct record_plan *plan,
                     struct weir_error *err) {
    plan->ask = ask;
    int rc = choose_watch(plan, err);
    if (!rc)
        rc = list_classes(plan, err);
    if (!rc)
        rc = record_clips_open(plan, err);
    if (!rc)
        rc = choose_sizes(plan, err);
    if (!rc)
        rc = choose_codings(plan, err);
    if (!rc)
        rc = make_settings(plan, err);
    if (!rc)
        name_machine(plan);
    if (!rc)
        rc = record_models_open(plan, err);
    return rc ? rc : record_part_print(plan, err);
}

void record_plan_done(struct record_plan *plan) {
    record_models_done(plan);
    record_clips_done(plan);
    free(plan->setting);
    weir_buf_done(&plan->print);
    weir_clock_free(plan->watch);
    plan->watch = NULL;
    plan->setting = NULL;
}
