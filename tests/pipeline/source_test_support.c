#include "source_test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rig_init(struct rig *rig, const char *source, struct weir_clock *clock) {
    memset(rig, 0, sizeof *rig);
    rig->clock = clock ? clock : weir_clock_monotonic_new();
    assert_non_null(rig->clock);
    weir_stop_init(&rig->stop, rig->clock);
    assert_int_equal(weir_workflow_init(&rig->wf), 0);
    assert_int_equal(weir_workflow_add_stream(&rig->wf, "s", source, false, &rig->err), 0);
    rig->conf = (struct weir_stage_conf){
        .workflow = &rig->wf, .sink = -1, .clock = rig->clock, .stop = &rig->stop};
}

void rig_done(struct rig *rig) {
    weir_stage_free(rig->source);
    weir_stage_free(rig->decode);
    weir_workflow_done(&rig->wf);
    weir_clock_free(rig->clock);
}

int rig_open(struct rig *rig) {
    int rc = weir_stage_source.open(&rig->conf, &rig->source, &rig->err);
    if (!rc) {
        assert_non_null(rig->source);
        assert_int_equal(weir_stage_decode.open(&rig->conf, &rig->decode, &rig->err), 0);
    }
    return rc;
}

static int middle_luma(const struct weir_image *image) {
    int x = image->width / 2, y = image->height / 2;
    bool packed = image->pixel == WEIR_PIXEL_BGR || image->pixel == WEIR_PIXEL_RGB;
    return image->plane[0][y * image->stride[0] + (packed ? 3 * x + 1 : x)];
}

/* times.deliver, which neither stage touches, carries the number a frame went in with. */
static void take_shown(struct play *play, struct weir_frame *frame, bool *seen) {
    int64_t number = frame->times.deliver - 1;
    assert_in_range(number, 0, FRAMES_MAX - 1);
    assert_false(seen[number]);
    seen[number] = true;
    assert_int_equal(frame->seq, play->out);
    if (!frame->name)
        assert_int_equal(frame->source_id, frame->seq);
    assert_null(frame->packet);
    assert_true(frame->times.capture >= 0);

    struct shown *s = &play->frame[play->out++];
    *s = (struct shown){.media_ns = frame->media_ns,
                        .source_id = frame->source_id,
                        .outcome = frame->outcome,
                        .luma = -1,
                        .capture = frame->times.capture};
    if (frame->name)
        snprintf(s->name, sizeof s->name, "%s", frame->name);
    if (frame->image) {
        assert_int_equal(frame->outcome, WEIR_OUTCOME_NONE);
        assert_int_equal(frame->width, frame->image->width);
        assert_int_equal(frame->height, frame->image->height);
        assert_true(frame->times.decode_begin <= frame->times.decode_end);
        s->width = frame->width;
        s->height = frame->height;
        s->pixel = frame->image->pixel;
        s->matrix = frame->image->matrix;
        s->full_range = frame->image->full_range;
        s->luma = middle_luma(frame->image);
        play->pictures++;
    } else {
        assert_int_not_equal(frame->outcome, WEIR_OUTCOME_NONE);
        play->corrupt += frame->outcome == WEIR_OUTCOME_CORRUPT;
    }
    weir_frame_free(frame);
}

static int pull_all(struct rig *rig, struct play *play, bool *seen) {
    struct weir_frame *frame;
    int rc;
    while ((rc = rig->decode->ops->pull(rig->decode, &frame, &rig->err)) == 0)
        take_shown(play, frame, seen);
    return rc;
}

void rig_play(struct rig *rig, int max, struct play *ret) {
    bool *seen = calloc(FRAMES_MAX, sizeof *seen);
    struct play play = {.frame = calloc(FRAMES_MAX, sizeof *play.frame)};
    assert_true(seen && play.frame);

    while (play.in != max && !play.end) {
        struct weir_frame *frame = NULL;
        play.end = rig->source->ops->pull(rig->source, &frame, &rig->err);
        if (play.end) {
            assert_null(frame);
            break;
        }
        assert_true(frame->packet || frame->image || frame->outcome != WEIR_OUTCOME_NONE);
        assert_int_equal(frame->seq, -1);
        if (!frame->name)
            assert_int_equal(frame->source_id, -1);
        assert_int_equal(frame->stream, 0);
        assert_true(play.in < FRAMES_MAX);
        frame->times.deliver = ++play.in;
        int rc;
        while ((rc = rig->decode->ops->push(rig->decode, frame, &rig->err)) == WEIR_EAGAIN)
            assert_int_equal(pull_all(rig, &play, seen), WEIR_EAGAIN);
        if (rc)
            fail_msg("push: %s", rig->err.text);
        assert_int_equal(pull_all(rig, &play, seen), WEIR_EAGAIN);
    }
    assert_int_equal(rig->decode->ops->drain(rig->decode, &rig->err), 0);
    assert_int_equal(pull_all(rig, &play, seen), WEIR_EEOF);
    assert_int_equal(play.out, play.in);
    for (int i = 0; i < play.in; i++)
        assert_true(seen[i]);
    free(seen);
    *ret = play;
}

void play_done(struct play *play) {
    free(play->frame);
}

void play_file(const char *source, struct play *ret) {
    struct rig rig;
    rig_init(&rig, source, NULL);
    if (rig_open(&rig))
        fail_msg("does not open: %s", rig.err.text);
    rig_play(&rig, -1, ret);
    if (ret->end != WEIR_EEOF)
        fail_msg("ended with %s: %s", weir_err_name(ret->end), rig.err.text);
    rig_done(&rig);
}

void expect_refused(const char *source, int code, const char *says) {
    struct rig rig;
    rig_init(&rig, source, NULL);
    int rc = rig_open(&rig);
    if (rc != code)
        fail_msg("%s: %s instead of %s: %s", source, weir_err_name(rc), weir_err_name(code),
                 rig.err.text);
    assert_null(rig.source);
    assert_int_equal(rig.err.code, code);
    test_error_says(&rig.err, says);
    rig_done(&rig);
}

const char *make_media(const char *dir, const char *name, const char *args) {
    const char *path = test_path(dir, name);
    char command[4096];

    if (system("command -v ffmpeg >/dev/null 2>&1")) {
        print_message("# skipped: no ffmpeg program to make media with\n");
        skip();
    }
    snprintf(command, sizeof command, "ffmpeg -nostdin -v error -y %s '%s'", args, path);
    if (system(command))
        fail_msg("%s", command);
    return path;
}

void expect_counting(const struct play *play, int frames) {
    assert_int_equal(play->in, frames);
    assert_int_equal(play->pictures, frames);
    for (int i = 0; i < frames; i++) {
        const struct shown *s = &play->frame[i];
        int expected = 16 + 8 * i;
        if (s->full_range && s->pixel != WEIR_PIXEL_BGR) /* mjpeg */
            expected = (expected - 16) * 255 / 219;
        if (abs(s->luma - expected) > 3)
            fail_msg("picture %d has luma %d, not %d", i, s->luma, expected);
        if (s->media_ns >= 0 && llabs(s->media_ns - i * 100 * WEIR_NS_PER_MS) > 2 * WEIR_NS_PER_MS)
            fail_msg("picture %d has time %lld", i, (long long)s->media_ns);
    }
}

const char *write_bytes(const char *dir, const char *name, const void *bytes, size_t len) {
    const char *path = test_path(dir, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

char *read_bytes(const char *path, size_t *ret_len) {
    struct weir_error err = {0};
    char *data = NULL;
    if (weir_file_read(path, 64 << 20, &data, ret_len, &err))
        fail_msg("%s", err.text);
    return data;
}

void fill_rubbish(void *bytes, size_t len, uint32_t seed) {
    unsigned char *b = bytes;
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        b[i] = (unsigned char)(seed >> 24);
    }
}

int scratch_setup(void **state) {
    *state = test_scratch();
    return 0;
}

int scratch_teardown(void **state) {
    test_scratch_remove(*state);
    return 0;
}
