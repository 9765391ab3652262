/*
 * weir eval: how right results are. Reads ground truth and results (or makes
 * them by running a model over the annotated images), joins them, and prints one
 * metric's numbers as a table or as JSON.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/eval_images.h"
#include "cli/eval_limits.h"
#include "cli/interrupt.h"
#include "eval/eval.h"
#include "model/model.h"
#include "pipeline/pipeline.h"

/* What COCO results are made with, unless the user says otherwise. */
static const double coco_conf = 0.001, coco_nms_iou = 0.65;
enum { COCO_MAX_BOXES = 100 };

struct args {
    const char *images, *annotations, *results, *truth, *iou, *class_name, *height, *visibility;
    struct weir_eval_limits limits;
    bool json, quiet;
};

static const struct cli_flag flag_rows[] = {
    {"--images", "DIR", "coco: the folder with the annotated images", CLI_AT(images)},
    {"--annotations", "FILE", "coco: ground truth, instances in COCO's format",
     CLI_AT(annotations)},
    {"--results", "FILE", "results: NDJSON, COCO results or MOT Challenge text", CLI_AT(results)},
    {"--truth", "FILE", "f1, mot: ground truth, in any of those formats", CLI_AT(truth)},
    {"--iou", "X", "f1: least overlap of a hit, above 0, up to 1 [0.5]", CLI_AT(iou)},
    {"--class", "NAME", "f1, mot: only results of this class, where they name classes",
     CLI_AT(class_name)},
    {"--min-height", "PX", "coco, f1: ignore truth and false alarms that are lower [0]",
     CLI_AT(height)},
    {"--min-visibility", "V", "coco, f1: ignore truth of which less is to be seen, 0 to 1 [0]",
     CLI_AT(visibility)},
    {"--json", NULL, "print the numbers as JSON", CLI_AT(json)},
    {"--quiet", NULL, "show no progress", CLI_AT(quiet)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

/* ---- printing ------------------------------------------------------------ */

/* One number of a metric: its JSON key, its name in the table. */
struct row {
    const char *key, *name;
    double value;
    int digits; /* 0: a count */
};

static int print_rows(const struct row *row, size_t len, bool json, struct weir_error *err) {
    struct weir_buf out = {0};
    if (json) {
        struct weir_json writer;
        weir_json_init(&writer, &out);
        weir_json_object(&writer);
        for (size_t i = 0; i < len; i++)
            weir_json_key_num(&writer, row[i].key, row[i].value, row[i].digits);
        weir_json_end_object(&writer);
        weir_buf_putc(&out, '\n');
    } else {
        for (size_t i = 0; i < len; i++) {
            if (isnan(row[i].value))
                weir_buf_printf(&out, "%-12s %10s\n", row[i].name, "-");
            else
                weir_buf_printf(&out, "%-12s %10.*f\n", row[i].name,
                                row[i].digits > 3 ? 3 : row[i].digits, row[i].value);
        }
    }
    int rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

static int print_coco(const struct weir_coco_ap *ap, size_t images, double ms, bool json,
                      struct weir_error *err) {
    const struct row row[] = {
        {"ap", "AP", ap->ap, 6},
        {"ap50", "AP50", ap->ap50, 6},
        {"ap75", "AP75", ap->ap75, 6},
        {"ap_small", "APs", ap->ap_small, 6},
        {"ap_medium", "APm", ap->ap_medium, 6},
        {"ap_large", "APl", ap->ap_large, 6},
        {"ar1", "AR1", ap->ar1, 6},
        {"ar10", "AR10", ap->ar10, 6},
        {"ar100", "AR100", ap->ar100, 6},
        {"ar_small", "ARs", ap->ar_small, 6},
        {"ar_medium", "ARm", ap->ar_medium, 6},
        {"ar_large", "ARl", ap->ar_large, 6},
        {"images", "images", (double)images, 0},
        {"ms_per_image", "ms per image", ms, 3},
    };
    return print_rows(row, sizeof row / sizeof *row, json, err);
}

static int print_f1(const struct weir_f1 *f1, size_t images, bool json, struct weir_error *err) {
    const struct row row[] = {
        {"f1", "F1", f1->f1, 6},
        {"precision", "precision", f1->precision, 6},
        {"recall", "recall", f1->recall, 6},
        {"tp", "hits", (double)f1->tp, 0},
        {"fp", "false alarms", (double)f1->fp, 0},
        {"fn", "misses", (double)f1->fn, 0},
        {"images", "images", (double)images, 0},
    };
    return print_rows(row, sizeof row / sizeof *row, json, err);
}

static int print_mot(const struct weir_mot *m, bool json, struct weir_error *err) {
    const struct row row[] = {
        {"mota", "MOTA", m->mota, 6},
        {"motp", "MOTP (IoU)", m->motp, 6},
        {"idf1", "IDF1", m->idf1, 6},
        {"idp", "IDP", m->idp, 6},
        {"idr", "IDR", m->idr, 6},
        {"tp", "hits", (double)m->tp, 0},
        {"fp", "false alarms", (double)m->fp, 0},
        {"fn", "misses", (double)m->fn, 0},
        {"id_switches", "id switches", (double)m->switches, 0},
        {"fragmentations", "fragments", (double)m->fragments, 0},
        {"truth_tracks", "true tracks", (double)m->truth_tracks, 0},
        {"tracks", "tracks", (double)m->found_tracks, 0},
        {"frames", "frames", (double)m->frames, 0},
    };
    return print_rows(row, sizeof row / sizeof *row, json, err);
}

/* ---- coco ---------------------------------------------------------------- */

static int open_model(const struct weir_settings *set, struct weir_model **ret_model,
                      struct weir_error *err) {
    struct weir_settings eval = *set; /* strings stay set's */
    struct weir_model *model = NULL;
    char *path = NULL;
    int rc = weir_model_find(set->detect.models.item[0], &path, err);
    if (rc)
        return rc;
    if (eval.detect.conf < 0)
        eval.detect.conf = coco_conf;
    rc = weir_model_open(path, &eval, false, &model, err);
    /* Heads that need no suppression of overlaps get none. */
    if (!rc && eval.detect.nms_iou < 0 && weir_model_desc(model)->nms_iou < 1) {
        weir_model_unref(&model);
        eval.detect.nms_iou = coco_nms_iou;
        rc = weir_model_open(path, &eval, false, &model, err);
    }
    if (!rc)
        *ret_model = model;
    free(path);
    return rc;
}

static int run_coco(const struct weir_settings *set, const struct args *a, struct weir_error *err) {
    struct weir_dataset truth = {0}, results = {0};
    struct weir_model *model = NULL;
    struct weir_coco_ap ap;
    double ms = NAN;
    int rc = weir_dataset_load(a->annotations, &truth, err);
    if (!rc && truth.format != WEIR_DATASET_COCO)
        rc = weir_fail(err, WEIR_EUNSUPPORTED,
                       "%s: not COCO annotations: expected an object with \"images\", "
                       "\"categories\" and \"annotations\"",
                       a->annotations);
    if (!rc && !truth.images)
        rc = weir_fail(err, WEIR_EINVAL, "%s: it names no images", a->annotations);
    if (!rc && a->results) {
        rc = weir_dataset_load(a->results, &results, err);
        if (!rc && (rc = weir_dataset_join(&truth, &results, err)))
            weir_fail_at(err, rc, "%s: ", a->results);
    } else if (!rc) {
        struct cli_interrupt interrupt;
        if (cli_interrupt_start(&interrupt, NULL, NULL)) {
            rc = weir_fail(err, WEIR_ENOMEM, "no thread can be started");
            goto done;
        }
        rc = open_model(set, &model, err);
        struct cli_eval_images job = {
            .model = model,
            .truth = &truth,
            .dir = a->images,
            .max_boxes = (size_t)set->detect.max_boxes,
            .quiet = a->quiet,
            .interrupt = &interrupt,
        };
        if (!rc)
            rc = cli_eval_images(&job, &results, &ms, err);
        cli_interrupt_end(&interrupt);
    }
    if (!rc)
        rc = weir_dataset_limit(&truth, &results, &a->limits, err);
    if (!rc)
        rc = weir_coco_eval(&truth, &results, &ap, err);
    if (!rc)
        rc = print_coco(&ap, truth.images, ms, a->json, err);
done:
    weir_model_unref(&model);
    weir_dataset_done(&results);
    weir_dataset_done(&truth);
    return rc;
}

static int check_coco(const struct weir_settings *set, const struct args *a,
                      struct weir_error *err) {
    size_t models = set->detect.models.len;
    if (!a->annotations)
        return weir_fail(err, WEIR_EINVAL, "coco needs --annotations FILE");
    if (a->results && (models || a->images))
        return weir_fail(err, WEIR_EINVAL, "--results stands for --model and --images: give one");
    if (!a->results && models != 1)
        return weir_fail(err, WEIR_EINVAL, "coco needs one --model M, or --results FILE");
    if (!a->results && !a->images)
        return weir_fail(err, WEIR_EINVAL, "coco --model needs --images DIR");
    return 0;
}

/* ---- f1 and mot ---------------------------------------------------------- */

static int only_class(struct weir_dataset *results, const char *name, struct weir_error *err) {
    if (!name || !results->categories)
        return 0;
    int wanted = weir_dataset_category(results, name);
    for (size_t k = 0; wanted < 0 && k < results->categories; k++)
        if (!results->category[k].name)
            return weir_fail(err, WEIR_EINVAL, "--class: the results do not name classes");
    for (size_t i = 0; i < results->images; i++) {
        struct weir_eval_image *im = &results->image[i];
        size_t kept = 0;
        for (size_t b = 0; b < im->len; b++)
            if (im->box[b].category == wanted)
                im->box[kept++] = im->box[b];
        im->len = kept;
    }
    return 0;
}

static int load_pair(const struct args *a, struct weir_dataset *truth, struct weir_dataset *results,
                     struct weir_error *err) {
    int rc = weir_dataset_load(a->truth, truth, err);
    if (!rc)
        rc = weir_dataset_load(a->results, results, err);
    if (!rc)
        rc = only_class(results, a->class_name, err);
    if (!rc && (rc = weir_dataset_join(truth, results, err)))
        weir_fail_at(err, rc, "%s, %s: ", a->truth, a->results);
    return rc;
}

static int run_f1(const struct weir_settings *set, const struct args *a, struct weir_error *err) {
    struct weir_dataset truth = {0}, results = {0};
    struct weir_f1 f1;
    double iou = a->iou ? strtod(a->iou, NULL) : 0.5;
    int rc = load_pair(a, &truth, &results, err);
    if (!rc)
        rc = weir_dataset_limit(&truth, &results, &a->limits, err);
    if (!rc)
        rc = weir_f1_eval(&truth, &results, iou, fmax(set->detect.conf, 0), &f1, err);
    if (!rc)
        rc = print_f1(&f1, truth.images, a->json, err);
    weir_dataset_done(&results);
    weir_dataset_done(&truth);
    return rc;
}

static int run_mot(const struct weir_settings *set, const struct args *a, struct weir_error *err) {
    struct weir_dataset truth = {0}, results = {0};
    struct weir_mot mot;
    int rc = load_pair(a, &truth, &results, err);
    if (!rc && (rc = weir_mot_eval(&truth, &results, &mot, err)))
        weir_fail_at(err, rc, "%s, %s: ", a->truth, a->results);
    if (!rc)
        rc = print_mot(&mot, a->json, err);
    weir_dataset_done(&results);
    weir_dataset_done(&truth);
    return rc;
}

static int check_pair(const struct weir_settings *set, const struct args *a,
                      struct weir_error *err) {
    if (!a->results || !a->truth)
        return weir_fail(err, WEIR_EINVAL, "--results FILE and --truth FILE are both needed");
    if (a->annotations || a->images || set->detect.models.len)
        return weir_fail(err, WEIR_EINVAL,
                         "--annotations, --images and --model belong to coco; give --truth FILE");
    if (a->iou) {
        char *end;
        double iou = strtod(a->iou, &end);
        if (end == a->iou || *end || !(iou > 0 && iou <= 1))
            return weir_fail(err, WEIR_EINVAL,
                             "--iou: found '%s'; allowed: a number above 0, up to 1", a->iou);
    }
    return 0;
}

static int check_mot(const struct weir_settings *set, const struct args *a,
                     struct weir_error *err) {
    if (a->height || a->visibility)
        return weir_fail(err, WEIR_EINVAL,
                         "--min-height and --min-visibility belong to coco and f1");
    return check_pair(set, a, err);
}

/* ---- the command --------------------------------------------------------- */

static const struct metric {
    const char *name;
    int (*check)(const struct weir_settings *set, const struct args *a, struct weir_error *err);
    int (*run)(const struct weir_settings *set, const struct args *a, struct weir_error *err);
} metrics[] = {
    {"coco", check_coco, run_coco},
    {"f1", check_pair, run_f1},
    {"mot", check_mot, run_mot},
};

static const struct metric *find_metric(char **args, size_t len, struct weir_error *err) {
    for (size_t i = 0; len == 1 && i < sizeof metrics / sizeof *metrics; i++)
        if (!strcmp(args[0], metrics[i].name))
            return &metrics[i];
    if (len == 1)
        weir_fail(err, WEIR_EINVAL, "found '%s'; allowed: coco, f1, mot, scenes", args[0]);
    else
        weir_fail(err, WEIR_EINVAL, "name one metric: coco, f1, mot or scenes");
    return NULL;
}

static int eval_command(int argc, char **argv) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct args a = {0};
    const struct metric *metric = NULL;
    char **args;
    size_t len;
    int code = CLI_DONE;

    if (weir_workflow_init(&wf)) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    wf.set.detect.max_boxes = COCO_MAX_BOXES;
    if (!cli_parse(&cmd_eval, &a, &wf.set, argc, argv, &args, &len, &err))
        metric = find_metric(args, len, &err);
    if (!metric || cli_eval_limits(a.height, a.visibility, &a.limits, &err) ||
        metric->check(&wf.set, &a, &err))
        code = cli_misused(&cmd_eval, &err);
    else if (metric->run(&wf.set, &a, &err))
        code = cli_failed(&err);
    weir_workflow_done(&wf);
    return code;
}

static const char *const settings[] = {"detect.models",
                                       "detect.classes",
                                       "detect.size",
                                       "detect.conf",
                                       "detect.nms_iou",
                                       "detect.max_boxes",
                                       "detect.provider",
                                       "detect.threads",
                                       "detect.workers",
                                       "detect.batch",
                                       "detect.spinning",
                                       "detect.graph",
                                       NULL};

const struct cli_command cmd_eval = {
    .name = "eval",
    .usage = "coco --model M --images DIR --annotations FILE [options]\n"
             "coco --results FILE --annotations FILE [--json]\n"
             "f1 --results FILE --truth FILE [--iou X] [--conf C] [--json]\n"
             "mot --results FILE --truth FILE [--class NAME] [--json]",
    .summary = "measure accuracy against ground truth",
    .run = eval_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .settings = settings,
    .details =
        "coco  average precision and recall as COCO defines them. A model is run with --conf\n"
        "      0.001, --nms-iou 0.65 (where its family needs it) and --max-boxes 100 unless\n"
        "      stated; -1 is printed where there is no ground truth. ms_per_image is the mean\n"
        "      time of one detection, decoding not included.\n"
        "f1    precision, recall and F1 at one IoU and one confidence threshold.\n"
        "mot   MOTA, MOTP and IDF1 of tracks. Boxes without a track id are left out.\n"
        "Truth below --min-height or --min-visibility is ignored by COCO's rule for crowds and\n"
        "sizes: what is found there is neither right nor wrong, nor is missing it, and what is\n"
        "found below the least height is no false alarm.\n"
        "weir eval scenes --help tells of models on generated scenes.\n"
        "A file's format is told from its content.\n",
};
