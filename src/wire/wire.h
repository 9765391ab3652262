/*
 * The door of wire: the bytes of what crosses a process. proto/weir.proto is the schema, published;
 * here are the same messages as plain structs, with what every field may be.
 *
 *     struct weir_buf out = {0};
 *     weir_wire_write_cancel(&out, &(struct weir_wire_cancel){7, "gate", 1, 250}, &err);
 *     …
 *     struct weir_wire wire;
 *     switch (weir_wire_read(bytes, len, picture_len, &wire, &err)) {
 *     case 0:
 *         if (wire.kind == WEIR_WIRE_CANCEL)
 *             give_up(wire.cancel.request_id);
 *         weir_wire_done(&wire);
 *         break;
 *     default: // once per peer and minute
 *         if (weir_wire_gate(&gate, peer, now_ns, &unsaid))
 *             weir_log(WEIR_LOG_WARN, "wire", "peer=%s error=\"%s\" more=%llu", peer, err.text,
 *                      unsaid);
 *     }
 *
 * Reading and writing hold a message to the same rules, so that what was written can be read, and
 * what was read makes sense: every number in its range, every name a name, every list within
 * its limit. Times are microseconds, and how long something took or may take: an instant of another
 * machine's clock means nothing here.
 */
#ifndef WEIR_WIRE_WIRE_H
#define WEIR_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "media/media.h"

enum {
    WEIR_WIRE_VERSION = 1,
    WEIR_WIRE_MAX_BYTES = 1 << 20, /* of a message: what a NATS server takes by default */
    WEIR_WIRE_MAX_PAYLOAD = 64 << 20, /* bytes of a picture */
    WEIR_WIRE_MAX_SIDE = 16384, /* pixels */
    WEIR_WIRE_MAX_CORNER = 65536, /* pixels, either side of 0 */
    WEIR_WIRE_MAX_NAME = 100, /* bytes of a name or a word */
    WEIR_WIRE_MAX_TEXT = 500, /* bytes of a text */
    WEIR_WIRE_MAX_BOXES = 10000,
    WEIR_WIRE_MAX_CLASSES = 4096, /* names; ids are below it */
    WEIR_WIRE_MAX_TYPES = 16, /* data types of a service, in or out */
    WEIR_WIRE_MAX_TIMES = 1000,
    WEIR_WIRE_MAX_SLOTS = 1024, /* and frames in one inference */
    WEIR_WIRE_MAX_LOAD = 1000000,
    WEIR_WIRE_MAX_CREDIT = 1000000,
    WEIR_WIRE_MAX_SETTINGS = 4096,
    WEIR_WIRE_MAX_STREAMS = 10000,
    WEIR_WIRE_MAX_UNKNOWN = 64, /* fields of a later schema in a message */
    /* Reading takes at most GROWTH bytes for each that came, and BASE. */
    WEIR_WIRE_GROWTH = 128,
    WEIR_WIRE_BASE = 16384,
};
/* Microseconds; as nanoseconds they fit an int64_t. */
#define WEIR_WIRE_MAX_US INT64_C(1000000000000000)

/* How a picture travels. NONE: it stays in its process; of a setting only. */
enum weir_wire_codec {
    WEIR_WIRE_CODEC_NONE,
    WEIR_WIRE_CODEC_I420, /* planes Y, U, V without gaps */
    WEIR_WIRE_CODEC_JPEG,
    WEIR_WIRE_CODEC_H264,
};

enum weir_wire_reason {
    WEIR_WIRE_REASON_VERSION = 1,
    WEIR_WIRE_REASON_MALFORMED,
    WEIR_WIRE_REASON_MODEL,
    WEIR_WIRE_REASON_SIZE,
    WEIR_WIRE_REASON_CODEC,
    WEIR_WIRE_REASON_CREDIT,
    WEIR_WIRE_REASON_STALE,
    WEIR_WIRE_REASON_STOPPING,
};

/*
 * Strings and arrays are borrowed by writing, and belong to the struct weir_wire that was read.
 * A name is 1 to WEIR_WIRE_MAX_NAME letters, digits, "_", "-" and ".", and begins with a letter, a
 * digit or "_"; a word is as many bytes of UTF-8 without control characters; a text up to
 * WEIR_WIRE_MAX_TEXT of these, or none.
 */
struct weir_wire_work_request {
    uint64_t request_id; /* the asker's */
    const char *stream; /* name */
    uint64_t epoch;
    int64_t frame; /* >= 0 */
    int64_t budget_us; /* until the reply must be back */
    const char *model; /* word */
    int input_width, input_height; /* at which the model looks; sides are 1 – WEIR_WIRE_MAX_SIDE */
    int source_width, source_height; /* in whose pixels the boxes are to be */
    int picture_width, picture_height; /* of the picture that is sent */
    uint32_t payload_bytes; /* of it, 1 – WEIR_WIRE_MAX_PAYLOAD; I420: what its size says */
    enum weir_wire_codec codec; /* not NONE */
    int quality; /* JPEG: 1 – 100; H.264: constant rate factor, 0 – 51; I420: 0 */
    enum weir_matrix matrix;
    bool full_range; /* I420: 0–255 instead of 16–235 */
    int64_t after_frame; /* H.264: the frame that it goes on from, before this one; -1: keyframe */
    float min_score; /* [0,1] */
    const uint32_t *class_id; /* [class_ids], each below WEIR_WIRE_MAX_CLASSES; none: all */
    size_t class_ids;
    bool audit; /* to be served when nothing else waits */
};

struct weir_wire_work_reply {
    uint64_t request_id;
    const char *stream;
    uint64_t epoch;
    int64_t frame;
    enum weir_outcome outcome; /* DETECT, LATE, OVERLOAD, UNREACHABLE, CORRUPT or STOPPED */
    const struct weir_box *box; /* [boxes], of DETECT only */
    size_t boxes;
    int64_t queue_us, decode_us, inference_us; /* dwell there */
    int64_t wait_us; /* what a job would wait there when this left */
    float load; /* of its slots' time, the share that was asked for; 0 – WEIR_WIRE_MAX_LOAD */
    int64_t price_us; /* by how much one more frame would delay all others, in sum */
    int credit; /* requests of this stream that may be under way there, 0 – WEIR_WIRE_MAX_CREDIT */
    bool needs_keyframe; /* H.264: the chain is broken there */
};

struct weir_wire_cancel {
    uint64_t request_id;
    const char *stream;
    uint64_t epoch;
    int64_t frame;
};

/* Of one frame in a slot, decoding left out. */
struct weir_wire_time {
    int width, height; /* of the model's input */
    int64_t time_us;
};

struct weir_wire_advert {
    const char *service; /* name */
    uint64_t epoch; /* grows when the service starts anew */
    const char *node, *tier; /* name, word */
    const char *const *consume; /* [consumes], words, up to WEIR_WIRE_MAX_TYPES */
    size_t consumes;
    const char *const *produce; /* likewise */
    size_t produces;
    const char *model; /* word */
    const char *const *class_name; /* [classes], words, up to WEIR_WIRE_MAX_CLASSES */
    size_t classes;
    int min_width, max_width; /* of the model's input; min <= max */
    int slots, batch; /* 1 – WEIR_WIRE_MAX_SLOTS each */
    const struct weir_wire_time *time; /* [times], up to WEIR_WIRE_MAX_TIMES */
    size_t times;
    int64_t wait_us; /* likewise these, as in a reply */
    float load;
    int64_t price_us;
};

struct weir_wire_setting {
    const char *node, *model; /* name, word */
    int width, height; /* of the picture that is analysed */
    enum weir_wire_codec codec;
    int quality; /* as in a request; NONE: 0 */
};

struct weir_wire_stream_plan {
    const char *stream; /* name */
    int preferred; /* index into settings; -1: none */
    const int64_t *toll_us; /* [settings], each >= 0; NULL: none */
};

struct weir_wire_plan {
    uint64_t epoch; /* revision of the planner's lease */
    uint64_t number; /* within it */
    const struct weir_wire_setting *setting; /* [settings], up to WEIR_WIRE_MAX_SETTINGS */
    size_t settings;
    const struct weir_wire_stream_plan *stream; /* [streams], up to WEIR_WIRE_MAX_STREAMS */
    size_t streams;
};

struct weir_wire_result {
    const char *stream;
    uint64_t epoch;
    int64_t frame;
    int64_t capture_us; /* since the epoch began, by the source's clock */
    int64_t latency_us; /* from capture to delivery at the source */
    enum weir_outcome outcome; /* not NONE */
    bool late; /* it came to its readers after a cut */
    bool below_floor; /* by the strategy's own estimate */
    int width, height; /* of the source picture; both 0: not known, where it is no result */
    const struct weir_box *box; /* [boxes], of DETECT and TRACK only */
    size_t boxes;
    struct weir_wire_setting setting; /* that was taken; node NULL: none */
};

struct weir_wire_refusal {
    uint64_t request_id; /* 0: it could not be read, or has none */
    enum weir_wire_reason reason;
    const char *text; /* for people */
    uint32_t version; /* that is spoken there */
};

enum weir_wire_kind {
    WEIR_WIRE_NOTHING,
    WEIR_WIRE_WORK_REQUEST,
    WEIR_WIRE_WORK_REPLY,
    WEIR_WIRE_CANCEL,
    WEIR_WIRE_ADVERT,
    WEIR_WIRE_PLAN,
    WEIR_WIRE_RESULT,
    WEIR_WIRE_REFUSAL,
    WEIR_WIRE_KINDS
};

/* What was read. */
struct weir_wire {
    enum weir_wire_kind kind; /* which of these it is */
    union {
        struct weir_wire_work_request work_request;
        struct weir_wire_work_reply work_reply;
        struct weir_wire_cancel cancel;
        struct weir_wire_advert advert;
        struct weir_wire_plan plan;
        struct weir_wire_result result;
        struct weir_wire_refusal refusal;
    };
    struct wire_arena *arena; /* owned: all that the message points to */
};

/* "work_request" …; "nothing" for what is none. */
const char *weir_wire_kind_name(enum weir_wire_kind kind);

/*
 * Each appends a message to out. On failure out is as it was. EINVAL: a field is not what it may
 * be (which, what was found, what is allowed); ERANGE: it has more than WEIR_WIRE_MAX_BYTES;
 * ENOMEM. Any thread.
 */
int weir_wire_write_work_request(struct weir_buf *out, const struct weir_wire_work_request *message,
                                 struct weir_error *err);
int weir_wire_write_work_reply(struct weir_buf *out, const struct weir_wire_work_reply *message,
                               struct weir_error *err);
int weir_wire_write_cancel(struct weir_buf *out, const struct weir_wire_cancel *message,
                           struct weir_error *err);
int weir_wire_write_advert(struct weir_buf *out, const struct weir_wire_advert *message,
                           struct weir_error *err);
int weir_wire_write_plan(struct weir_buf *out, const struct weir_wire_plan *message,
                         struct weir_error *err);
int weir_wire_write_result(struct weir_buf *out, const struct weir_wire_result *message,
                           struct weir_error *err);
int weir_wire_write_refusal(struct weir_buf *out, const struct weir_wire_refusal *message,
                            struct weir_error *err);

/*
 * Reads one message of len bytes, beside which picture_bytes came: of a work request what it says,
 * of anything else none. The caller ends *ret with weir_wire_done. EUNSUPPORTED: another version of
 * the protocol (both are named), or a kind of message that is not known here; ECORRUPT: anything
 * else that is wrong with it (where, what was found, what is allowed); ENOMEM. Fields that are not
 * known are passed over. Any thread.
 */
int weir_wire_read(const void *bytes, size_t len, size_t picture_bytes, struct weir_wire *ret,
                   struct weir_error *err);
/* NULL and {0} allowed. */
void weir_wire_done(struct weir_wire *wire);

/* ---- complaining ---------------------------------------------------------- */

enum { WEIR_WIRE_GATE_PEERS = 64 };
#define WEIR_WIRE_GATE_NS (60 * WEIR_NS_PER_S)

/*
 * Whether to log a complaint: once per peer and minute, however many come. Of more peers than
 * WEIR_WIRE_GATE_PEERS within a minute those that are too many share one line a minute. {0} at
 * first; not synchronised.
 */
struct weir_wire_gate {
    struct weir_wire_gate_peer {
        char name[WEIR_WIRE_MAX_NAME + 1]; /* the beginning of longer ones */
        int64_t said_ns;
        uint64_t unsaid; /* since then */
    } peer[WEIR_WIRE_GATE_PEERS + 1]; /* the last: of all others */
    size_t peers;
    bool others; /* the last is in use */
    uint64_t suppressed; /* of all peers, ever */
};
/* true: log it; *ret_unsaid complaints about this peer were not logged since its last one.
 * now_ns of a monotonic clock. */
bool weir_wire_gate(struct weir_wire_gate *gate, const char *peer, int64_t now_ns,
                    uint64_t *ret_unsaid);

#endif
