/*
 * weir service: detectors for other processes of this machine. `detect` loads a model and serves
 * until it is told to end; `list` shows what is offered at present. What is offered and the counts
 * at the end go to standard output, troubles to standard error.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "model/model.h"
#include "node/node.h"
#include "run/run.h"

struct args {
    const char *dir, *name, *tier;
    bool json;
};

static const struct cli_flag flag_rows[] = {
    {"--name", "NAME", "detect: what this node is called; else as the machine is", CLI_AT(name)},
    {"--tier", "WORD", "detect: where it stands; else edge", CLI_AT(tier)},
    {"--dir", "DIR", "the folder where nodes meet; else that of this user's session", CLI_AT(dir)},
    {"--json", NULL, "list: print JSON; detect: the counts, too", CLI_AT(json)},
};
enum { FLAGS = sizeof flag_rows / sizeof *flag_rows };

/* Adverts come when a node is met, and again with every heartbeat. */
#define LISTEN_NS (WEIR_FABRIC_HEARTBEAT_NS + 300 * WEIR_NS_PER_MS)

static void on_trouble(void *user, const char *node, const char *text) {
    (void)user;
    weir_log(WEIR_LOG_WARN, "fabric", "node=%s error=\"%s\"", node, text);
}

/* ---- detect -------------------------------------------------------------------------- */

/* The machine's name, as far as a node may bear it. */
static void machine_name(char *ret, size_t size) {
    char host[256] = "";
    size_t len = 0;
    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    for (const char *c = host; *c && len + 1 < size; c++)
        ret[len++] = isalnum((unsigned char)*c) && (unsigned char)*c < 0x80 ? *c : '-';
    ret[len] = '\0';
    if (!len)
        snprintf(ret, size, "node");
}

static int check_names(const struct args *a, struct weir_error *err) {
    const char *name = a->name;
    bool good = !name || *name;
    for (const char *c = name; c && *c; c++)
        good = good && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9') || *c == '-' || *c == '_');
    if (!good || (name && strlen(name) > WEIR_FABRIC_NAME_MAX))
        return weir_fail(err, WEIR_EINVAL,
                         "--name: found '%s'; allowed: 1 to %d letters, digits, '-' and '_'", name,
                         WEIR_FABRIC_NAME_MAX);
    good = !a->tier || (*a->tier && strlen(a->tier) <= WEIR_WIRE_MAX_NAME);
    for (const char *c = a->tier; c && *c; c++)
        good = good && (unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f;
    if (!good)
        return weir_fail(err, WEIR_EINVAL,
                         "--tier: found '%s'; allowed: a word (edge, core, cloud, …) of up to %d "
                         "characters",
                         a->tier, WEIR_WIRE_MAX_NAME);
    return 0;
}

static int check_detect(const struct weir_settings *set, const struct args *a,
                        struct weir_error *err) {
    if (set->detect.models.len != 1)
        return weir_fail(err, WEIR_EINVAL, "%s; one process serves one model",
                         set->detect.models.len ? "--model: found several"
                                                : "name a model with --model M");
    if (set->detect.workers > WEIR_SERVICE_WORKERS_MAX)
        return weir_fail(err, WEIR_EINVAL, "--workers: found %d; allowed: 1 to %d",
                         set->detect.workers, WEIR_SERVICE_WORKERS_MAX);
    return check_names(a, err);
}

static void print_offer(const struct weir_service_conf *conf, double infer_ms, const char *dir,
                        struct weir_buf *text) {
    const struct weir_model_desc *desc = weir_model_desc(conf->model);
    const struct weir_size size = weir_model_size(conf->model);
    weir_buf_printf(text, "offered: %s at %s (%s): %s, ", conf->name, conf->node, conf->tier,
                    conf->model_name);
    if (desc->size.width)
        weir_buf_printf(text, "input %dx%d", size.width, size.height);
    else
        weir_buf_printf(text, "input any multiple of %d up to %d", desc->stride,
                        WEIR_SERVICE_INPUT_MAX);
    weir_buf_printf(text, ", %d worker%s, %.1f ms an inference at %dx%d", conf->workers,
                    conf->workers == 1 ? "" : "s", infer_ms, size.width, size.height);
    weir_buf_printf(text, "%s%s\nCtrl-C ends it\n", dir ? ", in " : "", dir ? dir : "");
}

static void print_counts(const struct weir_service_stats *stats, bool json, struct weir_buf *text) {
    static const enum weir_outcome said[] = {WEIR_OUTCOME_DETECT, WEIR_OUTCOME_LATE,
                                             WEIR_OUTCOME_OVERLOAD, WEIR_OUTCOME_CORRUPT,
                                             WEIR_OUTCOME_STOPPED};
    if (json) {
        struct weir_json j;
        weir_json_init(&j, text);
        weir_json_object(&j);
        weir_json_key_int(&j, "asked", (int64_t)stats->asked);
        for (size_t i = 0; i < sizeof said / sizeof *said; i++)
            weir_json_key_int(&j, weir_outcome_name(said[i]), (int64_t)stats->outcome[said[i]]);
        weir_json_key_int(&j, "refused", (int64_t)stats->refused);
        weir_json_key_int(&j, "unreadable", (int64_t)stats->unreadable);
        weir_json_end_object(&j);
        weir_buf_putc(text, '\n');
        return;
    }
    weir_buf_printf(text, "asked: %llu", (unsigned long long)stats->asked);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (stats->outcome[said[i]] || !i)
            weir_buf_printf(text, "; %s %llu", weir_outcome_name(said[i]),
                            (unsigned long long)stats->outcome[said[i]]);
    if (stats->refused)
        weir_buf_printf(text, "; refused %llu, of them unreadable %llu",
                        (unsigned long long)stats->refused, (unsigned long long)stats->unreadable);
    weir_buf_putc(text, '\n');
}

static void on_interrupt(void *stop) {
    weir_stop_request(stop);
}

/* Everything is there: serves until stop. */
static int serve(const struct weir_service_conf *conf, const struct args *a,
                 struct cli_interrupt *interrupt, struct weir_stop *stop, struct weir_error *err) {
    struct weir_service *service = NULL;
    struct weir_service_stats stats = {0};
    struct weir_buf text = {0};
    int rc = weir_service_new(conf, &service, err);
    if (rc == WEIR_EEXIST)
        weir_fail(err, rc,
                  "another process serves as node %s already; give this one a name of its own "
                  "with --name",
                  conf->node);
    if (rc)
        return rc;
    cli_interrupt_handle(interrupt, on_interrupt, stop);
    print_offer(conf, weir_service_infer_ms(service), a->dir, &text);
    if (a->json)
        weir_buf_reset(&text); /* the counts alone are the document */
    rc = cli_print(&text, err);
    while (!rc && !weir_stop_requested(stop))
        weir_clock_wait(conf->clock, weir_clock_now(conf->clock) + 3600 * WEIR_NS_PER_S, stop);
    weir_service_free(service, &stats);
    weir_buf_reset(&text);
    print_counts(&stats, a->json, &text);
    if (!rc)
        rc = cli_print(&text, err);
    weir_buf_done(&text);
    cli_interrupt_handle(interrupt, NULL, NULL);
    return rc;
}

/* NULL where there is none, or where it is not to be read: times are measured then. */
static void load_costs(struct weir_costs *ret) {
    struct weir_costs_machine here;
    char *path = NULL;
    weir_costs_this_machine(&here);
    if (!weir_costs_path(&path, NULL) && weir_file_exists(path) &&
        !weir_costs_read(path, ret, NULL) && !weir_costs_same_machine(&ret->machine, &here)) {
        weir_costs_done(ret);
        *ret = (struct weir_costs){0};
    }
    free(path);
}

static int do_detect(struct weir_workflow *wf, const struct args *a, struct weir_error *err) {
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_fabric *fabric = NULL;
    struct weir_model *model = NULL;
    struct weir_costs costs = {0};
    struct cli_interrupt interrupt;
    struct weir_stop stop;
    char node[WEIR_FABRIC_NAME_MAX + 1], model_name[64];
    char *path = NULL;
    if (!clock)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    weir_stop_init(&stop, clock);
    if (cli_interrupt_start(&interrupt, NULL, NULL)) {
        weir_clock_free(clock);
        return weir_fail(err, WEIR_ENOMEM, "no thread can be started");
    }
    machine_name(node, sizeof node);
    const struct weir_fabric_conf seat = {
        .node = a->name ? a->name : node, .clock = clock, .trouble = on_trouble};
    int rc = weir_model_find(wf->set.detect.models.item[0], &path, err);
    if (!rc)
        rc = weir_model_open(path, &wf->set, true, &model, err);
    if (!rc)
        rc = weir_fabric_open_local(a->dir, &seat, &fabric, err);
    if (!rc) {
        load_costs(&costs);
        weir_run_model_name(path, model_name, sizeof model_name);
        const struct weir_service_conf conf = {.fabric = fabric,
                                               .clock = clock,
                                               .node = seat.node,
                                               .name = "detect",
                                               .tier = a->tier ? a->tier : "edge",
                                               .model = model,
                                               .model_name = model_name,
                                               .costs = &costs,
                                               .workers = weir_model_workers(model)};
        rc = serve(&conf, a, &interrupt, &stop, err);
    }
    weir_fabric_close(fabric);
    weir_model_unref(&model);
    weir_costs_done(&costs);
    free(path);
    cli_interrupt_end(&interrupt);
    weir_clock_free(clock);
    return rc;
}

/* ---- list ------------------------------------------------------------------------------ */

static void list_row(const struct weir_wire_advert *a, struct weir_buf *text) {
    weir_buf_printf(text, "%-24s %-12s %-8s %-16s %5d-%-5d %5d %8.1f\n", a->node, a->service,
                    a->tier, a->model, a->min_width, a->max_width, a->slots,
                    (double)a->wait_us / 1000);
}

static void list_json(const struct weir_wire_advert *a, struct weir_json *j) {
    weir_json_object(j);
    weir_json_key_str(j, "node", a->node);
    weir_json_key_str(j, "service", a->service);
    weir_json_key_str(j, "tier", a->tier);
    weir_json_key_str(j, "model", a->model);
    weir_json_key(j, "consumes");
    weir_json_array(j);
    for (size_t i = 0; i < a->consumes; i++)
        weir_json_str(j, a->consume[i]);
    weir_json_end_array(j);
    weir_json_key(j, "classes");
    weir_json_array(j);
    for (size_t i = 0; i < a->classes; i++)
        weir_json_str(j, a->class_name[i]);
    weir_json_end_array(j);
    weir_json_key_int(j, "min_width", a->min_width);
    weir_json_key_int(j, "max_width", a->max_width);
    weir_json_key_int(j, "slots", a->slots);
    weir_json_key(j, "times");
    weir_json_array(j);
    for (size_t i = 0; i < a->times; i++) {
        weir_json_object(j);
        weir_json_key_int(j, "width", a->time[i].width);
        weir_json_key_int(j, "height", a->time[i].height);
        weir_json_key_num(j, "ms", (double)a->time[i].time_us / 1000, 3);
        weir_json_end_object(j);
    }
    weir_json_end_array(j);
    weir_json_key_num(j, "wait_ms", (double)a->wait_us / 1000, 3);
    weir_json_key_num(j, "load", (double)a->load, 3);
    weir_json_key_num(j, "price_ms", (double)a->price_us / 1000, 3);
    weir_json_end_object(j);
}

static void print_list(struct weir_offers *offers, bool json, struct weir_buf *text) {
    struct weir_json j;
    struct weir_wire wire = {0};
    size_t len = 0;
    weir_json_init(&j, text);
    if (json)
        weir_json_array(&j);
    for (; !weir_offers_at(offers, len, &wire, NULL); len++) {
        if (!json && !len)
            weir_buf_printf(text, "%-24s %-12s %-8s %-16s %11s %5s %8s\n", "node", "service",
                            "tier", "model", "widths", "slots", "wait ms");
        if (json)
            list_json(&wire.advert, &j);
        else
            list_row(&wire.advert, text);
        weir_wire_done(&wire);
    }
    if (json)
        weir_json_end_array(&j);
    if (json)
        weir_buf_putc(text, '\n');
    else if (!len)
        weir_buf_puts(text, "nothing is offered; weir service detect --model M offers a model\n");
}

static int do_list(struct weir_workflow *wf, const struct args *a, struct weir_error *err) {
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct weir_offers *offers = clock ? weir_offers_new(clock) : NULL;
    struct weir_fabric *fabric = NULL;
    struct weir_buf text = {0};
    char node[32];
    (void)wf;
    snprintf(node, sizeof node, "list-%ld", (long)getpid());
    const struct weir_fabric_conf seat = {.node = node,
                                          .clock = clock,
                                          .seen = weir_offers_saw,
                                          .trouble = on_trouble,
                                          .user = offers};
    int rc = offers ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc && a->dir && !weir_file_exists(a->dir))
        rc = weir_fail(err, WEIR_ENOENT,
                       "--dir: there is no folder %s; name the one that the services were given",
                       a->dir);
    if (!rc)
        rc = weir_fabric_open_local(a->dir, &seat, &fabric, err);
    if (!rc) {
        weir_clock_wait(clock, weir_clock_now(clock) + LISTEN_NS, NULL);
        print_list(offers, a->json, &text);
        rc = cli_print(&text, err);
    }
    weir_fabric_close(fabric);
    weir_offers_free(offers);
    weir_clock_free(clock);
    weir_buf_done(&text);
    return rc;
}

/* ---- the command ------------------------------------------------------------------------- */

static int check_list(const struct weir_settings *set, const struct args *a,
                      struct weir_error *err) {
    if (set->detect.models.len)
        return weir_fail(err, WEIR_EINVAL, "--model is for weir service detect");
    if (a->name || a->tier)
        return weir_fail(err, WEIR_EINVAL, "%s is for weir service detect",
                         a->name ? "--name" : "--tier");
    return 0;
}

static const struct verb {
    const char *name;
    int (*check)(const struct weir_settings *set, const struct args *a, struct weir_error *err);
    int (*run)(struct weir_workflow *wf, const struct args *a, struct weir_error *err);
} verbs[] = {{"detect", check_detect, do_detect}, {"list", check_list, do_list}};

static const struct verb *find_verb(char **at, size_t len, struct weir_error *err) {
    for (size_t i = 0; len && i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(verbs[i].name, at[0]) && len == 1)
            return &verbs[i];
    if (!len)
        weir_fail(err, WEIR_EINVAL, "say what to do: detect or list");
    else if (len == 1)
        weir_fail(err, WEIR_EINVAL, "found '%s'; allowed: detect, list", at[0]);
    else
        weir_fail(err, WEIR_EINVAL, "found '%s' behind '%s'; allowed: nothing but options", at[1],
                  at[0]);
    return NULL;
}

static int run_command(int argc, char **argv) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    struct args a = {0};
    const struct verb *verb = NULL;
    char **at;
    size_t len;
    int code = CLI_DONE;

    if (weir_workflow_init(&wf)) {
        weir_fail(&err, WEIR_ENOMEM, "out of memory");
        return cli_failed(&err);
    }
    if (!cli_parse(&cmd_service, &a, &wf.set, argc, argv, &at, &len, &err))
        verb = find_verb(at, len, &err);
    if (!verb || verb->check(&wf.set, &a, &err))
        code = cli_misused(&cmd_service, &err);
    else if (verb->run(&wf, &a, &err))
        code = cli_ended(&cmd_service, err.code, &err);
    weir_workflow_done(&wf);
    return code;
}

static const char *const settings[] = {"detect.models",   "detect.classes", "detect.size",
                                       "detect.conf",     "detect.nms_iou", "detect.max_boxes",
                                       "detect.provider", "detect.threads", "detect.workers",
                                       "detect.spinning", "detect.graph",   NULL};

const struct cli_command cmd_service = {
    .name = "service",
    .usage = "detect --model M [options]\nlist [--dir DIR] [--json]",
    .summary = "offer a detector to other processes, show what is offered",
    .run = run_command,
    .flags = flag_rows,
    .flags_len = FLAGS,
    .settings = settings,
    .details =
        "detect takes pictures (I420, JPEG, H.264) from other processes of the same user on this\n"
        "machine and answers with boxes, the earliest deadline first. It runs until Ctrl-C or\n"
        "SIGTERM, and prints how many it was asked and what became of them.\n"
        "Nodes meet in a folder: $XDG_RUNTIME_DIR/weir, else /tmp/weir-UID, else --dir.\n"
        "list shows what is offered there at present.\n",
};
