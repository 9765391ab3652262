/*
 * What tests of node share: six pictures of six streets and what the detector finds in them in
 * process; a site of two nodes; frames that are sent, each with a slip that says how it ended.
 * Waiting is for an event, and bounded.
 */
#ifndef WEIR_TESTS_NODE_SUPPORT_H
#define WEIR_TESTS_NODE_SUPPORT_H

#include "support/support.h"

#include <pthread.h>
#include <stdbool.h>

#include "node/node.h"

enum { SHOTS = 6, WIDTH = 640, HEIGHT = 360, INPUT_WIDTH = 640, INPUT_HEIGHT = 384 };

extern struct weir_clock *clock_;
extern struct weir_model *model;
extern struct weir_image *shot[SHOTS];
extern struct weir_boxes truth[SHOTS]; /* found in process */

/* Of a group. */
int make_shots(void **state);
int drop_shots(void **state);

bool same_boxes(const struct weir_box *box, size_t boxes, const struct weir_boxes *other);
/* F1 at IoU 0.5, by class. */
double alike(const struct weir_box *box, size_t boxes, const struct weir_boxes *other);
/* Whose boxes these are most like. */
int closest_shot(const struct weir_box *box, size_t boxes);

/* ---- a site ------------------------------------------------------------------ */

struct site {
    char *dir; /* NULL: within the process */
    struct weir_fabric_hub *hub;
    struct weir_fabric *core, *edge; /* core NULL: another process */
    struct weir_offers *offers; /* as edge hears of them */
    struct weir_service *service; /* "detect" at "core"; NULL: none */
    struct weir_remote *remote; /* of stream "gate", epoch 3, at edge */
};

struct site_conf {
    bool local; /* in a folder of its own */
    bool alone; /* edge only */
    int workers, places; /* workers 0: no service */
    size_t bytes;
};
void site_init(struct site *site, struct site_conf conf);
void site_done(struct site *site);
/* Until it is offered; the caller ends it with weir_wire_done. */
struct weir_wire site_advert(struct site *site, const char *node, const char *service);
/* Until what is offered there has another epoch than that. */
struct weir_wire site_advert_after(struct site *site, const char *node, uint64_t epoch);

/* ---- frames ---------------------------------------------------------------------- */

struct slip {
    int ends;
    int64_t frame;
    enum weir_outcome outcome;
    char why[200];
    struct weir_boxes boxes;
    size_t sent_bytes;
    bool keyframe;
    int64_t inference_ns;
};
extern const struct weir_remote_setting raw, jpeg, h264;

/* Sends shot[frame % SHOTS] by the site's remote. */
void send_frame(struct site *site, const struct weir_wire_advert *to, int64_t frame,
                struct weir_remote_setting setting, int64_t timeout_ms, struct slip *slip);
/* Until it has ended; fails after a minute. */
void await_end(struct slip *slip);
/* Sent, and ended. */
void sent(struct site *site, const struct weir_wire_advert *to, int64_t frame,
          struct weir_remote_setting setting, struct slip *slip);
void slip_done(struct slip *slip);
void assert_outcome(const struct slip *slip, enum weir_outcome outcome, const char *why);
/* Every frame that was sent ended once, and none is under way. */
void assert_accounts(struct site *site, const struct slip *slip, size_t slips);

/* ---- asking by hand ----------------------------------------------------------------- */

/* A request for shot[0] as I420, to be changed. */
struct weir_wire_work_request a_request(void);
/* What comes back for these bytes: a message, or {0} where the fabric refused it. */
struct weir_wire ask_bytes(struct site *site, const void *message, size_t len, const void *picture,
                           size_t picture_len);
struct weir_wire ask_service(struct site *site, struct weir_wire_work_request *request,
                             const void *picture);
/* The same: asserts that it is a reply with that outcome. */
void asked(struct site *site, struct weir_wire_work_request *request, const void *picture,
           enum weir_outcome outcome, bool needs_keyframe);
/* shot[i] without gaps; heap. */
uint8_t *shot_bytes(int i);

#endif
