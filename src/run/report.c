/* The report, for a person and for a machine; one row of figures serves both. */
#include "run/report.h"

#include <math.h>
#include <stdlib.h>

void weir_report_done(struct weir_report *report) {
    for (size_t i = 0; i < report->stream_len; i++) {
        free(report->stream[i].name);
        free(report->stream[i].source);
        free(report->stream[i].times);
    }
    free(report->stream);
    free(report->times);
    free(report->model);
    for (int i = 0; i < report->choice.models; i++)
        free(report->choice.model[i].name);
    for (int i = 0; i < report->choice.settings; i++)
        free(report->choice.setting[i].model);
    free(report->choice.model);
    free(report->choice.setting);
    free(report->choice.strategy);
    *report = (struct weir_report){0};
}

bool weir_report_failed(const struct weir_report *report) {
    for (size_t i = 0; i < report->stream_len; i++)
        if (report->stream[i].failure.code || report->stream[i].sink_failure.code)
            return true;
    return !report->consistent;
}

static double ms(double ns) {
    return ns / (double)WEIR_NS_PER_MS;
}

static double quantile_ms(const struct weir_hist *hist, double q) {
    return ms((double)weir_hist_quantile(hist, q));
}

static double wall_of(const struct weir_counts *counts) {
    return (double)(counts->last_ns - counts->first_ns) / (double)WEIR_NS_PER_S;
}

static double rate(int64_t n, double seconds) {
    return seconds > 0 ? (double)n / seconds : 0;
}

/* Of frames that were to be detected the share that was, in time; NaN: there were none. */
static double on_time(const struct weir_counts *counts, int64_t wanted) {
    return wanted ? (double)counts->on_time / (double)wanted : NAN;
}

static int64_t wanted_of(const struct weir_stream_report *stream) {
    return stream->live
               ? weir_counts_out(&stream->counts) - stream->counts.outcome[WEIR_OUTCOME_TRACK]
               : 0;
}

/* ---- text ---------------------------------------------------------------- */

static void text_drops(const struct weir_counts *counts, struct weir_buf *out) {
    const char *before = " (";
    for (int i = WEIR_OUTCOME_NONE + 1; i < WEIR_OUTCOME_COUNT; i++) {
        if (weir_outcome_is_result(i) || !counts->outcome[i])
            continue;
        weir_buf_printf(out, "%s%s %lld", before, weir_outcome_name(i),
                        (long long)counts->outcome[i]);
        before = ", ";
    }
    if (*before == ',')
        weir_buf_putc(out, ')');
}

static void text_counts(const struct weir_counts *counts, struct weir_buf *out) {
    int64_t results = weir_counts_results(counts);
    weir_buf_printf(out, "%lld frames in, %lld results, %lld dropped", (long long)counts->frames_in,
                    (long long)results, (long long)(weir_counts_out(counts) - results));
    text_drops(counts, out);
}

static void text_latency(const struct weir_hist *hist, struct weir_buf *out) {
    weir_buf_printf(out, "mean %.1f  p50 %.1f  p95 %.1f  p99 %.1f  max %.1f ms",
                    ms(weir_hist_mean(hist)), quantile_ms(hist, 0.5), quantile_ms(hist, 0.95),
                    quantile_ms(hist, 0.99), ms((double)hist->max));
}

static void text_stream(const struct weir_stream_report *stream, struct weir_buf *out) {
    weir_buf_printf(out, "  %-16s ", stream->name);
    text_counts(&stream->counts, out);
    weir_buf_printf(out, ", %.1f fps\n",
                    rate(weir_counts_results(&stream->counts), wall_of(&stream->counts)));
    if (stream->times->latency.count) {
        weir_buf_printf(out, "  %-16s latency ", "");
        text_latency(&stream->times->latency, out);
        weir_buf_putc(out, '\n');
    }
    if (stream->failure.code)
        weir_buf_printf(out, "  %-16s failed: %s\n", "", stream->failure.text);
    if (stream->sink_failure.code)
        weir_buf_printf(out, "  %-16s sink stopped: %s\n", "", stream->sink_failure.text);
}

static void text_models(const struct weir_report *report, struct weir_buf *out) {
    const struct weir_report_choice *c = &report->choice;
    weir_buf_printf(out, "model%s    %s", c->models == 1 ? " " : "s", c->models == 1 ? " " : "");
    for (int i = 0; i < c->models; i++)
        weir_buf_printf(out, "%s%s (%.0f MB)", i ? ", " : "", c->model[i].name,
                        (double)c->model[i].memory_bytes / 1e6);
}

/* The settings that were used most, and how much. */
static void text_choice(const struct weir_report_choice *c, struct weir_buf *out) {
    enum { SHOWN = 6 };
    int64_t frames = 0, rest = 0;
    weir_buf_printf(out, "chosen     by %s:", c->strategy);
    for (int i = 0; i < c->settings; i++)
        frames += c->setting[i].frames;
    for (int i = 0; i < c->settings; i++) {
        const struct weir_report_setting *s = &c->setting[i];
        if (i >= SHOWN)
            rest += s->frames;
        else
            weir_buf_printf(out, "%s %s at %dx%d %.0f%%", i ? "," : "", s->model, s->width,
                            s->height, 100.0 * (double)s->frames / (double)frames);
    }
    if (rest)
        weir_buf_printf(out, ", %d more %.0f%%", c->settings - SHOWN,
                        100.0 * (double)rest / (double)frames);
    if (c->below_floor)
        weir_buf_printf(out, "; %lld below the floor", (long long)c->below_floor);
    if (c->audits)
        weir_buf_printf(out, "; %lld audits", (long long)c->audits);
    if (c->refused)
        weir_buf_printf(out, "; %lld answers made no sense", (long long)c->refused);
    weir_buf_puts(out, c->settings ? "\n" : " nothing was detected\n");
}

static void text_slo(const struct weir_report *report, struct weir_buf *out) {
    const struct weir_hist *age = &report->times->age;
    weir_buf_printf(out, "deadline   %g ms", report->deadline_ms);
    if (report->wanted)
        weir_buf_printf(out, ": %.1f%% in time", 100 * on_time(&report->total, report->wanted));
    else
        weir_buf_puts(out, ": no live stream, so nothing has to be in time");
    if (age->count)
        weir_buf_printf(out, ", age mean %.1f  p95 %.1f ms", ms(weir_hist_mean(age)),
                        quantile_ms(age, 0.95));
    weir_buf_putc(out, '\n');
}

void weir_report_text(const struct weir_report *report, struct weir_buf *out) {
    const int64_t results = weir_counts_results(&report->total);

    if (report->choice.strategy)
        text_models(report, out);
    else
        weir_buf_printf(out, "model      %s (%s) at %dx%d", report->model, report->head,
                        report->size.width, report->size.height);
    weir_buf_printf(out, " on %s, %d worker%s, %d thread%s\n", report->provider, report->workers,
                    report->workers == 1 ? "" : "s", report->threads,
                    report->threads == 1 ? "" : "s");
    weir_buf_puts(out, "frames     ");
    text_counts(&report->total, out);
    weir_buf_printf(out, "\nspeed      %.1f frames per second in %.2f s, %.2f ms of CPU a frame\n",
                    rate(results, report->wall_s), report->wall_s,
                    results ? report->cpu_s * 1e3 / (double)results : 0);
    if (report->times->latency.count) {
        weir_buf_puts(out, "latency    ");
        text_latency(&report->times->latency, out);
        weir_buf_puts(out, "\nof which   ");
        for (int i = 0; i < WEIR_PART_COUNT; i++)
            weir_buf_printf(out, "%s%s %.2f", i ? ", " : "", weir_part_name(i),
                            ms(weir_hist_mean(&report->times->part[i])));
        weir_buf_puts(out, " ms\n");
    }
    if (report->choice.strategy)
        text_choice(&report->choice, out);
    if (report->deadline_ms > 0)
        text_slo(report, out);
    weir_buf_printf(out, "memory     %.0f MB at most\n", (double)report->max_rss_bytes / 1e6);
    if (report->profile_points)
        weir_buf_printf(out, "profile    %d point%s brought up to date\n", report->profile_points,
                        report->profile_points == 1 ? "" : "s");
    weir_buf_printf(out, "stream%s\n", report->stream_len == 1 ? "" : "s");
    for (size_t i = 0; i < report->stream_len; i++)
        text_stream(&report->stream[i], out);
    if (report->stopped)
        weir_buf_puts(out, "stopped before the end\n");
}

/* ---- JSON ---------------------------------------------------------------- */

static void json_counts(struct weir_json *json, const struct weir_counts *counts) {
    weir_json_key_int(json, "frames_in", counts->frames_in);
    weir_json_key_int(json, "results", weir_counts_results(counts));
    weir_json_key(json, "dropped");
    weir_json_object(json);
    for (int i = WEIR_OUTCOME_NONE + 1; i < WEIR_OUTCOME_COUNT; i++)
        if (!weir_outcome_is_result(i))
            weir_json_key_int(json, weir_outcome_name(i), counts->outcome[i]);
    weir_json_end_object(json);
    weir_json_key_int(json, "boxes", counts->boxes);
}

static void json_hist(struct weir_json *json, const char *key, const struct weir_hist *hist) {
    weir_json_key(json, key);
    weir_json_object(json);
    weir_json_key_num(json, "mean", ms(weir_hist_mean(hist)), 4);
    weir_json_key_num(json, "p50", quantile_ms(hist, 0.5), 4);
    weir_json_key_num(json, "p95", quantile_ms(hist, 0.95), 4);
    weir_json_key_num(json, "p99", quantile_ms(hist, 0.99), 4);
    weir_json_key_num(json, "max", ms((double)hist->max), 4);
    weir_json_end_object(json);
}

static void json_times(struct weir_json *json, const struct weir_report_times *times) {
    json_hist(json, "latency_ms", &times->latency);
    json_hist(json, "overhead_ms", &times->overhead);
    weir_json_key(json, "parts_ms");
    weir_json_object(json);
    for (int i = 0; i < WEIR_PART_COUNT; i++)
        json_hist(json, weir_part_name(i), &times->part[i]);
    weir_json_end_object(json);
}

static void json_slo(struct weir_json *json, const struct weir_counts *counts, int64_t wanted,
                     const struct weir_hist *age) {
    weir_json_key_num(json, "on_time", on_time(counts, wanted), 6);
    weir_json_key(json, "age_ms");
    weir_json_object(json);
    weir_json_key_num(json, "mean", age->count ? ms(weir_hist_mean(age)) : NAN, 4);
    weir_json_key_num(json, "p95", age->count ? quantile_ms(age, 0.95) : NAN, 4);
    weir_json_end_object(json);
    weir_json_key(json, "outcomes");
    weir_json_object(json);
    for (int i = WEIR_OUTCOME_NONE + 1; i < WEIR_OUTCOME_COUNT; i++)
        weir_json_key_int(json, weir_outcome_name(i), counts->outcome[i]);
    weir_json_end_object(json);
}

static void json_failure(struct weir_json *json, const char *key, const struct weir_error *err) {
    weir_json_key_str(json, key, err->code ? err->text : NULL);
}

static void json_stream(struct weir_json *json, const struct weir_stream_report *stream,
                        bool deadline) {
    weir_json_object(json);
    weir_json_key_str(json, "name", stream->name);
    weir_json_key_str(json, "source", stream->source);
    weir_json_key_bool(json, "live", stream->live);
    json_counts(json, &stream->counts);
    weir_json_key_num(json, "fps",
                      rate(weir_counts_results(&stream->counts), wall_of(&stream->counts)), 3);
    json_times(json, stream->times);
    if (deadline)
        json_slo(json, &stream->counts, wanted_of(stream), &stream->times->age);
    json_failure(json, "failure", &stream->failure);
    json_failure(json, "sink_failure", &stream->sink_failure);
    weir_json_end_object(json);
}

static void json_choice(struct weir_json *json, const struct weir_report_choice *c) {
    weir_json_key_str(json, "strategy", c->strategy);
    weir_json_key(json, "models");
    weir_json_array(json);
    for (int i = 0; i < c->models; i++) {
        weir_json_object(json);
        weir_json_key_str(json, "name", c->model[i].name);
        weir_json_key_int(json, "memory_bytes", c->model[i].memory_bytes);
        weir_json_end_object(json);
    }
    weir_json_end_array(json);
    weir_json_key(json, "settings");
    weir_json_array(json);
    for (int i = 0; i < c->settings; i++) {
        weir_json_object(json);
        weir_json_key_str(json, "model", c->setting[i].model);
        weir_json_key_int(json, "width", c->setting[i].width);
        weir_json_key_int(json, "height", c->setting[i].height);
        weir_json_key_int(json, "frames", c->setting[i].frames);
        weir_json_end_object(json);
    }
    weir_json_end_array(json);
    weir_json_key_int(json, "refused", c->refused);
    weir_json_key_int(json, "below_floor", c->below_floor);
    weir_json_key_int(json, "audits", c->audits);
}

void weir_report_json(const struct weir_report *report, struct weir_buf *out) {
    const int64_t results = weir_counts_results(&report->total);
    struct weir_json json;

    weir_json_init(&json, out);
    json.pretty = true;
    weir_json_object(&json);
    weir_json_key_str(&json, "model", report->model);
    weir_json_key_str(&json, "head", report->head);
    weir_json_key_str(&json, "provider", report->provider);
    if (report->choice.strategy) {
        json_choice(&json, &report->choice);
    } else {
        weir_json_key_int(&json, "width", report->size.width);
        weir_json_key_int(&json, "height", report->size.height);
    }
    weir_json_key_int(&json, "workers", report->workers);
    weir_json_key_int(&json, "threads", report->threads);
    json_counts(&json, &report->total);
    weir_json_key_num(&json, "seconds", report->wall_s, 4);
    weir_json_key_num(&json, "fps", rate(results, report->wall_s), 3);
    weir_json_key_num(&json, "cpu_ms_per_frame",
                      results ? report->cpu_s * 1e3 / (double)results : 0, 4);
    weir_json_key_int(&json, "max_rss_bytes", report->max_rss_bytes);
    weir_json_key_int(&json, "profile_points", report->profile_points);
    weir_json_key_bool(&json, "stopped", report->stopped);
    weir_json_key_bool(&json, "consistent", report->consistent);
    json_times(&json, report->times);
    if (report->deadline_ms > 0) {
        weir_json_key_num(&json, "deadline_ms", report->deadline_ms, 3);
        json_slo(&json, &report->total, report->wanted, &report->times->age);
    }
    weir_json_key(&json, "streams");
    weir_json_array(&json);
    for (size_t i = 0; i < report->stream_len; i++)
        json_stream(&json, &report->stream[i], report->deadline_ms > 0);
    weir_json_end_array(&json);
    weir_json_end_object(&json);
    weir_buf_putc(out, '\n');
}
