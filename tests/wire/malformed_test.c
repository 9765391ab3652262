/* What comes from outside may be anything: it is refused with its place, never a crash. */
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- bytes that are no message --------------------------------------------------- */

struct bytes {
    const char *data;
    size_t len;
    const char *says;
};
#define BYTES(text, says)                                                                          \
    { text, sizeof text - 1, says }

static void test_bytes_that_are_no_message_are_refused(void **state) {
    (void)state;
    static const struct bytes rows[] = {
        BYTES("", "message: found no bytes"),
        BYTES("\0", "version: found none"),
        BYTES("hello, world", "version: found none"),
        BYTES("\x12\x02\x08\x07", "version: found none"),
        BYTES("\x08\x00", "version: found none"),
        BYTES("\x08\x01", "message: found nothing but a version"),
        BYTES("\x08\x01\x08\x01", "version: comes twice"),
        BYTES("\x08\x01\x22", "message: has a length that is cut short"),
        BYTES("\x08\x01\x22\x05\x08\x07", "message: is cut short"),
        BYTES("\x08\x01\x22\x02\x08\xff", "cancel: has a number that is cut short"),
        BYTES("\x08\x01\x22\xff\xff\xff\xff\x0f", "message: is cut short"),
        BYTES("\x08\x01\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
              "message: has a length that is cut short or too long"),
        /* a key and a length of six bytes, whose last say nothing */
        BYTES("\x8a\x8a\x8a\x8a\x8a\x00\x00\x08\x01", "version: found none"),
        BYTES("\x08\x01\xa2\x80\x80\x80\x80\x00\x00", "message: has bytes that begin no field"),
        BYTES("\x08\x01\x22\x83\x80\x80\x80\x80\x00\x12\x01g",
              "message: has a length that is cut short or too long"),
        BYTES("\x08\x01\x22\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
              "cancel: has a number that is cut short or too long"),
        BYTES("\x08\x01\x22\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
              "cancel: has a number that is cut short or too long"),
        BYTES("\x08\x01\x22\x02\x02\x00", "cancel: has bytes that begin no field"),
        BYTES("\x08\x01\x22\x02\x0b\x0c", "cancel: has a field of a kind that is not used"),
        BYTES("\x08\x01\x22\x02\x0e\x00", "cancel: has a field of a kind that is not used"),
        BYTES("\x08\x01\x20\x07", "cancel: is of another kind than its field"),
        BYTES("\x08\x01\x22\x03\x0a\x01x", "cancel.request_id: is of another kind"),
        BYTES("\x08\x01\x22\x02\x10\x00", "cancel.stream: is of another kind"),
        BYTES("\x08\x01\x22\x05\x12\x03g\0e", "cancel.stream: has a NUL inside"),
        BYTES("\x08\x01\x22\x06\x12\x01g\x12\x01h", "cancel.stream: comes twice"),
        BYTES("\x08\x01\x22\x03\x12\x01g\x22\x00", "cancel: comes twice"),
        BYTES("\x08\x01\x22\x03\x12\x01g\x1a\x00", "work_reply: comes twice"),
        BYTES("\x08\x01\x1a\x04\x32\x02\x0d\x00", "work_reply.boxes[0]: is cut short"),
        BYTES("\x08\x01\x1a\x08\x32\x00\x32\x04\x30\xff\xff\xff",
              "work_reply.boxes[1]: has a number that is cut short"),
        BYTES("\x08\x01\x1a\x09\x32\x07\x30\xff\xff\xff\xff\xff\x01",
              "work_reply.boxes[0].class_id: has a number that is too large"),
        BYTES("\x08\x01\x1a\x06\x68\x80\x80\x80\x80\x10",
              "work_reply.credit: has a number that is too large"),
        BYTES("\x08\x01\x12\x04\xa2\x01\x01\x80", "work_request.class_ids[0]: has a number"),
        BYTES("\x08\x01\x32\x06\x22\x04\x1a\x02\x80\x80", "plan.streams[0].tolls_us[0]: has a num"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(rows[i].data, rows[i].len, 0, WEIR_ECORRUPT, rows[i].says);
}

static void test_another_version_is_named_beside_ours(void **state) {
    (void)state;
    static const struct bytes rows[] = {
        BYTES("\x08\x02", "version: found 2, this program speaks 1"),
        BYTES("\x08\x02\x22\x05\x08\x07", "version: found 2, this"), /* whatever follows */
        BYTES("\x08\x7f\x0b\x0b\x0b", "version: found 127, this program speaks 1"),
        BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "found 18446744073709551615, this"),
        BYTES("\xa2\x06\x01x\x08\x03", "version: found 3, this program speaks 1"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(rows[i].data, rows[i].len, 0, WEIR_EUNSUPPORTED, rows[i].says);
}

static void test_a_kind_of_a_later_schema_is_not_supported(void **state) {
    (void)state;
    static const char later[] = "\x08\x01\x7a\x02\x08\x07";
    assert_refused(later, sizeof later - 1, 0, WEIR_EUNSUPPORTED, "a kind that is not known here");
}

static void test_every_beginning_of_a_message_is_refused(void **state) {
    (void)state;
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++) {
        struct weir_wire whole = sample((enum weir_wire_kind)kind, SAMPLE_USUAL);
        struct weir_buf bytes = {0};
        sample_bytes(&bytes, (enum weir_wire_kind)kind, SAMPLE_USUAL);
        for (size_t len = 0; len < bytes.len; len++) {
            char *exact = malloc(len + 1); /* so that one byte too many is found out */
            char *end = exact + 1;
            memcpy(end, bytes.data, len);
            assert_refused(end, len, sample_picture(&whole), WEIR_ECORRUPT, "");
            free(exact);
        }
        weir_buf_done(&bytes);
    }
}

/* Whatever is read makes sense: it can be written again, and is the same then. */
static void read_anything(const char *data, size_t len, size_t picture) {
    struct weir_wire got, again;
    struct weir_buf bytes = {0};
    struct weir_error err = {0};
    int rc = weir_wire_read(data, len, picture, &got, &err);
    if (rc) {
        if (rc != WEIR_ECORRUPT && rc != WEIR_EUNSUPPORTED)
            fail_msg("%s: %s", weir_err_name(rc), err.text);
        assert_true(err.text[0]);
        return;
    }
    if (sample_write(&bytes, &got, &err) ||
        weir_wire_read(bytes.data, bytes.len, picture, &again, &err))
        fail_msg("read, but not written: %s", err.text);
    assert_same_message(&got, &again);
    weir_wire_done(&again);
    weir_wire_done(&got);
    weir_buf_done(&bytes);
}

static void test_every_bit_may_be_wrong(void **state) {
    (void)state;
    for (int kind = WEIR_WIRE_NOTHING + 1; kind < WEIR_WIRE_KINDS; kind++) {
        struct weir_wire whole = sample((enum weir_wire_kind)kind, SAMPLE_USUAL);
        struct weir_buf bytes = {0};
        sample_bytes(&bytes, (enum weir_wire_kind)kind, SAMPLE_USUAL);
        for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
            bytes.data[bit / 8] ^= (char)(1 << bit % 8);
            read_anything(bytes.data, bytes.len, sample_picture(&whole));
            bytes.data[bit / 8] ^= (char)(1 << bit % 8);
        }
        weir_buf_done(&bytes);
    }
}

static void test_many_bytes_may_be_wrong(void **state) {
    (void)state;
    struct weir_random r = weir_random_of(7, 1, 0);
    for (int round = 0; round < 20000; round++) {
        enum weir_wire_kind kind = (enum weir_wire_kind)(1 + weir_random_below(&r, 7));
        struct weir_wire whole = sample(kind, SAMPLE_USUAL);
        struct weir_buf bytes = {0};
        sample_bytes(&bytes, kind, SAMPLE_USUAL);
        for (int n = 1 + weir_random_below(&r, 4); n; n--) {
            int at = weir_random_below(&r, (int)bytes.len);
            bytes.data[at] = (char)weir_random_below(&r, 256);
        }
        read_anything(bytes.data, bytes.len, sample_picture(&whole));
        weir_buf_done(&bytes);
    }
}

/* ---- messages that lie ------------------------------------------------------------- */

static Weir__V1__Envelope *envelope_of(enum weir_wire_kind kind) {
    struct weir_buf bytes = {0};
    sample_bytes(&bytes, kind, SAMPLE_USUAL);
    Weir__V1__Envelope *e =
        weir__v1__envelope__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    assert_non_null(e);
    weir_buf_done(&bytes);
    return e;
}

/* The envelope is packed as it is, refused, and freed. */
static void refused_as(Weir__V1__Envelope *e, int code, const char *says) {
    size_t len = weir__v1__envelope__get_packed_size(e);
    uint8_t *bytes = malloc(len);
    weir__v1__envelope__pack(e, bytes);
    size_t picture = e->body_case == WEIR__V1__ENVELOPE__BODY_WORK_REQUEST ? 4321 : 0;
    assert_refused(bytes, len, picture, code, says);
    free(bytes);
    weir__v1__envelope__free_unpacked(e, NULL);
}

static void set_text(char **text, const char *value) {
    free(*text);
    *text = strdup(value);
}

/* One field spoiled, the rest as usual. */
#define REFUSED(KIND, body, change, says)                                                          \
    do {                                                                                           \
        Weir__V1__Envelope *e = envelope_of(WEIR_WIRE_##KIND);                                     \
        e->body->change;                                                                           \
        refused_as(e, WEIR_ECORRUPT, says);                                                        \
    } while (0)
#define REFUSED_TEXT(KIND, field, value, says)                                                     \
    do {                                                                                           \
        Weir__V1__Envelope *e = envelope_of(WEIR_WIRE_##KIND);                                     \
        set_text(&e->field, value);                                                                \
        refused_as(e, WEIR_ECORRUPT, says);                                                        \
    } while (0)

static void test_requests_that_lie_are_refused(void **state) {
    (void)state;
    REFUSED(WORK_REQUEST, work_request, frame = 1ull << 63, "work_request.frame: found -");
    REFUSED(WORK_REQUEST, work_request, budget_us = UINT64_MAX, "work_request.budget_us: found -1");
    REFUSED(WORK_REQUEST, work_request, budget_us = 1000000000000001,
            "budget_us: found 1000000000000001; allowed: 0 to 1000000000000000");
    REFUSED(WORK_REQUEST, work_request, input_width = 0, "input_width: found 0; allowed: 1 to 163");
    REFUSED(WORK_REQUEST, work_request, input_height = 16385, "input_height: found 16385; allowed");
    REFUSED(WORK_REQUEST, work_request, source_width = UINT32_MAX, "source_width: found -1");
    REFUSED(WORK_REQUEST, work_request, source_height = 0, "source_height: found 0");
    REFUSED(WORK_REQUEST, work_request, picture_width = 1u << 31, "picture_width: found -");
    REFUSED(WORK_REQUEST, work_request, picture_height = 0, "picture_height: found 0");
    REFUSED(WORK_REQUEST, work_request, codec = 0, "codec: found none; allowed: I420, JPEG or");
    REFUSED(WORK_REQUEST, work_request, codec = 4, "codec: found 4; allowed: I420, JPEG or H264");
    REFUSED(WORK_REQUEST, work_request, codec = (Weir__V1__Codec)-1,
            "work_request.codec: has a nu");
    REFUSED(WORK_REQUEST, work_request, quality = 52, "quality: found 52; allowed: 0 to 51");
    REFUSED(WORK_REQUEST, work_request, matrix = 3, "matrix: found 3; allowed: 0 to 2");
    REFUSED(WORK_REQUEST, work_request, after_frame = 250, "after_frame: found 250; allowed: -1");
    REFUSED(WORK_REQUEST, work_request, after_frame = UINT64_MAX, "after_frame: found 9223372036");
    REFUSED(WORK_REQUEST, work_request, codec = WEIR__V1__CODEC__CODEC_JPEG,
            "after_frame: found frame 249; allowed: none");
    REFUSED(WORK_REQUEST, work_request, min_score = NAN, "min_score: found nan; allowed: 0 to 1");
    REFUSED(WORK_REQUEST, work_request, min_score = -0.5f, "min_score: found -0.5");
    REFUSED(WORK_REQUEST, work_request, class_ids[2] = 4096, "class_ids[2]: found 4096; allowed");
    REFUSED_TEXT(WORK_REQUEST, work_request->stream, "", "work_request.stream: found \"\"");
    REFUSED_TEXT(WORK_REQUEST, work_request->model, "", "work_request.model: found \"\"");
}

static void test_a_picture_is_as_long_as_its_request_says(void **state) {
    (void)state;
    struct weir_buf bytes = {0};
    struct weir_wire w = sample(WEIR_WIRE_WORK_REQUEST, SAMPLE_USUAL);
    REFUSED(WORK_REQUEST, work_request, payload_bytes = 4322,
            "payload_bytes: found 4322, but 4321 bytes came beside it");
    REFUSED(WORK_REQUEST, work_request, payload_bytes = 0, "payload_bytes: found 0; allowed: 1 to");
    REFUSED(WORK_REQUEST, work_request, payload_bytes = UINT32_MAX,
            "payload_bytes: found 4294967295; allowed: 1 to 67108864");
    sample_bytes(&bytes, WEIR_WIRE_WORK_REQUEST, SAMPLE_USUAL);
    assert_refused(bytes.data, bytes.len, 0, WEIR_ECORRUPT, "found 4321, but 0 bytes came");
    weir_buf_reset(&bytes);
    sample_bytes(&bytes, WEIR_WIRE_CANCEL, SAMPLE_USUAL);
    assert_refused(bytes.data, bytes.len, 9, WEIR_ECORRUPT,
                   "cancel.payload_bytes: found 0, but 9 bytes came beside it");
    weir_buf_reset(&bytes);

    w.work_request.codec = WEIR_WIRE_CODEC_I420; /* every second row and column has chroma */
    w.work_request.quality = 0;
    w.work_request.after_frame = -1;
    w.work_request.picture_width = 5;
    w.work_request.picture_height = 3;
    w.work_request.payload_bytes = 15 + 2 * 6;
    assert_int_equal(sample_write(&bytes, &w, NULL), 0);
    struct weir_error err = {0};
    w.work_request.payload_bytes++;
    assert_int_equal(sample_write(&bytes, &w, &err), WEIR_EINVAL);
    test_error_says(&err, "payload_bytes: found 28; allowed: 27, which 5x3 has in I420");
    weir_buf_done(&bytes);
}

static void test_replies_that_lie_are_refused(void **state) {
    (void)state;
    REFUSED(WORK_REPLY, work_reply, outcome = 0, "work_reply.outcome: found 0; allowed: 1 to 8");
    REFUSED(WORK_REPLY, work_reply, outcome = 9, "work_reply.outcome: found 9; allowed: 1 to 8");
    REFUSED(WORK_REPLY, work_reply, outcome = WEIR__V1__OUTCOME__OUTCOME_TRACK,
            "outcome: found \"track\"; no service can say that");
    REFUSED(WORK_REPLY, work_reply, outcome = WEIR__V1__OUTCOME__OUTCOME_REPLACED, "\"replaced\"");
    REFUSED(WORK_REPLY, work_reply, outcome = WEIR__V1__OUTCOME__OUTCOME_LATE,
            "boxes: found 2 of a frame that is \"late\"; allowed: none");
    REFUSED(WORK_REPLY, work_reply, boxes[1]->x0 = NAN, "boxes[1].x0: found nan; allowed: -65536");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->y1 = INFINITY, "boxes[0].y1: found inf; allowed");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->y0 = -INFINITY, "boxes[0].y0: found -inf");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->x1 = 10.25f,
            "boxes[0].x1: found 10.25; allowed: 10.5");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->y0 = 221, "boxes[0].y1: found 220; allowed: 221 to");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->x0 = -1e6f, "boxes[0].x0: found -1e+06");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->score = NAN, "boxes[0].score: found nan; allowed: 0");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->score = 1.5f, "boxes[0].score: found 1.5");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->class_id = 4096, "boxes[0].class_id: found 4096");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->class_id = UINT32_MAX, "class_id: found -1");
    REFUSED(WORK_REPLY, work_reply, boxes[0]->track_id = 1u << 31, "track_id: found -2147483648");
    REFUSED(WORK_REPLY, work_reply, queue_us = UINT64_MAX, "work_reply.queue_us: found -1");
    REFUSED(WORK_REPLY, work_reply, decode_us = UINT64_MAX, "work_reply.decode_us: found -1");
    REFUSED(WORK_REPLY, work_reply, inference_us = UINT64_MAX, "work_reply.inference_us: found -1");
    REFUSED(WORK_REPLY, work_reply, wait_us = UINT64_MAX, "work_reply.wait_us: found -1");
    REFUSED(WORK_REPLY, work_reply, price_us = UINT64_MAX, "work_reply.price_us: found -1");
    REFUSED(WORK_REPLY, work_reply, load = -1, "work_reply.load: found -1; allowed: 0 to 1e+06");
    REFUSED(WORK_REPLY, work_reply, credit = 1000001, "work_reply.credit: found 1000001; allowed");
}

static void test_names_are_names_and_words_can_be_read(void **state) {
    (void)state;
    char text[1002];
    memset(text, 'x', sizeof text);
    text[101] = 0;
    REFUSED_TEXT(CANCEL, cancel->stream, text, "cancel.stream: found \"xxxxxxxxxx");
    REFUSED_TEXT(CANCEL, cancel->stream, text, "\" (101 bytes); allowed: 1 to 100 letters");
    static const char *const no_names[] = {"",     ".gate",       "-gate", "a b", "a/b", "../etc",
                                           "a\nb", "caf\xc3\xa9", "a\x80", "a:b", "a*",  "a>"};
    for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++)
        REFUSED_TEXT(CANCEL, cancel->stream, no_names[i], "cancel.stream: found \"");
    static const char *const no_words[] = {
        "",
        "a\nb",
        "\x1b[2J",
        "\x7f",
        "\xc2\x9b", /* a control character of two bytes */
        "\x80",
        "\xc3",
        "\xc3(",
        "\xc0\x80", /* NUL, and "/", longer than they must be */
        "\xc0\xaf",
        "\xe0\x80\xaf",
        "\xf0\x80\x80\xaf",
        "\xed\xa0\x80", /* a surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "ab\xe2\x82",
    };
    for (size_t i = 0; i < sizeof no_words / sizeof *no_words; i++) {
        REFUSED_TEXT(ADVERT, advert->tier, no_words[i], "advert.tier: found \"");
        REFUSED_TEXT(ADVERT, advert->class_names[1], no_words[i],
                     "advert.class_names[1]: found \"");
    }
    REFUSED_TEXT(ADVERT, advert->model, text, "allowed: 1 to 100 bytes of UTF-8");
    memset(text, 'x', sizeof text);
    text[501] = 0;
    REFUSED_TEXT(REFUSAL, refusal->text, text, "refusal.text: found \"xxx");
    REFUSED_TEXT(REFUSAL, refusal->text, "two\nlines", "refusal.text: found \"two\" (9 bytes)");
}

static void test_words_of_any_script_are_words(void **state) {
    (void)state;
    static const char *const words[] = {
        "street_m",         "a b",          "v\xc3\xa9lo", "\xe4\xba\xba",
        "\xf0\x9f\x9a\xb2", "\xef\xbf\xbd", "\xc2\xa0"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct weir_wire w = sample(WEIR_WIRE_ADVERT, SAMPLE_USUAL);
        struct weir_buf out = {0};
        w.advert.tier = words[i];
        assert_int_equal(sample_write(&out, &w, NULL), 0);
        weir_buf_done(&out);
    }
}

static void test_adverts_that_lie_are_refused(void **state) {
    (void)state;
    REFUSED_TEXT(ADVERT, advert->service, "a b", "advert.service: found \"a b\" (3 bytes)");
    REFUSED_TEXT(ADVERT, advert->node, "", "advert.node: found \"\"");
    REFUSED_TEXT(ADVERT, advert->consumes[1], "", "advert.consumes[1]: found \"\"");
    REFUSED_TEXT(ADVERT, advert->produces[0], "", "advert.produces[0]: found \"\"");
    REFUSED(ADVERT, advert, min_width = 0, "advert.min_width: found 0; allowed: 1 to 16384");
    REFUSED(ADVERT, advert, max_width = 159, "advert.max_width: found 159; allowed: 160 to 16384");
    REFUSED(ADVERT, advert, slots = 0, "advert.slots: found 0; allowed: 1 to 1024");
    REFUSED(ADVERT, advert, slots = 1025, "advert.slots: found 1025");
    REFUSED(ADVERT, advert, batch = 0, "advert.batch: found 0");
    REFUSED(ADVERT, advert, times[1]->width = 0, "advert.times[1].width: found 0");
    REFUSED(ADVERT, advert, times[1]->height = 99999, "advert.times[1].height: found 99999");
    REFUSED(ADVERT, advert, times[0]->time_us = UINT64_MAX, "advert.times[0].time_us: found -1");
    REFUSED(ADVERT, advert, load = INFINITY, "advert.load: found inf");
    REFUSED(ADVERT, advert, wait_us = UINT64_MAX, "advert.wait_us: found -1");
    REFUSED(ADVERT, advert, price_us = UINT64_MAX, "advert.price_us: found -1");
}

static void test_plans_that_lie_are_refused(void **state) {
    (void)state;
    REFUSED(PLAN, plan, settings[0]->width = 0, "plan.settings[0].width: found 0");
    REFUSED(PLAN, plan, settings[1]->height = 0, "plan.settings[1].height: found 0");
    REFUSED(PLAN, plan, settings[1]->codec = 7, "plan.settings[1].codec: found 7; allowed");
    REFUSED(PLAN, plan, settings[0]->quality = 1, "plan.settings[0].quality: found 1; allowed: 0");
    REFUSED_TEXT(PLAN, plan->settings[1]->node, "*", "plan.settings[1].node: found \"*\"");
    REFUSED_TEXT(PLAN, plan->settings[1]->model, "", "plan.settings[1].model: found \"\"");
    REFUSED_TEXT(PLAN, plan->streams[1]->stream, "", "plan.streams[1].stream: found \"\"");
    REFUSED(PLAN, plan, streams[0]->preferred = 2,
            "plan.streams[0].preferred: found 2; allowed: -1");
    REFUSED(PLAN, plan, streams[0]->preferred = UINT32_MAX, "preferred: found 2147483647");
    REFUSED(PLAN, plan, streams[0]->tolls_us[1] = UINT64_MAX, "plan.streams[0].tolls_us: found -1");
    REFUSED(PLAN, plan, streams[0]->n_tolls_us = 1,
            "plan.streams[0].tolls_us: found 1 members; allowed: one for each of 2 settings");
    Weir__V1__Envelope *e = envelope_of(WEIR_WIRE_PLAN);
    e->plan->streams[0]->advice_case = 0;
    weir__v1__setting__free_unpacked(e->plan->settings[1], NULL);
    weir__v1__setting__free_unpacked(e->plan->settings[0], NULL);
    e->plan->n_settings = 0; /* and tolls for two */
    refused_as(e, WEIR_ECORRUPT,
               "plan.streams[0].tolls_us: found 2 members; allowed: one for each of 0");
}

static void test_results_that_lie_are_refused(void **state) {
    (void)state;
    REFUSED(RESULT, result, outcome = 0, "result.outcome: found 0; allowed: 1 to 8");
    REFUSED(RESULT, result, outcome = 9, "result.outcome: found 9");
    REFUSED(RESULT, result, outcome = WEIR__V1__OUTCOME__OUTCOME_CORRUPT,
            "result.boxes: found 1 of a frame that is \"corrupt\"; allowed: none");
    REFUSED(RESULT, result, width = 0, "result.width: found 0; allowed: 1 to 16384");
    REFUSED(RESULT, result, height = 16385, "result.height: found 16385");
    REFUSED(RESULT, result, capture_us = UINT64_MAX, "result.capture_us: found -1");
    REFUSED(RESULT, result, latency_us = UINT64_MAX, "result.latency_us: found -1");
    REFUSED(RESULT, result, boxes[0]->score = INFINITY, "result.boxes[0].score: found inf");
    REFUSED(RESULT, result, setting->width = 0, "result.setting.width: found 0");
    REFUSED_TEXT(RESULT, result->setting->node, "", "result.setting.node: found \"\"");
}

static void test_refusals_that_lie_are_refused(void **state) {
    (void)state;
    REFUSED(REFUSAL, refusal, reason = 0, "refusal.reason: found 0; allowed: 1 to 8");
    REFUSED(REFUSAL, refusal, reason = 9, "refusal.reason: found 9; allowed: 1 to 8");
}

/* ---- too much -------------------------------------------------------------------- */

/* A body of field `body` that is so many times `member`. */
static void repeat(struct weir_buf *out, int body, const char *member, size_t len, size_t times) {
    size_t size = len * times;
    weir_buf_reset(out);
    weir_buf_add(out, "\x08\x01", 2);
    weir_buf_putc(out, (char)(body << 3 | 2));
    for (; size > 127; size >>= 7)
        weir_buf_putc(out, (char)((size & 127) | 128));
    weir_buf_putc(out, (char)size);
    while (times--)
        weir_buf_add(out, member, len);
}

static void test_too_much_of_anything_is_refused(void **state) {
    (void)state;
    struct weir_buf bytes = {0};
    static const struct {
        int body;
        const char *member;
        size_t len, times;
        const char *says;
    } rows[] = {
        {3, "\x32\x00", 2, 10001, "work_reply.boxes[10000]: has too many members"},
        {3, "\x32\x00", 2, 500000, "work_reply.boxes[10000]: has too many members"},
        {5, "\x42\x01x", 3, 10001, "advert.class_names[10000]: has too many members"},
        {5, "\x6a\x00", 2, 10001, "advert.times[10000]: has too many members"},
        {6, "\x22\x00", 2, 10001, "plan.streams[10000]: has too many members"},
        {2, "\xa0\x01\x05", 3, 10001, "work_request.class_ids[10000]: has too many members"},
        {2, "\xa2\x01\x0a\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05", 13, 1001,
         "work_request.class_ids[10000]: has too many members"},
        {4, "\xa0\x06\x00", 3, 65, "cancel: has too many fields that are not known"},
        {4, "\x98\x06\x01", 3, 300000, "cancel: has too many fields that are not known"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        repeat(&bytes, rows[i].body, rows[i].member, rows[i].len, rows[i].times);
        assert_refused(bytes.data, bytes.len, 0, WEIR_ECORRUPT, rows[i].says);
    }
    repeat(&bytes, 4, "\x12\x01g", 3, 400000);
    assert_refused(bytes.data, bytes.len, 0, WEIR_ECORRUPT,
                   "message: found 1200006 bytes; allowed");
    weir_buf_done(&bytes);
}

static void test_lists_within_the_message_and_over_their_own_limit_are_refused(void **state) {
    (void)state;
    Weir__V1__Envelope *e = envelope_of(WEIR_WIRE_ADVERT);
    e->advert->produces = realloc(e->advert->produces, 17 * sizeof(char *));
    for (; e->advert->n_produces < 17; e->advert->n_produces++)
        e->advert->produces[e->advert->n_produces] = strdup("boxes");
    refused_as(e, WEIR_ECORRUPT, "advert.produces: found 17 members; allowed: 16 at most");
    struct weir_wire w = sample(WEIR_WIRE_ADVERT, SAMPLE_MOST);
    struct weir_buf bytes = {0};
    struct weir_error err = {0};
    w.advert.consumes++;
    assert_int_equal(sample_write(&bytes, &w, &err), WEIR_EINVAL);
    test_error_says(&err, "advert.consumes: found 17 members; allowed: 16 at most");
    w.advert.consumes--;
    w.advert.times++;
    assert_int_equal(sample_write(&bytes, &w, &err), WEIR_EINVAL);
    test_error_says(&err, "advert.times: found 1001 members; allowed: 1000 at most");
    weir_buf_done(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_that_are_no_message_are_refused),
        cmocka_unit_test(test_another_version_is_named_beside_ours),
        cmocka_unit_test(test_a_kind_of_a_later_schema_is_not_supported),
        cmocka_unit_test(test_every_beginning_of_a_message_is_refused),
        cmocka_unit_test(test_every_bit_may_be_wrong),
        cmocka_unit_test(test_many_bytes_may_be_wrong),
        cmocka_unit_test(test_requests_that_lie_are_refused),
        cmocka_unit_test(test_a_picture_is_as_long_as_its_request_says),
        cmocka_unit_test(test_replies_that_lie_are_refused),
        cmocka_unit_test(test_names_are_names_and_words_can_be_read),
        cmocka_unit_test(test_words_of_any_script_are_words),
        cmocka_unit_test(test_adverts_that_lie_are_refused),
        cmocka_unit_test(test_plans_that_lie_are_refused),
        cmocka_unit_test(test_results_that_lie_are_refused),
        cmocka_unit_test(test_refusals_that_lie_are_refused),
        cmocka_unit_test(test_too_much_of_anything_is_refused),
        cmocka_unit_test(test_lists_within_the_message_and_over_their_own_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
