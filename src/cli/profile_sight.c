/* The whole: what stands in the way first, then the reference, then the models, then the files. */
#include "cli/profile_sight.h"

#include <math.h>
#include <stdlib.h>

#include "cli/interrupt.h"

/* ---- clips ----------------------------------------------------------------------- */

static int show_frame(struct cli_sight *s, size_t clip, int64_t number, bool to_reference,
                      struct weir_frame *frame, struct weir_error *err) {
    if (to_reference) {
        int rc = cli_sight_truth_find(s, frame->image, err);
        cli_accuracy_progress(&s->seen);
        return rc;
    }
    if (!s->ask->against) {
        int rc = cli_sight_truth_of(s, clip, number, frame, err);
        if (rc)
            return rc;
    }
    struct weir_image *image = weir_image_ref(frame->image);
    return cli_accuracy_push(&s->seen, &image, err);
}

/* Models look at a clip after the reference did: it is to show as much as it did then. */
static int end_clip(struct cli_sight *s, size_t index, int64_t frames, bool to_reference,
                    struct weir_error *err) {
    struct cli_clip *clip = &s->clip[index];
    if (to_reference)
        clip->most = frames;
    else if (s->ask->against && frames < clip->most)
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: %s had %lld frames, and has %lld now; keep it as it is meanwhile",
                         clip->name, clip->source, (long long)clip->most, (long long)frames);
    return to_reference ? 0 : cli_accuracy_flush(&s->seen, err);
}

static int run_clip(struct cli_sight *s, size_t index, bool to_reference, struct weir_error *err) {
    struct weir_stage_conf conf = cli_sight_stage_conf(s, index);
    struct cli_reader reader = {0};
    cli_sight_truth_begin(s, index);
    int rc = cli_reader_open(&conf, &reader, err);
    while (!rc) {
        struct weir_frame *frame = NULL;
        rc = weir_stop_requested(&s->seen.stop)
                 ? WEIR_ECANCELED
                 : cli_reader_next_of(&reader, &s->clip[index], &frame, err);
        if (!rc)
            rc = show_frame(s, index, reader.frames - 1, to_reference, frame, err);
        weir_frame_free(frame);
    }
    if (rc == WEIR_EEOF)
        rc = end_clip(s, index, reader.frames, to_reference, err);
    cli_reader_done(&reader);
    return rc;
}

static int run_clips(struct cli_sight *s, bool to_reference, struct weir_error *err) {
    int rc = 0;
    for (size_t i = 0; !rc && i < s->clips; i++)
        rc = run_clip(s, i, to_reference, err);
    return rc;
}

/* ---- all of it ------------------------------------------------------------------- */

static int interrupted(const struct cli_sight *s, struct weir_error *err) {
    struct weir_buf of = {0};
    if (s->seen.wanted > 0)
        weir_buf_printf(&of, " of %lld", (long long)s->seen.wanted);
    weir_fail(err, WEIR_ECANCELED, "interrupted after %lld%s inferences: nothing is written",
              (long long)s->seen.done, weir_buf_str(&of));
    weir_buf_done(&of);
    return WEIR_ECANCELED;
}

static int open_all(struct cli_sight *s, struct weir_error *err) {
    int rc = cli_sight_truth_open(s, err);
    if (!rc)
        rc = cli_accuracy_open(&s->seen, err);
    if (!rc)
        rc = cli_sight_files_open(s, err);
    if (!rc)
        cli_accuracy_tell(&s->seen);
    return rc;
}

static int look(struct cli_sight *s, struct weir_error *err) {
    int rc = 0;
    if (s->ask->against) {
        rc = run_clips(s, true, err);
        if (!rc)
            rc = cli_sight_truth_check(s, err);
    }
    if (!rc)
        rc = run_clips(s, false, err);
    cli_accuracy_close(&s->seen);
    if (weir_stop_requested(&s->seen.stop))
        return interrupted(s, err);
    return rc || s->ask->against ? rc : cli_sight_truth_check(s, err);
}

static int print(const struct cli_sight *s, struct weir_error *err) {
    struct weir_buf out = {0};
    struct weir_json json;
    if (s->ask->json) {
        weir_json_init(&json, &out);
        weir_json_object(&json);
        cli_sight_sources_json(s, &json);
        cli_accuracy_json(&s->seen, &json);
        weir_json_end_object(&json);
        weir_buf_putc(&out, '\n');
    } else {
        cli_accuracy_table(&s->seen, &out);
    }
    int rc = cli_print(&out, err);
    weir_buf_done(&out);
    return rc;
}

static void tell(const struct cli_sight *s) {
    for (size_t m = 0; m < s->seen.models; m++) {
        bool found = false;
        for (size_t r = 0; r < s->seen.rows; r++)
            found |= s->seen.row[r].model == m && s->seen.row[r].f1.tp > 0;
        if (!found)
            fprintf(stderr, "weir: %s finds nothing of what is there\n", s->seen.model[m].name);
        fprintf(stderr, "weir: written to %s\n", s->file[m]);
    }
}

static int run(struct cli_sight *s, struct weir_error *err) {
    int rc = open_all(s, err);
    if (!rc)
        rc = look(s, err);
    if (!rc)
        rc = cli_accuracy_judge(&s->seen, err);
    if (!rc)
        rc = cli_sight_files_write(s, err);
    if (!rc)
        rc = print(s, err);
    if (!rc)
        tell(s);
    return rc;
}

int cli_profile_sight(const struct cli_sight_ask *ask, struct weir_error *err) {
    struct cli_interrupt interrupt;
    struct cli_sight s = {.ask = ask, .set = ask->wf->set};
    s.set.detect.conf =
        ask->conf >= 0 ? fmin(ask->conf, cli_accuracy_least_conf) : cli_accuracy_least_conf;
    s.job = (struct cli_accuracy_job){
        .set = &s.set,
        .models = &ask->models.list,
        .limits = {.min_height = ask->limits.min_height},
        .conf = ask->conf,
        .quiet = ask->quiet,
        .interrupt = &interrupt,
    };
    if (cli_interrupt_start(&interrupt, NULL, NULL))
        return weir_fail(err, WEIR_ENOMEM, "no thread can be started");
    int rc = cli_accuracy_init(&s.seen, &s.job, err);
    if (!rc)
        rc = run(&s, err);
    cli_interrupt_end(&interrupt);
    cli_sight_files_done(&s);
    cli_sight_truth_done(&s);
    cli_accuracy_done(&s.seen);
    return rc;
}
