/*
 * Resident memory: one 720p stream over 10,000 frames, which must stay flat, and
 * eight streams that share one model. Each case in a process of its own.
 *
 *   bench_memory [FRAMES]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runs.h"

enum { SAMPLES = 64, SECONDS_OF_CLIP = 20 };

struct samples {
    int64_t every, len;
    double mb[SAMPLES];
};

static double resident_mb(void) {
    long pages = 0, total;
    FILE *file = fopen("/proc/self/statm", "r");
    bench_require(file && fscanf(file, "%ld %ld", &total, &pages) == 2, "no /proc/self/statm");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void sample(struct weir_run *run, void *arg) {
    struct samples *samples = arg;
    struct weir_snapshot snapshot;
    weir_run_snapshot(run, 0, &snapshot);
    if (samples->len < SAMPLES &&
        weir_counts_out(&snapshot.counts) >= (samples->len + 1) * samples->every)
        samples->mb[samples->len++] = resident_mb();
}

static void in_child(const char *name, const char *video, const char *model, int streams,
                     int64_t frames) {
    struct samples samples = {.every = frames / 10};
    pid_t child = fork();
    bench_require(child >= 0, "fork failed");
    if (child) {
        int status;
        bench_require(waitpid(child, &status, 0) == child && status == 0, "the child failed");
        return;
    }
    struct weir_workflow wf = bench_workflow(video, streams, model, "416", false, frames);
    struct weir_report report = bench_go(&wf, model, sample, &samples);
    bench_require(weir_counts_results(&report.total) == frames * streams, "frames are missing");
    bench_require(samples.len >= 9, "too few samples");
    printf("{\"bench\":\"memory\",\"case\":\"%s\",\"streams\":%d,\"frames\":%lld,"
           "\"resident_mb_at_10_percent\":%.1f,\"resident_mb_at_the_end\":%.1f,\"growth\":%.3f,"
           "\"peak_mb\":%.1f}\n",
           name, streams, (long long)(frames * streams), samples.mb[0], samples.mb[samples.len - 1],
           samples.mb[samples.len - 1] / samples.mb[0], (double)report.max_rss_bytes / 1e6);
    fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv) {
    int64_t frames = argc > 1 ? atoll(argv[1]) : 10000;
    const char *model = bench_data("memory", "models/yolox_nano_dyn.onnx");
    const char *original = bench_data("memory", "videos/bottle-detection.mp4");
    char clip[256], video[256];

    bench_require(frames >= 100, "at least 100 frames");
    if (!model || !original)
        return 0;
    snprintf(clip, sizeof clip, "%s/clip.mp4", bench_scratch());
    snprintf(video, sizeof video, "%s/long.mp4", bench_scratch());
    bench_shell("ffmpeg -v error -t %d -i '%s' -an -vf scale=1280:720 -c:v libx264 -preset "
                "ultrafast -threads 2 '%s' && "
                "ffmpeg -v error -stream_loop %lld -i '%s' -c copy '%s'",
                SECONDS_OF_CLIP, original, clip, (long long)(frames / 500 + 1), clip, video);
    in_child("one 720p stream", video, model, 1, frames);
    in_child("eight 720p streams", video, model, 8, frames / 20);
    bench_scratch_remove();
    return 0;
}
