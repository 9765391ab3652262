/*
 * What it costs to ask over the fabric: a street of 640x360 as a JPEG goes to a service, which
 * reads all of it and answers with 200 bytes, as many as some boxes take. Between two processes:
 * the local fabric with the payload copied through its socket and as a sealed memory file, and
 * the least that could do the same, a bare seqpacket socketpair with a blocking reader at either
 * end. In one process: the loop fabric and, as the least there, copying the bytes.
 *
 *   bench_fabric [TRIPS [ROUNDS]]
 *
 * Who asks has one core, who serves another: left to itself the scheduler puts both on one for a
 * while and then apart again, which is five times the time. A trip begins with the picture in the
 * asker's memory, and ends where the reply is at hand: in `done`, or behind recv. All take turns in
 * each round; times are medians over a round's trips, ratios and differences those of single
 * rounds. Then the same for other sizes, which says up to where copying is worth it. Asserted:
 * every reply tells the sum of what was sent.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "fabric/fabric.h"
#include "pipeline/pipeline.h"
#include "scene/scene.h"

enum { TRIPS = 300, TRIPS_MAX = 10000, ROUNDS = 9, ROUNDS_MAX = 100, WARM = 50 };
enum { REPLY = 200, LARGEST = 1 << 20, SOCKET_LARGEST = 192 << 10 };
enum way { BARE, COPIED, SEALED, LOOP, MEMCPY, WAYS };

static uint8_t *picture, *copy;

/* Reads every word, as a decoder would. */
static uint64_t sum_of(const uint8_t *data, size_t len) {
    uint64_t sum = len;
    for (; len >= 8; data += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        sum += word;
    }
    while (len--)
        sum += *data++;
    return sum;
}

/* Threads and processes made from here on run there, too. */
static void move_to_core(int nth) {
    static cpu_set_t ours;
    cpu_set_t one;
    if (!CPU_COUNT(&ours))
        sched_getaffinity(0, sizeof ours, &ours);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &ours) && nth-- % CPU_COUNT(&ours) == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
}

/* ---- the other processes ------------------------------------------------------------------ */

static void answer(void *user, struct weir_fabric_request *request) {
    uint8_t reply[REPLY] = {0};
    struct weir_fabric_payload *payload = weir_fabric_request_payload(request);
    uint64_t sum = sum_of(weir_fabric_payload_bytes(payload), weir_fabric_payload_len(payload));
    memcpy(reply, &sum, sizeof sum);
    if (weir_fabric_reply(request, reply, sizeof reply, NULL))
        weir_fabric_refuse(request, WEIR_ENOMEM);
}

static struct weir_fabric *serve(struct weir_fabric *fabric) {
    struct weir_fabric_service *service;
    struct weir_error err = {0};
    const struct weir_fabric_offer offer = {.name = "sum", .window = 4, .handle = answer};
    bench_require(weir_fabric_offer(fabric, &offer, &service, &err) == 0, err.text);
    return fabric;
}

static struct weir_fabric *open_local(const char *dir, const char *node, size_t inline_bytes) {
    struct weir_fabric *fabric;
    struct weir_error err = {0};
    const struct weir_fabric_conf conf = {
        .node = node, .clock = weir_clock_monotonic_new(), .inline_bytes = inline_bytes};
    bench_require(weir_fabric_open_local(dir, &conf, &fabric, &err) == 0, err.text);
    return fabric;
}

/* Until its standard input, a pipe of ours, ends. */
static pid_t start_local_server(const char *dir, int hold[2], int fd[2]) {
    char byte;
    pid_t pid = fork();
    bench_require(pid >= 0, "no process");
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(hold[1]);
    close(fd[0]);
    close(fd[1]);
    struct weir_fabric *fabric = serve(open_local(dir, "server", 0));
    while (read(hold[0], &byte, 1) > 0)
        ;
    weir_fabric_close(fabric);
    _exit(0);
}

static pid_t start_bare_server(int hold[2], int fd[2]) {
    pid_t pid = fork();
    bench_require(pid >= 0, "no process");
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(hold[1]);
    close(fd[0]);
    for (;;) {
        uint8_t reply[REPLY] = {0};
        ssize_t n = recv(fd[1], copy, SOCKET_LARGEST, 0);
        if (n <= 0)
            _exit(0);
        uint64_t sum = sum_of(copy, (size_t)n);
        memcpy(reply, &sum, sizeof sum);
        send(fd[1], reply, sizeof reply, MSG_NOSIGNAL);
    }
}

/* ---- trips ----------------------------------------------------------------------------------- */

struct trip {
    pthread_mutex_t lock;
    pthread_cond_t there;
    bool ended, seen;
    double end_ms;
    uint64_t sum;
};

static struct trip trip = {.lock = PTHREAD_MUTEX_INITIALIZER, .there = PTHREAD_COND_INITIALIZER};

static void end(void *user, struct weir_fabric_end *reply) {
    double now_ms = bench_ms(CLOCK_MONOTONIC);
    pthread_mutex_lock(&trip.lock);
    trip.end_ms = now_ms;
    trip.sum = 0;
    if (reply->how == WEIR_FABRIC_REPLIED)
        memcpy(&trip.sum, reply->message, sizeof trip.sum);
    trip.ended = true;
    pthread_cond_signal(&trip.there);
    pthread_mutex_unlock(&trip.lock);
}

static double ask(struct weir_fabric *fabric, struct weir_fabric_client *client, size_t len,
                  uint64_t sum) {
    struct weir_fabric_payload *payload;
    struct weir_fabric_ask what = {
        .message = "what is in it?", .message_len = 14, .timeout_ns = WEIR_NS_PER_S, .done = end};
    trip.ended = false;
    double begin_ms = bench_ms(CLOCK_MONOTONIC);
    bench_require(weir_fabric_payload_new(fabric, len, &payload) == 0, "no payload");
    memcpy(weir_fabric_payload_data(payload), picture, len);
    what.payload = payload;
    int rc = weir_fabric_ask(client, &what, NULL);
    bench_require(rc == 0, weir_err_str(rc));
    pthread_mutex_lock(&trip.lock);
    while (!trip.ended)
        pthread_cond_wait(&trip.there, &trip.lock);
    pthread_mutex_unlock(&trip.lock);
    bench_require(trip.sum == sum, "a reply does not belong to what was sent");
    return trip.end_ms - begin_ms;
}

static double bare(int fd, size_t len, uint64_t sum) {
    uint8_t reply[REPLY];
    uint64_t told;
    double begin_ms = bench_ms(CLOCK_MONOTONIC);
    bench_require(send(fd, picture, len, MSG_NOSIGNAL) == (ssize_t)len &&
                      recv(fd, reply, sizeof reply, 0) == (ssize_t)sizeof reply,
                  "the bare socket fails");
    double end_ms = bench_ms(CLOCK_MONOTONIC);
    memcpy(&told, reply, sizeof told);
    bench_require(told == sum, "the bare socket's reply does not belong to what was sent");
    return end_ms - begin_ms;
}

static double copied(size_t len, uint64_t sum) {
    double begin_ms = bench_ms(CLOCK_MONOTONIC);
    memcpy(copy, picture, len);
    uint64_t told = sum_of(copy, len);
    double end_ms = bench_ms(CLOCK_MONOTONIC);
    bench_require(told == sum, "a copy is none");
    return end_ms - begin_ms;
}

struct rig {
    int fd; /* bare */
    struct weir_fabric *fabric[WAYS];
    struct weir_fabric_client *client[WAYS];
};

static double median_of(const struct rig *rig, enum way way, size_t len, int trips) {
    static double ms[TRIPS_MAX];
    const uint64_t sum = sum_of(picture, len);
    for (int i = 0; i < trips; i++)
        ms[i] = way == BARE     ? bare(rig->fd, len, sum)
                : way == MEMCPY ? copied(len, sum)
                                : ask(rig->fabric[way], rig->client[way], len, sum);
    return bench_median(ms, trips);
}

static void look(void *user, const struct weir_fabric_advert *advert) {
    pthread_mutex_lock(&trip.lock);
    trip.seen |= !advert->gone;
    pthread_cond_signal(&trip.there);
    pthread_mutex_unlock(&trip.lock);
}

static void await_seen(void) {
    pthread_mutex_lock(&trip.lock);
    while (!trip.seen)
        pthread_cond_wait(&trip.there, &trip.lock);
    trip.seen = false;
    pthread_mutex_unlock(&trip.lock);
}

static void open_way(struct rig *rig, enum way way, struct weir_fabric_hub *hub, const char *dir) {
    struct weir_error err = {0};
    struct weir_fabric_conf conf = {.node = way == COPIED ? "copies" : "asks",
                                    .clock = weir_clock_monotonic_new(),
                                    .seen = look,
                                    .inline_bytes = way == COPIED ? WEIR_FABRIC_INLINE_MAX : 1};
    int rc = way == LOOP ? weir_fabric_open_loop(hub, &conf, &rig->fabric[way], &err)
                         : weir_fabric_open_local(dir, &conf, &rig->fabric[way], &err);
    bench_require(rc == 0, err.text);
    rc = weir_fabric_client_new(rig->fabric[way], "server", "sum", &rig->client[way]);
    bench_require(rc == 0, "no client");
    await_seen();
}

/* ---- what is sent ------------------------------------------------------------------------------
 */

static size_t make_picture(void) {
    struct weir_scene_conf conf = weir_scene_defaults;
    const struct weir_encoder_conf how = {.coding = WEIR_CODING_JPEG,
                                          .width = 640,
                                          .height = 360,
                                          .quality = 80,
                                          .rate_fps = 25,
                                          .encoder = "auto"};
    struct weir_truth truth = {0};
    struct weir_scene *scene = NULL;
    struct weir_image *image = NULL;
    struct weir_encoder *encoder = NULL;
    struct weir_packet *packet = NULL;
    conf.width = 640;
    conf.height = 360;
    conf.profile = WEIR_SCENE_RUSH;
    conf.seconds = 1;
    bench_require(weir_scene_new(&conf, &scene, NULL) == 0 &&
                      weir_scene_next(scene, &image, &truth, NULL) == 0 &&
                      weir_encoder_new(&how, &encoder, NULL) == 0 &&
                      weir_encoder_push(encoder, image, false, &packet, NULL) == 0,
                  "no picture");
    picture = malloc(LARGEST);
    copy = malloc(LARGEST);
    bench_require(picture && copy && packet->len <= WEIR_FABRIC_INLINE_MAX, "no room");
    size_t len = packet->len;
    for (size_t at = 0; at < LARGEST; at += len) /* larger ones are more of it */
        memcpy(picture + at, packet->data, LARGEST - at < len ? LARGEST - at : len);
    weir_packet_unref(&packet);
    weir_encoder_free(encoder);
    weir_image_unref(&image);
    weir_truth_done(&truth);
    weir_scene_free(scene);
    return len;
}

static void print_sizes(const struct rig *rig, int trips) {
    static const size_t sizes[] = {4 << 10,  16 << 10,  32 << 10, 64 << 10,
                                   96 << 10, 128 << 10, LARGEST};
    printf("\"sizes\":[");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        static double ms[WAYS][ROUNDS_MAX];
        for (int k = 0; k < 5; k++)
            for (int w = COPIED; w <= LOOP; w++)
                ms[w][k] = w == COPIED && sizes[i] > WEIR_FABRIC_INLINE_MAX
                               ? 0
                               : median_of(rig, (enum way)w, sizes[i], trips / 2 + 1);
        printf("%s{\"bytes\":%zu,", i ? "," : "", sizes[i]);
        if (sizes[i] <= WEIR_FABRIC_INLINE_MAX)
            printf("\"copied_ms\":%.4f,", bench_median(ms[COPIED], 5));
        printf("\"sealed_ms\":%.4f,\"loop_ms\":%.4f}", bench_median(ms[SEALED], 5),
               bench_median(ms[LOOP], 5));
    }
    printf("]}\n");
}

int main(int argc, char **argv) {
    const int trips = argc > 1 ? atoi(argv[1]) : TRIPS, rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
    bench_require(trips >= 10 && trips <= TRIPS_MAX, "TRIPS must be 10 to 10000");
    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "ROUNDS must be 1 to 100");
    const size_t len = make_picture();

    char dir[] = "/tmp/weir-bench-XXXXXX";
    int hold[2], fd[2];
    bench_require(mkdtemp(dir) && pipe(hold) == 0 &&
                      socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0,
                  "no folder or sockets");
    move_to_core(1);
    pid_t local_pid = start_local_server(dir, hold, fd);
    close(hold[0]);
    pid_t bare_pid = start_bare_server(hold, fd);
    close(fd[1]);

    struct rig rig = {.fd = fd[0]};
    struct weir_fabric_hub *hub = weir_fabric_hub_new();
    struct weir_fabric *loop_server = NULL;
    const struct weir_fabric_conf conf = {.node = "server", .clock = weir_clock_monotonic_new()};
    bench_require(hub && weir_fabric_open_loop(hub, &conf, &loop_server, NULL) == 0, "no loop");
    serve(loop_server);
    move_to_core(0);
    for (int w = COPIED; w <= LOOP; w++)
        open_way(&rig, (enum way)w, hub, dir);

    for (int w = 0; w < WAYS; w++)
        median_of(&rig, (enum way)w, len, WARM);
    static double ms[WAYS][ROUNDS_MAX], added[WAYS][ROUNDS_MAX], ratio[WAYS][ROUNDS_MAX];
    for (int k = 0; k < rounds; k++) {
        for (int w = 0; w < WAYS; w++)
            ms[w][k] = median_of(&rig, (enum way)w, len, trips);
        for (int w = COPIED; w <= LOOP; w++) {
            added[w][k] = ms[w][k] - ms[w == LOOP ? MEMCPY : BARE][k];
            ratio[w][k] = ms[w][k] / ms[BARE][k];
        }
    }
    printf("{\"bench\":\"fabric\",\"case\":\"a JPEG of 640x360\",\"bytes\":%zu,\"trips\":%d,"
           "\"rounds\":%d,\"bare_socketpair_ms\":%.4f,\"memcpy_ms\":%.4f,"
           "\"local\":{\"copied_ms\":%.4f,\"added_ms\":%.4f,\"over_bare\":%.2f,"
           "\"sealed_ms\":%.4f,\"sealed_added_ms\":%.4f,\"sealed_over_bare\":%.2f},"
           "\"loop\":{\"ms\":%.4f,\"added_ms\":%.4f,\"over_bare\":%.2f},",
           len, trips, rounds, bench_median(ms[BARE], rounds), bench_median(ms[MEMCPY], rounds),
           bench_median(ms[COPIED], rounds), bench_median(added[COPIED], rounds),
           bench_median(ratio[COPIED], rounds), bench_median(ms[SEALED], rounds),
           bench_median(added[SEALED], rounds), bench_median(ratio[SEALED], rounds),
           bench_median(ms[LOOP], rounds), bench_median(added[LOOP], rounds),
           bench_median(ratio[LOOP], rounds));
    print_sizes(&rig, trips);

    for (int w = COPIED; w <= LOOP; w++)
        weir_fabric_close(rig.fabric[w]);
    weir_fabric_close(loop_server);
    weir_fabric_hub_free(hub);
    close(hold[1]);
    close(fd[0]);
    waitpid(local_pid, NULL, 0);
    waitpid(bare_pid, NULL, 0);
    rmdir(dir);
    return 0;
}
