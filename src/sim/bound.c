/*
 * What no strategy can beat: every frame by the setting that is fastest for it, as if it were
 * alone. Frames that no setting could serve, their nodes being down, are left out.
 */
#include <math.h>

#include "sim/alone.h"
#include "sim/fixed.h"
#include "sim/hindsight.h"

/* The least over settings; WEIR_FOREVER: none serves it. */
static int64_t least(const struct sim_alone *alone, const bool *meets, int stream, int64_t frame) {
    const struct sim_conf *conf = alone->world.conf;
    const struct sim_stream_conf *s = &conf->stream[stream];
    const int64_t due = s->phase_ns + llround((double)frame * 1e9 / s->rate_fps);
    int64_t best = WEIR_FOREVER;
    for (int i = 0; i < conf->settings; i++) {
        if (!meets[(size_t)stream * (size_t)conf->settings + (size_t)i] ||
            !sim_alone_reaches(alone, stream, i))
            continue;
        int64_t bytes = conf->setting[i].travel == WEIR_TRAVEL_NONE
                            ? 0
                            : conf->content->bytes(conf->content, stream, frame, i),
                ns = sim_alone_ns(alone, stream, i, due, bytes);
        best = ns < best ? ns : best;
    }
    return best;
}

static bool any_way(const struct sim_alone *alone, const bool *meets, int stream) {
    const int settings = alone->world.conf->settings;
    for (int i = 0; i < settings; i++)
        if (meets[(size_t)stream * (size_t)settings + (size_t)i] &&
            sim_alone_reaches(alone, stream, i))
            return true;
    return false;
}

double sim_bound_ms(const struct sim_conf *conf, const bool *meets) {
    struct sim_conf mine = *conf;
    struct sim_alone alone = {0};
    double sum = 0;
    int64_t frames = 0;
    mine.strategy = &sim_strategy_fixed; /* the conf's own is not used, and need not be there */
    if (!meets || sim_check(&mine, NULL) || sim_alone_init(&alone, &mine, NULL))
        return NAN;
    bool all = true;
    for (int i = 0; i < mine.streams; i++)
        all = all && any_way(&alone, meets, i);
    for (int i = 0; all && i < mine.streams; i++)
        for (int64_t k = 0; k < sim_frames_of(&mine, &mine.stream[i]);
             k += sim_skip(&mine.stream[i])) {
            int64_t ns = least(&alone, meets, i, k);
            if (ns == WEIR_FOREVER)
                continue;
            sum += (double)ns / 1e6;
            frames++;
        }
    sim_alone_done(&alone);
    return frames ? sum / (double)frames : NAN;
}
