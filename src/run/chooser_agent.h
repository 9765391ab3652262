/* What the parts of an agent's chooser share. Inside run only. */
#ifndef WEIR_RUN_CHOOSER_AGENT_H
#define WEIR_RUN_CHOOSER_AGENT_H

#include "run/choose.h"
#include "sched/sched.h"

#define AGENT_BEAT_NS (500 * WEIR_NS_PER_MS)
#define AGENT_RATE_FPS 25 /* of a stream until its frames say it */
enum {
    AGENT_RATE_FRAMES = 50, /* after which it is looked at whether that was right */
    AGENT_SENT_MAX = 256, /* frames of a stream under way whose offer is remembered */
    AGENT_AUDITS_MAX = 4, /* pictures that wait for the auditor: they hold memory */
    AGENT_BOXES_MAX = 300,
};

/* A frame under way. */
struct agent_sent {
    int64_t frame, number; /* of the stream; as the agent counts those that are to be detected */
    int generation; /* of the site */
    int64_t sent_ns, foreseen_queue_ns, predicted_ns;
};

struct agent_member {
    bool known, live;
    int at; /* its index in the site; -1: it is not in it */
    int width, height, reference;
    bool may[WEIR_SETTINGS_MAX];
    int64_t frames, last_ns, numbered;
    double gap_ns, rate_fps; /* between frames, on average; and what the site was told */
    struct agent_sent sent[AGENT_SENT_MAX];
};

/* A picture that waits for the auditor, or is there. */
struct agent_audit {
    bool used, shown_known;
    struct weir_agent_audit what;
    int stream; /* of the run */
    int64_t frame; /* likewise */
    int generation;
    int64_t kept_ns;
    struct weir_image *image;
    int next; /* -1: the auditor is next; else an index into what.compared */
    bool busy; /* a worker looks */
    struct weir_found shown, found[1 + WEIR_COMPARED_MAX]; /* the auditor's first */
    struct weir_floor_box *box[2 + WEIR_COMPARED_MAX]; /* theirs: shown, auditor, compared */
};

struct agent_chooser {
    struct weir_chooser base; /* the first: handlers get this */
    struct weir_choose_conf conf;
    const struct weir_strategy *strategy;
    struct weir_sight sight[WEIR_MODELS_MAX];
    int *class_of; /* [labels]: of the first sight; -1: it does not know it */
    struct agent_member *member; /* [members]: the workflow's streams */
    int members;
    struct weir_setting setting[WEIR_SETTINGS_MAX];
    int settings;
    bool broken; /* no site could be made: everything goes to its reference until a stream comes */
    /* the site, as it is now */
    int generation;
    struct weir_site_view site;
    struct weir_node_view node;
    struct weir_route_view route;
    const char *model[WEIR_MODELS_MAX];
    struct weir_stream_view *stream;
    char (*stream_name)[16];
    struct weir_agent_cost *cost;
    int64_t *slot_ns;
    int64_t *compare_ns;
    bool *may;
    bool serves[WEIR_MODELS_MAX];
    struct weir_learnt *learnt;
    struct weir_agent *agent;
    struct weir_planner *planner; /* NULL: the strategy does not plan */
    int64_t planned_ns, beat_ns; /* when it was last */
    struct agent_audit audit[AGENT_AUDITS_MAX];
    struct weir_floor_box own[AGENT_BOXES_MAX];
};

/* chooser_site.c */
/* What a site will need is there: how well each model sees, what it costs here. ENOENT, EINVAL:
 * what is missing, and how to make it. */
int agent_site_check(struct agent_chooser *chooser, struct weir_error *err);
/* Of the streams that are known. ENOMEM, EINVAL (the strategy's options). */
int agent_site_make(struct agent_chooser *chooser, struct weir_error *err);
void agent_site_done(struct agent_chooser *chooser);
/* Boxes as floors take them, into [AGENT_BOXES_MAX]. */
void agent_found(const struct agent_chooser *chooser, int setting, const struct weir_boxes *boxes,
                 struct weir_floor_box *into, struct weir_found *ret);

/* chooser_audit.c */
/* Is a frame to be audited, and is there room? Then its picture is kept. setting -1: it was shed.
 */
void agent_audit_keep(struct agent_chooser *chooser, const struct weir_choose_ask *ask,
                      int64_t number, int setting);
/* What its viewer gets is known. */
void agent_audit_shown(struct agent_chooser *chooser, const struct weir_choose_told *told,
                       const struct weir_found *shown);
bool agent_audit_idle(struct weir_chooser *chooser, int64_t now_ns, struct weir_audit *ret);
void agent_audit_audited(struct weir_chooser *chooser, const struct weir_audit *audit,
                         int64_t now_ns, const struct weir_boxes *boxes);
/* All that waits is let go. */
void agent_audits_done(struct agent_chooser *chooser);

#endif
